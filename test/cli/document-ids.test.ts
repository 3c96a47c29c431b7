// Texts as ids of documents, from a file of vectors through a store, a server, searches, runs and files.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { faultyPoints, pointText, readNames } from '../../src/cli/document-names.js'
import { pointIdOfFile } from '../../src/collection/file-id.js'
import { type FakeQdrant, startFakeQdrant } from '../support/store-server.js'
import { runCli, type Surroundings, temporaryFolder } from './run-cli.js'

const at = temporaryFolder()
const root = at('').replace(/[/\\]$/, '')
let server: FakeQdrant

const documents = [
  { id: 'doc-17', vector: [[1, 0]], title: 'first' },
  { id: '007', vector: [[0, 1]] },
  { id: 7, vector: [[0.5, 0.5]] },
  { id: 'ABCDEF01-2345-6789-ABCD-EF0123456789', vector: [[-1, -1]] },
]
const queries = '{"id":"x","vector":[[1,0]]}\n{"id":"y","vector":[[0,1]]}\n'
const names = documents.map(({ id }) => String(id))

const run = async (args: readonly string[], surroundings?: Surroundings) => {
  const { stdout, stderr } = await runCli(args, surroundings)
  return { stdout: stdout.replaceAll(root, ''), stderr: stderr.replaceAll(root, '') }
}
const lines = (values: readonly unknown[]) => values.map(value => `${JSON.stringify(value)}\n`).join('')
const write = (name: string, text: string) => writeFileSync(at(name), text)

beforeAll(async () => {
  server = await startFakeQdrant()
  write('documents.jsonl', lines(documents))
  write('queries.jsonl', queries)
  await run(['index', '--vectors', at('documents.jsonl'), '--store', at('store')])
})
afterAll(() => server.close())

/** The first two documents of each query. */
const FIRST = 'x Q0 doc-17 1 1 maxsimd\nx Q0 7 2 0.5 maxsimd\ny Q0 007 1 1 maxsimd\ny Q0 7 2 0.5 maxsimd\n'
const searchRun = async (store: string) =>
  (await run(['search', '--queries', at('queries.jsonl'), '--limit', '2', '--store', store])).stdout

it('a run has the ids of the file, and eval finds them', async () => {
  expect(await searchRun(at('store'))).toBe(FIRST)
  write('run.txt', FIRST)
  write('qrels.txt', 'x 0 doc-17 1\ny 0 007 1\n')
  expect((await run(['eval', at('run.txt'), '--qrels', at('qrels.txt')])).stdout).toContain('MRR@10 1.0000')
})

it.each(['npz', 'jsonl'])(
  'push --out writes them to a .%s file, which reads back as the same store',
  async format => {
    const [file, copy] = [at(`pushed.${format}`), at(`copy-${format}`)]
    await run(['push', '--store', at('store'), '--out', file])
    if (format === 'jsonl') {
      const written = readFileSync(file, 'utf8')
        .trim()
        .split('\n')
        .map(line => JSON.parse(line))
      expect(written.map(({ id }) => String(id)).sort()).toEqual([...names].sort())
      const { payload } = written.find(({ id }) => id === 'doc-17')
      expect(payload).toEqual({ title: 'first' })
    }
    await run(['index', '--vectors', file, '--store', copy])
    // a second time: the same points
    expect((await run(['index', '--vectors', file, '--store', copy])).stdout).toContain('4 documents in ')
    expect(await searchRun(copy)).toBe(FIRST)
  },
)

it('a server keeps them, and pull brings them back', async () => {
  await run(['push', '--store', at('store'), '-c', 'named', '--url', server.url])
  const [point] = await server.collections
    .get('named')!
    .retrieve([pointIdOfFile('doc-17')], { with_payload: true })
  expect(point!.payload).toEqual({ title: 'first', id: 'doc-17' })
  await run(['pull', '-c', 'named', '--url', server.url, '--store', at('pulled')])
  expect(await searchRun(at('pulled'))).toBe(FIRST)
  const file = at('pulled.jsonl')
  await run(['pull', '-c', 'named', '--url', server.url, '--out', file])
  expect(readFileSync(file, 'utf8')).toContain(
    '{"id":"doc-17","vector":[[1,0]],"payload":{"title":"first"}}\n',
  )
})

it('every point with a fault in a report is named', () => {
  const report = {
    checks: [{ id: 1, ok: false }, { id: 2, ok: true }, { id: 9 }],
    order: [{ worse: 3, better: 4 }],
    missed: [{ id: 5 }],
    documents: [{ id: 6 }, { id: 7, other: 8 }],
  }
  expect(faultyPoints(report as never)).toEqual([1, 3, 4, 5, 6, 7, 8])
})

it('the names of points are read from the first collection that has them, and of UUIDs only', async () => {
  const [a, b, c] = ['a', 'b', 'c'].map(id => pointIdOfFile(id) as string) as [string, string, string]
  const asked: unknown[] = []
  const { signal } = new AbortController()
  const collectionOf = (named: Readonly<Record<string, string>>) => ({
    async retrieve(ids: readonly (string | number)[], options: object) {
      asked.push([ids, options])
      return ids.map(id => ({ id, payload: id in named ? { id: named[id] } : {} }))
    },
  })
  const collections = [collectionOf({ [a]: 'a' }), collectionOf({ [a]: 'z', [b]: 'b' }), collectionOf({})]
  const read = (ids: readonly (string | number)[]) => readNames(ids, collections as never, signal)
  const options = { with_payload: ['id'], signal }
  const found = await read([a, 7, b, a])
  expect([...found]).toEqual([
    [a, 'a'],
    [b, 'b'],
  ])
  expect(asked.splice(0)).toEqual([
    [[a, b], options],
    [[b], options],
  ])
  await read([1, 2])
  expect(asked).toEqual([])
  expect([...(await read([c]))]).toEqual([])
  expect([pointText(a, found), pointText(c, found), pointText(7, found)]).toEqual([`"a" (${a})`, c, '7'])
})

