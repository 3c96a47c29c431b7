// A store against a model: random calls on a store with a simulated disk, and the same calls on a Map with brute-force
// scores in f64. fast-check finds the shortest sequence of calls that differs, and prints its seed and path.
// `model.test.ts` runs a few sequences, `model.slow.test.ts` thousands.

import fc from 'fast-check'
import { expect } from 'vitest'
import type {
  Filter,
  Hit,
  Payload,
  Point,
  PointId,
  SparseVector,
  StoredPoint,
} from '../../src/collection/collection.js'
import { createNodeFolder } from '../../src/store/folders/node-folder.js'
import type { Store, StoreDatatype } from '../../src/store/index.js'
import { openStoreIn } from '../../src/store/open-folder.js'
import { random } from '../support/random.js'
import { createSmallSegments } from './memory-folder.js'
import { createSimulatedDisk, FOLDER, type SimulatedDisk } from './simulated-disk.js'

type Rows = readonly (readonly number[])[]
type FieldName = 'colbert' | 'dense'

/** A point of the model. */
interface ModelPoint {
  readonly colbert: Rows | undefined
  readonly dense: readonly number[] | undefined
  /** The dimensions of a sparse vector, each with its number plus 1 as value. */
  readonly words: readonly number[] | undefined
  readonly payload: Payload | undefined
  version: number
}

/** What the store should contain. */
interface Model {
  readonly points: Map<PointId, ModelPoint>
  lastVersion: number
  /** Whether everything survives a power cut. */
  isSynced: boolean
}

/** The store, its disk, and readers that were opened earlier. */
interface Real {
  disk: SimulatedDisk
  store: Store
  readonly config: Config
  readonly readers: { readonly store: Store; readonly points: ReadonlyMap<PointId, ModelPoint> }[]
}

interface Config {
  readonly distance: 'Dot' | 'Euclid' | 'Manhattan'
  readonly datatype: StoreDatatype
  readonly segmentBytes: number
  readonly memory: number
}

type Command = fc.AsyncCommand<Model, Real>

const UUIDS = ['00000000-0000-4000-8000-000000000001', 'ffffffff-0000-4000-8000-00000000000a']
const IDS: readonly PointId[] = [0, 1, 2, 3, 4, 5, 6, 7, 2 ** 40 + 1, ...UUIDS]

const compareIds = (a: PointId, b: PointId) => IDS.indexOf(a) - IDS.indexOf(b)

// arbitrary values. Elements are small whole numbers, which every datatype stores exactly, so equal scores are frequent

const anyId = fc.constantFrom(...IDS)
const anyRow = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 3, maxLength: 3 })
const anyRows = fc.array(anyRow, { minLength: 1, maxLength: 3 })
const anyDense = fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 2, maxLength: 2 })
const anyWords = fc.uniqueArray(fc.integer({ min: 0, max: 5 }), { maxLength: 3 })
const anyPayload = fc.record(
  {
    n: fc.integer({ min: 0, max: 3 }),
    tags: fc.subarray(['a', 'b', 'ü']),
    of: fc.record({ x: fc.boolean() }),
  },
  { requiredKeys: [] },
)

/** A point to upsert. */
interface NewPoint {
  readonly id: PointId
  readonly colbert: Rows | undefined
  readonly dense: readonly number[] | undefined
  /** The dimensions of a sparse vector, each with its number plus 1 as value. */
  readonly words: readonly number[] | undefined
  readonly payload: Payload | undefined
}

const anyPoint: fc.Arbitrary<NewPoint> = fc.record({
  id: anyId,
  colbert: fc.option(anyRows, { nil: undefined, freq: 6 }),
  dense: fc.option(anyDense, { nil: undefined, freq: 3 }),
  words: fc.option(anyWords, { nil: undefined, freq: 3 }),
  payload: fc.option(anyPayload, { nil: undefined, freq: 6 }),
})
const anyPoints = fc.array(anyPoint, { minLength: 1, maxLength: 9 })

/** A filter, and what it means. */
interface ModelFilter {
  readonly filter: Filter
  passes(id: PointId, payload: Payload): boolean
}

