// Changes of stored points: what the model and the common cases do not see. How rows are copied, what is written, and what
// stays behind.

import { expect, it, vi } from 'vitest'
import { createStore, openStore, type Store } from '../../src/store/index.js'
import { abortedAt } from '../support/aborted-at.js'
import { temporaryStores } from './folders.js'
import { usedBytes } from './kernel-memory.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'

const { closing, freshPath } = temporaryStores()

vi.mock('../../src/core/packed-documents.js', async load => {
  const { watchMemories } = await import('./kernel-memory.js')
  return watchMemories(await load<typeof import('../../src/core/packed-documents.js')>())
})

const multi = { size: 2, distance: 'Dot' } as const

it('scores copied rows as large as before, after the originals are gone', async () => {
  const store = closing(await createSmallSegments(createMemoryFolder(), { large: multi }, 4))
  // a product is beyond f32, and the sum is not; a sum in f32 would be NaN, which a maximum drops if there is another row
  const query = [[1e19, -1e19]]
  await store.upsert([
    {
      id: 1,
      vector: {
        large: [
          [1e20, 1e20],
          [-1, 0],
        ],
      },
    },
  ])
  await store.setPayload([1], { changed: true })
  await store.compact()
  expect((await store.query(query)).map(({ score }) => score)).toEqual([0])
})

const datatypes = ['float32', 'float16', 'uint8', 'i16', 'i8', 'binary'] as const
it.each(datatypes)('copies rows of %s bit for bit', async datatype => {
  const store = closing(
    await createStore({
      vectors: { a: { size: 9, distance: 'Cosine', datatype }, b: multi },
      path: freshPath(),
    }),
  )
  const rows = (id: number) =>
    Array.from({ length: id }, (_, k) => Array.from({ length: 9 }, (_, j) => 1 + ((7 * j + k * id) % 11)))
  const ids = [1, 2, 3, 4, 5]
  await store.upsert(ids.map(id => ({ id, vector: { a: rows(id) } })))
  const query = [rows(3)[2]!, rows(5)[1]!]
  const read = async () => ({
    hits: (await store.query(query, { using: 'a' })).map(({ id, score }) => [id, score]),
    rows: (await store.retrieve(ids, { with_vector: ['a'] })).map(({ vector }) => vector),
  })
  const before = await read()
  await store.setPayload(ids, { n: 1 })
  await store.updateVectors([{ id: 3, vector: { b: [[1, 2]] } }])
  await store.deleteVectors([3], ['b'])
  expect(await read()).toEqual(before)
  await store.compact()
  expect(await read()).toEqual(before)
})

it('writes only points that change', async () => {
  const store = closing(await createStore({ vectors: { a: multi, b: multi }, path: freshPath() }))
  await store.upsert([1, 2, 3].map(id => ({ id, vector: { a: [[id, 1]] }, payload: { n: id } })))
  const dead = async () => (await store.info()).dead
  await store.setPayload([1, 2, 3], { n: 2 })
  expect(await dead()).toBe(2)
  await store.setPayload([1, 2, 3], { n: 2 })
  await store.deletePayload([1, 2, 3], ['other'])
  await store.overwritePayload([1], { n: 2 })
  expect(await dead()).toBe(2)
  await store.deleteVectors([1], ['a'])
  await store.deleteVectors([1], ['a'])
  expect(await dead()).toBe(3)
  await store.setPayload([2, 2], { n: 3 })
  expect(await dead()).toBe(4)
  // rows that are copied are written too
  const report = await store.updateVectors([
    {
      id: 1,
      vector: {
        b: [
          [1, 1],
          [2, 2],
        ],
      },
    },
    { id: 2, vector: { b: [[1, 1]] } },
  ])
  expect(report).toMatchObject({ points: 2, rows: 4, batches: 1, skipped: 0, retries: 0, applied: true })
})

