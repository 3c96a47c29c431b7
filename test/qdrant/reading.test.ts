// Reading, counting, deleting and querying points of a fake server: which requests are sent, and what is made of the
// answers.

import { getEventListeners } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { vectorFieldsOf } from '../../src/collection/vector-fields.js'
import { createScorer } from '../../src/index.js'
import { loadCodec } from '../../src/kernel/codec/codec.js'
import {
  type CollectionConfig,
  compare,
  createCollection,
  createLocalCopy,
  createVectorCache,
  openCollection,
  type Point,
  type QdrantCollection,
  sampleQueries,
  sampleSize,
  verify,
} from '../../src/qdrant/index.js'
import { createRequestWriter } from '../../src/qdrant/wire/request-writer.js'
import { writePoint } from '../../src/qdrant/wire/serialize-point.js'
import { createTransport } from '../../src/qdrant/wire/transport.js'
import { createStore } from '../../src/store/index.js'
import { collectionConfigOf, exportPoints, pull, storeConfigOf } from '../../src/transfer/index.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
const vectors = { colbert: { size: 2, distance: 'Dot' } } as const

beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server.close()
})

async function make(config: object = {}, name = 'c'): Promise<QdrantCollection> {
  const collection = await createCollection({ url: server.url }, name, {
    vectors,
    ...config,
  } as CollectionConfig)
  server.requests.length = 0
  return collection
}

const pointsOf = (count: number): (Point & { readonly id: number })[] =>
  Array.from({ length: count }, (_, id) => ({
    id,
    vector: { colbert: [[id, 1]] },
    payload: { id, half: id % 2 },
  }))

async function idsOf(points: AsyncIterable<{ readonly id: unknown }>): Promise<unknown[]> {
  const ids: unknown[] = []
  for await (const { id } of points) ids.push(id)
  return ids
}

const all = (count: number) => Array.from({ length: count }, (_, id) => id)
const bodies = (end: string) => server.requestsTo('POST', end).map(({ body }) => body)

describe('scroll', () => {
  it('reads pages of 512 points, or 32 with vectors, and returns each point once', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(520))
    expect(await idsOf(collection.scroll())).toEqual(all(520))
    expect(bodies('/scroll')).toEqual([
      { limit: 512, with_payload: true, with_vector: false },
      { limit: 512, with_payload: true, with_vector: false, offset: 512 },
    ])
    server.requests.length = 0
    expect(await idsOf(collection.scroll({ with_vector: true, with_payload: false }))).toEqual(all(520))
    expect(bodies('/scroll')).toHaveLength(17)
    expect(bodies('/scroll')[1]).toEqual({ limit: 32, with_payload: false, with_vector: true, offset: 32 })
  })

  it('goes on after a page that ends before point 0', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(3))
    let pages = 0
    server.alter = ({ path }, result) => {
      if (path.endsWith('/scroll') && pages++ === 0) result.next_page_offset = 0
    }
    expect(await idsOf(collection.scroll({ batchPoints: 3 }))).toEqual([0, 1, 2, 0, 1, 2])
  })

  it('keeps within the limits of strict mode, if it is enabled', async () => {
    const strict = { max_query_limit: 7, upsert_max_batchsize: 4 }
    const collection = await make({ strict_mode_config: { enabled: true, ...strict } })
    await collection.upsert(pointsOf(9))
    expect(server.requestsTo('PUT', '/points').map(({ body }) => body.points.length)).toEqual([4, 4, 1])
    await idsOf(collection.scroll())
    expect(bodies('/scroll').map(({ limit }) => limit)).toEqual([7, 7])
    const free = await make({ strict_mode_config: { enabled: false, ...strict } }, 'free')
    await free.upsert(pointsOf(9))
    expect(server.requestsTo('PUT', '/points').map(({ body }) => body.points.length)).toEqual([9])
    await idsOf(free.scroll())
    expect(bodies('/scroll').map(({ limit }) => limit)).toEqual([512])
  })

  it('passes on its filter, and stops when the caller does', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(6))
    const filter = { must: [{ key: 'half', match: { value: 1 } }] }
    expect(await idsOf(collection.scroll({ filter, batchPoints: 2 }))).toEqual([1, 3, 5])
    server.requests.length = 0
    for await (const _ of collection.scroll({ batchPoints: 2 })) break
    expect(bodies('/scroll')).toHaveLength(1)
  })
})

