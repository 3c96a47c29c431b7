// Creating, opening and closing stores; texts, explanations, upserts that fail, and what only a server supports.

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { createStaticEncoder } from '../../src/encode/index.js'
import {
  createStore,
  DisposedError,
  openStore,
  type Point,
  type Query,
  readStoreConfig,
  type Store,
  type StoreConfig,
  UpsertError,
} from '../../src/store/index.js'
import { temporaryStores } from './folders.js'

const { closing, freshPath } = temporaryStores()

const vectors = { colbert: { size: 4, distance: 'Dot' } } as const
const make = async (config: Partial<StoreConfig> = {}) => closing(await createStore({ vectors, ...config }))
const pointOf = (id: number): Point => ({ id, vector: { colbert: [[id, 1, 0, 0]] }, payload: { id } })

const wrongConfigs: readonly (readonly [unknown, string])[] = [
  [
    undefined,
    '"config" expected an object, got undefined; valid options of createStore: path, vectors, sparse_vectors, ifExists, memory,',
  ],
  [
    { vectors, distance: 'Dot' },
    'unknown option "config.distance"; valid options of createStore: path, vectors, sparse_vectors, if',
  ],
  [{}, '"vectors" is required: for example { colbert: { size: 128, distance: "Dot" } }'],
  [
    { vectors: { colbert: { distance: 'Dot' } } },
    '"vectors.colbert.size" is required: the number of elements in each row, for example 128',
  ],
  [
    { vectors: { colbert: { size: 128 } } },
    '"vectors.colbert.distance" is required: Dot, Cosine, Euclid or Manhattan',
  ],
  [
    { vectors: 7 },
    `"vectors" expected an object such as { colbert: { size: 128, distance: 'Dot' } }, got number`,
  ],
  [{ vectors: {} }, '"vectors" expected at least one vector, got none'],
  [
    { vectors: { colbert: { size: 0, distance: 'Dot' } } },
    '"vectors.colbert.size" expected a whole number from 1 to 65536, got 0',
  ],
  [
    { vectors: { colbert: { size: 4, distance: 'dot' } } },
    '"vectors.colbert.distance" expected one of Dot, Cosine, Euclid, Manhattan, got "dot"',
  ],
  [
    { vectors: { colbert: { size: 4, distance: 'Dot', datatype: 'turbo4' } } },
    '"vectors.colbert.datatype" expected one of float32, float16, uint8, i16, i8, binary, got "turbo4"',
  ],
  [
    { vectors: { colbert: { size: 4, distance: 'Dot', datatype: 'f16' } } },
    '"vectors.colbert.datatype" expected one of float32, float16, uint8, i16, i8, binary, got "f16"; use "float16", as Qdrant does',
  ],
  [
    { vectors: { colbert: { size: 4, distance: 'Manhattan', datatype: 'binary' } } },
    '"vectors.colbert.datatype" binary needs the distance Dot, Cosine or Euclid, got Manhattan; use i8 or float32',
  ],
  [
    { vectors: { colbert: { size: 4, distance: 'Dot', hnsw_config: { m: 16 } } } },
    '"vectors.colbert.hnsw_config" expected { m: 0 }, got {"m":16}; a store has no graph, so omit it',
  ],
  [
    { vectors, memory: '1 parsec' },
    '"memory" expected a number of bytes, or a text such as "512 MB", got "1 parsec"',
  ],
  [{ vectors, path: '' }, '"path" expected the path of a folder; omit it for a store in memory'],
  [{ vectors, ifExists: 'merge' }, '"ifExists" expected one of fail, reuse, recreate, got "merge"'],
  [{ vectors, kernel: 'fast' }, '"kernel" expected one of relaxed-simd, simd, reference, got "fast"'],
]
it('takes the configuration of a Qdrant collection without a graph, and texts for its own encoder only', async () => {
  const encoder = createStaticEncoder(readFileSync('data/words.bin'))
  const colbert = { size: 100, distance: 'Dot', hnsw_config: { m: 0, payload_m: 0 } } as const
  const store = await createStore({ vectors: { colbert }, encoder })
  expect(store.config.vectors.colbert).toEqual({
    size: 100,
    distance: 'Dot',
    datatype: 'float32',
    multivector_config: { comparator: 'max_sim' },
    on_disk: false,
    screen: 'i8',
  })
  const point = (model: string) => ({ id: 1, vector: { colbert: { text: 'a city', model } } })
  await expect(store.upsert([point('colbert-ir/colbertv2.0')])).rejects.toThrow(
    'expected "static", the model of the encoder, got "colbert-ir/colbertv2.0"',
  )
  await store.upsert([point('static')])
  await expect(store.query({ text: 'cities', model: 'colbert-ir/colbertv2.0' })).rejects.toThrow(
    '"query.model" expected "static", the model of the encoder, got "colbert-ir/colbertv2.0"',
  )
  expect(await store.count()).toBe(1)
  await store.close()
})

