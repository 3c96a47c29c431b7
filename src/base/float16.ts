// What a Qdrant server makes of an f32 before it stores it. Knows numbers only, no rows and no metric: with Cosine the
// server normalises first and rounds then. Sources in the server: lib/segment/src/data_types/primitive.rs.

/** The datatypes in which a Qdrant server keeps the numbers of a vector. */
export type WireDatatype = 'float32' | 'float16' | 'uint8'

export const DATATYPES: readonly WireDatatype[] = ['float32', 'float16', 'uint8']

/**
 * Each value as the server returns it from storage of `datatype`, in a fresh array.
 *
 * - `float32`: as it is.
 * - `float16`: the nearest half-precision number, ties to even; from 65,520 on infinity (`half::f16::from_f32`).
 * - `uint8`: truncated towards zero and clamped to 0 ... 255; NaN becomes 0 (Rust's `as u8`).
 *
 * @throws RangeError if `datatype` is none of the three
 */
export function roundToDatatype(values: Float32Array, datatype: WireDatatype): Float32Array {
  checkDatatype(datatype)
  if (datatype === 'float32') return values.slice()
  return datatype === 'float16' ? roundToHalf(values) : Float32Array.from(values, truncateToByte)
}

/** @throws RangeError if `datatype` is none of the three */
export function checkDatatype(datatype: WireDatatype): void {
  if (DATATYPES.includes(datatype)) return
  throw new RangeError(`"datatype" expected ${DATATYPES.join(', ')}, got ${JSON.stringify(datatype)}`)
}

const truncateToByte = (value: number) => Math.trunc(Math.min(255, Math.max(0, value || 0)))

/** The number of half-precision `bits` (IEEE 754 binary16). */
export function float16ToNumber(bits: number): number {
  const exponent = (bits >>> 10) & 31
  const fraction = bits & 1023
  const sign = bits >>> 15 ? -1 : 1
  if (exponent === 0) return sign * fraction * 2 ** -24
  if (exponent === 31) return fraction ? Number.NaN : sign * Infinity
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15)
}

function roundToHalf(values: Float32Array): Float32Array {
  const rounded = values.slice()
  const words = new Uint32Array(rounded.buffer)
  for (let i = 0; i < words.length; i++) {
    const word = words[i]!
    const magnitude = word & 0x7fff_ffff
    if (magnitude >= 0x7f80_0000) continue
    if (magnitude >= 0x477f_f000) words[i] = (word & 0x8000_0000) | 0x7f80_0000
    else if (magnitude >= 0x3880_0000) {
      // drop 13 bits of the fraction; a carry into the exponent is right
      words[i] = ((word + 0xfff + ((word >>> 13) & 1)) & ~0x1fff) >>> 0
    } else {
      // below 2^-14 the steps are 2^-24, which are those of f32 at 0.5: the addition rounds
      const value = Math.fround(Math.abs(rounded[i]!) + 0.5) - 0.5
      rounded[i] = word >>> 31 ? -value : value
    }
  }
  return rounded
}
