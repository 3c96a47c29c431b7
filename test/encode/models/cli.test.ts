// Tests `--model` of the command line with a real model: all-MiniLM-L6-v2 in int8, from packages (install.mjs).

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runProgram } from '../../../src/cli/program.js'
import { build } from './fixtures.js'
import { freshFolder } from './support.js'

const model = join(build, 'minilm')

async function run(
  args: readonly string[],
  stdin = '',
  onStdout = (_: string) => {},
  interrupt = new AbortController(),
) {
  let [stdout, stderr] = ['', '']
  const code = await runProgram(args, {
    stdout: {
      write(text) {
        stdout += text
        onStdout(text)
      },
    },
    stderr: { write: text => (stderr += text) },
    stdin: (async function* () {
      yield stdin
    })(),
    environment: {},
    signal: interrupt.signal,
  })
  return { code, stdout, stderr }
}

describe.runIf(existsSync(model))('the command line with --model', () => {
  it('indexes with the model, and uses the same model for search and the next index', async () => {
    const folder = freshFolder()
    const store = ['--store', join(folder, 'index')]
    mkdirSync(join(folder, 'notes'))
    writeFileSync(
      join(folder, 'notes/a.md'),
      // a passage without a word, and one that is longer than the model accepts
      `A spider sat on the wall and she was terrified.\n\nWolves hunt in packs.\n\n\x01\x02\n\n${'xyzzy'.repeat(500)}\n`,
    )
    const first = await run(['index', join(folder, 'notes'), '--model', `${relative('.', model)}/`, ...store])
    expect([first.code, first.stderr]).toEqual([0, ''])
    expect(first.stdout).toMatch(/^1 new file, .*; 4 passages read, 1 skipped \(no word\)\n3 passages in /)

    const { code, stdout, stderr } = await run(['search', 'fear', 'of', 'insects', '--limit', '1', ...store])
    expect([code, stderr]).toEqual([0, 'not in the index: fear, insects\n'])
    expect(stdout).toMatch(
      /a\.md:1 {2}0\.5\d+\n {4}A spider sat on the wall .*\n {4}.*fear ~ terrified 0\.\d\d.*insects ~ spider 0\.\d\d/,
    )
    // the same folder by another name
    const again = await run(['search', 'fear of insects', '--limit', '1', '--model', model, ...store])
    expect(again.stdout).toBe(stdout)

    writeFileSync(join(folder, 'notes/b.md'), 'The bank failed.\n')
    const next = await run(['index', join(folder, 'notes'), '--json', ...store])
    expect(JSON.parse(next.stdout)).toMatchObject({ added: 1, unchanged: 1, points: 4 })
    const found = await run(['search', 'money', '--json', '--limit', '1', ...store])
    expect(JSON.parse(found.stdout).hits[0].text).toBe('The bank failed.')
    expect(await run(['search', '\x01', ...store])).toEqual({
      code: 1,
      stdout: '',
      stderr: 'no results\n',
    })
  })

  it('finds passages by words before their rows are encoded, and continues after ctrl-C', async () => {
    const folder = freshFolder()
    const args = ['index', join(folder, 'notes'), '--model', model, '--store', join(folder, 'index')]
    mkdirSync(join(folder, 'notes'))
    const passages = Array.from({ length: 200 }, (_, i) => `Spider number ${i} sat on the wall of the house.`)
    writeFileSync(join(folder, 'notes/a.txt'), passages.join('\n\n'))
    const interrupt = new AbortController()
    // while the first batch is encoded
    const onStdout = (text: string) => text.startsWith('encoding ') && setTimeout(() => interrupt.abort(), 50)
    const first = await run(args, '', onStdout, interrupt)
    expect(first.code).toBe(130)
    expect(first.stdout).toMatch(
      /^200 passages in .*\nencoding 200 passages, which can be found by their words meanwhile\n$/m,
    )
    const [, done] = /^(\d+) of 200 passages encoded; the next run continues\ninterrupted\n$/.exec(
      first.stderr,
    )!
    const search = await run(['search', 'spider 77', '--limit', '1', '--store', join(folder, 'index')])
    expect(search.stdout).toContain('Spider number 77 sat')
    const next = await run([...args, '--json'])
    expect(JSON.parse(next.stdout)).toMatchObject({
      encoded: 200 - Number(done),
      withoutRows: 0,
      points: 200,
    })
  })

  it('reranks and runs the demo with the model', async () => {
    const stdin = 'the bank\n\x01\nspiders frighten me\n'
    expect(await run(['rerank', 'fear of insects', '--model', model], stdin)).toEqual({
      code: 0,
      // a control character does not reach the terminal
      stdout: 'spiders frighten me\nthe bank\n\ufffd\n',
      stderr: '',
    })
    expect((await run(['demo', 'fear of insects', '--model', model])).stdout).toMatch(
      /^fear of insects\n 1\. .*\n {4}He lost his fear of wasps/,
    )
  })

  it('names a folder that does not exist, and makes no index', async () => {
    const folder = freshFolder()
    const store = join(folder, 'index')
    writeFileSync(join(folder, 'a.txt'), 'bread')
    const gone = join(folder, 'gone')
    expect(await run(['index', join(folder, 'a.txt'), '--model', gone, '--store', store])).toEqual({
      code: 2,
      stdout: '',
      stderr: `"model" expected a folder that exists, got ${gone}; a name is written as in colbert-ir/colbertv2.0\n`,
    })
    expect(existsSync(store)).toBe(false)
  })
})
