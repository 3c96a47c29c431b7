// The parameter `leading`: the first numbers of a vector leave some documents, and all numbers rank these.

import { expect, it } from 'vitest'
import { createStore, openStore, type Store } from '../../src/store/index.js'
import { scoreReachedBy } from '../../src/store/search/leading-slots.js'
import { random } from '../support/random.js'
import { temporaryStores } from './folders.js'

const { closing, freshPath } = temporaryStores()

const SIZE = 32
const COUNT = 400
const one = { size: SIZE, distance: 'Dot', multivector_config: null, datatype: 'i8' } as const

/** The first number of document i is 1 + i / 100, the largest; the others are random. */
async function createDocuments(path?: string): Promise<Store> {
  const store = await createStore({ path, vectors: { one, full: { size: 2, distance: 'Dot' } } })
  const next = random(5)
  const points = Array.from({ length: COUNT }, (_, id) => {
    const vector = Array.from({ length: SIZE }, () => next() - 0.5)
    vector[0] = 1 + id / 100
    return { id, vector: { one: vector }, payload: { even: id % 2 === 0 } }
  })
  // two batches, with ids that do not increase from the first to the second
  await store.upsert(points.slice(150))
  await store.upsert(points.slice(0, 150))
  return store
}

const query: readonly number[] = Array.from({ length: SIZE }, (_, k) => (k === 0 ? 1 : 3))
const leading = { numbers: 4, keep: 60 }
/** Only the first number of the query counts among the first four. */
const led = query.map((value, k) => (k > 0 && k < 4 ? 0 : value))

it('ranks the documents that the first numbers leave by all numbers, with the scores of a query without it', async () => {
  const store = await createDocuments()
  const left = Array.from({ length: 60 }, (_, i) => COUNT - 60 + i)
  const options = { using: 'one', limit: 10 } as const
  const expected = await store.query(led, { ...options, filter: { must: [{ has_id: left }] } })
  expect(await store.query(led, { ...options, params: { leading } })).toEqual(expected)
  expect(await store.query(led, options)).not.toEqual(expected)
  await store.close()
})

it('compares the first numbers of points that were added or deleted since the query before, too', async () => {
  const store = await createDocuments()
  const first = [1, ...Array(SIZE - 1).fill(0)]
  const best = async () => (await store.query(first, { using: 'one', limit: 1, params: { leading } }))[0]?.id
  expect(await best()).toBe(COUNT - 1)
  await store.delete([COUNT - 1])
  expect(await best()).toBe(COUNT - 2)
  await store.upsert([{ id: 1000, vector: { one: first.map(value => 9 * value) } }])
  expect(await best()).toBe(1000)
  await store.close()
})

it('ranks documents of files alike, before they are in memory, then with copies that count, and without room for them', async () => {
  const path = freshPath()
  await (await createDocuments(path)).close()
  for (const memory of ['1 GiB', COUNT * SIZE] as const) {
    const store = closing(await openStore(path, { memory, readOnly: true }))
    const query = () => store.query(led, { using: 'one', limit: 10, params: { leading } })
    const before = await query()
    expect(before).toEqual(await store.query(led, { using: 'one', limit: 10 }))
    const [, later] = [await query(), await query()]
    const copies = COUNT * leading.numbers + 16
    const { resident } = (await store.info()).vectors.one!
    const isCopied = memory === '1 GiB'
    expect(resident).toBe(COUNT * SIZE + (isCopied ? copies : 0))
    expect(later).not.toEqual(isCopied ? before : [])
    if (!isCopied) expect(later).toEqual(before)
  }
})

it('leaves the documents that it had room for, and all that were added when there was none', async () => {
  const path = freshPath()
  await (await createDocuments(path)).close()
  const copies = COUNT * leading.numbers + 16
  const store = closing(await openStore(path, { memory: COUNT * SIZE + copies }))
  const options = { using: 'one', limit: 10 } as const
  const left = Array.from({ length: 60 }, (_, i) => COUNT - 60 + i)
  const expected = await store.query(led, { ...options, filter: { must: [{ has_id: left }] } })
  const find = () => store.query(led, { ...options, params: { leading } })
  await store.query(led, options)
  expect(await find()).toEqual(expected)
  const far = Array.from({ length: SIZE }, () => -1)
  await store.upsert(Array.from({ length: 30 }, (_, i) => ({ id: COUNT + i, vector: { one: far } })))
  expect(await find()).toEqual(expected)
  expect((await store.info()).vectors.one).toMatchObject({ resident: COUNT * SIZE + copies })
  const near = [2, ...Array(SIZE - 1).fill(1)]
  await store.upsert([{ id: 1000, vector: { one: near } }])
  expect((await find())[0]!.id).toBe(1000)
})

