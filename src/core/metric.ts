// The four metrics by name, the kernel's number for each, and which way their scores rank. Knows no rows.

import { DOT, EUCLID, MANHATTAN, type MetricCode } from '../kernel/constants.generated.js'

/** How two rows are compared; each exactly as Qdrant defines it for multivectors. */
export type Metric = 'dot' | 'cosine' | 'euclid' | 'manhattan'

interface MetricTraits {
  /** The constant in `assembly/metric.ts`. */
  readonly code: MetricCode
  /** Rows are divided by their length on the way in. */
  readonly normalized: boolean
  /** The smallest score is the best one. */
  readonly ascending: boolean
  /** The largest absolute value that one dim adds to a sum, for elements up to `a` and `b`. */
  largestTerm(a: number, b: number): number
}

const product = (a: number, b: number) => a * b

export const METRICS: Readonly<Record<Metric, MetricTraits>> = {
  dot: { code: DOT, normalized: false, ascending: false, largestTerm: product },
  cosine: { code: DOT, normalized: true, ascending: false, largestTerm: product },
  euclid: { code: EUCLID, normalized: false, ascending: true, largestTerm: (a, b) => (a + b) ** 2 },
  manhattan: { code: MANHATTAN, normalized: false, ascending: true, largestTerm: (a, b) => a + b },
}
