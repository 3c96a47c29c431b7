// Collects the documents of rerank's candidates: from the hits, a cache, or the server. A copy in the cache is used only
// if the server scores its document as the copy scores here: the version of a point is not enough, because versions start
// again when a collection is created again, and go back when a snapshot is restored.

import type { Hit, PointId } from '../collection/collection.js'
import { documentOf, type PackedRows, packRows } from '../collection/packed-rows.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import { type Field, isPlain, selectionOf } from '../collection/vector-fields.js'
import type { MultiVector } from '../core/multivector.js'
import type { Scorer } from '../core/scorer.js'
import type { RequestLimits } from './config/request-limits.js'
import type { VectorCache } from './vector-cache.js'
import { boundsFor, type ServerArithmetic } from './verify/rounding-bound.js'
import { asSent, asStored, metricOfStored } from './verify/server-rounding.js'

/** Documents fetched in one request: a few megabytes of JSON. */
const FETCHED_AT_ONCE = 32
/** Search parameters that score with the original vectors. */
export const UNQUANTIZED = { quantization: { ignore: true } } as const

/** A document with the version of its point. */
export interface CandidateDocument {
  readonly version: number
  readonly document: PackedRows
}

/** Where the documents of candidates come from. */
export interface DocumentRequest {
  /** Queries the collection. */
  readonly query: (query: Query | undefined, options: QueryOptions) => Promise<Hit[]>
  readonly vector: MultiVector
  readonly field: Field
  readonly cache: VectorCache | undefined
  /** Scores cached documents. */
  readonly scorer: Scorer
  readonly arithmetic: ServerArithmetic
  /** Whether the scores of the hits are of this query and the original vectors. */
  readonly hasScores: boolean
  readonly shard_key: unknown
  /** Limits on the size of a request. */
  readonly limits: RequestLimits
  readonly signal: AbortSignal | undefined
}

/** Returns the documents of the hits that have one, by id. */
export async function collectDocuments(
  request: DocumentRequest,
  hits: readonly Hit[],
): Promise<Map<PointId, CandidateDocument>> {
  const { field, cache } = request
  const documents = new Map<PointId, CandidateDocument>()
  const missing: PointId[] = []
  const keep = async (hit: Hit) => {
    const document = documentOf(hit, field)
    if (!document) return false
    documents.set(hit.id, { version: hit.version, document })
    await cache?.set(hit.id, hit.version, document)
    return true
  }
  const cached = cache ? await validCopies(request, cache, hits) : undefined
  for (const hit of hits) {
    const copy = cached?.get(hit.id)
    if (copy) documents.set(hit.id, copy)
    else if (!(await keep(hit))) missing.push(hit.id)
  }
  for await (const hit of fetchInGroups(request, missing, true)) await keep(hit)
  return documents
}

/** Fetches points with the scores of the original vectors, some at a time. */
async function* fetchInGroups(
  { query, vector, field, shard_key, limits, signal }: DocumentRequest,
  ids: readonly PointId[],
  wantsVectors: boolean,
): AsyncGenerator<Hit> {
  const size = Math.min(FETCHED_AT_ONCE, limits.ids, limits.query)
  for (let first = 0; first < ids.length; first += size) {
    const group = ids.slice(first, first + size)
    // a query and not retrieve(), because only a query returns the version that the vectors belong to
    yield* await query(vector, {
      using: field.name,
      limit: group.length,
      prefetch: { filter: { must: [{ has_id: group }] }, limit: group.length },
      params: UNQUANTIZED,
      with_vector: wantsVectors && selectionOf(field),
      ...(shard_key !== undefined && { shard_key }),
      signal,
    })
  }
}

/** The copies in the cache that have the version of their hit, and the score that the server computes. */
async function validCopies(
  request: DocumentRequest,
  cache: VectorCache,
  hits: readonly Hit[],
): Promise<Map<PointId, CandidateDocument>> {
  const { field, hasScores } = request
  const copies = new Map<PointId, CandidateDocument>()
  for (const { id, version } of hits) {
    const document = await cache.get(id, version)
    if (document?.dim === field.size) copies.set(id, { version, document: document as PackedRows })
  }
  // codes cannot be read back as they are scored
  if (copies.size === 0 || !isPlain(field.datatype)) return copies
  const isRight = copyCheck(request)
  const scored = hasScores ? hits : await scoresOf(request, [...copies.keys()])
  const seen = new Set<PointId>()
  for (const { id, version, score } of scored) {
    const copy = copies.get(id)
    seen.add(id)
    if (copy && (copy.version !== version || !isRight(copy.document, score))) copies.delete(id)
  }
  for (const id of copies.keys()) if (!seen.has(id)) copies.delete(id)
  return copies
}

async function scoresOf(request: DocumentRequest, ids: readonly PointId[]): Promise<Hit[]> {
  const hits: Hit[] = []
  for await (const hit of fetchInGroups(request, ids, false)) hits.push(hit)
  return hits
}

/** Returns a function that compares the score of a copy with that of the server. */
function copyCheck({ vector, field, scorer, arithmetic }: DocumentRequest) {
  const { size, distance, datatype } = field
  const rows = packRows(vector, size, 'query')
  const stored = asStored(rows, distance, datatype)
  const bounds = boundsFor(scorer, field, asSent(rows, distance, datatype), stored, arithmetic)
  const metric = metricOfStored(distance, datatype)
  return (document: PackedRows, score: number): boolean => {
    const local = scorer.score(stored, document, { metric })
    return Math.abs(local - score) <= bounds.of(document, Math.max(local, 0))
  }
}
