// The metrics of the reference kernel: `assembly/metric.ts` in TypeScript.

import { DOT, EUCLID, MANHATTAN, type MetricCode } from './constants.generated.js'

/** Throws for a metric or dtype that a function has no case for. */
export function unsupported(code: number): never {
  throw new RangeError(`the reference kernel has no case for code ${code} here`)
}

/** What one dimension adds to a similarity. */
function term(metric: MetricCode, q: number, d: number): number {
  switch (metric) {
    case DOT:
      return q * d
    case EUCLID:
      return (q - d) ** 2
    case MANHATTAN:
      return Math.abs(q - d)
    default:
      return unsupported(metric satisfies never)
  }
}

function isLargerBetter(metric: MetricCode): boolean {
  switch (metric) {
    case DOT:
      return true
    case EUCLID:
    case MANHATTAN:
      return false
    default:
      return unsupported(metric satisfies never)
  }
}

function scoreOfSum(metric: MetricCode, sum: number): number {
  switch (metric) {
    case EUCLID:
      return Math.sqrt(sum)
    case DOT:
    case MANHATTAN:
      return sum
    default:
      return unsupported(metric satisfies never)
  }
}

/** One row: elements of any type. */
export type Row = ArrayLike<number>

/** Returns the similarity of two rows; Euclid's is squared. */
export function similarity(metric: MetricCode, query: Row, document: Row): number {
  let sum = 0
  for (let k = 0; k < query.length; k++) sum += term(metric, query[k]!, document[k]!)
  return sum
}

/** Returns the MaxSim score: the best similarity of each query row, times its weight, summed. */
export function maxsimOf(
  metric: MetricCode,
  query: readonly Row[],
  weights: ArrayLike<number>,
  document: readonly Row[],
): number {
  const largerIsBetter = isLargerBetter(metric)
  let sum = 0
  query.forEach((queryRow, i) => {
    let best = largerIsBetter ? -Infinity : Infinity
    for (const row of document) {
      const value = similarity(metric, queryRow, row)
      if (largerIsBetter ? value > best : value < best) best = value
    }
    sum += weights[i]! * best
  })
  return scoreOfSum(metric, sum)
}