const anyCondition: fc.Arbitrary<ModelFilter> = fc.oneof(
  fc.integer({ min: 0, max: 3 }).map(n => ({
    filter: { must: [{ key: 'n', match: { value: n } }] },
    passes: (_: PointId, payload: Payload) => payload.n === n,
  })),
  fc.integer({ min: 0, max: 3 }).map(n => ({
    filter: { must: { key: 'n', range: { gt: n } } },
    passes: (_: PointId, payload: Payload) => typeof payload.n === 'number' && payload.n > n,
  })),
  fc.constantFrom('a', 'ü').map(tag => ({
    filter: { must_not: [{ key: 'tags', match: { any: [tag] } }] },
    passes: (_: PointId, payload: Payload) => !((payload.tags as string[] | undefined) ?? []).includes(tag),
  })),
  fc.uniqueArray(anyId, { maxLength: 6 }).map(ids => ({
    filter: { must: [{ has_id: ids }] },
    passes: (id: PointId) => ids.includes(id),
  })),
  fc.constant({
    filter: { must: [{ is_empty: { key: 'of.x' } }] },
    passes: (_: PointId, payload: Payload) => (payload.of as { x?: boolean } | undefined)?.x === undefined,
  }),
)
const anyFilter: fc.Arbitrary<ModelFilter> = fc.oneof(
  anyCondition,
  fc.tuple(anyCondition, anyCondition).map(([a, b]) => ({
    filter: { should: [a.filter, b.filter] },
    passes: (id: PointId, payload: Payload) => a.passes(id, payload) || b.passes(id, payload),
  })),
  fc.tuple(anyCondition, anyCondition).map(([a, b]) => ({
    filter: { must: [a.filter, b.filter] },
    passes: (id: PointId, payload: Payload) => a.passes(id, payload) && b.passes(id, payload),
  })),
)
const maybe = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined, freq: 2 })

// the model

const passing = (points: ReadonlyMap<PointId, ModelPoint>, filter: ModelFilter | undefined): PointId[] =>
  [...points]
    .filter(([id, { payload }]) => filter?.passes(id, payload ?? {}) ?? true)
    .map(([id]) => id)
    .sort(compareIds)

const TERMS = {
  Dot: (a: number, b: number) => a * b,
  Euclid: (a: number, b: number) => (a - b) ** 2,
  Manhattan: (a: number, b: number) => Math.abs(a - b),
}

function scoreOf(query: Rows, document: Rows, distance: Config['distance']): number {
  const best = distance === 'Dot' ? Math.max : Math.min
  const similarity = (row: readonly number[], other: readonly number[]) =>
    row.reduce((sum, value, i) => sum + TERMS[distance](value, other[i]!), 0)
  const sum = query.reduce((total, row) => total + best(...document.map(other => similarity(row, other))), 0)
  return Math.fround(distance === 'Euclid' ? Math.sqrt(sum) : sum)
}

const documentOf = (point: ModelPoint, field: FieldName): Rows | undefined =>
  field === 'colbert' ? point.colbert : point.dense && [point.dense]

/** All documents of the model that are in `ids`, best first, equal scores by id. */
function ranking(
  points: ReadonlyMap<PointId, ModelPoint>,
  ids: readonly PointId[],
  query: Rows,
  field: FieldName,
  distance: Config['distance'],
): { readonly id: PointId; readonly score: number }[] {
  const scored = ids.flatMap(id => {
    const document = documentOf(points.get(id)!, field)
    return document ? [{ id, score: scoreOf(query, document, distance) }] : []
  })
  const sign = distance === 'Dot' ? -1 : 1
  return scored.sort((a, b) => sign * (a.score - b.score) || compareIds(a.id, b.id))
}

function applyUpsert(model: Model, points: readonly NewPoint[], resume: 'skip' | 'overwrite'): void {
  // `skip` is decided for each group of points when it is read, so an id that is twice in a group is written twice
  const known = new Set(model.points.keys())
  for (const { id, ...point } of points) {
    if (resume === 'overwrite' || !known.has(id)) model.points.set(id, { ...point, version: Number.NaN })
  }
}

const sparseOf = (words: readonly number[]): SparseVector => ({
  indices: words,
  values: words.map(word => word + 1),
})

/** The vectors of a point that are given. */
const vectorsOf = ({
  colbert,
  dense,
  words,
}: Pick<NewPoint, 'colbert' | 'dense' | 'words'>): Point['vector'] => ({
  ...(colbert && { colbert }),
  ...(dense && { dense }),
  ...(words && { words: sparseOf(words) }),
})

const toPoint = ({ id, payload, ...vectors }: NewPoint): Point => ({
  id,
  vector: vectorsOf(vectors),
  ...(payload && { payload }),
})

