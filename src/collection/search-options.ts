// Queries and their options in Qdrant's notation: a vector, a point's id, or several stages. A server and a store accept
// the same options and refuse the same wrong values.

import { checkBoolean, checkKnownOptions, wholeNumber } from '../base/check-options.js'
import { checkSelections } from './call-options.js'
import type { Filter, PointId, ReadableQueryOptions, TextInput, VectorInput } from './collection.js'
import type { Fields } from './vector-fields.js'
import { isSparse } from './vector-input.js'

/** Search parameters of Qdrant. */
export interface SearchParams {
  /** true: score every point with the original vectors. For a vector without a graph, `quantization.ignore` does the same. */
  readonly exact?: boolean | undefined
  /** Candidates of a search in the graph. */
  readonly hnsw_ef?: number | undefined
  /** true: search only segments that are indexed. */
  readonly indexed_only?: boolean | undefined
  /**
   * For a sparse vector with the modifier `idf`: the points over which is counted how rare a dimension is. `global`: all
   * points with the vector. `corpus`: those that pass a filter, also points that the query does not find. Qdrant 1.19 and
   * later. Default: `global`.
   */
  readonly idf?: 'global' | { readonly corpus: Filter } | undefined
  /**
   * In a store, for vectors of one row in `i8` with Dot or Cosine whose first numbers tell most, as LEMUR's do: compares
   * only the first `numbers` of each, and all of them for the best `keep` or about as many. Others are not found. The first
   * `numbers` of documents in memory are copied. Default: all numbers are compared.
   */
  readonly leading?: { readonly numbers: number; readonly keep: number } | undefined
  readonly quantization?:
    | {
        /** true: score with the original vectors only. */
        readonly ignore?: boolean | undefined
        /** true: score the best quantized vectors again with the original ones. */
        readonly rescore?: boolean | undefined
        /** Score `oversampling` x `limit` vectors again, at least 1. */
        readonly oversampling?: number | undefined
      }
    | undefined
  readonly [option: string]: unknown
}

/** A stage before the query. The query scores only the points that its prefetches found. */
export interface Prefetch {
  /** Default: none; the stage finds the points that match `filter`, by id. */
  readonly query?: Query | undefined
  /** Name of the vector. Default: the collection's only multi-vector, or its only vector. */
  readonly using?: string | undefined
  /** Maximum number of points that the stage finds. Default: 10. */
  readonly limit?: number | undefined
  readonly filter?: ReadableQueryOptions['filter']
  readonly params?: SearchParams | undefined
  /** Only points with better scores are found. */
  readonly score_threshold?: number | undefined
  readonly prefetch?: Prefetch | readonly Prefetch[] | undefined
  /** Where a server looks up the vectors of ids in the query. */
  readonly lookup_from?: unknown
}

/** A vector, a text, the id of a point (its vector is the query), or one of Qdrant's other query objects. */
export type Query =
  | VectorInput
  | TextInput
  | PointId
  | {
      readonly nearest?: VectorInput | PointId
      readonly recommend?: object
      readonly discover?: object
      readonly context?: unknown
      readonly fusion?: 'rrf' | 'dbsf'
      readonly rrf?: object
      readonly formula?: unknown
      readonly order_by?: unknown
      readonly sample?: 'random'
      readonly [option: string]: unknown
    }

/** Options of `query`. */
export interface QueryOptions extends ReadableQueryOptions {
  /** Number of hits to skip. Default: 0. */
  readonly offset?: number | undefined
  readonly params?: SearchParams | undefined
  /** Only hits with better scores are returned: larger ones, or smaller ones for Euclid and Manhattan. */
  readonly score_threshold?: number | undefined
  /**
   * Whether hits have `matches`: the document row that each query row matched, its similarity and contribution, and its
   * token or patch. The query must have the rows of one vector. Default: false.
   */
  readonly with_matches?: boolean | undefined
  /** Stages that find the points that the query scores. Default: all points are scored. */
  readonly prefetch?: Prefetch | readonly Prefetch[] | undefined
  /** Where a server looks up the vectors of ids in the query. */
  readonly lookup_from?: unknown
  /** Which shards a server searches. */
  readonly shard_key?: unknown
}

