// A query's rows rounded as f16 and u8 documents are: their scores are made from such rows, as on a Qdrant server.

import { type DtypeCode, UNIT } from '../../kernel/constants.generated.js'
import type { Kernel } from '../../kernel/kernel.js'
import { DTYPES, type Dtype } from '../dtype.js'
import type { Metric } from '../metric.js'

/** Whether queries are rounded as documents of this dtype are. */
export const roundsQuery = (dtype: Dtype) => dtype === 'f16' || dtype === 'u8'

/** The kernel's number for reading documents of a dtype; with cosine, u8 rows are divided by their length then. */
export const decodeCode = (dtype: Dtype, metric: Metric): DtypeCode =>
  dtype === 'u8' && metric === 'cosine' ? UNIT : DTYPES[dtype].code

/** Rounds `count` rows from `rows` to `out`, by way of `scratch`; returns the length of each one's rounding error. */
export function roundRows(
  { memory, functions }: Kernel,
  dtype: Dtype,
  metric: Metric,
  dim: number,
  rows: number,
  count: number,
  out: number,
  scratch: number,
): number[] {
  const stored = memory.allocate(2 * dim + 64)
  const figures = memory.allocate(12)
  const errors = Array.from({ length: count }, (_, row) => {
    functions.encode(DTYPES[dtype].code, rows + 4 * row * dim, 1, dim, 1, stored, figures)
    // what is decoded may write a little past the row
    functions.decode(decodeCode(dtype, metric), stored, 1, dim, 1, scratch)
    memory.f32(out + 4 * row * dim, dim).set(memory.f32(scratch, dim))
    return memory.f32(figures, 3)[2]!
  })
  memory.free(figures)
  memory.free(stored)
  return errors
}
