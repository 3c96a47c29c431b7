// Why a document has its score: for each query row the document row that it matched. Works on finished similarities.

import { METRICS, type Metric } from './metric.js'

/** What one query row found in a document. */
export interface Match {
  /** The document row that it matched best; of equal ones the first. */
  readonly row: number
  /** The metric between the two rows: a dot product, a cosine, or a distance. */
  readonly similarity: number
  /** What it adds to the score: weight x similarity; with `euclid` the squared distance, under one common root. */
  readonly contribution: number
}

export interface Explanation {
  /** The document's score, bit for bit as `scores` and `rank` give it. */
  readonly score: number
  /**
   * One for each query row, in order. Contributions add up to the score (with `euclid`, to its square), give or take its
   * rounding: with dtype `binary` about 1 %, as the query is rounded to whole numbers too.
   */
  readonly matches: readonly Match[]
  /** All similarities, query rows x document rows, row after row. A fresh array at each call. */
  matrix(): Float32Array
}

/** Reads the matches off a matrix of `queryRows` x `rows` similarities (Euclid's squared), which it keeps. */
export function explain(
  metric: Metric,
  score: number,
  similarities: Float32Array,
  queryRows: number,
  rows: number,
  weights: ArrayLike<number> | undefined,
): Explanation {
  const { ascending } = METRICS[metric]
  const squared = metric === 'euclid'
  const plain = (value: number) => (squared ? Math.fround(Math.sqrt(value)) : value)
  const matches = Array.from({ length: queryRows }, (_, i) => {
    const line = similarities.subarray(i * rows, (i + 1) * rows)
    let row = 0
    for (let j = 1; j < rows; j++) {
      if (ascending ? line[j]! < line[row]! : line[j]! > line[row]!) row = j
    }
    const best = line[row]!
    return { row, similarity: plain(best), contribution: best * Math.fround(weights?.[i] ?? 1) }
  })
  return { score, matches, matrix: () => similarities.map(plain) }
}
