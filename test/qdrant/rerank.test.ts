// `rerank` against a fake server: which requests it sends, how it ranks, and what a cache may return.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createCollection,
  createVectorCache,
  type Hit,
  openCollection,
  type QdrantCollection,
} from '../../src/qdrant/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'
import { random as createRandom, randomRows } from '../support/random.js'

let server: FakeQdrant
const DIM = 4
const random = createRandom(5)
const query = randomRows(random, 3, DIM)
const config = {
  vectors: {
    colbert: { size: DIM, distance: 'Dot' },
    other: { size: DIM, distance: 'Dot' },
    dense: { size: DIM, distance: 'Dot', multivector_config: null },
  },
} as const

beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(() => server.close())

async function filled(count = 50, seed = 1, more: object = {}): Promise<QdrantCollection> {
  const next = createRandom(seed)
  const collection = await createCollection(
    { url: server.url },
    'c',
    { ...config, ...more },
    { ifExists: 'recreate' },
  )
  const points = Array.from({ length: count }, (_, id) => ({
    id,
    vector: {
      colbert: randomRows(next, 1 + (id % 3), DIM),
      other: randomRows(next, 2, DIM),
      dense: randomRows(next, 1, DIM).data,
    },
    payload: { id, parity: id % 2 },
  }))
  await collection.upsert(points)
  server.requests.length = 0
  return collection
}

const cacheOf = () => createVectorCache({ maxBytes: 1e7 })
const queries = () => server.requestsTo('POST', '/points/query').map(({ body }) => body)

/** The hits as the server itself scores them. */
async function expectServerScores(collection: QdrantCollection, hits: readonly Hit[], using = 'colbert') {
  const scored = await collection.query(query, { using, limit: 1000 })
  const scores = new Map(scored.map(({ id, score }) => [id, score]))
  for (const { id, score } of hits) expect(score, `point ${id}`).toBeCloseTo(scores.get(id)!, 5)
  const sorted = [...hits].sort((a, b) => b.score - a.score)
  expect(hits).toEqual(sorted)
}

