// Where vectors are read from: memory, windows that stream a file, or some of both. Results are the same.

import { expect, it } from 'vitest'
import { createScorer, type Dtype } from '../../src/index.js'
import { createStore, openStore, type StoreConfig, type StoreDatatype } from '../../src/store/index.js'
import { between, random, randomRows } from '../support/random.js'
import { temporaryStores } from './folders.js'

const { closing, freshPath } = temporaryStores()

const vectors = { colbert: { size: 4, distance: 'Dot', screen: 'off' } } as const
const make = async (config: Partial<StoreConfig> = {}) => closing(await createStore({ vectors, ...config }))

it('returns the scores of a corpus from memory, from windows and from both, for every datatype', async () => {
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
    const config = {
      vectors: { colbert: { size: 24, distance: 'Cosine', datatype, screen: 'off' } },
    } as const
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

it('streams documents through several windows, and reads only those that a filter leaves', async () => {
  const next = random(9)
  const path = freshPath()
  const config = { vectors: { colbert: { size: 128, distance: 'Dot', screen: 'off' } } } as const
  const rowsOf = (id: number) => (id === 500 ? 10_000 : between(next, 4, 12))
  const documents = Array.from({ length: 2500 }, (_, id) => randomRows(next, rowsOf(id), 128))
  // the last documents equal the first, several windows later
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
  // 15 MB, of which the largest document has 5
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
  // concurrent queries
  const answers = await Promise.all(Array.from({ length: 5 }, () => found({})))
  for (const { ranked } of answers) expect(ranked).toEqual(all.ranked)
  scorer.dispose()
})

it('reads any selection of documents, whatever the sizes of the gaps between them', async () => {
  const next = random(31)
  const config = { vectors: { colbert: { size: 64, distance: 'Dot' } } } as const
  const points = Array.from({ length: 400 }, (_, id) => ({
    id,
    // up to 100 KB, so that some gaps are skipped and others are read
    vector: { colbert: randomRows(next, id % 40 === 0 ? 400 : between(next, 1, 40), 64) },
  }))
  const inMemory = await make(config)
  const streamed = await make({ ...config, path: freshPath(), memory: 0 })
  for (const store of [inMemory, streamed]) await store.upsert(points)
  const query = randomRows(next, 1, 64)
  for (let trial = 0; trial < 40; trial++) {
    const share = next()
    const ids = points.flatMap(({ id }) => (next() < share ? [id] : []))
    const options = { limit: 400, filter: { must: [{ has_id: ids }] } }
    const hits = await streamed.query(query, options)
    const place = `trial ${trial} of seed 31, ${ids.length} points`
    expect(hits, place).toHaveLength(ids.length)
    expect(hits, place).toEqual(await inMemory.query(query, options))
  }
})

it('orders equal scores by id, also at the limit', async () => {
  for (const path of [undefined, freshPath()]) {
    const store = await make({ ...(path && { path }) })
    const ids = [50, 3, 41, 7, 99, 12, 60, 8]
    await store.upsert(ids.map(id => ({ id, vector: { colbert: [[1, 0, 0, 0]] } })))
    await store.upsert([{ id: 2, vector: { colbert: [[2, 0, 0, 0]] } }])
    const hits = await store.query([[1, 0, 0, 0]], { limit: 4 })
    expect(hits.map(({ id }) => id)).toEqual([2, 3, 7, 8])
  }
})

/** Orders of 150 ids in batches of 10. */
const orders: readonly (readonly [string, (random: () => number) => readonly number[]])[] = [
  [
    'in any order',
    next =>
      Array.from({ length: 150 }, (_, id) => [next(), id] as const)
        .sort()
        .map(([, id]) => id),
  ],
  [
    'in batches that descend and whose ids ascend',
    () => Array.from({ length: 150 }, (_, i) => 140 - i + 2 * (i % 10)),
  ],
  ['in ascending order, but for the last', () => Array.from({ length: 150 }, (_, i) => (i + 1) % 150)],
]

it.each(orders)(
  'orders any number of equal scores by id, when points were written %s',
  async (_, orderOf) => {
    const ids = orderOf(random(6))
    expect(new Set(ids).size).toBe(150)
    const scoreOf = (id: number) => (id % 7 === 0 ? 2 : 1)
    const ranked = ids.toSorted((a, b) => scoreOf(b) - scoreOf(a) || a - b)
    for (const path of [undefined, freshPath()]) {
      const store = await make({ ...(path && { path }), memory: 0 })
      await store.upsert(
        ids.map(id => ({ id, vector: { colbert: [[scoreOf(id), 0, 0, 0]] } })),
        { batchPoints: 10 },
      )
      for (const limit of [1, 2, 3, 5, 21, 22, 23, 25, 60, 149, 150, 200]) {
        const hits = await store.query([[1, 0, 0, 0]], { limit })
        expect(
          hits.map(({ id }) => id),
          `limit ${limit}, ${path ? 'in a folder' : 'in memory'}`,
        ).toEqual(ranked.slice(0, limit))
      }
    }
  },
)

// a call with more than about 125,000 arguments fails, and so does a spread of more items
it('deletes and replaces 66,000 points, with 132,000 words of tombstones, in one call, and opens again', async () => {
  const path = freshPath()
  const vectors = { dense: { size: 1, distance: 'Dot', multivector_config: null } } as const
  const store = await make({ path, vectors })
  const all = Array.from({ length: 66_000 }, (_, id) => ({ id, vector: { dense: [1] } }))
  await store.upsert(all, { batchPoints: 66_000 })
  await store.upsert(all, { batchPoints: 66_000 })
  await store.delete(all.map(({ id }) => id).slice(1))
  await store.close()
  const again = await openStore(path)
  expect(await again.count()).toBe(1)
  await again.compact()
  expect(await again.count()).toBe(1)
  await again.close()
}, 30_000)

it('frees the memory of vectors that a compaction removed, so that the budget holds as many as before', async () => {
  const next = random(12)
  const path = freshPath()
  const store = await make({ path, memory: 100_000 })
  const ids = Array.from({ length: 1000 }, (_, id) => id)
  const pointOf = (id: number) => ({ id, vector: { colbert: randomRows(next, 4, 4) } })
  await store.upsert(ids.map(pointOf))
  const bytesRead = async () => {
    const bytes: number[] = []
    for (let i = 0; i < 3; i++) {
      await store.query([[1, 0, 0, 0]], { onCost: cost => bytes.push(cost.bytesReceived) })
    }
    return bytes[2]
  }
  const all = (await store.info()).vectors.colbert!.bytes
  expect(all).toBe(64_000)
  expect(await bytesRead()).toBe(0)
  for (let round = 0; round < 4; round++) {
    await store.upsert(ids.filter(id => id % 2 === round % 2).map(pointOf))
    await store.compact()
    expect(await bytesRead(), `bytes read by the third query after compaction ${round}`).toBe(0)
    const { memory, vectors } = await store.info()
    expect(memory.resident).toBe(all)
    expect(vectors.colbert!.resident).toBe(all)
  }
})
