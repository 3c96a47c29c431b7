// Fisher's randomization test of two runs on the same queries: if the systems are equal, the sign of each query's difference is
// chance. The p-value is the share of all choices of signs whose mean difference is at least as large as the observed one
// (Smucker, Allan and Carterette 2007, two-sided).

import { checkKnownOptions, oneOf, wholeNumber } from '../base/check-options.js'
import { createRandomBits } from '../base/random-bits.js'
import type { Evaluation, Measures } from './measures.js'

/** The comparison of two runs by one measure. */
export interface RandomizationTest {
  /** The mean of the first run minus that of the second. */
  readonly difference: number
  /** The probability of such a difference, or a larger one in either direction, between equal systems. */
  readonly p: number
  /** Whether all choices of signs were counted. Otherwise a sample of them was. */
  readonly isExact: boolean
  /** Queries on which the first run is better. */
  readonly better: number
  /** Queries on which the first run is worse. */
  readonly worse: number
  /** Queries on which both are equal. */
  readonly equal: number
}

/** The options of `randomizationTest`. */
export interface RandomizationOptions {
  /** The measure. Default: `ndcg`. */
  readonly measure?: keyof Measures | undefined
  /** Sampled choices of signs, if there are more than 2^16. Default: 100,000. */
  readonly rounds?: number | undefined
  /** Seed of the sample. Default: 1. */
  readonly seed?: number | undefined
}

const MEASURES = ['mrr', 'ndcg', 'recall', 'map', 'precision'] as const satisfies readonly (keyof Measures)[]
/** The largest number of different queries for which all choices of signs are counted. */
const MAX_EXACT = 16

/**
 * Tests whether two runs differ, by the measures of each query. Both evaluations must be of the same judgements and cutoffs.
 *
 * @throws RangeError if they have other queries, or an option is invalid
 * @example
 * import { evaluate, randomizationTest } from 'maxsimd/evaluation'
 *
 * const qrels = new Map(['q1', 'q2', 'q3'].map(query => [query, new Map([['d1', 1]])]))
 * const runOf = scores => new Map([...qrels.keys()].map(query => [query, new Map(scores)]))
 * const good = evaluate(runOf([['d1', 2], ['d2', 1]]), qrels)
 * const bad = evaluate(runOf([['d1', 1], ['d2', 2]]), qrels)
 * randomizationTest(good, bad, { measure: 'mrr' }) // { difference: 0.5, p: 0.25, isExact: true, better: 3, worse: 0, equal: 0 }
 */
export function randomizationTest(
  first: Evaluation,
  second: Evaluation,
  options: RandomizationOptions = {},
): RandomizationTest {
  checkKnownOptions(options, ['measure', 'rounds', 'seed'], 'randomizationTest')
  const measure = oneOf(options.measure ?? 'ndcg', MEASURES, 'measure')
  const rounds = wholeNumber(options.rounds ?? 100_000, 'rounds', 1)
  const seed = wholeNumber(options.seed ?? 1, 'seed', 0)
  const all = differencesOf(first, second, measure)
  const differences = all.filter(difference => difference !== 0)
  const total = Math.abs(sumOf(differences))
  // sums of the same numbers in another order differ by their rounding
  const bound = total - 1e-12 * differences.length
  const isExact = differences.length <= MAX_EXACT
  const p = isExact ? exactShare(differences, bound) : sampledShare(differences, bound, rounds, seed)
  return {
    difference: sumOf(all) / all.length,
    p,
    isExact,
    better: all.filter(difference => difference > 0).length,
    worse: all.filter(difference => difference < 0).length,
    equal: all.length - differences.length,
  }
}

function differencesOf(first: Evaluation, second: Evaluation, measure: keyof Measures): number[] {
  const differences = [...first.each].map(([query, measures]) => {
    const other = second.each.get(query)
    if (!other)
      throw new RangeError(`"second" has no query ${query}; evaluate both runs with the same judgements`)
    return measures[measure] - other[measure]
  })
  if (second.each.size === first.each.size) return differences
  const missing = [...second.each.keys()].find(query => !first.each.has(query))
  throw new RangeError(`"first" has no query ${missing}; evaluate both runs with the same judgements`)
}

const sumOf = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0)

/** The share of all choices of signs whose sum is at least `bound`, in either direction. */
function exactShare(differences: readonly number[], bound: number): number {
  const choices = 2 ** differences.length
  let extreme = 0
  for (let signs = 0; signs < choices; signs++) {
    let sum = 0
    for (const [i, difference] of differences.entries()) sum += (signs >> i) & 1 ? difference : -difference
    if (Math.abs(sum) >= bound) extreme++
  }
  return extreme / choices
}

/** The same for a sample; the observed choice counts as one of them, so that p is never 0. */
function sampledShare(differences: readonly number[], bound: number, rounds: number, seed: number): number {
  const nextBits = createRandomBits(seed)
  let extreme = 1
  for (let round = 0; round < rounds; round++) {
    let [sum, bits] = [0, 0]
    for (const [i, difference] of differences.entries()) {
      if (i % 32 === 0) bits = nextBits()
      sum += (bits >>> (i % 32)) & 1 ? difference : -difference
    }
    if (Math.abs(sum) >= bound) extreme++
  }
  return extreme / (rounds + 1)
}