describe('rerank', () => {
  it('ranks 100 candidates of the query itself, fetched with their vectors in one request', async () => {
    const collection = await filled(120)
    const hits = await collection.rerank(query, { using: 'colbert' })
    expect(queries()).toMatchObject([{ limit: 100, using: 'colbert', with_vector: ['colbert'] }])
    expect(queries()[0]).not.toHaveProperty('params')
    expect(hits).toHaveLength(10)
    expect(hits.map(({ id }) => id)).toEqual(
      (await collection.query(query, { using: 'colbert' })).map(({ id }) => id),
    )
    expect(hits[0]).not.toHaveProperty('vector')
    await expectServerScores(collection, hits)
  })

  it('takes as many candidates as hits, if more than 100 are wanted', async () => {
    const collection = await filled(130)
    expect(await collection.rerank(query, { using: 'colbert', limit: 120 })).toHaveLength(120)
    expect(queries()[0].limit).toBe(120)
    for (const candidates of [9, 9.5]) {
      await expect(collection.rerank(query, { using: 'colbert', candidates })).rejects.toThrow(
        `"candidates" expected a whole number of at least "limit" (10), got ${candidates}`,
      )
    }
  })

  it('passes on its options, and combines the filter with that of a prefetch', async () => {
    const collection = await filled()
    const filter = { must: [{ key: 'parity', match: { value: 1 } }] }
    const params = { hnsw_ef: 7 }
    const options = {
      using: 'colbert',
      filter,
      params,
      with_payload: ['id'],
      shard_key: 'a',
      limit: 3,
    } as const
    const hits = await collection.rerank(query, { ...options, candidates: 20 })
    expect(queries()[0]).toMatchObject({ filter, params, with_payload: ['id'], shard_key: 'a', limit: 20 })
    expect(hits.map(({ payload }) => payload)).toEqual(hits.map(({ id }) => ({ id })))
    expect(hits.every(({ id }) => Number(id) % 2 === 1)).toBe(true)
    server.requests.length = 0
    const only = { must: [{ has_id: [1, 2, 3, 4, 5] }] }
    const prefetch = { query: query.data.slice(0, DIM), using: 'dense', filter: only, limit: 7 }
    const found = await collection.rerank(query, { using: 'colbert', filter, prefetch })
    expect(queries()[0]).toMatchObject({ using: 'dense', limit: 7, filter: { must: [filter, only] } })
    expect(found.map(({ id }) => id).sort()).toEqual([1, 3, 5])
    await expectServerScores(collection, found)
  })

  it('fuses several prefetches by rank, and fetches the vectors of 32 candidates at a time', async () => {
    const collection = await filled(80)
    const prefetch = [
      { query: query.data.slice(0, DIM), using: 'dense', limit: 30 },
      { query, using: 'other' },
    ]
    const hits = await collection.rerank(query, {
      using: 'colbert',
      prefetch,
      candidates: 70,
      shard_key: 'a',
    })
    const [first, ...fetches] = queries()
    expect(first).toMatchObject({ query: { fusion: 'rrf' }, limit: 70, with_vector: false })
    expect(first.prefetch).toMatchObject([
      { using: 'dense', limit: 30 },
      { using: 'other', limit: 70 },
    ])
    expect(fetches.map(({ prefetch }) => prefetch[0].filter.must[0].has_id.length)).toEqual([32, 32, 6])
    for (const fetch of fetches) {
      expect(fetch).toMatchObject({ with_vector: ['colbert'], params: { quantization: { ignore: true } } })
      expect(fetch).toMatchObject({ limit: fetch.prefetch[0].limit, shard_key: 'a' })
    }
    await expectServerScores(collection, hits)
  })

  it('ends with the reason of its signal while candidates are fetched', async () => {
    const collection = await filled(80)
    const prefetch = [
      { query: query.data.slice(0, DIM), using: 'dense', limit: 30 },
      { query, using: 'other' },
    ]
    const stop = new AbortController()
    let requests = 0
    server.intercept = () => {
      if (++requests === 2) stop.abort(new Error('enough'))
      return undefined
    }
    const options = { using: 'colbert', prefetch, candidates: 70, signal: stop.signal }
    await expect(collection.rerank(query, options)).rejects.toThrow('enough')
    await server.idle()
    expect(requests).toBeLessThan(4)
  })

  it('lets the server rank the candidates with `rescore`', async () => {
    const collection = await filled()
    const hits = await collection.rerank(query, {
      using: 'colbert',
      rescore: 'server',
      candidates: 20,
      limit: 3,
    })
    expect(queries()).toMatchObject([
      {
        limit: 3,
        using: 'colbert',
        params: { quantization: { ignore: true } },
        prefetch: [{ limit: 20, using: 'colbert' }],
      },
    ])
    expect(hits).toHaveLength(3)
    await expectServerScores(collection, hits)
  })

  it('returns each point once, and leaves out points without the vector', async () => {
    const collection = await filled(5)
    await collection.upsert([{ id: 9, vector: { dense: [1, 1, 1, 1] } }])
    server.alter = ({ path }, result) => {
      if (path.endsWith('/query'))
        result.points.push(...result.points.map((point: object) => ({ ...point, score: -9 })).reverse())
    }
    const prefetch = { query: query.data.slice(0, DIM), using: 'dense' }
    const hits = await collection.rerank(query, { using: 'colbert', prefetch })
    expect(hits.map(({ id }) => id).sort()).toEqual([0, 1, 2, 3, 4])
    // the place of each is that of its first copy
    const candidates = hits.map(({ candidate }) => candidate!).sort((a, b) => a.rank - b.rank)
    const scores = candidates.map(({ score }) => score)
    expect(scores).toEqual([...scores].sort((a, b) => b - a))
    expect([candidates[0]!.rank, scores.includes(-9)]).toEqual([0, false])
    expect(await collection.rerank(query, { using: 'colbert', filter: { must: [{ has_id: [9] }] } })).toEqual(
      [],
    )
  })

  it('has the version of the vectors, if a point changes between the requests', async () => {
    const collection = await filled(3)
    server.intercept = ({ path, body }) => {
      const point = server.collections.get('c')!.points.get('1')!
      if (path.endsWith('/query') && body.with_vector) {
        server.collections.get('c')!.points.set('1', { ...point, version: 7 })
      }
      return undefined
    }
    const hits = await collection.rerank(query, { using: 'colbert', cache: cacheOf() })
    expect(Object.fromEntries(hits.map(({ id, version }) => [id, version]))).toEqual({ 0: 0, 1: 7, 2: 0 })
  })

  it('keeps the version that the vectors belong to', async () => {
    const collection = await filled(3)
    await collection.upsert([
      { id: 1, vector: { colbert: [[9, 9, 9, 9]], other: [[1, 1, 1, 1]], dense: [1, 1, 1, 1] } },
    ])
    const hits = await collection.rerank(query, { using: 'colbert', cache: cacheOf() })
    expect(Object.fromEntries(hits.map(({ id, version }) => [id, version]))).toEqual({ 0: 0, 1: 1, 2: 0 })
  })
})

