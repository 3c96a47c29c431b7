// Upserts on a real engine: batches, progress, errors, resuming, signals.

import { describe, expect, it } from 'vitest'
import { openCollection, type Point, UpsertError, type UpsertReport } from '../../../src/qdrant/index.js'
import { client, createRandom, freshCollection, isServer, type Packed, randomPoints, url } from './support.js'

const make = () => freshCollection({ vectors: { colbert: { size: 16, distance: 'Dot' } } })

async function* slowly<T>(items: readonly T[]): AsyncGenerator<T> {
  for (const item of items) {
    await null
    yield item
  }
}

async function contents(collection: Awaited<ReturnType<typeof make>>): Promise<Map<unknown, Packed>> {
  const found = new Map<unknown, Packed>()
  for await (const { id, vector } of collection.scroll({ with_vector: ['colbert'] })) {
    found.set(id, vector?.colbert as Packed)
  }
  return found
}

const expected = (points: readonly Point[]) =>
  new Map(points.map(({ id, vector }) => [id, (vector as { colbert: Packed }).colbert]))

describe('upsert', () => {
  it('reads an async iterable in batches by bytes, and reports progress', async () => {
    const collection = await make()
    const points = randomPoints(createRandom(1), 300, 16)
    const progress: UpsertReport[] = []
    const report = await collection.upsert(slowly(points), {
      batchBytes: 50_000,
      concurrency: 3,
      onProgress: step => progress.push(step),
    })
    expect(report).toMatchObject({ points: 300, skipped: 0, retries: 0, applied: true })
    expect(report.rows).toBe(points.reduce((sum, { vector }) => sum + vector.colbert.data.length / 16, 0))
    expect(report.batches).toBe(progress.length)
    expect(report.batches).toBeGreaterThan(report.bytes / 60_000)
    expect(progress.at(-1)?.points).toBe(300)
    expect(await contents(collection)).toEqual(expected(points))
  })

  it('sends batches by count, compressed, and without waiting', async () => {
    const collection = await make()
    const points = randomPoints(createRandom(2), 100, 16)
    const report = await collection.upsert(points, { batchPoints: 9, gzip: true, wait: false })
    expect(report).toMatchObject({ points: 100, batches: 12, applied: false })
    for (let waited = 0; waited < 5000 && (await collection.count()) < 100; waited += 20) {
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    expect(await contents(collection)).toEqual(expected(points))
  })

  it('stores the last of several versions of a point, with several requests in flight', async () => {
    const collection = await make()
    const points = Array.from({ length: 200 }, (_, i) => ({
      id: 1,
      vector: { colbert: [new Float32Array(16).fill(i)] },
    }))
    await collection.upsert(points, { batchPoints: 1, concurrency: 4 })
    expect((await contents(collection)).get(1)?.data[0]).toBe(199)
  })

  it('reports the written points when a point is wrong, and resumes after them', async () => {
    const collection = await make()
    const points: Point[] = randomPoints(createRandom(3), 100, 16)
    const broken = points.map(point =>
      point.id === 70 ? { ...point, vector: { colbert: [[1, 2]] } } : point,
    )
    const error = await collection.upsert(broken, { batchPoints: 10 }).catch(error => error)
    expect(error).toBeInstanceOf(UpsertError)
    expect(error.message).toBe(
      '"point 70.vector.colbert[0]" expected 16 numbers, got 2; all rows have the same dim; ' +
        "60 points in 6 batches had been written: upsert again with resume: 'skip' to send the rest",
    )
    expect(error.cause).toBeInstanceOf(RangeError)
    expect(error.report).toMatchObject({ points: 60, batches: 6 })
    expect(await collection.upsert(points, { resume: 'skip' })).toMatchObject({ points: 40, skipped: 60 })
    expect(await contents(collection)).toEqual(expected(points))
    expect(await collection.upsert(points, { resume: 'overwrite' })).toMatchObject({
      points: 100,
      skipped: 0,
    })
  })

  it('ends when its signal is aborted', async () => {
    const collection = await make()
    const controller = new AbortController()
    const points = randomPoints(createRandom(4), 200, 16)
    const load = collection.upsert(slowly(points), {
      batchPoints: 5,
      signal: controller.signal,
      onProgress: ({ batches }) => {
        if (batches === 4) controller.abort(new Error('enough'))
      },
    })
    await expect(load).rejects.toThrow('enough')
    expect(await collection.count()).toBeGreaterThanOrEqual(20)
    // a batch that was in flight may still be applied
    const resumed = await collection.upsert(points, { resume: 'skip' })
    expect(resumed.points + resumed.skipped).toBe(200)
    expect(resumed.skipped).toBeGreaterThanOrEqual(20)
    expect(resumed.skipped).toBeLessThan(200)
    expect(await contents(collection)).toEqual(expected(points))
  })

  it('ends when its signal is aborted, even while the source has no next point', async () => {
    const collection = await make()
    let isClosed = false
    async function* stuck() {
      try {
        yield* randomPoints(createRandom(5), 3, 16)
        await new Promise(resolve => setTimeout(resolve, 400))
      } finally {
        isClosed = true
      }
    }
    const started = performance.now()
    await expect(collection.upsert(stuck(), { signal: AbortSignal.timeout(100) })).rejects.toThrow('timeout')
    expect(performance.now() - started).toBeLessThan(350)
    for (let waited = 0; waited < 2000 && !isClosed; waited += 20) {
      await new Promise(resolve => setTimeout(resolve, 20))
    }
    expect(isClosed).toBe(true)
  })

  it.each([
    [{ resume: 'yes' }, '"resume" expected one of skip, overwrite, got "yes"'],
    [
      { batchSize: 5 },
      'unknown option "options.batchSize"; valid options of upsert: wait, batchBytes, batchPoints, resume, onProgress, signal, concurrency, gzip',
    ],
    [5, '"options" expected an object, got number; valid options of upsert: wait, batchBytes,'],
  ])('refuses the options %o', async (options, message) => {
    const collection = await make()
    await expect(collection.upsert([], options as never)).rejects.toThrow(message)
  })

  it('refuses wrong points', async () => {
    const collection = await make()
    const point = { id: 1, vector: { colbert: [[1]] } }
    await expect(collection.upsert(point as never)).rejects.toThrow(
      '"points" expected an iterable or async iterable of points, got object; a single point is [point]',
    )
    await expect(collection.upsert([null] as never)).rejects.toThrow(
      '"points" expected points { id, vector, payload }, got null among them',
    )
    await expect(collection.upsert([point], { batchBytes: 0 })).rejects.toThrow(
      '"batchBytes" expected a whole number of at least 1, got 0',
    )
    await expect(collection.upsert([{ ...point, vector: [[1]] as never }])).rejects.toThrow(
      '"point 1.vector" expected an object with vectors by name ("colbert"), got array',
    )
    const cycle: Record<string, unknown> = {}
    cycle.self = cycle
    await expect(
      collection.upsert([{ id: 1, vector: { colbert: [new Float32Array(16)] }, payload: cycle }]),
    ).rejects.toThrow('"point 1.payload" cannot be written as JSON: Converting circular structure')
    expect(await collection.upsert([])).toMatchObject({ points: 0, batches: 0 })
  })

  it.runIf(isServer)('keeps requests below the limit of the server', async () => {
    const collection = await make()
    const vector = { colbert: [new Float32Array(16)] }
    const text = 'x'.repeat(20 << 20)
    const points = [1, 2].map(id => ({ id, vector, payload: { text } }))
    expect(await collection.upsert(points, { batchBytes: 1e9 })).toMatchObject({ points: 2, batches: 2 })
    await expect(
      collection.upsert([{ id: 3, vector, payload: { text: 'x'.repeat(34 << 20) } }]),
    ).rejects.toThrow(
      /^point 3 takes 3565\d{4} bytes of JSON, and Qdrant accepts at most 33553408; shorten its payload or split it$/,
    )
  })
})

it("connects to the address of the user's client, and to { url, apiKey }", async () => {
  const { name } = await make()
  const own = await openCollection(client, name)
  expect(await own.count()).toBe(0)
  const apiKey = process.env.QDRANT_API_KEY
  const plain = await openCollection({ url, ...(apiKey && { apiKey }) }, name)
  expect(await plain.count()).toBe(0)
})
