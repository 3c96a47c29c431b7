// Options of the adapter's functions without a server: unknown names and wrong values are refused before a request is sent.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  type CollectionConfig,
  compare,
  createCollection,
  createLocalCopy,
  createVectorCache,
  deleteCollection,
  estimateCollection,
  openCollection,
  type QdrantCollection,
  type ReadableCollection,
  sampleQueries,
  sampleSize,
  verify,
} from '../../src/qdrant/index.js'
import { rerankPoints } from '../../src/qdrant/rerank.js'
import { createStore } from '../../src/store/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

const config = { vectors: { colbert: { size: 2, distance: 'Dot' } } } as const
// nothing listens there: a request would fail with another error
const server = { url: 'http://127.0.0.1:9' }
const query = [[1, 0]]
const stranger = { strange: 1 } as object

const transport = 'timeout, retries, compressed, onRetry'
const open = `${transport}, encoder, sparseEncoder, scorer, module, grpc, signal`

describe('an unknown option is refused, with the valid ones, by', () => {
  it.each<[name: string, valid: string, call: () => unknown]>([
    ['createCollection', `${open}, ifExists`, () => createCollection(server, 'c', config, stranger)],
    ['openCollection', open, () => openCollection(server, 'c', stranger)],
    ['deleteCollection', `${transport}, signal`, () => deleteCollection(server, 'c', stranger)],
    [
      'verify',
      'using, limit, params, scan, source, shard_key, scorer, signal, onProgress',
      async () => verify(await createStore(config), [query], stranger),
    ],
    [
      'compare',
      'using, filter, params, shard_key, signal, limit, rounds, onProgress',
      async () => compare(await createStore(config), await createStore(config), [query], stranger),
    ],
    [
      'createLocalCopy',
      'using, shard_key, scorer, signal, onProgress',
      async () => createLocalCopy(await createStore(config), stranger),
    ],
    [
      'sampleQueries',
      'using, shard_key, signal',
      async () => sampleQueries(await createStore(config), 1, stranger),
    ],
    ['sampleSize', 'signal, shard_key', async () => sampleSize(await createStore(config), 1, stranger)],
    ['createVectorCache', 'maxBytes', async () => createVectorCache(stranger as { maxBytes: number })],
    [
      'rerank',
      'using, limit, filter, with_payload, with_matches, params, prefetch, lookup_from, shard_key, candidates, rescore, signal, onCost, cache',
      () => rerankPoints({ limits: {} } as never, query, stranger),
    ],
  ])('%s', async (name, valid, call) => {
    await expect(async () => call()).rejects.toThrow(
      `unknown option "options.strange"; valid options of ${name}: ${valid}`,
    )
  })

  it('estimateCollection', () => {
    expect(() => estimateCollection(config, { points: 1, rows: 1, row: 2 } as never)).toThrow(
      'unknown option "input.row"; valid options of an estimate: points, rows, payloadBytes',
    )
  })
})

describe('each call of a collection takes these options and no other', () => {
  let server: FakeQdrant
  beforeAll(async () => {
    server = await startFakeQdrant()
    await createCollection({ url: server.url }, 'c', config)
  })
  afterAll(() => server.close())

  const batches = 'wait, batchBytes, batchPoints, resume, onProgress, signal, concurrency, gzip, shard_key'
  const search = 'filter, params, score_threshold, lookup_from, shard_key, with_payload, with_vector'
  const stages = `${search}, signal, onCost, query, using, limit, offset, prefetch, with_matches`
  const groups = `${search}, with_matches, using, prefetch, signal, onCost, group_by, limit, group_size, with_lookup`
  const reranks =
    'using, limit, filter, with_payload, with_matches, params, prefetch, lookup_from, shard_key, candidates, rescore, ' +
    'signal, onCost, cache'
  const reads = 'with_payload, with_vector, signal'
  type Call = (collection: QdrantCollection, options: object) => unknown
  it.each<[name: string, valid: string, call: Call, path?: string]>([
    ['upsert', batches, (c, options) => c.upsert([], options)],
    ['updateVectors', batches, (c, options) => c.updateVectors([], options)],
    ['a query', stages, (c, options) => c.query(query, options)],
    ['a query', stages, (c, options) => c.queryBatch([{ query, ...options }]), 'queries[0]'],
    ['queryBatch', 'signal, onCost', (c, options) => c.queryBatch([], options)],
    ['queryGroups', groups, (c, options) => c.queryGroups(query, { group_by: 'a', ...options })],
    ['rerank', reranks, (c, options) => c.rerank(query, options)],
    ['rerank', reranks, (c, options) => c.rerankBatch([{ query }, { query, ...options }]), 'queries[1]'],
    ['rerankBatch', 'signal, onCost', (c, options) => c.rerankBatch([], options)],
    ['retrieve', `${reads}, shard_key`, (c, options) => c.retrieve([1], options)],
    ['scroll', `${reads}, filter, batchPoints, shard_key`, (c, options) => c.scroll(options).next()],
    ['delete', 'signal, shard_key', (c, options) => c.delete([1], options)],
    ['count', 'signal, shard_key', (c, options) => c.count(undefined, options)],
    ['setPayload', 'wait, signal, key, shard_key', (c, options) => c.setPayload([1], {}, options)],
    ['overwritePayload', 'wait, signal, shard_key', (c, options) => c.overwritePayload([1], {}, options)],
    ['deletePayload', 'wait, signal, shard_key', (c, options) => c.deletePayload([1], ['a'], options)],
    ['clearPayload', 'wait, signal, shard_key', (c, options) => c.clearPayload([1], options)],
    ['deleteVectors', 'wait, signal, shard_key', (c, options) => c.deleteVectors([1], ['colbert'], options)],
    ['info', 'sample, signal', (c, options) => c.info(options)],
  ])('%s: %s', async (name, valid, call, path = 'options') => {
    const collection = await openCollection({ url: server.url }, 'c')
    const requests = server.requests.length
    await expect(async () => call(collection, stranger)).rejects.toThrow(
      new RangeError(`unknown option "${path}.strange"; valid options of ${name}: ${valid}`),
    )
    expect(server.requests.length).toBe(requests)
  })

  const [text, image] = [
    { text: 'x', model: 'm' },
    { image: 'x', model: 'm' },
  ]
  const needsVectors =
    'and the local kernel needs its vectors: pass "encoder" when you open the collection, or rescore: \'server\' if the ' +
    'server has inference'
  it.each<[name: string, call: (collection: QdrantCollection) => unknown, error: Error]>([
    [
      'a missing query',
      c => c.query(undefined as never),
      new TypeError(
        '"query" is required: a multi-vector, a text, a point id, or one of Qdrant\'s query objects',
      ),
    ],
    [
      'a text that the local kernel would rank by',
      c => c.rerank(text),
      new TypeError(`"query" is a text, ${needsVectors}`),
    ],
    [
      'an image that the local kernel would rank by',
      c => c.rerankBatch([{ query }, { query: image }]),
      new TypeError(`"queries[1].query" is an image, ${needsVectors}`),
    ],
    [
      'no request at a time',
      c => c.upsert([], { concurrency: 0 }),
      new RangeError('"concurrency" expected a whole number of at least 1, got 0'),
    ],
  ])('%s is refused, and nothing is sent', async (_, call, error) => {
    const collection = await openCollection({ url: server.url }, 'c')
    const requests = server.requests.length
    await expect(async () => call(collection)).rejects.toThrow(error)
    expect(server.requests.length).toBe(requests)
  })
})

