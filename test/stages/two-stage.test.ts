// The presets: vectors of a collection, vectors of a document, options of a query. test/qdrant/engine/stages.test.ts
// runs them on an engine.

import { describe, expect, it } from 'vitest'
import type { FlatMultiVector } from '../../src/index.js'
import { parseConfig } from '../../src/qdrant/config/check-config.js'
import { parseVersion } from '../../src/qdrant/config/version.js'
import type { CollectionConfig } from '../../src/qdrant/index.js'
import { meanFirst, muveraFirst, pageFirst, pooledFirst, type Stages } from '../../src/stages/index.js'
import { createMuvera } from '../../src/stages/muvera/index.js'
import { meanRow, poolPage, poolRows } from '../../src/stages/pooling/index.js'
import { createStore, type StoreConfig } from '../../src/store/index.js'
import { random, randomRows } from '../support/random.js'
import { errorOf } from '../support/refusal.js'

const rows = randomRows(random(1), 9, 4)
const asArrays = [0, 1, 2].map(i => Array.from(rows.data.subarray(4 * i, 4 * i + 4)))
const query = { data: rows.data.slice(0, 8), dim: 4 }
const full = { size: 4, distance: 'Dot', on_disk: true }
const grid = { rows: 2, columns: 4, prefix: 0 }
const parameters = { kSim: 2, dimProj: 3, rReps: 2 }
const muvera = createMuvera({ dim: 4, ...parameters })

interface Expected {
  readonly name: string
  readonly stages: Stages
  readonly vectors: object
  readonly document: object
  /** The query of each first stage, by the name of its vector. */
  readonly queries: Readonly<Record<string, object>>
  /** Candidates for 50 results. */
  readonly candidates: number
}

const graph = { hnsw_config: { m: 16 } }

const presets: readonly Expected[] = [
  {
    name: 'meanFirst',
    stages: meanFirst({ size: 4 }),
    vectors: { mean: { size: 4, distance: 'Dot', multivector_config: null } },
    document: { mean: meanRow(rows) },
    queries: { mean: meanRow(query) },
    candidates: 1000,
  },
  {
    name: 'pooledFirst',
    stages: pooledFirst({ size: 4, factor: undefined, protect: 0 }),
    vectors: { pooled: { size: 4, distance: 'Dot' } },
    document: {
      pooled: expect.objectContaining({ data: poolRows(rows, { factor: 3, protect: 0 }).data, dim: 4 }),
    },
    queries: { pooled: query },
    candidates: 500,
  },
  {
    name: 'pageFirst',
    stages: pageFirst({ size: 4, ...grid }),
    vectors: {
      lines: { size: 4, distance: 'Dot' },
      columns: { size: 4, distance: 'Dot' },
    },
    document: { lines: poolPage(rows, grid).byRows, columns: poolPage(rows, grid).byColumns },
    queries: { lines: query, columns: query },
    candidates: 500,
  },
  {
    name: 'muveraFirst',
    stages: muveraFirst({ size: 4, ...parameters }),
    vectors: { muvera: { size: 24, distance: 'Dot', multivector_config: null } },
    document: { muvera: muvera.document(rows) },
    queries: { muvera: muvera.query(query) },
    candidates: 1000,
  },
]

describe.each(presets)('$name', ({ stages, vectors, document, queries, candidates }) => {
  it('defines the vectors of a collection, which the adapter accepts', () => {
    expect(stages.vectors).toEqual({ full, ...vectors })
    const config: CollectionConfig = { vectors: stages.vectors }
    const parsed = parseConfig(config, parseVersion('1.18.3'))
    expect(parsed.vectors.full!.hnsw_config).toEqual({ m: 0, payload_m: 0 })
  })

  it('makes the vectors of a document', () => {
    expect(stages.document(rows)).toEqual({ full: rows, ...document })
    expect(Object.keys(stages.document(rows)).sort()).toEqual(Object.keys(stages.vectors).sort())
  })

  it('makes the options of a query with a prefetch for candidates', () => {
    expect(stages.query(query)).toEqual({
      using: 'full',
      limit: 10,
      prefetch: Object.entries(queries).map(([using, query]) => ({ using, query, limit: candidates / 5 })),
    })
    expect(stages.query(query, { limit: 50 }).prefetch[0]!.limit).toBe(candidates)
    // for few results there are a hundred candidates all the same
    expect(stages.query(query, { limit: 1 }).prefetch[0]!.limit).toBe(100)
    const few = stages.query(query, { limit: 1, candidates: 7 })
    expect([few.limit, ...few.prefetch.map(({ limit }) => limit)]).toEqual([1, ...few.prefetch.map(() => 7)])
  })

  it('puts a filter into both stages', () => {
    const filter = { must: [{ key: 'language', match: { value: 'en' } }] }
    const options = stages.query(query, { filter })
    expect(options.filter).toBe(filter)
    for (const prefetch of options.prefetch) expect(prefetch.filter).toBe(filter)
  })
})