// the store

const openOn = async (
  disk: SimulatedDisk,
  { memory, segmentBytes }: Config,
  more: object = {},
): Promise<Store> =>
  openStoreIn(await createNodeFolder(FOLDER, disk.fileSystem), {
    kernel: 'simd',
    memory,
    segmentBytes,
    ...more,
  })

/** Expects a stored point to be that of the model. */
function expectPoint(point: StoredPoint, wanted: ModelPoint | undefined): void {
  const vector = {
    ...(wanted?.colbert && { colbert: { data: Float32Array.from(wanted.colbert.flat()), dim: 3 } }),
    ...(wanted?.dense && { dense: Float32Array.from(wanted.dense) }),
    ...(wanted?.words && { words: sparseOf(wanted.words.toSorted()) }),
  }
  expect(point, `point ${point.id}`).toEqual({ id: point.id, payload: wanted?.payload ?? {}, vector })
}

/** Expects a store to contain the points of the model, and to return them in every way. */
async function expectContents(store: Store, points: ReadonlyMap<PointId, ModelPoint>): Promise<void> {
  const found: PointId[] = []
  for await (const point of store.scroll({ with_vector: true, batchPoints: 3 })) {
    found.push(point.id)
    expectPoint(point, points.get(point.id))
  }
  expect(found, 'ids of a scroll').toEqual(passing(points, undefined))
  const hits = await store.query(undefined, { limit: 100 })
  expect(hits.map(({ id }) => id)).toEqual(found)
  for (const { id, version } of hits) expect(version, `version of ${id}`).toBe(points.get(id)!.version)
  const info = await store.info()
  expect([info.points, await store.count()]).toEqual([points.size, points.size])
  expect(info.damage).toEqual([])
  const documents = [...points.values()].filter(({ colbert }) => colbert)
  const rows = documents.reduce((sum, { colbert }) => sum + colbert!.length, 0)
  expect(info.vectors.colbert).toMatchObject({ points: documents.length, rows })
  const sparse = [...points.values()].flatMap(({ words }) => (words ? [words.length] : []))
  const values = sparse.reduce((sum, length) => sum + length, 0)
  expect(info.sparse_vectors!.words).toEqual({ points: sparse.length, values, bytes: 8 * values })
  expect(info.memory.resident).toBeLessThanOrEqual(info.memory.budget)
}

/** Notes the versions that an upsert gave to points: each is larger than all before it, and replaced points have it too. */
async function readVersions(model: Model, store: Store, ids: readonly PointId[]): Promise<void> {
  const hits = await store.query(undefined, { filter: { must: [{ has_id: ids }] }, limit: 100 })
  let last = model.lastVersion
  for (const { id, version } of hits) {
    const point = model.points.get(id)
    if (!point || !Number.isNaN(point.version)) continue
    expect(version, `version of ${id}`).toBeGreaterThan(model.lastVersion)
    point.version = version!
    last = Math.max(last, version!)
  }
  model.lastVersion = last
}

/** A command whose text is its name and arguments. */
const command = (
  name: string,
  given: unknown,
  run: (model: Model, real: Real) => Promise<unknown>,
): Command => ({
  check: () => true,
  run: async (model, real) => {
    await run(model, real)
  },
  toString: () => `${name} ${JSON.stringify(given, (key, value) => (key === 'passes' ? undefined : value))}`,
})

const upserts = fc
  .record({
    points: anyPoints,
    batchPoints: fc.constantFrom(1, 2, 1024),
    resume: fc.constantFrom('overwrite' as const, 'overwrite' as const, 'skip' as const),
    wait: fc.boolean(),
  })
  .map(given =>
    command('upsert', given, async (model, { store }) => {
      const { points, batchPoints, resume, wait } = given
      // a group of points is read at a time, so this decides for all of them at once
      const some = resume === 'skip' ? points.slice(0, 8) : points
      const report = await store.upsert(some.map(toPoint), { batchPoints, resume, wait })
      const known = some.filter(({ id }) => model.points.has(id)).length
      expect(report.skipped).toBe(resume === 'skip' ? known : 0)
      expect(report.points).toBe(some.length - report.skipped)
      expect(report.applied).toBe(wait)
      applyUpsert(model, some, resume)
      model.isSynced = wait
      await readVersions(
        model,
        store,
        some.map(({ id }) => id),
      )
    }),
  )

