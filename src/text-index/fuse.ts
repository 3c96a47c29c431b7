// Fuses the scores of passages by words with those by the rows of a model. The two scales differ from question to question,
// so each is mapped: 1 is the best passage, 0 the hundredth. The fused score is the mean of both. A passage
// whose rows are not encoded yet has only its score by words. On Cranfield with MiniLM, this is as good as to estimate its
// score by rows from other passages, but with few rows it is worse than words alone: see index-search.ts.

import type { ScoredPassage } from './words/word-ranking.js'

/** Passages of each ranking that are fused, and the rank whose score is mapped to 0. */
export const CANDIDATES = 100

/** Scores of candidates on one scale. */
export interface ScoreList {
  /** The best passages, best first: at least `CANDIDATES`, or all if there are fewer. */
  readonly best: readonly ScoredPassage[]
  /** The score of any candidate of either list; undefined for a passage that cannot be scored. */
  scoreOf(id: number): number | undefined
  /** Whether a passage cannot be scored yet, so that only its other score counts. Default: all can. */
  isPending?(id: number): boolean
}

/** The candidates of both lists, best first. */
export function fuseScores(...lists: readonly ScoreList[]): ScoredPassage[] {
  const maps = lists.map(mapOf)
  const ids = new Set(lists.flatMap(({ best }) => best.map(({ id }) => id)))
  const fused = [...ids].map(id => {
    const scores = lists.flatMap(({ scoreOf, isPending }, i) =>
      isPending?.(id) ? [] : [maps[i]!(scoreOf(id))],
    )
    return { id, score: scores.reduce((sum, score) => sum + score, 0) / scores.length }
  })
  return fused.sort((a, b) => b.score - a.score || a.id - b.id)
}

function mapOf({ best }: ScoreList): (score: number | undefined) => number {
  const highest = best[0]?.score ?? 0
  // fewer passages: all others have no word of the question, which is a score of 0
  const lowest = Math.min(highest, best[CANDIDATES - 1]?.score ?? 0)
  const range = highest - lowest || 1
  return score => (score === undefined ? 0 : (score - lowest) / range)
}
