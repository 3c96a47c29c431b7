// Merges the rankings and reports of several workers into those of one thread.

import type { Dtype } from '../core/dtype.js'
import type { RankReport, ScreenReport } from '../core/ranking/rank-options.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import type { ShardRanking } from './worker/worker-api.js'

/** The ranking of one worker, and the function that converts its indices to those of the whole. */
export interface PartialRanking {
  readonly ranking: ShardRanking
  indexOf(localIndex: number): number
}

/**
 * Merges rankings that are each sorted, up to `limit` results. Equal scores are sorted by index, and -0 equals 0, as in
 * the kernel. `ascending`: the smallest score is best.
 */
export function mergeRankings(
  parts: readonly PartialRanking[],
  ascending: boolean,
  limit: number,
): ScoredDocument[] {
  const heads = parts.map(() => 0)
  const merged: ScoredDocument[] = []
  while (merged.length < limit) {
    let bestPart = -1
    let best: ScoredDocument | undefined
    parts.forEach(({ ranking: { indices, scores }, indexOf }, part) => {
      const head = heads[part]!
      if (head === scores.length) return
      const next = { index: indexOf(indices[head]!), score: scores[head]! }
      const gain = best === undefined ? 1 : ascending ? best.score - next.score : next.score - best.score
      if (gain > 0 || (gain === 0 && best && next.index < best.index)) {
        best = next
        bestPart = part
      }
    })
    if (best === undefined) break
    heads[bestPart]!++
    merged.push(best)
  }
  return merged
}

/** Merges the reports of shards. The ranking is `certified` if that of any shard is, because the others are exact. */
export function mergeReports(dtype: Dtype, parts: readonly RankReport[]): RankReport {
  const isCertified = parts.some(({ method }) => method === 'certified')
  const sum = (key: 'considered' | 'rescored') => parts.reduce((total, report) => total + report[key], 0)
  return {
    method: isCertified ? 'certified' : dtype === 'f32' ? 'exact' : 'stored',
    considered: sum('considered'),
    rescored: sum('rescored'),
    screens: mergeScreens(parts),
  }
}

/** Sums what each screen left in the shards. A shard may have used fewer screens than another. */
function mergeScreens(parts: readonly RankReport[]): ScreenReport[] {
  return (['i8', 'i16'] as const).flatMap(screen => {
    const left = parts.flatMap(({ screens }) => screens.filter(used => used.screen === screen))
    return left.length === 0 ? [] : [{ screen, left: left.reduce((sum, report) => sum + report.left, 0) }]
  })
}
