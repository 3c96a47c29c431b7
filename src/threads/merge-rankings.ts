// The best of several rankings that are each in order: by score, then by index. Imports types only.

import type { Dtype } from '../core/dtype.js'
import type { Candidates } from '../core/ranking/candidate-filter.js'
import type { RankReport } from '../core/ranking/rank-options.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import type { ShardBest } from './shard.js'

/** One thread's ranking, and how its indices are called in the whole. */
export interface ShardResult {
  readonly best: ShardBest
  indexOf(index: number): number
}

/** The first `limit` of all parts. Equal scores by index, -0 and 0 are equal: as the kernel ranks. */
export function mergeRankings(
  parts: readonly ShardResult[],
  ascending: boolean,
  limit: number,
): ScoredDocument[] {
  const heads = parts.map(() => 0)
  const ranked: ScoredDocument[] = []
  while (ranked.length < limit) {
    let from = -1
    let best: ScoredDocument | undefined
    parts.forEach(({ best: { indices, scores }, indexOf }, i) => {
      const head = heads[i]!
      if (head === scores.length) return
      const next = { index: indexOf(indices[head]!), score: scores[head]! }
      const gain = best === undefined ? 1 : ascending ? best.score - next.score : next.score - best.score
      if (gain > 0 || (gain === 0 && best && next.index < best.index)) {
        best = next
        from = i
      }
    })
    if (best === undefined) break
    heads[from]!++
    ranked.push(best)
  }
  return ranked
}

/** What a ranking rests on, of which each part reports its own: `exact` only if every part was. */
export function mergeReports(dtype: Dtype, parts: readonly RankReport[]): RankReport {
  const certified = parts.find(({ method }) => method === 'certified')
  const method = certified ? 'certified' : dtype === 'f32' ? 'exact' : 'stored'
  const sum = (of: (report: RankReport) => number) => parts.reduce((total, report) => total + of(report), 0)
  return { method, considered: sum(report => report.considered), rescored: sum(report => report.rescored) }
}

/** Which documents of all parts can be among the best `limit`, rising: those that one thread would find. */
export function mergeCandidates(
  parts: readonly { readonly found: Candidates; indexOf(index: number): number }[],
  limit: number,
): Uint32Array {
  const lowers = Float32Array.from(parts.flatMap(({ found }) => [...found.lowers])).sort()
  const threshold = lowers[Math.max(0, lowers.length - limit)] ?? Infinity
  return Uint32Array.from(
    parts.flatMap(({ found: { positions, uppers }, indexOf }) =>
      [...positions].filter((_, i) => uppers[i]! >= threshold).map(indexOf),
    ),
  ).sort()
}
