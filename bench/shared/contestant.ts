// A contestant of a benchmark: holds documents, and answers a query with the ten best of them.

import type { ScoredDocument } from '../../src/index.js'

/** One way to score and rank the documents of a workload. */
export interface Contestant {
  readonly name: string
  /** The score of every document. */
  scores(): Float32Array
  /** The operation that is timed: the ten best documents, from the unpacked query. */
  rank(): readonly ScoredDocument[]
  dispose(): void
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
