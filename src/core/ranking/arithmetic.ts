// The arithmetic that scores documents: integers, f32, or f64 where a sum of f32 could overflow. It depends on the largest
// values in the queries and the documents. The queries of a batch are grouped by it, so that each of them has the scores,
// bit for bit, that it has alone.

import { DOT } from '../../kernel/constants.generated.js'
import { DTYPES, type Dtype } from '../dtype.js'
import type { ScorableDocuments } from '../memory/document-table.js'
import { METRICS } from '../metric.js'
import { type LoadedQueries, queriesOf } from './loaded-queries.js'

/** Sums of up to this are well inside f32, with room for their rounding. */
const MAX_SUM = 2 ** 126
/** Rows of values up to this can be rounded to int16 by powers of two that f32 holds. */
const MAX_FIXABLE = 2 ** 60

/** What the arithmetic of queries depends on. */
type QueryNumbers = Pick<LoadedQueries, 'metric' | 'dim' | 'largest'>

/** Whether queries and documents with values up to `largest` can be rounded to integers. */
export function isFixable(queries: QueryNumbers, largest: number): boolean {
  return queries.largest <= MAX_FIXABLE && largest <= MAX_FIXABLE
}

/** Whether dot products with documents of `dtype`, with values up to `largest`, are computed in integers. */
export function usesIntegers(queries: QueryNumbers, dtype: Dtype, largest: number): boolean {
  const { metric, dim } = queries
  if (METRICS[metric].code !== DOT || dim > DTYPES[dtype].fixedDims) return false
  return dtype === 'u8' ? !METRICS[metric].normalized : isFixable(queries, largest)
}

/** Whether sums need f64: f32 could overflow, or could not hold the integers that u8 has. */
export function needsF64(queries: QueryNumbers, dtype: Dtype, largest: number): boolean {
  const { metric, dim } = queries
  const { exactByteDims, largestTerm } = METRICS[metric]
  return dtype === 'u8' ? dim > exactByteDims : dim * largestTerm(queries.largest, largest) > MAX_SUM
}

/** Splits queries into runs of consecutive queries for which the documents are scored with the same arithmetic. */
export function splitByArithmetic(
  queries: LoadedQueries,
  { dtype, largest }: ScorableDocuments,
): LoadedQueries[] {
  const { metric, dim, from, length, largestValues } = queries
  if (length === 1) return [queries]
  const arithmeticOf = (i: number): string => {
    const query = { metric, dim, largest: largestValues[from + i]! }
    return `${usesIntegers(query, dtype, largest)},${needsF64(query, dtype, largest)},${isFixable(query, largest)}`
  }
  const runs: LoadedQueries[] = []
  for (let first = 0; first < length; ) {
    const arithmetic = arithmeticOf(first)
    let end = first + 1
    while (end < length && arithmeticOf(end) === arithmetic) end++
    runs.push(queriesOf(queries, from + first, end - first))
    first = end
  }
  return runs
}
