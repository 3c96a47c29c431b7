// What reports of `verify` and `compare` state about the collections and the queries.

import { afterEach, beforeEach, expect, it } from 'vitest'
import { createScorer } from '../../src/index.js'
import { compare, createCollection, createLocalCopy, verify } from '../../src/qdrant/index.js'
import { createStore } from '../../src/store/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
beforeEach(async () => {
  server = await startFakeQdrant('1.19.3')
})
afterEach(() => server.close())

const vectors = {
  a: { size: 3, distance: 'Dot' },
  b: { size: 2, distance: 'Euclid', datatype: 'float16' },
} as const
const query = [[1, 0]]

async function make(config: object = {}) {
  const collection = await createCollection({ url: server.url }, 'c', { vectors, ...config })
  server.requests.length = 0
  return collection
}

it('a report names the collection, its server, the vector and the kernel', async () => {
  const collection = await make()
  await collection.upsert([1, 2].map(id => ({ id, vector: { b: [[id, 1]] } })))
  const scorer = await createScorer({ kernel: 'reference' })
  expect(await verify(collection, [query, query], { using: 'b', scorer })).toMatchObject({
    ok: true,
    collection: 'c',
    version: '1.19.3',
    kernel: 'reference',
    using: 'b',
    distance: 'Euclid',
    datatype: 'float16',
    queries: 2,
    hits: 4,
    disagreements: 0,
    judged: true,
    placement: { shards: 1, replicas: 1, active: 1 },
  })
  scorer.dispose()
})

it('the report of a store has no server', async () => {
  await using store = await createStore({ vectors: { a: vectors.a } })
  await store.upsert([{ id: 1, vector: { a: [[1, 2, 3]] } }])
  const report = await verify(store, [[[1, 0, 0]]])
  expect(report).toMatchObject({ ok: true, using: 'a', hits: 1, maxRatio: 0, notes: [] })
  expect([report.version, report.placement]).toEqual([undefined, undefined])
})

it('verify asks for the ten best of each query, without quantization, unless told otherwise', async () => {
  const collection = await make()
  await collection.upsert(Array.from({ length: 12 }, (_, id) => ({ id, vector: { b: [[id, 1]] } })))
  server.requests.length = 0
  expect(await verify(collection, [query], { using: 'b' })).toMatchObject({ hits: 10, scanned: 12 })
  const [first] = server.requestsTo('POST', '/points/query')
  const params = { quantization: { ignore: true } }
  expect(first!.body).toMatchObject({ limit: 10, using: 'b', params, with_vector: ['b'] })
})

it('verify of an empty collection in strict mode asks for a prefetch of one point', async () => {
  const strict_mode_config = { enabled: true, search_allow_exact: false }
  const collection = await make({ strict_mode_config })
  expect(await verify(collection, [query], { using: 'b' })).toMatchObject({ hits: 0, scanned: 0 })
  const [first] = server.requestsTo('POST', '/points/query')
  expect(first!.body.prefetch).toEqual([{ limit: 1 }])
})

it('points that a store names by a UUID or a large number may have a score beyond f32', async () => {
  await using store = await createStore({ vectors: { b: { size: 2, distance: 'Dot' } } })
  const uuid = '5c56c793-69f3-4fbf-87e6-c4bf54c28c26'
  const ids = [uuid, 18446744073709551615n] as const
  const large = ids.map(id => ({ id, vector: { b: [[3e38, 3e38]] } }))
  await store.upsert([...large, { id: 1, vector: { b: [[1, 1]] } }])
  const { hits, documents } = await verify(store, [[[1, 1]]], { scan: false })
  expect(hits).toBe(1)
  expect(new Set(documents.map(({ id }) => id))).toEqual(new Set(ids))
  expect(new Set(documents.map(({ fault }) => fault))).toEqual(new Set(['overflow']))
})

it('a comparison states means and maxima over all queries', async () => {
  const rows = { a: { size: 2, distance: 'Dot' } } as const
  await using left = await createStore({ vectors: rows })
  await using right = await createStore({ vectors: rows })
  await left.upsert([1, 2, 3].map(id => ({ id, vector: { a: [[id, 4]] } })))
  await right.upsert([1, 2, 3].map(id => ({ id, vector: { a: [[id, id === 3 ? 4 : 2]] } })))
  // the first query sees no difference: 3, 2, 1; the second sees 4, 4, 4 and 2, 2, 4
  const comparison = await compare(left, right, [query, [[0, 1]]], { rounds: 1 })
  expect(comparison).toMatchObject({ queries: 2, rounds: 1, limit: 10, overlap: 1, agrees: false })
  expect(comparison).toMatchObject({ maxScoreDifference: 2, meanScoreDifference: 4 / 6, unmatched: [] })
  expect(comparison.identical).toBe(1)
  expect(comparison.swaps.every(({ query, gap }) => query === 1 && gap === 0)).toBe(true)
  expect(comparison.swaps).not.toEqual([])
  await using empty = await createStore({ vectors: rows })
  expect(await compare(empty, empty, [query], { rounds: 1 })).toMatchObject({
    ...{ overlap: 1, identical: 1, agrees: true, maxScoreDifference: 0, meanScoreDifference: 0 },
  })
})

it.each([
  ['Cosine', 'float32', [30, 40], 1],
  ['Dot', 'float16', [3.0001, 4], 25],
  ['Dot', 'uint8', [3.9, 4.9], 25],
  ['Euclid', 'float32', [3, 3], 1],
] as const)(
  'a local copy rounds its queries as the server does: %s of %s',
  async (distance, datatype, row, score) => {
    const vectors = { a: { size: 2, distance, datatype } }
    const collection = await createCollection({ url: server.url }, 'rounded', { vectors })
    await collection.upsert([{ id: 1, vector: { a: [[3, 4]] } }])
    const copy = await createLocalCopy(collection)
    const [hit] = await copy.query([[...row]])
    expect(hit!.score).toBeCloseTo(score, 6)
    copy.dispose()
  },
)

it('a shorter document is truncated only if its rows are the first ones of the source', async () => {
  const vectors = { a: { size: 2, distance: 'Dot' } } as const
  const collection = await createCollection({ url: server.url }, 'shorter', { vectors })
  const rows = (...values: number[]) => values.map(value => [value, 1])
  await collection.upsert([
    { id: 1, vector: { a: rows(1, 2) } },
    { id: 2, vector: { a: rows(1, 9) } },
    { id: 3, vector: { a: rows(1, 2, 3, 4) } },
  ])
  const source = new Map([1, 2, 3].map(id => [id, rows(1, 2, 3)]))
  expect((await verify(collection, [query], { source })).documents).toEqual([
    { id: 1, fault: 'truncated', row: 2 },
    { id: 2, fault: 'stale', row: 1 },
    { id: 3, fault: 'stale', row: 3 },
  ])
})

it('compare names the query that is wrong, before any query is sent', async () => {
  const collection = await make()
  await using store = await createStore({ vectors: { b: { size: 2, distance: 'Euclid' } } })
  const queries = [query, [[1, Number.NaN]]]
  await expect(compare(collection, store, queries, { using: 'b' })).rejects.toThrow('"queries[1]')
  expect(server.requestsTo('POST', '/points/query')).toEqual([])
})
