// The query and the documents of a benchmark.

import type { FlatMultiVector } from '../../src/index.js'

/** A query and the documents that it is scored against. All rows have the same dim. */
export interface WorkloadRows {
  readonly query: FlatMultiVector
  /** The weight of each query row. Default: all 1. */
  readonly weights?: readonly number[]
  readonly documents: readonly FlatMultiVector[]
}