const deletions = fc.oneof(
  fc.array(anyId, { maxLength: 4 }).map(ids =>
    command('delete', ids, async (model, { store }) => {
      const hasAny = ids.some(id => model.points.has(id))
      await store.delete(ids)
      for (const id of ids) model.points.delete(id)
      if (hasAny) model.isSynced = true
    }),
  ),
  anyFilter.map(filter =>
    command('delete by filter', filter, async (model, { store }) => {
      const ids = passing(model.points, filter)
      await store.delete(filter.filter)
      for (const id of ids) model.points.delete(id)
      if (ids.length > 0) model.isSynced = true
    }),
  ),
)

/** A change of a payload: what it does to a copy, and the call. */
interface PayloadChange {
  readonly name: string
  apply(payload: Record<string, unknown> | undefined): Payload | undefined
  call(store: Store, which: readonly PointId[] | Filter, options: { readonly wait: boolean }): Promise<void>
}

const anyPatch = fc.record(
  {
    n: fc.option(fc.integer({ min: 0, max: 3 })),
    tags: fc.option(fc.subarray(['a', 'b', 'ü'])),
    note: fc.constantFrom('', 'ü'.repeat(50)),
  },
  { requiredKeys: [] },
)

/** Merges as the server does: a key that is null is removed. */
function merge(into: Record<string, unknown>, patch: Payload): Payload {
  for (const [name, value] of Object.entries(patch)) {
    if (value === null) delete into[name]
    else into[name] = value
  }
  return into
}

const anyPayloadChange: fc.Arbitrary<PayloadChange> = fc.oneof(
  anyPatch.map(patch => ({
    name: `set ${JSON.stringify(patch)}`,
    // a point without a payload gets the nulls too
    apply: (payload: Record<string, unknown> | undefined) => (payload ? merge(payload, patch) : patch),
    call: (store: Store, which: readonly PointId[] | Filter, options: object) =>
      store.setPayload(which, patch, options),
  })),
  anyPatch.map(patch => ({
    name: `set in of ${JSON.stringify(patch)}`,
    apply: (payload: Record<string, unknown> = {}) =>
      merge(payload, { of: merge((payload.of as Record<string, unknown> | undefined) ?? {}, patch) }),
    call: (store: Store, which: readonly PointId[] | Filter, options: object) =>
      store.setPayload(which, patch, { ...options, key: 'of' }),
  })),
  anyPayload.map(payload => ({
    name: `overwrite with ${JSON.stringify(payload)}`,
    apply: () => payload,
    call: (store: Store, which: readonly PointId[] | Filter, options: object) =>
      store.overwritePayload(which, payload, options),
  })),
  fc.constant({
    name: 'delete n and of.x',
    apply(payload: Record<string, unknown> | undefined) {
      if (!payload) return undefined
      const { n, of, ...rest } = payload
      const { x, ...others } = (of ?? {}) as Record<string, unknown>
      return of === undefined ? rest : { ...rest, of: others }
    },
    call: (store: Store, which: readonly PointId[] | Filter, options: object) =>
      store.deletePayload(which, ['n', 'of.x'], options),
  }),
  fc.constant({
    name: 'clear',
    apply: () => undefined,
    call: (store: Store, which: readonly PointId[] | Filter, options: object) =>
      store.clearPayload(which, options),
  }),
)

/** The same payload has the same text, whatever the order of its keys. */
const textOf = (payload: Payload | undefined) =>
  payload && JSON.stringify(Object.entries(payload).sort(([a], [b]) => (a < b ? -1 : 1)))

const payloadChanges = fc
  .record({
    which: fc.oneof(fc.array(anyId, { maxLength: 4 }), anyFilter),
    change: anyPayloadChange,
    wait: fc.boolean(),
  })
  .map(given =>
    command('change payload', given, async (model, { store }) => {
      const { which, change, wait } = given
      const ids = Array.isArray(which) ? which : passing(model.points, which)
      const call = change.call(store, Array.isArray(which) ? which : which.filter, { wait })
      const unknown = ids.find(id => !model.points.has(id))
      if (unknown === undefined) await call
      else await expect(call).rejects.toThrow(`there is no point with the id ${unknown}`)
      // once for each point, also for one that is named twice
      for (const id of new Set(ids)) {
        const point = model.points.get(id)
        if (!point) continue
        const payload = change.apply(structuredClone(point.payload))
        // a point that does not change keeps its version
        if (textOf(payload) === textOf(point.payload)) continue
        model.points.set(id, { ...point, payload, version: Number.NaN })
        if (!wait) model.isSynced = false
      }
      if (wait) model.isSynced = true
      await readVersions(model, store, ids)
    }),
  )

