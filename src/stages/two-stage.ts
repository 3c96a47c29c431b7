// Two-stage retrieval, by presets: a small vector of each document finds candidates, its full rows rank them, in one
// query. Each preset says what a collection has to be, what of a document goes into it, and what a query asks, in
// Qdrant's words, which the embedded store understands as well.
//
//   document ── full rows ──▶ "full"    searched only among candidates, so without a graph, and on disk
//            └─ few rows  ──▶ "first"   searched among all: what has to be in memory and to have an index
//
// It must not know which collection it is for. docs/scale.md has what each preset loses, measured.

import { oneOf, wholeNumber } from '../base/check-options.js'
import type { Distance, Filter } from '../collection/collection.js'
import { checkDim, copyRows, type FlatMultiVector, type MultiVector } from '../core/multivector.js'
import { checkOptions } from '../core/options.js'
import { createMuvera, type MuveraConfig } from './muvera/index.js'
import { type PageGrid, parseGrid, poolPage } from './pooling/pool-page.js'
import { meanRow, type PoolOptions, parsePoolOptions, poolRows } from './pooling/pool-rows.js'
import { toUnitRows } from './pooling/unit-rows.js'

/** A vector's parameters, in Qdrant's words. */
export interface StageVector {
  readonly size: number
  readonly distance: Distance
  /** `null`: one row a document. */
  readonly multivector_config?: { readonly comparator: 'max_sim' } | null
  readonly on_disk?: boolean
}

/** The options of a query: give them to `query` of a collection, with others of yours beside them. */
export interface StageQuery {
  readonly using: string
  readonly limit: number
  readonly filter?: Filter
  readonly prefetch: readonly {
    readonly query: FlatMultiVector | Float32Array
    readonly using: string
    readonly limit: number
    readonly filter?: Filter
  }[]
}

export interface StageQueryOptions {
  /** Documents to give. Left out: 10. */
  readonly limit?: number | undefined
  /** Documents that the first stage hands on. Left out: the preset's factor times `limit`, and at least 100. */
  readonly candidates?: number | undefined
  /** Which documents count, in both stages. */
  readonly filter?: Filter | undefined
}

/** How a collection is searched in two stages. `Settings`: what was asked for beside, see `StagesConfig`. */
export interface Stages<Settings extends object = object> {
  /** For the collection's configuration: `{ vectors: stages.vectors }`. */
  readonly vectors: Readonly<Record<string, StageVector & Partial<Settings>>>
  /** A document's vectors, for a point: `{ id, vector: stages.document(rows) }`. Fresh arrays. */
  document(rows: MultiVector): Record<string, FlatMultiVector | Float32Array>
  /** What to ask: `collection.query(rows, stages.query(rows))`. Fresh arrays. */
  query(rows: MultiVector, options?: StageQueryOptions): StageQuery
}

export interface StagesConfig<Settings extends object = object> {
  /** Numbers in a row. */
  readonly size: number
  /** How rows are compared. Left out: `Dot`. */
  readonly distance?: 'Dot' | 'Cosine' | undefined
  /**
   * Further settings of the first stage's vectors, as the collection takes them: `{ quantization_config }` on a server,
   * `{ datatype: 'i8' }` in the store. Single vectors have a server's graph anyway; pooled ones have none, and are
   * scanned, because a graph over multi-vectors takes rows x rows x ef_construct comparisons a document to build: from
   * about 100,000 documents on give `{ hnsw_config: { m: 16 } }`.
   */
  readonly first?: Settings | undefined
  /** The same for the full rows, which are on disk and have no graph if nothing else is said. */
  readonly full?: Settings | undefined
}

/** One of the vectors that a first stage compares. */
interface First {
  readonly name: string
  readonly vector: StageVector
  document(rows: FlatMultiVector): FlatMultiVector | Float32Array
  query(rows: FlatMultiVector): FlatMultiVector | Float32Array
}

/** Candidates to one result, by what the first stage knows of a document. */
const POOLED_CANDIDATES = 10
const SINGLE_CANDIDATES = 20
const LEAST_CANDIDATES = 100

/**
 * One mean vector first: the smallest first stage, a row of `size` numbers a document, and the one that loses most.
 *
 * For documents about one thing, such as definitions and short passages. A query's mean finds documents, then all rows
 * of both rank them; 20 candidates to a result, because a mean hides what a document mentions once.
 *
 * @throws TypeError or RangeError that names the option
 */
export function meanFirst<const Settings extends object = object>(
  config: StagesConfig<Settings>,
): Stages<Settings> {
  const vector = { size: sizeOf(config), distance: 'Dot', multivector_config: null } as const
  return createStages(config, SINGLE_CANDIDATES, [
    { name: 'mean', vector, document: rows => meanRow(rows), query: rows => meanRow(rows) },
  ])
}

/**
 * Pooled rows first: MaxSim on a third of the rows, then on all. 10 candidates to a result.
 *
 * The factor is 3 if left out: the paper finds no more than a few per cent lost up to 4, and what is lost here is only
 * who becomes a candidate. Other options are those of `poolRows`.
 *
 * @throws TypeError or RangeError that names the option
 */
