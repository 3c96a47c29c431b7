// What a collection keeps of the options with which it was created or opened, and what it reports about itself.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createScorer } from '../../src/index.js'
import {
  addVector,
  createCollection,
  deleteCollection,
  estimateCollection,
  type OpenOptions,
  openCollection,
  type QdrantCollection,
} from '../../src/qdrant/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
const colbert = { size: 2, distance: 'Dot' } as const
const config = { vectors: { colbert }, payload_indexes: { year: 'integer' } } as const

beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server.close()
})

const client = () => ({ url: server.url })
const create = (options: Parameters<typeof createCollection>[3] = {}) =>
  createCollection(client(), 'c', config, options)

/** Ways to get the collection `c`. */
const WAYS: Readonly<Record<string, (options: OpenOptions) => Promise<QdrantCollection>>> = {
  created: create,
  'created after a lost answer': options => {
    let isFirst = true
    server.intercept = ({ method, path }) => {
      if (method !== 'PUT' || path !== '/collections/c' || !isFirst) return undefined
      isFirst = false
      return 'lose'
    }
    return create(options)
  },
  async reused(options) {
    await create()
    return create({ ...options, ifExists: 'reuse' })
  },
  async 'reused with a new index'(options) {
    await create()
    delete server.collections.get('c')!.indexes.year
    return create({ ...options, ifExists: 'reuse' })
  },
  async opened(options) {
    await create()
    return openCollection(client(), 'c', options)
  },
  async 'opened by adding a vector'(options) {
    await create()
    return addVector(client(), 'c', 'more', { ...colbert, hnsw_config: { m: 0 } }, options)
  },
  async 'opened by adding a vector that it has'(options) {
    await create()
    await addVector(client(), 'c', 'more', colbert)
    return addVector(client(), 'c', 'more', colbert, options)
  },
}

it.each(Object.keys(WAYS))('a collection that is %s has the encoder and the configuration', async way => {
  const encoder = { query: () => [[3, 4]], documents: () => [[[1, 2]]] }
  const collection = await WAYS[way]!({ encoder })
  await collection.upsert([{ id: 1, vector: { colbert: { text: 'a document' } } }])
  expect(server.collections.get('c')!.points.get('1')!.vector).toEqual({ colbert: [[1, 2]] })
  expect(await collection.query({ text: 'a query' }, { using: 'colbert' })).toMatchObject([{ score: 11 }])
  expect(collection.config.payload_indexes).toEqual({ year: 'integer' })
  expect(Object.keys(collection.config.vectors)).toEqual(
    way.includes('adding') ? ['colbert', 'more'] : ['colbert'],
  )
})

it.each<[string, (options: OpenOptions) => Promise<unknown>]>([
  ['createCollection', create],
  ['openCollection', options => openCollection(client(), 'c', options)],
  ['addVector', options => addVector(client(), 'c', 'more', colbert, options)],
  ['deleteCollection', options => deleteCollection(client(), 'c', options)],
])('%s sends as many requests as its retries allow', async (_, call) => {
  server.intercept = () => ({ status: 503, error: 'starting' })
  await expect(call({ retries: 0 })).rejects.toMatchObject({ status: 503, attempts: 1 })
  expect(server.requests).toHaveLength(1)
})

it.each(Object.keys(WAYS))('a collection that is %s uses the given module', async way => {
  const options = { module: 7 as never }
  await expect(WAYS[way]!(options)).rejects.toThrow('"module" expected a WebAssembly.Module, got number')
  // it is refused before the server changes anything
  await expect(addVector(client(), 'c', 'more', colbert, options)).rejects.toThrow('"module" expected')
  await expect(createCollection(client(), 'new', config, options)).rejects.toThrow('"module" expected')
  expect([...server.collections.keys()].filter(name => name !== 'c')).toEqual([])
})

