// What a call leaves behind: its arguments are unchanged, and the kernel's memory is as it was, also after a call that
// fails.

import { expect, it, vi } from 'vitest'
import type { Filter, Point } from '../../src/collection/collection.js'
import { createStore, openStore, type Store } from '../../src/store/index.js'
import { random, randomRows } from '../support/random.js'
import { temporaryStores } from './folders.js'
import { usedBytes } from './kernel-memory.js'

const { closing, freshPath } = temporaryStores()

vi.mock('../../src/core/packed-documents.js', async load => {
  const { watchMemories } = await import('./kernel-memory.js')
  return watchMemories(await load<typeof import('../../src/core/packed-documents.js')>())
})

const DIM = 8
const next = random(7)
const rowsOf = (count: number) => randomRows(next, count, DIM)
const arrays = (count: number) =>
  Array.from({ length: count }, () => Array.from({ length: DIM }, () => 2 * next() - 1))

const vectors = {
  colbert: { size: DIM, distance: 'Cosine', datatype: 'i8' },
  dense: { size: 2, distance: 'Euclid', multivector_config: null },
} as const
const pointsOf = (first: number, count: number): Point[] =>
  Array.from({ length: count }, (_, i) => ({
    id: first + i,
    vector: { colbert: i % 2 ? rowsOf(1 + (i % 4)) : arrays(2), dense: Float32Array.of(i, 1) },
    payload: { n: i, deep: { list: [3, 1, 2] } },
  }))

/** More than the first size of a batch's buffer, 64 KiB. */
const largePoints = (): Point[] => [200, 201, 202, 203].map(id => ({ id, vector: { colbert: rowsOf(2500) } }))

/** Freezes everything that can be frozen. Returns the text of all contents. */
function frozenText(value: unknown): string {
  const seen: unknown[] = []
  const text = JSON.stringify(value, (_, inner: unknown) => {
    if (ArrayBuffer.isView(inner)) return [...(inner as Float32Array)]
    seen.push(inner)
    return inner
  })
  for (const inner of seen) if (typeof inner === 'object' && inner !== null) Object.freeze(inner)
  return text
}

const filter: Filter = {
  must: [{ key: 'n', match: { any: [9, 2, 5, 3, 1] } }, { has_id: [9, 2, 5, 3, 1, 1] }],
  must_not: { key: 'deep.list', values_count: { gt: 5 } },
  min_should: { conditions: [{ key: 'n', range: { gte: 0, lt: null } }], min_count: 1 },
}

type Call = readonly [name: string, given: readonly unknown[]]
const calls = (): readonly Call[] => [
  ['upsert', [pointsOf(50, 9), { batchPoints: 4, wait: false }]],
  ['upsert', [largePoints()]],
  ['query', [arrays(3), { filter, limit: 3, offset: 1, using: 'colbert', with_payload: ['n', 'deep.list'] }]],
  ['query', [rowsOf(4), { using: 'colbert', with_vector: ['dense'], params: { exact: true } }]],
  [
    'query',
    [[1, 2], { using: 'dense', prefetch: [{ query: arrays(1), using: 'colbert', filter, limit: 9 }] }],
  ],
  ['query', [{ rrf: { k: 3 } }, { prefetch: [{ query: { nearest: [3, 1] }, using: 'dense', limit: 5 }] }]],
  ['query', [5, { using: 'colbert' }]],
  [
    'queryBatch',
    [
      [
        { query: arrays(2), using: 'colbert' },
        { query: Float32Array.of(4, 3), using: 'dense' },
      ],
    ],
  ],
  ['retrieve', [[9, 2, 5, 2, 77], { with_vector: true }]],
  ['explain', [arrays(3), 4, { using: 'colbert' }]],
  ['count', [filter]],
  ['delete', [[8, 3, 8, 99]]],
  ['delete', [{ must: [{ has_id: [11, 10] }] }]],
  ['compact', [{}]],
]
const failing = (): readonly Call[] => [
  ['upsert', [[...pointsOf(60, 3), { id: 70, vector: { colbert: [[1, 2]] } }]]],
  ['upsert', [[...largePoints(), { id: 70, vector: { colbert: [[1, 2]] } }]]],
  ['upsert', [[{ id: 70, vector: { colbert: [[...Array(DIM - 1).fill(0), Number.NaN]] } }]]],
  ['upsert', [[{ id: 70, vector: { colbert: arrays(2), dense: [Number.NaN, 1] } }]]],
  ['query', [[Array(DIM).fill(Number.NaN)], { using: 'colbert' }]],
  ['query', [[[...arrays(300)[0]!.slice(1)]], { using: 'colbert' }]],
  ['query', [999, { using: 'colbert' }]],
  ['query', [arrays(1), { using: 'colbert', filter: { must: [{ has_vector: 'x' }] } }]],
  ['query', [arrays(40), { using: 'colbert', signal: AbortSignal.abort(new Error('enough')) }]],
  ['queryBatch', [[{ query: arrays(1), using: 'colbert' }, { query: [[Number.NaN]] }]]],
  ['retrieve', [['x']]],
  ['explain', [arrays(3), 999, { using: 'colbert' }]],
  ['delete', [{ must: [{ key: '', match: { value: 1 } }] }]],
  ['compact', [{ signal: AbortSignal.abort(new Error('enough')) }]],
]

