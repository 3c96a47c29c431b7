// Every option of every command, one at a time: each check shows what the option changes. The list of options comes from
// the commands, so an option without a check fails.

import {
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  writeFileSync,
} from 'node:fs'
import { relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadEncoder } from '../../src/cli/encoder-options.js'
import type { Point } from '../../src/collection/collection.js'
import type { EncoderOptions, TokenEncoder } from '../../src/encode/index.js'
import { createFile, writeNpz } from '../../src/formats/index.js'
import { createStore, openStore } from '../../src/store/index.js'
import { makePdf } from '../support/make-pdf.js'
import { type FakeQdrant, startFakeQdrant } from '../support/store-server.js'
import { mcpCall } from './fake-mcp-sdk.js'
import { createSilentProgram, runCli, type Surroundings, temporaryFolder } from './run-cli.js'

const KERNEL_RATES = vi.hoisted(() => ({
  kernel: 'simd',
  rates: [{ dtype: 'f32', documents: 12345.6, operations: 6.472e9, bytes: 32768 }],
}))

/** The rates of the store `timed`. */
const STORE_RATES = vi.hoisted(() => ({
  info: { points: 1200, kernel: 'simd' },
  rates: [
    { from: 'memory', first: 0.25, median: 0.002346, points: 1234.5, bytes: 5.66e7, queries: 1200 },
    { from: 'disk', first: 0.00999, median: 0.01, points: 9.4, bytes: 1.2e6, queries: 1 },
  ],
}))

/** The options of each call of `createEncoder`. */
const loaded = vi.hoisted(() => [] as EncoderOptions[])

// a model with one row of two numbers for each word, between special tokens
vi.mock('../../src/encode/index.js', async importOriginal => {
  const { withCachedWords } = await import('./cached-words.js')
  const encode = (text: string) => {
    const words = [...text.matchAll(/\w+/g)].map(({ 0: word, index }) => ({
      text: word,
      start: index,
      end: index + word.length,
    }))
    const tokens = [{ text: '[CLS]', start: 0, end: 0, special: true as const }, ...words]
    const data = Float32Array.from(tokens.flatMap(token => (token.text === 'wolves' ? [1, 0] : [0, 0.1])))
    return { data, dim: 2, tokens, unknown: [] }
  }
  const model: TokenEncoder = {
    dim: 2,
    query: encode,
    documents: texts => texts.map(encode),
    documentTokens: texts => texts.map(text => encode(text).tokens),
  }
  const { createPlaceEncoder } = await import('../pages/page-encoder.js')
  const pageModel = { ...createPlaceEncoder(), takesImages: true, dispose: async () => {} }
  return {
    ...withCachedWords(await importOriginal<typeof import('../../src/encode/index.js')>()),
    createEncoder: async (options: EncoderOptions) => {
      loaded.push(options)
      return options.model === 'pages' ? pageModel : model
    },
  }
})

// the SDK is not installed here
vi.mock('../../src/cli/mcp/sdk.js', async () => (await import('./fake-mcp-sdk.js')).fakeMcp)

// measurements of a millisecond, and none of the kernel, which bench.test.ts measures
vi.mock('../../src/cli/measure-rates.js', async importOriginal => {
  const original = await importOriginal<typeof import('../../src/cli/measure-rates.js')>()
  return {
    ...original,
    measureKernel: async () => KERNEL_RATES,
    measureStore: async (path: string, options: object) =>
      path.endsWith('timed') ? STORE_RATES : original.measureStore(path, { ...options, milliseconds: 1 }),
  }
})

const at = temporaryFolder()
let server: FakeQdrant

/** A folder in the layout of BEIR, with four documents, one of which has no word, and one judged query. */
function beirFolder(): string {
  mkdirSync(at('beir/qrels'), { recursive: true })
  const documents = [
    { _id: 'd1', title: 'Spiders', text: 'They spin webs.' },
    { _id: 'd2', title: '', text: 'Bread and butter' },
    { _id: 'q1', text: 'spiders' },
    { _id: 'wordless', text: '---' },
  ]
  writeFileSync(at('beir/corpus.jsonl'), documents.map(document => `${JSON.stringify(document)}\n`).join(''))
  writeFileSync(at('beir/queries.jsonl'), '{"_id":"q1","text":"spiders"}\n{"_id":"q2","text":"not judged"}\n')
  const header = 'query-id\tcorpus-id\tscore\n'
  writeFileSync(at('beir/qrels/test.tsv'), `${header}q1\td1\t1\nq1\td2\t1\n`)
  writeFileSync(at('beir/qrels/dev.tsv'), `${header}q1\td1\t1\n`)
  return at('beir')
}

const vectors = {
  colbert: { size: 2, distance: 'Dot' },
  other: { size: 3, distance: 'Dot' },
} as const

/** Points whose order by `colbert` is the reverse of their order by `other`. */
const points: Point[] = [1, 2, 3, 4, 5].map(id => ({
  id,
  vector: { colbert: [[id, 1], [id, 0]], other: [[6 - id, 0, 0]] }, // biome-ignore format: one point a line
  payload: { n: id },
}))

/** Enough points for `advise`. */
const many: Point[] = Array.from({ length: 120 }, (_, id) => ({
  id,
  vector: { colbert: [[Math.cos(id), Math.sin(id)], [1, id / 120]], other: [[id, 1, 2]] }, // biome-ignore format: one point a line
}))

const files = {
  'notes/animals.md': '# Animals\n\nA spider sat\non the wall.\n\nThe wolves hunt in packs.\n',
  'notes/money.txt': 'The bank failed.\n',
  'questions.tsv': 'q1\tinsects\nq2\tbanks\n',
  'queries.jsonl': '{"id":"first","vector":[[1,0]]}\n{"id":"second","vector":[[0,1]]}\n',
  'one.jsonl': '{"id":7,"vector":[[3,4]]}\n{"id":8,"vector":[[1,0]]}\n',
  'source.jsonl': [1, 2, 3, 4, 5].map(id => `{"id":${id},"vector":[[${id},1],[${id},0]]}\n`).join(''),
  'stale.jsonl': [1, 2, 3, 4, 5].map(id => `{"id":${id},"vector":[[${id},9],[${id},0]]}\n`).join(''),
  'run.txt': 'q1 Q0 a 1 3 x\nq1 Q0 b 2 2 x\nq1 Q0 c 3 1 x\n',
  'qrels.txt': 'q1 0 c 1\n',
}

beforeAll(async () => {
  mkdirSync(at('notes'))
  for (const [name, text] of Object.entries(files)) writeFileSync(at(name), text)
  server = await startFakeQdrant()
  await server.add('numbers', vectors, points)
  const store = await createStore({ path: at('numbers'), vectors })
  await store.upsert(points)
  await store.close()
  await server.add('many', vectors, many)
  const larger = await createStore({ path: at('many'), vectors })
  await larger.upsert(many)
  await larger.close()
  await runCli(['index', at('notes'), '--store', at('index')])
})
afterAll(() => server.close())

/** Standard output of a command that uses the collection `numbers` of the fake server. */
const remote = async (args: readonly string[], surroundings: Surroundings = {}) => {
  const environment = { QDRANT_URL: server.url }
  return (await runCli([...args, '-c', 'numbers'], { environment, ...surroundings })).stdout
}
const local = async (args: readonly string[], surroundings?: Surroundings) =>
  (await runCli(args, surroundings)).stdout

/** Standard output of `advise`, with two queries unless `args` has others. */
const adviseOn = (args: readonly string[], surroundings?: Surroundings) =>
  local(
    ['advise', '--sample', '2', ...(args.includes('--using') ? [] : ['--using', 'colbert']), ...args],
    surroundings,
  )

/** The requests that `run` sends to paths that end so. */
async function requestsOf(pathEnd: string, run: () => Promise<unknown>) {
  const before = server.requests.length
  await run()
  return server.requests.slice(before).filter(({ path }) => path.endsWith(pathEnd))
}