it.each(['<', '>', ':', '"', '/', '\\', '|', '?', '*', '\u0000', '\u0085'])(
  'a name with %j is refused before anything is sent',
  async character => {
    const name = `a${character}b`
    await expect(createCollection(client(), name, config)).rejects.toThrow('"name" expected 1 to 255')
    await expect(openCollection(client(), name)).rejects.toThrow('"name" expected 1 to 255')
    await expect(deleteCollection(client(), name)).rejects.toThrow('"name" expected 1 to 255')
    await expect(addVector(client(), 'c', name, colbert)).rejects.toThrow('"vector" expected 1 to 255')
    expect(server.requests).toEqual([])
  },
)

it('the given scorer ranks and explains, and stays usable', async () => {
  const scorer = await createScorer()
  const rank = vi.spyOn(scorer, 'rank')
  const corpora: { dispose: unknown }[] = []
  const createCorpus = scorer.corpus.bind(scorer)
  vi.spyOn(scorer, 'corpus').mockImplementation(options => {
    const corpus = createCorpus(options)
    corpora.push({ dispose: vi.spyOn(corpus, 'dispose') })
    return corpus
  })
  const collection = await create({ scorer })
  await collection.upsert([1, 2].map(id => ({ id, vector: { colbert: [[id, 1]] } })))
  await collection.rerank([[1, 0]], { with_matches: true })
  expect(rank).toHaveBeenCalledTimes(1)
  await collection.query([[1, 0]], { with_matches: true })
  expect(corpora).toHaveLength(2)
  // their memory is freed at once
  for (const { dispose } of corpora) expect(dispose).toHaveBeenCalledTimes(1)
  expect(scorer.score([[1, 2]], [[3, 4]])).toBe(11)
  scorer.dispose()
})

describe('a collection', () => {
  it('estimates its size as estimateCollection does for its configuration', async () => {
    const created = await createCollection(client(), 'sized', {
      vectors: { colbert: { ...colbert, datatype: 'float16' } },
      replication_factor: 2,
    })
    const input = { points: 1000, rows: 20, payloadBytes: 5 }
    expect(created.estimate(input)).toEqual(estimateCollection(created.config, input))
    expect(created.estimate(input)).toMatchObject({
      vectors: { colbert: { rows: 20_000, originals: 80_000 } },
      payload: 5000,
      replicas: 2,
    })
  })

  it('reports its state, and an estimate for the size of its first documents', async () => {
    const collection = await create()
    const rows = [[1, 2], [3, 4], [5, 6]] // biome-ignore format: short
    await collection.upsert([1, 2].map(id => ({ id, vector: { colbert: rows }, payload: { n: id } })))
    server.alter = ({ path }, result) => {
      if (path !== '/collections/c') return
      result.status = 'yellow'
      result.optimizer_status = { error: 'disk' }
      result.points_count = 7
      result.segments_count = 3
      result.indexed_vectors_count = 5
      result.update_queue = { length: 4 }
      result.warnings = [{ message: 'slow' }, { message: 'full' }, { message: 'slow' }]
    }
    const info = await collection.info()
    expect(info).toMatchObject({
      status: 'yellow',
      optimizer_status: { error: 'disk' },
      // counted, because the server reports an approximate number
      points: 2,
      segments: 3,
      indexed_vectors: 5,
      queued: 4,
      warnings: ['slow', 'full'],
      version: '1.19.0',
      size: { points: 2, rows: { colbert: 3 }, payloadBytes: '{"n":1}'.length },
    })
    const size = { points: 2, rows: { colbert: 3 }, payloadBytes: '{"n":1}'.length }
    expect(info.estimate).toEqual(collection.estimate(size))
  })

  it('has the options of its payload indexes', async () => {
    await create()
    const title = { type: 'text', tokenizer: 'word' }
    server.collections.get('c')!.indexes.title = { data_type: 'text', params: title }
    server.collections.get('c')!.indexes.year = { data_type: 'integer', params: null }
    const { config } = await openCollection(client(), 'c')
    expect(config.payload_indexes).toEqual({ title, year: 'integer' })
  })
})