it('verify finds the documents of a source by them', async () => {
  await run(['push', '--store', at('store'), '-c', 'verified', '--url', server.url])
  const args = [
    'verify',
    '-c',
    'verified',
    '--url',
    server.url,
    '--sample',
    '1',
    '--source',
    at('documents.jsonl'),
  ]
  expect((await run(args)).stdout).toContain('The server and the kernel agree.')
  // 'doc-17' differs, 'new' is only in the source, 7 and '007' are only in the collection
  const other = [{ id: 'doc-17', vector: [[1, 0.5]] }, documents[3]!, { id: 'new', vector: [[1, 1]] }]
  write('other.jsonl', lines(other))
  args[args.length - 1] = at('other.jsonl')
  const uuid = pointIdOfFile('doc-17')
  const { stdout } = await run(args, { code: 1 })
  const faults = stdout.split('\n').filter(line => /document: /.test(line))
  expect(faults.sort()).toEqual([
    `missing document: point "new" (${pointIdOfFile('new')})`,
    `stale document: point "doc-17" (${uuid}), first different row 0`,
    `unknown document: point "007" (${pointIdOfFile('007')})`,
    'unknown document: point 7',
  ])
  const report = JSON.parse((await run([...args, '--json'], { code: 1 })).stdout)
  expect(report.documentIds).toEqual({
    [String(uuid)]: 'doc-17',
    [String(pointIdOfFile('new'))]: 'new',
    [String(pointIdOfFile('007'))]: '007',
  })
})

it('search prints them, and JSON has them as the ids of hits', async () => {
  const row = (place: number) => [Array.from({ length: 100 }, (_, k) => (k === place ? 1 : 0.01))]
  write(
    'wide.jsonl',
    lines([
      { id: 'doc-17', vector: row(1) },
      { id: 5, vector: row(2), payload: { id: 'mine' } },
    ]),
  )
  await run(['index', '--vectors', at('wide.jsonl'), '--store', at('wide')])
  const { hits } = JSON.parse((await run(['search', 'spider', '--store', at('wide'), '--json'])).stdout)
  expect(hits.map(({ id }: { id: unknown }) => id).sort()).toEqual([5, 'doc-17'])
  expect((await run(['search', 'spider', '--store', at('wide')])).stdout).toMatch(/^ \d\. point doc-17 /m)
})

describe('index --vectors', () => {
  it('reports ids that occur more than once, with exit code 1, and stores the last document', async () => {
    write(
      'twice.jsonl',
      lines([0, 1, 2].map(n => ({ id: 'a', vector: [[n, 0]] })).concat([{ id: 'b', vector: [[9, 9]] }])),
    )
    const args = ['index', '--vectors', at('twice.jsonl'), '--store', at('twice')]
    expect(await run(args, { code: 1 })).toEqual({
      stdout: '4 documents, 4 rows read\n2 documents in /twice\n',
      stderr: '/twice.jsonl: 1 id occurs more than once, and the last document of each is in the store: a\n',
    })
    write(
      'many.jsonl',
      lines(
        ['1', '2', '3', '4', '5', '6'].flatMap(id => [
          { id, vector: [[1]] },
          { id: Number(id), vector: [[2]] },
        ]),
      ),
    )
    const { stderr } = await run(['index', '--vectors', at('many.jsonl'), '--store', at('many')], { code: 1 })
    expect(stderr).toContain(
      '6 ids occur more than once, and the last document of each is in the store: 1, 2, 3, 4, 5, …\n',
    )
  })

  it('refuses an id where the payload has another one', async () => {
    write('both.jsonl', lines([{ id: 'a', vector: [[1]], payload: { id: 'b' } }]))
    const { stderr } = await run(['index', '--vectors', at('both.jsonl'), '--store', at('both')], { code: 2 })
    expect(stderr).toBe(
      '/both.jsonl: document 0: the payload has the "id" "b", where the id "a" is kept; rename that field\n',
    )
  })

  it.each([
    ['the first document', '{"id":1,"vector":[["a"]]}\n'],
    ['a later document', '{"id":1,"vector":[[1]]}\n{"id":2,"vector":[[1,2]]}\n'],
    ['the second line', '{"vector":[[1]]}\n{\n'],
  ])('leaves no store if %s of a new store is refused', async (_, text) => {
    write('bad.jsonl', text)
    await run(['index', '--vectors', at('bad.jsonl'), '--store', at('bad')], { code: 2 })
    expect(existsSync(at('bad'))).toBe(false)
  })

  it('keeps a store that exists, and other files, if a file is refused', async () => {
    mkdirSync(at('kept'))
    write('bad.jsonl', '{"id":1,"vector":[[1]]}\n{\n')
    write('good.jsonl', '{"id":1,"vector":[[1]]}\n')
    await run(['index', '--vectors', at('good.jsonl'), '--store', at('kept')])
    await run(['index', '--vectors', at('bad.jsonl'), '--store', at('kept')], { code: 2 })
    expect((await run(['info', '--store', at('kept')])).stdout).toContain('/kept: 1 point in ')
  })
})