describe('a batch is one request', () => {
  it.each(['queryBatch', 'rerankBatch'] as const)(
    '%s refuses a signal or onCost of a single query, and says where it belongs',
    async call => {
      const fake = await startFakeQdrant()
      const collection = await createCollection({ url: fake.url }, 'c', config)
      fake.requests.length = 0
      const { signal } = new AbortController()
      for (const [name, value] of Object.entries({ signal, onCost: () => {} })) {
        const batch = [{ query }, { query, [name]: value }]
        await expect(collection[call](batch as never)).rejects.toThrow(
          new RangeError(
            `"queries[1].${name}" is an option of the whole batch, which is one request; pass it in the second argument of ${call}`,
          ),
        )
      }
      expect(fake.requests).toEqual([])
      const absent = [{ query, signal: undefined, onCost: undefined }]
      expect(await collection[call](absent)).toEqual([[]])
      await fake.close()
    },
  )
})

describe('a wrong value is refused by', () => {
  const calls = {
    verify: (collection: ReadableCollection) => verify(collection, [query]),
    createLocalCopy: (collection: ReadableCollection) => createLocalCopy(collection),
    sampleQueries: (collection: ReadableCollection) => sampleQueries(collection, 1),
  }
  const store = () => createStore(config)
  it.each<[name: string, message: string, call: () => unknown]>([
    [
      'createCollection',
      '"ifExists" expected one of fail, reuse, recreate, got "merge"',
      () => createCollection(server, 'c', config, { ifExists: 'merge' as never }),
    ],
    [
      'verify',
      '"limit" expected a whole number of at least 1, got 0',
      async () => verify(await store(), [query], { limit: 0 }),
    ],
    ['verify', '"queries" expected at least one query, got none', async () => verify(await store(), [])],
    [
      'verify',
      '"queries[1][0]" expected 2 numbers, got 1',
      async () => verify(await store(), [query, [[1]]]),
    ],
    [
      'verify',
      '"queries[1][0][1]" expected a finite number, got NaN',
      async () => verify(await store(), [query, [[1, Number.NaN]]]),
    ],
    [
      'compare',
      '"queries[1][0][1]" expected a number, got null',
      async () => compare(await store(), await store(), [query, [[1, null]] as never], { rounds: 1 }),
    ],
    ...(['verify', 'createLocalCopy', 'sampleQueries'] as const).map(
      name =>
        [
          name,
          'the collection has no dense or multi-vector; it has "words"',
          async () => calls[name]({ config: { vectors: {}, sparse_vectors: { words: {} } } } as never),
        ] as [string, string, () => unknown],
    ),
    [
      'compare',
      '"rounds" expected a whole number of at least 1, got 0',
      async () => compare(await store(), await store(), [query], { rounds: 0 }),
    ],
    [
      'compare',
      '"queries" expected at least one query, got none',
      async () => compare(await store(), await store(), []),
    ],
    [
      'sampleQueries',
      '"count" expected a whole number of at least 1, got 0',
      async () => sampleQueries(await store(), 0),
    ],
    [
      'sampleSize',
      '"count" expected a whole number of at least 1, got 0.5',
      async () => sampleSize(await store(), 0.5),
    ],
    [
      'createVectorCache',
      '"maxBytes" expected a positive number, got 0',
      async () => createVectorCache({ maxBytes: 0 }),
    ],
    [
      'estimateCollection',
      '"rows.colbert" expected a number of at least 0, got undefined',
      async () => estimateCollection(config as CollectionConfig, { points: 1, rows: {} }),
    ],
  ])('%s: %s', async (_, message, call) => {
    const name = message.endsWith('got null') ? 'TypeError' : 'RangeError'
    await expect(async () => call()).rejects.toMatchObject({
      name,
      message: expect.stringContaining(message),
    })
  })
})
