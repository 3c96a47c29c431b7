// Fuses the scores of passages by words with those by the rows of a model. The two scales differ from question to question,
// so each is mapped: 1 is the best passage, 0 the hundredth. The fused score is the mean of both.
//
// With fewer than a hundred passages, 0 by words is a passage without a word of the question. Every passage has a score by
// rows, and even the worst ones have most of the best one's: 0 is then below the worst of the n passages, because n passages
// differ less than a hundred would. The range from best to worst is taken times log 100 / log n, but not
// beyond a score of 0.
//
// A passage whose rows are not encoded yet has only its score by words. On Cranfield with MiniLM, this is as good as to estimate its
// score by rows from other passages, but with few rows it is worse than words alone: see index-search.ts.

import type { ScoredPassage } from './words/word-ranking.js'

/** Passages of each ranking that are fused, and the rank whose score is mapped to 0. */
export const CANDIDATES = 100

/** Scores of candidates on one scale. */
export interface ScoreList {
  /** The best passages, best first: at least `CANDIDATES`, or all if there are fewer. */
  readonly best: readonly ScoredPassage[]
  /** Whether passages without an answer have a score too, and not 0. Default: false. */
  readonly scoresAll?: boolean
  /** The score of any candidate of either list; undefined for a passage that cannot be scored. */
  scoreOf(id: number): number | undefined
  /** Whether a passage cannot be scored yet, so that only its other score counts. Default: all can. */
  isPending?(id: number): boolean
}

/**
 * The candidates of both lists, best first. Of equal scores the shorter passage comes first, then the smaller id.
 *
 * @param lengthOf the number of words of a candidate
 */
export function fuseScores(lists: readonly ScoreList[], lengthOf: (id: number) => number): ScoredPassage[] {
  const maps = lists.map(mapOf)
  const ids = new Set(lists.flatMap(({ best }) => best.map(({ id }) => id)))
  const fused = [...ids].map(id => {
    const scores = lists.flatMap(({ scoreOf, isPending }, i) =>
      isPending?.(id) ? [] : [maps[i]!(scoreOf(id))],
    )
    return { id, score: scores.reduce((sum, score) => sum + score, 0) / scores.length }
  })
  return fused.sort((a, b) => b.score - a.score || lengthOf(a.id) - lengthOf(b.id) || a.id - b.id)
}

function mapOf(list: ScoreList): (score: number | undefined) => number {
  const highest = list.best[0]?.score ?? 0
  const range = rangeOf(list, highest)
  const lowest = highest - range
  return score => (score === undefined ? 0 : (score - lowest) / (range || 1))
}

/** The difference between the scores that become 1 and 0. */
function rangeOf({ best, scoresAll = false }: ScoreList, highest: number): number {
  const hundredth = best[CANDIDATES - 1]?.score
  if (hundredth !== undefined) return highest - hundredth
  if (!scoresAll) return Math.max(0, highest)
  if (best.length < 2) return highest
  const difference = highest - best[best.length - 1]!.score
  const widened = (difference * Math.log(CANDIDATES)) / Math.log(best.length)
  // a score of 0 is that of rows that have nothing in common
  return Math.max(difference, Math.min(widened, highest))
}
