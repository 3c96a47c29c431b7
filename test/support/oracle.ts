// MaxSim in f64, from its definition and Qdrant's rules, and bounds for an f32 result.
//
// With u = 2^-24, a sequential f32 sum of n products is within n·u·Σ|q·d| of the exact sum (n roundings of products and
// sums; fused operations have fewer). A difference adds one rounding, its square two; rows normalized to f32 add one for
// each side. Products can round to a denormal: 2^-150 each. The sum over query rows is f64 and is rounded once. A maximum
// moves by at most the largest move of its arguments.

import type { FlatMultiVector, Metric } from '../../src/index.js'

const U = 2 ** -24
const TINY = 2 ** -149

/** A score, and the bounds of an f32 result. */
export interface Expected {
  readonly score: number
  readonly low: number
  readonly high: number
}

/** What one dimension adds to a similarity. */
function term(metric: Metric, a: number, b: number): number {
  switch (metric) {
    case 'dot':
    case 'cosine':
      return a * b
    case 'euclid':
      return (a - b) * (a - b)
    case 'manhattan':
      return Math.abs(a - b)
  }
}

/** Returns rows divided by their length in f64, by Qdrant's rule: tiny rows and rows of length 1 are unchanged. */
export function normalized({ data, dim }: FlatMultiVector): Float64Array {
  const out = Float64Array.from(data)
  for (let first = 0; first < out.length; first += dim) {
    const row = out.subarray(first, first + dim)
    let square = 0
    for (let k = 0; k < row.length; k++) square += row[k]! * row[k]!
    if (Math.fround(square) < 2 ** -23 || Math.abs(Math.fround(square) - 1) <= 1e-6) continue
    const length = Math.sqrt(square)
    for (let k = 0; k < dim; k++) row[k] = row[k]! / length
  }
  return out
}

/** Returns the score of a document and its bounds. */
export function oracle(
  metric: Metric,
  query: FlatMultiVector,
  document: FlatMultiVector,
  weights?: ArrayLike<number>,
): Expected {
  const { dim } = query
  // one type of array in the loops below, in which tests spend much of their time
  const q = metric === 'cosine' ? normalized(query) : Float64Array.from(query.data)
  const d = metric === 'cosine' ? normalized(document) : Float64Array.from(document.data)
  const larger = metric === 'dot' || metric === 'cosine'
  const roundings = dim + 4
  let score = 0
  let error = 0
  for (let i = 0, row = 0; i < q.length; i += dim, row++) {
    let best = larger ? -Infinity : Infinity
    let worstError = 0
    for (let j = 0; j < d.length; j += dim) {
      let sum = 0
      let magnitude = 0
      for (let k = 0; k < dim; k++) {
        const a = q[i + k]!
        const b = d[j + k]!
        const value = term(metric, a, b)
        sum += value
        magnitude += Math.abs(value)
      }
      best = larger ? Math.max(best, sum) : Math.min(best, sum)
      worstError = Math.max(worstError, roundings * U * magnitude + dim * TINY)
    }
    const weight = Math.fround(weights?.[row] ?? 1)
    score += weight * best
    error += Math.abs(weight) * worstError
  }
  const finish = (sum: number) => (metric === 'euclid' ? Math.sqrt(Math.max(0, sum)) : sum)
  const rounding = Math.abs(finish(score)) * 2 * U + TINY
  return {
    score: finish(score),
    low: finish(score - error) - rounding,
    high: finish(score + error) + rounding,
  }
}