it.each(wrongConfigs)('refuses the configuration %j', async (config, message) => {
  await expect(createStore(config as StoreConfig)).rejects.toThrow(message)
})

it('refuses a folder without a store, a folder with other files, and a file', async () => {
  const path = freshPath()
  await expect(openStore(path)).rejects.toThrow(
    `there is no store at "${path}"; create one with createStore()`,
  )
  mkdirSync(path)
  writeFileSync(join(path, 'notes.txt'), 'mine')
  await expect(createStore({ path, vectors })).rejects.toThrow(
    `"path" expected a new folder, or one with a store, got "${path}", which has other files (notes.txt)`,
  )
  expect(readdirSync(path)).toEqual(['notes.txt'])
  const file = join(path, 'notes.txt')
  const isFile = `"path" expected a folder, got "${file}", which is a file`
  await expect(createStore({ path: file, vectors })).rejects.toThrow(isFile)
  await expect(openStore(file)).rejects.toThrow(isFile)
  await expect(openStore(path, { readonly: true } as object)).rejects.toThrow(
    'unknown option "options.readonly"; valid options of openStore: readOnly, salvage, memory, encoder, sparseEncoder, kernel, module',
  )
})

it('leaves other files in the folder of a store alone', async () => {
  const path = freshPath()
  await (await make({ path })).close()
  const file = join(path, 'notes.txt')
  writeFileSync(file, 'mine')
  await expect(createStore({ path, vectors })).rejects.toThrow(`there is a store at "${path}"`)
  for (const ifExists of ['reuse', 'recreate'] as const) {
    const store = await make({ path, ifExists })
    await store.upsert([pointOf(1)])
    await store.compact()
    await store.close()
    expect(readFileSync(file, 'utf8'), ifExists).toBe('mine')
  }
  const store = await openStore(path)
  expect(await store.count()).toBe(1)
  await store.close()
})

it('leaves an existing store alone, reuses it or recreates it', async () => {
  const path = freshPath()
  const store = await make({ path })
  await store.upsert([pointOf(1)])
  await store.close()
  await expect(createStore({ path, vectors })).rejects.toThrow(
    `there is a store at "${path}"; open it with openStore(), or create it with ifExists: 'reuse' or 'recreate', which ` +
      'deletes its points',
  )
  const reused = await make({ path, ifExists: 'reuse' })
  expect(await reused.count()).toBe(1)
  await reused.close()
  const other = { colbert: { size: 5, distance: 'Dot' } } as const
  await expect(createStore({ path, vectors: other, ifExists: 'reuse' })).rejects.toThrow(
    `the store at "${path}" has other vectors: "colbert" is {"size":4,"distance":"Dot","datatype":"float32",` +
      '"multivector_config":{"comparator":"max_sim"},"on_disk":false}, but the configuration has {"size":5,',
  )
  expect(await (await make({ path, ifExists: 'recreate', vectors: other })).count()).toBe(0)
})

