// The signal of each call of the adapter: it ends the request that is under way, whichever of them it is, and no other is sent.

import { getEventListeners } from 'node:events'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import {
  addVector,
  compare,
  createCollection,
  createLocalCopy,
  createVectorCache,
  deleteCollection,
  openCollection,
  type QdrantCollection,
  sampleQueries,
  sampleSize,
  verify,
} from '../../src/qdrant/index.js'
import { createStore } from '../../src/store/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
beforeAll(async () => {
  server = await startFakeQdrant()
})
afterAll(() => server.close())

const vectors = { colbert: { size: 2, distance: 'Dot' } } as const
const query = [[1, 0]]
const points = [0, 1, 2].map(id => ({ id, vector: { colbert: [[id, 1]] } }))
const many = Array.from({ length: 10_001 }, (_, id) => id)

interface Options {
  readonly signal: AbortSignal | undefined
}

/** The collection `c` with three points, on a server that has nothing else. */
async function filled(): Promise<QdrantCollection> {
  server.intercept = () => undefined
  server.collections.clear()
  const collection = await createCollection({ url: server.url }, 'c', { vectors })
  await collection.upsert(points)
  server.requests.length = 0
  return collection
}

async function readAll(found: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of found);
}

const create = (name: string, options: object) =>
  createCollection({ url: server.url }, name, { vectors, payload_indexes: { n: 'integer' } }, options)

const CALLS: Readonly<Record<string, (collection: QdrantCollection, options: Options) => Promise<unknown>>> =
  {
    createCollection: (_, options) => create('new', options),
    'createCollection that replaces one': (_, options) => create('c', { ...options, ifExists: 'recreate' }),
    'createCollection that adds an index': (_, options) => create('c', { ...options, ifExists: 'reuse' }),
    openCollection: (_, options) => openCollection({ url: server.url }, 'c', options),
    deleteCollection: (_, options) => deleteCollection({ url: server.url }, 'c', options),
    addVector: (_, options) => addVector({ url: server.url }, 'c', 'more', vectors.colbert, options),
    upsert: (c, options) => c.upsert(points, { ...options, batchPoints: 2, concurrency: 1 }),
    'upsert of missing points': (c, options) =>
      c.upsert([...points, { id: 9, vector: { colbert: query } }], { ...options, resume: 'skip' }),
    updateVectors: (c, options) => c.updateVectors(points, { ...options, batchPoints: 2, concurrency: 1 }),
    query: (c, options) => c.query(query, options),
    queryBatch: (c, options) => c.queryBatch([{ query }, { query }], options),
    rerank: (c, options) =>
      c.rerank(query, { ...options, cache: createVectorCache({ maxBytes: 1e6 }), with_matches: true }),
    rerankBatch: (c, options) => c.rerankBatch([{ query, with_matches: true }, { query }], options),
    retrieve: (c, options) => c.retrieve(many.slice(0, 33), { ...options, with_vector: true }),
    scroll: (c, options) => readAll(c.scroll({ ...options, batchPoints: 2 })),
    count: (c, options) => c.count(undefined, options),
    delete: (c, options) => c.delete(many, options),
    verify: (c, options) => verify(c, [query], { ...options, source: new Map([[1, [[1, 1]]]]) }),
    compare: async (c, options) =>
      compare(c, await createStore({ vectors }), [query], { ...options, rounds: 1 }),
    createLocalCopy: (c, options) => createLocalCopy(c, options),
    sampleQueries: (c, options) => sampleQueries(c, 2, options),
    sampleSize: (c, options) => sampleSize(c, 2, options),
  }

it.each(Object.keys(CALLS))('ends any request of %s, and the call sends no other', async name => {
  const call = CALLS[name]!
  await call(await filled(), { signal: undefined })
  const count = server.requests.length
  expect(count).toBeGreaterThan(0)
  for (let last = 0; last < count; last++) {
    const collection = await filled()
    const stop = new AbortController()
    const reason = new Error('enough')
    server.intercept = ({ index }) => {
      if (index !== last) return undefined
      stop.abort(reason)
      // no answer
      return () => {}
    }
    await expect(call(collection, { signal: stop.signal }), `request ${last}`).rejects.toBe(reason)
    expect(server.requests.length, `requests until request ${last} is ended`).toBe(last + 1)
  }
})

it.each([
  '/collections/c',
  '/collections/c/cluster',
  '/collections/c/points/count',
  '/collections/c/points/scroll',
])('ends the request of info to %s while it is the last one', async hanging => {
  const collection = await filled()
  const stop = new AbortController()
  const reason = new Error('enough')
  server.intercept = ({ path }) => (path === hanging ? () => {} : undefined)
  const info = collection.info({ signal: stop.signal })
  const rejection = expect(info).rejects.toBe(reason)
  await vi.waitFor(() => {
    expect(server.requests).toHaveLength(4)
    expect(getEventListeners(stop.signal, 'abort')).toHaveLength(1)
  })
  stop.abort(reason)
  await rejection
})