describe('a cache', () => {
  const rerank = (collection: QdrantCollection, cache = cacheOf(), more: object = {}) =>
    collection.rerank(query, { using: 'colbert', cache, limit: 50, ...more })

  it.each(['Dot', 'Cosine'])('saves the requests for vectors: %s', async distance => {
    const vectors = { ...config.vectors, colbert: { ...config.vectors.colbert, distance } }
    const collection = await filled(50, 1, { vectors })
    const cache = cacheOf()
    const first = await rerank(collection, cache)
    expect(queries().map(({ with_vector }) => with_vector)).toEqual([false, ['colbert'], ['colbert']])
    expect(cache.size).toBe(50)
    server.requests.length = 0
    expect(await rerank(collection, cache)).toEqual(first)
    expect(queries().map(({ with_vector }) => with_vector)).toEqual([false])
  })

  it.each([
    ['candidates of the query', {}],
    ['candidates of another vector', { prefetch: { query: query.data.slice(0, DIM), using: 'dense' } }],
    [
      'candidates of two other vectors',
      {
        prefetch: [
          { query: query.data.slice(0, DIM), using: 'dense' },
          { query, using: 'other' },
        ],
      },
    ],
  ])('returns no rows of a collection that was created again, or restored: %s', async (_, more) => {
    const cache = cacheOf()
    await rerank(await filled(50, 1), cache, more)
    // the same ids and versions, other rows
    const collection = await filled(50, 2)
    const hits = await rerank(collection, cache, more)
    expect(hits).toHaveLength(50)
    await expectServerScores(collection, hits)
    const points = server.collections.get('c')!.points
    const [a, b] = [points.get('3')!, points.get('4')!]
    points.set('3', { ...a, vector: b.vector }).set('4', { ...b, vector: a.vector })
    server.requests.length = 0
    await expectServerScores(collection, await rerank(collection, cache, more))
    const fetched = queries().flatMap(({ with_vector, prefetch }) =>
      Array.isArray(with_vector) ? prefetch[0].filter.must[0].has_id : [],
    )
    expect(fetched.sort()).toEqual([3, 4])
  })

  it('is not trusted where the first stage scores quantized vectors', async () => {
    const cache = cacheOf()
    const more = { quantization_config: { binary: {} } }
    await rerank(await filled(50, 1, more), cache)
    const collection = await filled(50, 2, more)
    await expectServerScores(collection, await rerank(collection, cache))
    server.requests.length = 0
    await rerank(collection, cache)
    // candidates, and two requests for the exact scores of the copies
    expect(queries().map(({ with_vector }) => with_vector)).toEqual([false, false, false])
  })

  it('of another vector, collection or server is refused', async () => {
    const collection = await filled()
    const cache = cacheOf()
    await rerank(collection, cache)
    await expect(rerank(collection, cache, { using: 'other' })).rejects.toThrow(
      new RangeError(
        '"cache" expected a cache of the vector "other" of "c", got one that has the vector "colbert" of "c"; create a cache for each vector',
      ),
    )
    await createCollection({ url: server.url }, 'd', config)
    const other = await openCollection({ url: server.url }, 'd')
    await expect(rerank(other, cache)).rejects.toThrow(
      '"cache" expected a cache of the vector "colbert" of "d"',
    )
    const second = await startFakeQdrant()
    const elsewhere = await createCollection({ url: second.url }, 'c', config)
    await expect(rerank(elsewhere, cache)).rejects.toThrow('of "c" on another server')
    await second.close()
    // another handle of the same collection, and a cache that was cleared
    await rerank(await openCollection({ url: server.url }, 'c'), cache)
    cache.clear()
    await expectServerScores(collection, await rerank(collection, cache, { using: 'other' }), 'other')
  })

  it('may be an object of the user, whose wrong documents are fetched again', async () => {
    const collection = await filled(5)
    const kept: unknown[] = []
    const cache = {
      get: async () => ({ data: new Float32Array(6).fill(1), dim: 3 }),
      set: async (id: unknown) => void kept.push(id),
    }
    await expectServerScores(collection, await rerank(collection, cache as never))
    expect(kept.sort()).toEqual([0, 1, 2, 3, 4])
  })

  it.each(['get', 'set'] as const)('is waited for: an error of its %s ends the search', async name => {
    const collection = await filled(5)
    const cache = { get: async () => undefined, set: async () => {} }
    const failing = {
      ...cache,
      [name]: async () => {
        throw new Error('the disk is full')
      },
    }
    await expect(rerank(collection, failing as never)).rejects.toThrow('the disk is full')
  })
})