/** New vectors of a point. */
const anyUpdate = fc
  .record({ id: anyId, colbert: maybe(anyRows), dense: maybe(anyDense), words: maybe(anyWords) })
  .filter(({ colbert, dense, words }) => (colbert ?? dense ?? words) !== undefined)

const vectorChanges = fc.oneof(
  fc
    .record({
      updates: fc.array(anyUpdate, { minLength: 1, maxLength: 6 }),
      batchPoints: fc.constantFrom(1, 2, 1024),
      resume: fc.constantFrom('overwrite' as const, 'skip' as const),
      wait: fc.boolean(),
    })
    .map(given =>
      command('update vectors', given, async (model, { store }) => {
        const { updates, resume, ...options } = given
        const known = new Map(model.points)
        const hasAll = ({ id, ...given }: (typeof updates)[number]) => {
          const point = known.get(id)
          const names = ['colbert', 'dense', 'words'] as const
          return point !== undefined && names.every(name => !given[name] || point[name])
        }
        const wanted = resume === 'skip' ? updates.filter(update => !hasAll(update)) : updates
        const points = updates.map(({ id, ...given }) => ({ id, vector: vectorsOf(given) }))
        const call = store.updateVectors(points, { resume, ...options })
        const unknown = wanted.find(({ id }) => !known.has(id))
        if (unknown) await expect(call).rejects.toThrow(`there is no point with the id ${unknown.id}`)
        else
          expect(await call).toMatchObject({ points: wanted.length, skipped: updates.length - wanted.length })
        for (const { id, colbert, dense, words } of wanted) {
          const point = model.points.get(id)
          if (!point) continue
          const changed = {
            ...point,
            ...(colbert && { colbert }),
            ...(dense && { dense }),
            ...(words && { words }),
          }
          model.points.set(id, { ...changed, version: Number.NaN })
        }
        // what a call that fails has written is not synced
        model.isSynced = unknown === undefined && options.wait
        const ids = updates.map(({ id }) => id)
        await readVersions(model, store, ids)
      }),
    ),
  fc
    .record({
      which: fc.oneof(fc.array(anyId, { maxLength: 4 }), anyFilter),
      names: fc.constantFrom(['colbert'], ['dense'], ['words'], ['dense', 'colbert']),
      wait: fc.boolean(),
    })
    .map(given =>
      command('delete vectors', given, async (model, { store }) => {
        const { which, names, wait } = given
        const ids = Array.isArray(which) ? which : passing(model.points, which)
        const call = store.deleteVectors(Array.isArray(which) ? which : which.filter, names, { wait })
        const unknown = ids.find(id => !model.points.has(id))
        if (unknown === undefined) await call
        else await expect(call).rejects.toThrow(`there is no point with the id ${unknown}`)
        for (const id of ids) {
          const point = model.points.get(id)
          const removed = names.filter(name => point?.[name as FieldName | 'words'])
          if (!point || removed.length === 0) continue
          const without = Object.fromEntries(removed.map(name => [name, undefined]))
          model.points.set(id, { ...point, ...without, version: Number.NaN })
          if (!wait) model.isSynced = false
        }
        if (wait) model.isSynced = true
        await readVersions(model, store, ids)
      }),
    ),
)

const reads = fc.oneof(
  fc
    .record({ ids: fc.array(anyId, { maxLength: 5 }), parts: fc.constantFrom('all', 'n', 'none') })
    .map(given =>
      command('retrieve', given, async ({ points }, { store }) => {
        const { ids, parts } = given
        const known = [...new Set(ids)].filter(id => points.has(id))
        const with_payload = parts === 'all' ? true : parts === 'none' ? false : ['n']
        const found = await store.retrieve(ids, { with_payload, with_vector: ['dense'] })
        expect(found.map(({ id }) => id)).toEqual(known)
        for (const { id, payload, vector } of found) {
          const wanted = points.get(id)!
          const n = wanted.payload?.n
          const some = n === undefined ? {} : { n }
          expect(payload).toEqual(parts === 'all' ? (wanted.payload ?? {}) : parts === 'n' ? some : undefined)
          expect(vector).toEqual(wanted.dense ? { dense: Float32Array.from(wanted.dense) } : {})
        }
      }),
    ),
  fc.record({ filter: maybe(anyFilter), batchPoints: fc.integer({ min: 1, max: 4 }) }).map(given =>
    command('scroll and count', given, async ({ points }, { store }) => {
      const filter = given.filter?.filter
      const found: PointId[] = []
      for await (const { id } of store.scroll({ filter, batchPoints: given.batchPoints })) found.push(id)
      const wanted = passing(points, given.filter)
      expect(found).toEqual(wanted)
      expect(await store.count(filter)).toBe(wanted.length)
    }),
  ),
)

