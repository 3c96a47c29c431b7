// Two-stage search on a real engine: the server finds candidates and the kernel ranks them, with and without a cache.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScorer, type Scorer } from '../../../src/index.js'
import {
  compare,
  comparisonTable,
  createCollection,
  createVectorCache,
  deleteCollection,
  type Encoder,
  openCollection,
  type QdrantCollection,
} from '../../../src/qdrant/index.js'
import { type FaultProxy, startFaultProxy } from './fault-proxy.js'
import {
  client,
  createRandom,
  freshCollection,
  isServer,
  kind,
  type Packed,
  randomPoints,
  randomRows,
  url,
} from './support.js'

let scorer: Scorer
let proxy: FaultProxy
let collection: QdrantCollection
const random = createRandom(3)
const points = randomPoints(random, 80, 16).map(point => ({
  ...point,
  vector: { ...point.vector, pooled: meanOf(point.vector.colbert) },
}))
const query = randomRows(random, 6, 16)

function meanOf({ data, dim }: Packed): number[] {
  const rows = data.length / dim
  return Array.from({ length: dim }, (_, k) => {
    let sum = 0
    for (let row = 0; row < rows; row++) sum += data[row * dim + k]!
    return sum / rows
  })
}

beforeAll(async () => {
  scorer = await createScorer()
  proxy = await startFaultProxy(url, process.env.QDRANT_API_KEY)
  const { name } = await freshCollection({
    vectors: {
      colbert: { size: 16, distance: 'Dot' },
      pooled: { size: 16, distance: 'Dot', multivector_config: null },
    },
  })
  collection = await openCollection({ url: proxy.url }, name, { scorer })
  await collection.upsert(points)
})

afterAll(async () => {
  scorer.dispose()
  await proxy.close()
})

const ours = (limit: number, among = points) =>
  scorer
    .rank(
      query,
      among.map(({ vector }) => vector.colbert),
      { limit },
    )
    .map(({ index, score }) => [among[index]!.id, score])

describe('rerank', () => {
  it("returns the kernel's scores and order", async () => {
    const hits = await collection.rerank(query, {
      using: 'colbert',
      candidates: 80,
      limit: 5,
      with_payload: true,
    })
    expect(hits.map(({ id, score }) => [id, score])).toEqual(ours(5))
    expect(hits[0]?.payload).toEqual({ parity: expect.any(Number) })
    expect(hits[0]?.vector).toBeUndefined()
  })

  it('takes candidates from a dense first stage with a filter', async () => {
    const filter = { must: [{ key: 'parity', match: { value: 1 } }] }
    const prefetch = { query: meanOf(query), using: 'pooled' }
    const first = await collection.query(prefetch.query, { using: 'pooled', limit: 20, filter })
    const among = points.filter(({ id }) => first.some(hit => hit.id === id))
    const hits = await collection.rerank(query, {
      using: 'colbert',
      candidates: 20,
      limit: 5,
      prefetch,
      filter,
    })
    expect(hits.map(({ id, score }) => [id, score])).toEqual(ours(5, among))
    const there = await collection.rerank(query, {
      using: 'colbert',
      candidates: 20,
      limit: 5,
      prefetch,
      filter,
      rescore: 'server',
    })
    if (kind !== 'cluster') expect(there.map(({ id }) => id)).toEqual(hits.map(({ id }) => id))
    expect(there[0]?.score).toBeCloseTo(hits[0]!.score, 4)
  })

  it('fuses the ranks of several first stages', async () => {
    const prefetch = [
      { query: meanOf(query), using: 'pooled', limit: 80 },
      { query, using: 'colbert', limit: 80 },
    ]
    const hits = await collection.rerank(query, { using: 'colbert', candidates: 80, limit: 5, prefetch })
    expect(hits.map(({ id, score }) => [id, score])).toEqual(ours(5))
  })

  it('fetches cached vectors only if their points changed', async () => {
    const cache = createVectorCache({ maxBytes: 1e6 })
    const options = { using: 'colbert', candidates: 40, limit: 5, cache }
    const first = await collection.rerank(query, options)
    expect(cache.size).toBe(40)
    const before = proxy.seen.get('/points/query')!
    expect(await collection.rerank(query, options)).toEqual(first)
    expect(proxy.seen.get('/points/query')).toBe(before + 1)
    await collection.upsert([
      {
        ...points[Number(first[0]!.id) - 1]!,
        vector: { colbert: first[0] ? randomRows(createRandom(99), 2, 16) : [] },
      },
    ])
    const changed = await collection.rerank(query, { ...options, candidates: 80 })
    expect(changed.find(({ id }) => id === first[0]!.id)?.score).not.toBe(first[0]!.score)
    await collection.upsert([points[Number(first[0]!.id) - 1]!])
  })

  it('uses no copies of a collection that was created again, whatever finds the candidates', async () => {
    const cache = createVectorCache({ maxBytes: 1e6 })
    const name = `${collection.name}-again`
    const config = {
      vectors: {
        colbert: { size: 16, distance: 'Dot' },
        pooled: { size: 16, distance: 'Dot', multivector_config: null },
      },
    } as const
    for (const seed of [1, 2]) {
      const again = await createCollection(client, name, config, { ifExists: 'recreate' })
      const load = randomPoints(createRandom(seed), 40, 16).map(point => ({
        ...point,
        vector: { ...point.vector, pooled: meanOf(point.vector.colbert) },
      }))
      await again.upsert(load)
      const server = new Map(
        (await again.query(query, { using: 'colbert', limit: 40 })).map(hit => [hit.id, hit.score]),
      )
      for (const prefetch of [undefined, { query: meanOf(query), using: 'pooled' }]) {
        const hits = await again.rerank(query, {
          using: 'colbert',
          limit: 40,
          cache,
          ...(prefetch && { prefetch }),
        })
        expect(hits).toHaveLength(40)
        for (const { id, score } of hits) expect(score).toBeCloseTo(server.get(id)!, 4)
      }
    }
    await deleteCollection(client, name)
  })

  it('scores float16 and uint8 rows as they are stored', async () => {
    for (const [datatype, scale] of [
      ['float16', undefined],
      ['uint8', 255],
    ] as const) {
      const stored = await freshCollection({
        vectors: { colbert: { size: 16, distance: 'Cosine', datatype } },
      })
      await stored.upsert(randomPoints(createRandom(5), 30, 16, { scale }))
      const question = randomRows(createRandom(6), 4, 16, scale)
      const fromServer = await stored.query(question, { limit: 5 })
      const reranked = await stored.rerank(question, { candidates: 30, limit: 5 })
      for (const [index, hit] of fromServer.entries())
        expect(reranked[index]?.score).toBeCloseTo(hit.score, 3)
    }
  })

  it('finds as many candidates as the limit by default, if it is larger than 100', async () => {
    const hits = await collection.rerank(query, { using: 'colbert', limit: 120 })
    expect(hits).toHaveLength(80)
  })

  it('refuses fewer candidates than the limit', async () => {
    await expect(collection.rerank(query, { using: 'colbert', candidates: 5 })).rejects.toThrow(
      '"candidates" expected a whole number of at least "limit" (10), got 5',
    )
  })
})

