// Collects the documents of rerank's candidates: from the hits, a cache, or the server. A copy in the cache is used only
// if the server scores its document as the copy scores here: the version of a point is not enough, because versions start
// again when a collection is created again, and go back when a snapshot is restored.

import type { Hit, PointId } from '../collection/collection.js'
import { documentOf, type PackedRows } from '../collection/packed-rows.js'
import { type Field, isPlain, selectionOf } from '../collection/vector-fields.js'
import type { MultiVector } from '../core/multivector.js'
import type { Scorer } from '../core/scorer.js'
import type { RequestLimits } from './config/request-limits.js'
import { queryByIds, type RunQuery } from './points-by-id.js'
import { createScoreCheck } from './score-check.js'
import type { VectorCache } from './vector-cache.js'
import type { ServerArithmetic } from './verify/rounding-bound.js'

/** A document with the version of its point. */
export interface CandidateDocument {
  readonly version: number
  readonly document: PackedRows
}

/** What the searches of a call share. */
export interface DocumentContext {
  readonly query: RunQuery
  readonly limits: RequestLimits
  /** Scores cached documents. */
  readonly scorer: Scorer
  readonly arithmetic: ServerArithmetic
  readonly signal: AbortSignal | undefined
}

/** The candidates of one search. */
export interface CandidateList {
  readonly hits: readonly Hit[]
  readonly vector: MultiVector
  readonly field: Field
  readonly cache: VectorCache | undefined
  /** Whether the scores of the hits are of this query and the original vectors. */
  readonly hasScores: boolean
  readonly shard_key: unknown
}

/** The documents of one search. */
type Documents = Map<PointId, CandidateDocument>

/** Returns the documents of the hits that have one, by id, for each search. Shared documents are fetched once. */
export async function collectDocuments(
  context: DocumentContext,
  lists: readonly CandidateList[],
): Promise<readonly ReadonlyMap<PointId, CandidateDocument>[]> {
  const collected: Documents[] = []
  const fetches = new Map<string, Fetch>()
  for (const list of lists) {
    const { hits, cache, field, shard_key } = list
    const documents: Documents = cache ? await validCopies(context, list, cache) : new Map()
    collected.push(documents)
    const key = JSON.stringify([field.name, shard_key])
    const fetch = fetches.get(key) ?? { list, wanted: new Map() }
    fetches.set(key, fetch)
    for (const hit of hits) {
      if (documents.has(hit.id) || (await keep(hit, list, documents))) continue
      const wanting = fetch.wanted.get(hit.id) ?? []
      fetch.wanted.set(hit.id, wanting)
      wanting.push({ list, documents })
    }
  }
  for (const { list, wanted } of fetches.values()) {
    const request = { ...context, ...list, with_vector: selectionOf(list.field) }
    for (const hit of await queryByIds(request, [...wanted.keys()])) {
      for (const { list: owner, documents } of wanted.get(hit.id) ?? []) await keep(hit, owner, documents)
    }
  }
  return collected
}

/** Documents of one vector to fetch, each with the searches that want it. */
interface Fetch {
  readonly list: CandidateList
  readonly wanted: Map<PointId, { readonly list: CandidateList; readonly documents: Documents }[]>
}

/** Keeps the document of a hit. Returns false if there is no document. */
async function keep(hit: Hit, { field, cache }: CandidateList, documents: Documents): Promise<boolean> {
  const document = documentOf(hit, field)
  if (!document) return false
  documents.set(hit.id, { version: hit.version, document })
  await cache?.set(hit.id, hit.version, document)
  return true
}

/** The copies in the cache that have the version of their hit, and the score that the server computes. */
async function validCopies(
  context: DocumentContext,
  list: CandidateList,
  cache: VectorCache,
): Promise<Documents> {
  const { hits, field, vector, hasScores } = list
  const copies: Documents = new Map()
  for (const { id, version } of hits) {
    const document = await cache.get(id, version)
    if (document?.dim === field.size) copies.set(id, { version, document: document as PackedRows })
  }
  // codes cannot be read back as they are scored
  if (copies.size === 0 || !isPlain(field.datatype)) return copies
  const isRight = createScoreCheck({ ...context, vector, field })
  const scored = hasScores ? hits : await queryByIds({ ...context, ...list }, [...copies.keys()])
  const seen = new Set<PointId>()
  for (const { id, version, score } of scored) {
    const copy = copies.get(id)
    seen.add(id)
    if (copy && (copy.version !== version || !isRight(copy.document, score))) copies.delete(id)
  }
  for (const id of copies.keys()) if (!seen.has(id)) copies.delete(id)
  return copies
}
