// Reciprocal rank fusion: combines rankings by the ranks of their points.
//
//   score(point) = sum of 1 / (k + rank) over the rankings that contain it, rank from 0

import { wholeNumber } from '../../base/check-options.js'
import type { PointId } from '../../collection/collection.js'
import { isPlainObject, type Query } from '../../collection/search-options.js'
import type { Segment } from '../columns/segment.js'

/** A point that a query stage found. */
export interface FoundPoint {
  readonly id: PointId
  readonly score: number
  readonly segment: Segment
  readonly slot: number
}

/** Queries of Qdrant that a store does not support. */
const UNSUPPORTED = ['recommend', 'discover', 'context', 'formula', 'order_by', 'sample', 'feedback']
/** Qdrant's default for `k`. */
const DEFAULT_K = 2

/**
 * Returns the constant `k` of a fusion query, or undefined for other queries.
 *
 * @throws RangeError for a query that a store does not support
 */
export function fusionConstant(query: Query | undefined, path: string): number | undefined {
  if (!isPlainObject(query)) return undefined
  for (const name of UNSUPPORTED) {
    if (name in query) {
      throw new RangeError(`"${path}.${name}" is not supported by a store; use nearest, fusion or rrf`)
    }
  }
  if ('rrf' in query) {
    const { k = DEFAULT_K } = (query.rrf ?? {}) as { k?: number }
    return wholeNumber(k, `${path}.rrf.k`, 1)
  }
  if (!('fusion' in query)) return undefined
  if (query.fusion === 'rrf') return DEFAULT_K
  throw new RangeError(`"${path}.fusion" expected rrf, got ${JSON.stringify(query.fusion)}`)
}

/** Combines rankings, each best first. The result is not sorted. Scores are f32, as Qdrant's. */
export function fuseRankings(rankings: readonly (readonly FoundPoint[])[], k: number): FoundPoint[] {
  const fused = new Map<PointId, FoundPoint>()
  for (const ranking of rankings) {
    for (const [rank, point] of ranking.entries()) {
      const score = Math.fround((fused.get(point.id)?.score ?? 0) + Math.fround(1 / (rank + k)))
      fused.set(point.id, { ...point, score })
    }
  }
  return [...fused.values()]
}