it('vectors may be named as the parts of a vector are', async () => {
  const row = { size: 2, distance: 'Dot' } as const
  const collection = await make({ vectors: { data: row, dim: row, indices: row, values: row } })
  const names = ['data', 'dim', 'indices', 'values']
  const vector = Object.fromEntries(names.map((name, k) => [name, [[k, 1]]]))
  await collection.upsert([{ id: 1, vector }])
  const [point] = await collection.retrieve([1], { with_vector: true })
  const rows = names.map((name, k) => [name, { data: Float32Array.of(k, 1), dim: 2 }])
  expect(point!.vector).toEqual(Object.fromEntries(rows))
})

it('retrieve asks for 512 points at a time, or 32 with vectors', async () => {
  const collection = await make()
  await collection.upsert(pointsOf(600))
  const found = await collection.retrieve(all(600))
  expect(found.map(({ id, payload }) => [id, payload!.id])).toEqual(all(600).map(id => [id, id]))
  expect(bodies('/points').map(({ ids }) => ids.length)).toEqual([512, 88])
  server.requests.length = 0
  const some = await collection.retrieve(all(40), { with_vector: ['colbert'], with_payload: false })
  expect(bodies('/points').map(({ ids }) => ids.length)).toEqual([32, 8])
  expect(some[39]).toEqual({ id: 39, vector: { colbert: { data: Float32Array.of(39, 1), dim: 2 } } })
})

it('count is exact, and deletions are applied when the call returns', async () => {
  const collection = await make()
  await collection.upsert(pointsOf(6))
  const filter = { must: [{ key: 'half', match: { value: 1 } }] }
  expect([await collection.count(), await collection.count(filter)]).toEqual([6, 3])
  expect(bodies('/count')).toEqual([{ exact: true }, { exact: true, filter }])
  await collection.delete([0, 2])
  await collection.delete(filter)
  expect(await collection.count()).toBe(1)
  await collection.delete(all(10_001))
  const deletions = server.requestsTo('POST', '/delete')
  expect(deletions.map(({ query }) => query)).toEqual(Array(4).fill('wait=true'))
  expect(deletions.map(({ body }) => body.points?.length)).toEqual([2, undefined, 10_000, 1])
})

