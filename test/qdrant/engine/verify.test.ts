// `verify` finds all planted faults and nothing else. Faults are planted in the collection of a real engine, or by a proxy.

import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createScorer, type MultiVector, type Scorer } from '../../../src/index.js'
import { type CallProgress, openCollection, type PointId, verify } from '../../../src/qdrant/index.js'
import { type FaultProxy, startFaultProxy } from './fault-proxy.js'
import { createRandom, freshCollection, isServer, kind, randomPoints, randomRows, url } from './support.js'

let scorer: Scorer
let proxy: FaultProxy

beforeAll(async () => {
  scorer = await createScorer()
  proxy = await startFaultProxy(url, process.env.QDRANT_API_KEY)
})

afterAll(async () => {
  scorer.dispose()
  await proxy.close()
})

async function filled() {
  const random = createRandom(7)
  const collection = await freshCollection({ vectors: { colbert: { size: 32, distance: 'Dot' } } })
  const points = randomPoints(random, 60, 32)
  await collection.upsert(points)
  const source = new Map<PointId, MultiVector>(points.map(({ id, vector }) => [id, vector.colbert]))
  const queries = Array.from({ length: 5 }, () => randomRows(random, 8, 32))
  return { collection, points, source, queries, random }
}

describe('verify', () => {
  it('finds no fault in a correct collection', async () => {
    const { collection, source, queries } = await filled()
    const report = await verify(collection, queries, { source, scorer })
    expect(report).toMatchObject({
      ok: true,
      queries: 5,
      hits: 50,
      disagreements: 0,
      judged: true,
      scanned: 60,
      order: [],
      missed: [],
      documents: [],
      bound: '76 x 2^-24 of Σ max Σ |q d| (f32 sums over 32 dims and 8 rows, in another order)',
    })
    expect(report.maxRatio).toBeLessThan(1)
    expect(report.notes).toHaveLength(kind === 'cluster' ? 2 : 0)
  })

  it('reports the progress of each phase', async () => {
    const { collection, source, queries } = await filled()
    const steps: CallProgress[] = []
    await verify(collection, queries, { source, scorer, onProgress: step => steps.push(step) })
    expect(steps).toEqual([
      ...queries.map((_, query) => ({ phase: 'queries', done: query + 1, total: 5 })),
      { phase: 'points', done: 32, total: 60 },
      { phase: 'points', done: 60, total: 60 },
      { phase: 'documents', done: 32, total: 60 },
      { phase: 'documents', done: 60, total: 60 },
    ])
  })

  it('finds a wrong score and the first query row that differs', async () => {
    const { collection, queries } = await filled()
    const opened = await openCollection({ url: proxy.url }, collection.name)
    let wrong: PointId | undefined
    proxy.alter('/points/query', ({ result }: { result: { points: { id: PointId; score: number }[] } }) => {
      wrong ??= result.points[3]?.id
      for (const point of result.points) if (point.id === wrong) point.score *= 1.0001
    })
    const report = await verify(opened, queries.slice(0, 1), { scorer, scan: false })
    proxy.alter('/points/query', undefined)
    expect(report).toMatchObject({ ok: false, disagreements: 1 })
    const [found] = report.checks.filter(({ ok }) => !ok)
    expect(found).toMatchObject({ id: wrong, rank: 3, row: 0 })
    expect(found!.difference / found!.local).toBeCloseTo(0.0001, 5)
    expect(report.scanned).toBe(0)
    expect(report.notes).toHaveLength(kind === 'cluster' ? 2 : 0)
  })

  it('finds swapped, stale, truncated, missing and unknown documents', async () => {
    const { collection, points, source, queries, random } = await filled()
    const rows = (id: number) => points[id - 1]!.vector.colbert
    await collection.upsert([
      { id: 3, vector: { colbert: rows(4) } },
      {
        id: 5,
        vector: {
          colbert: { data: Float32Array.from(rows(5).data, (x, k) => (k === 40 ? x + 1e-6 : x)), dim: 32 },
        },
      },
      { id: 6, vector: { colbert: { data: rows(6).data.slice(0, 32), dim: 32 } } },
      { id: 99, vector: { colbert: randomRows(random, 3, 32) } },
    ])
    await collection.delete([8])
    const report = await verify(collection, queries, { source, scorer })
    expect(report.ok).toBe(false)
    expect(report.disagreements).toBe(0)
    expect([...report.documents].sort((a, b) => Number(a.id) - Number(b.id))).toEqual([
      { id: 3, fault: 'swapped', row: 0, other: 4 },
      { id: 5, fault: 'stale', row: 1 },
      { id: 6, fault: 'truncated', row: 1 },
      { id: 8, fault: 'missing' },
      { id: 99, fault: 'unknown' },
    ])
  })

  it('finds a point that the server missed', async () => {
    const { collection, queries } = await filled()
    const opened = await openCollection({ url: proxy.url }, collection.name)
    let dropped: PointId | undefined
    proxy.alter('/points/query', ({ result }: { result: { points: { id: PointId }[] } }) => {
      dropped = result.points.splice(2, 1)[0]?.id
    })
    const report = await verify(opened, queries.slice(0, 1), { scorer, limit: 5 })
    proxy.alter('/points/query', undefined)
    expect(report).toMatchObject({ ok: false, disagreements: 0 })
    expect(report.missed.map(({ id }) => id)).toContain(dropped)
  })

  it('finds hits in the wrong order', async () => {
    const { collection, queries } = await filled()
    const opened = await openCollection({ url: proxy.url }, collection.name)
    proxy.alter('/points/query', ({ result }: { result: { points: object[] } }) => {
      result.points.reverse()
    })
    const report = await verify(opened, queries.slice(0, 1), { scorer, limit: 3 })
    proxy.alter('/points/query', undefined)
    expect(report).toMatchObject({ ok: false, disagreements: 0 })
    expect(report.order).toHaveLength(2)
  })

  it('measures quantized scores without judging them', async () => {
    const random = createRandom(9)
    const quantization_config = { binary: { always_ram: true } } as const
    const collection = await freshCollection({
      vectors: { colbert: { size: 64, distance: 'Dot', quantization_config } },
    })
    await collection.upsert(randomPoints(random, 60, 64))
    const queries = [randomRows(random, 8, 64)]
    const params = { quantization: { rescore: false } }
    const report = await verify(collection, queries, { scorer, params })
    expect(report).toMatchObject({ judged: false, disagreements: 0 })
    expect(report.ok).toBeUndefined()
    expect(report.recall).toBeLessThan(1)
    expect(report.missed).toHaveLength(Math.round(10 * (1 - report.recall!)))
    expect(report.maxDifference).toBeGreaterThan(1)
    expect(await verify(collection, queries, { scorer })).toMatchObject({ ok: true, judged: true, recall: 1 })
  })

  // the engine in process has no graphs
  it.runIf(isServer)('finds what a search in a sparse graph misses, with any parameters', async () => {
    const random = createRandom(10)
    const collection = await freshCollection({
      vectors: {
        colbert: {
          size: 16,
          distance: 'Dot',
          hnsw_config: { m: 4, ef_construct: 4, full_scan_threshold: 10 },
        },
      },
      optimizers_config: { indexing_threshold: 1, default_segment_number: 1 },
    })
    await collection.upsert(randomPoints(random, 600, 16))
    await expect
      .poll(async () => (await collection.info()).indexed_vectors, { timeout: 60_000 })
      .toBeGreaterThan(500)
    const queries = Array.from({ length: 3 }, () => randomRows(random, 4, 16))
    const report = await verify(collection, queries, { scorer, limit: 20, params: { hnsw_ef: 4 } })
    expect(report).toMatchObject({ ok: false, judged: true, disagreements: 0 })
    expect(report.recall).toBeLessThan(1)
    expect(report.missed.length).toBeGreaterThan(0)
    const exact = await verify(collection, queries, { scorer, limit: 20, params: { exact: true } })
    expect(exact).toMatchObject({ ok: true, recall: 1 })
  })

  it('finds rows that uint8 stored as zeros, and another metric than that of the source', async () => {
    const random = createRandom(12)
    const load = async (vector: object) => {
      const collection = await freshCollection({ vectors: { colbert: { size: 8, ...vector } } } as never)
      const points = Array.from({ length: 10 }, (_, id) => ({
        id,
        vector: { colbert: randomRows(random, 3, 8, 0.9) },
      }))
      await collection.upsert(points)
      return { collection, points }
    }
    const source = await load({ distance: 'Dot' })
    const other = await freshCollection({ vectors: { colbert: { size: 8, distance: 'Euclid' } } })
    await other.upsert(source.points)
    const query = [randomRows(random, 3, 8)]
    expect(await verify(other, query, { scorer, source: source.collection })).toMatchObject({
      ok: false,
      problems: ['the source compares by Dot, the collection by Euclid'],
    })
    const { collection } = await load({ distance: 'Dot', datatype: 'uint8' })
    const report = await verify(collection, query, { scorer })
    expect(report.ok).toBe(false)
    expect(report.documents).toHaveLength(10)
    expect(report.documents[0]).toMatchObject({ fault: 'zeros' })
  })
})
