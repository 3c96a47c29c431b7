// What calls pass on to encoders and to the server, and what their reports count of points with several rows.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import {
  compare,
  createCollection,
  type Filter,
  type OpenOptions,
  type QdrantCollection,
  verify,
} from '../../src/qdrant/index.js'
import { createStore } from '../../src/store/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
const colbert = { size: 2, distance: 'Dot' } as const
const dense = { ...colbert, multivector_config: null } as const
const using = 'colbert'

beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(() => server.close())

async function make(options: OpenOptions = {}, config: object = {}): Promise<QdrantCollection> {
  const all = { vectors: { colbert, dense }, sparse_vectors: { words: {} }, ...config }
  const collection = await createCollection({ url: server.url }, 'c', all, options)
  server.requests.length = 0
  return collection
}

const queries = () => server.requestsTo('POST', '/points/query').map(({ body }) => body)
/** Points of which each has one row more than its id. */
const pointsOf = (count: number) =>
  Array.from({ length: count }, (_, id) => ({
    id,
    vector: { colbert: Array.from({ length: id + 1 }, (_, row) => [id, row]) },
  }))

describe('an encoder gets the signal of', () => {
  const { signal } = new AbortController()
  const text = { text: 'a' }
  const point = { id: 1, vector: { colbert: text } }

  it.each<[string, (collection: QdrantCollection) => unknown]>([
    ['upsert', c => c.upsert([point as never], { signal })],
    ['updateVectors', c => c.updateVectors([point as never], { signal })],
    ['query', c => c.query(text, { using, signal })],
    ['a prefetch', c => c.query([[1, 2]], { using, prefetch: { query: text, using }, signal })],
    ['queryBatch', c => c.queryBatch([{ query: text, using }], { signal })],
    ['rerank', c => c.rerank(text, { using, signal })],
    ['rerankBatch', c => c.rerankBatch([{ query: text, using }], { signal })],
    ['queryGroups', c => c.queryGroups(text, { using, group_by: 'a', signal })],
  ])('%s', async (_, call) => {
    const signals: unknown[] = []
    const keep = <T>(result: T, options?: { readonly signal?: AbortSignal | undefined }): T => {
      signals.push(options?.signal)
      return result
    }
    const collection = await make({
      encoder: {
        query: (_, options) => keep([[1, 2]], options),
        documents: (texts, options) =>
          keep(
            texts.map(() => [[1, 2]]),
            options,
          ),
      },
    })
    await collection.upsert([{ id: 1, vector: { dense: [1, 2] } }])
    server.intercept = ({ path }) =>
      path.endsWith('/groups')
        ? response => response.end('{"result":{"groups":[]},"status":"ok","time":0}')
        : undefined
    await call(collection)
    expect(signals).toEqual([signal])
  })
})

describe('a report counts the rows of', () => {
  it('each half of a batch that was too large', async () => {
    const collection = await make()
    server.intercept = ({ method, text }) =>
      method === 'PUT' && text.length > 250 ? { status: 413, error: 'too large' } : undefined
    const rows: number[] = []
    const onProgress = (report: { readonly rows: number }) => void rows.push(report.rows)
    const report = await collection.upsert(pointsOf(8), { concurrency: 1, onProgress })
    expect(report).toMatchObject({ points: 8, rows: 36 })
    const sent = server.requestsTo('PUT', '/points').filter(({ text }) => text.length <= 250)
    const ids = sent.map(({ body }) => body.points.map(({ id }: { readonly id: number }) => id) as number[])
    expect(ids.flat()).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    let sum = 0
    expect(rows).toEqual(ids.map(half => (sum += half.reduce((total, id) => total + id + 1, 0))))
  })

  it('all vectors of a point, of which a sparse one has no rows', async () => {
    const words = { indices: [1, 2], values: [1, 2] }
    const vector = { colbert: [[1, 2], [3, 4]], dense: [5, 6], words } // biome-ignore format: short
    const collection = await make()
    expect(await collection.upsert([{ id: 1, vector }])).toMatchObject({ points: 1, rows: 3 })
    const onlyWords = [{ id: 1, vector: { words } }]
    expect(await collection.updateVectors(onlyWords)).toMatchObject({ points: 1, rows: 0 })
  })
})

it('a rerank on the server passes on its options, and its stage has those of the stage', async () => {
  const collection = await make()
  await collection.upsert(pointsOf(4))
  server.requests.length = 0
  const filter: Filter = { must: [{ has_id: [1, 2] }] }
  const sent = { filter, with_payload: ['a'], shard_key: 'eu', lookup_from: { collection: 'd' } }
  const prefetch = { query: [1, 2], using: 'dense', limit: 9, params: { hnsw_ef: 5 } }
  const options = { ...sent, using, limit: 3, rescore: 'server', prefetch } as const
  await collection.rerank([[1, 2]], options)
  await collection.rerankBatch([{ query: [[1, 2]], ...options }])
  const expected = {
    ...{ ...sent, using, limit: 3, query: [[1, 2]], params: { quantization: { ignore: true } } },
    prefetch: [prefetch],
  }
  expect(queries()).toEqual([expected])
  expect(server.requestsTo('POST', '/query/batch').map(({ body }) => body)).toEqual([
    { searches: [expected] },
  ])
})