export function pooledFirst<const Settings extends object = object>(
  config: StagesConfig<Settings> & PoolOptions,
): Stages<Settings> {
  const vector = multiVector(config)
  const options = parsePoolOptions({ ...config, factor: config.factor ?? 3 })
  return createStages(config, POOLED_CANDIDATES, [
    {
      name: 'pooled',
      vector,
      document: rows => poolRows(rows, options),
      query: rows => rows,
    },
  ])
}

/**
 * A page's lines and columns first, the original patches last: ColPali and ColQwen as in Qdrant's tutorial on PDF
 * retrieval at scale. Queries stay as they are; each of the two finds 10 candidates to a result.
 *
 * `rows`, `columns` and `prefix` are those of `poolPage`, for all pages. Where pages differ, as ColQwen's do, make one
 * for each grid; all of them have the same vectors and queries.
 *
 * @throws TypeError or RangeError that names the option
 */
export function pageFirst<const Settings extends object = object>(
  config: StagesConfig<Settings> & PageGrid,
): Stages<Settings> {
  const vector = multiVector(config)
  const grid = parseGrid(config)
  const query = (rows: FlatMultiVector) => rows
  return createStages(config, POOLED_CANDIDATES, [
    { name: 'lines', vector, document: page => poolPage(page, grid).byRows, query },
    { name: 'columns', vector, document: page => poolPage(page, grid).byColumns, query },
  ])
}

/**
 * MUVERA's fixed-dimensional encoding first: one vector whose dot product approximates MaxSim. 20 candidates to a result.
 *
 * Parameters are those of `createMuvera`, and FastEmbed's if left out: 10,240 numbers, which is more than a document of
 * 80 rows of 128 has; store them small (`datatype`, `quantization_config`) or lower `r_reps` and `dim_proj`.
 *
 * @throws TypeError or RangeError that names the option
 */
export function muveraFirst<const Settings extends object = object>(
  config: StagesConfig<Settings> & Omit<MuveraConfig, 'dim'>,
): Stages<Settings> {
  const { k_sim, dim_proj, r_reps, random_seed } = config
  const parameters = { k_sim, dim_proj, r_reps, random_seed }
  const muvera = createMuvera({ dim: sizeOf(config), ...parameters })
  if (muvera.size > 65_536) {
    throw new RangeError(
      `"r_reps", "k_sim" and "dim_proj" expected r_reps x 2^k_sim x dim_proj of at most 65536, which a collection takes, got ${muvera.size}`,
    )
  }
  return createStages(config, SINGLE_CANDIDATES, [
    {
      name: 'muvera',
      vector: { size: muvera.size, distance: 'Dot', multivector_config: null },
      document: rows => muvera.document(rows),
      query: rows => muvera.query(rows),
    },
  ])
}

function createStages<Settings extends object>(
  config: StagesConfig<Settings>,
  factor: number,
  firsts: readonly First[],
): Stages<Settings> {
  const size = sizeOf(config)
  const distance = distanceOf(config)
  // the server normalises multi-vectors for Cosine, and knows nothing of rows that became one vector
  const read = (rows: MultiVector, place: string): FlatMultiVector => {
    const { data, dim } = copyRows(rows, place, size)
    if (distance === 'Cosine') toUnitRows(data, dim)
    return { data, dim }
  }
  const settled = (vector: StageVector, settings: Settings | undefined) =>
    ({ ...vector, ...settings }) as StageVector & Partial<Settings>
  return {
    vectors: {
      full: settled({ size, distance, on_disk: true }, config.full),
      ...Object.fromEntries(firsts.map(({ name, vector }) => [name, settled(vector, config.first)])),
    },
    document(rows) {
      const all = read(rows, 'document')
      return { full: all, ...Object.fromEntries(firsts.map(({ name, document }) => [name, document(all)])) }
    },
    query(rows, options = {}) {
      checkOptions(options)
      const limit = wholeNumber(options.limit ?? 10, 'limit', 1, Number.MAX_SAFE_INTEGER)
      const candidates = options.candidates ?? Math.max(LEAST_CANDIDATES, factor * limit)
      wholeNumber(candidates, 'candidates', limit, Number.MAX_SAFE_INTEGER)
      const query = read(rows, 'query')
      const filter = options.filter && { filter: options.filter }
      const prefetch = firsts.map(first => ({
        query: first.query(query),
        using: first.name,
        limit: candidates,
        ...filter,
      }))
      return { using: 'full', limit, prefetch, ...filter }
    },
  }
}

const multiVector = (config: StagesConfig): StageVector => ({
  size: sizeOf(config),
  distance: distanceOf(config),
})

function sizeOf(config: StagesConfig): number {
  checkOptions(config)
  return checkDim(config.size, 'size')
}

const distanceOf = (config: StagesConfig) => oneOf(config.distance ?? 'Dot', ['Dot', 'Cosine'], 'distance')
