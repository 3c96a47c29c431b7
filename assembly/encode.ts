// f32 rows into stored ones, and how far the stored ones are from them: what the bounds of certified ranking rest on.

import { BITS, F16, F32, I16, I8, rowBytes, U8 } from './dtype'

/** Lengths that products of int16 rows may have: 60,000 for a document's, 32,768 for a query's. See `fixed.ts`. */
const LONGEST: f64 = 60000

/** The largest power of two that keeps elements within int16 and rows within `longest`. */
export function fixedScale(largest: f64, length: f64, longest: f64): f32 {
  let scale: f64 = 1
  while (scale < 1.3e36 && largest * scale * 2 <= 32767 && length * scale * 2 <= longest) scale *= 2
  while (scale > 1e-30 && (largest * scale > 32767 || length * scale > longest)) scale /= 2
  return <f32>scale
}

/** f32 to half precision: to nearest, ties to even. The caller has seen to it that it does not overflow. */
function toHalf(value: f32): u16 {
  const bits = reinterpret<u32>(value)
  const sign = (bits >> 16) & 0x8000
  const magnitude = bits & 0x7fffffff
  // below 2^-14 halves are denormal: multiples of 2^-24
  if (magnitude < 0x38800000) return <u16>(sign | <u32>nearest(Mathf.abs(value) * 16777216))
  return <u16>(sign | ((magnitude + 0xfff + ((magnitude >> 13) & 1) - 0x38000000) >> 13))
}

function fromHalf(half: u32): f32 {
  return reinterpret<f32>((half & 0x7fff) << 13) * reinterpret<f32>(0x77800000) * (half & 0x8000 ? <f32>-1 : <f32>1)
}

/** The signs of a row, eight to a byte, the first dim lowest; bits beyond the last dim are 0. */
function storeBits(row: usize, dim: usize, out: usize): void {
  for (let k: usize = 0; k < dim; k += 8) {
    let bits: u32 = 0
    for (let i = k; i < min(k + 8, dim); i++) bits |= <u32>(load<f32>(row + (i << 2)) >= 0) << <u32>(i & 7)
    store<u8>(out + (k >> 3), <u8>bits)
  }
}

/** Stores one element and returns what it will be read as. Nothing is stored for F32 and BITS. */
// @ts-ignore: decorator
@inline
function storeElement(dtype: i32, value: f32, scale: f32, at: usize): f32 {
  if (dtype == F16) {
    const half = toHalf(value)
    store<u16>(at, half)
    return fromHalf(half)
  }
  if (dtype == BITS) return value >= 0 ? 1 / scale : -1 / scale
  if (dtype == U8) {
    const whole = <u8>min<f32>(max<f32>(value, 0), 255)
    store<u8>(at, whole)
    return <f32>whole
  }
  let whole = nearest(value * scale)
  if (dtype == I8) {
    whole = min<f32>(max<f32>(whole, -127), 127)
    store<i8>(at, <i8>whole)
  } else if (dtype == I16) store<i16>(at, <i16>whole)
  return whole / scale
}

/** Bytes of an element; 0 for F32, which is stored already, and BITS, which go together. */
// @ts-ignore: decorator
@inline
function elementBytes(dtype: i32): usize {
  if (dtype == F32 || dtype == BITS) return 0
  return dtype == I8 || dtype == U8 ? 1 : 2
}

/**
 * Stores `rows` f32 rows as `dtype` into `out`, and writes three f32 into `figures`: the scale; the length of the
 * longest row, original or stored; the length of the largest difference between the two. With F32 nothing is stored,
 * and the figures are those of rows that the tiles round to int16. `largest` is the largest absolute value in them.
 */
export function encode(dtype: i32, source: usize, rows: i32, dim: usize, largest: f32, out: usize, figures: usize): void {
  let longest: f64 = 0
  let scale: f32 = 1
  const stride = dim << 2
  if (dtype == I8) scale = min<f32>(<f32>127 / largest, 1e30)
  else if (dtype == BITS) {
    // of all multiples of the signs, the one by the mean is nearest to the rows
    let sum: f64 = 0
    for (let at = source, end = source + <usize>rows * stride; at < end; at += 4) sum += Math.abs(<f64>load<f32>(at))
    scale = <f32>(<f64>rows * <f64>dim / sum)
  } else if (dtype != F16 && dtype != U8) {
    let row = source
    for (let left = rows; left > 0; left--) {
      let square: f64 = 0
      for (const end = row + stride; row < end; row += 4) square += <f64>load<f32>(row) * <f64>load<f32>(row)
      longest = max(longest, square)
    }
    scale = fixedScale(largest, Math.sqrt(longest), LONGEST)
  }
  let error: f64 = 0
  longest = 0
  const bytes = rowBytes(dtype, dim)
  const step = elementBytes(dtype)
  for (; rows > 0; rows--) {
    if (dtype == BITS) storeBits(source, dim, out)
    let square: f64 = 0
    let storedSquare: f64 = 0
    let errorSquare: f64 = 0
    let at = out
    for (const end = source + stride; source < end; source += 4) {
      const value = load<f32>(source)
      const stored = <f64>storeElement(dtype, value, scale, at)
      square += <f64>value * <f64>value
      storedSquare += stored * stored
      errorSquare += (<f64>value - stored) * (<f64>value - stored)
      at += step
    }
    longest = max(longest, max(square, storedSquare))
    error = max(error, errorSquare)
    if (dtype != F32) out += bytes
  }
  store<f32>(figures, scale)
  // rounded up, with room for the rounding of the sums, and for that of a scale which is no power of two
  const length = Math.sqrt(longest) * 1.000001
  store<f32>(figures, <f32>length, 4)
  store<f32>(figures, <f32>(Math.sqrt(error) * 1.000001 + (dtype == I8 || dtype == BITS ? length * 2.4e-7 : 0)), 8)
}