/** Runs a command with --shard-key. Returns the key of each request that reads or writes points. */
async function shardKeysOf(command: 'pull' | 'push' | 'verify' | 'compare', key: string) {
  const requests = await requestsOf('', () => remote([...SERVER_COMMANDS[command](), '--shard-key', key]))
  const keys = requests
    .filter(({ path, body }) => /points/.test(path) && body)
    .map(({ body }) => body.shard_key)
  expect(keys.length).toBeGreaterThan(0)
  return [...new Set(keys)]
}

/** Writes the points of a file with JSON lines to a .npz file. Returns its path. */
async function npzOf(name: string, lines: keyof typeof files): Promise<string> {
  const points = files[lines].trim().split('\n').map(line => json(line)) // biome-ignore format: one chain
  const packed = points.map(({ id, vector }) => ({
    id,
    vector: { data: Float32Array.from(vector.flat()), dim: 2 },
  }))
  await writeNpz(packed, await createFile(at(name)))
  return at(name)
}

/** What `maxsimd serve` prints, and what `use` returns for its address, while it runs. */
async function whileServing<T>(
  args: readonly string[],
  use: (url: string) => Promise<T>,
  surroundings: Surroundings = {},
): Promise<readonly [stdout: string, result: T]> {
  const interrupt = new AbortController()
  let result: Promise<T> | undefined
  const all = ['serve', ...(args.includes('--port') ? [] : ['--port', '0']), ...args]
  const { stdout } = await runCli(all, {
    ...surroundings,
    signal: interrupt.signal,
    onStdout: text => {
      result = use(/http:[^"; ]*/.exec(text)![0]).finally(() => interrupt.abort())
    },
  })
  return [stdout, await result!]
}

/** The response to a POST request. */
const post = (url: string, body: object, headers: Record<string, string> = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

let names = 0
const newName = () => at(`new-${names++}`)
const json = (text: string) => JSON.parse(text)
const index = () => ['--store', at('index')]
const candidates = { stdin: 'a bank\nthe wolves\na spider\n' }

/** The commands that connect to a server, with the arguments that they need. */
const SERVER_COMMANDS = {
  info: () => ['info'],
  pull: () => ['pull', '--store', newName()],
  push: () => ['push', '--store', at('numbers')],
  verify: () => ['verify', '--sample', '1', '--using', 'colbert'],
  compare: () => ['compare', '--sample', '1', '--using', 'colbert'],
  search: () => ['search', '--queries', at('queries.jsonl'), '--using', 'colbert'],
} as const

/** Each command waits for a server that does not answer. All at once, because a time limit is at least a second. */
let timedOut: Promise<Map<string, string>> | undefined
const timeOutAll = async () => {
  const silent = await startFakeQdrant()
  silent.alter('/', () => Promise.reject(new Error('no answer')))
  const outcomes = await Promise.all(
    Object.entries({ ...SERVER_COMMANDS, advise: () => ['advise', '--sample', '1'] }).map(
      async ([command, args]) => {
        const all = [...args(), '-c', 'numbers', '--url', silent.url, '--timeout', '1']
        return [command, (await runCli(all, { code: 2 })).stderr] as const
      },
    ),
  )
  await silent.close()
  return new Map(outcomes)
}

/** Checks of the options of the connection, for each command that has them. */
const connectionChecks = Object.fromEntries(
  Object.entries(SERVER_COMMANDS).flatMap(([command, args]) => [
    [
      `${command} --collection`,
      async () => {
        const collection = `${command}-collection`
        await server.add(collection, vectors, points)
        const environment = { QDRANT_URL: server.url }
        const sent = await requestsOf('', () => runCli([...args(), '-c', collection], { environment }))
        const paths = new Set(sent.map(({ path }) => path.split('/')[2] ?? ''))
        expect([...paths].sort()).toEqual(['', collection])
      },
    ],
    [
      `${command} --url`,
      async () => {
        const environment = { QDRANT_URL: 'http://127.0.0.1:1' }
        await runCli([...args(), '-c', 'numbers', '--url', server.url], { environment })
      },
    ],
    [
      `${command} --api-key`,
      async () => {
        const environment = { QDRANT_URL: server.url, QDRANT_API_KEY: 'of the environment' }
        const all = [...args(), '-c', 'numbers', '--api-key', 'of the option']
        const sent = await requestsOf('', () => runCli(all, { environment }))
        expect(new Set(sent.map(({ apiKey }) => apiKey))).toEqual(new Set(['of the option']))
      },
    ],
    [
      `${command} --timeout`,
      async () => {
        timedOut ??= timeOutAll()
        expect((await timedOut).get(command)).toMatch(/^GET \/ got no response within 1000 ms/)
      },
    ],
    [
      `${command} --json`,
      async () => {
        expect(() => JSON.parse('text')).toThrow()
        const text = await remote(args())
        expect(() => JSON.parse(text)).toThrow()
        expect(json(await remote([...args(), '--json']))).toBeTypeOf('object')
      },
    ],
  ]),
)

/** Checks that a text and `--json` have the same content. */
const jsonCheck =
  (args: () => readonly string[], part: (value: never) => unknown, surroundings?: Surroundings) =>
  async () => {
    const text = await local(args(), surroundings)
    expect(() => JSON.parse(text)).toThrow()
    expect(text).toContain(String(part(json(await local([...args(), '--json'], surroundings)) as never)))
  }

/** Adds a first stage to a new store. Returns its settings, as `info` has them, and what `index` printed. */
async function stageOf(...args: readonly string[]) {
  const path = newName()
  const store = await createStore({ path, vectors })
  await store.upsert(many)
  await store.close()
  await local(['index', '--store', path, '--using', 'colbert', '--first-stage', ...args])
  const { firstStage, config } = json(await local(['info', '--store', path, '--json']))
  return { ...firstStage, ...config.vectors[firstStage.vector] }
}

/** Indexes a page of a PDF file, and returns the picture of why it was found. */
async function heatMapOf(...args: readonly string[]): Promise<string> {
  const path = newName()
  writeFileSync(at('paper.pdf'), makePdf([['Invoice of May']]))
  await local(['index', at('paper.pdf'), '--pages', '--model', 'pages', '--store', path, ...args])
  await local(['search', '0,0', '--model', 'pages', '--store', path, '--heatmap', `${path}/maps`])
  return readFileSync(`${path}/maps/${readdirSync(`${path}/maps`)[0]}`, 'utf8')
}

type Hits = {
  readonly hits: readonly { readonly id: number; readonly text: string; readonly score: number }[]
}

const CHECKS: Readonly<Record<string, () => Promise<unknown>>> = {
  ...connectionChecks,

  'demo --model': async () => {
    await local(['demo', 'wolves', '--model', 'demo-model'])
    expect(loaded.at(-1)).toMatchObject({ model: 'demo-model', emptyText: 'encode' })
    expect(await local(['demo', 'wolves', '--model', 'demo-model'])).not.toBe(await local(['demo', 'wolves']))
  },
  'demo --json': jsonCheck(
    () => ['demo', 'bread'],
    ([{ hits }]: [Hits]) => hits[0]!.text,
  ),

  'index --store': async () => {
    const path = newName()
    expect(await local(['index', at('notes'), '--store', path])).toContain(` in ${path}, `)
    expect(existsSync(`${path}/index.json`)).toBe(true)
  },
  'index --first-stage': async () => {
    expect((await stageOf('mean')).stage).toBe('mean')
    expect((await stageOf('lemur', '--stage-size', '16')).stage).toBe('lemur')
  },
  'index --stage-size': async () => {
    expect((await stageOf('lemur', '--stage-size', '16')).size).toBe(16)
  },
  'index --stage-datatype': async () => {
    const datatypes = [await stageOf('mean'), await stageOf('mean', '--stage-datatype', 'float32')]
    expect(datatypes.map(({ datatype }) => datatype)).toEqual(['i8', 'float32'])
  },
  'index --candidates': async () => {
    const stages = [await stageOf('mean'), await stageOf('mean', '--candidates', '50')]
    expect(stages.map(({ candidates }) => candidates)).toEqual([200, 50])
  },
  'index --pages': async () => expect(await heatMapOf()).toContain('<image width="1275" height="1651"'),
  'index --resolution': async () =>
    expect(await heatMapOf('--resolution', '30')).toContain('<image width="255" height="330"'),
  'search --heatmap': async () => expect(await heatMapOf('--resolution', '30')).toContain('<svg '),
  'index --json': async () => {
    const report = json(await local(['index', at('notes'), '--store', newName(), '--json']))
    expect(report).toMatchObject({ added: 2, changed: 0, unchanged: 0, removed: 0, passages: 4, points: 4 })
    const vectors = json(await local(['index', '--vectors', at('one.jsonl'), '--store', newName(), '--json']))
    expect(vectors).toMatchObject({ points: 2, rows: 2, removed: 0, total: 2 })
  },
  'index --model': async () => {
    const path = newName()
    const { signal } = new AbortController()
    await local(['index', at('notes'), '--store', path, '--model', 'index-model'], { signal })
    expect(loaded.at(-1)).toMatchObject({ model: 'index-model', emptyText: 'encode' })
    expect(loaded.at(-1)!.signal).toBe(signal)
    const info = json(await local(['info', '--store', path, '--json']))
    expect(info).toMatchObject({
      texts: { encoder: 'index-model' },
      config: { vectors: { text: { size: 2 } } },
    })
    // a later run uses the model of the index
    await local(['index', at('notes'), '--store', path])
    expect(loaded.at(-1)!.model).toBe('index-model')
    // words are not weighted with a model, so they are not counted
    expect(json(readFileSync(`${path}/index.json`, 'utf8'))).toMatchObject({ passages: 0, words: '' })
    // a folder has one name, whether its path is relative or not
    const model = at('notes')
    const other = newName()
    await local(['index', at('notes'), '--store', other, '--model', relative('.', model)])
    await local(['index', at('notes'), '--store', other, '--model', model])
    expect(json(readFileSync(`${other}/index.json`, 'utf8')).encoder).toBe(realpathSync(model))
  },
  'index --long-text': async () => {
    const index = async (...options: string[]) => {
      const args = ['index', at('notes'), '--store', newName(), '--model', 'index-model', ...options]
      const { stdout } = await runCli(args)
      expect(stdout).toContain('4 passages encoded')
      return loaded.at(-1)!
    }
    expect((await index()).longText).toBe('windows')
    expect((await index('--long-text', 'error')).longText).toBe('error')
    expect((await index('--long-text', 'cut')).longText).toBe('cut')
  },
  'index --lazy': async () => {
    const path = newName()
    const printed = await local(['index', at('notes'), '--store', path, '--model', 'index-model', '--lazy'])
    expect(printed).toMatch(
      /^4 passages without rows, found by words; to encode them, run it again without --lazy$/m,
    )
    const notice =
      '4 passages without rows yet, found by words only; to encode the rows, run "npx maxsimd index" again\n'
    const search = ['search', 'wolves', '--store', path]
    expect((await runCli(search)).stderr).toBe(notice)
    expect(json(await local([...search, '--json']))).toMatchObject({ withoutRows: 4 })
    expect((await runCli(['search', '--queries', at('questions.tsv'), '--store', path])).stderr).toBe(notice)
    expect(json(await local(['info', '--store', path, '--json'])).texts).toMatchObject({ withoutRows: 4 })
    expect(await local(['info', '--store', path])).toContain(', 4 passages without rows yet\n')
    const rest = json(await local(['index', at('notes'), '--store', path, '--json']))
    expect(rest).toMatchObject({ unchanged: 2, passages: 0, encoded: 4, withoutRows: 0 })
    expect((await runCli(search)).stderr).toBe('')
    const other = await local(['index', at('notes'), '--store', newName(), '--model', 'index-model'])
    expect(other).toMatch(
      /^encoding 4 passages, which can be found by their words meanwhile\n4 passages encoded, [\d.]+ s$/m,
    )
  },
  'index --lines': async () => {
    const passages = async (...options: string[]) =>
      json(await local(['index', at('notes'), '--store', newName(), '--json', ...options])).passages
    expect([await passages(), await passages('--lines')]).toEqual([4, 5])
  },
  'index --vectors': async () => {
    const args = ['index', at('one.jsonl'), '--store']
    expect((await runCli([...args, newName()], { code: 1 })).stderr).toContain('"text" is required')
    expect(await local([...args, newName(), '--vectors'])).toContain('2 documents, 2 rows read\n')
  },
  'index --datatype': async () => {
    const datatype = async (...options: string[]) => {
      const path = newName()
      await local(['index', ...options, '--store', path])
      const { config } = json(await local(['info', '--store', path, '--json']))
      return (Object.values(config.vectors)[0] as { datatype: string }).datatype
    }
    expect(await datatype(at('notes'))).toBe('float16')
    expect(await datatype(at('notes'), '--datatype', 'i8')).toBe('i8')
    expect(await datatype('--vectors', at('one.jsonl'))).toBe('float32')
    expect(await datatype('--vectors', at('one.jsonl'), '--datatype', 'binary')).toBe('binary')
  },
  'index --distance': async () => {
    const distance = async (...options: string[]) => {
      const path = newName()
      await local(['index', '--vectors', at('one.jsonl'), '--store', path, ...options])
      return json(await local(['info', '--store', path, '--json'])).config.vectors.colbert.distance
    }
    expect(await distance()).toBe('Dot')
    expect(await distance('--distance', 'Euclid')).toBe('Euclid')
  },
  'index --using': async () => {
    const path = newName()
    await local(['index', '--vectors', at('one.jsonl'), '--store', path, '--using', 'page'])
    const { config } = json(await local(['info', '--store', path, '--json']))
    expect(Object.keys(config.vectors)).toEqual(['page'])
  },

  'index --vector-column': async () => {
    writeFileSync(at('columns.jsonl'), '{"key":"a","colbert":[[1,2,3]],"vector":[[1,2]]}\n')
    const size = async (...options: string[]) => {
      const path = newName()
      await local(['index', '--vectors', at('columns.jsonl'), '--store', path, ...options])
      return json(await local(['info', '--store', path, '--json'])).config.vectors.colbert.size
    }
    expect([await size(), await size('--vector-column', 'colbert')]).toEqual([2, 3])
    const args = ['index', '--vectors', at('columns.jsonl'), '--store', newName(), '--vector-column', 'none']
    expect((await runCli(args, { code: 2 })).stderr).toContain(
      'choose others with --vector-column or --text-column',
    )
  },
  'index --id-column': async () => {
    writeFileSync(at('keys.jsonl'), '{"key":"a","vector":[[1,2]],"text":"spider"}\n')
    writeFileSync(at('key.jsonl'), '{"id":"q","vector":[[1,2]]}\n')
    const first = async (queries: string, ...options: string[]) => {
      const path = newName()
      await local(['index', at('keys.jsonl'), '--store', path, ...options])
      return json(await local(['search', '--queries', at(queries), '--store', path, '--json']))[0].hits[0].id
    }
    expect([
      await first('key.jsonl', '--vectors'),
      await first('key.jsonl', '--vectors', '--id-column', 'key'),
    ]).toEqual([0, 'a'])
    expect([await first('questions.tsv'), await first('questions.tsv', '--id-column', 'key')]).toEqual([
      1,
      'a',
    ])
  },
  'index --text-column': async () => {
    writeFileSync(
      at('bodies.jsonl'),
      '{"id":1,"vector":[[1,2]],"text":"no spiders","body":"A spider sat."}\n',
    )
    const found = async (...options: string[]) => {
      const path = newName()
      await local(['index', at('bodies.jsonl'), '--store', path, ...options])
      return json(await local(['search', 'spider', '--store', path, '--json'])).hits[0].text
    }
    expect([await found(), await found('--text-column', 'body')]).toEqual(['no spiders', 'A spider sat.'])
    // with vectors, the text is kept in the payload as "text"
    const [path, copy] = [newName(), `${newName()}.jsonl`]
    await local(['index', '--vectors', at('bodies.jsonl'), '--store', path, '--text-column', 'body'])
    await local(['push', '--store', path, '--out', copy])
    expect(json(readFileSync(copy, 'utf8')).payload.text).toBe('A spider sat.')
  },

  'index --ext': async () => {
    mkdirSync(at('logs'))
    for (const name of ['a.log', 'b.yaml', 'c.conf']) writeFileSync(at(`logs/${name}`), 'A spider sat.\n')
    const path = newName()
    const run = async (...options: string[]) =>
      json(await local(['index', at('logs'), '--store', path, '--json', ...options]))
    await runCli(['index', at('logs'), '--store', path], { code: 1 })
    expect(await run('--ext', '*.LOG, .yaml')).toMatchObject({ added: 2, ignored: { '.conf': 1 } })
    expect(await run('--ext', 'conf', '--ext', 'x')).toMatchObject({ added: 1, unchanged: 2, ignored: {} })
    for (const [list, ...more] of [[''], ['a,'], ['tar.gz'], ['a', '--vectors']] as const) {
      const args = ['index', at('logs'), '--store', path, '--ext', list, ...more]
      expect((await runCli(args, { code: 2 })).stderr).toMatch(/^"--ext" /)
    }
  },

  'search --store': async () => {
    expect(await local(['search', 'insects', ...index()])).toContain('notes/animals.md:3')
  },
  'search --json': jsonCheck(
    () => ['search', 'insects', '--limit', '1', ...index()],
    ({ hits: [hit] }: Hits) => hit!.score.toFixed(3),
  ),
  'search --model': async () => {
    const { stderr } = await runCli(['search', 'a', '--model', 'no-such', ...index()], { code: 2 })
    expect(stderr).toContain('"encoderName" expected "static"')
    expect(loaded.at(-1)!.model).toBe('no-such')
  },
  'search --explain': async () => {
    const args = ['search', 'insects', '--limit', '1']
    const words = '    question  document  similarity  weight  contribution\n'
    expect(await local([...args, ...index()])).not.toContain(words)
    expect(await local([...args, '--explain', ...index()])).toMatch(
      new RegExp(`${words}    insects   animals +0\\.\\d{4}  1\\.0000 +0\\.\\d{4}\\n$`),
    )
    const rows = '    question   document   similarity  weight  contribution\n'
    const byMeaning = ['--only', 'meaning', '--explain', ...index()]
    expect(await local([...args, ...byMeaning])).toMatch(
      new RegExp(`${rows}    0 insects  0 animals +(0\\.\\d{4}) +1\\.0000 +\\1\\n$`),
    )
    const { hits } = json(await local([...args, '--json', ...byMeaning]))
    expect(hits[0].rows).toMatchObject([
      { queryToken: { text: 'insects' }, token: { text: expect.any(String) }, weight: 1 },
    ])
    expect(json(await local([...args, '--json', ...index()])).hits[0]).not.toHaveProperty('rows')
    const { stderr } = await runCli(['search', '--explain', '--queries', at('questions.tsv'), ...index()], {
      code: 2,
    })
    expect(stderr).toContain(
      '"--explain" shows the rows of one question, and cannot be combined with --queries',
    )
  },
  'search --limit': async () => {
    const count = async (...options: string[]) =>
      json(await local(['search', 'insects', '--json', ...index(), ...options])).hits.length
    expect([await count(), await count('--limit', '1')]).toEqual([3, 1])
    // of queries with vectors too
    const search = ['search', '--queries', at('queries.jsonl'), '--using', 'colbert', '--limit', '2']
    const run = 'first Q0 5 1 5 maxsimd\nfirst Q0 4 2 4 maxsimd\nsecond Q0 '
    expect(await local([...search, '--store', at('numbers')])).toContain(run)
    const sent = await requestsOf('/points/query', () => remote(search))
    expect(sent.map(({ body }) => body.limit)).toEqual([2, 2])
  },
  'search --only': async () => {
    const found = async (...options: string[]) =>
      json(
        (
          await runCli(['search', 'insects', '--json', ...index(), ...options], {
            code: options[1] === 'words' ? 1 : 0,
          })
        ).stdout,
      ).hits.length
    expect([await found(), await found('--only', 'meaning'), await found('--only', 'words')]).toEqual([
      3, 4, 0,
    ])
  },
  'search --filter': async () => {
    const filter = '{"must":[{"key":"line","match":{"value":6}}]}'
    const { hits } = json(await local(['search', 'wolf', '--json', '--filter', filter, ...index()]))
    expect(hits.map(({ line }: { line: number }) => line)).toEqual([6])
    const byMeaning = ['--only', 'meaning', '--filter', filter, ...index()]
    const run = await local(['search', '--queries', at('questions.tsv'), ...byMeaning])
    expect(run.trim().split('\n')).toHaveLength(2)
    // of queries with vectors too
    const third = { must: [{ key: 'n', match: { value: 3 } }] }
    const search = ['search', '--queries', at('queries.jsonl'), '--using', 'colbert', '--filter']
    expect(await local([...search, JSON.stringify(third), '--store', at('numbers')])).toBe(
      'first Q0 3 1 3 maxsimd\nsecond Q0 3 1 1 maxsimd\n',
    )
    const sent = await requestsOf('/points/query', () => remote([...search, JSON.stringify(third)]))
    expect(sent.map(({ body }) => body.filter)).toEqual([third, third])
  },
  'search --queries': async () => {
    const run = await local(['search', '--queries', at('questions.tsv'), '--limit', '1', ...index()])
    expect(run).toMatch(/^q1 Q0 1 1 0\.\d+ maxsimd\nq2 Q0 4 1 0\.\d+ maxsimd\n$/)
  },
  'search --using': async () => {
    const path = newName()
    const dim = 100
    const row = (place: number) => [Array.from({ length: dim }, (_, k) => (k === place ? 1 : 0))]
    const two = { x: { size: dim, distance: 'Dot' }, y: { size: dim, distance: 'Dot' } } as const
    const store = await createStore({ path, vectors: two })
    await store.upsert([{ id: 1, vector: { x: row(0), y: row(1) } }])
    await store.close()
    const score = async (name: string) =>
      json(await local(['search', 'spider', '--store', path, '--using', name, '--json'])).hits[0].score
    expect(await score('x')).not.toBe(await score('y'))
  },

  'rerank --model': async () => {
    expect(await local(['rerank', 'wolves', '--model', 'rerank-model'], candidates)).toMatch(/^the wolves\n/)
    expect(loaded.at(-1)!.model).toBe('rerank-model')
  },
  'rerank --long-text': async () => {
    const args = ['rerank', 'insects', '--model', 'rerank-model']
    await local(args, candidates)
    expect(loaded.at(-1)!.longText).toBe('windows')
    await local([...args, '--long-text', 'cut'], candidates)
    expect(loaded.at(-1)!.longText).toBe('cut')
  },
  'rerank --limit': async () => {
    expect(await local(['rerank', 'insects'], candidates)).toBe('a spider\na bank\nthe wolves\n')
    const one = ['rerank', 'insects', '--limit', '1']
    expect(await local(one, candidates)).toBe('a spider\n')
    expect(json(await local([...one, '--json'], candidates))).toMatchObject([{ text: 'a spider' }])
    expect(await local([...one, '--explain'], candidates)).not.toContain(' 2. ')
  },
  'rerank --explain': async () => {
    expect(await local(['rerank', 'insects', '--explain', '--limit', '1'], candidates)).toMatch(
      /^ 1\. line 3 {2}0\.\d{3}\n {4}a spider\n {4}insects ~ spider 0\.\d\d\n$/,
    )
  },
  'rerank --json': jsonCheck(
    () => ['rerank', 'insects'],
    ([best]: [{ readonly text: string }]) => best.text,
    candidates,
  ),

  'serve --store': async () => {
    const [text, answer] = await whileServing(index(), async url =>
      (await post(`${url}search`, { query: 'spiders' })).json(),
    )
    expect(text).toMatch(
      new RegExp(`^search of ${at('index')} at http://127\\.0\\.0\\.1:\\d+/; ctrl-C stops it\n$`),
    )
    expect((answer as Hits).hits[0]!.text).toBe('A spider sat\non the wall.')
  },
  'serve --json': async () => {
    const [text, url] = await whileServing([...index(), '--json'], async url => url)
    expect(json(text)).toEqual({ url, store: at('index'), index: true })
  },
  'serve --model': async () => {
    const path = newName()
    await local(['index', at('notes'), '--store', path, '--model', 'serve-model'])
    const body = { query: 'wolves', documents: ['a bank', 'the wolves'] }
    const [, status] = await whileServing(['--store', path, '--model', 'serve-model'], async url => [
      (await post(`${url}search`, body)).status,
      (await post(`${url}rerank`, body)).status,
    ])
    expect([loaded.at(-1)!.model, status]).toEqual(['serve-model', [400, 200]])
    const { stderr } = await runCli(['serve', '--model', 'no-such', ...index()], { code: 2 })
    expect(stderr).toContain('"encoderName" expected "static"')
  },
  'serve --host': async () => {
    const [, url] = await whileServing([...index(), '--host', '127.0.0.2'], async url => url)
    expect(new URL(url).hostname).toBe('127.0.0.2')
  },
  'serve --port': async () => {
    const [, first] = await whileServing(index(), async url => new URL(url).port)
    const [, second] = await whileServing([...index(), '--port', first], async url => new URL(url).port)
    expect(second).toBe(first)
    for (const port of ['-1', '65536', '1.5', 'a', '']) {
      const { stderr } = await runCli(['serve', '--port', port, ...index()], { code: 2 })
      expect(stderr).toContain(`"--port" expected a whole number from 0 to 65535, got "${port}"`)
    }
  },
  'serve --token': async () => {
    const [, statuses] = await whileServing([...index(), '--token', 'abc'], async url => {
      const answers = [{}, { authorization: 'Bearer abc' }].map(headers =>
        post(`${url}search`, { query: 'insects' }, headers),
      )
      return (await Promise.all(answers)).map(({ status }) => status)
    })
    expect(statuses).toEqual([401, 200])
  },
  'serve --max-requests': async () => {
    const count = async (...options: string[]) => {
      const [, statuses] = await whileServing([...index(), ...options], async url => {
        const answers = Array.from({ length: 12 }, () => post(`${url}search`, { query: 'insects' }))
        return (await Promise.all(answers)).map(({ status }) => status)
      })
      return new Set(statuses)
    }
    expect(await count()).toEqual(new Set([200]))
    expect(await count('--max-requests', '1')).toContain(503)
  },
  'serve --max-body': async () => {
    const body = { query: 'x'.repeat(2000) }
    const status = async (...options: string[]) =>
      (
        await whileServing([...index(), ...options], async url => (await post(`${url}search`, body)).status)
      )[1]
    expect([await status(), await status('--max-body', '1')]).toEqual([200, 413])
  },

  'mcp --store': async () => {
    expect(await local(['mcp', ...index()])).toBe('')
    expect(mcpCall.result).toMatchObject({
      structuredContent: { hits: [{ file: at('notes/animals.md') }, {}, {}] },
    })
  },
  'mcp --model': async () => {
    const path = newName()
    await local(['index', at('notes'), '--store', path, '--model', 'mcp-model'])
    await local(['mcp', '--store', path, '--model', 'mcp-model'])
    expect(loaded.at(-1)!.model).toBe('mcp-model')
    const { stderr } = await runCli(['mcp', '--model', 'no-such', ...index()], { code: 2 })
    expect(stderr).toContain('"encoderName" expected "static"')
  },

  'pull --store': async () => {
    const path = newName()
    expect(await remote(['pull', '--store', path])).toBe(`copied 5 points from numbers to ${path}\n`)
    const store = await openStore(path, { readOnly: true })
    expect([await store.count(), Object.keys(store.config.vectors)]).toEqual([5, ['colbert', 'other']])
    await store.close()
  },
  'pull --out': async () => {
    const path = `${newName()}.jsonl`
    expect(await remote(['pull', '--out', path, '--using', 'other'])).toBe(
      `copied 5 points from numbers to ${path}\n`,
    )
    expect(readFileSync(path, 'utf8')).toMatch(/^\{"id":1,"vector":\[\[5,0,0\]\],"payload":\{"n":1\}\}\n/)
    expect(json(await remote(['pull', '--out', path, '--using', 'other', '--json']))).toEqual({
      ...{ collection: 'numbers', points: 5, into: path },
      ...{ skippedVectors: [], skippedSettings: [] },
    })
  },
  'pull --using': async () => {
    const read = async (name: string) => {
      const path = `${newName()}.jsonl`
      await remote(['pull', '--out', path, '--using', name])
      return json(readFileSync(path, 'utf8').split('\n')[0]!).vector
    }
    expect([await read('colbert'), await read('other')]).toEqual([[[1, 1], [1, 0]], [[5, 0, 0]]]) // biome-ignore format: two vectors
  },
  'pull --resume': async () => {
    const copy = async (...options: string[]) => {
      const path = newName()
      const store = await createStore({ path, vectors })
      await store.upsert([{ id: 1, vector: { colbert: [[9, 9]], other: [[9, 9, 9]] } }])
      await store.close()
      await remote(['pull', '--store', path, ...options])
      const copied = await openStore(path, { readOnly: true })
      const [first] = await copied.retrieve([1], { with_payload: true })
      expect(await copied.count()).toBe(5)
      await copied.close()
      return first!.payload
    }
    expect(await copy()).toEqual({ n: 1 })
    expect(await copy('--resume')).toEqual({})
  },

  'pull --shard-key': async () => {
    expect(await shardKeysOf('pull', 'tenant')).toEqual(['tenant'])
    expect(await shardKeysOf('pull', '17')).toEqual([17])
  },

  'push --store': async () => {
    const run = () => runCli(['push', '--store', at('numbers'), '-c', 'pushed', '--url', server.url])
    expect((await run()).stdout).toBe(
      `copied 5 points from ${at('numbers')} to pushed over REST ` +
        '(the port of gRPC is unknown, because the address does not have port 6333; pass --grpc PORT)\n',
    )
    expect(await server.collections.get('pushed')!.count()).toBe(5)
  },
  'push --grpc': async () => {
    const args = ['push', '--store', at('numbers'), '-c', 'over-grpc', '--url', server.url]
    const off = await runCli([...args, '--grpc', 'off'])
    expect(off.stdout).toBe(`copied 5 points from ${at('numbers')} to over-grpc over REST\n`)
    const port = await runCli([...args, '--grpc', '9', '--json'])
    expect(JSON.parse(port.stdout)).toMatchObject({
      store: at('numbers'),
      into: 'over-grpc',
      points: 5,
      transport: 'rest',
      transportReason: expect.stringMatching(/ over gRPC got no response: .*:9/),
    })
    for (const wrong of ['on', '0', '65536', '1.5', '']) {
      const { stderr } = await runCli([...args, '--grpc', wrong], { code: 2 })
      expect(stderr).toContain(`"--grpc" expected auto, off or a port, got "${wrong}"`)
    }
  },
  'push --out': async () => {
    for (const ending of ['.NPZ', '.JsonL', '.ndjson']) {
      const path = newName() + ending
      await local(['push', '--store', at('numbers'), '--using', 'colbert', '--out', path])
      expect(readFileSync(path).subarray(0, 2).toString()).toBe(ending === '.NPZ' ? 'PK' : '{"')
    }
    const path = `${newName()}.npz`
    const args = ['push', '--store', at('numbers'), '--using', 'colbert', '--out', path]
    expect(await local(args)).toBe(`copied 5 points from ${at('numbers')} to ${path}\n`)
    expect(await local(['index', '--vectors', path, '--store', newName()])).toContain(
      '5 documents, 10 rows read',
    )
  },
  'push --using': async () => {
    const read = async (name: string) => {
      const path = `${newName()}.jsonl`
      await local(['push', '--store', at('numbers'), '--out', path, '--using', name])
      return json(readFileSync(path, 'utf8').split('\n')[0]!).vector
    }
    expect([await read('colbert'), await read('other')]).toEqual([[[1, 1], [1, 0]], [[5, 0, 0]]]) // biome-ignore format: two vectors
  },
  'push --resume': async () => {
    const copy = async (name: string, ...options: string[]) => {
      await server.add(name, vectors, [{ id: 1, vector: { colbert: [[9, 9]], other: [[9, 9, 9]] } }])
      await local(['push', '--store', at('numbers'), '-c', name, '--url', server.url, ...options])
      const collection = server.collections.get(name)!
      const [first] = await collection.retrieve([1], { with_payload: true })
      expect(await collection.count()).toBe(5)
      return first!.payload
    }
    expect(await copy('replaced')).toEqual({ n: 1 })
    expect(await copy('resumed', '--resume')).toEqual({})
  },
  'push --vectors-only': async () => {
    await server.add('kept', vectors, [{ id: 1, vector: { other: [[9, 9, 9]] }, payload: { own: 1 } }])
    const args = ['push', '--store', at('numbers'), '-c', 'kept', '--url', server.url, '--vectors-only']
    // the store has points that the collection does not have
    await runCli(args, { code: 2 })
    const [first] = await server.collections.get('kept')!.retrieve([1], { with_payload: true })
    expect(first!.payload).toEqual({ own: 1 })
  },
  'push --batch-bytes': async () => {
    const sizes = async (...options: string[]) => {
      const name = newName().split('/').pop()!
      await server.add(name, vectors, [])
      const push = () =>
        local(['push', '--store', at('numbers'), '-c', name, '--url', server.url, ...options])
      return (await requestsOf('/points', push)).map(({ body }) => body.points?.length)
    }
    expect(await sizes()).toEqual([5])
    expect(await sizes('--batch-bytes', '1')).toEqual([1, 1, 1, 1, 1])
  },
  'push --concurrency': async () => {
    const most = async (...options: string[]) => {
      const name = newName().split('/').pop()!
      await server.add(name, vectors, [])
      let [inFlight, largest] = [0, 0]
      server.alter('/points', async () => {
        largest = Math.max(largest, ++inFlight)
        await new Promise(resolve => setTimeout(resolve, 20))
        inFlight--
      })
      const args = ['push', '--store', at('numbers'), '-c', name, '--url', server.url, '--batch-bytes', '1']
      await local([...args, ...options])
      server.alter('/points', undefined)
      return largest
    }
    expect(await most('--concurrency', '1')).toBe(1)
    expect(await most()).toBe(4)
  },

  'push --shard-key': async () => {
    expect(await shardKeysOf('push', 'tenant')).toEqual(['tenant'])
  },

  'advise --collection': async () => {
    const slow = ['--milliseconds', '0', '--recall', '0.5']
    const text = await adviseOn(['-c', 'many', '--url', server.url, ...slow])
    expect(text).toContain('120 documents, 2 queries')
    // a server gets the lines of a program, and no command, which is for stores
    expect(text).toMatch(/\n\nconst stages = \w+First\(/)
    expect(text).not.toContain('npx maxsimd')
  },
  'advise --url': async () => {
    const environment = { QDRANT_URL: 'http://127.0.0.1:1' }
    await adviseOn(['-c', 'many', '--url', server.url], { environment })
  },
  'advise --api-key': async () => {
    const environment = { QDRANT_URL: server.url, QDRANT_API_KEY: 'of the environment' }
    const all = ['-c', 'many', '--api-key', 'of the option']
    const sent = await requestsOf('', () => adviseOn(all, { environment }))
    expect(new Set(sent.map(({ apiKey }) => apiKey))).toEqual(new Set(['of the option']))
  },
  'advise --timeout': async () => {
    timedOut ??= timeOutAll()
    expect((await timedOut).get('advise')).toMatch(/^GET \/ got no response within 1000 ms/)
  },
  'advise --json': async () => {
    expect(() => JSON.parse('text')).toThrow()
    expect(json(await adviseOn(['--store', at('many'), '--json']))).toMatchObject({
      documents: 120,
      queries: 2,
    })
  },
  'advise --store': async () => {
    expect(await adviseOn(['--store', at('many')])).toContain('120 documents, 2 queries')
  },
  'advise --using': async () => {
    const bytesOf = async (using: string) =>
      json(await adviseOn(['--store', at('many'), '--json', '--using', using])).stages[0].bytes
    // two rows of two numbers, and one row of three
    expect(await bytesOf('colbert')).toBeGreaterThan(await bytesOf('other'))
  },
  'advise --queries': async () => {
    const advise = ['advise', '--store', at('many'), '--using', 'colbert', '--json']
    expect(json(await local([...advise, '--queries', await npzOf('two.npz', 'queries.jsonl')])).queries).toBe(
      2,
    )
  },
  'advise --sample': async () => {
    expect(json(await adviseOn(['--store', at('many'), '--json', '--sample', '3'])).queries).toBe(3)
  },
  'advise --recall': async () => {
    const targetOf = async (...more: string[]) =>
      json(await adviseOn(['--store', at('many'), '--json', ...more])).target
    expect([await targetOf(), await targetOf('--recall', '0.8')]).toEqual([0.95, 0.8])
  },
  'advise --milliseconds': async () => {
    const recommended = async (milliseconds: string) =>
      json(
        await adviseOn(['--store', at('many'), '--json', '--recall', '0.5', '--milliseconds', milliseconds]),
      ).recommended.stage
    expect([(await recommended('1e9')) === 'exact', (await recommended('0')) === 'exact']).toEqual([
      true,
      false,
    ])
  },
  'advise --candidates': async () => {
    const found = json(await adviseOn(['--store', at('many'), '--json', '--candidates', '12']))
    expect(found.candidates).toBe(12)
  },

  'verify --using': async () => {
    const report = await remote(['verify', '--sample', '2', '--using', 'other'])
    expect(report).toMatch(/^numbers, Qdrant 1\.19\.0: "other", Dot, float32; kernel /)
  },
  'verify --queries': async () => {
    const args = ['verify', '--queries', at('queries.jsonl'), '--using', 'colbert', '--json']
    expect(json(await remote(args))).toMatchObject({ queries: 2, queryIds: ['first', 'second'] })
    writeFileSync(at('zero.jsonl'), '{"id":0,"vector":[[1,0]]}\n{"vector":[[0,1]]}\n')
    const named = ['verify', '--queries', at('zero.jsonl'), '--using', 'colbert', '--json']
    expect(json(await remote(named)).queryIds).toEqual([0, null])
    const arrays = ['verify', '--queries', await npzOf('queries.npz', 'queries.jsonl'), '--using', 'colbert']
    expect(json(await remote([...arrays, '--json'])).queryIds).toEqual(['first', 'second'])
  },
  'verify --sample': async () => {
    const args = ['verify', '--sample', '3', '--using', 'colbert', '--json']
    expect(json(await remote(args))).toMatchObject({ queries: 3, queryIds: [1, 2, 3] })
  },
  'verify --limit': async () => {
    const args = ['verify', '--sample', '2', '--using', 'colbert']
    expect(await remote(args)).toContain('2 queries; 10 hits checked; ')
    expect(await remote([...args, '--limit', '3'])).toContain('2 queries; 6 hits checked; ')
  },
  'verify --scan': async () => {
    const args = ['verify', '--sample', '1', '--using', 'colbert']
    server.alter('/points/count', result => {
      result.count = 10_001
    })
    try {
      const { stdout } = await runCli([...args, '-c', 'numbers', '--url', server.url])
      expect(stdout).toContain('not scanned for missed points')
      expect(stdout).toContain('note: missed points were not searched for: pass --scan to read all points\n')
      // the server counts more points than can be read
      const environment = { QDRANT_URL: server.url }
      const scanned = await remote([...args, '--scan'], { environment, code: 1 })
      expect(scanned).toContain('5 points scanned, none missed')
      expect(scanned).toContain('\nthe server counts 10001 points, and 5 can be read: ')
    } finally {
      server.alter('/points/count', undefined)
    }
  },
  'verify --no-scan': async () => {
    const args = ['verify', '--sample', '1', '--using', 'colbert']
    expect(await remote(args)).toContain('5 points scanned, none missed')
    const skipped = await remote([...args, '--no-scan'])
    expect(skipped).toContain('not scanned for missed points')
    expect(skipped).not.toContain('were not searched for')
  },
  'verify --source': async () => {
    const args = ['verify', '--sample', '1', '--using', 'colbert', '--source']
    await remote([...args, at('source.jsonl')])
    await remote([...args, await npzOf('source.npz', 'source.jsonl')])
    expect(
      await remote([...args, at('stale.jsonl')], { environment: { QDRANT_URL: server.url }, code: 1 }),
    ).toContain('\nstale document: point 1, first different row 0\n')
  },
  'verify --store': async () => {
    const path = newName()
    const store = await createStore({ path, vectors })
    await store.upsert(points.slice(1))
    await store.close()
    const args = ['verify', '--sample', '1', '--using', 'colbert', '--store']
    await remote([...args, at('numbers')])
    expect(await remote([...args, path], { environment: { QDRANT_URL: server.url }, code: 1 })).toContain(
      '\nunknown document: point 1\n',
    )
  },
  'verify --quantized': async () => {
    const args = ['verify', '--sample', '1', '--using', 'colbert']
    const params = async (...options: string[]) =>
      (await requestsOf('/points/query', () => remote([...args, ...options])))[0]!.body.params
    expect(await params()).toEqual({ quantization: { ignore: true } })
    expect(await params('--quantized')).toEqual({ quantization: { ignore: false, rescore: false } })
    // the collection has no quantized vectors, so its scores are judged
    expect(await remote([...args, '--quantized'])).toMatch(
      /, recall 100 %\n[\s\S]*\nThe server and the kernel agree\.\n$/,
    )
    expect(json(await remote([...args, '--json'])).ok).toBe(true)
    server.alter('/collections/numbers', ({ config }) => {
      config.quantization_config = { binary: {} }
    })
    try {
      const environment = { QDRANT_URL: server.url }
      const report = json(await remote([...args, '--quantized', '--json'], { environment, code: 3 }))
      expect(report).toMatchObject({ ok: null, judged: false })
    } finally {
      server.alter('/collections/numbers', undefined)
    }
  },

  'verify --shard-key': async () => {
    expect(await shardKeysOf('verify', 'tenant')).toEqual(['tenant'])
  },

  'compare --using': async () => {
    const args = ['compare', '--sample', '1', '--rounds', '1', '--using', 'other']
    const sent = await requestsOf('/points/query', () => remote(args))
    expect(sent.map(({ body }) => body.using)).toEqual(['other', 'other'])
  },
  'compare --shard-key': async () => {
    expect(await shardKeysOf('compare', 'tenant')).toEqual(['tenant'])
  },
  'compare --queries': async () => {
    const args = ['compare', '--queries', at('queries.jsonl'), '--using', 'colbert', '--json']
    const sent = await requestsOf('/points/query', () => remote([...args, '--rounds', '1']))
    expect(sent.map(({ body }) => body.query[0])).toEqual([[1, 0], [1, 0], [0, 1], [0, 1]]) // biome-ignore format: queries
  },
  'compare --sample': async () => {
    const args = ['compare', '--sample', '3', '--using', 'colbert', '--json', '--rounds', '1']
    expect(json(await remote(args))).toMatchObject({ queries: 3, agrees: true })
  },
  'compare --limit': async () => {
    const args = ['compare', '--sample', '1', '--using', 'colbert', '--json', '--rounds', '1']
    expect(json(await remote(args)).limit).toBe(10)
    const sent = await requestsOf('/points/query', () => remote([...args, '--limit', '3']))
    expect(sent.map(({ body }) => body.limit)).toEqual([3, 3])
  },
  'compare --rounds': async () => {
    const args = ['compare', '--sample', '1', '--using', 'colbert']
    // one more, which is not timed
    expect(await requestsOf('/points/query', () => remote(args))).toHaveLength(6)
    expect(await requestsOf('/points/query', () => remote([...args, '--rounds', '2']))).toHaveLength(3)
  },
  'compare --exact': async () => {
    const args = ['compare', '--sample', '1', '--using', 'colbert', '--rounds', '1']
    const params = async (...options: string[]) =>
      (await requestsOf('/points/query', () => remote([...args, ...options])))[0]!.body.params
    expect(await params()).toBeUndefined()
    expect(await params('--exact')).toEqual({ quantization: { ignore: true } })
  },
  'compare --store': async () => {
    const args = ['compare', '--sample', '1', '--using', 'colbert', '--rounds', '1']
    expect(await remote(args)).toMatch(/^local copy: 5 documents, 10 rows, 272 B in memory; kernel \S+$/m)
    expect(await remote([...args, '--store', at('numbers')])).toMatch(
      /^store .*numbers: 5 documents, memory budget /m,
    )
  },
  'compare --svg': async () => {
    const path = newName()
    await remote(['compare', '--sample', '1', '--using', 'colbert', '--rounds', '2', '--svg', path])
    expect(readFileSync(path, 'utf8').match(/<circle /g)).toHaveLength(4)
    const nowhere = ['compare', '--sample', '1', '--using', 'colbert', '--svg', at('gone/plot.svg')]
    const { stdout, stderr } = await runCli([...nowhere, '-c', 'numbers', '--url', server.url], { code: 2 })
    expect([stdout, stderr.split(':')[0]]).toEqual(['', '"--svg" cannot be written'])
    expect(stderr).toMatch(/\nSee npx maxsimd compare --help\n$/)
  },

  'eval --qrels': async () => {
    expect(await local(['eval', at('run.txt'), '--qrels', at('qrels.txt')])).toBe(
      '1 query\tMRR@10 0.3333\tnDCG@10 0.5000\trecall@100 1.0000\tMAP@100 0.3333\tP@10 0.1000\n',
    )
  },
  'eval --mrr': async () => {
    expect(await local(['eval', at('run.txt'), '--qrels', at('qrels.txt'), '--mrr', '2'])).toBe(
      '1 query\tMRR@2 0.0000\tnDCG@10 0.5000\trecall@100 1.0000\tMAP@100 0.3333\tP@10 0.1000\n',
    )
  },
  'eval --ndcg': async () => {
    expect(await local(['eval', at('run.txt'), '--qrels', at('qrels.txt'), '--ndcg', '2'])).toBe(
      '1 query\tMRR@10 0.3333\tnDCG@2 0.0000\trecall@100 1.0000\tMAP@100 0.3333\tP@10 0.1000\n',
    )
  },
  'eval --recall': async () => {
    expect(await local(['eval', at('run.txt'), '--qrels', at('qrels.txt'), '--recall', '2'])).toBe(
      '1 query\tMRR@10 0.3333\tnDCG@10 0.5000\trecall@2 0.0000\tMAP@100 0.3333\tP@10 0.1000\n',
    )
  },
  'eval --map': async () => {
    const args = ['eval', at('run.txt'), '--qrels', at('qrels.txt'), '--map', '2']
    expect(await local(args)).toContain('\tMAP@2 0.0000\tP@10 0.1000\n')
  },
  'eval --precision': async () => {
    const args = ['eval', at('run.txt'), '--qrels', at('qrels.txt'), '--precision', '5']
    expect(await local(args)).toContain('\tMAP@100 0.3333\tP@5 0.2000\n')
  },
  'eval --against': async () => {
    const args = ['eval', at('run.txt'), '--qrels', at('qrels.txt'), '--against', at('run.txt')]
    expect(await local(args)).toContain('\nnDCG@10\t+0.0000\tp 1.0\t0 better, 0 worse, 1 equal\n')
    expect(json(await local([...args, '--json'])).against).toMatchObject({ map: { difference: 0, p: 1 } })
  },
  'eval --model': async () => {
    const path = newName()
    await local(['eval', beirFolder(), '--model', 'some/model', '--output', path])
    expect(loaded.at(-1)).toMatchObject({ model: 'some/model' })
    // each of two query rows adds 0.1 x 0.1: words are not weighted with a model
    const found = readFileSync(path, 'utf8').trim().split('\n').map(line => line.split(' ')) // biome-ignore format: one chain
    // the row of a special token alone is no document
    expect(found.map(([, , id]) => id)).toEqual(['d1', 'd2'])
    for (const fields of found) expect(Number(fields[4])).toBeCloseTo(0.02, 5)
    // the model is loaded once for all folders
    cpSync(at('beir'), at('beir-2'), { recursive: true })
    const before = loaded.length
    await local(['eval', at('beir'), at('beir-2'), '--model', 'some/model'])
    expect(loaded.length - before).toBe(1)
  },
  'eval --long-text': async () => {
    // as published figures are made
    await local(['eval', beirFolder(), '--model', 'some/model'])
    expect(loaded.at(-1)!.longText).toBe('cut')
    await local(['eval', beirFolder(), '--model', 'some/model', '--long-text', 'windows'])
    expect(loaded.at(-1)!.longText).toBe('windows')
    // the first document and the first query that are cut are reported
    let stderr = ''
    const write = (text: string) => (stderr += text)
    const signal = new AbortController().signal
    await loadEncoder({ model: 'm' }, { stdout: { write }, stderr: { write }, environment: {}, signal })
    const { onTruncate } = loaded.at(-1)!
    for (const index of [3, 4, undefined, undefined]) onTruncate!({ index, tokens: 1234, kept: 298 })
    expect(stderr).toBe(
      'a document of 1,234 tokens was cut to 298, the maximum of the model; --long-text windows encodes all of it\n' +
        'a query of 1,234 tokens was cut to 298, the maximum of the model\n',
    )
  },
  'eval --split': async () => {
    expect(await local(['eval', beirFolder(), '--split', 'dev'])).toContain('MRR@10 1.0000')
  },
  'eval --limit': async () => {
    expect(await local(['eval', beirFolder(), '--limit', '1'])).toContain('recall@100 0.5000')
  },
  'eval --output': async () => {
    const path = newName()
    await local(['eval', beirFolder(), '--output', path])
    expect(readFileSync(path, 'utf8')).toMatch(/^q1 Q0 d1 1 [\d.]+ maxsimd\n/)
  },
  'eval --each': async () => {
    const args = ['eval', at('run.txt'), '--qrels', at('qrels.txt'), '--each']
    expect(await local(args)).toMatch(/^q1\tMRR@10 0\.3333\t.*\n1 query\t/)
    expect(json(await local([...args, '--json'])).each).toMatchObject({ q1: { recall: 1 } })
  },
  'eval --json': async () => {
    const args = ['eval', at('run.txt'), '--qrels', at('qrels.txt'), '--json', '--recall', '7']
    expect(json(await local(args))).toEqual({
      depths: { mrr: 10, ndcg: 10, recall: 7, map: 100, precision: 10 },
      mrr: 1 / 3,
      ndcg: 0.5,
      recall: 1,
      map: 1 / 3,
      precision: 0.1,
      queries: 1,
      missing: [],
      unjudged: [],
    })
  },

  'bench --store': async () => {
    expect(await local(['bench'])).toBe(
      'kernel simd (one thread; documents of 64 rows x 128, a query of 32 rows)\n' +
        'f32       12,346 documents/s     6.5 GFLOPS   32,768 bytes each\n',
    )
    const text = await local(['bench', '--store', at('numbers'), '--using', 'colbert'])
    expect(text.replace(at('numbers'), '')).toMatch(
      /^: 5 points, kernel \S+\nfrom memory: {2}[\d.]+ ms per query \(first query \d.*\n.*from disk: {4}[\d.]+ ms per query/,
    )
    cpSync(at('numbers'), at('timed'), { recursive: true })
    expect(await local(['bench', '--store', at('timed')])).toBe(
      `${at('timed')}: 1,200 points, kernel simd\n` +
        'from memory:  2.35 ms per query (first query 250 ms, 1,200 queries), 1,235 points/s, 57 MB/s of vectors\n' +
        'from disk:    10 ms per query (first query 9.99 ms, 1 query), 9 points/s, 1 MB/s of vectors\n',
    )
  },
  'bench --using': async () => {
    const bytes = async (name: string) =>
      json(await local(['bench', '--store', at('numbers'), '--using', name, '--json'])).rates.map(
        (rate: { points: number; bytes: number }) => Math.round(rate.bytes / rate.points),
      )
    // two rows of two f32, and one row of three
    expect([await bytes('colbert'), await bytes('other')]).toEqual([[16, 16], [12, 12]]) // biome-ignore format: two vectors
  },
  'bench --json': async () => {
    expect(json(await local(['bench', '--json']))).toEqual(KERNEL_RATES)
    const args = ['bench', '--store', at('numbers'), '--using', 'colbert', '--json']
    expect(json(await local(args))).toMatchObject({
      points: 5,
      rates: [{ from: 'memory' }, { from: 'disk' }],
    })
  },

  'info --store': async () => {
    expect(await local(['info', '--store', at('numbers')])).toContain('  other: 3 x float32, Dot, max_sim')
    expect(await local(['info', ...index()])).toContain('\n  paragraphs of 2 files, encoder static\n')
    expect(json(await local(['info', '--json', ...index()]))).toMatchObject({
      points: 4,
      texts: { files: 2 },
    })
  },
  'info --sample': async () => {
    expect(await remote(['info'])).toContain('(estimated from 5 documents)')
    expect(await remote(['info', '--sample', '2'])).toContain('(estimated from 2 documents)')
    expect(json(await remote(['info', '--json']))).toMatchObject({ name: 'numbers', points: 5 })
    const scrolled = async (...options: string[]) =>
      (await requestsOf('/points/scroll', () => remote(['info', ...options])))[0]!.body.limit
    expect([await scrolled(), await scrolled('--sample', '2')]).toEqual([32, 2])
  },
}

describe('each option has an effect', () => {
  it('search shows the tokens and patches that a collection has', async () => {
    const word = { text: 'wolves', start: 4, end: 10 }
    const payloads = [
      { text: 'the wolves' },
      { tokens: ['a', word, 'z\u001b'] },
      { patches: [null, { tile: 0, line: 2, column: 3 }, { line: 1 }] },
      { text: 'wolves' },
    ]
    const rows = [[0, 0.1], [0, 0.2], [1, 0]] // biome-ignore format: one line
    await server.add(
      'labels',
      { colbert: { size: 2, distance: 'Dot' } },
      payloads.map((payload, id) => ({
        id,
        vector: { colbert: rows.map(([x, y]) => [x! - id / 100, y!]) },
        payload,
      })),
    )
    const args = ['search', 'wolves', '--model', 'any', '-c', 'labels', '--url', server.url, '--explain']
    const text = await local(args)
    const table = (first: string, second: string) =>
      expect.stringMatching(
        new RegExp(`\\n {4}0 \\[CLS\\] +${first} +0\\.0200 .*\\n {4}1 wolves +${second} +\\d`),
      )
    const [, ...shown] = text.split(/^ \d\. /m)
    expect(shown).toEqual([
      table('1 the', '2 wolves'),
      table('1 wolves', '2 z\\S+'),
      table('1 tile 0, line 2, column 3', '2 line 1'),
      table('1', '2'),
    ])
    expect(text).not.toContain('\u001b')
    const both = await runCli([...args, '--store', at('index')], { code: 2 })
    expect(both.stderr).toContain('"--collection" and "--store" cannot be combined')
    await expect(local(['search', 'x', '-c', 'labels', '--url', server.url])).rejects.toThrow()
  })

  it('and a check below', async () => {
    const { commands } = await createSilentProgram()
    const options = commands.flatMap(command =>
      command.options.map(({ long }) => `${command.name()} ${long}`),
    )
    expect(Object.keys(CHECKS).sort()).toEqual(options.sort())
  })

  it.each(Object.keys(CHECKS))('%s', async name => void (await CHECKS[name]!()))
})