describe('hits', () => {
  it('have the payload and vectors that were asked for', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(3))
    const query = [[1, 0]]
    const [plain] = await collection.query(query)
    expect(plain).toEqual({ id: 2, score: 2, version: 0 })
    expect((await collection.query(query, { with_payload: true }))[0]!.payload).toEqual({ id: 2, half: 0 })
    const [withVector] = await collection.query(query, { with_vector: true })
    expect(withVector).not.toHaveProperty('payload')
    expect(withVector!.vector).toEqual({ colbert: { data: Float32Array.of(2, 1), dim: 2 } })
  })

  it('of a batch are those of the single queries', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(5))
    const queries = [
      { query: [[1, 0]], limit: 2, with_payload: true },
      { query: [[-1, 0]], limit: 1 },
    ]
    const batch = await collection.queryBatch(queries)
    for (const [index, { query, ...options }] of queries.entries()) {
      expect(batch[index]).toEqual(await collection.query(query, options))
    }
    expect(await collection.queryBatch([])).toEqual([])
    server.alter = ({ path }, result) => {
      if (path.endsWith('/batch')) result.pop()
    }
    await expect(collection.queryBatch(queries)).rejects.toThrow('the server returned an unexpected response')
  })

  it.each<[string, object, string]>([
    ['a text in the place of rows', { query: 'dog' }, '"queries[1].query" expected rows, the id of a point'],
    ['null among numbers', { query: [[1, null]] }, '"queries[1].query[0][1]" expected a number, got null'],
    [
      'a wrong prefetch',
      { query: [[1, 0]], prefetch: [{ query: [[1, Number.NaN]] }] },
      '"queries[1].prefetch[0].query[0][1]" expected a finite number, got NaN',
    ],
    ['a wrong limit', { query: [[1, 0]], limit: 0 }, '"queries[1].limit" expected a whole number'],
    ['an unknown option', { query: [[1, 0]], top: 3 }, 'unknown option "queries[1].top"'],
    [
      'wrong rows whose matches are wanted',
      { query: [[1, Number.NaN]], with_matches: true },
      '"queries[1].query[0][1]" expected a finite number, got NaN',
    ],
    [
      'a wrong path',
      { query: [[1, 0]], with_payload: ['a', 'b['] },
      '"queries[1].with_payload[1]" expected a path such as city, ',
    ],
  ])('name the query of a batch that has %s, and send nothing', async (_, wrong, message) => {
    const collection = await make()
    const queries = [{ query: [[1, 0]] }, wrong as never]
    await expect(collection.queryBatch(queries)).rejects.toThrow(message)
    expect(server.requestsTo('POST', '/batch')).toEqual([])
  })

  it("name the text of a batch whose model is not the encoder's", async () => {
    await make({}, 'with-encoder')
    const encoder = { model: 'a', query: () => [[1, 0]], documents: () => [] }
    const collection = await openCollection({ url: server.url }, 'with-encoder', { encoder })
    await expect(
      collection.queryBatch([{ query: { text: 'x' } }, { query: { text: 'x', model: 'b' } }]),
    ).rejects.toThrow('"queries[1].query.model" expected "a"')
  })

  it('of a stored infinity have no score, which names the point', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(2))
    server.alter = ({ path }, result) => {
      if (path.endsWith('/query')) result.points[1].score = null
    }
    await expect(collection.query([[1, 0]])).rejects.toThrow('the score of point 0 is beyond f32')
  })

  it('report the cost of their query', async () => {
    const collection = await make()
    const costs: { readonly seconds: number }[] = []
    const started = performance.now()
    await collection.query([[1, 0]], { onCost: cost => costs.push(cost) })
    expect(costs[0]!.seconds).toBeGreaterThan(0)
    expect(costs[0]!.seconds).toBeLessThanOrEqual((performance.now() - started) / 1000)
    expect(costs).toEqual([
      {
        seconds: expect.any(Number),
        serverSeconds: 0.001,
        bytesSent: server.requests[0]!.text.length,
        bytesReceived: '{"result":{"points":[]},"status":"ok","time":0.001}'.length,
        retries: 0,
      },
    ])
  })
})

describe('an upsert', () => {
  it('fills batches up to their bytes, and sends every point once', async () => {
    const collection = await make()
    for (const batchBytes of [1, 60, 120, 121, 122, 200]) {
      server.requests.length = 0
      await collection.upsert(pointsOf(7), { batchBytes, concurrency: 1, gzip: batchBytes === 60 })
      const sent = server.requestsTo('PUT', '/points')
      expect(sent.flatMap(({ body }) => body.points.map(({ id }: { id: number }) => id))).toEqual(all(7))
      for (const { text, body, headers } of sent) {
        if (body.points.length > 1) expect(text.length).toBeLessThanOrEqual(batchBytes + 2)
        expect(headers['content-encoding']).toBe(batchBytes === 60 ? 'gzip' : undefined)
      }
    }
  })

  it('sends batches of 256 points or 4,000,000 bytes, unless told otherwise', async () => {
    const collection = await make()
    const sizes = async (points: readonly Point[]) => {
      server.requests.length = 0
      await collection.upsert(points, { concurrency: 1 })
      return server.requestsTo('PUT', '/points').map(({ body }) => body.points.length)
    }
    expect(await sizes(pointsOf(257))).toEqual([256, 1])
    const large = (bytes: number, id: number) => ({
      ...pointsOf(1)[0]!,
      id,
      payload: { text: 'x'.repeat(bytes) },
    })
    expect(await sizes([1_999_000, 1_999_000, 3000].map(large))).toEqual([2, 1])
  })

  it('refuses a vector of 2^20 numbers, one more than the server takes', async () => {
    const collection = await make({ vectors: { colbert: { size: 65_536, distance: 'Dot' } } })
    const document = { data: new Float32Array(16 * 65_536), dim: 65_536 }
    await expect(collection.upsert([{ id: 1, vector: { colbert: document } }])).rejects.toThrow(
      new RangeError(
        '"point 1.vector.colbert" expected at most 15 rows of 65536 numbers (Qdrant accepts 1048575 numbers per vector), got 16; split the document',
      ),
    )
  })

  it('refuses a point that is larger than a request, and sends nothing of a wrong point', async () => {
    const collection = await make()
    const large = { id: 5, vector: { colbert: [[1, 1]] }, payload: { text: 'x'.repeat(33_554_432) } }
    await expect(collection.upsert([large])).rejects.toMatchObject({
      name: 'RangeError',
      message: expect.stringMatching(
        /^point 5 takes 33554\d{3} bytes of JSON, and Qdrant accepts at most 33553408; shorten its payload or split it$/,
      ),
    })
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    const wrong = { id: 2, vector: { colbert: [[1, 1]] }, payload: cycle }
    await expect(collection.upsert([...pointsOf(2), wrong])).rejects.toThrow(
      '"point 2.payload" cannot be written',
    )
    expect(server.requestsTo('PUT', '/points')).toEqual([])
  })
})

