// The presets for two-stage search: which vectors the first stage compares. docs/scale.md has what each of them loses,
// measured.

import { checkKnownOptions } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import type { FlatMultiVector, MultiVector } from '../core/multivector.js'
import type { Lemur } from './lemur/lemur.js'
import { createMuvera, type MuveraConfig } from './muvera/muvera.js'
import { GRID_NAMES, hasGrid, type PageGrid, parseGrid, poolPage } from './pooling/pool-page.js'
import { meanRow, POOL_NAMES, type PoolOptions, parsePoolOptions, poolRows } from './pooling/pool-rows.js'
import {
  createStages,
  distanceOf,
  STAGES_NAMES,
  type Stages,
  type StagesConfig,
  type StageVector,
  vectorSizeOf,
} from './two-stage.js'

/** Candidates per result if the first stage compares pooled rows. */
const POOLED_CANDIDATES = 10
/** Candidates per result if the first stage compares single vectors. */
const SINGLE_CANDIDATES = 20
/** The largest single vector in a collection. */
const MAX_VECTOR_SIZE = 65_536

/** Parameters of MUVERA for a first stage that `advise` measures and `addFirstStage` adds: 2,560 elements. */
export const STAGE_MUVERA = { kSim: 4, dimProj: 8, rReps: 20 } as const

const MUVERA_NAMES = [
  'kSim',
  'dimProj',
  'rReps',
  'seed',
  'centre',
] as const satisfies readonly (keyof MuveraConfig)[]

/**
 * First stage: the mean of a document's rows, compared with the mean of the query's rows. The smallest first stage: one
 * row of `size` elements for each document. It loses more than pooled rows.
 *
 * For documents about one thing, such as definitions and short passages. By default 20 candidates per result, because a
 * mean hides what a document mentions once.
 *
 * @throws TypeError or RangeError if an option is missing, unknown or out of range; the message names it
 *
 * @example
 * import { meanFirst } from 'maxsimd/stages'
 * import { createStore } from 'maxsimd/store'
 *
 * const stages = meanFirst({ size: 2 })
 * const store = await createStore({ vectors: stages.vectors })
 * const documents = [[[1, 0], [0.8, 0.6]], [[0, 1], [0.6, 0.8]]]
 * await store.upsert(documents.map((rows, id) => ({ id, vector: stages.document(rows) })))
 *
 * const query = [[0, 1]]
 * const [hit] = await store.query(query, stages.query(query, { limit: 1 }))
 * hit.id // 1
 * await store.close()
 */
export function meanFirst<const Settings extends object = object>(
  config: StagesConfig<Settings>,
): Stages<Settings> {
  checkKnownOptions(config, STAGES_NAMES, 'meanFirst', 'config')
  const vector = { size: vectorSizeOf(config), distance: 'Dot', multivector_config: null } as const
  return createStages(config, SINGLE_CANDIDATES, [
    { name: 'mean', vector, document: rows => meanRow(rows), query: rows => meanRow(rows) },
  ])
}

/**
 * First stage: MaxSim on pooled rows, a third of all by default. By default 10 candidates per result.
 *
 * Options beside those of `StagesConfig` are the options of `poolRows`, but `factor` is 3 by default: the paper finds a
 * loss of a few per cent up to factor 4, and here the loss concerns only which documents become candidates.
 *
 * @throws TypeError or RangeError if an option is missing, unknown or out of range; the message names it
 *
 * @example
 * import { pooledFirst } from 'maxsimd/stages'
 * import { createStore } from 'maxsimd/store'
 *
 * const stages = pooledFirst({ size: 2, factor: 2, protect: 0 })
 * const store = await createStore({ vectors: stages.vectors })
 * const documents = [[[1, 0], [0.8, 0.6]], [[0, 1], [0.6, 0.8]]]
 * await store.upsert(documents.map((rows, id) => ({ id, vector: stages.document(rows) })))
 *
 * const query = [[0, 1], [0.6, 0.8]]
 * const [hit] = await store.query(query, stages.query(query, { limit: 1 }))
 * hit.id // 1
 * await store.close()
 */
