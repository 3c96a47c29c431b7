// Details of queries and reads that the common cases of collections do not pin down: pages, thresholds, fusion, the order of
// ids of all kinds, reports, and what a page of a scroll is.

import { expect, it } from 'vitest'
import type { PointId } from '../../src/collection/collection.js'
import type { Prefetch, QueryOptions } from '../../src/collection/search-options.js'
import { createStore, type Store } from '../../src/store/index.js'
import { abortedAt } from '../support/aborted-at.js'
import { temporaryStores } from './folders.js'
import { createMemoryFolder, createSmallSegments } from './memory-folder.js'

const { closing, freshPath } = temporaryStores()

const dense = { size: 1, distance: 'Dot', multivector_config: null, screen: 'off' } as const
const vectors = { a: dense, b: dense } as const
const idsOf = (points: readonly { readonly id: PointId }[]) => points.map(({ id }) => id)

/** Points 1 to `count`: `a` scores them by their ids, `b` in reverse. */
async function filled(count: number, path?: string, memory?: number): Promise<Store> {
  const store = closing(await createStore({ vectors, path, memory }))
  await store.upsert(
    Array.from({ length: count }, (_, i) => ({
      id: i + 1,
      vector: { a: [i + 1], b: [count - i] },
      payload: { n: i + 1, isEven: i % 2 === 1 },
    })),
  )
  return store
}

const over = (n: number) => ({ must: [{ key: 'n', range: { gt: n } }] })
const even = { must: [{ key: 'isEven', match: { value: true } }] }
const rank = (using: 'a' | 'b', more: Prefetch = {}): Prefetch => ({ query: [1], using, ...more })

const pages: readonly (readonly [string, unknown, QueryOptions, readonly number[]])[] = [
  ['10 results by default', [1], { using: 'a' }, [20, 19, 18, 17, 16, 15, 14, 13, 12, 11]],
  ['a full page without the point of an id query', 20, { using: 'a', limit: 3 }, [19, 18, 17]],
  ['a full second page without the point of an id query', 20, { using: 'a', limit: 2, offset: 2 }, [17, 16]],
  ['a full page when the point of an id query is not among them', 1, { using: 'a', limit: 2 }, [20, 19]],
  [
    'what passes the filters of the query and of its prefetch',
    [1],
    { using: 'a', filter: over(14), prefetch: rank('b', { filter: even, limit: 20 }) },
    [20, 18, 16],
  ],
  [
    'what passes the filters of stages inside each other',
    [1],
    {
      using: 'a',
      filter: over(8),
      prefetch: rank('a', { filter: even, prefetch: rank('b', { limit: 3, filter: over(10) }) }),
    },
    [16, 14, 12],
  ],
  [
    'what passes the filter of the outermost stage, of those that the innermost finds',
    [1],
    { using: 'a', filter: over(8), prefetch: rank('a', { filter: even, prefetch: rank('b', { limit: 3 }) }) },
    [14, 12, 10],
  ],
  [
    '10 results of a prefetch by default',
    [1],
    { using: 'a', limit: 99, prefetch: rank('b') },
    [...Array(10)].map((_, i) => 10 - i),
  ],
  ['as many points as a prefetch finds', [1], { using: 'a', prefetch: rank('b', { limit: 2 }) }, [2, 1]],
  [
    'what exceeds the threshold of a prefetch',
    [1],
    { using: 'a', prefetch: rank('b', { score_threshold: 18 }) },
    [2, 1],
  ],
  ['points in the order of their ids without a query', undefined, { limit: 2, offset: 3 }, [4, 5]],
  ['points that pass a filter, without a query', undefined, { limit: 2, filter: even }, [2, 4]],
]

it.each(pages)('returns %s', async (_, query, options, ids) => {
  const store = await filled(20)
  expect(idsOf(await store.query(query as never, options))).toEqual(ids)
})

