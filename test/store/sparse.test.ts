// Sparse vectors of a store: what no server has, and what is easy to get wrong about segments and dead points. The cases
// that stores and servers share are in test/collection/sparse.cases.ts.

import { expect, it } from 'vitest'
import type { SparseVector } from '../../src/collection/collection.js'
import type { SearchParams } from '../../src/collection/search-options.js'
import { createBm25Encoder } from '../../src/encode/index.js'
import { readSparse } from '../../src/store/columns/sparse-documents.js'
import {
  createStore,
  openStore,
  readStoreConfig,
  type Store,
  type StoreConfig,
} from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { between, random } from '../support/random.js'
import { temporaryStores } from './folders.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'

const { closing, freshPath } = temporaryStores()
const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const sparse_vectors = { words: { modifier: 'idf' } } as const

/** Scores by the definition: f32 products and sums in ascending dimensions, idf over the points that are left. */
function bruteForce(points: ReadonlyMap<number, SparseVector>, query: SparseVector) {
  const f32 = Math.fround
  const documents = [...points.values()].filter(({ indices }) => indices.length > 0)
  const terms = query.indices
    .map((index, i) => {
      const df = documents.filter(({ indices }) => indices.includes(index)).length
      const n = documents.length
      const idf = f32(Math.log(f32(f32(f32(f32(n - df) + 0.5) / f32(df + 0.5)) + 1)))
      return { index, weight: f32(f32(query.values[i]!) * idf) }
    })
    .sort((a, b) => a.index - b.index)
  return [...points]
    .flatMap(([id, { indices, values }]) => {
      const common = terms.filter(({ index }) => indices.includes(index))
      const score = common.reduce(
        (sum, { index, weight }) => f32(sum + f32(f32(values[indices.indexOf(index)]!) * weight)),
        0,
      )
      return common.length > 0 ? [{ id, score }] : []
    })
    .sort((a, b) => b.score - a.score || a.id - b.id)
}

it('has the same scores, to the bit, through replacements, deletions, compactions and openings', async () => {
  const next = random(21)
  const folder = createMemoryFolder()
  let store = await createSmallSegments(folder, vectors, 3_000, sparse_vectors)
  const points = new Map<number, SparseVector>()
  const anyVector = (count: number): SparseVector => {
    const indices = [...new Set(Array.from({ length: count }, () => Math.floor(60 * next() ** 3)))]
    return { indices, values: indices.map(() => 4 * next() - 1) }
  }
  for (let round = 0; round < 10; round++) {
    const changed = Array.from({ length: 40 }, () => ({
      id: between(next, 0, 199),
      words: anyVector(between(next, 0, 9)),
    }))
    await store.upsert(changed.map(({ id, words }) => ({ id, vector: { words } })))
    for (const { id, words } of changed) points.set(id, words)
    const gone = [between(next, 0, 199), between(next, 0, 199)]
    await store.delete(gone)
    for (const id of gone) points.delete(id)
    if (round % 3 === 1) await store.compact()
    if (round % 4 === 2) {
      await store.close()
      store = await openStoreIn(folder, { kernel: 'simd', segmentBytes: 3_000 })
    }
    for (const limit of [1, 7, 300]) {
      const query = anyVector(6)
      const hits = await store.query(query, { using: 'words', limit })
      const wanted = bruteForce(points, query).slice(0, limit)
      expect(
        hits.map(({ id, score }) => ({ id, score })),
        `round ${round}, limit ${limit}`,
      ).toEqual(wanted)
    }
  }
  await store.close()
})

it('orders equal scores by id, also where the limit divides them', async () => {
  const store = closing(await createStore({ sparse_vectors: { words: {} } }))
  const ids = [9, 3, 12, 1, 7, 5]
  await store.upsert(ids.map(id => ({ id, vector: { words: { indices: [4], values: [1] } } })))
  for (const limit of [1, 2, 5, 9]) {
    const hits = await store.query({ indices: [4], values: [2] }, { using: 'words', limit })
    expect(hits.map(({ id }) => id)).toEqual([1, 3, 5, 7, 9, 12].slice(0, limit))
  }
})

it('keeps its sparse vectors in its configuration, and opens with them', async () => {
  const path = freshPath()
  const store = await createStore({ path, sparse_vectors: { words: {}, rare: { modifier: 'idf' } } })
  expect(store.config).toEqual({
    vectors: {},
    sparse_vectors: { words: { modifier: 'none' }, rare: { modifier: 'idf' } },
  })
  await store.upsert([
    { id: 1, vector: { rare: { indices: [2], values: [3] }, words: { indices: [], values: [] } } },
  ])
  expect((await store.info()).sparse_vectors).toEqual({
    words: { points: 1, values: 0, bytes: 0 },
    rare: { points: 1, values: 1, bytes: 8 },
  })
  await store.close()
  expect(await readStoreConfig(path)).toEqual(store.config)
  const reused = await createStore({
    path,
    sparse_vectors: { words: {}, rare: { modifier: 'idf' } },
    ifExists: 'reuse',
  })
  expect(await reused.count()).toBe(1)
  await reused.close()
  await expect(createStore({ path, sparse_vectors: { words: {} }, ifExists: 'reuse' })).rejects.toThrow(
    'has other vectors: "rare" is {"modifier":"idf"}, but the configuration has no such vector',
  )
  const reader = closing(await openStore(path, { readOnly: true }))
  expect(await reader.retrieve([1], { with_vector: true, with_payload: false })).toEqual([
    { id: 1, vector: { words: { indices: [], values: [] }, rare: { indices: [2], values: [3] } } },
  ])
})

