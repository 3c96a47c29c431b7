// Every exit code of every command: 0 success, 1 problems found or no results, 2 error, 3 not judged, 130 interrupted.

import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { createStore } from '../../src/store/index.js'
import { openFilesBelow } from '../support/open-files.js'
import { type FakeQdrant, startFakeQdrant } from '../support/store-server.js'
import { createSilentProgram, runCli, type Surroundings, temporaryFolder } from './run-cli.js'

// measurements of a millisecond
vi.mock('../../src/encode/index.js', async importOriginal =>
  (await import('./cached-words.js')).withCachedWords(await importOriginal()),
)

vi.mock('../../src/cli/measure-rates.js', async importOriginal => {
  const original = await importOriginal<typeof import('../../src/cli/measure-rates.js')>()
  const measureStore: typeof original.measureStore = (path, options) =>
    original.measureStore(path, { ...options, milliseconds: 1 })
  return { ...original, measureStore }
})

// the SDK is not installed here
vi.mock('../../src/cli/mcp/sdk.js', async () => (await import('./fake-mcp-sdk.js')).fakeMcp)

const at = temporaryFolder()
const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const points = [1, 2, 3].map(id => ({ id, vector: { colbert: [[id, 1]] } }))
let server: FakeQdrant

beforeAll(async () => {
  mkdirSync(at('notes'))
  writeFileSync(at('notes/a.md'), 'A spider sat on the wall.\n')
  mkdirSync(at('mixed'))
  writeFileSync(at('mixed/a.md'), 'A spider sat on the wall.\n')
  writeFileSync(at('mixed/b.md'), 'zero\0byte')
  mkdirSync(at('nothing'))
  writeFileSync(at('q.jsonl'), '{"id":"q","text":"insects"}\n')
  writeFileSync(at('unknown.jsonl'), '{"id":"q","text":"xyzzyq"}\n')
  writeFileSync(at('vectors.jsonl'), '{"id":1,"vector":[[1,1]]}\n')
  writeFileSync(at('stale.jsonl'), '{"id":1,"vector":[[9,9]]}\n')
  writeFileSync(at('broken.jsonl'), '{\n')
  writeFileSync(at('run'), 'q1 Q0 d1 1 1 x\n')
  writeFileSync(at('more'), 'q1 Q0 d1 1 1 x\nq2 Q0 d1 1 1 x\n')
  writeFileSync(at('qrels'), 'q1 0 d1 1\n')
  writeFileSync(at('other'), 'q1 0 d1 1\nq9 0 d1 1\n')
  server = await startFakeQdrant()
  await server.add('full', vectors, points)
  await server.add('empty', vectors, [])
  await server.add('less', vectors, points.slice(1))
  for (const [name, some] of Object.entries({ full: points, less: points.slice(1) })) {
    const store = await createStore({ path: at(name), vectors })
    await store.upsert(some)
    await store.close()
  }
  const hundred = await createStore({ path: at('hundred'), vectors })
  await hundred.upsert(
    Array.from({ length: 100 }, (_, id) => ({ id, vector: { colbert: [[Math.cos(id), Math.sin(id)]] } })),
  )
  await hundred.close()
  const two = { a: vectors.colbert, b: vectors.colbert }
  const store = await createStore({ path: at('two'), vectors: two })
  await store.upsert([{ id: 1, vector: { a: [[1, 1]], b: [[1, 1]] } }])
  await store.close()
  await createDamagedStore(at('damaged'))
  await runCli(['index', at('notes'), '--store', at('index')])
})
afterAll(() => server.close())

/** A store that lost the rows of its points. */
async function createDamagedStore(path: string): Promise<void> {
  const store = await createStore({ path, vectors })
  await store.upsert(points)
  await store.close()
  rmSync(`${path}/000001.0.rows`)
}