it('a point that is refused leaves the body of the request as it was', async () => {
  const fields = vectorFieldsOf({
    colbert: { size: 2, distance: 'Dot', multivector_config: { comparator: 'max_sim' } },
  })
  const body = createRequestWriter(await loadCodec())
  const good = { id: 1, vector: { colbert: [[1, 2]] } }
  expect(writePoint(body, good, 1, fields, false)).toBe(1)
  const before = new TextDecoder().decode(body.view())
  for (const wrong of [
    { ...good, vector: { colbert: [[1, Number.NaN]] } },
    { ...good, payload: { text: '\ud83d' } },
  ]) {
    expect(() => writePoint(body, wrong, 2, fields, true)).toThrow('"point 2.')
    expect(new TextDecoder().decode(body.view())).toBe(before)
  }
})

describe('connections', () => {
  it('leave no listener on the signal and no timer', async () => {
    const collection = await make()
    const { signal } = new AbortController()
    const [started, cleared] = [vi.spyOn(globalThis, 'setTimeout'), vi.spyOn(globalThis, 'clearTimeout')]
    await collection.count(undefined, { signal })
    expect(getEventListeners(signal, 'abort')).toEqual([])
    const limits = started.mock.results.filter(
      (_, k) => started.mock.calls[k]![1] === 60_000 || Number(started.mock.calls[k]![1]) > 59_000,
    )
    expect(limits).toHaveLength(1)
    expect(cleared.mock.calls.map(([timer]) => timer)).toContain(limits[0]!.value)
  })

  it('take a URL with slashes at its end, and send no empty key', async () => {
    await make()
    const collection = await createCollection(
      { url: `${server.url}//`, apiKey: '' },
      'a b%/ü'.replace('/', ''),
      { vectors },
    )
    expect(server.requests.map(({ path }) => path)).toContain('/collections/a%20b%25%C3%BC')
    expect(server.requests.every(({ path }) => !path.startsWith('//'))).toBe(true)
    expect(server.requests.every(({ headers }) => headers['api-key'] === undefined)).toBe(true)
    expect(server.collections.has(collection.name)).toBe(true)
  })

  it.each([
    [507, 950, 1100],
    [504, 40, 120],
  ])('are tried again after status %i, no sooner than %i ms', async (status, least) => {
    let isFirst = true
    server.intercept = () => {
      if (!isFirst) return undefined
      isFirst = false
      return { status, error: 'later' }
    }
    const started = performance.now()
    await createTransport({ url: server.url }).send({ method: 'GET', path: '/' })
    expect(performance.now() - started).toBeGreaterThanOrEqual(least)
  })
})