/** Options that are sent to a server unchanged. */
export const FORWARDED_OPTIONS = [
  'filter',
  'params',
  'score_threshold',
  'lookup_from',
  'shard_key',
  'with_payload',
  'with_vector',
] as const

const KNOWN_OPTIONS = [
  ...FORWARDED_OPTIONS,
  'signal',
  'onCost',
  'query',
  'using',
  'limit',
  'offset',
  'prefetch',
]

/** Number of hits without a `limit`. */
const DEFAULT_LIMIT = 10

/** Options of a stage with its limit filled in. */
export interface QueryStage extends QueryOptions {
  readonly limit: number
}

/**
 * Checks the options of a query or prefetch and fills in the limit.
 *
 * @param pathPrefix names the stage in errors: '' for the query itself, `prefetch[0].` for a prefetch
 * @throws TypeError or RangeError that names the option, also for an unknown one, which Qdrant would ignore
 */
export function checkQueryStage(options: QueryOptions, pathPrefix = ''): QueryStage {
  const path = pathPrefix === '' ? 'options' : pathPrefix.slice(0, -1)
  const known = isPrefetch(pathPrefix) ? KNOWN_OPTIONS : [...KNOWN_OPTIONS, 'with_matches']
  checkKnownOptions(options, known, 'a query', path)
  const { limit = DEFAULT_LIMIT, offset, score_threshold, with_matches } = options
  wholeNumber(limit, `${pathPrefix}limit`, 1)
  if (offset !== undefined) wholeNumber(offset, `${pathPrefix}offset`, 0)
  if (score_threshold !== undefined && !Number.isFinite(score_threshold)) {
    throw new RangeError(
      `"${pathPrefix}score_threshold" expected a finite number, got ${String(score_threshold)}`,
    )
  }
  checkSelections(options, pathPrefix)
  if (with_matches !== undefined) checkBoolean(with_matches, `${pathPrefix}with_matches`)
  return { ...options, limit }
}

/** Whether a path prefix names a prefetch, and not a query or a query of a batch. */
const isPrefetch = (pathPrefix: string) => /(^|\.)prefetch(\.|\[)/.test(pathPrefix)

/** Returns the prefetches of a query, each with its path prefix for errors. */
export function prefetchesOf(
  { prefetch }: Pick<QueryOptions, 'prefetch'>,
  pathPrefix = '',
): readonly (readonly [stage: Prefetch, pathPrefix: string])[] {
  if (prefetch === undefined) return []
  if (!Array.isArray(prefetch)) return [[prefetch as Prefetch, `${pathPrefix}prefetch.`]]
  return (prefetch as readonly Prefetch[]).map((stage, index) => [stage, `${pathPrefix}prefetch[${index}].`])
}

/** The vector of a query, which may be its `nearest`; other queries are returned unchanged. */
export const nearestOf = (query: Query | undefined): unknown =>
  isPlainObject(query) && query.nearest !== undefined ? query.nearest : query

/**
 * Whether a query is one of a sparse vector.
 *
 * @throws RangeError if it is a sparse vector, and `using` is not the name of one
 */
export function isSparseQuery(
  query: Query | undefined,
  using: string | undefined,
  { sparse }: Pick<Fields, 'sparse'>,
  pathPrefix: string,
): boolean {
  if (using !== undefined && sparse.has(using)) return true
  if (!isSparse(nearestOf(query))) return false
  throw new RangeError(
    `"${pathPrefix}using" expected a sparse vector of the collection for a sparse query, got ${String(using)}`,
  )
}

/** Whether a query is one of Qdrant's query objects, and neither a vector nor a list of rows. */
export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value) &&
  !('data' in value)