interface Case {
  readonly args: () => readonly string[]
  readonly stdin?: string
  /** Whether the command is interrupted when it has printed something, because it runs until then. */
  readonly isEndless?: true
  /** Changes the answers of the server. */
  readonly alter?: readonly [path: string, change: (result: never) => unknown]
}

type Cases = Readonly<
  Record<0 | 1 | 2, Readonly<Record<string, Case>>> & Partial<Record<3, Record<string, Case>>>
>

const on = (...args: string[]) => [...args, '--url', server.url]
const sample = ['--sample', '1']

/** What leads to each exit code of each command, in words. A command that cannot find problems has no code 1. */
const CASES: Readonly<Record<string, Cases>> = {
  demo: {
    0: { 'a question': { args: () => ['demo', 'bread'] } },
    1: {},
    2: { 'a model that cannot be loaded': { args: () => ['demo', '--model', 'no/model', 'bread'] } },
  },
  index: {
    0: {
      texts: { args: () => ['index', at('notes'), '--store', at('index-0')] },
      vectors: { args: () => ['index', '--vectors', at('vectors.jsonl'), '--store', at('index-1')] },
    },
    1: {
      'a file that is skipped': { args: () => ['index', at('mixed'), '--store', at('index-2')] },
      'nothing to index': { args: () => ['index', at('nothing'), '--store', at('index-3')] },
    },
    2: {
      'a path that does not exist': { args: () => ['index', at('gone'), '--store', at('index-4')] },
      'broken vectors': { args: () => ['index', '--vectors', at('broken.jsonl'), '--store', at('index-5')] },
    },
  },
  search: {
    0: {
      'a hit': { args: () => ['search', 'insects', '--store', at('index')] },
      'a hit of one query': { args: () => ['search', '--queries', at('q.jsonl'), '--store', at('index')] },
    },
    1: {
      'no hit': { args: () => ['search', 'xyzzyq', '--store', at('index')] },
      'no hit of any query': {
        args: () => ['search', '--queries', at('unknown.jsonl'), '--store', at('index')],
      },
    },
    2: {
      'no index': { args: () => ['search', 'insects', '--store', at('gone')] },
      'several vectors': { args: () => ['search', 'insects', '--store', at('two')] },
      'vectors of another dim': { args: () => ['search', 'insects', '--store', at('full')] },
      'a broken file of queries': {
        args: () => ['search', '--queries', at('broken.jsonl'), '--store', at('index')],
      },
    },
  },
  rerank: {
    0: { candidates: { args: () => ['rerank', 'insects'], stdin: 'a spider\n' } },
    1: { 'no candidates': { args: () => ['rerank', 'insects'], stdin: '\n' } },
    2: { 'no standard input': { args: () => ['rerank', 'insects'] } },
  },
  serve: {
    0: {
      'an index, until it is interrupted': {
        args: () => ['serve', '--port', '0', '--store', at('index')],
        isEndless: true,
      },
    },
    1: {},
    2: { 'no index': { args: () => ['serve', '--store', at('gone')] } },
  },
  mcp: {
    0: {
      'an index, until the client disconnects': { args: () => ['mcp', '--store', at('index')] },
    },
    1: {},
    2: { 'no index': { args: () => ['mcp', '--store', at('gone')] } },
  },
  pull: {
    0: { 'a collection': { args: () => on('pull', '-c', 'full', '--store', at('pull-0')) } },
    1: {},
    2: { 'no collection': { args: () => on('pull', '-c', 'gone', '--store', at('pull-1')) } },
  },
  push: {
    0: { 'a store': { args: () => on('push', '-c', 'pushed', '--store', at('full')) } },
    1: {},
    2: { 'no store': { args: () => on('push', '-c', 'pushed', '--store', at('gone')) } },
  },
  verify: {
    0: {
      'right scores': { args: () => on('verify', '-c', 'full', ...sample) },
      'the documents of a store': {
        args: () => on('verify', '-c', 'full', ...sample, '--store', at('full')),
      },
    },
    1: {
      'a wrong score': {
        args: () => on('verify', '-c', 'full', ...sample),
        alter: ['/points/query', ({ points: [hit] }: { points: { score: number }[] }) => (hit!.score += 1)],
      },
      'a missed point': {
        args: () => on('verify', '-c', 'full', ...sample),
        alter: ['/points/query', ({ points: hits }: { points: object[] }) => hits.pop()],
      },
      'a wrong document': {
        args: () => on('verify', '-c', 'full', ...sample, '--source', at('stale.jsonl')),
      },
    },
    2: { 'an empty collection': { args: () => on('verify', '-c', 'empty', ...sample) } },
    3: {
      'scores of quantized vectors': {
        args: () => on('verify', '-c', 'full', '--quantized', ...sample),
        alter: [
          '/collections/full',
          ({ config }: { config: { quantization_config: object } }) =>
            (config.quantization_config = { binary: {} }),
        ],
      },
    },
  },
  compare: {
    0: { 'the same results': { args: () => on('compare', '-c', 'full', ...sample) } },
    1: { 'other results': { args: () => on('compare', '-c', 'full', ...sample, '--store', at('less')) } },
    2: { 'an empty collection': { args: () => on('compare', '-c', 'empty', ...sample) } },
  },
  eval: {
    0: {
      'judged queries': { args: () => ['eval', at('run'), '--qrels', at('qrels')] },
      'a query that is not judged': { args: () => ['eval', at('more'), '--qrels', at('qrels')] },
    },
    1: { 'a judged query without results': { args: () => ['eval', at('run'), '--qrels', at('other')] } },
    2: { 'no run': { args: () => ['eval', at('gone'), '--qrels', at('qrels')] } },
  },
  advise: {
    0: { 'a store': { args: () => ['advise', '--store', at('hundred'), ...sample] } },
    1: {
      'no stage with so few candidates': {
        args: () => [
          'advise',
          '--store',
          at('hundred'),
          '--sample',
          '20',
          '--milliseconds',
          '0',
          '--recall',
          '1',
          '--candidates',
          '10',
        ],
      },
    },
    2: { 'too few documents': { args: () => ['advise', '--store', at('full'), ...sample] } },
  },
  bench: {
    0: { 'a store': { args: () => ['bench', '--store', at('full')] } },
    1: {},
    2: { 'no store': { args: () => ['bench', '--store', at('gone')] } },
  },
  info: {
    0: {
      'a collection': { args: () => on('info', '-c', 'full') },
      'a store': { args: () => ['info', '--store', at('full')] },
      'an index': { args: () => ['info', '--store', at('index')] },
    },
    1: {
      'a red collection': {
        args: () => on('info', '-c', 'full'),
        alter: ['/collections/full', (result: { status: string }) => (result.status = 'red')],
      },
      'an inactive replica': {
        args: () => on('info', '-c', 'full'),
        alter: [
          '/cluster',
          (result: { local_shards: object[] }) => result.local_shards.push({ shard_id: 0, state: 'Dead' }),
        ],
      },
      'a damaged store': { args: () => ['info', '--store', at('damaged')] },
    },
    2: { 'no store': { args: () => ['info', '--store', at('gone')] } },
  },
}

