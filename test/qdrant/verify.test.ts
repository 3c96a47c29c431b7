// `verify` against a fake server that plants faults: each is named, and what was not judged is not called right.

import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { MultiVector } from '../../src/index.js'
import {
  type CollectionConfig,
  createCollection,
  createLocalCopy,
  type PointId,
  type QdrantCollection,
  type VerifyOptions,
  verify,
} from '../../src/qdrant/index.js'
import { createStore } from '../../src/store/index.js'
import { type FakeQdrant, type FakeRequest, startFakeQdrant } from '../support/fake-qdrant.js'
import { random as createRandom, randomRows } from '../support/random.js'

let server: FakeQdrant
const DIM = 4

beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(() => server.close())

const DISTANCES = ['Dot', 'Cosine', 'Euclid', 'Manhattan'] as const
const random = createRandom(11)
const rowsOf = (rows: number) => randomRows(random, rows, DIM)
const documents: ReadonlyMap<PointId, MultiVector> = new Map(
  Array.from({ length: 40 }, (_, id) => [id, rowsOf(1 + (id % 4))]),
)
const queries = [rowsOf(3), rowsOf(2)]

async function filled(vector: object = {}, source = documents): Promise<QdrantCollection> {
  const vectors = { colbert: { size: DIM, distance: 'Dot', ...vector } } as CollectionConfig['vectors']
  const collection = await createCollection({ url: server.url }, 'c', { vectors }, { ifExists: 'recreate' })
  await collection.upsert([...source].map(([id, rows]) => ({ id, vector: { colbert: rows } })))
  return collection
}

interface Result {
  readonly points: { id: number; score: number; vector: { colbert: number[][] } }[]
  count: number
}

/** Alters the results of requests whose path ends so. */
function alter(pathEnd: string, change: (result: Result, request: FakeRequest) => void): void {
  server.alter = (request, result) => {
    if (request.path.endsWith(pathEnd)) change(result, request)
  }
}

const check = (collection: QdrantCollection, options: VerifyOptions = {}) =>
  verify(collection, queries, { limit: 5, ...options })

describe('a right collection has no fault', () => {
  it.each(DISTANCES)('with %s', async distance => {
    const collection = await filled({ distance })
    expect(await check(collection, { source: documents })).toMatchObject({
      ok: true,
      judged: true,
      hits: 10,
      disagreements: 0,
      scanned: 40,
      recall: 1,
      order: [],
      missed: [],
      documents: [],
      problems: [],
      notes: [],
      version: '1.19.0',
      placement: { shards: 1, replicas: 1, active: 1 },
    })
  })

  it.each(DISTANCES)(
    'with %s of bytes, whose rows the server does not divide by their lengths',
    async distance => {
      const bytes = new Map(Array.from({ length: 8 }, (_, id) => [id + 1, [[id, 3, 200 - id, 1], [9, id, 1, 0]]])) // biome-ignore format: one line
      const collection = await filled({ distance, datatype: 'uint8' }, bytes)
      const query = [[1, 2, 0, 250]] // biome-ignore format: one line
      const report = await verify(collection, [query], { limit: 5, source: bytes })
      expect(report).toMatchObject({ ok: true, judged: true, hits: 5, scanned: 8, recall: 1, problems: [] })
      const using = 'colbert'
      const found = await collection.query(query, { using, limit: 3 })
      const copy = await createLocalCopy(collection)
      const reranked = await collection.rerank(query, { using, limit: 3, with_matches: true })
      for (const hits of [await copy.query(query, { limit: 3 }), reranked]) {
        expect(hits.map(({ id }) => id)).toEqual(found.map(({ id }) => id))
        for (const [i, { score }] of hits.entries()) expect(score).toBeCloseTo(found[i]!.score, 4)
      }
      // a row of the query adds its best similarity, so that of one row is the score, with the sign of a distance
      for (const { score, matches } of reranked)
        expect(Math.abs(matches![0]!.similarity)).toBeCloseTo(score, 4)
      copy.dispose()
    },
  )

  it.each([{ hnsw_ef: 4 }, {}, { indexed_only: true }, { quantization: { rescore: false } }])(
    'with the parameters %j, and is judged',
    async params => {
      const report = await check(await filled(), { params })
      expect(report).toMatchObject({ ok: true, judged: true, recall: 1 })
      expect(server.requestsTo('POST', '/query')[0]!.body.params).toEqual(params)
    },
  )
})