it('fuses by 1 / (k + rank) in f32, with ranks from 0, ties by id, and pages of what exceeds the threshold', async () => {
  const store = await filled(6)
  const prefetch = [rank('a', { limit: 3 }), rank('b', { limit: 3 }), rank('a', { limit: 2 })]
  const f32 = Math.fround
  const scoresFor = (k: number) =>
    [
      [6, f32(f32(1 / k) + f32(1 / k))],
      [5, f32(f32(1 / (k + 1)) + f32(1 / (k + 1)))],
      [1, f32(1 / k)],
      [2, f32(1 / (k + 1))],
      [3, f32(1 / (k + 2))],
      [4, f32(1 / (k + 2))],
    ].sort(([a, x], [b, y]) => y! - x! || a! - b!)
  const fused = async (query: object, options: QueryOptions = {}) =>
    (await store.query(query as never, { prefetch, ...options })).map(({ id, score }) => [id, score])
  expect(await fused({ fusion: 'rrf' })).toEqual(scoresFor(2))
  expect(await fused({ rrf: {} })).toEqual(scoresFor(2))
  for (const k of [1, 3, 60]) expect(await fused({ rrf: { k } }), `k = ${k}`).toEqual(scoresFor(k))
  expect(await fused({ fusion: 'rrf' }, { limit: 2, offset: 3 })).toEqual(scoresFor(2).slice(3, 5))
  expect(await fused({ fusion: 'rrf' }, { score_threshold: 0.5 })).toEqual(scoresFor(2).slice(0, 2))
  await expect(fused({ rrf: { k: 0 } })).rejects.toThrow(
    '"query.rrf.k" expected a whole number of at least 1, got 0',
  )
  // a weight of 0 or less leaves a ranking out, but finds its points
  expect(await fused({ rrf: { weights: [0, 1, -2] } })).toEqual([
    [1, f32(1 / 2)],
    [2, f32(1 / 3)],
    [3, f32(1 / 4)],
    ...[4, 5, 6].map(id => [id, 0]),
  ])
  await expect(fused({ rrf: { weights: [1, 1, 1e39] } })).rejects.toThrow(
    '"query.rrf.weights[2]" expected a finite number, got 1e+39',
  )
})

it('orders equal scores by id if a call adds points before those of an earlier call', async () => {
  const store = closing(await createStore({ vectors }))
  for (const ids of [
    [5, 6],
    [3, 4],
  ])
    await store.upsert(ids.map(id => ({ id, vector: { a: [1], b: [id] } })))
  for (const limit of [1, 2, 3, 4])
    expect(idsOf(await store.query([1], { using: 'a', limit }))).toEqual([3, 4, 5, 6].slice(0, limit))
})

it('fuses ids of all kinds by their order, and finds the points that the stage around scores', async () => {
  const store = closing(await createStore({ vectors }))
  const ids: PointId[] = [
    10,
    9,
    2n ** 60n,
    2n ** 53n,
    'f47ac10b-58cc-4372-a567-0e02b2c3d479',
    '00000000-0000-4000-8000-000000000000',
  ]
  const ordered = [9, 10, 2n ** 53n, 2n ** 60n, ids[5], ids[4]]
  await store.upsert(ids.map(id => ({ id, vector: { a: [1], b: [1] }, payload: { n: 1 } })))
  expect(idsOf(await store.query([1], { using: 'a', limit: 99 }))).toEqual(ordered)
  expect(idsOf(await store.query([1], { using: 'a', limit: 3 }))).toEqual(ordered.slice(0, 3))
  expect(idsOf(await store.query(undefined, { limit: 99 }))).toEqual(ordered)
  expect(idsOf(await store.query([1], { using: 'b', prefetch: rank('a', { limit: 4 }) }))).toEqual(
    ordered.slice(0, 4),
  )
  for (const batchPoints of [1, 2, 3, 100]) {
    for (const filter of [undefined, over(0)]) {
      const seen: PointId[] = []
      for await (const { id } of store.scroll({ filter, batchPoints })) seen.push(id)
      expect(seen, `pages of ${batchPoints}`).toEqual(ordered)
    }
  }
  // in the given order, each once
  expect(
    idsOf(await store.retrieve([ids[4]!, 10, 10n, 7, ids[2]!, 10, ids[4]!.toString().toUpperCase()])),
  ).toEqual([ids[4], 10, ids[2]])
})

