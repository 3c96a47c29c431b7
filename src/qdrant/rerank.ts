// Two-stage search: the server finds candidates, then MaxSim ranks them by the stored vectors. The second stage runs in
// the local kernel, over vectors from a cache or from the server; or on the server.
//
// The faster choice depends on the bytes that are fetched. The server scores 100 given documents of 128 x 128 in about
// 4 ms; fetching them takes 19 MB of JSON, 0.2 to 0.5 s. So use `rescore: 'server'`, or a cache that is filled.

import { checkKnownOptions, oneOf, wholeNumber } from '../base/check-options.js'
import type { Filter, Hit, PointId } from '../collection/collection.js'
import { type Encoder, embedQuery } from '../collection/embed-texts.js'
import { namingPoints } from '../collection/name-points.js'
import { packRows } from '../collection/packed-rows.js'
import type { Prefetch, Query, QueryOptions } from '../collection/search-options.js'
import { chooseField, type Field, type Fields, selectionOf } from '../collection/vector-fields.js'
import { isTextInput } from '../collection/vector-input.js'
import type { MultiVector } from '../core/multivector.js'
import type { Scorer } from '../core/scorer.js'
import { type CandidateDocument, collectDocuments, UNQUANTIZED } from './candidate-documents.js'
import type { RequestLimits } from './config/request-limits.js'
import { bindCache, type VectorCache } from './vector-cache.js'
import type { ServerArithmetic } from './verify/rounding-bound.js'
import { asStored, metricOfStored } from './verify/server-rounding.js'

/** Options of `QdrantCollection.rerank`. */
export interface RerankOptions extends Omit<QueryOptions, 'offset' | 'with_vector' | 'score_threshold'> {
  /**
   * Number of documents that the first stage finds, at least `limit`. Default: 100, or fewer if strict mode limits it;
   * `limit` if that is larger.
   */
  readonly candidates?: number | undefined
  /**
   * The first stage, for example a query of a dense or pooled vector. Several stages are fused by their ranks. Default:
   * the query itself, with quantized vectors where the collection has them.
   */
  readonly prefetch?: Prefetch | readonly Prefetch[] | undefined
  /** Where the candidates are scored again: `client` in the local kernel, `server` on the server. Default: `client`. */
  readonly rescore?: 'client' | 'server' | undefined
  /** Vectors in the cache are not fetched; fetched vectors are added to it. Default: no cache. */
  readonly cache?: VectorCache | undefined
}

const KNOWN_OPTIONS = [
  'using',
  'limit',
  'filter',
  'with_payload',
  'params',
  'prefetch',
  'lookup_from',
  'shard_key',
  'candidates',
  'rescore',
  'cache',
  'signal',
  'onCost',
] as const satisfies readonly (keyof RerankOptions)[]

/** The collection as rerank uses it. */
export interface RerankContext {
  /** Name of the collection. */
  readonly name: string
  /** Identifies the server: a cache belongs to one vector of one collection. */
  readonly server: string
  readonly fields: Fields
  readonly arithmetic: ServerArithmetic
  readonly limits: RequestLimits
  /** Whether a vector has quantized copies. */
  readonly isQuantized: (field: Field) => boolean
  readonly encoder: Encoder | undefined
  readonly scorer: () => Promise<Scorer>
  readonly query: (query: Query | undefined, options: QueryOptions) => Promise<Hit[]>
}

const DEFAULT_CANDIDATES = 100
/** Ranks candidates. See `QdrantCollection.rerank`. */
export async function rerankPoints(
  context: RerankContext,
  query: Query,
  options: RerankOptions = {},
): Promise<Hit[]> {
  checkKnownOptions(options, KNOWN_OPTIONS, 'rerank')
  const { using, limit = 10, prefetch, rescore = 'client', params, cache, ...others } = options
  wholeNumber(limit, 'limit', 1)
  const { candidates = Math.max(Math.min(DEFAULT_CANDIDATES, context.limits.query), limit), ...rest } = others
  const field = chooseField(context.fields, using)
  if (!Number.isInteger(candidates) || candidates < limit) {
    throw new RangeError(
      `"candidates" expected a whole number of at least "limit" (${limit}), got ${candidates}`,
    )
  }
  oneOf(rescore, ['client', 'server'], 'rescore')
  if (cache) bindCache(cache, [context.server, context.name, field.name])
  const embedded = (await embedQuery(query, context.encoder, rest.signal)) as MultiVector
  const firstStage =
    prefetch === undefined
      ? { query: embedded, using: field.name, limit: candidates, ...(params && { params }) }
      : prefetchStage(prefetch, candidates)
  if (rescore === 'server') {
    const serverOptions = { ...rest, using: field.name, limit, prefetch: firstStage, params: UNQUANTIZED }
    return context.query(embedded, serverOptions)
  }
  if (isTextInput(embedded)) {
    throw new TypeError(
      '"query" is a text, and the local kernel needs its vectors: pass "encoder" when you open the collection, or ' +
        "rescore: 'server' if the server has inference",
    )
  }
  const { query: firstQuery, ...firstOptions } = firstStage
  const found = await context.query(firstQuery, {
    ...rest,
    ...firstOptions,
    filter: bothFilters(rest.filter, firstStage.filter),
    with_vector: cache || Array.isArray(prefetch) ? false : selectionOf(field),
  })
  // shards may have the same id
  const hits = [...new Map([...found].reverse().map(hit => [hit.id, hit])).values()].reverse()
  const scorer = await context.scorer()
  const documents = await collectDocuments(
    {
      query: context.query,
      vector: embedded,
      field,
      cache,
      scorer,
      arithmetic: context.arithmetic,
      hasScores: prefetch === undefined && !context.isQuantized(field),
      shard_key: rest.shard_key,
      limits: context.limits,
      signal: rest.signal,
    },
    hits,
  )
  return rankLocally(scorer, embedded, field, { hits, documents, limit })
}

/** The first stage of given prefetches, as a single query. */
function prefetchStage(prefetch: Prefetch | readonly Prefetch[], candidates: number): Prefetch {
  if (!Array.isArray(prefetch)) return { ...(prefetch as Prefetch), limit: candidates }
  const stages = (prefetch as readonly Prefetch[]).map(stage => ({
    ...stage,
    limit: stage.limit ?? candidates,
  }))
  return { query: { fusion: 'rrf' }, prefetch: stages, limit: candidates }
}

/** A filter for points that match both filters. */
function bothFilters(a: Filter | undefined, b: Filter | undefined): Filter | undefined {
  return a && b ? { must: [a, b] } : (a ?? b)
}

/** Ranks the hits that have a document by their scores in the local kernel. */
async function rankLocally(
  scorer: Scorer,
  query: MultiVector,
  { size, distance, datatype }: Field,
  found: {
    readonly hits: readonly Hit[]
    readonly documents: ReadonlyMap<PointId, CandidateDocument>
    readonly limit: number
  },
): Promise<Hit[]> {
  const { documents, limit } = found
  const hits = found.hits.filter(({ id }) => documents.has(id))
  if (hits.length === 0) return []
  const ranked = namingPoints(
    index => hits[index]!.id,
    () =>
      scorer.rank(
        asStored(packRows(query, size, 'query'), distance, datatype),
        hits.map(({ id }) => documents.get(id)!.document),
        { metric: metricOfStored(distance, datatype), limit },
      ),
  )
  return ranked.map(({ index, score }) => {
    const { vector: _vector, ...hit } = hits[index]!
    return { ...hit, score, version: documents.get(hit.id)!.version }
  })
}
