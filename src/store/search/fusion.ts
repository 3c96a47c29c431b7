// Fusion: combines the rankings of prefetches into one, as Qdrant does, in f32.
//
//   rrf    score(point) = sum of 1 / ((rank + 1) / weight + k - 1) over the rankings that contain it, rank from 0
//   dbsf   score(point) = sum of its scores, each ranking scaled so that its mean -+ 3 standard deviations become 0 and 1

import { wholeNumber } from '../../base/check-options.js'
import { typeName } from '../../base/type-name.js'
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

/** How rankings are combined. `weights`: one for each ranking; undefined: they count alike. */
export type Fusion =
  | { readonly type: 'rrf'; readonly k: number; readonly weights: readonly number[] | undefined }
  | { readonly type: 'dbsf' }

/** Queries of Qdrant that a store does not support. */
const UNSUPPORTED = ['recommend', 'discover', 'context', 'formula', 'order_by', 'sample', 'feedback']
/** Qdrant's default for `k`. */
const DEFAULT_K = 2

/**
 * Returns the fusion that a query asks for, or undefined for other queries.
 *
 * @param prefetches the number of rankings
 * @throws TypeError or RangeError for a wrong value, and for a query that a store does not support
 */
export function parseFusion(query: Query | undefined, prefetches: number, path: string): Fusion | undefined {
  if (!isPlainObject(query)) return undefined
  for (const name of UNSUPPORTED) {
    if (name in query) {
      throw new RangeError(`"${path}.${name}" is not supported by a store; use nearest, fusion or rrf`)
    }
  }
  const fusion = 'rrf' in query ? parseRrf(query.rrf, prefetches, `${path}.rrf`) : parseName(query, path)
  if (fusion && prefetches === 0) {
    throw new RangeError(`"${path}" fuses prefetches; add at least one prefetch`)
  }
  return fusion
}

function parseName(query: Record<string, unknown>, path: string): Fusion | undefined {
  if (!('fusion' in query)) return undefined
  if (query.fusion === 'rrf') return { type: 'rrf', k: DEFAULT_K, weights: undefined }
  if (query.fusion === 'dbsf') return { type: 'dbsf' }
  throw new RangeError(`"${path}.fusion" expected rrf or dbsf, got ${JSON.stringify(query.fusion)}`)
}

function parseRrf(value: unknown, prefetches: number, path: string): Fusion {
  const { k, weights } = (value ?? {}) as { readonly k?: unknown; readonly weights?: unknown }
  const checked = { type: 'rrf', k: wholeNumber(k ?? DEFAULT_K, `${path}.k`, 1) } as const
  if (weights === undefined || weights === null) return { ...checked, weights: undefined }
  if (!Array.isArray(weights)) {
    throw new TypeError(`"${path}.weights" expected an array of numbers, got ${typeName(weights)}`)
  }
  if (weights.length !== prefetches) {
    throw new RangeError(
      `"${path}.weights" expected as many weights as prefetches, got ${weights.length} and ${prefetches}`,
    )
  }
  for (const [i, weight] of weights.entries()) {
    if (typeof weight === 'number' && Number.isFinite(Math.fround(weight))) continue
    throw new RangeError(`"${path}.weights[${i}]" expected a finite number, got ${String(weight)}`)
  }
  return { ...checked, weights: weights as readonly number[] }
}

/** Combines rankings, each best first. The result is not sorted. */
export function fuseRankings(rankings: readonly (readonly FoundPoint[])[], fusion: Fusion): FoundPoint[] {
  const fused = new Map<PointId, FoundPoint>()
  for (const [i, ranking] of rankings.entries()) {
    const scores =
      fusion.type === 'rrf' ? rankScores(ranking, fusion.k, fusion.weights?.[i] ?? 1) : scaledScores(ranking)
    for (const [rank, point] of ranking.entries()) {
      const score = f32((fused.get(point.id)?.score ?? 0) + scores[rank]!)
      fused.set(point.id, { ...point, score })
    }
  }
  return [...fused.values()]
}

const f32 = Math.fround

/** The scores of ranks. A ranking without a positive weight counts nothing. */
function rankScores(ranking: readonly FoundPoint[], k: number, weight: number): number[] {
  const w = f32(weight)
  return ranking.map((_, rank) => (w > 0 ? f32(1 / f32(f32(f32(f32(rank + 1) / w) + f32(k)) - 1)) : 0))
}

/** Scores of which the mean -+ 3 standard deviations are 0 and 1; 0.5 if they do not differ. */
function scaledScores(ranking: readonly FoundPoint[]): number[] {
  const scores = ranking.map(({ score }) => score)
  if (scores.length < 2) return scores.map(() => 0.5)
  // Welford's method
  let mean = 0
  let aggregate = 0
  for (const [i, score] of scores.entries()) {
    const before = f32(score - mean)
    mean = f32(mean + f32(before / f32(i + 1)))
    aggregate = f32(aggregate + f32(before * f32(score - mean)))
  }
  const deviation = f32(Math.sqrt(f32(aggregate / f32(scores.length - 1))))
  const min = f32(mean - f32(3 * deviation))
  const max = f32(mean + f32(3 * deviation))
  if (min === max) return scores.map(() => 0.5)
  return scores.map(score => f32(f32(score - min) / f32(max - min)))
}