it('applies a filter first, and compares all numbers if few documents pass it', async () => {
  const store = await createDocuments()
  const filter = { must: [{ key: 'even', match: { value: true } }] }
  const options = { using: 'one', limit: 10, filter } as const
  const left = Array.from({ length: 60 }, (_, i) => COUNT - 2 - 2 * i)
  expect(await store.query(led, { ...options, params: { leading } })).toEqual(
    await store.query(led, { ...options, filter: { must: [{ has_id: left }] } }),
  )
  const few = { ...options, filter: { must: [{ has_id: [1, 2, 3] }] } }
  expect(await store.query(led, { ...few, params: { leading } })).toEqual(await store.query(led, few))
  await store.close()
})

it('returns as many results as are asked for, however few documents the estimate would leave', async () => {
  const store = await createDocuments()
  for (const keep of [1, 20, 60, 199]) {
    const options = { using: 'one', limit: 199, params: { leading: { numbers: 4, keep } } } as const
    expect(await store.query(query, options)).toHaveLength(199)
  }
  await store.close()
})

it('finds the best of more documents than the estimate looks at, wherever they are', async () => {
  const store = await createStore({ vectors: { one } })
  const count = 10_000
  const points = Array.from({ length: count }, (_, id) => {
    const vector = Array(SIZE).fill(0.1)
    // each place once, in no order
    vector[0] = 1 + ((id * 7919) % count) / count
    return { id, vector: { one: vector } }
  })
  for (const part of [points.slice(7500), points.slice(0, 3000), points.slice(3000, 7500)])
    await store.upsert(part)
  const first = Array.from({ length: SIZE }, (_, k) => (k === 0 ? 1 : 0))
  const options = { using: 'one', limit: 100 } as const
  const hits = await store.query(first, { ...options, params: { leading: { numbers: 4, keep: 400 } } })
  expect(hits).toEqual(await store.query(first, options))
  await store.close()
})

it('ends with the reason of the signal that was aborted', async () => {
  const store = await createDocuments()
  const controller = new AbortController()
  const search = store.query(query, { using: 'one', params: { leading }, signal: controller.signal })
  controller.abort(new Error('enough'))
  await expect(search).rejects.toThrow('enough')
  await store.close()
})

it.each([
  ['one', 5, '"params.leading" expected { numbers, keep }, two whole numbers of at least 1'],
  ['one', { numbers: 4 }, '"params.leading" expected { numbers, keep }, two whole numbers of at least 1'],
  [
    'one',
    { numbers: 0, keep: 1 },
    '"params.leading" expected { numbers, keep }, two whole numbers of at least 1',
  ],
  [
    'one',
    { numbers: 33, keep: 9 },
    '"params.leading.numbers" expected at most 32, the size of the vector, got 33',
  ],
  [
    'full',
    leading,
    '"params.leading" supports vectors of one row in i8 with Dot or Cosine, got another; omit it',
  ],
])('refuses for the vector %s %j', async (using, value, message) => {
  const store = await createDocuments()
  const rows = using === 'one' ? query : [[1, 0]]
  await expect(store.query(rows, { using, params: { leading: value as never } })).rejects.toThrow(message)
  await store.close()
})

it('estimates a score as sorting the sample does, whatever its order and however many scores are equal', () => {
  const next = random(9)
  const values: readonly ((i: number) => number)[] = [
    () => next() - 0.5,
    i => i,
    i => -i,
    () => 1,
    () => Math.floor(3 * next()),
  ]
  for (const [kind, value] of values.entries()) {
    for (const length of [1, 2, 3, 10, 257]) {
      const sample = Array.from({ length }, (_, i) => value(i))
      const sorted = Float32Array.from(sample).sort()
      for (const share of [1 / length, 0.05, 0.5, 0.999, 1, 2]) {
        const expected = sorted[Math.max(0, length - Math.ceil(share * length))]
        expect(scoreReachedBy(sample, share), `kind ${kind}, ${share} of ${length}`).toBe(expected)
      }
    }
  }
  expect([scoreReachedBy([], 0.5), scoreReachedBy([1], 0)]).toEqual([-Infinity, -Infinity])
})
