// Stages: what a preset asks of a collection, of a document and of a query. test/qdrant/engine/stages.test.ts runs them.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { transformSync } from 'esbuild'
import { describe, expect, it } from 'vitest'
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
const parameters = { k_sim: 2, dim_proj: 3, r_reps: 2 }
const muvera = createMuvera({ dim: 4, ...parameters })

interface Expected {
  readonly name: string
  readonly stages: Stages
  readonly vectors: object
  readonly document: object
  /** What is asked of each first stage, by its name. */
  readonly asked: Readonly<Record<string, object>>
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
    asked: { mean: meanRow(query) },
    candidates: 1000,
  },
  {
    name: 'pooledFirst',
    stages: pooledFirst({ size: 4, factor: undefined, protect: 0 }),
    vectors: { pooled: { size: 4, distance: 'Dot' } },
    document: {
      pooled: expect.objectContaining({ data: poolRows(rows, { factor: 3, protect: 0 }).data, dim: 4 }),
    },
    asked: { pooled: query },
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
    asked: { lines: query, columns: query },
    candidates: 500,
  },
  {
    name: 'muveraFirst',
    stages: muveraFirst({ size: 4, ...parameters }),
    vectors: { muvera: { size: 24, distance: 'Dot', multivector_config: null } },
    document: { muvera: muvera.document(rows) },
    asked: { muvera: muvera.query(query) },
    candidates: 1000,
  },
]

describe.each(presets)('$name', ({ stages, vectors, document, asked, candidates }) => {
  it('names the vectors of a collection, which the adapter takes', () => {
    expect(stages.vectors).toEqual({ full, ...vectors })
    const config: CollectionConfig = { vectors: stages.vectors }
    const parsed = parseConfig(config, parseVersion('1.18.3'))
    expect(parsed.vectors.full!.hnsw_config).toEqual({ m: 0, payload_m: 0 })
  })

  it('makes a document’s vectors', () => {
    expect(stages.document(rows)).toEqual({ full: rows, ...document })
    expect(Object.keys(stages.document(rows)).sort()).toEqual(Object.keys(stages.vectors).sort())
  })

  it('asks for candidates first', () => {
    expect(stages.query(query)).toEqual({
      using: 'full',
      limit: 10,
      prefetch: Object.entries(asked).map(([using, query]) => ({ using, query, limit: candidates / 5 })),
    })
    expect(stages.query(query, { limit: 50 }).prefetch[0]!.limit).toBe(candidates)
    const few = stages.query(query, { limit: 1, candidates: 7 })
    expect([few.limit, ...few.prefetch.map(({ limit }) => limit)]).toEqual([1, ...few.prefetch.map(() => 7)])
  })

  it('puts a filter into both stages', () => {
    const filter = { must: [{ key: 'language', match: { value: 'en' } }] }
    const asked = stages.query(query, { filter })
    expect(asked.filter).toBe(filter)
    for (const stage of asked.prefetch) expect(stage.filter).toBe(filter)
  })
})

describe('in the store', async () => {
  const next = random(77)
  const pages = Array.from({ length: 60 }, () => randomRows(next, 15, 16))
  const question = randomRows(next, 5, 16)

  it.each<[name: string, stages: Stages]>([
    ['meanFirst', meanFirst({ size: 16 })],
    ['meanFirst with Cosine', meanFirst({ size: 16, distance: 'Cosine' })],
    ['pooledFirst', pooledFirst({ size: 16 })],
    ['pageFirst', pageFirst({ size: 16, rows: 3, columns: 4, prefix: 1 })],
    ['muveraFirst', muveraFirst({ size: 16, k_sim: 3, dim_proj: 8, r_reps: 10 })],
  ])('%s finds in two stages what exact search finds', async (_, stages) => {
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

it('hands settings on to each stage, with the types that a collection has for them', () => {
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

it('docs/scale.md is a program that runs', () => {
  const blocks = readFileSync('docs/scale.md', 'utf8').matchAll(/^```ts\n([\s\S]*?)^```/gm)
  const code = [...blocks].map(([, block]) => block).join('\n')
  const folder = 'build/scale'
  mkdirSync(folder, { recursive: true })
  try {
    writeFileSync(`${folder}/program.mjs`, transformSync(code, { loader: 'ts', target: 'es2022' }).code)
    const printed = execFileSync(process.execPath, [`${folder}/program.mjs`], { encoding: 'utf8' })
    expect(printed).toContain('38 38\n')
    expect(printed).toContain("{ text: 'snakes shed their skin' }")
  } finally {
    rmSync(folder, { recursive: true })
  }
})

it('takes all forms of multi-vector, and keeps none', () => {
  const stages = meanFirst({ size: 4 })
  const document = stages.document(asArrays)
  expect(document).toEqual(stages.document({ data: rows.data.slice(0, 12), dim: 4 }))
  expect((stages.document(rows).full as { data: Float32Array }).data).not.toBe(rows.data)
})

it('normalises for Cosine what becomes one vector', () => {
  const scaled = { data: rows.data.map((value, i) => value * (1 + Math.floor(i / 4))), dim: 4 }
  const stages = meanFirst({ size: 4, distance: 'Cosine' })
  const [plain, grown] = [rows, scaled].map(given => stages.document(given).mean as Float32Array)
  grown!.forEach((value, i) => {
    expect(value).toBeCloseTo(plain![i]!, 6)
  })
  expect(stages.vectors.full).toMatchObject({ distance: 'Cosine' })
})

it.each<[name: string, run: () => unknown, text: string]>([
  ['no size', () => meanFirst({} as { size: number }), 'TypeError: "size" expected a number, got undefined'],
  [
    'a distance that no first stage approximates',
    () => meanFirst({ size: 4, distance: 'Euclid' as 'Dot' }),
    'RangeError: "distance" expected one of Dot, Cosine, got "Euclid"',
  ],
  [
    'pooling that is none, before there is a document',
    () => pooledFirst({ size: 4, factor: 0 }),
    'RangeError: "factor" expected a whole number from 1 to 9007199254740991, got 0',
  ],
  [
    'a grid that is none, before there is a page',
    () => pageFirst({ size: 4, columns: 1.5 }),
    'RangeError: "columns" expected a whole number from 1 to 65536, got 1.5',
  ],
  [
    'an encoding that no collection takes',
    () => muveraFirst({ size: 128, k_sim: 8 }),
    'RangeError: "r_reps", "k_sim" and "dim_proj" expected r_reps x 2^k_sim x dim_proj of at most 65536, which a collection takes, got 81920',
  ],
  [
    'rows of another size',
    () => meanFirst({ size: 3 }).document(rows),
    'RangeError: "document.dim" expected 3, got 4; queries and documents have one dim',
  ],
  [
    'fewer candidates than results',
    () => meanFirst({ size: 4 }).query(query, { limit: 10, candidates: 9 }),
    'RangeError: "candidates" expected a whole number from 10 to 9007199254740991, got 9',
  ],
  [
    'a limit in place of options',
    () => meanFirst({ size: 4 }).query(query, 10 as unknown as object),
    'TypeError: "options" expected an object, got number; for example { limit: 10 }',
  ],
])('refuses %s', (_, run, text) => {
  expect(String(errorOf(run))).toBe(text)
})
