// Writes multi-vectors into the kernel's memory: checked, and normalised if the metric needs it.

import type { Kernel } from '../../kernel/kernel.js'
import { METRICS, type Metric } from '../metric.js'
import { type MultiVector, notFiniteError, writeRows } from '../multivector.js'

/** The kernel, metric and dim for which rows are written. */
export interface RowTarget {
  readonly kernel: Kernel
  readonly metric: Metric
  readonly dim: number
}

/**
 * Writes the rows of a document as f32 at `address`, normalised if the metric needs it. Returns the largest absolute
 * value in them.
 *
 * @param path the name of the document, for error messages
 * @throws TypeError or RangeError if a value is not a number or f32 cannot hold it; the bytes at `address` are then
 *   undefined
 */
export function writeDocument(
  target: RowTarget,
  document: MultiVector,
  rows: number,
  path: string,
  address: number,
): number {
  const largest = writeFiniteRows(target, document, rows, path, address)
  return normalizeInPlace(target, rows, address, largest)
}

/** Like `writeDocument`, but does not normalise. */
export function writeFiniteRows(
  { kernel: { memory, functions }, dim }: RowTarget,
  value: MultiVector,
  rows: number,
  path: string,
  address: number,
): number {
  writeRows(value, path, memory.f32(address, rows * dim))
  const largest = functions.largest(address, rows * dim)
  if (largest === Infinity) throw notFiniteError(value, path)
  return largest
}

/** Normalises rows in place if the metric needs it. Returns the largest absolute value in them, which was `largest`. */
export function normalizeInPlace(
  { kernel: { functions }, metric, dim }: RowTarget,
  rows: number,
  address: number,
  largest: number,
): number {
  if (!METRICS[metric].normalized) return largest
  functions.normalize(address, rows, dim)
  return functions.largest(address, rows * dim)
}
