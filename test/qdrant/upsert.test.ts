// Upserts to a fake server: waiting for its update queue, and which points they send.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createCollection, type QdrantCollection } from '../../src/qdrant/index.js'
import { createStore } from '../../src/store/index.js'
import { pull, push } from '../../src/transfer/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
let collection: QdrantCollection

const config = { vectors: { colbert: { size: 2, distance: 'Dot' } } } as const
const points = (count: number) =>
  Array.from({ length: count }, (_, id) => ({ id, vector: { colbert: [[id, 1]] } }))

beforeEach(async () => {
  server = await startFakeQdrant()
  collection = await createCollection({ url: server.url }, 'c', config)
  server.requests.length = 0
})
afterEach(() => server.close())

describe('waiting for the update queue', () => {
  it('looks at the queue until it is empty, if the server only acknowledged a batch', async () => {
    server.intercept = ({ path }) => (path.endsWith('/points') ? 'queue' : undefined)
    server.queueLengths = [1, 1, 0]
    expect(await collection.upsert(points(1))).toMatchObject({ points: 1, applied: true })
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'PUT /collections/c/points',
      ...Array(3).fill('GET /collections/c'),
    ])
  })

  it('is not done without `wait`, nor if every batch was applied', async () => {
    expect(await collection.upsert(points(3), { batchPoints: 1 })).toMatchObject({ applied: true })
    server.intercept = ({ path }) => (path.endsWith('/points') ? 'queue' : undefined)
    expect(await collection.upsert(points(3), { wait: false })).toMatchObject({ applied: false })
    expect(server.requestsTo('GET', '/c')).toHaveLength(0)
    expect(server.requestsTo('PUT', '/points').map(({ query }) => query)).toEqual([
      ...Array(3).fill('wait=true'),
      'wait=false',
    ])
  })

  it('ends with the reason of the signal', async () => {
    server.intercept = ({ path }) => (path.endsWith('/points') ? 'queue' : undefined)
    server.queueLengths = Array(1000).fill(1)
    const controller = new AbortController()
    const upserted = collection.upsert(points(1), { signal: controller.signal })
    setTimeout(() => controller.abort(new Error('enough')), 20)
    await expect(upserted).rejects.toThrow('enough')
  })
})

describe('a copy that is resumed', () => {
  it('into a store that has every point reads no vectors from the server', async () => {
    await collection.upsert(points(5))
    const store = await createStore(config)
    expect(await pull(collection, store)).toMatchObject({ points: 5, skipped: 0 })
    server.requests.length = 0
    const progress: number[] = []
    const report = await pull(collection, store, { resume: 'skip', onProgress: n => progress.push(n) })
    expect(report).toMatchObject({ points: 0, skipped: 5 })
    const withVectors = server.requests.filter(({ body }) => body?.with_vector)
    expect(withVectors.map(({ path, text }) => `${path} ${text}`)).toEqual([])
    await store.close()
  })

  it('reads from the server only the points that the store does not have', async () => {
    await collection.upsert(points(5))
    const store = await createStore(config)
    await store.upsert(points(3))
    server.requests.length = 0
    expect(await pull(collection, store, { resume: 'skip' })).toMatchObject({ points: 2, skipped: 3 })
    const read = server.requests.filter(({ body }) => body?.with_vector).map(({ body }) => body.ids)
    expect(read).toEqual([[3, 4]])
    expect(await store.count()).toBe(5)
    await store.close()
  })

  it('into a collection sends only the points that it does not have', async () => {
    const store = await createStore(config)
    await store.upsert(points(5))
    await collection.upsert(points(2))
    server.requests.length = 0
    expect(await push(store, collection, { resume: 'skip' })).toMatchObject({ points: 3, skipped: 2 })
    const sent = server
      .requestsTo('PUT', '/points')
      .map(({ body }) => body.points.map((p: { id: number }) => p.id))
    expect(sent).toEqual([[2, 3, 4]])
    await store.close()
  })
})
