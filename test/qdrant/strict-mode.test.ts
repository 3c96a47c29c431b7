// Collections with Qdrant's strict mode: requests stay within its limits, and `verify` works where it forbids direct queries.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  type CollectionConfig,
  createCollection,
  createVectorCache,
  type QdrantCollection,
  verify,
} from '../../src/qdrant/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'
import { random as createRandom, randomRows } from '../support/random.js'

let server: FakeQdrant
beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(() => server.close())

const random = createRandom(5)
const query = randomRows(random, 3, 4)

async function filled(strict: object, vector: object = {}): Promise<QdrantCollection> {
  const config = {
    vectors: { colbert: { size: 4, distance: 'Dot', ...vector } },
    strict_mode_config: { enabled: true, ...strict },
  } as CollectionConfig
  const collection = await createCollection({ url: server.url }, 'c', config)
  await collection.upsert(
    Array.from({ length: 40 }, (_, id) => ({ id, vector: { colbert: randomRows(random, 2, 4) } })),
  )
  return collection
}

const queries = () => server.requestsTo('POST', '/points/query').map(({ body }) => body)

/** Refuses queries without a prefetch, as the server does. */
function forbidDirectQueries(): void {
  const error = "Bad request: Request is forbidden on 'colbert' because global vector indexing is disabled"
  server.intercept = ({ path, body }) =>
    path.endsWith('/points/query') && body.query && !body.prefetch ? { status: 400, error } : undefined
}

describe('without exact search', () => {
  it('verify scores the points of a prefetch of all points', async () => {
    const collection = await filled({ search_allow_exact: false })
    forbidDirectQueries()
    const report = await verify(collection, [query], { limit: 7 })
    expect(report).toMatchObject({ ok: true, hits: 7, scanned: 40, recall: 1 })
    expect(report.notes).toEqual([
      'strict mode forbids direct queries of this vector: each query scored the points of a prefetch of all',
    ])
    expect(queries()).toEqual([expect.objectContaining({ limit: 7, prefetch: [{ limit: 40 }] })])
  })

  it('and finds the query row of a wrong score in the same way', async () => {
    const collection = await filled({ search_allow_exact: false })
    forbidDirectQueries()
    server.alter = (_, result) => {
      for (const point of result.points ?? []) if (point.id === 4 && point.score) point.score += 0.25
    }
    const report = await verify(collection, [query], { limit: 40 })
    expect(report).toMatchObject({ ok: false, disagreements: 1 })
    expect(report.checks.find(({ ok }) => !ok)).toMatchObject({ id: 4, row: 0 })
  })

  it('points are counted by reading their ids', async () => {
    const collection = await filled({ search_allow_exact: false })
    server.intercept = ({ path }) =>
      path.endsWith('/count') ? { status: 400, error: 'Bad request: Exact search disabled!' } : undefined
    expect(await collection.count()).toBe(40)
    expect(await collection.count({ must: [{ has_id: [1, 2] }] }, { shard_key: 'a' })).toBe(2)
    const scroll = server.requestsTo('POST', '/points/scroll').at(-1)!
    expect(scroll.body).toMatchObject({ shard_key: 'a', with_payload: false, with_vector: false })
    server.intercept = () => ({ status: 400, error: 'Bad request: another' })
    await expect(collection.count()).rejects.toThrow('another')
  })

  it('verify queries a vector with a graph directly', async () => {
    const collection = await filled({ search_allow_exact: false }, { hnsw_config: { m: 16 } })
    expect(await verify(collection, [query])).toMatchObject({ ok: true, notes: [] })
    expect(queries()[0].prefetch).toBeUndefined()
  })

  it('verify queries directly if strict mode is not enabled', async () => {
    const collection = await filled({ enabled: false, search_allow_exact: false })
    expect(await verify(collection, [query])).toMatchObject({ ok: true, notes: [] })
    expect(queries()[0].prefetch).toBeUndefined()
  })

  it('the error of a query and of rerank has a remedy that both take', async () => {
    const collection = await filled({ search_allow_exact: false })
    forbidDirectQueries()
    const remedy = 'pass "prefetch", to query() and to rerank(), for example a query of a dense vector'
    await expect(collection.query(query)).rejects.toThrow(remedy)
    await expect(collection.rerank(query)).rejects.toThrow(remedy)
    const prefetch = { filter: { must: [{ has_id: [1, 2, 3] }] } }
    expect(await collection.rerank(query, { prefetch })).toHaveLength(3)
  })
})

describe('rerank stays within the limits of', () => {
  const groups = () => queries().flatMap(({ prefetch }) => prefetch?.[0].filter.must[0].has_id.length ?? [])

  it('ids in a filter, when it fetches vectors for a cache', async () => {
    const collection = await filled({ condition_max_size: 7 })
    const cache = createVectorCache({ maxBytes: 1e6 })
    expect(await collection.rerank(query, { cache, candidates: 40, limit: 40 })).toHaveLength(40)
    expect(groups()).toEqual([7, 7, 7, 7, 7, 5])
  })

  it('hits of a query', async () => {
    const collection = await filled({ max_query_limit: 15 })
    const cache = createVectorCache({ maxBytes: 1e6 })
    expect(await collection.rerank(query, { cache })).toHaveLength(10)
    expect(queries()[0].limit).toBe(15)
    expect(groups()).toEqual([15])
    server.requests.length = 0
    await collection.rerank(query, { limit: 20 })
    expect(queries()[0].limit).toBe(20)
    // the documents of several searches together are more than one query may return
    server.requests.length = 0
    const halves = [0, 20].map(first => Array.from({ length: 15 }, (_, i) => first + i))
    await collection.rerankBatch(halves.map(has_id => ({ query, filter: { must: [{ has_id }] } })))
    expect(groups()).toEqual([15, 15])
  })
})