const run = (store: Store, [name, given]: Call): Promise<unknown> =>
  (store as unknown as Record<string, (...given: readonly unknown[]) => Promise<unknown>>)[name]!(...given)

async function scrollAll(store: Store, options: object): Promise<void> {
  for await (const _ of store.scroll(options));
}

const places = [
  ['in memory', undefined, '1 GB'],
  ['in a folder', true, '1 GB'],
  ['in a folder, of which a part is in memory', true, 900],
  ['in a folder, without memory for vectors', true, 0],
] as const

it.each(places)('begins no call whose signal is aborted: a store %s', async (_, hasPath, memory) => {
  const store = closing(await createStore({ vectors, memory, ...(hasPath && { path: freshPath() }) }))
  await store.upsert(pointsOf(0, 20))
  await store.delete([3])
  const before = await store.info()
  const signal = AbortSignal.abort(new Error('enough'))
  const using = 'colbert'
  const aborted: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['upsert', () => store.upsert(pointsOf(30, 5), { signal })],
    ['upsert of one source', () => store.upsert(pointsOf(30, 5).values(), { signal, batchPoints: 1 })],
    ['query', () => store.query(arrays(1), { using, signal })],
    ['query without a vector', () => store.query(undefined, { signal })],
    ['queryBatch', () => store.queryBatch([{ query: arrays(1), using }], { signal })],
    ['retrieve', () => store.retrieve([1, 2], { signal })],
    ['scroll', () => scrollAll(store, { signal })],
    ['count', () => store.count(filter, { signal })],
    ['count of all', () => store.count(undefined, { signal })],
    ['delete', () => store.delete([1], { signal })],
    ['delete by a filter', () => store.delete(filter, { signal })],
    ['explain', () => store.explain(arrays(1), 1, { using, signal })],
    ['compact', () => store.compact({ signal })],
  ]
  for (const [name, call] of aborted) {
    const outcome = await call().then(
      () => 'done',
      (error: Error) => error.message,
    )
    expect(outcome, name).toBe('enough')
  }
  const { points, dead } = await store.info()
  expect({ points, dead }).toEqual({ points: before.points, dead: before.dead })
})

it.each(places)('leaves the arguments of all calls unchanged: a store %s', async (_, hasPath, memory) => {
  const config = { vectors, memory, ...(hasPath && { path: freshPath() }) }
  const before = frozenText(config)
  const store = closing(await createStore(config))
  expect(frozenText(config)).toBe(before)
  await store.upsert(pointsOf(0, 20))
  for (const call of [...calls(), ...failing()]) {
    const text = frozenText(call)
    await run(store, call).catch(() => undefined)
    expect(frozenText(call), call[0]).toBe(text)
  }
  const options = { filter, batchPoints: 1, with_payload: ['n'], with_vector: ['dense'] }
  const text = frozenText(options)
  await scrollAll(store, options)
  expect(frozenText(options)).toBe(text)
})

