// What only a store does: making and opening, texts, memory and disk, explanations, compaction, and what it refuses.

import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createScorer, type Dtype, type FlatMultiVector } from '../../src/index.js'
import {
  createStore,
  openStore,
  type Point,
  type StoreConfig,
  type StoreDatatype,
  UpsertError,
} from '../../src/store/index.js'
import { between, random, randomRows } from '../support/random.js'
import { closing, freshPath } from './folders.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'

const vectors = { colbert: { size: 4, distance: 'Dot' } } as const
const make = async (config: Partial<StoreConfig> = {}) => closing(await createStore({ vectors, ...config }))
const pointOf = (id: number): Point => ({ id, vector: { colbert: [[id, 1, 0, 0]] }, payload: { id } })

describe('a configuration is refused', () => {
  const cases: readonly (readonly [unknown, string])[] = [
    [
      undefined,
      '"config" expected an object, got undefined; valid options of createStore: path, vectors, ifExists, memory,',
    ],
    [
      { vectors, distance: 'Dot' },
      'unknown option "config.distance"; valid options of createStore: path, vectors, if',
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
      { vectors: { colbert: { size: 4, distance: 'Dot', hnsw_config: { m: 0 } } } },
      'unknown option "vectors.colbert.hnsw_config"; valid options of a vector of a store: size, distance, datatype, multivector_config, on_disk',
    ],
    [
      { vectors, memory: '1 parsec' },
      '"memory" expected a number of bytes, or a text such as "512 MB", got "1 parsec"',
    ],
    [{ vectors, path: '' }, '"path" expected the path of a folder; omit it for a store in memory'],
    [{ vectors, ifExists: 'merge' }, '"ifExists" expected one of fail, reuse, recreate, got "merge"'],
    [{ vectors, kernel: 'fast' }, '"kernel" expected one of relaxed-simd, simd, reference, got "fast"'],
  ]
  it.each(cases)('%j', async (config, message) => {
    await expect(createStore(config as StoreConfig)).rejects.toThrow(message)
  })
})

describe('a folder', () => {
  it('that has no store, or something else', async () => {
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
      'unknown option "options.readonly"; valid options of openStore: readOnly, salvage, memory,',
    )
  })

  it('that has one is left alone, taken up or emptied', async () => {
    const path = freshPath()
    const store = await make({ path })
    await store.upsert([pointOf(1)])
    await store.close()
    await expect(createStore({ path, vectors })).rejects.toThrow(
      `there is a store at "${path}"; open it with openStore()`,
    )
    const again = await make({ path, ifExists: 'reuse' })
    expect(await again.count()).toBe(1)
    await again.close()
    const other = { colbert: { size: 5, distance: 'Dot' } } as const
    await expect(createStore({ path, vectors: other, ifExists: 'reuse' })).rejects.toThrow(
      `the store at "${path}" has other vectors: "colbert" is {"size":4,`,
    )
    expect(await (await make({ path, ifExists: 'recreate', vectors: other })).count()).toBe(0)
  })
})

it('answers the same from memory, from windows and from a part of each, for every datatype', async () => {
  const next = random(1)
  const datatypes = {
    float32: 'f32',
    float16: 'f16',
    i16: 'i16',
    i8: 'i8',
    uint8: 'u8',
    binary: 'binary',
  } as const
  for (const [datatype, dtype] of Object.entries(datatypes) as [StoreDatatype, Dtype][]) {
    const path = freshPath()
    const scale = datatype === 'uint8' ? 200 : 1
    const config = { vectors: { colbert: { size: 24, distance: 'Cosine', datatype } } } as const
    const points = Array.from({ length: 300 }, (_, id) => ({
      id: 1000 - id,
      vector: { colbert: randomRows(next, between(next, 1, 20), 24, scale) },
    }))
    const store = await make({ ...config, path })
    await store.upsert(points, { batchPoints: 64 })
    await store.close()
    const scorer = await createScorer()
    const corpus = scorer.corpus({ dim: 24, metric: 'cosine', dtype })
    for (const { vector } of points.toReversed()) corpus.add(vector.colbert)
    const inMemory = await make(config)
    await inMemory.upsert(points)
    const stores = [inMemory]
    for (const memory of [0, 20_000, '1 GB'])
      stores.push(closing(await openStore(path, { readOnly: true, memory })))
    for (let round = 0; round < 3; round++) {
      const query = randomRows(next, between(next, 1, 32), 24, scale)
      const wanted = corpus.rank(query, { limit: 25 }).map(({ index, score }) => [701 + index, score])
      for (const one of stores) {
        const hits = await one.query(query, { limit: 25 })
        expect(
          hits.map(({ id, score }) => [id, score]),
          datatype,
        ).toEqual(wanted)
      }
    }
    const { resident, bytes } = (await stores[2]!.info()).vectors.colbert!
    expect(resident).toBeGreaterThan(0)
    expect(resident).toBeLessThanOrEqual(20_000)
    expect((await stores[1]!.info()).vectors.colbert!.resident).toBe(0)
    expect((await stores[3]!.info()).vectors.colbert!.resident).toBe(bytes)
    scorer.dispose()
  }
})

