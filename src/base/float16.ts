// Rounds numbers as a Qdrant server does before it stores them. With Cosine the server normalizes rows first and then
// rounds them. Source in the server: lib/segment/src/data_types/primitive.rs.

import { oneOf } from './check-options.js'

/** The datatypes in which a Qdrant server stores the numbers of a vector. */
export type WireDatatype = 'float32' | 'float16' | 'uint8'

/** All datatypes. */
export const DATATYPES: readonly WireDatatype[] = ['float32', 'float16', 'uint8']

/**
 * Returns the values that the server returns from storage of `datatype`, in a new array.
 *
 * - `float32`: the values unchanged
 * - `float16`: the nearest half-precision number, ties to even, and infinity from 65,520 on (`half::f16::from_f32`)
 * - `uint8`: truncated towards zero and clamped to 0 ... 255; NaN becomes 0 (Rust's `as u8`)
 *
 * @throws RangeError if `datatype` is not one of the three
 */
export function roundToDatatype(values: Float32Array, datatype: WireDatatype): Float32Array {
  oneOf(datatype, DATATYPES, 'datatype')
  switch (datatype) {
    case 'float32':
      return values.slice()
    case 'float16':
      return roundToHalf(values)
    case 'uint8':
      return Float32Array.from(values, truncateToByte)
    default:
      return datatype satisfies never
  }
}

const truncateToByte = (value: number) => Math.trunc(Math.min(255, Math.max(0, value || 0)))

/** Returns the number with the half-precision `bits` (IEEE 754 binary16). */
export function float16ToNumber(bits: number): number {
  const exponent = (bits >>> 10) & 31
  const fraction = bits & 1023
  const sign = bits >>> 15 ? -1 : 1
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

/** Rounds to half precision, ties to even. */
function roundToHalf(values: Float32Array): Float32Array {
  const rounded = values.slice()
  const words = new Uint32Array(rounded.buffer)
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const magnitude = word & 0x7fff_ffff
    if (magnitude >= 0x7f80_0000) continue
    if (magnitude >= 0x477f_f000) words[i] = (word & 0x8000_0000) | 0x7f80_0000
    else if (magnitude >= 0x3880_0000) {
      // drop 13 bits of the fraction; a carry into the exponent gives the correct result
      words[i] = ((word + 0xfff + ((word >>> 13) & 1)) & ~0x1fff) >>> 0
    } else {
      // below 2^-14 the steps are 2^-24, the same as those of f32 at 0.5, so that the addition rounds
      const value = Math.fround(Math.abs(rounded[i]!) + 0.5) - 0.5
      rounded[i] = word >>> 31 ? -value : value
    }
  }
  return rounded
}