it.each(places)(
  'frees the memory that a call takes, also if it fails: a store %s',
  async (_, hasPath, memory) => {
    const path = hasPath && freshPath()
    const store = closing(await createStore({ vectors, memory, ...(path && { path }) }))
    await store.upsert(pointsOf(0, 100))
    // the second query of a vector makes it resident
    const warm = async () => {
      for (let i = 0; i < 3; i++) {
        await store.query(arrays(2), { using: 'colbert' })
        await store.query([1, 2], { using: 'dense' })
      }
    }
    await warm()
    for (const call of [...calls(), ...failing()]) {
      if (hasPath === undefined && ['upsert', 'delete', 'compact'].includes(call[0])) continue
      const before = usedBytes()
      const residentBefore = (await store.info()).memory.resident
      await run(store, call).catch(() => undefined)
      const resident = (await store.info()).memory.resident
      // blocks are rounded up to 16 bytes
      const growth = usedBytes() - before - (resident - residentBefore)
      expect(
        Math.abs(growth),
        `bytes that ${call[0]} ${JSON.stringify(call[1]).slice(0, 60)} keeps`,
      ).toBeLessThan(64)
    }
    await scrollAll(store, { with_vector: true, batchPoints: 3 })
    // replacing and compacting comes back to where it was
    const cycle = async () => {
      await store.upsert(pointsOf(0, 100))
      await store.compact()
      await warm()
      return usedBytes()
    }
    await cycle()
    const cycled = [await cycle(), await cycle(), await cycle()]
    const rowsOfStore = (await store.info()).memory.resident
    expect(Math.max(...cycled) - Math.min(...cycled), `bytes in use after cycles: ${cycled}`).toBeLessThan(
      256,
    )
    expect(rowsOfStore).toBeLessThanOrEqual(cycled.at(-1)!)
    await store.close()
    expect(usedBytes(), 'bytes in use after the store was closed').toBe(0)
  },
)

it('returns objects of its own: changing a result changes no later result', async () => {
  for (const path of [undefined, freshPath()]) {
    const store = closing(await createStore({ vectors, ...(path && { path }) }))
    await store.upsert(pointsOf(0, 3))
    const read = async () => (await store.retrieve([1], { with_vector: true }))[0]!
    const before = JSON.stringify(await read())
    const { payload, vector } = await read()
    ;(payload as { deep: { list: number[] } }).deep.list.push(9)
    ;(vector!.dense as Float32Array).fill(7)
    await store.count({ must: [{ key: 'deep.list', match: { value: 1 } }] })
    expect(JSON.stringify(await read())).toBe(before)
    const [hit] = await store.query([1, 1], { using: 'dense', with_payload: true, limit: 1 })
    ;(hit!.payload as { deep: { list: number[] } }).deep.list.push(9)
    expect(await store.count({ must: [{ key: 'deep.list', match: { value: 9 } }] })).toBe(0)
  }
})

it('copies points when they are read, so that a reader of them may change them afterwards', async () => {
  const path = freshPath()
  const store = closing(await createStore({ vectors, path }))
  const point = { id: 1, vector: { colbert: arrays(1), dense: [1, 2] }, payload: { n: 1 } }
  await store.upsert([point])
  point.payload.n = 2
  point.vector.dense[0] = 9
  const [stored] = await closing(await openStore(path, { readOnly: true })).retrieve([1], {
    with_vector: ['dense'],
  })
  expect(stored).toEqual({ id: 1, payload: { n: 1 }, vector: { dense: Float32Array.of(1, 2) } })
})

it('reports the memory that vectors in memory take, in however many batches they were written', async () => {
  for (const batchPoints of [1, 7, 100]) {
    const store = closing(await createStore({ vectors }))
    const before = usedBytes()
    for (let round = 0; round < 3; round++) await store.upsert(pointsOf(0, 100), { batchPoints })
    const { memory, vectors: described } = await store.info()
    const bytes = Object.values(described).reduce((sum, vector) => sum + vector.bytes, 0)
    expect(memory.resident, `batches of ${batchPoints}`).toBeGreaterThanOrEqual(bytes)
    expect(memory.resident, `batches of ${batchPoints}`).toBeLessThanOrEqual(usedBytes() - before)
  }
})