describe('info and verify', () => {
  it('count shards once, and name replicas that are not active', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(3))
    server.alter = ({ path }, result) => {
      if (!path.endsWith('/cluster')) return
      result.remote_shards = [
        { shard_id: 0, state: 'Dead' },
        { shard_id: 1, state: 'Active' },
      ]
    }
    expect(await collection.info()).toMatchObject({ shards: 2, replicas: 3, active: 2, points: 3, queued: 0 })
    const { placement, notes } = await verify(collection, [[[1, 0]]])
    expect(placement).toEqual({ shards: 2, replicas: 3, active: 2 })
    expect(notes).toEqual([
      '1 of 3 shard replicas are not active: hits come from the others',
      'shards have several replicas: one that lags behind shows as a stale document or a missed point',
      '2 shards: each of them rescores its own candidates of a prefetch before they are merged',
    ])
  })

  it('judge float16 as the CPU and the version of the server compute it', async () => {
    const collection = await make({ vectors: { colbert: { size: 2, distance: 'Dot', datatype: 'float16' } } })
    await collection.upsert(pointsOf(2))
    expect((await verify(collection, [[[1, 0]]])).bound).not.toContain('halves')
    server.alter = ({ path }, result) => {
      if (path === '/telemetry') result.app.system.cpu_flags = 'neon,fp16'
    }
    expect((await verify(collection, [[[1, 0]]])).bound).toContain('sums in halves, as ARM computes them')
    const old = await startFakeQdrant('1.18.3')
    const older = await createCollection({ url: old.url }, 'c', collection.config as never)
    await older.upsert(pointsOf(2))
    expect((await verify(older, [[[1, 0]]])).bound).toContain('products in halves, as servers before 1.19')
    old.intercept = ({ path }) => (path === '/telemetry' ? { status: 403, error: 'forbidden' } : undefined)
    expect((await verify(older, [[[1, 0]]])).notes[0]).toMatch(
      /^the server does not report its CPU \(GET \/telemetry answered 403: forbidden.*\); x86 is assumed$/,
    )
    await old.close()
  })

  it('take Cosine rows as right up to the rounding of their length, and leave rows of length 1 as they are', async () => {
    const collection = await make({ vectors: { colbert: { size: 3, distance: 'Cosine' } } })
    const near = [0.6, 0.8, 0.0005]
    await collection.upsert([{ id: 1, vector: { colbert: [near, [1, 2, 3]] } }])
    const stored = server.collections.get('c')!.points.get('1')!.vector.colbert as number[][]
    // the last bits of a length depend on the order of the sum
    stored[1] = stored[1]!.map(value => Math.fround(value * (1 + 2 ** -23)))
    // Qdrant does not divide a row whose squared length is within 1e-6 of 1
    stored[0] = near.map(Math.fround)
    const source = new Map([[1, [near, [1, 2, 3]]]])
    expect(await verify(collection, [[[1, 0, 0]]], { source })).toMatchObject({ documents: [] })
  })

  it('free the scorer that they made, and not the one that was given', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(3))
    const scorer = await createScorer()
    const dispose = vi.spyOn(scorer, 'dispose')
    await verify(collection, [[[1, 0]]], { scorer })
    const copy = await createLocalCopy(collection, { scorer })
    copy.dispose()
    expect(dispose).not.toHaveBeenCalled()
    scorer.score([[1, 0]], [[1, 0]])
    scorer.dispose()
  })
})

describe('samples', () => {
  it('have at most 32 rows, of the first points, and read no more than they need', async () => {
    const collection = await make()
    const rows = (count: number) => Array.from({ length: count }, (_, k) => [k, 1])
    await collection.upsert([
      { id: 0, vector: {} },
      ...[33, 2, 4].map((count, k) => ({ id: k + 1, vector: { colbert: rows(count) }, payload: { k } })),
    ])
    const queries = await sampleQueries(collection, 2)
    expect(queries.map(({ id, vector }) => [id, vector.data.length])).toEqual([
      [1, 64],
      [2, 4],
    ])
    expect(bodies('/scroll').map(({ limit }) => limit)).toEqual([2, 2])
    expect(await sampleSize(collection, 3)).toEqual({
      points: 3,
      rows: { colbert: 35 / 3 },
      payloadBytes: (2 + 7 + 7) / 3,
    })
  })
})

