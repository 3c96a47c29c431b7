// No figure for a wrong answer: before anything is timed, every score is compared with one computed in f64, whose
// rounding bound (test/support/oracle.ts) is dim x 2^-24 x Σ|q·d| a similarity, summed over query rows, and a few roundings
// more; and the ranking with the scores it came from.

import { type Expected, oracle } from '../../test/support/oracle.js'
import { best, type Contestant } from './contestant.js'
import type { Rows } from './workload-rows.js'

/** How far a contestant's scores are from the f64 ones, and how far they may be: the largest of each. */
export interface Accuracy {
  readonly error: number
  readonly bound: number
}

/** The right score of every document, with its bounds. */
export function expectedScores({ query, weights, documents }: Rows): Expected[] {
  return documents.map(document => oracle('dot', query, document, weights))
}

/**
 * Compares a contestant's answer with the right one.
 *
 * @throws Error that names the contestant, the document and both scores
 */
export function check(contestant: Contestant, expected: readonly Expected[]): Accuracy {
  const scores = contestant.scores()
  if (scores.length !== expected.length) {
    throw new Error(`${contestant.name} gives ${scores.length} scores for ${expected.length} documents`)
  }
  let error = 0
  let bound = 0
  for (const [i, { score, low, high }] of expected.entries()) {
    const actual = scores[i]!
    if (!(actual >= low && actual <= high)) {
      throw new Error(
        `${contestant.name} is wrong: document ${i} has score ${actual}, expected ${score} within [${low}, ${high}]`,
      )
    }
    error = Math.max(error, Math.abs(actual - score))
    bound = Math.max(bound, high - score, score - low)
  }
  const ranked = contestant.rank()
  const right = best(scores, ranked.length)
  for (const [place, { index, score }] of right.entries()) {
    const actual = ranked[place]!
    if (actual.index !== index || actual.score !== score) {
      throw new Error(
        `${contestant.name} ranks document ${actual.index} (${actual.score}) at place ${place + 1}, ` +
          `expected document ${index} (${score})`,
      )
    }
  }
  return { error, bound }
}