it('reads what is larger than a window in several, and only what is asked for', async () => {
  const next = random(9)
  const path = freshPath()
  const config = { vectors: { colbert: { size: 128, distance: 'Dot' } } } as const
  const rowsOf = (id: number) => (id === 500 ? 10_000 : between(next, 4, 12))
  const documents = Array.from({ length: 2500 }, (_, id) => randomRows(next, rowsOf(id), 128))
  // the last ones equal the first, windows away
  documents.splice(2000, 500, ...documents.slice(0, 500))
  const store = await make({ ...config, path, memory: 0 })
  await store.upsert(
    documents.map((colbert, id) => ({ id, vector: { colbert }, payload: { part: id % 50 } })),
  )
  await store.delete([3, 1700, 1701, 1702])
  const gone = new Set([3, 1700, 1701, 1702])
  const scorer = await createScorer()
  const query = randomRows(next, 16, 128)
  const wanted = (ids: readonly number[], limit = 30) =>
    scorer
      .rank(
        query,
        ids.map(id => documents[id]!),
        { limit: Math.min(limit, ids.length) },
      )
      .map(({ index, score }) => [ids[index]!, score])
  const there = documents.map((_, id) => id).filter(id => !gone.has(id))
  const found = async (options: object, one = store) => {
    const costs: number[] = []
    const hits = await one.query(query, {
      limit: 30,
      ...options,
      onCost: cost => costs.push(cost.bytesReceived),
    })
    return { ranked: hits.map(({ id, score }) => [id, score]), bytes: costs[0]! }
  }
  const all = await found({})
  expect(all.ranked).toEqual(wanted(there))
  for (const limit of [1, 2, 31, 1000, 2496])
    expect((await found({ limit })).ranked, `limit ${limit}`).toEqual(wanted(there, limit))
  // 15 MB, the largest document 5
  expect(all.bytes).toBeGreaterThan(12e6)
  const few = await found({ filter: { must: [{ key: 'part', match: { value: 7 } }] } })
  expect(few.ranked).toEqual(wanted(there.filter(id => id % 50 === 7)))
  expect(few.bytes).toBeLessThan(all.bytes / 10)
  const named = await found({ filter: { must: [{ has_id: [500, 3, 2499] }] } })
  expect(named.ranked).toEqual(wanted([500, 2499]))
  const some = closing(await openStore(path, { readOnly: true, memory: '7 MB' })).query
  for (let round = 0; round < 3; round++) {
    const hits = await some(query, { limit: 30 })
    expect(hits.map(({ id, score }) => [id, score])).toEqual(all.ranked)
  }
  // many at a time, one after another
  const answers = await Promise.all(Array.from({ length: 5 }, () => found({})))
  for (const { ranked } of answers) expect(ranked).toEqual(all.ranked)
  scorer.dispose()
})

