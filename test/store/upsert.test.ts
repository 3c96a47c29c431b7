// What an upsert reports and leaves: batches, ids that repeat, points that are skipped, versions, and the figures of info().

import { expect, it, vi } from 'vitest'
import type { Point } from '../../src/collection/collection.js'
import type { createBatchBuffer } from '../../src/store/columns/encode-batch.js'
import { createStore, openStore, type UpsertReport } from '../../src/store/index.js'
import { temporaryStores } from './folders.js'

const { closing, freshPath } = temporaryStores()

/** Points that the next batches seem to have beyond those that were added. */
const extra = vi.hoisted(() => ({ points: 0 }))
vi.mock('../../src/store/columns/encode-batch.js', async load => {
  const module = await load<Record<string, unknown>>()
  const create = module.createBatchBuffer as typeof createBatchBuffer
  return {
    ...module,
    createBatchBuffer(...given: Parameters<typeof createBatchBuffer>) {
      const buffer = create(...given)
      const points = () => (buffer.points === 0 ? 0 : buffer.points + extra.points)
      return Object.defineProperty(Object.create(buffer), 'points', { get: points })
    },
  }
})

const vectors = { v: { size: 2, distance: 'Dot' } } as const
const make = async (path?: string) => closing(await createStore({ vectors, path }))
const pointOf = (id: number, rows = 1, payload?: Point['payload']): Point => ({
  id,
  vector: { v: Array.from({ length: rows }, () => [id, 1]) },
  payload,
})
const range = (count: number) => Array.from({ length: count }, (_, i) => i + 1)

it('reports points, rows, bytes of rows and payloads, and batches', async () => {
  for (const path of [undefined, freshPath()]) {
    const store = await make(path)
    const progress: UpsertReport[] = []
    const started = performance.now()
    const report = await store.upsert(
      range(20).map(id => pointOf(id, 3, id === 1 ? { a: 'é' } : undefined)),
      { batchPoints: 8, onProgress: each => progress.push(each) },
    )
    const elapsed = (performance.now() - started) / 1000
    const bytes = 20 * 3 * 8 + 10
    expect(report).toEqual({
      ...{ points: 20, skipped: 0, rows: 60, bytes, batches: 3, retries: 0, applied: true },
      seconds: expect.any(Number),
    })
    expect(report.seconds).toBeLessThanOrEqual(elapsed)
    expect(progress.map(({ points, applied }) => [points, applied])).toEqual([
      [8, false],
      [16, false],
      [20, true],
    ])
    expect((await store.upsert([pointOf(21)], { wait: false })).applied).toBe(false)
    const { seconds } = await store.compact()
    expect(seconds).toBeLessThanOrEqual((performance.now() - started) / 1000)
  }
})

it('writes a batch once it has the given points or bytes, and not earlier', async () => {
  const store = await make()
  const batchesOf = async (options: object) =>
    (
      await store.upsert(
        range(12).map(id => pointOf(id)),
        options,
      )
    ).batches
  expect(await batchesOf({})).toBe(1)
  expect(await batchesOf({ batchPoints: 12 })).toBe(1)
  expect(await batchesOf({ batchPoints: 11 })).toBe(2)
  expect(await batchesOf({ batchBytes: 8 * 12 })).toBe(1)
  expect(await batchesOf({ batchBytes: 8 * 6 })).toBe(2)
  expect(await batchesOf({ batchBytes: 8 * 6 + 1 })).toBe(2)
  expect(await batchesOf({ batchBytes: 1 })).toBe(12)
})

it('writes no batch of more than 2^20 points, because a segment could not hold any number', async () => {
  const store = await make()
  const options = { batchPoints: 2 ** 40, batchBytes: 2 ** 40 }
  extra.points = 2 ** 20 - 2
  expect(
    (
      await store.upsert(
        range(5).map(id => pointOf(id)),
        options,
      )
    ).batches,
  ).toBe(3)
  extra.points = 2 ** 20 - 6
  expect(
    (
      await store.upsert(
        range(5).map(id => pointOf(id)),
        options,
      )
    ).batches,
  ).toBe(1)
  extra.points = 0
})