it('each command has its cases', async () => {
  const { commands } = await createSilentProgram()
  expect(Object.keys(CASES)).toEqual(commands.map(command => command.name()))
})

it.each(Object.keys(CASES))(
  'the help of %s names the exit codes that not every command has',
  async command => {
    const { stdout } = await runCli([command, '--help'])
    const named = [...stdout.matchAll(/Exit\s+code\s+(\d+):/g)].map(([, code]) => code)
    const found = Object.entries(CASES[command]!).filter(([, cases]) => Object.keys(cases).length > 0)
    expect(named).toEqual(found.map(([code]) => code).filter(code => code === '1' || code === '3'))
  },
)

const casesOf = (command: string) =>
  Object.entries(CASES[command]!).flatMap(([code, found]) =>
    Object.entries(found).map(([title, rest]) => ({ title, code: Number(code), ...rest })),
  )

describe.each(Object.keys(CASES))('%s', command => {
  it.each(casesOf(command))(
    'ends with exit code $code: $title',
    async ({ args, code, stdin, alter, isEndless }) => {
      const interrupt = new AbortController()
      const endless = isEndless && { signal: interrupt.signal, onStdout: () => interrupt.abort() }
      if (alter) server.alter(...(alter as Parameters<FakeQdrant['alter']>))
      try {
        const { stdout, stderr } = await runCli(args(), {
          code,
          ...endless,
          ...(stdin !== undefined && { stdin }),
        })
        // an error prints nothing on standard output
        if (code === 2) expect([stdout, stderr === '']).toEqual(['', false])
        expect(openFilesBelow(at(''))).toEqual([])
      } finally {
        if (alter) server.alter(alter[0], undefined)
      }
    },
  )

  it('ends with exit code 130 if it is interrupted before it begins', async () => {
    const args = Object.values(CASES[command]![0])[0]!.args()
    const surroundings: Surroundings = { stdin: 'a\n', code: 130, signal: AbortSignal.abort() }
    expect(await runCli(args, surroundings)).toEqual({ stdout: '', stderr: 'interrupted\n' })
  })
})

