// What the server makes of the numbers that it is sent, before it scores with them: the same arithmetic here, so that
// both sides compare like with like.
//
//   Cosine, unless uint8      each row divided by its length, except near 0 and near 1   (then rounded as below)
//   float16                   to the nearest half, ties to even; beyond 65,504: infinity
//   uint8                     the fraction cut off, at least 0, at most 255
//
// Documents and queries alike. Works in place on f32 rows; knows neither ids nor JSON.

import type { Datatype, Distance } from '../collection.js'

/** Below this squared length Qdrant leaves a row as it is, and within `NEAR_ONE` of 1 too. */
const EPSILON = 2 ** -23
const NEAR_ONE = 1e-6

/** The largest finite value that each datatype keeps finite. */
export const LARGEST: Readonly<Record<Datatype, number>> = {
  float32: 3.4028234663852886e38,
  // what is nearer to 65,504 than to the next half, which there is none
  float16: 65519.99609375,
  uint8: 3.4028234663852886e38,
  turbo4: 3.4028234663852886e38,
}

const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)

/** An f32 rounded to the nearest value that a half holds, ties to even. */
export function roundToHalf(value: number): number {
  float[0] = value
  const word = bits[0]!
  const sign = word & 0x80000000
  const magnitude = word & 0x7fffffff
  if (magnitude > 0x7f800000) return Number.NaN
  if (magnitude < 0x38800000) {
    // below 2^-14 halves are multiples of 2^-24, which is what f32 rounds to beside 0.5
    bits[0] = magnitude
    const rounded = Math.fround(Math.fround(float[0]! + 0.5) - 0.5)
    return sign ? -rounded : rounded
  }
  const rounded = (magnitude + 0xfff + ((magnitude >>> 13) & 1)) & ~0x1fff
  bits[0] = (rounded >= 0x47800000 ? 0x7f800000 : rounded) | sign
  return float[0]!
}

/** Rounds rows in place as the storage does. `turbo4` is left alone: its codes cannot be had over the API. */
export function roundRows(rows: Float32Array, datatype: Datatype): void {
  if (datatype === 'float16') {
    for (let k = 0; k < rows.length; k++) rows[k] = roundToHalf(rows[k]!)
  } else if (datatype === 'uint8') {
    for (let k = 0; k < rows.length; k++) rows[k] = Math.min(255, Math.max(0, Math.trunc(rows[k]!)))
  }
}

/** Divides rows by their length in place, by Qdrant's rule for Cosine. */
export function normalizeRows(rows: Float32Array, dim: number): void {
  for (let first = 0; first < rows.length; first += dim) {
    let sum = 0
    for (let k = first; k < first + dim; k++) sum += rows[k]! * rows[k]!
    const square = Math.fround(sum)
    if (square < EPSILON || Math.abs(square - 1) <= NEAR_ONE) continue
    const length = Math.fround(Math.sqrt(square))
    for (let k = first; k < first + dim; k++) rows[k] = rows[k]! / length
  }
}

/** Makes of rows, in place, what the server would score with. */
export function asStored(rows: Float32Array, dim: number, distance: Distance, datatype: Datatype): void {
  if (distance === 'Cosine' && datatype !== 'uint8') normalizeRows(rows, dim)
  roundRows(rows, datatype)
}

/**
 * The kernel's metric over rows that are as stored. Cosine over normalised rows is a dot product; uint8 rows are not
 * normalised, there the similarity itself divides.
 */
export function metricOf(distance: Distance, datatype: Datatype): 'dot' | 'cosine' | 'euclid' | 'manhattan' {
  if (distance === 'Euclid') return 'euclid'
  if (distance === 'Manhattan') return 'manhattan'
  return distance === 'Cosine' && datatype === 'uint8' ? 'cosine' : 'dot'
}

/** Whether small scores are the good ones. */
export const isAscending = (distance: Distance): boolean => distance === 'Euclid' || distance === 'Manhattan'