it('a rerank reports the cost of its candidates', async () => {
  const collection = await make()
  await collection.upsert(pointsOf(2))
  const costs: object[] = []
  await collection.rerank([[1, 2]], { using, onCost: cost => costs.push(cost) })
  expect(costs).toMatchObject([{ serverSeconds: 0.001, bytesSent: queries().length && expect.any(Number) }])
})

it('a group has the matches of its hits, and no vector that was not asked for', async () => {
  const collection = await make()
  await collection.upsert(pointsOf(2))
  const hit = { id: 1, version: 0, score: 5, vector: { colbert: [[1, 0], [1, 2]] } } // biome-ignore format: short
  server.intercept = ({ path }) =>
    path.endsWith('/groups')
      ? response =>
          response.end(
            JSON.stringify({ result: { groups: [{ id: 'a', hits: [hit] }] }, status: 'ok', time: 0 }),
          )
      : undefined
  const found = await collection.queryGroups([[1, 2]], { using, group_by: 'a', with_matches: true })
  const matches = [{ row: 1, similarity: 5, contribution: 5 }]
  expect(found).toEqual([{ id: 'a', hits: [{ id: 1, version: 0, score: 5, matches }] }])
  expect(server.requestsTo('POST', '/groups')[0]!.body).toMatchObject({ with_vector: ['colbert'] })
})

it('compare asks each side for the ten best, in six rounds, unless told otherwise', async () => {
  const collection = await make()
  await using store = await createStore({ vectors: { colbert } })
  const { rounds, limit, server: side } = await compare(collection, store, [[[1, 2]]], { using: 'colbert' })
  expect([rounds, limit, side.seconds.length]).toEqual([5, 10, 5])
  expect(queries()).toHaveLength(6)
  for (const body of queries()) expect(body).toMatchObject({ limit: 10, using: 'colbert' })
})

it('verify takes the graph of the collection for a vector without its own', async () => {
  const collection = await make({}, { strict_mode_config: { enabled: true, search_allow_exact: false } })
  server.alter = ({ path }, result) => {
    if (path !== '/collections/c') return
    result.config.hnsw_config = { m: 16 }
    delete result.config.params.vectors.colbert.hnsw_config
  }
  await verify(collection, [[[1, 2]]], { using })
  // a vector with a graph may be queried directly
  expect(queries()[0]).not.toHaveProperty('prefetch')
})

it.each([
  [4, {}],
  [2, { concurrency: 2 }],
])('an upsert has %i requests in flight with the options %j', async (count, options) => {
  const collection = await make()
  let release = () => {}
  const released = new Promise<void>(resolve => {
    release = resolve
  })
  server.intercept = async () => {
    await released
    return undefined
  }
  const report = collection.upsert(pointsOf(10), { batchPoints: 1, ...options })
  await vi.waitUntil(() => server.requests.length >= count)
  // another request would arrive meanwhile
  await new Promise(resolve => setTimeout(resolve, 30))
  expect(server.requests).toHaveLength(count)
  release()
  expect(await report).toMatchObject({ points: 10, batches: 10 })
})

it.each([
  ['Dot', 'float32'],
  ['Cosine', 'float32'],
  ['Euclid', 'float32'],
  ['Manhattan', 'float32'],
  ['Cosine', 'uint8'],
  ['Euclid', 'uint8'],
] as const)('a rerank has the scores, order and matches of a query: %s of %s', async (distance, datatype) => {
  const collection = await make({}, { vectors: { colbert: { size: 2, distance, datatype } } })
  const rows = [[[3, 4], [1, 9]], [[5, 1]], [[2, 2], [7, 3]]] // biome-ignore format: short
  await collection.upsert(rows.map((colbert, id) => ({ id, vector: { colbert } })))
  const options = { using, with_matches: true }
  const [found, ranked] = [
    await collection.query([[2, 1], [1, 3]], options), // biome-ignore format: short
    await collection.rerank([[2, 1], [1, 3]], options), // biome-ignore format: short
  ]
  expect(ranked.map(({ id, matches }) => [id, matches])).toEqual(
    found.map(({ id, matches }) => [id, matches]),
  )
  expect(ranked).toHaveLength(3)
  for (const [i, { score }] of ranked.entries()) expect(score).toBeCloseTo(found[i]!.score, 5)
})