it.each([
  ['one vector less', { a: { size: 2, distance: 'Dot' } }, '"b" is {"size":3,'],
  [
    'one vector more',
    { a: { size: 2, distance: 'Dot' }, b: { size: 3, distance: 'Cosine' }, c: { size: 1, distance: 'Dot' } },
    '"c" is missing, but the configuration has {"size":1,',
  ],
  ['another name', { a: { size: 2, distance: 'Dot' }, c: { size: 3, distance: 'Cosine' } }, '"c" is missing'],
  [
    'another distance',
    { a: { size: 2, distance: 'Dot' }, b: { size: 3, distance: 'Dot' } },
    '"b" is {"size":3,',
  ],
  [
    'another datatype',
    { a: { size: 2, distance: 'Dot', datatype: 'i8' }, b: { size: 3, distance: 'Cosine' } },
    '"a" is {"size":2,',
  ],
  [
    'a dense vector',
    { a: { size: 2, distance: 'Dot', multivector_config: null }, b: { size: 3, distance: 'Cosine' } },
    '"a" is {"size":2,',
  ],
  [
    'a vector on the disk',
    { a: { size: 2, distance: 'Dot', on_disk: true }, b: { size: 3, distance: 'Cosine' } },
    '"a" is {"size":2,',
  ],
] as const)(
  'reuses no store whose vectors differ by %s, and leaves it open to others',
  async (_, other, difference) => {
    const path = freshPath()
    const config = { a: { size: 2, distance: 'Dot' }, b: { size: 3, distance: 'Cosine' } } as const
    await (await createStore({ path, vectors: config })).close()
    await expect(createStore({ path, vectors: other, ifExists: 'reuse' })).rejects.toThrow(
      `the store at "${path}" has other vectors: ${difference}`,
    )
    await (await createStore({ path, vectors: config, ifExists: 'reuse' })).close()
  },
)

it('reads the configuration of a store without opening it', async () => {
  const path = freshPath()
  expect(await readStoreConfig(path)).toBeUndefined()
  const store = await make({
    path,
    vectors: { dense: { size: 2, distance: 'Euclid', multivector_config: null } },
  })
  const config = { vectors: { dense: { size: 2, distance: 'Euclid', datatype: 'float32', on_disk: false } } }
  expect(await readStoreConfig(path)).toEqual(config)
  expect(store.config).toEqual(config)
})

it('applies the filter of a scroll once, at the beginning', async () => {
  const store = await make()
  await store.upsert([1, 2, 3].map(pointOf))
  const filter = { must: [{ key: 'id', range: { gt: 1 } }] }
  const scroll = store.scroll({ filter, batchPoints: 1 })
  expect((await scroll.next()).value).toMatchObject({ id: 2 })
  await store.upsert([pointOf(4)])
  expect((await scroll.next()).value).toMatchObject({ id: 3 })
  expect(await scroll.next()).toEqual({ done: true, value: undefined })
})

it('explains a score', async () => {
  const store = await make({ path: freshPath() })
  const document = [
    [1, 0, 0, 0],
    [0, 2, 0, 0],
  ]
  await store.upsert([{ id: 7, vector: { colbert: document } }])
  const query = [
    [0, 1, 0, 0],
    [3, 0, 0, 0],
  ]
  const { score, matches, matrix } = await store.explain(query, 7, { using: 'colbert' })
  expect(score).toBe(5)
  expect(matches.map(({ row, similarity }) => [row, similarity])).toEqual([
    [1, 2],
    [0, 3],
  ])
  expect([...matrix()]).toEqual([0, 2, 3, 0])
  await expect(store.explain(query, 8)).rejects.toThrow(
    '"id" expected a point with the vector "colbert", got 8',
  )
})

it('refuses unknown options of its own methods', async () => {
  const store = await make()
  const wrong = { sigal: undefined } as object
  await expect(store.explain([[1, 0, 0, 0]], 1, wrong)).rejects.toThrow(
    'unknown option "options.sigal"; valid options of explain: using, signal',
  )
  await expect(store.compact(wrong)).rejects.toThrow(
    'unknown option "options.sigal"; valid options of compact: signal',
  )
  await expect(store.queryBatch([], wrong)).rejects.toThrow(
    'unknown option "options.sigal"; valid options of queryBatch: signal',
  )
  await expect(store.queryBatch(7 as never)).rejects.toThrow(
    '"queries" expected an array of { query, ... }, got number',
  )
})

it('refuses texts without an encoder', async () => {
  const store = await make()
  const needsEncoder = (path: string) =>
    `"${path}" is a text, which needs an encoder; pass "encoder" to createStore() or openStore()`
  const text = { text: 'x' }
  await expect(store.query(text)).rejects.toThrow(needsEncoder('query'))
  await expect(store.query({ nearest: text })).rejects.toThrow(needsEncoder('query.nearest'))
  await expect(store.query([[1, 0, 0, 0]], { prefetch: [{ query: text }] })).rejects.toThrow(
    needsEncoder('prefetch[0].query'),
  )
  await expect(store.upsert([{ id: 1, vector: { colbert: text } }])).rejects.toThrow(
    needsEncoder('point 1.vector.colbert'),
  )
})

