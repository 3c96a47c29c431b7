// The metrics: their codes in the kernel, and how their scores are ranked and bounded.

import { DOT, EUCLID, MANHATTAN, type MetricCode } from '../kernel/constants.generated.js'

/**
 * How two rows are compared, as Qdrant defines it for multivectors. The score of a document is the sum, over the query's
 * rows, of the best similarity with a row of the document.
 *
 * - `dot`: the dot product. Larger is better.
 * - `cosine`: the dot product of rows divided by their length. Larger is better.
 * - `euclid`: the Euclidean distance. Smaller is better. Squared distances are summed; the score is the root of the sum.
 * - `manhattan`: the sum of absolute differences. Smaller is better.
 */
export type Metric = 'dot' | 'cosine' | 'euclid' | 'manhattan'

interface MetricTraits {
  /** The code in `assembly/metric.ts`. */
  readonly code: MetricCode
  /** Whether rows are divided by their length before they are stored. */
  readonly normalized: boolean
  /** Whether the smallest score is the best. */
  readonly ascending: boolean
  /** Whether similarities are squared distances, so that the score is the square root of their sum. */
  readonly squared: boolean
  /** The maximum number of dims for which f32 holds the similarity of two rows of bytes exactly. */
  readonly exactByteDims: number
  /** The largest absolute value that one dim adds to a sum, for elements up to `a` and `b`. */
  largestTerm(a: number, b: number): number
}

/** The maximum number of products of bytes, up to 255 x 255 each, whose sum f32 holds exactly. */
const EXACT_PRODUCTS = 2 ** 24 / 255 ** 2

const product = (a: number, b: number) => a * b

export const METRICS: Readonly<Record<Metric, MetricTraits>> = {
  dot: {
    code: DOT,
    normalized: false,
    ascending: false,
    squared: false,
    exactByteDims: EXACT_PRODUCTS,
    largestTerm: product,
  },
  cosine: {
    code: DOT,
    normalized: true,
    ascending: false,
    squared: false,
    // rows of bytes are divided by their length, so that no similarity is exact
    exactByteDims: Infinity,
    largestTerm: product,
  },
  euclid: {
    code: EUCLID,
    normalized: false,
    ascending: true,
    squared: true,
    exactByteDims: EXACT_PRODUCTS,
    largestTerm: (a, b) => (a + b) ** 2,
  },
  manhattan: {
    code: MANHATTAN,
    normalized: false,
    ascending: true,
    squared: false,
    // 65,536 dims x 255 is below 2^24
    exactByteDims: Infinity,
    largestTerm: (a, b) => a + b,
  },
}