describe('a text', () => {
  const encoder: Encoder = {
    query: text => randomRows(createRandom(text.length), 3, 16),
    documents: texts => texts.map(text => randomRows(createRandom(text.length), 5, 16)),
  }

  it('is embedded by the encoder, in points and queries', async () => {
    const named = await openCollection({ url: proxy.url }, collection.name, { encoder, scorer })
    const vectors = { colbert: { text: 'a short text' } }
    expect(
      await named.upsert([
        { id: 500, vector: vectors },
        { id: 501, vector: { colbert: query } },
      ]),
    ).toMatchObject({
      points: 2,
      rows: 11,
    })
    const [point] = await named.retrieve([500], { with_vector: ['colbert'] })
    expect(point?.vector?.colbert).toEqual(encoder.documents(['a short text'])[0 as never])
    const question = { text: 'how?' }
    expect(await named.query(question)).toEqual(await named.query(encoder.query('how?') as Packed))
    expect((await named.rerank(question, { candidates: 20, limit: 3 })).length).toBe(3)
    await named.delete([500, 501])
  })

  it('needs an encoder if the kernel scores it', async () => {
    await expect(
      collection.rerank(
        { text: 'how?' },
        { using: 'colbert', prefetch: { query: meanOf(query), using: 'pooled' } },
      ),
    ).rejects.toThrow(
      `"query" is a text, and the local kernel needs its vectors: pass "encoder" when you open the collection, or rescore: 'server' if the server has inference`,
    )
  })
})

describe('compare', () => {
  it('returns figures and results of both sides', async () => {
    const local = await openCollection({ url: proxy.url }, collection.name)
    const queries = [query, randomRows(random, 4, 16)]
    const progress: unknown[] = []
    const onProgress = (step: unknown) => progress.push(step)
    const comparison = await compare(collection, local, queries, {
      using: 'colbert',
      limit: 5,
      rounds: 3,
      onProgress,
    })
    expect(progress).toEqual([1, 2].map(done => ({ phase: 'queries', done, total: 2 })))
    expect(comparison).toMatchObject({
      queries: 2,
      limit: 5,
      overlap: 1,
      identical: 2,
      swaps: [],
      maxScoreDifference: 0,
    })
    expect(comparison.server.seconds).toHaveLength(6)
    expect(comparison.server.serverMedian).toBeLessThan(comparison.server.median)
    expect(comparison.server.bytesSent).toBeGreaterThan(500)
    expect(comparison.notes).toHaveLength(kind === 'cluster' ? 1 : 0)
    const table = comparisonTable(comparison)
    expect(table.split('\n')).toHaveLength(kind === 'cluster' ? 11 : 10)
    expect(table).toContain('100.0 % of the results in common, 2 of 2 queries identical')
  })
})

it.runIf(isServer)('a batch of queries returns what single queries return', async () => {
  const [answers] = await Promise.all([
    collection.queryBatch([
      { query, using: 'colbert', limit: 3 },
      { query: 5, using: 'colbert', limit: 3 },
    ]),
  ])
  expect(answers[0]).toEqual(await collection.query(query, { using: 'colbert', limit: 3 }))
  expect(answers[1]).toEqual(await collection.query(5, { using: 'colbert', limit: 3 }))
  const positive = [query, 3]
  const recommended = await collection.query(
    {
      recommend: {
        positive,
        negative: [[[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], new Float32Array(16)]],
      },
    },
    { using: 'colbert', limit: 3 },
  )
  expect(recommended).toHaveLength(3)
})