it('scores the slots of a prefetch in numeric order, in several segments too', async () => {
  const store = await filled(300, freshPath(), 0)
  const prefetch = { filter: { must: [{ has_id: [300, 9, 100, 11, 2] }] }, limit: 5 }
  expect(idsOf(await store.query([1], { using: 'a', prefetch }))).toEqual([300, 100, 11, 9, 2])
  expect(idsOf(await store.query([1], { using: 'a', filter: { must: prefetch.filter.must[0]! } }))).toEqual([
    300, 100, 11, 9, 2,
  ])
  // only `must` requires ids: those of other clauses leave the other points in
  const some = { has_id: [1, 2] }
  expect(await store.count({ should: [some, ...over(299).must] })).toBe(3)
  expect(await store.count({ must_not: some })).toBe(298)
  expect(await store.count({ must: [some, { has_id: [2, 3] }] })).toBe(1)
  expect(await store.count({ must: [{ should: [some, { has_id: [3] }] }] })).toBe(3)
})

it.each(['Dot', 'Cosine', 'Euclid', 'Manhattan'] as const)(
  'finds the nearest by %s in several segments, whichever of them has the best',
  async distance => {
    const folder = createMemoryFolder()
    const v = { size: 2, distance, multivector_config: null } as const
    const store = closing(await createSmallSegments(folder, { v }, 32))
    // an angle and a distance that grow with the number
    const numbers = [7, 3, 9, 1, 8, 2, 6, 12, 4, 11, 5, 10, 16, 15, 14, 13]
    const scale = distance === 'Dot' ? -1 : 1
    const point = (n: number) => ({ id: 100 + n, vector: { v: [scale * n, distance === 'Cosine' ? 16 : 1] } })
    await store.upsert(numbers.map(point), { batchPoints: 2 })
    expect((await store.info()).segments).toBeGreaterThan(3)
    const query = distance === 'Dot' ? [1, 0] : [0, 1]
    for (const limit of [1, 2, 5, 16]) {
      const ids = Array.from({ length: limit }, (_, i) => 101 + i)
      expect(idsOf(await store.query(query, { limit })), `limit ${limit}`).toEqual(ids)
    }
  },
)

it('reads pages of 256 points in a scroll by default, or of the given number', async () => {
  for (const [batchPoints, whole] of [
    [undefined, 256],
    [300, 300],
    [7, 7],
  ] as const) {
    const store = await filled(310)
    const scroll = store.scroll({ ...(batchPoints && { batchPoints }), with_payload: false })
    const seen = [(await scroll.next()).value]
    // what is deleted later stays in the page that was read, and is missing from the next ones
    await store.delete(Array.from({ length: 309 }, (_, i) => i + 1))
    for await (const point of scroll) seen.push(point)
    expect(idsOf(seen)).toEqual([...Array.from({ length: whole }, (_, i) => i + 1), 310])
    expect(seen[0]).toEqual({ id: 1 })
  }
})

it('fills the pages of a scroll although points of the filter were deleted meanwhile', async () => {
  const store = await filled(12)
  const scroll = store.scroll({ filter: even, batchPoints: 2 })
  const seen = [(await scroll.next()).value]
  await store.delete([4, 6, 10])
  for await (const point of scroll) seen.push(point)
  expect(idsOf(seen)).toEqual([2, 4, 8, 12])
})

it('returns payloads from retrieve and scroll by default, and vectors only when they are selected', async () => {
  const store = await filled(2)
  const payload = { n: 1, isEven: false }
  expect(await store.retrieve([1])).toEqual([{ id: 1, payload }])
  expect(await store.retrieve([1], { with_payload: false, with_vector: ['b'] })).toEqual([
    { id: 1, vector: { b: Float32Array.of(2) } },
  ])
  expect((await store.scroll().next()).value).toEqual({ id: 1, payload })
  expect((await store.scroll({ with_payload: ['n'], with_vector: true }).next()).value).toEqual({
    id: 1,
    payload: { n: 1 },
    vector: { a: Float32Array.of(1), b: Float32Array.of(2) },
  })
})

it('selects parts of payloads by their paths, and none of what is missing', async () => {
  const store = closing(await createStore({ vectors }))
  const payload = { list: [{ x: 1 }], of: { x: 1, y: { z: [2] } }, n: null, 'of.x': 7 }
  await store.upsert([{ id: 1, vector: {}, payload }])
  const select = async (with_payload: string[]) => (await store.retrieve([1], { with_payload }))[0]!.payload
  expect(await select(['list.x', 'list.0', 'n.x', 'missing.x', 'of.y.z.0'])).toEqual({
    list: [],
    n: null,
    of: { y: { z: [] } },
  })
  expect(await select(['of.x', 'of.y.z', 'n', 'list'])).toEqual({ ...payload, 'of.x': undefined })
  expect(await select([]), 'no parts').toBeUndefined()
})

