// Compares rankings with those of exact search, by the measures of `maxsimd/evaluation`. The ten results of exact search
// are the judgements: the gain of a document is 10 minus the number of documents with a better score. Documents with the
// score of the tenth are as good as the tenth, so that the found ones among them count first.

import { evaluate } from '../../src/evaluation/index.js'
import type { ScoredDocument } from '../../src/index.js'

/** Results per query. */
export const LIMIT = 10

/** Means over all queries. */
export interface Quality {
  readonly recall: number
  readonly ndcg: number
}

/**
 * Measures the quality of rankings.
 *
 * @param exact the ten best documents of exact search, for each query
 * @param found the documents that were found, in the order found, with the scores of exact search
 */
export function measureQuality(
  exact: readonly (readonly ScoredDocument[])[],
  found: readonly (readonly ScoredDocument[])[],
): Quality {
  const qrels = new Map(exact.map((best, query) => [String(query), gradesOf(best, found[query]!)]))
  const run = new Map(
    found.map((hits, query) => [
      String(query),
      new Map(hits.map(({ index }, position) => [String(index), -position])),
    ]),
  )
  const { recall, ndcg } = evaluate(run, qrels, { ndcg: LIMIT, recall: LIMIT })
  return { recall, ndcg }
}

/** The grades of a query's documents. */
function gradesOf(exact: readonly ScoredDocument[], found: readonly ScoredDocument[]): Map<string, number> {
  const all = new Map([...found, ...exact].map(hit => [hit.index, hit]))
  const best = [...all.values()].sort((a, b) => b.score - a.score).slice(0, exact.length)
  const betterThan = (score: number) => exact.filter(other => other.score > score).length
  return new Map(best.map(({ index, score }) => [String(index), exact.length - betterThan(score)]))
}
