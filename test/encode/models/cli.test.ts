// Tests `--model` of the command line with a real model: all-MiniLM-L6-v2 in int8, from packages (install.mjs).

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { runProgram } from '../../../src/cli/program.js'
import { build } from './fixtures.js'
import { freshFolder } from './support.js'

const model = join(build, 'minilm')

async function run(args: readonly string[], stdin = '') {
  let [stdout, stderr] = ['', '']
  const code = await runProgram(args, {
    stdout: { write: text => (stdout += text) },
    stderr: { write: text => (stderr += text) },
    stdin: (async function* () {
      yield stdin
    })(),
    environment: {},
    signal: new AbortController().signal,
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
