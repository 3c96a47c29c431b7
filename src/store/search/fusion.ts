// Several rankings into one, by their ranks.

import type { PointId } from '../../collection/collection.js'
import { isPlainObject, type Query } from '../../collection/search-options.js'
import type { Segment } from '../columns/segment.js'

/** A point that a stage has found. */
export interface FoundPoint {
  readonly id: PointId
  readonly score: number
  readonly segment: Segment
  readonly slot: number
}

/** What Qdrant can be asked and a store can not. */
const FOREIGN = ['recommend', 'discover', 'context', 'formula', 'order_by', 'sample', 'feedback']
/** The constant of reciprocal rank fusion where none is given, as in Qdrant. */
const RRF_K = 2

/** The constant of a fusion by ranks, or undefined for a query that is none. */
export function fusionOf(query: Query | undefined, place: string): number | undefined {
  if (!isPlainObject(query)) return undefined
  for (const name of FOREIGN) {
    if (name in query)
      throw new RangeError(`"${place}.${name}" is not known to a store; it has nearest and fusion`)
  }
  if ('rrf' in query) {
    const { k = RRF_K } = (query.rrf ?? {}) as { k?: number }
    if (!Number.isInteger(k) || k < 1) {
      throw new RangeError(`"${place}.rrf.k" expected a whole number of at least 1, got ${String(k)}`)
    }
    return k
  }
  if (!('fusion' in query)) return undefined
  if (query.fusion === 'rrf') return RRF_K
  throw new RangeError(`"${place}.fusion" expected rrf, got ${JSON.stringify(query.fusion)}`)
}

/** Reciprocal rank fusion: 1 / (rank + k), added up over the lists. */
export function fuse(lists: readonly (readonly FoundPoint[])[], k: number): FoundPoint[] {
  const fused = new Map<PointId, FoundPoint>()
  for (const list of lists) {
    for (const [rank, point] of list.entries()) {
      const score = Math.fround((fused.get(point.id)?.score ?? 0) + Math.fround(1 / (rank + k)))
      fused.set(point.id, { ...point, score })
    }
  }
  return [...fused.values()]
}
