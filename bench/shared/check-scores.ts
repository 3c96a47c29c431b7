// Checks results before they are timed. Every score is compared with one in f64, whose rounding bound
// (test/support/oracle.ts) is dim x 2^-24 x Σ|q·d| for each similarity, summed over the query rows, plus a few roundings.
// The ranking is compared with the scores. The ranking of every screen is compared with that of f32, for every query.

import { type Expected, oracle } from '../../test/support/oracle.js'
import { type Contestant, type CorpusContestant, topK } from './contestant.js'
import type { WorkloadRows } from './workload-rows.js'

/** The largest difference of a contestant's scores from those in f64, and the largest bound of such a difference. */
export interface Accuracy {
  readonly error: number
  readonly bound: number
}

/** The f64 score of every document for the first query, with its bounds. */
export function expectedScores({ query, weights, documents }: WorkloadRows): Expected[] {
  return documents.map(document => oracle('dot', query, document, weights))
}

/**
 * Checks one score.
 *
 * @param name the contestant's name, for the error
 * @throws Error if the score is outside its bound
 */
export function checkScore(
  name: string,
  index: number,
  actual: number,
  { score, low, high }: Expected,
): void {
  if (actual >= low && actual <= high) return
  throw new Error(
    `${name} is wrong: document ${index} has score ${actual}, expected ${score} within [${low}, ${high}]`,
  )
}

/**
 * Checks the scores and the ranking of a contestant.
 *
 * @throws Error that names the contestant, the document and both scores
 */
export function checkContestant(contestant: Contestant, expected: readonly Expected[]): Accuracy {
  const scores = contestant.scores()
  if (scores.length !== expected.length) {
    throw new Error(`${contestant.name} returned ${scores.length} scores for ${expected.length} documents`)
  }
  let error = 0
  let bound = 0
  for (const [i, right] of expected.entries()) {
    const { score, low, high } = right
    checkScore(contestant.name, i, scores[i]!, right)
    error = Math.max(error, Math.abs(scores[i]! - score))
    bound = Math.max(bound, high - score, score - low)
  }
  const ranked = contestant.rank()
  for (const [position, { index, score }] of topK(scores, ranked.length).entries()) {
    const actual = ranked[position]!
    if (actual.index !== index || actual.score !== score) {
      throw new Error(
        `${contestant.name} ranks document ${actual.index} (${actual.score}) at position ${position + 1}, ` +
          `expected document ${index} (${score})`,
      )
    }
  }
  return { error, bound }
}

/**
 * Checks that every screen returns the ranking of f32 on the same kernel, bit for bit, for every query.
 *
 * @throws Error that names the contestant, the query and both documents
 */
export function checkScreens(contestants: readonly CorpusContestant[]): void {
  for (const contestant of contestants) {
    const plain = contestants.find(({ kernel, screen }) => kernel === contestant.kernel && screen === 'off')
    if (!plain) throw new Error(`${contestant.name} has no ranking in f32 to be compared with`)
    for (let q = 0; q < (contestant.queries ?? 1); q++) {
      const expected = plain.rank(q)
      const actual = contestant.rank(q)
      for (let rank = 0; rank < Math.max(expected.length, actual.length); rank++) {
        const [right, found] = [expected[rank], actual[rank]]
        if (right?.index === found?.index && Object.is(right?.score, found?.score)) continue
        throw new Error(
          `${contestant.name} ranks document ${found?.index} (${found?.score}) at position ${rank + 1} for query ${q + 1}, ` +
            `${plain.name} document ${right?.index} (${right?.score})`,
        )
      }
    }
  }
}
