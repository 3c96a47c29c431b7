// What commands print beside their results: files that are not read, changed and removed files, a first stage in the same run, questions
// without an answer, and servers without an index.

import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { beforeAll, describe, expect, it, vi } from 'vitest'
import { folderStamp } from '../../src/cli/service/folder-stamp.js'
import { itChangingFolder } from '../support/changing-folder.js'
import { runCli, temporaryFolder } from './run-cli.js'

vi.mock('../../src/encode/index.js', async importOriginal =>
  (await import('./cached-words.js')).withCachedWords(await importOriginal()),
)

const at = temporaryFolder()

/** Writes files below the temporary folder. */
function write(files: Readonly<Record<string, string>>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(at(name)), { recursive: true })
    writeFileSync(at(name), text)
  }
}

beforeAll(async () => {
  write({ 'notes/a.md': 'A spider sat.\n\nWolves hunt.\n', 'queries.tsv': 'q1\txyzzyq\nq2\tspider\n' })
  await runCli(['index', at('notes'), '--store', at('index')])
})

describe('index', () => {
  it('counts new, changed, unchanged and removed files', async () => {
    write({
      'files/a.md': 'One.\n',
      'files/b.md': 'Two.\n',
      'files/c.md': 'Three.\n',
      'files/d.md': 'Four.\n',
    })
    const index = async () => (await runCli(['index', at('files'), '--store', at('files-index')])).stdout
    expect(await index()).toMatch(/^4 new files, 0 changed, 0 unchanged, 0 removed; 4 passages read\n/)
    write({ 'files/a.md': 'Another one.\n', 'files/e.md': 'Five.\n' })
    rmSync(at('files/c.md'))
    rmSync(at('files/d.md'))
    expect(await index()).toMatch(
      /^1 new file, 1 changed, 1 unchanged, 2 removed; 2 passages read\n3 passages in /,
    )
  })

  it('says what it does not read: ten reasons, the largest number first, and files with a problem', async () => {
    const endings = Array.from({ length: 12 }, (_, i) => `.x${String(i).padStart(2, '0')}`)
    write(Object.fromEntries(endings.map(ending => [`many/a${ending}`, ''])))
    write({ 'many/b.x05': '', 'many/a.md': 'A spider.\n', 'many/bad.md': 'zero\0byte' })
    const args = ['index', at('many'), '--store', at('many-index')]
    const { stdout } = await runCli(args, { code: 1 })
    const listed = endings.filter(ending => ending !== '.x05').slice(0, 9)
    expect(stdout.split('\n')[2]).toBe(
      `not read: 2 .x05, ${listed.map(ending => `1 ${ending}`).join(', ')}, 2 others, 1 with a problem (listed)`,
    )
    expect((await runCli(['index', at('notes'), '--store', at('index')])).stdout).not.toContain('not read')
  })

  it.each<[what: string, args: () => readonly string[], report: object, text: RegExp]>([
    ['texts', () => ['index', at('notes'), '--store', at('both-texts')], { unchanged: 0, points: 2 }, /^1 new file, [\s\S]*\nfirst stage mean for 2 documents, [\d.]+ s; searches use it\n$/],
    ['vectors', () => ['index', '--vectors', at('v.jsonl'), '--store', at('both-vectors')], { points: 1, total: 1 }, /^1 document, 1 row read\n1 document in \S+\nfirst stage mean for 1 document, [\d.]+ s; searches use it\n$/],
  ])('of %s and a first stage prints one report with --json, and both in words', async (_, args, report, text) => {
    write({ 'v.jsonl': '{"id":1,"vector":[[1,2]]}\n' })
    const json = await runCli([...args(), '--first-stage', 'mean', '--json'])
    expect(JSON.parse(json.stdout)).toMatchObject({ ...report, path: args().at(-1) })
    const info = JSON.parse((await runCli(['info', '--store', args().at(-1)!, '--json'])).stdout)
    expect(info.firstStage).toMatchObject({ stage: 'mean', missing: 0 })
    const other = [...args().slice(0, -1), `${args().at(-1)}-2`, '--first-stage', 'mean']
    expect((await runCli(other)).stdout).toMatch(text)
    const removed = ['index', '--store', args().at(-1)!, '--first-stage', 'none', '--json']
    expect(JSON.parse((await runCli(removed)).stdout)).toEqual({ path: args().at(-1), removed: true })
    expect(JSON.parse((await runCli(removed)).stdout)).toMatchObject({ removed: false })
  }) // biome-ignore format: one case a line
})