it('keeps the last of several points with one id, and counts the others as dead', async () => {
  for (const path of [undefined, freshPath()]) {
    const store = await make(path)
    await store.upsert([pointOf(1, 1), pointOf(2, 1)])
    await store.upsert([pointOf(1, 2), pointOf(3, 1), pointOf(1, 3), pointOf(1, 4), pointOf(3, 2)])
    const check = async (opened: typeof store) => {
      expect(await opened.info()).toMatchObject({
        points: 3,
        dead: 4,
        segments: 1,
        vectors: { v: { points: 3, rows: 4 + 1 + 2, bytes: 8 * 7, on_disk: false } },
      })
      const found = await opened.retrieve([1, 2, 3], { with_vector: true })
      expect(found.map(({ vector }) => (vector!.v as { data: Float32Array }).data.length / 2)).toEqual([
        4, 1, 2,
      ])
    }
    await check(store)
    if (path) {
      await check(closing(await openStore(path, { readOnly: true })))
      await store.close()
      await check(closing(await openStore(path)))
    }
  }
})

it('keeps a point deleted of which one batch has up to four copies', async () => {
  for (let copies = 1; copies <= 4; copies++) {
    const path = freshPath()
    const store = closing(await createStore({ path, vectors: { v: { size: 1, distance: 'Dot' } } }))
    await store.upsert([7, ...Array(copies).fill(8), 9].map((id, i) => ({ id, vector: { v: [[i]] } })))
    expect(await store.count()).toBe(3)
    expect((await store.info()).dead).toBe(copies - 1)
    await store.delete([8])
    await store.close()
    const reopened = closing(await openStore(path))
    expect(
      (await reopened.query([[1]])).map(({ id }) => id),
      `${copies} copies`,
    ).toEqual([9, 7])
  }
})

it('deletes a point once if its id is given twice, and counts it as dead', async () => {
  const path = freshPath()
  const store = await make(path)
  await store.upsert(range(5).map(id => pointOf(id)))
  await store.delete([2, 4, 2, 99, 4])
  expect(await store.info()).toMatchObject({
    points: 3,
    dead: 2,
    vectors: { v: { points: 3, rows: 3, bytes: 24 } },
  })
  await store.upsert([pointOf(2, 2)])
  expect(await store.count()).toBe(4)
  await store.close()
  const opened = closing(await openStore(path))
  expect(await opened.info()).toMatchObject({ points: 4, dead: 2 })
  expect(await opened.compact()).toMatchObject({ points: 2 })
})

it('counts all points that it skips, also in several groups, and writes the others', async () => {
  const store = await make()
  await store.upsert(range(40).map(id => pointOf(id)))
  const report = await store.upsert(
    range(45).map(id => pointOf(id, 2)),
    { resume: 'skip' },
  )
  expect(report).toMatchObject({ points: 5, skipped: 40, rows: 10 })
  expect((await store.info()).vectors.v!.rows).toBe(40 + 10)
})

it('increases the version with every batch and every deletion, also after it was opened again', async () => {
  const path = freshPath()
  const store = await make(path)
  const versionOf = async (id: number, opened = store) =>
    (await opened.query([[1, 0]], { filter: { must: [{ has_id: [id] }] } }))[0]!.version
  await store.upsert(
    range(3).map(id => pointOf(id)),
    { batchPoints: 2 },
  )
  expect([await versionOf(1), await versionOf(2), await versionOf(3)]).toEqual([1, 1, 2])
  await store.delete([99])
  await store.delete([1])
  await store.upsert([pointOf(4)])
  expect(await versionOf(4)).toBe(4)
  await store.close()
  const opened = closing(await openStore(path))
  expect(await versionOf(4, opened)).toBe(4)
  await opened.upsert([pointOf(5)])
  expect(await versionOf(5, opened)).toBe(5)
  await opened.compact()
  expect(await versionOf(3, opened)).toBe(2)
})

it('rejects with the reason of its signal if it is aborted after some batches, which stay', async () => {
  for (const path of [undefined, freshPath()]) {
    const store = await make(path)
    const controller = new AbortController()
    const reason = new Error('enough')
    const onProgress = () => controller.abort(reason)
    const { signal } = controller
    await expect(
      store.upsert(
        range(40).map(id => pointOf(id)),
        { batchPoints: 8, signal, onProgress },
      ),
    ).rejects.toBe(reason)
    expect(await store.count()).toBe(8)
  }
})