/** The vectors that are made with other options, which have to differ from those without. */
function expectPassed<T>(defaults: T, made: T, expected: T, what: string): void {
  expect(made, what).toEqual(expected)
  expect(made, what).not.toEqual(defaults)
}

it.each([{ kSim: 3 }, { dimProj: 2 }, { rReps: 3 }, { seed: 7 }, { centre: [1, -1, 2, 0.5] }])(
  'muveraFirst passes %o on to MUVERA',
  options => {
    const stages = muveraFirst({ size: 4, ...parameters, ...options })
    const expected = createMuvera({ dim: 4, ...parameters, ...options })
    expectPassed(muvera.document(rows), stages.document(rows).muvera, expected.document(rows), 'document')
    expectPassed(muvera.query(query), stages.query(query).prefetch[0]!.query, expected.query(query), 'query')
  },
)

it.each([{ factor: 2 }, { method: 'sequential' }, { protect: 2 }, { normalize: true }] as const)(
  'pooledFirst passes %o on to pooling',
  options => {
    const given = { factor: 3, protect: 0, ...options }
    const { pooled } = pooledFirst({ size: 4, ...given }).document(rows) as { pooled: FlatMultiVector }
    expectPassed(
      poolRows(rows, { factor: 3, protect: 0 }).data,
      pooled.data,
      poolRows(rows, given).data,
      'rows',
    )
  },
)

describe('a store', async () => {
  const next = random(77)
  const pages = Array.from({ length: 60 }, () => randomRows(next, 15, 16))
  const question = randomRows(next, 5, 16)

  it.each<[name: string, stages: Stages]>([
    ['meanFirst', meanFirst({ size: 16 })],
    ['meanFirst with Cosine', meanFirst({ size: 16, distance: 'Cosine' })],
    ['pooledFirst', pooledFirst({ size: 16 })],
    ['pageFirst', pageFirst({ size: 16, rows: 3, columns: 4, prefix: 1 })],
    ['muveraFirst', muveraFirst({ size: 16, kSim: 3, dimProj: 8, rReps: 10 })],
  ])('finds with %s in two stages what exact search finds', async (_, stages) => {
    await using store = await createStore({ vectors: stages.vectors })
    await store.upsert(
      pages.map((page, id) => ({
        id,
        vector: stages.document(page),
        payload: { parity: id % 2 === 0 ? 'even' : 'odd' },
      })),
    )
    const exact = await store.query(question, { using: 'full', limit: 60 })
    const ids = (hits: readonly { readonly id: unknown }[]) => hits.map(({ id }) => id)
    expect(await store.query(question, stages.query(question, { candidates: 60 }))).toEqual(
      exact.slice(0, 10),
    )

    const few = await store.query(question, stages.query(question, { limit: 5, candidates: 12 }))
    expect(ids(exact).filter(id => ids(few).includes(id))).toEqual(ids(few))

    const filter = { must: [{ key: 'parity', match: { value: 'even' } }] }
    const even = await store.query(question, stages.query(question, { candidates: 30, filter }))
    expect(ids(even)).toEqual(
      ids(exact)
        .filter(id => Number(id) % 2 === 0)
        .slice(0, 10),
    )
  })
})