describe('a fault is found', () => {
  it.each(DISTANCES)('if a score is wrong, with the first query row that differs: %s', async distance => {
    const collection = await filled({ distance })
    let wrong: number | undefined
    alter('/points/query', ({ points }) => {
      wrong ??= points[1]!.id
      for (const point of points) if (point.id === wrong) point.score *= 1.001
    })
    const report = await check(collection)
    expect(report).toMatchObject({ ok: false, judged: true })
    const found = report.checks.filter(({ ok }) => ok === false)
    expect(report.disagreements).toBe(found.length)
    expect(found[0]).toMatchObject({ query: 0, rank: 1, id: wrong, row: 0 })
    expect(report.maxRatio).toBeGreaterThan(1)
    expect(report.maxDifference).toBe(Math.max(...report.checks.map(({ difference }) => difference)))
    const largest = report.checks.find(({ difference }) => difference === report.maxDifference)
    expect(report.allowedDifference).toBe(largest?.bound)
    expect(report.allowedDifference).toBeLessThan(report.maxDifference)
  })

  it('if a later query row is scored wrongly', async () => {
    const collection = await filled()
    const second = Array.from(queries[0]!.data.subarray(DIM, 2 * DIM), value => value.toFixed(4)).join()
    alter('/points/query', ({ points }, { body }) => {
      const rows = body.query as number[][]
      if (rows.some(row => row.map(value => value.toFixed(4)).join() === second)) points[0]!.score += 1
    })
    const report = await check(collection)
    expect(report.checks.filter(({ ok }) => ok === false)).toMatchObject([{ query: 0, rank: 0, row: 1 }])
  })

  it.each(DISTANCES)('if hits are in the wrong order: %s', async distance => {
    const collection = await filled({ distance })
    alter('/points/query', ({ points }) => void points.splice(0, 2, points[1]!, points[0]!))
    const report = await check(collection)
    expect(report).toMatchObject({ ok: false, disagreements: 0, missed: [] })
    const [first, second] = report.checks
    expect(report.order[0]).toEqual({
      query: 0,
      worse: first!.id,
      better: second!.id,
      gap: Math.abs(first!.local - second!.local),
    })
    expect(report.order).toHaveLength(2)
  })

  it('if a query has fewer hits than it asked for, which is every other point', async () => {
    const collection = await filled()
    alter('/query', result => void result.points.splice(3))
    const report = await verify(collection, [queries[0]!], { limit: 5 })
    expect(report).toMatchObject({ ok: false, hits: 3 })
    const hits = report.checks.map(({ id }) => id)
    expect(report.missed.map(({ id }) => id)).toEqual([...documents.keys()].filter(id => !hits.includes(id)))
  })

  it.each(DISTANCES)('if points were missed, whatever the parameters: %s', async distance => {
    const collection = await filled({ distance })
    const exact = await check(collection)
    const best = exact.checks.filter(({ query }) => query === 0).map(({ id }) => id)
    // the server returns the worst points
    server.alter = (request, result) => {
      if (!request.path.endsWith('/query') || request.body.filter) return
      result.points.splice(0, 1)
    }
    for (const params of [undefined, {}, { hnsw_ef: 4 }, { exact: false }]) {
      const report = await check(collection, { limit: 4, ...(params && { params }) })
      expect(report, JSON.stringify(params)).toMatchObject({ ok: false, judged: true, recall: 6 / 8 })
      // each query has three hits of four, so every other point is missed
      expect(report.missed.filter(({ query }) => query === 0)[0]?.id, JSON.stringify(params)).toBeDefined()
      expect(report.missed.map(({ id }) => id)).toContain(best[0])
    }
  })

  it('if a worse point took the place of a better one', async () => {
    const collection = await filled()
    const right = await check(collection)
    const sixth = (await check(collection, { limit: 6 })).checks[5]!
    alter('/points/query', ({ points }, { body }) => {
      if (body.limit !== 6 || body.filter) return
      points.splice(2, 1)
    })
    server.intercept = request => {
      if (request.path.endsWith('/query') && request.body.limit === 5) request.body.limit = 6
      return undefined
    }
    const report = await verify(collection, [queries[0]!], { limit: 5 })
    expect(report).toMatchObject({ ok: false, disagreements: 0, recall: 0.8 })
    expect(report.missed).toEqual([
      { query: 0, id: right.checks[2]!.id, local: right.checks[2]!.local, lastScore: sixth.local },
    ])
  })

  it('if an id is returned twice by a query, or by a scroll', async () => {
    const collection = await filled()
    let twice = -1
    alter('/points/query', ({ points }) => {
      if (twice < 0) twice = points[0]!.id
      points.splice(1, 0, ...points.filter(({ id }) => id === twice))
    })
    const report = await verify(collection, [queries[0]!], { limit: 3, scan: false })
    expect(report).toMatchObject({ ok: false, documents: [{ id: twice, fault: 'duplicate' }] })
    // with other rows the second time, as shards may have them
    const [first] = await collection.query([[1, 0, 0, 0]], { limit: 1, using: 'colbert' })
    alter('/points/query', ({ points }) => {
      const point = points.find(({ id }) => id === first!.id)
      if (point)
        points.push({ ...point, vector: { colbert: [...point.vector.colbert, point.vector.colbert[0]!] } })
    })
    const inShards = await verify(collection, [[[1, 0, 0, 0]]], { limit: 3 })
    expect(inShards.documents).toEqual([{ id: first!.id, fault: 'duplicate' }])
    alter('/points/scroll', ({ points }) => void points.push(points.at(-1)!))
    expect((await check(collection)).documents).toContainEqual({ id: 31, fault: 'duplicate' })
  })

  it('if queries return other rows of a document than the scan, each time', async () => {
    const collection = await filled()
    const [first, second] = (await check(collection)).checks
    // the hits of the first query have each other's ids
    alter('/points/query', ({ points }, { body }) => {
      if (body.query.length < 3) return
      const [a, b] = points
      ;[a!.id, b!.id] = [b!.id, a!.id]
    })
    const report = await check(collection)
    expect(report).toMatchObject({ ok: false, disagreements: 0, order: [], missed: [], problems: [] })
    expect(report.documents).toHaveLength(2)
    for (const { id } of [first!, second!]) {
      expect(report.documents).toContainEqual({ id, fault: 'inconsistent', row: 0 })
    }
    // without a scan there is nothing to compare with
    expect(await check(collection, { scan: false })).toMatchObject({ ok: true })
  })

  it('if one of two queries returns rows in another order, which have the same score', async () => {
    const collection = await filled()
    const { id } = (await check(collection)).checks[0]!
    alter('/points/query', ({ points }) => {
      for (const point of points) {
        if (point.id === id) point.vector = { colbert: [...point.vector.colbert].reverse() }
      }
    })
    const rows = documents.get(id) as { data: Float32Array; dim: number }
    const expected = rows.data.length > DIM ? [{ id, fault: 'inconsistent', row: 0 }] : []
    expect((await check(collection)).documents).toEqual(expected)
  })

  it('if replicas differ, also if a repeated query would be right', async () => {
    const collection = await filled()
    const [best] = (await check(collection)).checks
    let asked = 0
    server.alter = ({ path }, result) => {
      if (path.endsWith('/cluster')) result.local_shards.push({ shard_id: 0, state: 'Active' })
      if (path.endsWith('/points/query') && asked++ === 0) result.points.shift()
    }
    const report = await verify(collection, [queries[0]!], { limit: 5 })
    expect(report.ok).toBe(false)
    expect(report.missed.map(({ id }) => id)).toContain(best!.id)
    expect(asked).toBe(1)
  })

  it.each<[string, object, VerifyOptions['params']?]>([
    ['a graph', { hnsw_config: { m: 16 } }],
    ['indexed segments only', {}, { indexed_only: true }],
    ['quantized candidates', { quantization_config: { binary: {} } }, { quantization: { rescore: true } }],
  ])('if a search of %s misses a point that it finds when it is repeated', async (_, vector, params) => {
    const collection = await filled(vector)
    const options = { limit: 5, scan: true, ...(params && { params }) }
    const [best] = (await verify(collection, [queries[0]!], options)).checks
    let asked = 0
    alter('/points/query', ({ points }) => {
      if (asked++ === 0) points.shift()
    })
    const report = await verify(collection, [queries[0]!], options)
    expect(report.ok).toBe(false)
    expect(report.missed.map(({ id }) => id)).toContain(best!.id)
  })

  it('if the server counts other points than can be read', async () => {
    const collection = await filled()
    alter('/count', result => {
      result.count = 94
    })
    expect(await check(collection)).toMatchObject({
      ok: false,
      scanned: 40,
      problems: [
        'the server counts 94 points, and 40 can be read: shards may have the same ids, or a replica may be behind',
      ],
    })
    let count = 50
    alter('/count', result => {
      result.count = count++
    })
    expect(await check(collection)).toMatchObject({
      ok: true,
      problems: [],
      notes: ['the collection changed meanwhile: it had 50 points, then 51'],
    })
    const stop = new AbortController()
    let counts = 0
    alter('/count', result => {
      result.count = 94
      if (++counts === 2) stop.abort(new Error('enough'))
    })
    await expect(check(collection, { signal: stop.signal })).rejects.toThrow('enough')
  })

  it('if a stored number is not finite, with the point and its row', async () => {
    const collection = await filled()
    alter('/points/scroll', ({ points }) => {
      for (const { id, vector } of points) if (id === 5) vector.colbert[1]![2] = null as never
    })
    const report = await check(collection)
    expect(report.ok).toBe(false)
    expect(report.documents).toEqual([{ id: 5, fault: 'not finite', row: 1 }])
  })
})

