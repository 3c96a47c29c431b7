// What a query is and how it may be asked, in Qdrant's words: a vector, a point's id, or stages one after another. A
// server and a store take the same options and refuse the same ones.

import { checkKnownOptions } from '../base/check-options.js'
import { checkSelections } from './call-options.js'
import type { PointId, ReadableQueryOptions, TextInput, VectorInput } from './collection.js'

export interface SearchParams {
  /** Scores everything with the originals; on a field without a graph `quantization.ignore` does the same. */
  readonly exact?: boolean | undefined
  readonly hnsw_ef?: number | undefined
  readonly indexed_only?: boolean | undefined
  readonly quantization?:
    | {
        /** Scores with the originals only. */
        readonly ignore?: boolean | undefined
        /** Scores the best of the quantized ones again with the originals. */
        readonly rescore?: boolean | undefined
        /** How many times `limit` are scored again: at least 1. */
        readonly oversampling?: number | undefined
      }
    | undefined
  readonly [option: string]: unknown
}

/** A stage before the query, whose results are all that the query scores. */
export interface Prefetch {
  /** Left out: the points that `filter` lets through, by id. */
  readonly query?: Query | undefined
  readonly using?: string | undefined
  readonly limit?: number | undefined
  readonly filter?: ReadableQueryOptions['filter']
  readonly params?: SearchParams | undefined
  readonly score_threshold?: number | undefined
  readonly prefetch?: Prefetch | readonly Prefetch[] | undefined
  readonly lookup_from?: unknown
}

/** A vector, a text, a point's id, or one of Qdrant's other queries, passed on with its vectors checked. */
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

export interface QueryOptions extends ReadableQueryOptions {
  readonly offset?: number | undefined
  readonly params?: SearchParams | undefined
  /** Keeps better scores only: larger ones, or smaller ones with Euclid and Manhattan. */
  readonly score_threshold?: number | undefined
  readonly prefetch?: Prefetch | readonly Prefetch[] | undefined
  readonly lookup_from?: unknown
  readonly shard_key?: unknown
}

/** Options that a server takes as they are. */
export const FORWARDED_OPTIONS = [
  'filter',
  'params',
  'score_threshold',
  'lookup_from',
  'shard_key',
  'with_payload',
  'with_vector',
] as const

const KNOWN = [...FORWARDED_OPTIONS, 'signal', 'onCost', 'query', 'using', 'limit', 'offset', 'prefetch']

/** A stage whose numbers are checked. */
export interface QueryStage extends QueryOptions {
  readonly limit: number
}

/**
 * The options of a query, or of the stage that `path` names (`prefetch[0].`), with the limit filled in.
 *
 * @throws TypeError or RangeError that names the option, also one that Qdrant would drop in silence
 */
export function checkQueryStage(options: QueryOptions, path = ''): QueryStage {
  const named = path === '' ? 'options' : path.slice(0, -1)
  checkKnownOptions(options, KNOWN, 'a query', named)
  const { limit = 10, offset, score_threshold } = options
  if (!Number.isInteger(limit) || limit < 1) {
    throw new RangeError(`"${path}limit" expected a whole number of at least 1, got ${String(limit)}`)
  }
  if (offset !== undefined && (!Number.isInteger(offset) || offset < 0)) {
    throw new RangeError(`"${path}offset" expected a whole number of at least 0, got ${String(offset)}`)
  }
  if (score_threshold !== undefined && !Number.isFinite(score_threshold)) {
    throw new RangeError(`"${path}score_threshold" expected a finite number, got ${String(score_threshold)}`)
  }
  checkSelections(options, path)
  return { ...options, limit }
}

/** The stages before a query, each with its path in errors. */
export function prefetchesOf(
  { prefetch }: Pick<QueryOptions, 'prefetch'>,
  path = '',
): readonly (readonly [stage: Prefetch, path: string])[] {
  if (prefetch === undefined) return []
  if (!Array.isArray(prefetch)) return [[prefetch as Prefetch, `${path}prefetch.`]]
  return (prefetch as readonly Prefetch[]).map((stage, index) => [stage, `${path}prefetch[${index}].`])
}

/** Whether a query is an object of Qdrant's words, and neither a vector nor a list of rows. */
export const isPlainObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  !ArrayBuffer.isView(value) &&
  !('data' in value)
