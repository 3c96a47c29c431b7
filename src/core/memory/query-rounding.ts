// Rounds the rows of a query as documents of f16 and u8 are rounded. Their scores are computed from such rows, as on a
// Qdrant server.

import { type DtypeCode, UNIT } from '../../kernel/constants.generated.js'
import type { Kernel } from '../../kernel/kernel.js'
import { DTYPES, type Dtype } from '../dtype.js'
import { METRICS, type Metric } from '../metric.js'

/** Whether queries are rounded as documents of this dtype are. */
export const roundsQuery = (dtype: Dtype): boolean => DTYPES[dtype].queryRounding !== 'none'

/** The metric for which rows are stored. u8 rows are truncated first, and normalised each time they are read. */
export const storedMetric = (dtype: Dtype, metric: Metric): Metric =>
  DTYPES[dtype].queryRounding === 'before' ? 'dot' : metric

/** The kernel's code for reading stored rows, which normalises u8 rows if the metric needs it. */
export const decodeCode = (dtype: Dtype, metric: Metric): DtypeCode =>
  DTYPES[dtype].queryRounding === 'before' && METRICS[metric].normalized ? UNIT : DTYPES[dtype].code

/** Rows of a query in the kernel's memory. */
export interface RowsToRound {
  readonly kernel: Kernel
  readonly dtype: Dtype
  readonly metric: Metric
  readonly dim: number
  /** The address of the rows, and their number. */
  readonly source: number
  readonly rows: number
  /** The address for the rounded rows. */
  readonly target: number
  /** The address of working memory for a row of f32 and 16 bytes. */
  readonly scratch: number
}

/** Writes rounded rows and returns the length of each row's rounding error. */
export function roundRows({
  kernel,
  dtype,
  metric,
  dim,
  source,
  rows,
  target,
  scratch,
}: RowsToRound): number[] {
  const { memory, functions } = kernel
  const stored = memory.allocate(2 * dim + 64)
  const figures = memory.allocate(12)
  const errors = Array.from({ length: rows }, (_, row) => {
    const offset = 4 * row * dim
    functions.encode(DTYPES[dtype].code, source + offset, 1, dim, 1, stored, figures)
    // by way of the scratch memory, because the kernel writes up to 12 bytes past the row
    functions.decode(decodeCode(dtype, metric), stored, 1, dim, 1, scratch)
    memory.f32(target + offset, dim).set(memory.f32(scratch, dim))
    return memory.f32(figures, 3)[2]!
  })
  memory.free(figures)
  memory.free(stored)
  return errors
}
