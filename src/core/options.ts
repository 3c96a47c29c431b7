// Checks of the values that callers pass: metrics, dtypes, limits, indices, subsets and weights.

import { oneOf, wholeNumber } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import { DTYPES, type Dtype } from './dtype.js'
import { METRICS, type Metric } from './metric.js'
import { isNumberArray } from './multivector.js'

/** Indices of documents, in any order. An index that occurs twice counts once. */
export type Subset = readonly number[] | Uint32Array | Int32Array | Uint16Array | Uint8Array

/** The option that weights the rows of a query. */
export interface WeightOptions {
  /**
   * One finite number for each query row. It multiplies what the row adds to the score, for example with the IDF of its
   * token; 0 ignores the row. Only for `dot` and `cosine`. Default: 1 for every row.
   */
  readonly weights?: ArrayLike<number> | undefined
}

/** The names of `WeightOptions`. */
export const WEIGHT_OPTIONS = ['weights'] as const satisfies readonly (keyof WeightOptions)[]

/** The number of results of a ranking without a `limit`. */
const DEFAULT_LIMIT = 10

/** Checks the name of a metric. Default: `dot`. */
export function parseMetric(metric: unknown = 'dot'): Metric {
  return oneOf(metric, Object.keys(METRICS) as Metric[], 'metric')
}

/** Checks the name of a dtype, and that the dtype supports the metric. Default: `f32`. */
export function parseDtype(dtype: unknown = 'f32', metric: Metric): Dtype {
  const chosen = oneOf(dtype, Object.keys(DTYPES) as Dtype[], 'dtype')
  if (chosen === 'binary' && metric === 'manhattan') {
    throw new RangeError('"dtype" binary supports dot, cosine and euclid, got manhattan; use i8 or f32')
  }
  return chosen
}

/** Checks that `value` is an array or a typed array. `elements` names its elements in the error message. */
export function checkArray(value: unknown, path: string, elements: string): void {
  if (Array.isArray(value) || isNumberArray(value)) return
  throw new TypeError(`"${path}" expected an array of ${elements}, got ${typeName(value)}`)
}

/**
 * Copies an array, because a getter may change it while its elements are read. A missing element is undefined.
 *
 * @throws TypeError if it is not an array
 */
export function copyArray<T>(value: readonly T[], path: string, elements: string): T[] {
  checkArray(value, path, elements)
  return Array.from(value)
}

/**
 * The number of results of a ranking of `length` documents: `limit`, but at most `length`. Default: 10.
 *
 * @throws TypeError or RangeError if `limit` is not an integer of at least 1
 */
export function parseLimit(limit: number | undefined, length: number): number {
  return Math.min(limit === undefined ? DEFAULT_LIMIT : wholeNumber(limit, 'limit', 1), length)
}

/** Checks the index of one of `length` documents. Returns it. */
export function checkIndex(index: number, length: number, path: string): number {
  if (length === 0) {
    throw new RangeError(`"${path}" expected the index of a document, got ${index}; the corpus is empty`)
  }
  return wholeNumber(index, path, 0, length - 1, '; add() returns the index of a document')
}

/** Sorted, de-duplicated indices of a subset of `length` documents. `undefined` selects all documents. */
export function parseSubset(subset: Subset | undefined, length: number): Uint32Array | undefined {
  if (subset === undefined) return undefined
  checkArray(subset, 'subset', 'document indices')
  const sorted = new Uint32Array(subset.length)
  let isSorted = true
  for (let i = 0; i < sorted.length; i++) {
    // read once, because another thread or a getter may change the caller's array
    const index = subset[i]!
    const isIndex = Number.isInteger(index) && index >= 0 && index < length
    sorted[i] = isIndex ? index : checkIndex(index, length, `subset[${i}]`)
    isSorted &&= i === 0 || sorted[i]! >= sorted[i - 1]!
  }
  if (!isSorted) sorted.sort()
  let kept = 0
  for (const index of sorted) {
    if (kept === 0 || sorted[kept - 1] !== index) sorted[kept++] = index
  }
  return sorted.subarray(0, kept)
}

/** Checks the weights of a batch: one entry for each of `length` queries, or `undefined` for none. */
export function parseBatchWeights(
  weights: readonly (ArrayLike<number> | undefined)[] | undefined,
  length: number,
): readonly (ArrayLike<number> | undefined)[] {
  if (weights === undefined) return []
  checkArray(weights, 'weights', 'the weights of each query')
  if (weights.length !== length) {
    throw new RangeError(`"weights" expected ${length} entries, one for each query, got ${weights.length}`)
  }
  return weights
}

/**
 * Writes one weight for each of `rows` query rows into `target`. Without weights each is 1.
 *
 * @throws TypeError or RangeError if the weights are not `rows` finite numbers, or if the metric is a distance
 */
export function writeWeights(
  weights: ArrayLike<number> | undefined,
  metric: Metric,
  rows: number,
  target: Float32Array,
): void {
  if (weights === undefined) {
    target.fill(1, 0, rows)
    return
  }
  checkArray(weights, 'weights', 'numbers')
  if (METRICS[metric].ascending) {
    throw new RangeError(`"weights" support the metrics dot and cosine, got ${metric}; omit them`)
  }
  if (weights.length !== rows) {
    throw new RangeError(`"weights" expected ${rows} numbers, one for each query row, got ${weights.length}`)
  }
  for (let i = 0; i < rows; i++) {
    const weight: unknown = weights[i]
    if (typeof weight !== 'number') {
      throw new TypeError(`"weights[${i}]" expected a number, got ${typeName(weight)}`)
    }
    if (!Number.isFinite(Math.fround(weight))) {
      throw new RangeError(`"weights[${i}]" expected a finite number that f32 holds, got ${weight}`)
    }
    target[i] = weight
  }
}
