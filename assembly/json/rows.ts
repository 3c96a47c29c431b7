// Writes rows of f32 as JSON text, `[0.1,-2.5e-8],[3.0,-0.0]`: each number is the shortest that a Qdrant server reads
// as the same value of the datatype it stores. There is one loop for each datatype. The caller adds the outer brackets.
//
// f32 and f16 differ only in how they are split into a sign and c x 2^q.

import { shortest } from './shortest'
import { writeDecimal, writeZero } from './text'

/**
 * The texts `0.0,` to `255.0,` for uint8: a u64 each, with the text in the lower bytes and its length in the highest.
 */
const BYTES = memory.data(256 * 8)
let hasBytes = false

/**
 * The only f32, with its negative, whose shortest decimal, 7.038531e-26, is read as another f32 by a parser that rounds
 * to f64 first: the nearest f64 is the midpoint of two f32. All 2^32 were tried. It is written with eight digits.
 */
const BETWEEN_F64: u32 = 0x15ae43fd
const BETWEEN_F64_DIGITS: u32 = 70385307

/** Writes a finite f32, given as bits. Returns the end of the text, or 0 for infinity and NaN. */
// @ts-ignore: decorator
@inline
function writeFloat32(bits: u32, out: usize): usize {
  store<u8>(out, 0x2d)
  out += bits >> 31
  const magnitude = bits & 0x7fffffff
  const exponent = <i32>(magnitude >> 23)
  const fraction = magnitude & 0x7fffff
  if (exponent == 0) {
    return fraction == 0 ? writeZero(out) : writeDecimal(shortest(fraction, -149, false), out)
  }
  if (exponent == 255) return 0
  let digits = shortest(fraction | 0x800000, exponent - 150, fraction == 0 && exponent > 1)
  if (magnitude == BETWEEN_F64) digits = BETWEEN_F64_DIGITS
  return writeDecimal(digits, out)
}

/**
 * Rounds an f32 to f16, ties to even, and writes it. Returns the end of the text, or 0 if f16 cannot hold the number.
 */
// @ts-ignore: decorator
@inline
function writeFloat16(bits: u32, out: usize): usize {
  store<u8>(out, 0x2d)
  out += bits >> 31
  let magnitude = bits & 0x7fffffff
  // from 65,520 on f16 rounds to infinity
  if (magnitude >= 0x477ff000) return 0
  if (magnitude < 0x38800000) {
    // below 2^-14 f16 has steps of 2^-24, the same as f32 at 0.5, so that the addition rounds
    const fraction = reinterpret<u32>(reinterpret<f32>(magnitude) + 0.5) - 0x3f000000
    return fraction == 0 ? writeZero(out) : writeDecimal(shortest(fraction, -24, false), out)
  }
  magnitude += 0xfff + ((magnitude >> 13) & 1)
  const exponent = <i32>(magnitude >> 23) - 112
  const fraction = (magnitude >> 13) & 0x3ff
  return writeDecimal(shortest(fraction | 0x400, exponent - 25, fraction == 0 && exponent > 1), out)
}

/** Writes `rows` rows of `dim` f32, separated by commas. Returns the end, or 0 if a number is infinite or NaN. */
export function writeFloat32Rows(values: usize, rows: i32, dim: usize, out: usize): usize {
  for (; rows > 0; rows--) {
    store<u8>(out++, 0x5b)
    for (const end = values + (dim << 2); values < end; values += 4) {
      out = writeFloat32(load<u32>(values), out)
      if (out == 0) return 0
      store<u8>(out++, 0x2c)
    }
    // overwrite the comma after the last number with the end of the row
    store<u16>(out - 1, 0x2c5d)
    out++
  }
  return out - 1
}

/** `writeFloat32Rows` with every number rounded to f16. Returns 0 if f16 cannot hold a number. */
export function writeFloat16Rows(values: usize, rows: i32, dim: usize, out: usize): usize {
  for (; rows > 0; rows--) {
    store<u8>(out++, 0x5b)
    for (const end = values + (dim << 2); values < end; values += 4) {
      out = writeFloat16(load<u32>(values), out)
      if (out == 0) return 0
      store<u8>(out++, 0x2c)
    }
    store<u16>(out - 1, 0x2c5d)
    out++
  }
  return out - 1
}

/** `writeFloat32Rows` with every number truncated to 0 ... 255, as Rust's `as u8`: NaN becomes 0. */
export function writeUint8Rows(values: usize, rows: i32, dim: usize, out: usize): usize {
  if (!hasBytes) fillBytes()
  for (; rows > 0; rows--) {
    store<u8>(out++, 0x5b)
    for (const end = values + (dim << 2); values < end; values += 4) {
      const byte = min<u32>(<u32>load<f32>(values), 255)
      const text = load<u64>(BYTES + (<usize>byte << 3))
      store<u64>(out, text)
      out += <usize>(text >> 56)
    }
    store<u16>(out - 1, 0x2c5d)
    out++
  }
  return out - 1
}

/** Fills BYTES. */
function fillBytes(): void {
  for (let byte = 0; byte < 256; byte++) {
    const at = BYTES + (<usize>byte << 3)
    let end = at
    if (byte >= 100) store<u8>(end++, byte / 100 + 0x30)
    if (byte >= 10) store<u8>(end++, byte / 10 % 10 + 0x30)
    store<u8>(end++, byte % 10 + 0x30)
    // `.0,`
    store<u16>(end, 0x302e)
    store<u8>(end, 0x2c, 2)
    store<u8>(at, <u8>(end + 3 - at), 7)
  }
  hasBytes = true
}