describe('a collection that changes while it is verified has no fault', () => {
  /** Changes the collection between the queries and the scan. */
  const meanwhile = (change: () => unknown) => {
    server.intercept = async ({ path }) => {
      if (!path.endsWith('/count')) return
      server.intercept = () => undefined
      await change()
    }
  }
  const note = (count: string) =>
    `the collection changed meanwhile: ${count} contradicted a query, and not its repetition`

  it.each(DISTANCES)('if a point becomes the best: %s', async distance => {
    const collection = await filled({ distance })
    const { id } = (await check(collection, { limit: 40 })).checks[39]!
    meanwhile(() => collection.upsert([{ id, vector: { colbert: queries[0]! } }]))
    const report = await verify(collection, [queries[0]!], { limit: 5 })
    expect(report).toMatchObject({ ok: true, missed: [], documents: [], notes: [note('1 point')] })
  })

  it('if hits get other rows', async () => {
    const collection = await filled()
    const [first, second] = (await check(collection)).checks
    meanwhile(() =>
      collection.upsert(
        [first!, second!].map(({ id }) => ({
          id,
          vector: { colbert: [...Array(3)].map(() => [5, 5, 5, 5]) },
        })),
      ),
    )
    const report = await verify(collection, [queries[0]!], { limit: 5 })
    expect(report).toMatchObject({ ok: true, documents: [] })
    expect(report.notes[0]).toMatch(/^the collection changed meanwhile/)
  })
})

