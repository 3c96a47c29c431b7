// Two stages: candidates from the server, then MaxSim over them with the vectors as stored. The second stage runs where
// the vectors are: here, in the kernel, for those that a cache holds or that are fetched; or on the server.
//
// Which is faster is a matter of bytes. The server scores 100 given documents of 128 x 128 in about 4 ms; fetching them
// takes 19 MB of JSON, 0.2 to 0.5 s. So: `rescore: 'server'`, or a cache that is warm.

import type { Filter, Hit, PointId } from '../collection/collection.js'
import { type Encoder, embedQuery } from '../collection/embed-texts.js'
import { documentOf, type PackedRows, packRows } from '../collection/packed-rows.js'
import type { Prefetch, Query, QueryOptions } from '../collection/search-options.js'
import { chooseField, type Field, type Fields, selectionOf } from '../collection/vector-fields.js'
import { isTextInput } from '../collection/vector-input.js'
import type { MultiVector } from '../core/multivector.js'
import type { Scorer } from '../core/scorer.js'
import type { VectorCache } from './vector-cache.js'
import { asStored, metricOfStored } from './verify/server-rounding.js'

export interface RerankOptions extends Omit<QueryOptions, 'offset' | 'with_vector' | 'score_threshold'> {
  /** How many documents the first stage gives. Left out: 100. */
  readonly candidates?: number | undefined
  /**
   * The first stage: a dense or pooled vector's query. Left out: the query itself, with quantized vectors where the
   * collection has them. Several are fused by their ranks.
   */
  readonly prefetch?: Prefetch | readonly Prefetch[] | undefined
  /** Where the candidates are scored again. Left out: `client`, in the kernel. */
  readonly rescore?: 'client' | 'server' | undefined
  /** Looked into before anything is fetched, and filled with what was. */
  readonly cache?: VectorCache | undefined
}

/** What rerank needs of the collection that it is part of. */
export interface RerankContext {
  readonly fields: Fields
  readonly encoder: Encoder | undefined
  readonly scorer: () => Promise<Scorer>
  readonly query: (query: Query | undefined, options: QueryOptions) => Promise<Hit[]>
}

/** Documents fetched in one request: a few megabytes of JSON. */
const FETCHED_AT_ONCE = 32
const IGNORE = { quantization: { ignore: true } } as const

/** The rows of a query as the server would score with them: f32, a fresh copy. */
function storedQuery(query: MultiVector, field: Field): PackedRows {
  return asStored(packRows(query, field.size, 'query'), field.distance, field.datatype)
}

export async function rerankPoints(
  context: RerankContext,
  asked: Query,
  options: RerankOptions = {},
): Promise<Hit[]> {
  const {
    using,
    candidates = 100,
    limit = 10,
    prefetch,
    rescore = 'client',
    cache,
    params,
    ...rest
  } = options
  const field = chooseField(context.fields, using)
  if (!Number.isInteger(candidates) || candidates < limit) {
    throw new RangeError(
      `"candidates" expected a whole number of at least "limit" (${limit}), got ${candidates}`,
    )
  }
  if (rescore !== 'client' && rescore !== 'server') {
    throw new RangeError(`"rescore" expected client or server, got ${String(rescore)}`)
  }
  const query = (await embedQuery(asked, context.encoder, rest.signal)) as MultiVector
  const first = firstStage(query, field, candidates, prefetch, params)
  if (rescore === 'server') {
    return context.query(query, { ...rest, using: field.name, limit, prefetch: first, params: IGNORE })
  }
  if (isTextInput(query)) {
    throw new TypeError(
      '"query" is a text, and scoring it here needs its vectors: pass "encoder" when opening the collection, ' +
        "or rescore: 'server' where the server has inference",
    )
  }
  const stored = storedQuery(query, field)
  const { query: firstQuery, ...firstOptions } = first
  const hits = await context.query(firstQuery, {
    ...rest,
    ...firstOptions,
    filter: both(rest.filter, first.filter),
    with_vector: cache || Array.isArray(prefetch) ? false : selectionOf(field),
  })
  const documents = await collect(context, query, field, hits, cache, rest.signal)
  const ranked = hits.filter(({ id }) => documents.has(id))
  if (ranked.length === 0) return []
  const scorer = await context.scorer()
  const best = scorer.rank(
    stored,
    ranked.map(({ id }) => documents.get(id)!.document),
    { metric: metricOfStored(field.distance, field.datatype), limit: Math.min(limit, ranked.length) },
  )
  return best.map(({ index, score }) => {
    const { vector: _vector, ...hit } = ranked[index]!
    return { ...hit, score, version: documents.get(hit.id)!.version }
  })
}

/** The stage that finds the candidates, as a query of its own. */
function firstStage(
  query: MultiVector,
  field: Field,
  candidates: number,
  prefetch: RerankOptions['prefetch'],
  params: QueryOptions['params'],
): Prefetch {
  if (prefetch === undefined) {
    return { query, using: field.name, limit: candidates, ...(params && { params }) }
  }
  if (!Array.isArray(prefetch)) return { ...(prefetch as Prefetch), limit: candidates }
  const stages = (prefetch as readonly Prefetch[]).map(stage => ({
    ...stage,
    limit: stage.limit ?? candidates,
  }))
  return { query: { fusion: 'rrf' }, prefetch: stages, limit: candidates }
}

/** A filter that lets through what both let through. */
function both(a: Filter | undefined, b: Filter | undefined): Filter | undefined {
  return a && b ? { must: [a, b] } : (a ?? b)
}

interface Collected {
  readonly version: number
  readonly document: PackedRows
}

/** The document of every hit that has one: from the hit, the cache, or the server. */
async function collect(
  context: RerankContext,
  query: MultiVector,
  field: Field,
  hits: readonly Hit[],
  cache: VectorCache | undefined,
  signal: AbortSignal | undefined,
): Promise<Map<PointId, Collected>> {
  const documents = new Map<PointId, Collected>()
  const lacking: PointId[] = []
  const keep = async (hit: Hit) => {
    const document = documentOf(hit, field)
    if (!document) return false
    documents.set(hit.id, { version: hit.version, document })
    await cache?.set(hit.id, hit.version, document)
    return true
  }
  for (const hit of hits) {
    const known = await cache?.get(hit.id, hit.version)
    if (known) documents.set(hit.id, { version: hit.version, document: known as Collected['document'] })
    else if (!(await keep(hit))) lacking.push(hit.id)
  }
  for (let first = 0; first < lacking.length; first += FETCHED_AT_ONCE) {
    const ids = lacking.slice(first, first + FETCHED_AT_ONCE)
    // a scored query, because only that tells the version that the vectors belong to
    const fetched = await context.query(query, {
      using: field.name,
      limit: ids.length,
      prefetch: { filter: { must: [{ has_id: ids }] }, limit: ids.length },
      params: IGNORE,
      with_vector: selectionOf(field),
      signal,
    })
    for (const hit of fetched) await keep(hit)
  }
  return documents
}
