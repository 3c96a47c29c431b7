// Two-stage search: the server finds candidates, then MaxSim ranks them by the stored vectors. The second stage runs in
// the local kernel, over vectors from a cache or from the server; or on the server.
//
// The faster choice depends on the bytes that are fetched. The server scores 100 given documents of 128 x 128 in about
// 4 ms; fetching them takes 19 MB of JSON, 0.2 to 0.5 s. So use `rescore: 'server'`, or a cache that is filled.
//
// Several searches send one request for their first stages, and fetch the documents that they share once.

import type { Hit, Payload, PointId, VectorInput } from '../collection/collection.js'
import { embedQuery } from '../collection/embed-texts.js'
import { labelFieldsOf } from '../collection/match-labels.js'
import { namingPoints } from '../collection/name-points.js'
import { packRows } from '../collection/packed-rows.js'
import {
  bothFilters,
  type CheckedRerank,
  checkRerank,
  checkRerankQuery,
  firstStageOf,
  hasStageScores,
  type RerankOptions,
} from '../collection/rerank-options.js'
import { nearestOf, type Query, type QueryOptions } from '../collection/search-options.js'
import { chooseField, type Field, selectionOf } from '../collection/vector-fields.js'
import { isImageInput, isTextInput, rowsFor } from '../collection/vector-input.js'
import type { Scorer } from '../core/scorer.js'
import { type CandidateDocument, collectDocuments } from './candidate-documents.js'
import { type MatchContext, type MatchQuery, matchDocuments } from './matches.js'
import { queryByIds, UNQUANTIZED } from './points-by-id.js'
import { checkBatch } from './query-points.js'
import { bindCache, type VectorCache } from './vector-cache.js'
import { asStored, metricOfStored } from './verify/server-rounding.js'

/** Options of `QdrantCollection.rerank`. */
export interface QdrantRerankOptions extends RerankOptions {
  /** Vectors in the cache are not fetched; fetched vectors are added to it. Default: no cache. */
  readonly cache?: VectorCache | undefined
}

type BatchQueries = readonly (QueryOptions & { readonly query: Query | undefined })[]

/** The collection as rerank uses it. */
export interface RerankContext extends MatchContext {
  /** Identifies the server: a cache belongs to one vector of one collection. */
  readonly server: string
  /** Whether a vector has quantized copies. */
  readonly isQuantized: (field: Field) => boolean
  readonly queryBatch: (
    queries: BatchQueries,
    options: Pick<QueryOptions, 'signal' | 'onCost'>,
  ) => Promise<Hit[][]>
}

/** A search whose options are checked. */
interface RerankPlan {
  readonly options: CheckedRerank & QdrantRerankOptions
  /** The query that is sent first: it finds the candidates, or with `rescore: 'server'` the hits. */
  readonly first: BatchQueries[number]
  /** What the candidates are ranked by here; undefined if the server ranks them. */
  readonly local: MatchQuery | undefined
}

/** Ranks candidates. See `QdrantCollection.rerank`. */
export async function rerankPoints(
  context: RerankContext,
  query: Query,
  options: QdrantRerankOptions = {},
): Promise<Hit[]> {
  const plan = await planRerank(context, query, options, { path: '', isShared: false })
  const { query: firstQuery, ...firstOptions } = plan.first
  const found = await context.query(firstQuery, firstOptions)
  const [hits = []] = await rescoreLocally(context, [plan], [found], options.signal)
  return hits
}

/** Ranks the candidates of several queries. See `QdrantCollection.rerankBatch`. */
export async function rerankBatch(
  context: RerankContext,
  queries: readonly (QdrantRerankOptions & { readonly query: Query })[],
  batchOptions: Pick<QueryOptions, 'signal' | 'onCost'> = {},
): Promise<Hit[][]> {
  checkBatch(queries, batchOptions, 'rerankBatch')
  const { signal, onCost } = batchOptions
  const plans: RerankPlan[] = []
  for (const [index, { query, ...options }] of queries.entries()) {
    const place = { path: `queries[${index}].`, isShared: queries.length > 1 }
    plans.push(await planRerank(context, query, { ...options, signal }, place))
  }
  const firsts = plans.map(({ first: { signal: _signal, ...first } }) => first)
  const found = await context.queryBatch(firsts, { signal, onCost })
  return rescoreLocally(context, plans, found, signal)
}

/** The place of a search in its call. */
interface SearchPlace {
  /** Names the search in errors: '' for a single one, `queries[0].` in a batch. */
  readonly path: string
  /** Whether other searches may have the same candidates, so that documents are fetched later. */
  readonly isShared: boolean
}

