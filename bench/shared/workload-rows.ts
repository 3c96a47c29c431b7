// The form in which benchmarks keep rows.

import type { FlatMultiVector } from '../../src/index.js'

/** One query and the documents that it is scored against. All rows have one dim. */
export interface Rows {
  readonly query: FlatMultiVector
  /** One for each query row; left out: all 1. */
  readonly weights?: readonly number[]
  readonly documents: readonly FlatMultiVector[]
}
