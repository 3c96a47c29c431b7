// How near rankings are to exact search's, by the measures of `maxsimd/evaluation`: exact search's ten are the judgements,
// with a gain of 10 less how many score better. Documents that score as the tenth does are as good as it, so of these
// the ones that were found are judged first.

import { evaluate } from '../../src/evaluation/index.js'
import type { ScoredDocument } from '../../src/index.js'

export const PLACES = 10

export interface Quality {
  readonly recall: number
  readonly ndcg: number
}

/** For each query the best ten of exact search, and what was found, in its order, with exact search's scores. */
export function judge(
  exact: readonly (readonly ScoredDocument[])[],
  found: readonly (readonly ScoredDocument[])[],
): Quality {
  const qrels = new Map(exact.map((best, query) => [String(query), judgements(best, found[query]!)]))
  const run = new Map(
    found.map((hits, query) => [
      String(query),
      new Map(hits.map(({ index }, place) => [String(index), -place])),
    ]),
  )
  const { recall, ndcg } = evaluate(run, qrels, { ndcg: PLACES, recall: PLACES })
  return { recall, ndcg }
}

function judgements(exact: readonly ScoredDocument[], found: readonly ScoredDocument[]): Map<string, number> {
  const all = new Map([...found, ...exact].map(hit => [hit.index, hit]))
  const best = [...all.values()].sort((a, b) => b.score - a.score).slice(0, exact.length)
  const betterThan = (score: number) => exact.filter(other => other.score > score).length
  return new Map(best.map(({ index, score }) => [String(index), exact.length - betterThan(score)]))
}