describe('documents are compared with a source', () => {
  it.each(DISTANCES)('and each difference is named: %s', async distance => {
    const collection = await filled({ distance })
    const rows = (id: number) => documents.get(id)! as { data: Float32Array; dim: number }
    const put = (id: number, data: Float32Array) =>
      collection.upsert([{ id, vector: { colbert: { data, dim: DIM } } }])
    await put(3, rows(4).data)
    await put(
      5,
      rows(5).data.map((value, k) => (k === 5 ? value + 0.01 : value)),
    )
    await put(7, rows(7).data.slice(0, 2 * DIM))
    await put(11, new Float32Array([...rows(11).data, 1, 2, 3, 4]))
    await put(99, rows(1).data)
    await collection.delete([8])
    const report = await check(collection, { source: documents })
    expect(report).toMatchObject({ ok: false, disagreements: 0, missed: [] })
    expect(report.documents).toEqual([
      { id: 8, fault: 'missing' },
      { id: 3, fault: 'swapped', row: 0, other: 4 },
      { id: 5, fault: 'stale', row: 1 },
      { id: 7, fault: 'truncated', row: 2 },
      { id: 11, fault: 'stale', row: 4 },
      { id: 99, fault: 'unknown' },
    ])
    // without a scan, only hits are compared
    const seen = (await check(collection, { source: documents, scan: false })).documents
    expect(seen.length).toBeLessThan(6)
    expect(seen.map(({ fault }) => fault)).not.toContain('missing')
  })

  it('and only by their numbers of rows if codes are stored', async () => {
    const rows = (count: number, value: number) =>
      Array.from({ length: count }, (_, row) => [value, row, 0, 1])
    const stored = new Map<PointId, MultiVector>([
      [1, rows(2, 5)],
      [2, rows(3, 6)],
      [3, rows(2, 7)],
    ])
    const source = new Map<PointId, MultiVector>([
      [1, rows(3, 5)],
      [2, rows(2, 6)],
      [3, rows(2, 8)],
    ])
    const { documents } = await check(await filled({ datatype: 'turbo4' }, stored), { source })
    expect(documents).toEqual([
      { id: 1, fault: 'truncated', row: 2 },
      { id: 2, fault: 'stale', row: 2 },
    ])
  })

  it('and another distance is a problem', async () => {
    const source = await createStore({ vectors: { colbert: { size: DIM, distance: 'Dot' } } })
    await source.upsert([...documents].map(([id, rows]) => ({ id, vector: { colbert: rows } })))
    expect(await check(await filled(), { source })).toMatchObject({ ok: true, problems: [], notes: [] })
    expect(await check(await filled({ distance: 'Euclid' }), { source })).toMatchObject({
      ok: false,
      documents: [],
      problems: ['the source compares by Dot, the collection by Euclid'],
    })
    expect(await check(await filled({ datatype: 'float16' }), { source })).toMatchObject({
      notes: ['the source stores float32, the collection float16'],
    })
    await source.close()
  })

  it('and numbers that uint8 loses are a problem', async () => {
    const source = await createStore({ vectors: { colbert: { size: DIM, distance: 'Dot' } } })
    const whole = new Map([[1, [[1, 2, 3, 4]]]])
    const small = new Map([[1, [[0.1, 0.2, 0.3, 0.4]]]])
    const collection = await filled({ datatype: 'uint8' }, new Map())
    const load = async (points: ReadonlyMap<number, number[][]>) => {
      await source.upsert([...points].map(([id, rows]) => ({ id, vector: { colbert: rows } })))
      const stored = [...points].map(([id, rows]) => ({
        id,
        vector: { colbert: rows.map(row => row.map(Math.floor)) },
      }))
      await collection.upsert(stored)
    }
    await load(whole)
    expect(await check(collection, { source })).toMatchObject({
      ok: true,
      problems: [],
      notes: ['the source stores float32, the collection uint8'],
    })
    await load(small)
    expect(await check(collection, { source })).toMatchObject({
      ok: false,
      documents: [{ id: 1, fault: 'zeros' }],
      problems: ['the source stores float32, the collection uint8, which changed the numbers of 1 document'],
      notes: expect.not.arrayContaining(['the source stores float32, the collection uint8']),
    })
    expect(await check(collection, { source: small })).toMatchObject({
      ok: false,
      documents: [{ id: 1, fault: 'zeros' }],
    })
    expect(await check(collection)).toMatchObject({ ok: false, documents: [{ id: 1, fault: 'zeros' }] })
    await source.close()
  })

  it('and zeros are no fault if the source has zeros, or if there is none', async () => {
    const zeros = new Map<PointId, MultiVector>([
      [1, [[0, 0, 0, 0]]],
      [2, [[1, 0, 0, 0]]],
    ])
    const collection = await filled({}, zeros)
    expect(await check(collection, { source: zeros })).toMatchObject({ ok: true, notes: [] })
    expect(await check(collection)).toMatchObject({
      ok: true,
      documents: [],
      notes: ['1 document consists of zeros only'],
    })
  })
})

