// Progress of the commands that can take long: each phase is shown on a terminal, and nothing elsewhere. What a line looks like is
// in output.test.ts.

import { mkdirSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { showPhases } from '../../src/cli/output/progress-labels.js'
import { createStore } from '../../src/store/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/store-server.js'
import { runCli, temporaryFolder } from './run-cli.js'

// measurements of a millisecond
vi.mock('../../src/cli/measure-rates.js', async importOriginal => {
  const original = await importOriginal<typeof import('../../src/cli/measure-rates.js')>()
  const measureStore: typeof original.measureStore = (path, options) =>
    original.measureStore(path, { ...options, milliseconds: 1 })
  const measureKernel: typeof original.measureKernel = options =>
    original.measureKernel({ ...options, milliseconds: 1 })
  return { ...original, measureStore, measureKernel }
})

const at = temporaryFolder()
const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const points = Array.from({ length: 100 }, (_, id) => ({
  id,
  vector: { colbert: [[Math.cos(id), Math.sin(id)]] },
}))
let server: FakeQdrant

beforeAll(async () => {
  server = await startFakeQdrant()
  await server.add('c', vectors, points)
  const store = await createStore({ path: at('s'), vectors })
  await store.upsert(points)
  await store.close()
  writeFileSync(at('queries.jsonl'), '{"id":"q","vector":[[1,1]]}\n')
  mkdirSync(at('beir/qrels'), { recursive: true })
  writeFileSync(at('beir/corpus.jsonl'), '{"_id":"d1","text":"a spider"}\n')
  writeFileSync(at('beir/queries.jsonl'), '{"_id":"q1","text":"spiders"}\n')
  writeFileSync(at('beir/qrels/test.tsv'), 'q1\td1\t1\n')
})
afterAll(() => server.close())

const on = (...args: string[]) => [...args, '-c', 'c', '--url', server.url]
const sample = ['--sample', '1']

let copies = 0
const newCopy = (ending = '') => at(`copy-${copies++}${ending}`)

it.each<[command: string, args: () => readonly string[], phases: readonly string[]]>([
  ['pull into a store', () => on('pull', '--store', newCopy()), ['copying c']],
  ['pull into a file', () => on('pull', '--out', newCopy('.jsonl')), ['copying c']],
  ['push to a server', () => on('push', '--store', at('s')), ['copying ']],
  ['push into a file', () => ['push', '--store', at('s'), '--out', newCopy('.npz')], ['copying ']],
  [
    'verify',
    () => on('verify', '--sample', '2', '--store', at('s')),
    ['running 2 queries', 'reading points', 'comparing documents with their source'],
  ],
  ['compare', () => on('compare', ...sample), ['reading points', 'running 1 query']],
  ['index of texts', () => ['index', at('beir'), '--store', newCopy()], ['indexing']],
  ['index of vectors', () => ['index', '--vectors', at('queries.jsonl'), '--store', newCopy()], ['reading ']],
  [
    'index with a first stage',
    () => ['index', '--store', at('s'), '--first-stage', 'lemur', '--stage-size', '16'],
    ['fitting the first stage', 'making the vectors'],
  ],
  ['advise', () => ['advise', '--store', at('s'), ...sample], ['running 1 query', 'reading points']],
])('%s shows each of its phases to the end, on a terminal only', async (_, args, phases) => {
  expect((await runCli(args())).stderr).toBe('')
  const { stderr } = await runCli(args(), { isTTY: true })
  const lines = stderr.split('\r\x1b[2K')
  for (const phase of phases) {
    expect(
      lines.some(line => line.startsWith(phase) && line.endsWith(' …')),
      phase,
    ).toBe(true)
    expect(
      lines.some(line => line.startsWith(phase) && line.includes(' 100 %')),
      `${phase} 100 %`,
    ).toBe(true)
  }
  // the last line is erased
  expect(lines.at(-1)).toBe('')
})

it.each<[command: string, args: () => readonly string[], phases: readonly string[]]>([
  [
    'search of a file of queries',
    () => ['search', '--queries', at('queries.jsonl'), '--store', at('s')],
    ['searching …'],
  ],
  ['eval of a folder', () => ['eval', at('beir')], ['encoding 1 …', 'searching 0 of 1 …']],
  ['advise', () => ['advise', '--store', at('s'), ...sample], ['making the vectors of first stages …']],
  [
    'bench of a store',
    () => ['bench', '--store', at('s')],
    ['searching from memory …', 'searching from disk …'],
  ],
])('%s names its phases on a terminal only', async (_, args, phases) => {
  expect((await runCli(args())).stderr).toBe('')
  const { stderr } = await runCli(args(), { isTTY: true })
  const lines = stderr.split('\r\x1b[2K')
  for (const phase of phases) expect(lines).toContain(phase)
  expect(lines.at(-1)).toBe('')
})

it.each([
  ['the kernel', [], 'scoring f32'],
  ['a store', ['--store', at('s')], 'searching from memory'],
])(
  'bench of %s that is interrupted ends with exit code 130, and starts no other measurement',
  async (_, args, phase) => {
    const interrupt = new AbortController()
    let shown = ''
    const onStderr = (text: string) => {
      shown += text
      if (text.includes(phase)) interrupt.abort()
    }
    const surroundings = { isTTY: true, signal: interrupt.signal, onStderr, code: 130 }
    expect((await runCli(['bench', ...args], surroundings)).stdout).toBe('')
    expect(shown.match(/scoring \w+|searching from \w+/g)).toEqual([phase])
  },
)

it('a phase is named once, with the share of it that is done', () => {
  const shown: unknown[] = []
  const progress = {
    phase: (text: string) => shown.push(text),
    update: (share: number) => shown.push(share),
    finish: () => {},
    clear: () => {},
  }
  const onProgress = showPhases(progress, 'making vectors')
  for (const [phase, done, total] of [
    ['queries', 0, 1],
    ['queries', 1, 1],
    ['points', 1, 4],
    // a collection that grows, and one without points
    ['points', 5, 4],
    ['documents', 0, 0],
    ['queries', 1, 2],
  ] as const)
    onProgress({ phase, done, total } as Parameters<typeof onProgress>[0])
  expect(shown).toEqual([
    ...['running 1 query', 0, 1, 'reading points', 0.25, 1],
    ...['making vectors', 0, 'running 2 queries', 0.5],
  ])
})