it('a preset adds the settings of each stage, with the types of the collection', () => {
  const quantized = pooledFirst({
    size: 4,
    first: { ...graph, quantization_config: { scalar: { type: 'int8', always_ram: true } } },
    full: { on_disk: false },
  })
  const onServer: CollectionConfig = { vectors: quantized.vectors }
  expect(onServer.vectors).toEqual({
    full: { size: 4, distance: 'Dot', on_disk: false },
    pooled: {
      size: 4,
      distance: 'Dot',
      ...graph,
      quantization_config: { scalar: { type: 'int8', always_ram: true } },
    },
  })
  const inStore: StoreConfig = {
    vectors: muveraFirst({ size: 4, ...parameters, first: { datatype: 'i8' } }).vectors,
  }
  expect(inStore.vectors).toMatchObject({ muvera: { datatype: 'i8' } })
})

it('a preset accepts all forms of multi-vector and keeps no reference', () => {
  const stages = meanFirst({ size: 4 })
  const document = stages.document(asArrays)
  expect(document).toEqual(stages.document({ data: rows.data.slice(0, 12), dim: 4 }))
  expect((stages.document(rows).full as { data: Float32Array }).data).not.toBe(rows.data)
})

it('a preset normalizes rows for Cosine before they become one vector', () => {
  const scaled = { data: rows.data.map((value, i) => value * (1 + Math.floor(i / 4))), dim: 4 }
  const stages = meanFirst({ size: 4, distance: 'Cosine' })
  const [plain, grown] = [rows, scaled].map(all => stages.document(all).mean as Float32Array)
  grown!.forEach((value, i) => {
    expect(value).toBeCloseTo(plain![i]!, 6)
  })
  expect(stages.vectors.full).toMatchObject({ distance: 'Cosine' })
})

it.each<[name: string, run: () => unknown, text: string]>([
  [
    'a missing size',
    () => meanFirst({} as { size: number }),
    'TypeError: "size" expected a number, got undefined',
  ],
  [
    'a distance that no first stage approximates',
    () => meanFirst({ size: 4, distance: 'Euclid' as 'Dot' }),
    'RangeError: "distance" expected one of Dot, Cosine, got "Euclid"',
  ],
  [
    'a factor of 0, before there is a document',
    () => pooledFirst({ size: 4, factor: 0 }),
    'RangeError: "factor" expected a whole number of at least 1, got 0',
  ],
  [
    'a fractional grid, before there is a page',
    () => pageFirst({ size: 4, columns: 1.5 }),
    'RangeError: "columns" expected a whole number from 1 to 65536, got 1.5',
  ],
  [
    'an unknown option',
    () => pageFirst({ size: 4, lines: 3 } as never),
    'RangeError: unknown option "config.lines"; valid options of pageFirst: size, distance, using, first, full, rows, columns, prefix',
  ],
  [
    'an encoding that is too large for a collection',
    () => muveraFirst({ size: 128, kSim: 8 }),
    'RangeError: rReps x 2^kSim x dimProj expected at most 65536, the largest vector of a collection, got 81920; ' +
      'lower "rReps", "kSim" or "dimProj"',
  ],
  [
    'rows of another size',
    () => meanFirst({ size: 3 }).document(rows),
    'RangeError: "document.dim" expected 3, got 4; all rows have the same dim',
  ],
  [
    'fewer candidates than results',
    () => meanFirst({ size: 4 }).query(query, { limit: 10, candidates: 9 }),
    'RangeError: "candidates" expected a whole number of at least 10, got 9',
  ],
  [
    'a limit instead of options',
    () => meanFirst({ size: 4 }).query(query, 10 as unknown as object),
    'TypeError: "options" expected an object, got number; valid options of query: limit, candidates, filter',
  ],
  [
    'an unknown option of query',
    () => meanFirst({ size: 4 }).query(query, { limt: 1 } as object),
    'RangeError: unknown option "options.limt"; valid options of query: limit, candidates, filter',
  ],
  [
    'an option of another preset',
    () => meanFirst({ size: 4, factor: 2 } as { size: number }),
    'RangeError: unknown option "config.factor"; valid options of meanFirst: size, distance, using, first, full',
  ],
  [
    'a missing config',
    () => meanFirst(undefined as unknown as { size: number }),
    'TypeError: "config" expected an object, got undefined; valid options of meanFirst: size, distance, using, first, full',
  ],
])('a preset refuses %s', (_, run, text) => {
  expect(String(errorOf(run))).toBe(text)
})