export function pooledFirst<const Settings extends object = object>(
  config: StagesConfig<Settings> & PoolOptions,
): Stages<Settings> {
  checkKnownOptions(config, [...STAGES_NAMES, ...POOL_NAMES], 'pooledFirst', 'config')
  const vector = multiVector(config)
  const options = parsePoolOptions({ ...config, factor: config.factor ?? 3 })
  return createStages(config, POOLED_CANDIDATES, [
    { name: 'pooled', vector, document: rows => poolRows(rows, options), query: rows => rows },
  ])
}

/**
 * First stage: the pooled rows and columns of a page; second stage: its original patches. For ColPali, ColModernVBERT and
 * ColQwen, as in Qdrant's tutorial on PDF retrieval at scale. By default each of the two selects 10 candidates per result.
 *
 * An image that `createEncoder` has encoded needs no options: its `layout` has the grid, which may differ from page to page.
 * Options beside those of `StagesConfig` are the grid of `poolPage` for rows that were made elsewhere. It applies to all
 * pages; if they differ, as with ColQwen, create one preset for each grid: all of them have the same vectors and queries.
 *
 * @throws TypeError or RangeError if an option is missing, unknown or out of range; the message names it
 *
 * @example
 * import { pageFirst } from 'maxsimd/stages'
 * import { createStore } from 'maxsimd/store'
 *
 * // pages of 2 x 2 patches
 * const stages = pageFirst({ size: 2, rows: 2, columns: 2 })
 * const store = await createStore({ vectors: stages.vectors })
 * const pages = [[[1, 0], [1, 0], [0.8, 0.6], [1, 0]], [[0, 1], [0.6, 0.8], [0, 1], [0, 1]]]
 * await store.upsert(pages.map((rows, id) => ({ id, vector: stages.document(rows) })))
 *
 * const query = [[0, 1]]
 * const [hit] = await store.query(query, stages.query(query, { limit: 1 }))
 * hit.id // 1
 * await store.close()
 */
export function pageFirst<const Settings extends object = object>(
  config: StagesConfig<Settings> & PageGrid,
): Stages<Settings> {
  checkKnownOptions(config, [...STAGES_NAMES, ...GRID_NAMES], 'pageFirst', 'config')
  const vector = multiVector(config)
  const { rows, columns, prefix } = config
  const grid = { rows, columns, prefix }
  parseGrid(grid)
  // rows that are normalized are a copy without the layout
  const pool = (page: FlatMultiVector, source: MultiVector) => {
    const { layout } = source as { readonly layout?: unknown }
    return poolPage(hasGrid(grid) ? page : ({ ...page, layout } as FlatMultiVector), grid)
  }
  const query = (rows: FlatMultiVector) => rows
  return createStages(config, POOLED_CANDIDATES, [
    { name: 'lines', vector, document: (page, source) => pool(page, source).byRows, query },
    { name: 'columns', vector, document: (page, source) => pool(page, source).byColumns, query },
  ])
}

/**
 * First stage: MUVERA's encoding, one vector whose dot product approximates MaxSim. By default 20 candidates per
 * result.
 *
 * Options beside those of `StagesConfig` are the parameters of `createMuvera`. Their defaults, which are FastEmbed's,
 * make 10,240 elements, as many as a document of 80 rows of 128 has: store them in fewer bytes (`datatype`,
 * `quantization_config`), or lower `rReps` and `dimProj`.
 *
 * @throws TypeError or RangeError if an option is missing, unknown or out of range; the message names it
 *
 * @example
 * import { muveraFirst } from 'maxsimd/stages'
 * import { createStore } from 'maxsimd/store'
 *
 * const stages = muveraFirst({ size: 2, kSim: 3, dimProj: 2, rReps: 40, first: { datatype: 'i8' } })
 * const store = await createStore({ vectors: stages.vectors })
 * const documents = [[[1, 0], [0.8, 0.6]], [[0, 1], [0.6, 0.8]]]
 * await store.upsert(documents.map((rows, id) => ({ id, vector: stages.document(rows) })))
 *
 * const query = [[0, 1]]
 * const [hit] = await store.query(query, stages.query(query, { limit: 1 }))
 * hit.id // 1
 * await store.close()
 */
