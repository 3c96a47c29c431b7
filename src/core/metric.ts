// The four metrics by name, the kernel's number for each, and which way their scores rank. Knows no rows.

/** How two rows are compared; each exactly as Qdrant defines it for multivectors. */
export type Metric = 'dot' | 'cosine' | 'euclid' | 'manhattan'

interface MetricTraits {
  /** The constant in `assembly/metric.ts`. */
  readonly code: 0 | 1 | 2
  /** Rows are divided by their length on the way in. */
  readonly normalized: boolean
  /** The smallest score is the best one. */
  readonly ascending: boolean
}

export const METRICS: Readonly<Record<Metric, MetricTraits>> = {
  dot: { code: 0, normalized: false, ascending: false },
  cosine: { code: 0, normalized: true, ascending: false },
  euclid: { code: 1, normalized: false, ascending: true },
  manhattan: { code: 2, normalized: false, ascending: true },
}
