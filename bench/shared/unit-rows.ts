// Random rows of unit length.

import type { FlatMultiVector } from '../../src/index.js'
import type { Random } from '../../test/support/random.js'

/** A standard normal number, by the method of Box and Muller. */
function gaussian(next: Random): number {
  return Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next())
}

/** Random rows of unit length. */
export function unitRows(next: Random, rows: number, dim: number): FlatMultiVector {
  const data = Float32Array.from({ length: rows * dim }, () => gaussian(next))
  for (let first = 0; first < data.length; first += dim) toUnitLength(data.subarray(first, first + dim))
  return { data, dim }
}

/** Scales a row to unit length in place. */
export function toUnitLength(row: Float32Array | Float64Array): void {
  let square = 0
  for (let k = 0; k < row.length; k++) square += row[k]! * row[k]!
  const length = Math.sqrt(square)
  for (let k = 0; k < row.length; k++) row[k] = row[k]! / length
}
