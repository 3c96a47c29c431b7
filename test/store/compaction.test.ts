// Compaction while the store is used.

import { expect, it } from 'vitest'
import { createScorer, type FlatMultiVector } from '../../src/index.js'
import { createStore } from '../../src/store/index.js'
import { between, random, randomRows } from '../support/random.js'
import { temporaryStores } from './folders.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'

const { closing } = temporaryStores()

const vectors = { colbert: { size: 8, distance: 'Dot' } } as const

it('removes dead points while the store is used', async () => {
  const next = random(4)
  for (const store of [
    await createStore({ vectors }),
    await createSmallSegments(createMemoryFolder(), vectors, 4000),
  ]) {
    closing(store)
    const documents = new Map<number, FlatMultiVector>()
    const write = async (ids: readonly number[]) => {
      const points = ids.map(id => ({ id, vector: { colbert: randomRows(next, between(next, 1, 4), 8) } }))
      for (const { id, vector } of points) documents.set(id, vector.colbert)
      await store.upsert(points)
    }
    const ids = Array.from({ length: 200 }, (_, id) => id)
    await write(ids)
    for (let round = 0; round < 5; round++) {
      await write(ids.filter(() => next() < 0.4))
      const compacting = store.compact()
      const gone = ids.filter(() => next() < 0.1)
      for (const id of gone) documents.delete(id)
      await store.delete(gone)
      await write(ids.filter(() => next() < 0.05))
      await compacting
      const query = randomRows(next, 3, 8)
      const scorer = await createScorer()
      const sorted = [...documents].sort(([a], [b]) => a - b)
      const wanted = scorer.rank(
        query,
        sorted.map(([, rows]) => rows),
        { limit: 50 },
      )
      const hits = await store.query(query, { limit: 50 })
      expect(hits.map(({ id, score }) => [id, score])).toEqual(
        wanted.map(({ index, score }) => [sorted[index]![0], score]),
      )
      scorer.dispose()
    }
    const before = await store.info()
    const { points } = await store.compact()
    expect(points).toBe(before.dead)
    expect((await store.info()).dead).toBe(0)
    // a second compaction has nothing to do
    expect(await store.compact()).toMatchObject({ points: 0, segments: 0 })
  }
})

it('changes nothing if it was cancelled before, also in segments whose points are all dead', async () => {
  for (const store of [
    await createStore({ vectors }),
    await createSmallSegments(createMemoryFolder(), vectors, 4000),
  ]) {
    closing(store)
    await store.upsert([1, 2].map(id => ({ id, vector: { colbert: randomRows(random(id), 2, 8) } })))
    await store.delete([1, 2])
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(store.compact({ signal })).rejects.toThrow('enough')
    expect((await store.info()).dead).toBe(2)
    expect(await store.compact()).toMatchObject({ points: 2 })
  }
})

it('keeps points deleted that are deleted one at a time during a compaction', async () => {
  const next = random(3)
  const store = closing(await createSmallSegments(createMemoryFolder(), vectors, 4000))
  const ids = Array.from({ length: 200 }, (_, id) => id)
  await store.upsert(ids.map(id => ({ id, vector: { colbert: randomRows(next, between(next, 1, 4), 8) } })))
  const left = new Set(ids)
  const remove = async (id: number) => {
    left.delete(id)
    await store.delete([id])
  }
  for (let id = 0; id < 200; id += 5) await remove(id)
  let isDone = false
  const compacting = store.compact().finally(() => {
    isDone = true
  })
  for (let id = 1; id < 200 && !isDone; id += 2) await remove(id)
  await compacting
  const found: unknown[] = []
  for await (const { id } of store.scroll()) found.push(id)
  expect(found).toEqual([...left])
  expect(await store.count()).toBe(left.size)
  expect(await store.retrieve(ids)).toHaveLength(left.size)
  for (const id of ids.filter(id => !left.has(id))) {
    await expect(store.setPayload([id], {}), `a change of ${id}`).rejects.toThrow(
      `no point with the id ${id}`,
    )
  }
  expect(await store.count(), 'after changes of deleted points').toBe(left.size)
})

it('frees the memory of a compaction', async () => {
  const store = closing(await createStore({ vectors }))
  const next = random(5)
  const write = () =>
    store.upsert(
      Array.from({ length: 300 }, (_, id) => ({ id, vector: { colbert: randomRows(next, 4, 8) } })),
    )
  for (let i = 0; i < 3; i++) {
    await write()
    await store.compact()
  }
  const before = (await store.info()).memory
  for (let i = 0; i < 20; i++) {
    await write()
    await store.compact()
  }
  const after = (await store.info()).memory
  expect(after.kernel).toBe(before.kernel)
  expect(after.resident).toBe(before.resident)
})
