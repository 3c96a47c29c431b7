// A contestant of a benchmark: holds documents, and answers queries with the ten best of them.

import type { KernelName, RankReport, ScoredDocument, Screen } from '../../src/index.js'

/** One way to score and rank the documents of a workload. */
export interface Contestant {
  readonly name: string
  /** The number of queries. Default: 1. */
  readonly queries?: number
  /** The score of every document for the first query. */
  scores(): Float32Array
  /** The operation that is timed: the ten best documents for a query by its index (default: 0), from its unpacked rows. */
  rank(query?: number): readonly ScoredDocument[]
  dispose(): void
}

/** This library, with one kernel and one screen. */
export interface CorpusContestant extends Contestant {
  readonly kernel: KernelName
  readonly screen: Screen
  /** How the ranking for a query was computed. */
  report(query: number): RankReport
}

/** The `limit` best scores, best first, equal scores by index. One pass that keeps a short sorted list. */
export function topK(scores: Float32Array, limit: number): ScoredDocument[] {
  const ranked: ScoredDocument[] = []
  let bar = -Infinity
  for (let index = 0; index < scores.length; index++) {
    const score = scores[index]!
    if (ranked.length === limit && score <= bar) continue
    let position = ranked.length
    while (position > 0 && ranked[position - 1]!.score < score) position--
    ranked.splice(position, 0, { index, score })
    if (ranked.length > limit) ranked.pop()
    bar = ranked.at(-1)!.score
  }
  return ranked
}
