// Explains a score: for each query row, the document row with the best similarity.

import { METRICS, type Metric } from './metric.js'

/** The document row that one query row matched. */
export interface Match {
  /** The document row with the best similarity; of several equal ones the first. */
  readonly row: number
  /** The metric between the two rows: a dot product, a cosine or a distance. */
  readonly similarity: number
  /** What the query row adds to the score: weight x similarity. With `euclid` the squared distance. */
  readonly contribution: number
}

/** Why a document has its score. */
export interface Explanation {
  /** The document's score, with the same bits as in `scores` and `rank`. */
  readonly score: number
  /**
   * One match for each query row, in order. The contributions add up to the score (with `euclid`, to its square), up to
   * rounding: about 1 % with dtype `binary`, where the query is rounded to integers.
   */
  readonly matches: readonly Match[]
  /** Returns a new array of all similarities: query rows x document rows, in row-major order. */
  matrix(): Float32Array
}

/** The similarities of a query's rows with a document's rows. */
export interface SimilarityMatrix {
  readonly queryRows: number
  readonly documentRows: number
  /** `queryRows` x `documentRows` in row-major order; squared distances for a metric that is `squared`. */
  readonly values: Float32Array
}

/** Finds the matches in a matrix of similarities, with one weight per query row. The explanation keeps the matrix. */
export function explainScore(
  metric: Metric,
  score: number,
  { queryRows, documentRows, values }: SimilarityMatrix,
  weights: ArrayLike<number>,
): Explanation {
  const { ascending, squared } = METRICS[metric]
  const similarityOf = (value: number) => (squared ? Math.fround(Math.sqrt(value)) : value)
  const matches = Array.from({ length: queryRows }, (_, i) => {
    const line = values.subarray(i * documentRows, (i + 1) * documentRows)
    let row = 0
    for (let j = 1; j < documentRows; j++) {
      if (ascending ? line[j]! < line[row]! : line[j]! > line[row]!) row = j
    }
    const best = line[row]!
    return { row, similarity: similarityOf(best), contribution: best * weights[i]! }
  })
  return { score, matches, matrix: () => values.map(similarityOf) }
}
