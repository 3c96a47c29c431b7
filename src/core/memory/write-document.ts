// One document into the kernel's memory: written, checked, and made what the metric needs.

import type { Kernel } from '../../kernel/kernel.js'
import { METRICS, type Metric } from '../metric.js'
import { type MultiVector, notFiniteError, type Shape, writeRows } from '../multivector.js'

/**
 * Writes a document's rows at `address` and returns the largest absolute value among them.
 *
 * @throws TypeError or RangeError if a value is no number or f32 cannot hold it; what is at `address` is then undefined
 */
export function writeDocument(
  { memory, functions }: Kernel,
  metric: Metric,
  document: MultiVector,
  { rows, dim }: Shape,
  place: string,
  address: number,
): number {
  writeRows(document, place, memory.f32(address, rows * dim))
  const largest = functions.largest(address, rows * dim)
  if (largest === Infinity) throw notFiniteError(document, place)
  if (!METRICS[metric].normalized) return largest
  functions.normalize(address, rows, dim)
  return functions.largest(address, rows * dim)
}
