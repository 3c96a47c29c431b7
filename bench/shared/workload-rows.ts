// The queries and the documents of a benchmark.

import type { FlatMultiVector } from '../../src/index.js'

/** Queries and the documents that they are scored against. All rows have the same dim. */
export interface WorkloadRows {
  readonly query: FlatMultiVector
  /** Further queries. How much a screen excludes depends on the query. Default: none. */
  readonly others?: readonly FlatMultiVector[]
  /** The weight of each query row. Only for workloads of one query. Default: all 1. */
  readonly weights?: readonly number[]
  readonly documents: readonly FlatMultiVector[]
}

/** All queries. */
export const queriesOf = ({ query, others = [] }: WorkloadRows): readonly FlatMultiVector[] => [
  query,
  ...others,
]
