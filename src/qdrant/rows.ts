// Rows packed in one f32 array: the form in which documents and queries are compared here.

import { type MultiVector, shapeOf, writeRows } from '../multivector.js'

/** Rows of `dim` numbers, one after another. */
export interface Packed {
  readonly data: Float32Array
  readonly dim: number
}

/** A fresh copy of a multi-vector's rows. */
export function packRows(value: MultiVector, dim: number, place: string): Packed {
  const { rows } = shapeOf(value, place, dim)
  const data = new Float32Array(rows * dim)
  writeRows(value, place, data)
  return { data, dim }
}

/** The first row in which two documents differ by more than `tolerance` of a value; undefined if none does. */
export function firstDifference(a: Packed, b: Packed, tolerance: number): number | undefined {
  const length = Math.min(a.data.length, b.data.length)
  for (let k = 0; k < length; k++) {
    const gap = Math.abs(a.data[k]! - b.data[k]!)
    if (gap > tolerance * Math.max(Math.abs(a.data[k]!), Math.abs(b.data[k]!))) return Math.floor(k / a.dim)
  }
  return a.data.length === b.data.length ? undefined : length / a.dim
}

/** A number that is the same for the same rows, and for others almost never. */
export function fingerprint({ data }: Packed): string {
  const words = new Uint32Array(data.buffer, data.byteOffset, data.length)
  let low = 0x811c9dc5
  let high = 0x1b873593
  for (const word of words) {
    low = Math.imul(low ^ word, 0x01000193)
    high = Math.imul(high ^ (word >>> 7) ^ low, 0x85ebca6b)
  }
  return `${data.length}:${low >>> 0}:${high >>> 0}`
}
