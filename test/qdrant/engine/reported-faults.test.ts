// Faults that users of Qdrant's clients report, on a real engine: answers that are lost, limits of proxies, snapshots that
// are restored, and texts and settings that a server takes in another way than one would think.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  createCollection,
  createLocalCopy,
  createVectorCache,
  openCollection,
  type Point,
  type QdrantCollection,
  sampleQueries,
  verify,
} from '../../../src/qdrant/index.js'
import { type FaultProxy, startFaultProxy } from './fault-proxy.js'
import {
  client,
  createRandom,
  freshCollection,
  freshName,
  isServer,
  kind,
  randomPoints,
  randomRows,
  spread,
  url,
} from './support.js'

const vectors = { colbert: { size: 8, distance: 'Dot' } } as const

let proxy: FaultProxy
beforeAll(async () => {
  proxy = await startFaultProxy(url, process.env.QDRANT_API_KEY)
})
afterAll(() => proxy.close())

describe('createCollection', () => {
  const config = { ...spread, vectors, payload_indexes: { year: 'integer' } } as const

  it.each(['fail', 'reuse', 'recreate'] as const)('survives a lost answer: %s', async ifExists => {
    let isLost = false
    proxy.decide('', method => {
      if (method !== 'PUT' || isLost) return undefined
      isLost = true
      return 'lose'
    })
    const collection = await createCollection({ url: proxy.url }, freshName(), config, { ifExists })
    proxy.decide('', undefined)
    expect(isLost).toBe(true)
    if (isServer) expect(Object.keys(collection.config.payload_indexes)).toEqual(['year'])
    expect(await collection.count()).toBe(0)
  })

  it.runIf(isServer)('lets programs start together', async () => {
    const name = freshName()
    const create = () => createCollection(client, name, config, { ifExists: 'reuse' })
    const opened = await Promise.all([create(), create(), create(), create()])
    for (const { config } of opened) expect(Object.keys(config.payload_indexes)).toEqual(['year'])
  })

  it.runIf(isServer)('reuses a collection whose threads are chosen by the server', async () => {
    const name = freshName()
    const auto = { ...config, optimizers_config: { max_optimization_threads: 'auto' } } as const
    for (let run = 0; run < 2; run++) await createCollection(client, name, auto, { ifExists: 'reuse' })
  })
})

describe('an upsert', () => {
  it('gets through a proxy that limits the size of requests', async () => {
    const collection = await freshCollection({ vectors })
    const proxied = await openCollection({ url: proxy.url }, collection.name)
    let refused = 0
    proxy.decide('/points', (_, bytes) => {
      if (bytes <= 20_000) return undefined
      refused++
      return 413
    })
    const points = randomPoints(createRandom(31), 300, 8)
    const report = await proxied.upsert(points)
    proxy.decide('/points', undefined)
    expect(refused).toBeGreaterThan(0)
    expect(report.points).toBe(300)
    const source = new Map(points.map(({ id, vector }) => [id, vector.colbert]))
    expect(await verify(collection, [], { source })).toMatchObject({ ok: true, documents: [] })
  })

  it('names a text that is cut in a character, and takes bigints', async () => {
    const collection = await freshCollection({ vectors })
    const rows = randomRows(createRandom(32), 2, 8)
    const cut = { id: 17, vector: { colbert: rows }, payload: { text: 'I love \u{1f600} it'.slice(0, 8) } }
    await expect(collection.upsert([cut])).rejects.toThrow('"point 17.payload.text" expected text')
    expect(await collection.count()).toBe(0)
    if (!isServer) return
    const large = 2n ** 64n - 1n
    await collection.upsert([
      { id: large, vector: { colbert: rows }, payload: { tweet: 1152921504606846977n } },
    ])
    const [hit] = await collection.query(rows, { with_payload: true })
    expect(hit).toMatchObject({ id: large, payload: { tweet: 1152921504606846977n } })
    expect((await verify(collection, [rows])).ok).toBe(true)
    expect((await collection.info()).points).toBe(1)
  })

  it('takes what a scroll of an unnamed vector returned', async () => {
    const [from, into] = [
      await freshCollection({ vectors: vectors.colbert }),
      await freshCollection({ vectors: vectors.colbert }),
    ]
    const points = randomPoints(createRandom(33), 20, 8)
    await from.upsert(points.map(({ id, vector }) => ({ id, vector: vector.colbert })))
    await into.upsert(from.scroll({ with_vector: true }) as AsyncIterable<Point>)
    const queries = [randomRows(createRandom(34), 3, 8)]
    expect(await verify(into, queries, { source: from })).toMatchObject({ ok: true, hits: 10 })
  })
})

describe.runIf(kind === 'binary')('a restored snapshot', () => {
  it('does not let a cache return later rows under the same versions', async () => {
    const collection = await freshCollection({ vectors })
    const load = (seed: number) => collection.upsert(randomPoints(createRandom(seed), 20, 8))
    const request = async (method: string, path: string, body?: object) => {
      const headers = { 'content-type': 'application/json' }
      const init = { method, headers, ...(body && { body: JSON.stringify(body) }) }
      const response = await fetch(`${url}/collections/${collection.name}/snapshots${path}`, init)
      return (await response.json()) as { result: { name: string } }
    }
    await load(41)
    const { result } = await request('POST', '')
    const cache = createVectorCache({ maxBytes: 1e6 })
    const query = randomRows(createRandom(42), 4, 8)
    await load(43)
    await collection.rerank(query, { candidates: 20, cache })
    const location = `${url}/collections/${collection.name}/snapshots/${result.name}`
    await request('PUT', '/recover?wait=true', { location, priority: 'snapshot' })
    await load(44)
    const expected = await collection.query(query)
    const hits = await collection.rerank(query, { candidates: 20, cache })
    expect(hits.map(({ id }) => id)).toEqual(expected.map(({ id }) => id))
    for (const [rank, { score }] of hits.entries()) expect(score).toBeCloseTo(expected[rank]!.score, 5)
  })
})

describe('a collection of sparse vectors only', () => {
  it.runIf(isServer).each<[string, (collection: QdrantCollection) => unknown]>([
    ['query', c => c.query([[1]])],
    ['rerank', c => c.rerank([[1]])],
    ['verify', c => verify(c, [[[1]]])],
    ['createLocalCopy', c => createLocalCopy(c)],
    ['sampleQueries', c => sampleQueries(c, 1)],
  ])('has the cause in the error of %s', async (_, call) => {
    const collection = await freshCollection({ vectors: {}, sparse_vectors: { words: {} } })
    await collection.upsert([{ id: 1, vector: { words: { indices: [1, 3], values: [1, 2] } } }])
    await expect(async () => call(collection)).rejects.toThrow(
      'the collection has no dense or multi-vector; it has "words"',
    )
  })
})

it('options and lists that would be ignored are refused', async () => {
  const collection = await freshCollection({ vectors })
  await expect(verify(collection, [])).rejects.toThrow('"queries" expected at least one query, got none')
  for (const option of [{ with_vector: true }, { offset: 1 }, { score_threshold: 1 }]) {
    await expect(collection.rerank([[1, 2, 3, 4, 5, 6, 7, 8]], option as never)).rejects.toThrow(
      'unknown option',
    )
  }
})