it('writes large changes in several batches, with their own copies of the rows', async () => {
  const store = closing(
    await createStore({ vectors: { a: { size: 1024, distance: 'Dot' } }, path: freshPath() }),
  )
  const data = (id: number) => new Float32Array(300 * 1024).fill(id)
  const ids = Array.from({ length: 12 }, (_, id) => id + 1)
  await store.upsert(ids.map(id => ({ id, vector: { a: { data: data(id), dim: 1024 } } })))
  await store.setPayload({ must_not: [{ has_id: [99] }] }, { n: 1 })
  const points = await store.retrieve(ids, { with_vector: true })
  for (const { id, payload, vector } of points) {
    expect(payload).toEqual({ n: 1 })
    const rows = vector!.a as { readonly data: Float32Array }
    expect(rows.data.length, `point ${id}`).toBe(300 * 1024)
    expect(
      rows.data.every(value => value === id),
      `point ${id}`,
    ).toBe(true)
  }
})

async function filled(): Promise<Store> {
  const store = closing(await createStore({ vectors: { a: multi }, path: freshPath() }))
  await store.upsert([1, 2, 3].map(id => ({ id, vector: { a: [[id, 1]] }, payload: { n: id } })))
  return store
}

it('frees the memory of every change, also of those that fail', async () => {
  const store = await filled()
  const before = usedBytes()
  await store.setPayload([1, 2], { n: 5 })
  await store.setPayload([1, 77], { n: 6 }).catch(() => undefined)
  await store.updateVectors([{ id: 1, vector: { a: [[5, 5]] } }])
  await store
    .updateVectors([1, 2].map(id => ({ id, vector: { a: [[id, Number.NaN]] } })))
    .catch(() => undefined)
  await store.deleteVectors([3], ['a'])
  expect(usedBytes()).toBe(before)
  // a call looks at its signal before it begins, and before each point
  for (let look = 1; look <= 3; look++) {
    const signals = [0, 1].map(() => abortedAt(look))
    await expect(store.setPayload([1, 2, 3], { n: 7 }, { signal: signals[0] })).rejects.toThrow('enough')
    const vectors = [1, 2, 3].map(id => ({ id, vector: { a: [[id, 7]] } }))
    await expect(store.updateVectors(vectors, { signal: signals[1] })).rejects.toThrow('enough')
    expect(usedBytes(), `aborted at look ${look}`).toBe(before)
  }
})

it('a filter sees what earlier changes did, and not the change itself', async () => {
  const store = await filled()
  const over = (n: number) => ({ must: [{ key: 'n', range: { gt: n } }] })
  // filters keep parsed payloads
  expect(await store.count(over(1))).toBe(2)
  await Promise.all([store.setPayload(over(1), { n: 10 }), store.setPayload(over(5), { n: 0 })])
  expect(await store.count(over(0))).toBe(1)
  expect(await store.count({ must: [{ key: 'n', match: { value: 0 } }] })).toBe(2)
})

it('reads the payload that is given at the time of the call', async () => {
  const store = await filled()
  const payload = { list: [1] }
  const updates = [{ id: 1, vector: { a: [[7, 7]] } }]
  const calls = [store.setPayload([1], payload), store.updateVectors(updates)]
  payload.list.push(2)
  updates[0]!.vector.a[0]![0] = 9
  await Promise.all(calls)
  const [point] = await store.retrieve([1], { with_vector: true })
  expect(point!.payload).toEqual({ n: 1, list: [1] })
  expect(point!.vector!.a).toEqual({ data: Float32Array.of(7, 7), dim: 2 })
})

it('is refused by a store that was opened for reading', async () => {
  const path = freshPath()
  await (await createStore({ vectors: { a: multi }, path })).close()
  const reader = closing(await openStore(path, { readOnly: true }))
  const calls = [
    () => reader.setPayload([1], {}),
    () => reader.overwritePayload([1], {}),
    () => reader.deletePayload([1], ['a']),
    () => reader.clearPayload([1]),
    () => reader.updateVectors([]),
    () => reader.deleteVectors([1], ['a']),
  ]
  for (const call of calls) await expect(call()).rejects.toThrow('"store" was opened for reading only')
})