describe('what was not judged is not called right', () => {
  const quantization_config = { binary: { always_ram: true } }

  it.each([
    ['of the vector', { quantization_config }, {}],
    ['of the collection', {}, { quantization_config }],
  ])('quantized scores, with the recall of the exact best: quantization %s', async (_, vector, config) => {
    const vectors = { colbert: { size: DIM, distance: 'Dot', ...vector } } as CollectionConfig['vectors']
    const collection = await createCollection({ url: server.url }, 'c', { vectors, ...config } as never)
    await collection.upsert([...documents].map(([id, rows]) => ({ id, vector: { colbert: rows } })))
    if ('quantization_config' in config) {
      server.alter = (request, result) => {
        if (request.path === '/collections/c') result.config.quantization_config = quantization_config
      }
    }
    expect(await check(collection)).toMatchObject({ ok: true, judged: true, recall: 1 })
    expect(await check(collection, { params: { quantization: { rescore: true } } })).toMatchObject({
      ok: true,
    })
    expect(await check(collection, { params: { exact: true } })).toMatchObject({ ok: true })
    const earlier = server.alter
    server.alter = (request, result) => {
      earlier(request, result)
      if (!request.path.endsWith('/query')) return
      for (const point of result.points) point.score += 100
      result.points.splice(0, 2)
    }
    const exact = await check(collection, { limit: 7 })
    expect(exact.ok).toBe(false)
    for (const params of [{}, { hnsw_ef: 10 }, { quantization: { rescore: false } }]) {
      const report = await check(collection, { limit: 7, params })
      expect(report).toMatchObject({ judged: false, disagreements: 0, order: [], recall: 10 / 14 })
      expect(report.ok).toBeUndefined()
      expect(report.checks.every(({ ok, bound }) => ok === undefined && bound === Infinity)).toBe(true)
      expect(report.missed).toHaveLength(4)
      expect(report.maxDifference).toBeGreaterThan(99)
      expect(report.notes).toEqual(['not judged: the scores come from quantized vectors'])
    }
    // faults of documents are faults nevertheless
    expect((await check(collection, { params: {}, source: new Map([[1, [[1, 2, 3, 4]]]]) })).ok).toBe(false)
  })

  it('a point that is as good as a hit, of which there are enough', async () => {
    const one = [[1, 0, 0, 0]]
    const equal = new Map([0, 1, 2, 3].map(id => [id, one] as const))
    const collection = await filled({ quantization_config }, equal)
    const missed = async (kept: (id: number) => boolean) => {
      alter('/points/query', result => {
        result.points.splice(0, result.points.length, ...result.points.filter(({ id }) => kept(id)))
      })
      server.requests.length = 0
      const report = await verify(collection, [one], { limit: 3, params: {} })
      // no hit is called wrong, so none is looked at row by row
      expect(server.requestsTo('POST', '/points/query')).toHaveLength(1)
      return [report.recall, report.missed.map(({ id }) => id)]
    }
    server.intercept = request => {
      if (request.path.endsWith('/points/query')) request.body.limit = 4
      return undefined
    }
    // the best that were read first are 0, 1 and 2
    expect(await missed(id => id !== 0)).toEqual([1, []])
    expect(await missed(id => id > 1)).toEqual([2 / 3, [0]])
  })

  it('turbo4 codes', async () => {
    const report = await check(await filled({ datatype: 'turbo4' }))
    expect(report).toMatchObject({ judged: false, recall: 1, missed: [] })
    expect(report.ok).toBeUndefined()
    expect(report.notes).toEqual(['not judged: turbo4 codes cannot be read back as they are scored'])
  })

  it('a collection without hits', async () => {
    const report = await check(await filled({}, new Map()))
    expect(report).toMatchObject({ hits: 0, scanned: 0, recall: undefined })
    expect(report.ok).toBeUndefined()
    expect(report.notes).toEqual(['not judged: nothing was compared, because there are no hits'])
  })

  it('an empty list of queries, of which nothing was compared', async () => {
    const collection = await filled()
    await expect(verify(collection, [])).rejects.toThrow('"queries" expected at least one query, got none')
    expect(await verify(collection, [], { source: documents })).toMatchObject({
      ok: true,
      hits: 0,
      queries: 0,
    })
    const report = await verify(collection, [], { source: documents, scan: false })
    expect(report.ok).toBeUndefined()
  })
})

it('points are read for missed ones up to 10,000, or if `scan` is set', async () => {
  const collection = await filled()
  alter('/count', result => {
    result.count = 10_001
  })
  const report = await check(collection)
  expect(report).toMatchObject({ ok: true, scanned: 0, recall: undefined })
  expect(report.notes).toEqual(['missed points were not searched for: pass scan: true to read all points'])
  expect(await check(collection, { scan: false })).toMatchObject({ scanned: 0, notes: [] })
  expect(await check(collection, { scan: true })).toMatchObject({ scanned: 40 })
  alter('/count', result => {
    result.count = 10_000
  })
  expect(await check(collection)).toMatchObject({ scanned: 40 })
})