const anyQuery = fc.record({
  field: fc.constantFrom('colbert' as const, 'dense' as const),
  rows: anyRows,
  dense: anyDense,
  limit: fc.integer({ min: 1, max: 12 }),
  offset: fc.integer({ min: 0, max: 3 }),
  filter: maybe(anyFilter),
  threshold: maybe(fc.integer({ min: 0, max: 60 })),
  prefetch: maybe(
    fc.record({ dense: anyDense, limit: fc.integer({ min: 1, max: 4 }), filter: maybe(anyFilter) }),
  ),
})

const queries = fc.oneof(
  anyQuery.map(given =>
    command('query', given, async ({ points }, { store, config: { distance } }) => {
      const { field, rows, dense, limit, offset, filter, threshold, prefetch } = given
      let ids = passing(points, filter)
      if (prefetch) {
        const inner = ids.filter(id => prefetch.filter?.passes(id, points.get(id)!.payload ?? {}) ?? true)
        ids = ranking(points, inner, [prefetch.dense], 'dense', distance)
          .slice(0, prefetch.limit)
          .map(({ id }) => id)
      }
      const isBetter = (score: number) =>
        threshold === undefined || (distance === 'Dot' ? score > threshold : score < threshold)
      const queryRows = field === 'colbert' ? rows : [dense]
      const wanted = ranking(points, ids, queryRows, field, distance)
        .slice(0, limit + offset)
        .filter(({ score }) => isBetter(score))
        .slice(offset)
      const hits: Hit[] = await store.query(field === 'colbert' ? rows : dense, {
        using: field,
        limit,
        offset,
        with_payload: true,
        ...(filter && { filter: filter.filter }),
        ...(threshold !== undefined && { score_threshold: threshold }),
        ...(prefetch && {
          prefetch: {
            query: prefetch.dense,
            using: 'dense',
            limit: prefetch.limit,
            ...(prefetch.filter && { filter: prefetch.filter.filter }),
          },
        }),
      })
      expect(hits).toEqual(
        wanted.map(({ id, score }) => {
          const { payload = {}, version } = points.get(id)!
          return { id, score, version, payload }
        }),
      )
    }),
  ),
  fc
    .record({
      rows: anyRows,
      group_by: fc.constantFrom('n', 'tags', 'tags[]', 'of.x'),
      limit: fc.integer({ min: 1, max: 4 }),
      group_size: fc.integer({ min: 1, max: 3 }),
    })
    .map(given =>
      command('query groups', given, async ({ points }, { store, config: { distance } }) => {
        const { rows, group_by, limit, group_size } = given
        const wanted = new Map<unknown, { readonly id: PointId; readonly score: number }[]>()
        for (const hit of ranking(points, passing(points, undefined), rows, 'colbert', distance)) {
          const { n, tags } = points.get(hit.id)!.payload ?? {}
          const value = group_by === 'of.x' ? undefined : group_by === 'n' ? n : tags
          // null is no group
          const groups = [value ?? []].flat()
          for (const group of groups) {
            const hits = wanted.get(group)
            if (hits && hits.length < group_size) hits.push(hit)
            if (!hits && wanted.size < limit) wanted.set(group, [hit])
          }
        }
        const found = await store.queryGroups(rows, { using: 'colbert', group_by, limit, group_size })
        const shown = found.map(({ id, hits }) => [id, hits.map(hit => ({ id: hit.id, score: hit.score }))])
        expect(shown).toEqual([...wanted])
      }),
    ),
  fc
    .record({
      words: fc.uniqueArray(fc.integer({ min: 0, max: 6 }), { maxLength: 4 }),
      weight: fc.constantFrom(1, 2, -1),
      limit: fc.integer({ min: 1, max: 12 }),
      filter: maybe(anyFilter),
    })
    .map(given =>
      command('sparse query', given, async ({ points }, { store }) => {
        const { words, weight, limit, filter } = given
        const wanted = passing(points, filter)
          .flatMap(id => {
            const common = points.get(id)!.words?.filter(word => words.includes(word)) ?? []
            const score = common.reduce((sum, word) => sum + (word + 1) * weight, 0)
            return common.length > 0 ? [{ id, score }] : []
          })
          .sort((a, b) => b.score - a.score || compareIds(a.id, b.id))
        const query = { indices: words, values: words.map(() => weight) }
        const hits = await store.query(query, {
          using: 'words',
          limit,
          ...(filter && { filter: filter.filter }),
        })
        expect(hits.map(({ id, score }) => ({ id, score }))).toEqual(wanted.slice(0, limit))
      }),
    ),
  fc.record({ id: anyId, limit: fc.integer({ min: 1, max: 4 }) }).map(given =>
    command('query and explain by id', given, async ({ points }, { store, config: { distance } }) => {
      const rows = points.get(given.id)?.colbert
      if (!rows) {
        await expect(store.query(given.id, { using: 'colbert' })).rejects.toThrow(RangeError)
        return
      }
      const others = passing(points, undefined).filter(id => id !== given.id)
      const wanted = ranking(points, others, rows, 'colbert', distance).slice(0, given.limit)
      const hits = await store.query(given.id, { using: 'colbert', limit: given.limit })
      expect(hits.map(({ id, score }) => ({ id, score }))).toEqual(wanted)
      const { score } = await store.explain(given.id, given.id, { using: 'colbert' })
      expect(score).toBe(scoreOf(rows, rows, distance))
    }),
  ),
)