it('has groups for whole numbers of 64 bits, with and without a sign, and for no larger ones', async () => {
  const store = closing(await createStore({ vectors: { a: dense } }))
  const values = [2n ** 64n - 1n, 2n ** 64n, -(2n ** 63n), -(2n ** 63n) - 1n, 1e21, 2 ** 53]
  await store.upsert(values.map((value, id) => ({ id, vector: { a: [9 - id] }, payload: { value } })))
  const groups = await store.queryGroups([1], { group_by: 'value' })
  expect(groups.map(({ id }) => id)).toEqual([2n ** 64n - 1n, -(2n ** 63n), 2n ** 53n])
})

it('finds groups of several segments and of replaced points, and refuses to look up their ids elsewhere', async () => {
  const store = closing(
    await createSmallSegments(createMemoryFolder(), { a: { size: 1, distance: 'Dot' } }, 10),
  )
  const pointOf = (id: number, document: string) => ({ id, vector: { a: [[id]] }, payload: { document } })
  await store.upsert([5, 4, 3, 2, 1].map(id => pointOf(id, `${id % 2}`)))
  await store.upsert([pointOf(5, '0'), pointOf(7, '1')])
  await store.delete([4])
  expect((await store.info()).segments).toBeGreaterThan(1)
  const read: number[] = []
  const started = performance.now()
  const groups = await store.queryGroups([[1]], {
    group_by: 'document',
    group_size: 2,
    onCost: ({ seconds }) => read.push(seconds),
  })
  expect(groups.map(({ id, hits }) => [id, ...hits.map(hit => hit.id)])).toEqual([
    ['1', 7, 3],
    ['0', 5, 2],
  ])
  expect(read).toHaveLength(1)
  expect(read[0]).toBeGreaterThan(0)
  expect(read[0]).toBeLessThanOrEqual((performance.now() - started) / 1000)
  await expect(store.queryGroups([[1]], { group_by: 'document', with_lookup: 'documents' })).rejects.toThrow(
    '"with_lookup" is not supported by a store; omit it',
  )
})

it('scrolls over what was inserted and deleted since the scroll before', async () => {
  const store = await filled(3)
  const scrolled = async () => {
    const seen: PointId[] = []
    for await (const { id } of store.scroll()) seen.push(id)
    return seen
  }
  expect(await scrolled()).toEqual([1, 2, 3])
  await store.upsert([{ id: 0, vector: { a: [1] } }])
  expect(await scrolled()).toEqual([0, 1, 2, 3])
  await store.delete([2])
  expect(await scrolled()).toEqual([0, 1, 3])
})

it('reports the bytes that each query read, and seconds', async () => {
  const store = await filled(50, freshPath(), 0)
  for (let i = 0; i < 2; i++) {
    let cost: Parameters<NonNullable<QueryOptions['onCost']>>[0] | undefined
    const started = performance.now()
    const onCost: QueryOptions['onCost'] = given => {
      cost = given
    }
    await store.query([1], { using: 'a', onCost })
    const elapsed = (performance.now() - started) / 1000
    expect(cost).toMatchObject({ bytesSent: 0, bytesReceived: 50 * 4, retries: 0 })
    expect(cost!.seconds).toBeGreaterThan(0)
    expect(cost!.seconds, 'seconds of a query').toBeLessThanOrEqual(elapsed)
  }
})

it('reports the bytes that both stages of a rerank read, and seconds', async () => {
  const store = await filled(50, freshPath(), 0)
  const read: number[] = []
  const started = performance.now()
  const onCost: QueryOptions['onCost'] = ({ bytesReceived, seconds }) => {
    read.push(bytesReceived)
    expect(seconds).toBeGreaterThan(0)
    expect(seconds).toBeLessThanOrEqual((performance.now() - started) / 1000)
  }
  await store.rerank([1], { using: 'a', prefetch: { query: [1], using: 'b' }, candidates: 50, onCost })
  await store.rerank([1], { using: 'a', prefetch: { filter: over(0) }, candidates: 50, onCost })
  expect(read).toEqual([2 * 50 * 4, 50 * 4])
})