const wrong: readonly (readonly [config: unknown, error: string])[] = [
  [{}, '"vectors" is required'],
  [{ sparse_vectors: {} }, '"vectors" is required'],
  [{ vectors: {}, sparse_vectors: {} }, '"vectors" expected at least one vector, got none'],
  [{ vectors, sparse_vectors: ['words'] }, '"sparse_vectors" expected an object such as'],
  [{ vectors, sparse_vectors: null }, '"sparse_vectors" expected an object such as'],
  [
    { vectors, sparse_vectors: { words: { modifier: 'IDF' } } },
    '"sparse_vectors.words.modifier" expected one of idf, none',
  ],
  [{ vectors, sparse_vectors: { words: { index: {} } } }, 'unknown option "sparse_vectors.words.index"'],
  [{ vectors, sparse_vectors: { words: null } }, '"sparse_vectors.words" expected an object'],
  [{ vectors, sparse_vectors: { colbert: {} } }, '"sparse_vectors.colbert" is also in "vectors"'],
  [{ vectors, sparse_vectors: { '': {} } }, '"sparse_vectors" expected names that are not empty'],
]

it.each(wrong)('refuses the configuration %j', async (config, error) => {
  await expect(createStore(config as StoreConfig)).rejects.toThrow(error)
})

it('refuses texts without a sparse encoder, and scores beyond f32', async () => {
  const store: Store = closing(await createStore({ vectors, sparse_vectors }))
  const text = { text: 'x' }
  const needsEncoder = (path: string) =>
    `"${path}" is a text, which needs an encoder; pass "sparseEncoder" to createStore() or openStore()`
  await expect(store.upsert([{ id: 1, vector: { words: text } }])).rejects.toThrow(
    needsEncoder('point 1.vector.words'),
  )
  await expect(store.query(text, { using: 'words' })).rejects.toThrow(needsEncoder('query'))
  await expect(store.query({ nearest: text }, { using: 'words' })).rejects.toThrow(
    needsEncoder('query.nearest'),
  )
  const query = { indices: [1], values: [3e38] }
  await store.upsert([{ id: 1, vector: { words: query } }])
  await expect(store.query(query, { using: 'words' })).rejects.toThrow('exceeds the range of f32')
})

it('names the point whose text an encoder refuses', async () => {
  const sparseEncoder = { ...(await createBm25Encoder()), document: () => ({ indices: [1], values: [] }) }
  const store = closing(await createStore({ sparse_vectors, sparseEncoder }))
  await expect(store.upsert([{ id: 5, vector: { words: { text: 'x' } } }])).rejects.toThrow(
    '"point 5.vector.words" expected as many values as indices',
  )
})

it('takes rows that are not those of a sparse vector for damage', () => {
  const read = (...rows: readonly (readonly [dimension: number, value: number])[]) => {
    const bytes = new Uint8Array(8 * rows.length)
    const view = new DataView(bytes.buffer)
    for (const [i, [dimension, value]] of rows.entries()) {
      view.setUint32(8 * i, dimension, true)
      view.setFloat32(8 * i + 4, value, true)
    }
    const memory = { bytes: () => bytes } as unknown as Parameters<typeof readSparse>[0]
    return readSparse(memory, 0, rows.length)
  }
  expect(read([1, 0.5], [7, -1])).toEqual({ indices: Uint32Array.of(1, 7), values: Float32Array.of(0.5, -1) })
  expect(read([7, 1], [1, 1])).toBeUndefined()
  expect(read([7, 1], [7, 1])).toBeUndefined()
  expect(read([7, Number.NaN])).toBeUndefined()
  expect(read([7, Infinity])).toBeUndefined()
})

it.each<readonly [unknown, string | undefined, string]>([
  ['local', 'words', '"params.idf" expected "global" or { corpus: <filter> }, got "local"'],
  [{ corpus: [] }, 'words', '"params.idf" expected "global" or { corpus: <filter> }, got object'],
  [{ must: [] }, 'words', '"params.idf" expected "global" or { corpus: <filter> }, got object'],
  [{ corpus: { most: [] } }, 'words', 'unknown field "params.idf.corpus.most"'],
  ['global', 'plain', '"params.idf" needs a sparse vector with the modifier "idf", got "plain"'],
  ['global', undefined, '"params.idf" needs a sparse vector with the modifier "idf", got "colbert"'],
])('refuses params.idf %j with the vector %s', async (value, using, error) => {
  const store = closing(await createStore({ vectors, sparse_vectors: { ...sparse_vectors, plain: {} } }))
  const params = { idf: value } as SearchParams
  const run = store.query(using === undefined ? [[1, 0]] : { indices: [1], values: [1] }, { using, params })
  await expect(run).rejects.toThrow(error)
})

it('refuses vectors by another name beside an unnamed vector', async () => {
  const config = { vectors: vectors.colbert, sparse_vectors: { words: {} } }
  const store = closing(await createStore(config))
  await expect(store.upsert([{ id: 1, vector: { colbert: [[1, 0]] } }])).rejects.toThrow(
    'the collection has no vector "colbert"; it has (unnamed), "words"',
  )
  await expect(store.upsert([{ id: 1, vector: 7 as never }])).rejects.toThrow(
    '"point 1.vector" expected an object with vectors by name ((unnamed), "words"), got number',
  )
  await expect(store.query({ indices: [1], values: [1] })).rejects.toThrow(
    '"using" expected a sparse vector of the collection',
  )
})
