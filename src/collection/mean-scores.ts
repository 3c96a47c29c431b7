// Scores that can be compared between queries: MaxSim adds up a similarity for each query row, so a long query has larger
// scores than a short one. The mean over its rows has the same scale for all.

import { checkKnownOptions } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import { type MultiVector, shapeOf } from '../core/multivector.js'
import type { RowMatch, RowToken } from './row-match.js'

/** A query whose rows may have tokens, as the result of an encoder's `query`. */
export type TokenQuery = MultiVector & { readonly tokens?: readonly RowToken[] | undefined }

/** Options of `meanScores`. */
export interface MeanScoresOptions {
  /**
   * The weight of each row that the score was computed with: the score is divided by the sum of those that count. Default: 1
   * for each row.
   */
  readonly weights?: ArrayLike<number> | undefined
}

/**
 * Returns hits whose scores are divided by the number of query rows that count. With rows of unit length it is the mean
 * similarity, at most 1, so that one threshold for "nothing good was found" holds for short and long queries.
 *
 * Rows of special tokens, such as [CLS] and [MASK], do not count, and what they added to a score is subtracted. It is known
 * from the `matches` of a hit: search with `with_matches: true` if the query has such rows.
 *
 * @param query the query of the hits, with its `tokens` if it has special ones
 * @throws TypeError or RangeError if the query is not a multi-vector, if no row counts, if `weights` has not one positive number
 * for each row, or if a hit has no `matches` and the query has rows of special tokens
 *
 * @example
 * import { createStore, meanScores } from 'maxsimd/store'
 *
 * const store = await createStore({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
 * await store.upsert([{ id: 1, vector: { colbert: [[1, 0], [0.6, 0.8]] } }])
 * const query = [[1, 0], [0, 1]]
 * const [hit] = meanScores(await store.query(query), query)
 * console.log(hit.score) // 0.9
 * await store.close()
 */
export function meanScores<
  T extends { readonly score: number; readonly matches?: readonly RowMatch[] | undefined },
>(hits: readonly T[], query: TokenQuery, options: MeanScoresOptions = {}): T[] {
  checkKnownOptions(options, ['weights'], 'meanScores')
  const { rows } = shapeOf(query, 'query')
  const weights = weightsOf(options.weights, rows)
  const { tokens } = query
  const counts = (row: number) => tokens?.length !== rows || !tokens[row]!.special
  let sum = 0
  for (let row = 0; row < rows; row++) if (counts(row)) sum += weights[row]!
  if (sum === 0) throw new RangeError('"query" expected a row that counts, got rows of special tokens only')
  const all = weights.reduce((total, weight) => total + weight, 0)
  return hits.map((hit, index) => ({
    ...hit,
    score: (sum === all ? hit.score : scoreOfCounted(hit, counts, index)) / sum,
  }))
}

/** The score of a hit without what special tokens added. */
function scoreOfCounted(
  { score, matches }: { readonly score: number; readonly matches?: readonly RowMatch[] | undefined },
  counts: (row: number) => boolean,
  index: number,
): number {
  if (!matches) {
    throw new RangeError(
      `"hits[${index}]" has no "matches", and the query has rows of special tokens; search with with_matches: true`,
    )
  }
  return matches.reduce((left, { contribution }, row) => (counts(row) ? left : left - contribution), score)
}

function weightsOf(weights: ArrayLike<number> | undefined, rows: number): readonly number[] {
  if (weights === undefined) return new Array<number>(rows).fill(1)
  if (typeof weights !== 'object' || weights === null) {
    throw new TypeError(`"weights" expected ${rows} numbers, got ${typeName(weights)}`)
  }
  if (weights.length !== rows) {
    throw new RangeError(
      `"weights" expected ${rows} numbers, one for each row of the query, got ${weights.length}`,
    )
  }
  const numbers = Array.from(weights)
  const wrong = numbers.findIndex(value => !(value >= 0 && value < Infinity))
  if (wrong < 0) return numbers
  throw new RangeError(`"weights[${wrong}]" expected a number of at least 0, got ${numbers[wrong]}`)
}