/** The requests of each command that can be under way when it is interrupted. */
const INTERRUPTED: readonly (readonly [command: string, path: string, args: () => readonly string[]])[] = [
  ['info', '/', () => ['info']],
  ['info', '/collections/full', () => ['info']],
  ['info', '/cluster', () => ['info']],
  ['info', '/points/count', () => ['info']],
  ['info', '/points/scroll', () => ['info']],
  ['pull', '/', () => ['pull', '--store', at('interrupted-0')]],
  ['pull', '/points/count', () => ['pull', '--store', at('interrupted-1')]],
  ['pull', '/points/scroll', () => ['pull', '--store', at('interrupted-2')]],
  ['pull --out', '/points/scroll', () => ['pull', '--out', at('interrupted.npz')]],
  ['push', '/exists', () => ['push', '--store', at('full')]],
  ['push', '/points', () => ['push', '--store', at('full')]],
  ['push --resume', '/points', () => ['push', '--store', at('full'), '--resume']],
  ['push --vectors-only', '/points/vectors', () => ['push', '--store', at('full'), '--vectors-only']],
  ['search', '/points/query', () => ['search', '--queries', at('vectors.jsonl')]],
  ['advise', '/points/scroll', () => ['advise', ...sample]],
  ['verify', '/cluster', () => ['verify', ...sample]],
  ['verify', '/points/scroll', () => ['verify', ...sample]],
  ['verify', '/points/query', () => ['verify', ...sample]],
  ['verify', '/points/count', () => ['verify', ...sample]],
  ['compare', '/cluster', () => ['compare', ...sample]],
  ['compare', '/points/count', () => ['compare', ...sample]],
  ['compare', '/points/scroll', () => ['compare', '-q', at('vectors.jsonl')]],
  ['compare', '/points/query', () => ['compare', ...sample]],
]

it.each(INTERRUPTED)('%s cancels a request to %s and ends with exit code 130', async (_, path, args) => {
  const silent = await startFakeQdrant()
  await silent.add('full', vectors, points)
  const interrupt = new AbortController()
  silent.alter(path, () => {
    interrupt.abort()
    return Promise.reject(new Error('no answer'))
  })
  const all = [...args(), '-c', 'full', '--url', silent.url]
  const outcome = await runCli(all, { signal: interrupt.signal, code: 130 })
  expect(outcome).toEqual({ stdout: '', stderr: 'interrupted\n' })
  await vi.waitFor(() =>
    expect(
      silent.cancelled.some(each => each.endsWith(path)),
      `${silent.cancelled}`,
    ).toBe(true),
  )
  expect(openFilesBelow(at(''))).toEqual([])
  await silent.close()
})