it('search of a file succeeds if one of its queries finds something, and writes no line for the others', async () => {
  const args = ['search', '--queries', at('queries.tsv'), '--only', 'words', '--store', at('index')]
  expect((await runCli(args)).stdout).toMatch(/^q2 Q0 \S+ 1 [\d.]+ maxsimd\n$/)
  expect(JSON.parse((await runCli([...args, '--json'])).stdout)).toMatchObject([
    { query: 'q1', hits: [] },
    { query: 'q2', hits: [{ score: expect.any(Number) }] },
  ])
})

it('demo shows no sentence for a question of unknown words, and says how to search other texts', async () => {
  const { stdout } = await runCli(['demo', 'xyzzyq'], { isTTY: true })
  expect(stdout).toBe(
    '\x1b[1mxyzzyq\x1b[22m\n\n' +
      'To search your own texts: npx maxsimd index notes/ && npx maxsimd search "..."\n',
  )
  expect(JSON.parse((await runCli(['demo', 'xyzzyq', '--json'])).stdout)).toEqual([
    { question: 'xyzzyq', hits: [], unknown: ['xyzzyq'] },
  ])
})

it('rerank does not wait for lines of a terminal', async () => {
  const read = vi.fn()
  const stdin = { isTTY: true, [Symbol.asyncIterator]: read }
  const { stdout, stderr } = await runCli(['rerank', 'a'], { stdin, code: 2 })
  expect([stdout, stderr.split(':')[0]]).toEqual(['', 'candidates are required on standard input'])
  expect(read).not.toHaveBeenCalled()
})

describe('serve without an index', () => {
  itChangingFolder('reranks, and says so', async () => {
    const interrupt = new AbortController()
    const folder = process.cwd()
    process.chdir(at('notes'))
    try {
      const { stdout, stderr } = await runCli(['serve', '--port', '0'], {
        signal: interrupt.signal,
        onStderr: () => interrupt.abort(),
      })
      expect(stdout).toMatch(/^reranking at http:\/\/127\.0\.0\.1:\d+\/; ctrl-C stops it\n$/)
      expect(stderr).toBe('there is no index at ".maxsimd"; /search answers when one has been created\n')
    } finally {
      process.chdir(folder)
    }
  })

  it('refuses a file in place of its folder', async () => {
    const { stderr } = await runCli(['serve', '--store', at('queries.tsv')], { code: 2 })
    expect(stderr).toMatch(/^no index or store at ".*queries\.tsv"; create one with /)
  })
})

describe('the stamp of a folder', () => {
  it('is undefined without an index or a store, and changes with either', async () => {
    mkdirSync(at('stamped'))
    expect(await folderStamp(at('nowhere'))).toBeUndefined()
    write({ 'stamped/1.log': 'a' })
    expect(await folderStamp(at('stamped'))).toBeUndefined()
    write({ 'stamped/manifest': 'a' })
    const store = await folderStamp(at('stamped'))
    write({ 'stamped/other': 'a' })
    expect(await folderStamp(at('stamped'))).toBe(store)
    write({ 'stamped/1.log': 'ab' })
    const grown = await folderStamp(at('stamped'))
    expect(grown).not.toBe(store)
    write({ 'stamped/manifest': 'abc' })
    expect(await folderStamp(at('stamped'))).not.toBe(grown)
    write({ 'stamped/index.json': 'a' })
    const index = await folderStamp(at('stamped'))
    // an update of an index writes index.json last
    write({ 'stamped/manifest': 'abcd' })
    expect(await folderStamp(at('stamped'))).toBe(index)
    write({ 'stamped/index.json': 'ab' })
    expect(await folderStamp(at('stamped'))).not.toBe(index)
  })

  it.skipIf(process.platform === 'win32')('is an error if the folder cannot be looked at', async () => {
    symlinkSync(at('loop'), at('loop'))
    await expect(folderStamp(at('loop'))).rejects.toMatchObject({ code: 'ELOOP' })
  })
})
