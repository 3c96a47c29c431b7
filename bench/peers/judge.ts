// Is an answer right? Every score is compared with one in f64, within the bound of f32 sums (test/support/oracle.ts), and the
// ranking with the ten best by f64. What is outside is inexact where the library says that it rounds, and wrong where
// it does not.

import type { Expected } from '../../test/support/oracle.js'
import type { Loaded } from './session.js'

export interface Verdict {
  readonly answer: 'exact' | 'inexact' | 'wrong'
  /** The largest difference from the f64 score. */
  readonly error: number
  /** How many documents have a score outside the bound of f32. */
  readonly outside: number
  /** How many of the best by f64 are in the ranking, of how many. */
  readonly found: number
  readonly limit: number
}

/** @throws Error where there is not a finite score for each document */
export function judge(
  { scores, ranked }: Loaded,
  expected: readonly Expected[],
  rounds: boolean,
  limit = Math.min(10, expected.length),
): Verdict {
  if (scores.length !== expected.length || ranked.length !== limit) {
    throw new Error(
      `it gave ${scores.length} scores and ${ranked.length} ranks for ${expected.length} documents`,
    )
  }
  let error = 0
  let outside = 0
  for (const [i, { score, low, high }] of expected.entries()) {
    const actual = scores[i]!
    if (!Number.isFinite(actual)) throw new Error(`the score of document ${i} is not a finite number`)
    error = Math.max(error, Math.abs(actual - score))
    if (!(actual >= low && actual <= high)) outside++
  }
  const bar = [...expected].sort((a, b) => b.score - a.score)[limit - 1]!.score
  // as good as the last of the best, as far as f32 can tell
  const found = ranked.filter(([index]) => (expected[index]?.high ?? -Infinity) >= bar).length
  const right = outside === 0 && found === limit
  return { answer: right ? 'exact' : rounds ? 'inexact' : 'wrong', error, outside, found, limit }
}
