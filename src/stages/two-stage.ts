// Two-stage search: a small vector of each document selects candidates, its full rows rank them, in one query. Here are
// the vectors of a collection, the vectors of a document and the options of a query, in Qdrant's words, which the
// embedded store accepts too. The presets define the first stage, see presets.ts.
//
//   document ── full rows ──▶ "full"               compared only with candidates: no graph, on disk
//            └─ few rows  ──▶ "mean", "pooled" …   compared with every query: in memory, with an index

import { checkKnownOptions, oneOf, wholeNumber } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import type { Distance, Filter } from '../collection/collection.js'
import { checkDim, copyRows, type FlatMultiVector, type MultiVector } from '../core/multivector.js'
import { toUnitRows } from './pooling/unit-rows.js'

/** The parameters of one vector of a collection, in Qdrant's words. */
export interface StageVector {
  /** Elements in each row. */
  readonly size: number
  readonly distance: Distance
  /** `null`: a document has one row. Default: it has many. */
  readonly multivector_config?: { readonly comparator: 'max_sim' } | null
  readonly on_disk?: boolean
}

/**
 * The options of a two-stage query, for `query` of a collection. Other options can be added: `{ ...stages.query(rows),
 * with_payload: true }`.
 */
export interface StageQuery {
  /** The vector of the second stage. */
  readonly using: string
  /** Maximum number of results. */
  readonly limit: number
  readonly filter?: Filter
  /** The first stage: which vectors select candidates, and how many. */
  readonly prefetch: readonly {
    readonly query: FlatMultiVector | Float32Array
    readonly using: string
    readonly limit: number
    readonly filter?: Filter
  }[]
}

/** The options of `query` of a preset. */
export interface StageQueryOptions {
  /** Maximum number of results, an integer of at least 1. Default: 10. */
  readonly limit?: number | undefined
  /**
   * Candidates that the first stage selects, an integer of at least `limit`. Default: the preset's number of candidates
   * per result times `limit`, and at least 100.
   */
  readonly candidates?: number | undefined
  /** A filter for both stages. */
  readonly filter?: Filter | undefined
}

/**
 * How a collection is searched in two stages.
 *
 * `Settings`: the type of the further settings in `StagesConfig`, as the collection defines it.
 */
export interface Stages<Settings extends object = object> {
  /** The vectors of the collection, for its configuration: `{ vectors: stages.vectors }`. */
  readonly vectors: Readonly<Record<string, StageVector & Partial<Settings>>>
  /**
   * Makes the vectors of a document, for a point: `{ id, vector: stages.document(rows) }`. Returns new arrays.
   *
   * @throws TypeError or RangeError if `rows` is not a multi-vector with rows of `size` finite numbers
   */
  document(rows: MultiVector): Record<string, FlatMultiVector | Float32Array>
  /**
   * Makes the options of a query: `collection.query(rows, stages.query(rows))`. Returns new arrays.
   *
   * @throws TypeError or RangeError if `rows` is not a multi-vector with rows of `size` finite numbers, or an option is
   * invalid
   */
  query(rows: MultiVector, options?: StageQueryOptions): StageQuery
}

/** The options that all presets have. */
export interface StagesConfig<Settings extends object = object> {
  /** Elements in each row. */
  readonly size: number
  /** How rows are compared. Default: `Dot`. */
  readonly distance?: 'Dot' | 'Cosine' | undefined
  /** Name of the vector with the full rows. Default: `full`. */
  readonly using?: string | undefined
  /**
   * Further settings of the vectors of the first stage, as the collection accepts them: `{ quantization_config }` on a
   * server, `{ datatype: 'i8' }` in the store.
   *
   * On a server, single vectors have a graph by default. Pooled rows have no graph and are scanned, because building a
   * graph over multi-vectors takes rows x rows x ef_construct comparisons for each document: from about 100,000
   * documents on, pass `{ hnsw_config: { m: 16 } }`.
   */
  readonly first?: Settings | undefined
  /** Further settings of the full rows. By default they are on disk and have no graph. */
  readonly full?: Settings | undefined
}

/** One of the vectors of the first stage. */
export interface FirstStageVector {
  /** Name of the vector. */
  readonly name: string
  readonly vector: StageVector
  /** `source`: what the caller passed, which may have a layout. */
  document(rows: FlatMultiVector, source: MultiVector): FlatMultiVector | Float32Array
  query(rows: FlatMultiVector): FlatMultiVector | Float32Array
}

/** The smallest default number of candidates. */
const MIN_CANDIDATES = 100

/** The names of the options that all presets have. */
export const STAGES_NAMES: readonly (keyof StagesConfig)[] = ['size', 'distance', 'using', 'first', 'full']

/** Combines the vectors of a first stage with the full rows. */
export function createStages<Settings extends object>(
  config: StagesConfig<Settings>,
  candidatesPerResult: number,
  firstStages: readonly FirstStageVector[],
): Stages<Settings> {
  const size = vectorSizeOf(config)
  const distance = distanceOf(config)
  const using = fullNameOf(config.using, firstStages)
  // a server normalizes multi-vectors for Cosine, but not the single vectors that are made of them
  const read = (rows: MultiVector, path: string): FlatMultiVector => {
    const { data, dim } = copyRows(rows, path, size)
    if (distance === 'Cosine') toUnitRows(data, dim)
    return { data, dim }
  }
  const withSettings = (vector: StageVector, settings: Settings | undefined) =>
    ({ ...vector, ...settings }) as StageVector & Partial<Settings>
  return {
    vectors: {
      [using]: withSettings({ size, distance, on_disk: true }, config.full),
      ...Object.fromEntries(
        firstStages.map(({ name, vector }) => [name, withSettings(vector, config.first)]),
      ),
    },
    document(rows) {
      const full = read(rows, 'document')
      const first = firstStages.map(({ name, document }) => [name, document(full, rows)] as const)
      return { [using]: full, ...Object.fromEntries(first) }
    },
    query(rows, options = {}) {
      checkKnownOptions(options, ['limit', 'candidates', 'filter'], 'query')
      const limit = wholeNumber(options.limit ?? 10, 'limit', 1)
      const candidates = options.candidates ?? Math.max(MIN_CANDIDATES, candidatesPerResult * limit)
      wholeNumber(candidates, 'candidates', limit)
      const full = read(rows, 'query')
      const filter = options.filter && { filter: options.filter }
      const prefetch = firstStages.map(({ name, query }) => ({
        query: query(full),
        using: name,
        limit: candidates,
        ...filter,
      }))
      return { using, limit, prefetch, ...filter }
    },
  }
}

/** The name of the full rows, checked. */
function fullNameOf(using: unknown, firstStages: readonly FirstStageVector[]): string {
  if (using === undefined) return 'full'
  if (typeof using !== 'string') throw new TypeError(`"using" expected a string, got ${typeName(using)}`)
  if (using === '' || firstStages.some(({ name }) => name === using)) {
    throw new RangeError(
      `"using" expected a name that is not empty and not that of the first stage, got "${using}"`,
    )
  }
  return using
}

/** The dim of a config, checked. */
export const vectorSizeOf = (config: StagesConfig): number => checkDim(config.size, 'size')

/** The distance of a config, checked. */
export const distanceOf = (config: StagesConfig) =>
  oneOf(config.distance ?? 'Dot', ['Dot', 'Cosine'], 'distance')
