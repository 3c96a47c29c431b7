// Judges the results of a peer. Every score is compared with one in f64, within the bound of f32 sums
// (test/support/oracle.ts), and the ranking with the ten best by f64. Results outside are inexact if the library rounds by
// design, and wrong otherwise.

import type { Expected } from '../../test/support/oracle.js'
import type { Loaded } from './session.js'

/** The judgement of a peer. */
export interface Verdict {
  readonly answer: 'exact' | 'inexact' | 'wrong'
  /** The largest difference from an f64 score. */
  readonly error: number
  /** Number of documents with a score outside the bound of f32. */
  readonly outside: number
  /** Number of the best documents by f64 that are in the ranking. */
  readonly found: number
  /** Number of results. */
  readonly limit: number
}

/**
 * Judges the results of a peer.
 *
 * @param rounds whether the peer rounds by design
 * @throws Error if it does not have a finite score for each document
 */
export function judgeResults(
  { scores, ranked }: Loaded,
  expected: readonly Expected[],
  rounds: boolean,
  limit = Math.min(10, expected.length),
): Verdict {
  if (scores.length !== expected.length || ranked.length !== limit) {
    throw new Error(
      `it returned ${scores.length} scores and ${ranked.length} results for ${expected.length} documents`,
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
  const threshold = [...expected].sort((a, b) => b.score - a.score)[limit - 1]!.score
  // a document counts if f32 cannot distinguish its score from that of the last of the best
  const found = ranked.filter(([index]) => (expected[index]?.high ?? -Infinity) >= threshold).length
  const isExact = outside === 0 && found === limit
  return { answer: isExact ? 'exact' : rounds ? 'inexact' : 'wrong', error, outside, found, limit }
}