const lives = fc.oneof(
  fc.constant(
    command('compact', [], async (_, { store }) => {
      await store.compact()
      expect((await store.info()).dead).toBe(0)
    }),
  ),
  fc.constantFrom({}, { salvage: true }, { memory: 0 }, { memory: 300 }).map(options =>
    command('reopen', options, async (model, real) => {
      await real.store.close()
      expect(real.disk.openFiles, 'files that are open after the store was closed').toBe(
        real.readers.length === 0 ? 0 : real.disk.openFiles,
      )
      real.store = await openOn(real.disk, real.config, options)
      model.isSynced = true
      await expectContents(real.store, model.points)
    }),
  ),
  fc.nat().map(seed =>
    command('crash', seed, async (model, real) => {
      const { disk, store } = real
      const steps = disk.record.length
      real.disk = model.isSynced ? disk.afterPowerCut(steps, random(seed)) : disk.afterKill(steps)
      // the process is gone: what its store does on the old disk concerns nobody
      await store.close()
      for (const reader of real.readers.splice(0)) await reader.store.close()
      real.store = await openOn(real.disk, real.config)
      await expectContents(real.store, model.points)
    }),
  ),
  fc.nat().map(seed =>
    command('crash during a compaction', seed, async (model, real) => {
      if (!model.isSynced) return
      const { disk, store } = real
      const before = disk.record.length
      await store.compact()
      const steps = before + (seed % (disk.record.length - before + 1))
      real.disk = disk.afterPowerCut(steps, random(seed))
      await store.close()
      for (const reader of real.readers.splice(0)) await reader.store.close()
      real.store = await openOn(real.disk, real.config)
      await expectContents(real.store, model.points)
    }),
  ),
  fc.constantFrom(0, 1e6).map(memory =>
    command('open a reader', memory, async (model, { disk, config, readers }) => {
      const store = await openOn(disk, config, { readOnly: true, memory })
      readers.push({ store, points: new Map(model.points) })
      await expectContents(store, model.points)
    }),
  ),
  fc.nat(1000).map(n =>
    command('ask a reader, and close it', n, async (_, { readers }) => {
      const [reader] = readers.splice(n % Math.max(1, readers.length), 1)
      if (!reader) return
      await expectContents(reader.store, reader.points)
      await reader.store.close()
    }),
  ),
)