export function muveraFirst<const Settings extends object = object>(
  config: StagesConfig<Settings> & Omit<MuveraConfig, 'dim'>,
): Stages<Settings> {
  checkKnownOptions(config, [...STAGES_NAMES, ...MUVERA_NAMES], 'muveraFirst', 'config')
  const { kSim, dimProj, rReps, seed, centre } = config
  const muvera = createMuvera({ dim: vectorSizeOf(config), kSim, dimProj, rReps, seed, centre })
  if (muvera.size > MAX_VECTOR_SIZE) {
    throw new RangeError(
      `rReps x 2^kSim x dimProj expected at most ${MAX_VECTOR_SIZE}, the largest vector of a collection, got ${muvera.size}; ` +
        'lower "rReps", "kSim" or "dimProj"',
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

/** The options of `lemurFirst`. */
export interface LemurStagesConfig<Settings extends object = object>
  extends Pick<StagesConfig<Settings>, 'using' | 'first' | 'full'> {
  /** The map, of `fitLemur` or `openLemur`. It has the dim of the rows, and how they are compared. */
  readonly lemur: Lemur
}

/**
 * First stage: LEMUR, one vector whose dot product predicts MaxSim, fitted to the collection. By default 20 candidates
 * per result.
 *
 * Keep the bytes of the map (`lemur.toBytes()`) with the collection: new documents and queries need it. The name of the
 * vector ends with the name of the map, so that a map of another collection is refused. In the store use `first: {
 * datatype: 'i8' }`, which reads a quarter of the bytes and loses no recall that can be measured.
 *
 * @throws TypeError or RangeError if an option is missing, unknown or out of range; the message names it
 *
 * @example
 * import { fitLemur, lemurFirst } from 'maxsimd/stages'
 * import { createStore } from 'maxsimd/store'
 *
 * const row = i => [Math.cos(i), Math.sin(i)]
 * const documents = Array.from({ length: 100 }, (_, i) => [row(i), row(2 * i)])
 * const lemur = await fitLemur(documents, { size: 16 })
 *
 * const stages = lemurFirst({ lemur, first: { datatype: 'i8' } })
 * const store = await createStore({ vectors: stages.vectors })
 * await store.upsert(documents.map((rows, id) => ({ id, vector: stages.document(rows) })))
 * const query = [row(7), row(14)]
 * const [hit] = await store.query(query, stages.query(query, { limit: 1, candidates: 30 }))
 * hit.id // 7
 * await store.close()
 */
export function lemurFirst<const Settings extends object = object>(
  config: LemurStagesConfig<Settings>,
): Stages<Settings> {
  checkKnownOptions(config, ['lemur', 'using', 'first', 'full'], 'lemurFirst', 'config')
  const { lemur, ...settings } = config
  if (typeof lemur?.document !== 'function' || typeof lemur.query !== 'function') {
    throw new TypeError(`"lemur" expected a map of fitLemur or openLemur, got ${typeName(lemur)}`)
  }
  const distance = lemur.metric === 'cosine' ? 'Cosine' : 'Dot'
  return createStages({ ...settings, size: lemur.dim, distance }, SINGLE_CANDIDATES, [
    {
      name: `lemur-${lemur.name}`,
      vector: { size: lemur.size, distance: 'Dot', multivector_config: null },
      document: rows => lemur.document(rows),
      query: rows => lemur.query(rows),
    },
  ])
}

/** The parameters of a vector with many rows. */
const multiVector = (config: StagesConfig): StageVector => ({
  size: vectorSizeOf(config),
  distance: distanceOf(config),
})
