// The passages with the best scores for the words of a question.

import type { WordIndex } from './word-index.js'

/** A passage with its score. */
export interface ScoredPassage {
  readonly id: number
  readonly score: number
}

/**
 * The best passages, best first: those whose score is above 0. Of equal scores the shorter passage comes first, then the
 * smaller id.
 *
 * @param isAllowed whether a passage may be found. Default: all may
 */
export function rankPassages(
  { ids, lengths }: Pick<WordIndex, 'ids' | 'lengths'>,
  scores: Float64Array,
  limit: number,
  isAllowed: (id: number) => boolean = () => true,
): ScoredPassage[] {
  const slots: number[] = []
  for (let slot = 0; slot < scores.length; slot++) {
    if (scores[slot]! > 0 && isAllowed(ids[slot]!)) slots.push(slot)
  }
  const best = bestSlots(slots, scores, limit)
  best.sort((a, b) => scores[b]! - scores[a]! || lengths[a]! - lengths[b]! || a - b)
  return best.slice(0, limit).map(slot => ({ id: ids[slot]!, score: scores[slot]! }))
}

/** The slots with one of the `limit` highest scores: at least `limit` of them, or all. Numbers are sorted faster than slots. */
function bestSlots(slots: number[], scores: Float64Array, limit: number): number[] {
  if (slots.length <= limit) return slots
  const floor = Float64Array.from(slots, slot => scores[slot]!).sort()[slots.length - limit]!
  return slots.filter(slot => scores[slot]! >= floor)
}