const overlapping = fc.oneof(
  fc.record({ updates: fc.array(anyUpdate, { minLength: 1, maxLength: 6 }), patch: anyPatch }).map(given =>
    command('overlapping changes of the same points', given, async (model, { store }) => {
      const updates = given.updates.filter(({ id }) => model.points.has(id))
      const ids = [...new Set(updates.map(({ id }) => id))]
      const points = updates.map(({ id, ...given }) => ({ id, vector: vectorsOf(given) }))
      // neither change loses what the other one did
      await Promise.all([
        store.updateVectors(points),
        store.setPayload(ids, given.patch),
        store.compact(),
        store.query([[1, 1, 1]], { using: 'colbert' }),
      ])
      for (const { id, colbert, dense, words } of updates) {
        const point = model.points.get(id)!
        model.points.set(id, {
          colbert: colbert ?? point.colbert,
          dense: dense ?? point.dense,
          words: words ?? point.words,
          payload: point.payload,
          version: Number.NaN,
        })
      }
      // once for each point, also for one that is updated twice
      for (const id of ids) {
        const point = model.points.get(id)!
        const payload = point.payload ? merge(structuredClone(point.payload), given.patch) : given.patch
        model.points.set(id, { ...point, payload })
      }
      model.isSynced = true
      await readVersions(model, store, ids)
      await expectContents(store, model.points)
    }),
  ),
  fc.record({ points: anyPoints, gone: fc.array(anyId, { maxLength: 3 }), rows: anyRows }).map(given =>
    command('overlapping calls', given, async (model, { store }) => {
      const ids = new Set(given.points.map(({ id }) => id))
      const gone = given.gone.filter(id => !ids.has(id))
      const half = given.points.length >> 1
      const first = given.points.slice(0, half)
      const firstIds = new Set(first.map(({ id }) => id))
      const second = given.points.slice(half).filter(({ id }) => !firstIds.has(id))
      // these change different points, so their order makes no difference
      const [, , , , hits] = await Promise.all([
        store.upsert(first.map(toPoint)),
        store.upsert(second.map(toPoint), { batchPoints: 1 }),
        store.delete(gone),
        store.compact(),
        store.query(given.rows, { using: 'colbert', limit: 100 }),
        store.count(),
      ])
      for (const { id } of hits) expect(model.points.has(id) || ids.has(id), `hit ${id}`).toBe(true)
      applyUpsert(model, [...first, ...second], 'overwrite')
      for (const id of gone) model.points.delete(id)
      model.isSynced = first.length + second.length > 0 || model.isSynced
      await readVersions(model, store, [...ids])
      await expectContents(store, model.points)
    }),
  ),
)

const configs: fc.Arbitrary<Config> = fc.record({
  distance: fc.constantFrom('Dot', 'Euclid', 'Manhattan'),
  datatype: fc.constantFrom('float32', 'float16', 'uint8'),
  segmentBytes: fc.constantFrom(60, 300, 1e6),
  memory: fc.constantFrom(0, 200, 1e8),
})

/** Which sequences to run. `path` and `replayPath` repeat a counterexample, as fast-check prints them. */
interface ModelOptions {
  readonly seed: number
  readonly numRuns: number
  readonly path?: string | undefined
  readonly replayPath?: string | undefined
}

/** Runs random sequences of calls, until one differs from the model. */
export async function expectModel(
  { replayPath, ...options }: ModelOptions,
  maxCommands: number,
): Promise<void> {
  const commands = fc.commands(
    [upserts, upserts, deletions, payloadChanges, vectorChanges, reads, queries, queries, lives, overlapping],
    {
      maxCommands,
      size: 'max',
      ...(replayPath !== undefined && { replayPath }),
    },
  )
  const sequences = fc.asyncProperty(configs, commands, async (config, sequence) => {
    const { distance, datatype, segmentBytes } = config
    const disk = createSimulatedDisk()
    const vectors = {
      colbert: { size: 3, distance, datatype },
      dense: { size: 2, distance, datatype, multivector_config: null },
    }
    const folder = await createNodeFolder(FOLDER, disk.fileSystem)
    const created = await createSmallSegments(folder, vectors, segmentBytes, { words: {} })
    await created.close()
    const real: Real = { disk, store: await openOn(disk, config), config, readers: [] }
    const model: Model = { points: new Map(), lastVersion: 0, isSynced: true }
    try {
      await fc.asyncModelRun(() => ({ model, real }), sequence)
      await expectContents(real.store, model.points)
    } finally {
      for (const { store } of real.readers) await store.close()
      await real.store.close().catch(() => undefined)
    }
    expect(real.disk.openFiles, 'files that are open at the end').toBe(0)
  })
  const { path, ...rest } = options
  await fc.assert(sequences, path === undefined ? rest : { ...rest, path })
}
