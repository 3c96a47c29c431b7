// Options of the adapter's functions without a server: unknown names and wrong values are refused before a request is sent.

import { describe, expect, it } from 'vitest'
import {
  type CollectionConfig,
  compare,
  createCollection,
  createLocalCopy,
  createVectorCache,
  deleteCollection,
  estimateCollection,
  openCollection,
  type ReadableCollection,
  sampleQueries,
  sampleSize,
  verify,
} from '../../src/qdrant/index.js'
import { rerankPoints } from '../../src/qdrant/rerank.js'
import { createStore } from '../../src/store/index.js'

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
    await expect(async () => call()).rejects.toThrow(message)
  })
})