it('gives equal scores by id, also where the last of them are cut off', async () => {
  for (const path of [undefined, freshPath()]) {
    const store = await make({ ...(path && { path }) })
    const ids = [50, 3, 41, 7, 99, 12, 60, 8]
    await store.upsert(ids.map(id => ({ id, vector: { colbert: [[1, 0, 0, 0]] } })))
    await store.upsert([{ id: 2, vector: { colbert: [[2, 0, 0, 0]] } }])
    const hits = await store.query([[1, 0, 0, 0]], { limit: 4 })
    expect(hits.map(({ id }) => id)).toEqual([2, 3, 7, 8])
  }
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
  const { score, matches, matrix } = await store.explain(query, 7)
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

it('says what texts need', async () => {
  const without = await make()
  await expect(without.query({ text: 'x' })).rejects.toThrow(
    '"query" is a text, which needs an encoder; pass "encoder" to createStore() or openStore()',
  )
  await expect(without.upsert([{ id: 1, vector: { colbert: { text: 'x' } } }])).rejects.toThrow(
    '"point 1.vector.colbert" is a text, which needs an encoder; pass "encoder" to createStore() or openStore()',
  )
})

it('says how far a load came that ended early, and goes on where it was', async () => {
  const store = await make({ path: freshPath() })
  const bad = { id: 5, vector: { colbert: [[1, 2, 3, Number.NaN]] } }
  const error = await store
    .upsert([...[1, 2, 3, 4].map(pointOf), bad], { batchPoints: 2 })
    .catch(error => error)
  expect(error).toBeInstanceOf(UpsertError)
  expect(error.message).toBe(
    '"point 5.vector.colbert[0][3]" expected a finite number, got NaN; check the encoder that made it; 4 points in 2 ' +
      "batches had been written: upsert again with resume: 'skip' to send the rest",
  )
  const report = await store.upsert([1, 2, 3, 4, 5].map(pointOf), { resume: 'skip' })
  expect(report).toMatchObject({ points: 1, skipped: 4, batches: 1, applied: true })
  const seen: number[] = []
  const stopping = AbortSignal.abort(new Error('enough'))
  await expect(store.upsert([pointOf(6)], { signal: stopping })).rejects.toThrow('enough')
  await expect(store.query([[1, 0, 0, 0]], { signal: stopping })).rejects.toThrow('enough')
  await store.upsert([pointOf(7)], { onProgress: ({ points }) => seen.push(points) })
  expect(seen.at(-1)).toBe(1)
})

it('deletes and replaces as many points as there are in one call, and opens again', async () => {
  const path = freshPath()
  const vectors = { dense: { size: 1, distance: 'Dot', multivector_config: null } } as const
  const store = await make({ path, vectors })
  const all = Array.from({ length: 130_000 }, (_, id) => ({ id, vector: { dense: [1] } }))
  await store.upsert(all, { batchPoints: 130_000 })
  await store.upsert(all, { batchPoints: 130_000 })
  await store.delete(all.map(({ id }) => id).slice(1))
  await store.close()
  const again = await openStore(path)
  expect(await again.count()).toBe(1)
  await again.compact()
  expect(await again.count()).toBe(1)
  await again.close()
}, 30_000)

it('gives the room of dead points back, while it is used', async () => {
  const next = random(4)
  for (const store of [
    await make({ vectors: { colbert: { size: 8, distance: 'Dot' } } }),
    await createSmallSegments(createMemoryFolder(), { colbert: { size: 8, distance: 'Dot' } }, 4000),
  ]) {
    closing(store)
    const documents = new Map<number, FlatMultiVector>()
    const write = async (ids: readonly number[]) => {
      const points = ids.map(id => ({ id, vector: { colbert: randomRows(next, between(next, 1, 4), 8) } }))
      for (const { id, vector } of points) documents.set(id, vector.colbert)
      await store.upsert(points)
    }
    const ids = Array.from({ length: 200 }, (_, id) => id)
    await write(ids)
    for (let round = 0; round < 5; round++) {
      await write(ids.filter(() => next() < 0.4))
      const compacting = store.compact()
      const gone = ids.filter(() => next() < 0.1)
      for (const id of gone) documents.delete(id)
      await store.delete(gone)
      await write(ids.filter(() => next() < 0.05))
      await compacting
      const query = randomRows(next, 3, 8)
      const scorer = await createScorer()
      const sorted = [...documents].sort(([a], [b]) => a - b)
      const wanted = scorer.rank(
        query,
        sorted.map(([, rows]) => rows),
        { limit: 50 },
      )
      const hits = await store.query(query, { limit: 50 })
      expect(hits.map(({ id, score }) => [id, score])).toEqual(
        wanted.map(({ index, score }) => [sorted[index]![0], score]),
      )
      scorer.dispose()
    }
    const before = await store.info()
    const { points } = await store.compact()
    expect(points).toBe(before.dead)
    expect((await store.info()).dead).toBe(0)
    // a second time there is nothing to do
    expect(await store.compact()).toMatchObject({ points: 0, segments: 0 })
  }
})

it('refuses what a server can and a store can not, by name', async () => {
  const store = await make()
  const query = [[1, 0, 0, 0]]
  await expect(store.query({ recommend: { positive: [1] } })).rejects.toThrow(
    '"query.recommend" is not supported by a store; use nearest, fusion or rrf',
  )
  await expect(store.query({ fusion: 'dbsf' })).rejects.toThrow('"query.fusion" expected rrf, got "dbsf"')
  await expect(store.query({ fusion: 'rrf' })).rejects.toThrow(
    '"query" fuses prefetches; add at least one prefetch',
  )
  await expect(store.query(query, { shard_key: 'a' })).rejects.toThrow(
    '"shard_key" is not supported by a store; omit it',
  )
  await expect(store.query(5)).rejects.toThrow('"query" expected the id of a point in the store, got 5')
  await store.close()
  await expect(store.count()).rejects.toThrow('"store" was disposed; create one with createStore()')
})