it.each(['queryBatch', 'rerankBatch'] as const)(
  'cancels one query of a %s by its own signal, and all by that of the batch',
  async call => {
    const store = await filled(3)
    const query = [1]
    const none = new AbortController().signal
    const aborted = (reason: string) => AbortSignal.abort(new Error(reason))
    const one = { query, using: 'a' }
    await expect(store[call]([one, { ...one, signal: aborted('own') }], { signal: none })).rejects.toThrow(
      'own',
    )
    for (const own of [{}, { signal: undefined }, { signal: none }]) {
      const batch = store[call]([{ ...one, ...own }], { signal: aborted('all') })
      await expect(batch).rejects.toThrow('all')
    }
    const [first, second] = await store[call]([
      { ...one, limit: 1 },
      { query, using: 'b', limit: 2 },
    ])
    expect([first, second].map(hits => idsOf(hits!))).toEqual([[3], [1, 2]])
  },
)

it.each<[string, (store: Store, signal: AbortSignal) => Promise<unknown>]>([
  ['query', (store, signal) => store.query([1], { using: 'a', signal })],
  ['prefetch', (store, signal) => store.query([1], { using: 'a', prefetch: rank('b'), signal })],
  ['query for groups', (store, signal) => store.queryGroups([1], { using: 'a', group_by: 'n', signal })],
  ['first stage', (store, signal) => store.rerank([1], { using: 'a', prefetch: rank('b'), signal })],
  ['second stage', (store, signal) => store.rerank([1], { using: 'a', prefetch: { filter: even }, signal })],
])('a %s can be cancelled while it runs', async (_, call) => {
  await expect(call(await filled(3), abortedAt(2))).rejects.toThrow('enough')
})

const line = { size: 1, multivector_config: null } as const
const thresholds = [
  ['Dot', [2, 3, 4], 3, [4]],
  ['Dot', [-1, 0, 1], 0, [1]],
  ['Euclid', [2, 3, 4], 3, [2]],
  ['Manhattan', [2, 3, 4], 3, [2]],
  ['Euclid', [0, 1], 0, []],
  ['Manhattan', [0, 1], 0, []],
] as const

it.each(thresholds)(
  'by %s returns of the scores %j beyond the threshold %d only %j: not the threshold itself',
  async (distance, scores, threshold, expected) => {
    const store = closing(await createStore({ vectors: { v: { ...line, distance } } }))
    await store.upsert(scores.map((score, id) => ({ id, vector: { v: [score] } })))
    const query = distance === 'Dot' ? [1] : [0]
    const scoresOf = async (options: QueryOptions) =>
      (await store.query(query, options)).map(({ score }) => score)
    expect(await scoresOf({ score_threshold: threshold })).toEqual(expected)
    expect(await scoresOf({ prefetch: { query, score_threshold: threshold } })).toEqual(expected)
    expect(await scoresOf({ score_threshold: threshold, offset: expected.length })).toEqual([])
    expect(await scoresOf({})).toHaveLength(scores.length)
  },
)

it('names the point of an id query that does not exist or lacks the vector', async () => {
  for (const path of [undefined, freshPath()]) {
    const store = await filled(3, path, 0)
    await store.upsert([{ id: 9, vector: { b: [5] } }])
    const lacks = (place: string) => `"${place}" expected a point with the vector "a", got 9`
    await expect(store.query(9, { using: 'a' })).rejects.toThrow(lacks('query'))
    await expect(store.query({ nearest: 9 }, { using: 'a' })).rejects.toThrow(lacks('query.nearest'))
    await expect(
      store.query([1], { using: 'b', prefetch: [rank('b'), rank('a', { query: 9 })] }),
    ).rejects.toThrow(lacks('prefetch[1].query'))
    await expect(store.explain(9, 1, { using: 'a' })).rejects.toThrow(lacks('query'))
    await expect(store.explain([1], 9, { using: 'a' })).rejects.toThrow(lacks('id'))
    await expect(store.query(8, { using: 'a' })).rejects.toThrow(
      '"query" expected the id of a point in the store, got 8',
    )
    await expect(store.explain([1], 8, { using: 'a' })).rejects.toThrow(lacks('id').replace('9', '8'))
  }
})

it('explains the vector that "using" names, and the stored rows of another point', async () => {
  const store = await filled(5)
  expect((await store.explain([2], 4, { using: 'a' })).score).toBe(8)
  expect((await store.explain([2], 4, { using: 'b' })).score).toBe(4)
  expect((await store.explain(5, 4, { using: 'b' })).score).toBe(2)
})
