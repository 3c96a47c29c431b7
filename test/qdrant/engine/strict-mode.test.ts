// Limits that only a server has: strict mode, and shards that a key chooses.

import { expect, it } from 'vitest'
import {
  compare,
  createLocalCopy,
  createVectorCache,
  type PointId,
  sampleQueries,
  verify,
} from '../../../src/qdrant/index.js'
import { createStore } from '../../../src/store/index.js'
import { pull, push, storeConfigOf } from '../../../src/transfer/index.js'
import {
  client,
  createRandom,
  freshCollection,
  isServer,
  kind,
  randomPoints,
  randomRows,
  spread,
} from './support.js'

const idsOf = (hits: readonly { readonly id: PointId }[]) => hits.map(({ id }) => id)
const vectors = { colbert: { size: 8, distance: 'Dot' } } as const

it.runIf(isServer)(
  'where strict mode forbids exact search, verify works, and rerank of a prefetch',
  async () => {
    const random = createRandom(21)
    const collection = await freshCollection({
      vectors: { ...vectors, dense: { size: 4, distance: 'Dot', multivector_config: null } },
      strict_mode_config: { enabled: true, search_allow_exact: false },
    })
    const points = randomPoints(random, 50, 8).map(({ id, vector }) => ({
      id,
      vector: { ...vector, dense: Float32Array.from({ length: 4 }, random) },
    }))
    await collection.upsert(points)
    const query = randomRows(random, 4, 8)
    expect(await collection.count()).toBe(50)
    expect(await collection.count({ must_not: [{ has_id: [1] }] })).toBe(49)
    expect((await collection.info()).points).toBe(50)
    const remedy = /pass "prefetch", to query\(\) and to rerank\(\)/
    await expect(collection.query(query)).rejects.toThrow(remedy)
    await expect(collection.rerank(query)).rejects.toThrow(remedy)
    const report = await verify(collection, [query], { limit: 20 })
    expect(report).toMatchObject({ ok: true, judged: true, hits: 20, scanned: 50, recall: 1 })
    const copy = await createLocalCopy(collection)
    const best = await copy.query(query, { limit: 20 })
    expect(report.checks.map(({ id }) => id)).toEqual(best.map(({ id }) => id))
    const prefetch = { query: Float32Array.from({ length: 4 }, random), using: 'dense' }
    for (const rescore of ['client', 'server'] as const) {
      const hits = await collection.rerank(query, { prefetch, candidates: 50, rescore })
      expect(hits.map(({ id }) => id)).toEqual(best.slice(0, 10).map(({ id }) => id))
    }
    copy.dispose()
  },
)

it.runIf(isServer)('rerank stays within the limits of strict mode', async () => {
  const random = createRandom(22)
  const collection = await freshCollection({
    vectors,
    strict_mode_config: { enabled: true, condition_max_size: 10, max_query_limit: 45 },
  })
  await collection.upsert(randomPoints(random, 60, 8))
  const query = randomRows(random, 4, 8)
  const best = await collection.query(query)
  const cache = createVectorCache({ maxBytes: 1e6 })
  for (let round = 0; round < 2; round++) {
    expect(idsOf(await collection.rerank(query, { cache }))).toEqual(idsOf(best))
    expect(cache.size).toBe(45)
  }
})

it.runIf(kind === 'cluster')('calls with a shard key read and write its shard only', async () => {
  const random = createRandom(23)
  const config = { ...spread, shard_number: 1, sharding_method: 'custom', vectors } as const
  const collection = await freshCollection(config)
  for (const shard_key of ['a', 'b']) await client.createShardKey(collection.name, { shard_key })
  const points = randomPoints(random, 40, 8)
  const [a, b] = [points.slice(0, 25), points.slice(25)]
  await expect(collection.upsert(a)).rejects.toThrow(/Shard key not specified/)
  await collection.upsert(a, { shard_key: 'a' })
  await collection.upsert(b, { shard_key: 'b' })
  const source = new Map<PointId, (typeof a)[0]['vector']['colbert']>(
    b.map(({ id, vector }) => [id, vector.colbert]),
  )
  const query = randomRows(random, 3, 8)

  const report = await verify(collection, [query], { shard_key: 'b', source, limit: 40 })
  expect(report).toMatchObject({ ok: true, hits: 15, scanned: 15, recall: 1, documents: [] })
  const whole = await verify(collection, [query], { source })
  expect(whole.documents.filter(({ fault }) => fault === 'unknown')).toHaveLength(25)

  const copy = await createLocalCopy(collection, { shard_key: 'b' })
  expect(copy.length).toBe(15)
  expect(await compare(collection, copy, [query], { shard_key: 'b', rounds: 1 })).toMatchObject({
    agrees: true,
    overlap: 1,
  })
  copy.dispose()
  const [sample] = await sampleQueries(collection, 1, { shard_key: 'b' })
  expect(sample!.id).toBe(b[0]!.id)

  const store = await createStore(storeConfigOf(collection))
  expect(await pull(collection, store, { shard_key: 'b' })).toMatchObject({ points: 15 })
  expect(await push(store, collection, { shard_key: 'b', resume: 'skip' })).toMatchObject({
    points: 0,
    skipped: 15,
  })
  expect(await push(store, collection, { shard_key: 'a' })).toMatchObject({ points: 15 })
  expect(await collection.count(undefined, { shard_key: 'a' })).toBe(40)
  // now 15 ids are in both shards
  const twice = await verify(collection, [query], { limit: 80 })
  expect(twice.ok).toBe(false)
  expect(twice.problems).toEqual([expect.stringMatching(/^the server counts 55 points, and 40 can be read/)])
  await store.close()
})