/** Checks the options of a search and embeds its query. */
async function planRerank(
  context: RerankContext,
  query: Query,
  given: QdrantRerankOptions,
  { path, isShared }: SearchPlace,
): Promise<RerankPlan> {
  const options: RerankPlan['options'] = checkRerank(given, {
    path,
    more: ['cache'],
    maxResults: context.limits.query,
  })
  const { limit, prefetch, cache, with_matches, rescore } = options
  const { filter, with_payload, lookup_from, shard_key, signal, onCost } = options
  const sent = { filter, with_payload, lookup_from, shard_key, signal, onCost }
  const field = chooseField(context.fields, options.using, `${path}using`)
  if (cache) bindCache(cache, [context.server, context.name, field.name])
  const embedded = await embedQuery(query, context.encoder, signal, `${path}query`)
  const stage = firstStageOf(embedded, { ...options, using: field.name })
  if (rescore === 'server') {
    const second = { query: embedded, using: field.name, limit, params: UNQUANTIZED, with_matches }
    return { options, first: { ...sent, ...second, prefetch: stage }, local: undefined }
  }
  const source = localQuery(embedded, path)
  const rows = packRows(rowsFor(source, field, `${path}query`), field.size, `${path}query`)
  // a stage without a query returns no versions
  const fetchesLater = isShared || cache || Array.isArray(prefetch) || !hasStageScores(options)
  const first = {
    ...sent,
    ...stage,
    query: stage.query,
    filter: bothFilters(filter, stage.filter),
    with_vector: fetchesLater ? false : selectionOf(field),
  }
  return { options, first, local: { field, rows, source } }
}

/** @throws TypeError if the local kernel cannot rank by the query */
function localQuery(query: Query, path: string): VectorInput {
  checkRerankQuery(query, path)
  const source = nearestOf(query)
  if (isTextInput(source) || isImageInput(source)) {
    throw new TypeError(
      `"${path}query" is ${isTextInput(source) ? 'a text' : 'an image'}, and the local kernel needs its vectors: pass "encoder" when you open the collection, or ` +
        "rescore: 'server' if the server has inference",
    )
  }
  return source as VectorInput
}

/** Scores the candidates of the searches that are not ranked by the server. */
async function rescoreLocally(
  context: RerankContext,
  plans: readonly RerankPlan[],
  found: readonly Hit[][],
  signal: AbortSignal | undefined,
): Promise<Hit[][]> {
  const searches = plans.flatMap(({ options, local }, index) => {
    return local ? [{ ...local, options, index, hits: withoutRepeats(found[index]!) }] : []
  })
  if (searches.length === 0) return [...found]
  const scorer = await context.scorer()
  const lists = searches.map(({ hits, field, rows, options }) => ({
    hits,
    field,
    vector: rows,
    cache: options.cache,
    hasScores: options.prefetch === undefined && !context.isQuantized(field),
    shard_key: options.shard_key,
  }))
  const documents = await collectDocuments({ ...context, scorer, signal }, lists)
  const results = [...found]
  for (const [i, search] of searches.entries()) {
    const ranked = rankLocally(scorer, search, documents[i]!)
    results[search.index] = search.options.with_matches
      ? await matchRanked(context, search, documents[i]!, ranked)
      : ranked
  }
  return results
}

/** The first of the hits with the same id, which shards may return. */
function withoutRepeats(found: readonly Hit[]): Hit[] {
  const seen = new Set<PointId>()
  return found.filter(({ id }) => !seen.has(id) && seen.add(id))
}

/** A search that is ranked here, with its candidates. */
interface LocalSearch extends MatchQuery {
  readonly options: RerankPlan['options']
  readonly hits: readonly Hit[]
}

type Documents = ReadonlyMap<PointId, CandidateDocument>

/** Ranks the hits that have a document by their scores in the local kernel. */
function rankLocally(
  scorer: Scorer,
  { field: { distance, datatype }, rows, hits, options }: LocalSearch,
  documents: Documents,
): Hit[] {
  const candidates = hits.flatMap((hit, rank) => {
    const found = documents.get(hit.id)
    return found ? [{ hit, rank, found }] : []
  })
  if (candidates.length === 0) return []
  const isScored = hasStageScores(options)
  const ranked = namingPoints(
    index => candidates[index]!.hit.id,
    () =>
      scorer.rank(
        asStored(rows, distance, datatype),
        candidates.map(({ found }) => found.document),
        { metric: metricOfStored(distance, datatype), limit: options.limit },
      ),
  )
  return ranked.map(({ index, score }) => {
    const { hit, rank, found } = candidates[index]!
    const { vector: _vector, ...shown } = hit
    return {
      ...shown,
      score,
      version: found.version,
      ...(isScored && { candidate: { score: hit.score, rank } }),
    }
  })
}

/** Adds matches to ranked hits. The documents are here; only the payload fields that name their rows are read. */
async function matchRanked(
  context: RerankContext,
  search: LocalSearch,
  documents: Documents,
  ranked: readonly Hit[],
): Promise<Hit[]> {
  const payloads = await labelPayloads(context, search, ranked)
  const matched = ranked.map(({ id }, i) => {
    return { id, document: documents.get(id)?.document, payload: payloads[i] }
  })
  const matches = await matchDocuments(context, search, matched)
  return ranked.map((hit, i) => ({ ...hit, ...(matches[i] && { matches: matches[i] }) }))
}

async function labelPayloads(
  context: RerankContext,
  { field, rows, options }: LocalSearch,
  ranked: readonly Hit[],
): Promise<readonly (Payload | undefined)[]> {
  const { shard_key, signal, with_payload } = options
  const fields = labelFieldsOf(field, context.encoder)
  if (fields.length === 0 || with_payload === true) return ranked.map(({ payload }) => payload)
  const request = { ...context, vector: rows, field, with_payload: fields, shard_key, signal }
  const ids = ranked.map(({ id }) => id)
  const read = await queryByIds(request, ids)
  return ranked.map(({ id, version }) => {
    return read.find(point => point.id === id && point.version === version)?.payload
  })
}
