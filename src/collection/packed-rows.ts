// Rows packed in one f32 array: the form in which documents and queries are compared.

import { isA } from '../base/is-a.js'
import { copyRows, type MultiVector } from '../core/multivector.js'
import type { Hit } from './collection.js'
import type { Field } from './vector-fields.js'

/** `data.length / dim` rows of `dim` numbers, one after another. */
export interface PackedRows {
  readonly data: Float32Array
  readonly dim: number
}

/**
 * Copies the rows of a multi-vector.
 *
 * @throws TypeError or RangeError if it is not a multi-vector of `dim` finite numbers per row; `path` names it in the error
 */
export function packRows(value: MultiVector, dim: number, path: string): PackedRows {
  const { data } = copyRows(value, path, dim)
  return { data, dim }
}

/**
 * Returns the first row in which two documents differ, or undefined if none does.
 *
 * @param tolerance maximum difference of two values, relative to the larger one
 */
export function firstDifference(a: PackedRows, b: PackedRows, tolerance: number): number | undefined {
  const length = Math.min(a.data.length, b.data.length)
  for (let k = 0; k < length; k++) {
    const gap = Math.abs(a.data[k]! - b.data[k]!)
    if (gap > tolerance * Math.max(Math.abs(a.data[k]!), Math.abs(b.data[k]!))) return Math.floor(k / a.dim)
  }
  return a.data.length === b.data.length ? undefined : length / a.dim
}

/** Returns a hit's document in a field: one row for a dense field. undefined if the hit does not have it. */
export function documentOf(hit: Pick<Hit, 'vector'>, { name, size }: Field): PackedRows | undefined {
  const vector = hit.vector?.[name]
  if (vector === undefined) return undefined
  if (isA(vector, 'Float32Array')) return { data: vector, dim: size }
  return 'data' in vector ? vector : undefined
}