it('reports how far an upsert got that failed, and continues it', async () => {
  const store = await make({ path: freshPath() })
  const wrong = { id: 5, vector: { colbert: [[1, 2, 3, Number.NaN]] } }
  const error = await store
    .upsert([...[1, 2, 3, 4].map(pointOf), wrong], { batchPoints: 2 })
    .catch(error => error)
  expect(error).toBeInstanceOf(UpsertError)
  expect(error.code).toBe('ERR_UPSERT')
  expect(error.report).toMatchObject({ points: 4, batches: 2, applied: false })
  expect(error.message).toBe(
    '"point 5.vector.colbert[0][3]" expected a finite number, got NaN; check the encoder that made it; 4 points in 2 ' +
      "batches had been written: upsert again with resume: 'skip' to send the rest",
  )
  const report = await store.upsert([1, 2, 3, 4, 5].map(pointOf), { resume: 'skip' })
  expect(report).toMatchObject({ points: 1, skipped: 4, batches: 1, applied: true })
})

it('reports progress, and is cancelled by a signal', async () => {
  const store = await make()
  const seen: number[] = []
  await store.upsert([1, 2, 3].map(pointOf), {
    batchPoints: 2,
    onProgress: ({ points }) => seen.push(points),
  })
  expect(seen).toEqual([2, 3])
  const signal = AbortSignal.abort(new Error('enough'))
  await expect(store.upsert([pointOf(6)], { signal })).rejects.toThrow('enough')
  await expect(store.query([[1, 0, 0, 0]], { signal })).rejects.toThrow('enough')
  await expect(store.explain([[1, 0, 0, 0]], 1, { signal })).rejects.toThrow('enough')
})

it('names the queries of Qdrant that it does not support', async () => {
  const store = await make()
  const query = [[1, 0, 0, 0]]
  for (const name of ['recommend', 'discover', 'context', 'formula', 'order_by', 'sample', 'feedback']) {
    await expect(store.query({ [name]: {} } as Query)).rejects.toThrow(
      `"query.${name}" is not supported by a store; use nearest, fusion or rrf`,
    )
  }
  await expect(store.query({ fusion: 'sum' as 'rrf' })).rejects.toThrow(
    '"query.fusion" expected rrf or dbsf, got "sum"',
  )
  await expect(store.query({ fusion: 'rrf' })).rejects.toThrow(
    '"query" fuses prefetches; add at least one prefetch',
  )
  await expect(store.query(query, { shard_key: 'a' })).rejects.toThrow(
    '"shard_key" is not supported by a store; omit it',
  )
  await expect(store.query(query, { prefetch: { query, lookup_from: {} } })).rejects.toThrow(
    '"prefetch.lookup_from" is not supported by a store; omit it',
  )
  await expect(store.query(5)).rejects.toThrow('"query" expected the id of a point in the store, got 5')
})

const calls: readonly (readonly [string, (store: Store) => Promise<unknown>])[] = [
  ['upsert', store => store.upsert([])],
  ['query', store => store.query([[1, 0, 0, 0]])],
  ['queryBatch', store => store.queryBatch([{ query: [[1, 0, 0, 0]] }])],
  ['retrieve', store => store.retrieve([1])],
  ['scroll', store => store.scroll().next()],
  ['delete', store => store.delete([1])],
  ['count', store => store.count()],
  ['info', store => store.info()],
  ['explain', store => store.explain([[1, 0, 0, 0]], 1)],
  ['compact', store => store.compact()],
]
it('is closed at the end of a block with `await using`', async () => {
  const path = freshPath()
  let left: Store
  {
    await using store = await make({ path })
    left = store
  }
  await expect(left.count()).rejects.toThrow(DisposedError)
  expect(await closing(await openStore(path)).count()).toBe(0)
})

it.each(calls)('rejects %s with DisposedError after it was closed', async (_, call) => {
  const inMemory = await make()
  const inFolder = await make({ path: freshPath() })
  const remedies = [
    [inMemory, 'create one with createStore()'],
    [inFolder, 'open it again with openStore()'],
  ] as const
  for (const [store, remedy] of remedies) {
    await store.close()
    await store.close()
    const error = await call(store).catch((error: unknown) => error as DisposedError)
    expect(error).toBeInstanceOf(DisposedError)
    expect(error).toMatchObject({ code: 'ERR_DISPOSED', message: `"store" was disposed; ${remedy}` })
  }
})