it('rerank ends with exit code 130 if it is interrupted while standard input stays open', async () => {
  const interrupt = new AbortController()
  async function* open() {
    yield 'a spider\n'
    interrupt.abort()
    await new Promise(() => {})
  }
  const outcome = await runCli(['rerank', 'insects'], { stdin: open(), signal: interrupt.signal, code: 130 })
  expect(outcome).toEqual({ stdout: '', stderr: 'interrupted\n' })
})

it('rerank ends with exit code 130 if it is interrupted while it reads words or ranks', async () => {
  const interrupt = new AbortController()
  async function* lines() {
    yield 'a spider\n'.repeat(2000)
    setImmediate(() => interrupt.abort())
  }
  const outcome = await runCli(['rerank', 'insects'], { stdin: lines(), signal: interrupt.signal, code: 130 })
  expect(outcome).toEqual({ stdout: '', stderr: 'interrupted\n' })
})

it('pull names the settings that a store does not have', async () => {
  server.alter('/collections/full', (result: { config: { params: { vectors: object } } }) => {
    const changed = Object.entries(result.config.params.vectors).map(([name, vector]) => [
      name,
      { ...vector, on_disk: true, memory: 'cold', quantization_config: { binary: {} } },
    ])
    result.config.params.vectors = Object.fromEntries(changed)
    Object.assign(result, {
      payload_schema: { year: { data_type: 'integer' }, kind: { data_type: 'keyword' } },
    })
  })
  try {
    const { stderr } = await runCli(on('pull', '-c', 'full', '--store', at('settings-0')))
    const names = Object.keys(server.collections.get('full')!.config.vectors).join(' and ')
    const settings = [
      ...['quantization', '"on_disk"', '"memory"'].map(setting => `${setting} of ${names}`),
      'payload index of year and kind',
    ]
    expect(stderr).toBe(
      `a store has no ${settings.join(', ')}: a push to a new collection creates it without them\n`,
    )
    const { stdout } = await runCli(on('pull', '-c', 'full', '--store', at('settings-1'), '--json'))
    expect(JSON.parse(stdout)).toMatchObject({ skippedSettings: settings })
    expect((await runCli(on('pull', '-c', 'full', '--out', at('settings.jsonl')))).stderr).toBe('')
  } finally {
    server.alter('/collections/full', undefined)
  }
})

it('pull names every vector of a collection whose quantization is a setting of the whole', async () => {
  server.alter('/collections/full', (result: { config: object }) => {
    Object.assign(result.config, { quantization_config: { binary: {} } })
  })
  try {
    const { stdout } = await runCli(on('pull', '-c', 'full', '--store', at('settings-2'), '--json'))
    const names = Object.keys(server.collections.get('full')!.config.vectors).join(' and ')
    expect(JSON.parse(stdout)).toMatchObject({ skippedSettings: [`quantization of ${names}`] })
  } finally {
    server.alter('/collections/full', undefined)
  }
})

it('pull names the sparse vectors that it leaves out of a file', async () => {
  server.alter('/collections/full', (result: { config: { params: object } }) => {
    Object.assign(result.config.params, { sparse_vectors: { words: {} } })
  })
  try {
    const { stderr } = await runCli(on('pull', '-c', 'full', '--out', at('sparse-0.jsonl')))
    expect(stderr).toBe('sparse vectors are not copied: words\n')
    const { stdout } = await runCli(on('pull', '-c', 'full', '--out', at('sparse-1.jsonl'), '--json'))
    expect(JSON.parse(stdout)).toMatchObject({ points: 3, skippedVectors: ['words'] })
    const stored = await runCli(on('pull', '-c', 'full', '--store', at('sparse-2'), '--json'))
    expect(JSON.parse(stored.stdout)).toMatchObject({ points: 3, skippedVectors: [] })
  } finally {
    server.alter('/collections/full', undefined)
  }
})