describe('a comparison', () => {
  it('times each round but the first, and states how many times slower the server is', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(4))
    const copy = await createLocalCopy(collection)
    const queries = [[[1, 0]], [[0, 1]]]
    const comparison = await compare(collection, copy, queries, { rounds: 3 })
    expect([comparison.server.seconds.length, comparison.local.seconds.length]).toEqual([6, 6])
    expect(bodies('/points/query')).toHaveLength(8)
    expect(comparison.ratio).toBe(comparison.server.median / comparison.local.median)
    expect(comparison.server.bytesSent).toBeGreaterThan(comparison.local.bytesSent)
    expect(comparison.server.serverMedian).toBe(0.001)
    copy.dispose()
  })

  it('does not agree if only one side has a good result', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(4))
    const copy = await createLocalCopy(collection)
    await collection.delete([3])
    expect(await compare(collection, copy, [[[1, 0]]], { rounds: 1, limit: 2 })).toMatchObject({
      agrees: false,
      overlap: 0.5,
    })
    copy.dispose()
  })

  it('leaves out documents without rows', async () => {
    const collection = await make()
    await collection.upsert(pointsOf(2))
    server.alter = ({ path }, result) => {
      if (path.endsWith('/scroll')) result.points[0].vector.colbert = []
    }
    const copy = await createLocalCopy(collection)
    expect(await copy.count()).toBe(1)
    copy.dispose()
  })
})

it('a cache may have documents of points that the server does not have now', async () => {
  const collection = await make({
    vectors: { ...vectors, dense: { size: 2, distance: 'Dot', multivector_config: null } },
  })
  await collection.upsert([1, 2].map(id => ({ id, vector: { colbert: [[id, 1]], dense: [id, 1] } })))
  const cache = createVectorCache({ maxBytes: 1e6 })
  const options = { using: 'colbert', cache, prefetch: { query: [1, 0], using: 'dense' } }
  await collection.rerank([[1, 0]], options)
  // the point disappears between the two requests
  server.alter = ({ path, body }, result) => {
    if (path.endsWith('/query') && body.using === 'colbert')
      result.points = result.points.filter(({ id }: { id: number }) => id !== 2)
  }
  expect((await collection.rerank([[1, 0]], options)).map(({ id }) => id)).toEqual([1])
})

describe('transfers', () => {
  it('convert configurations in both directions', async () => {
    const collection = await make({
      vectors: {
        half: { size: 2, distance: 'Dot', datatype: 'float16' },
        byte: { size: 2, distance: 'Euclid', datatype: 'uint8' },
        dense: { size: 2, distance: 'Cosine', multivector_config: null },
      },
    })
    expect(storeConfigOf(collection)).toEqual({
      vectors: {
        half: { size: 2, distance: 'Dot', datatype: 'float16' },
        byte: { size: 2, distance: 'Euclid', datatype: 'float32' },
        dense: { size: 2, distance: 'Cosine', datatype: 'float32', multivector_config: null },
      },
    })
    const store = {
      config: {
        vectors: {
          half: {
            size: 2,
            distance: 'Dot',
            datatype: 'float16',
            on_disk: true,
            multivector_config: { comparator: 'max_sim' },
          },
          bits: { size: 2, distance: 'Cosine', datatype: 'binary' },
        },
      },
    } as never
    expect(collectionConfigOf(store)).toEqual({
      vectors: {
        half: { size: 2, distance: 'Dot', datatype: 'float16', on_disk: true },
        bits: { size: 2, distance: 'Cosine', multivector_config: null },
      },
    })
  })

  it('copy the vectors that the store has, and export points with the vector', async () => {
    const both = { ...vectors, other: { size: 2, distance: 'Dot' } } as const
    const collection = await make({ vectors: both })
    await collection.upsert([
      { id: 1, vector: { colbert: [[1, 2]], other: [[3, 4]] }, payload: { a: 1 } },
      { id: 2, vector: { other: [[5, 6]] } },
    ])
    const store = await createStore({ vectors })
    const progress: number[] = []
    expect(await pull(collection, store, { onProgress: points => progress.push(points) })).toMatchObject({
      points: 2,
    })
    expect(progress).toEqual([2])
    const [point] = await store.retrieve([1], { with_vector: true })
    expect(point).toEqual({
      id: 1,
      payload: { a: 1 },
      vector: { colbert: { data: Float32Array.of(1, 2), dim: 2 } },
    })
    const exported = []
    for await (const each of exportPoints(collection.scroll({ with_vector: true }), both, 'colbert'))
      exported.push(each)
    expect(exported).toEqual([{ id: 1, payload: { a: 1 }, vector: { data: Float32Array.of(1, 2), dim: 2 } }])
    await store.close()
  })
})
