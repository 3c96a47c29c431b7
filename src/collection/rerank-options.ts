// Options of `rerank`, and the first stage that they describe.

import { checkBoolean, checkKnownOptions, oneOf, wholeNumber } from '../base/check-options.js'
import type { Filter } from './collection.js'
import { isPlainObject, nearestOf, type Prefetch, type Query, type QueryOptions } from './search-options.js'
import { isImageInput, isTextInput } from './vector-input.js'

/** Options of `rerank`. */
export interface RerankOptions extends Omit<QueryOptions, 'offset' | 'with_vector' | 'score_threshold'> {
  /**
   * Number of documents that the first stage finds, at least `limit`. Default: the limit of a single `prefetch`, else 100,
   * or fewer if strict mode limits it; `limit` if that is larger. Each of several stages without a limit finds as many,
   * and the best `candidates` of all are scored.
   */
  readonly candidates?: number | undefined
  /**
   * The first stage, for example a query of a dense or pooled vector. Several stages are fused by their ranks. Default:
   * the query itself, with quantized vectors where the collection has them.
   */
  readonly prefetch?: Prefetch | readonly Prefetch[] | undefined
  /**
   * Where the candidates are scored again: `client` in the local kernel, `server` on the server. Default: `client`. A store
   * scores them in either case.
   */
  readonly rescore?: 'client' | 'server' | undefined
}

const RERANK_OPTIONS = [
  'using',
  'limit',
  'filter',
  'with_payload',
  'with_matches',
  'params',
  'prefetch',
  'lookup_from',
  'shard_key',
  'candidates',
  'rescore',
  'signal',
  'onCost',
] as const satisfies readonly (keyof RerankOptions)[]

const DEFAULT_CANDIDATES = 100

/** Options of `rerank` with their defaults. */
export interface CheckedRerank extends RerankOptions {
  readonly limit: number
  readonly candidates: number
  readonly rescore: 'client' | 'server'
}

/** How the options of `rerank` are checked. */
interface RerankChecks {
  /** Names the search in errors: '' for a single one, `queries[0].` in a batch. */
  readonly path?: string
  /** Other options that the collection takes. */
  readonly more?: readonly string[]
  /** Maximum number of results of a query. */
  readonly maxResults?: number
}

/**
 * Checks the options of `rerank` and fills in defaults.
 *
 * @throws TypeError or RangeError that names the wrong option
 */
export function checkRerank(
  options: RerankOptions,
  { path = '', more = [], maxResults = Infinity }: RerankChecks = {},
): CheckedRerank {
  checkKnownOptions(
    options,
    [...RERANK_OPTIONS, ...more],
    'rerank',
    path === '' ? 'options' : path.slice(0, -1),
  )
  const { limit = 10, rescore = 'client', with_matches } = options
  wholeNumber(limit, `${path}limit`, 1)
  const candidates =
    candidatesOf(options, limit, path) ?? Math.max(Math.min(DEFAULT_CANDIDATES, maxResults), limit)
  oneOf(rescore, ['client', 'server'], `${path}rescore`)
  if (with_matches !== undefined) checkBoolean(with_matches, `${path}with_matches`)
  return { ...options, limit, candidates, rescore }
}

/** The number of candidates that the options give: `candidates`, or the limit of a single prefetch. */
function candidatesOf({ candidates, prefetch }: RerankOptions, limit: number, path: string) {
  const stageLimit = isPlainObject(prefetch) ? (prefetch as Prefetch).limit : undefined
  if (stageLimit !== undefined) wholeNumber(stageLimit, `${path}prefetch.limit`, 1)
  if (candidates === undefined) return stageLimit
  if (!Number.isInteger(candidates) || candidates < limit) {
    throw new RangeError(
      `"${path}candidates" expected a whole number of at least "limit" (${limit}), got ${candidates}`,
    )
  }
  if (stageLimit === undefined || stageLimit === candidates) return candidates
  throw new RangeError(
    `"${path}candidates" (${candidates}) and "${path}prefetch.limit" (${stageLimit}) are different; omit one of them`,
  )
}

/** The first stage as a single query: the query itself, the given prefetch, or the fusion of several. */
export function firstStageOf(
  query: Query,
  { using, prefetch, candidates, params }: CheckedRerank,
): Prefetch & { readonly limit: number } {
  if (prefetch === undefined) return { query, using, limit: candidates, ...(params && { params }) }
  if (!Array.isArray(prefetch)) return { ...(prefetch as Prefetch), limit: candidates }
  const stages = (prefetch as readonly Prefetch[]).map(stage => ({
    ...stage,
    limit: stage.limit ?? candidates,
  }))
  return { query: { fusion: 'rrf' }, prefetch: stages, limit: candidates }
}

/** @throws TypeError if candidates cannot be ranked by a query */
export function checkRerankQuery(query: Query | undefined, path = ''): void {
  const vector = nearestOf(query)
  if (vector === undefined) throw new TypeError(`"${path}query" is required: a multi-vector or a text`)
  if (!isPlainObject(vector) || isTextInput(vector) || isImageInput(vector)) return
  const [name = 'an empty object'] = Object.keys(vector)
  throw new TypeError(
    `"${path}query" expected a vector or a text, got ${name}; put other queries into "prefetch"`,
  )
}

/** A filter for points that match both filters. */
export const bothFilters = (a: Filter | undefined, b: Filter | undefined): Filter | undefined =>
  a && b ? { must: [a, b] } : (a ?? b)

/** Whether the first stage has scores. A prefetch without a query finds points by its filter only. */
export const hasStageScores = ({ prefetch }: Pick<RerankOptions, 'prefetch'>): boolean =>
  prefetch === undefined || Array.isArray(prefetch) || (prefetch as Prefetch).query !== undefined
