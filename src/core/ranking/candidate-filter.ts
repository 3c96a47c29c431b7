// Exact rankings from inexact scores: finds the documents that can be in the top k, by the bounds of their scores.
//
// With lower <= f32 score <= upper for every document, k documents have at least the k-th largest lower bound as score. A
// document whose upper bound is smaller cannot be in the top k. The remaining documents, usually few, are scored again in
// f32, and the ranking is exactly that of the f32 kernel, scores and ties included.

import type { ScorableDocuments } from '../memory/document-table.js'
import type { LoadedQueries } from './loaded-queries.js'
import { boundTermsOf, writeBounds } from './score-bounds.js'
import { type ScoreRequest, scoreDocuments } from './score-documents.js'
import { selectTopK } from './top-k.js'

/** Documents that can be in the top k of one query. */
export interface Candidates {
  /** Sorted indices. */
  readonly positions: Uint32Array
  /** `uppers[i]`: the upper bound of the score of document `positions[i]`. */
  readonly uppers: Float32Array
  /** The k largest lower bounds of all documents, in descending order. */
  readonly lowers: Float32Array
}

export interface CandidateRequest extends ScoreRequest {
  /** k: the number of documents in the ranking. */
  readonly limit: number
  /** Documents with a smaller score are not needed. Default: -Infinity. */
  readonly floor?: number | undefined
}

/** Finds the candidates of each query. All queries must have the same arithmetic. */
export function filterByBounds(
  queries: LoadedQueries,
  documents: ScorableDocuments,
  request: CandidateRequest,
): Candidates[] {
  const { kernel, addresses } = queries
  const { limit, subset, floor = -Infinity } = request
  const total = subset?.length ?? documents.length
  const terms = Array.from({ length: queries.length }, (_, i) => boundTermsOf(queries, i))
  const uppers = terms.map(() => new Float32Array(total))
  // of two lower bounds the larger is better, as with `dot`
  const best = selectTopK({ kernel, metric: 'dot', length: queries.length }, limit, offer => {
    scoreDocuments(queries, documents, request, (first, count) => {
      for (let i = 0; i < queries.length; i++) {
        writeBounds(queries, i, count, terms[i]!)
        uppers[i]!.set(kernel.memory.f32(addresses.upper, count), first)
        offer(i, addresses.lower, count, first)
      }
    })
  })
  return best.map((ranking, i) => {
    const lowers = Float32Array.from(ranking, ({ score }) => score)
    return { ...candidatesFrom(uppers[i]!, Math.max(floor, lowers.at(-1) ?? Infinity), subset), lowers }
  })
}

/** The documents with an upper bound of at least `threshold`. `uppers[i]` is that of document `subset[i]`, or `i` without one. */
export function candidatesFrom(
  uppers: Float32Array,
  threshold: number,
  subset?: Uint32Array,
): Omit<Candidates, 'lowers'> {
  const indices = new Uint32Array(uppers.length)
  const kept = new Float32Array(uppers.length)
  let count = 0
  for (let position = 0; position < uppers.length; position++) {
    const upper = uppers[position]!
    // a bound is NaN where f32 cannot hold the length of a query row: such a document stays
    if (upper < threshold) continue
    kept[count] = upper
    indices[count++] = subset ? subset[position]! : position
  }
  return { positions: indices.slice(0, count), uppers: kept.slice(0, count) }
}

/**
 * Returns the documents, sorted by index, that can be in the top `limit` of all parts. Each part has the candidates of other
 * documents.
 */
export function mergeCandidates(parts: readonly Candidates[], limit: number): Uint32Array {
  // `limit` documents score at least the limit-th largest lower bound
  const lowers = Float32Array.from(parts.flatMap(part => [...part.lowers])).sort()
  const threshold = lowers[Math.max(0, lowers.length - limit)] ?? Infinity
  const left = parts.flatMap(part => [...candidatesFrom(part.uppers, threshold, part.positions).positions])
  return Uint32Array.from(left).sort()
}
