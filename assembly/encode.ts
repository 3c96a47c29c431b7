// Stores f32 rows in another format, and measures how far the stored rows are from them. The bounds of certified
// ranking rest on these figures.

import { BITS, F16, F32, fromHalves, I16, I8, rowBytes, U8 } from './dtype'

/** The largest length of a document's row in whole numbers, before rounding. See `fixed.ts`. */
export const MAX_FIXED_DOCUMENT_LENGTH: f64 = 60000

/** Returns the largest power of two that keeps elements within int16 and rows within `maxLength`. */
export function fixedScale(largest: f64, length: f64, maxLength: f64): f32 {
  let scale: f64 = 1
  while (scale < 1.3e36 && largest * scale * 2 <= 32767 && length * scale * 2 <= maxLength) scale *= 2
  while (scale > 1e-30 && (largest * scale > 32767 || length * scale > maxLength)) scale /= 2
  return <f32>scale
}

/** Stores the signs of a row, eight in each byte, the first dim in the lowest bit. Bits after the last dim are 0. */
function storeBits(row: usize, dim: usize, out: usize): void {
  for (let k: usize = 0; k < dim; k += 8) {
    let bits: u32 = 0
    for (let i = k; i < min(k + 8, dim); i++) bits |= <u32>(load<f32>(row + (i << 2)) >= 0) << <u32>(i & 7)
    store<u8>(out + (k >> 3), <u8>bits)
  }
}

/** Returns each f32 in half precision, as i32: to nearest, ties to even. The caller has checked that none overflows. */
// @ts-ignore: decorator
@inline
function toHalves(values: v128): v128 {
  const sign = v128.and(i32x4.shr_u(values, 16), i32x4.splat(0x8000))
  const magnitude = v128.and(values, i32x4.splat(0x7fffffff))
  const odd = v128.and(i32x4.shr_u(magnitude, 13), i32x4.splat(1))
  const normal = i32x4.shr_u(i32x4.add(i32x4.add(magnitude, odd), i32x4.splat(0xfff - 0x38000000)), 13)
  // below 2^-14 halves are denormal: multiples of 2^-24
  const units = f32x4.nearest(f32x4.mul(magnitude, f32x4.splat(16777216)))
  const isDenormal = i32x4.lt_s(magnitude, i32x4.splat(0x38800000))
  return v128.or(sign, v128.bitselect(i32x4.trunc_sat_f32x4_s(units), normal, isDenormal))
}

/** Stores an element, unless `dtype` is F32 or BITS, and returns the value that it is read as. */
// @ts-ignore: decorator
@inline
function storeElement(dtype: i32, value: f32, scale: f32, address: usize): f32 {
  if (dtype == F16) {
    const halves = toHalves(f32x4.splat(value))
    v128.store16_lane(address, halves, 0)
    return f32x4.extract_lane(fromHalves(halves), 0)
  }
  if (dtype == BITS) return value >= 0 ? 1 / scale : -1 / scale
  if (dtype == U8) {
    const whole = <u8>min<f32>(max<f32>(value, 0), 255)
    store<u8>(address, whole)
    return <f32>whole
  }
  const whole = nearest(value * scale)
  if (dtype == I8) store<i8>(address, <i8>whole)
  else if (dtype == I16) store<i16>(address, <i16>whole)
  else if (dtype != F32) unreachable()
  return whole / scale
}

/** Stores two elements, in the first lanes of `values`, as I8 or F16, unless `dtype` is F32. Returns what they are read as. */
// @ts-ignore: decorator
@inline
function storePair(dtype: i32, values: v128, scale: v128, address: usize): v128 {
  if (dtype == F16) {
    const halves = toHalves(values)
    v128.store16_lane(address, halves, 0)
    v128.store16_lane(address, halves, 2, 2)
    return fromHalves(halves)
  }
  const whole = f32x4.nearest(f32x4.mul(values, scale))
  if (dtype == I8) {
    const words = i32x4.trunc_sat_f32x4_s(whole)
    v128.store8_lane(address, words, 0)
    v128.store8_lane(address, words, 4, 1)
  }
  return f32x4.div(whole, scale)
}

// @ts-ignore: decorator
@inline
function sumOf(sums: v128): f64 {
  return f64x2.extract_lane(sums, 0) + f64x2.extract_lane(sums, 1)
}

/** Bytes that `storeElement` stores. */
// @ts-ignore: decorator
@inline
function elementBytes(dtype: i32): usize {
  if (dtype == F32 || dtype == BITS) return 0
  if (dtype == I8 || dtype == U8) return 1
  if (dtype == F16 || dtype == I16) return 2
  return unreachable()
}

/** Returns the scale at which rows are stored: see `dtype.ts`. */
function documentScale(dtype: i32, source: usize, rows: i32, dim: usize, largest: f32): f32 {
  if (dtype == F16 || dtype == U8) return 1
  if (dtype == I8) return min<f32>(<f32>127 / largest, 1e30)
  const stride = dim << 2
  const end = source + <usize>rows * stride
  if (dtype == BITS) {
    // of all multiples of the signs, the one by the mean is nearest to the rows
    let sum: f64 = 0
    for (; source < end; source += 4) sum += Math.abs(<f64>load<f32>(source))
    return <f32>(<f64>rows * <f64>dim / sum)
  }
  if (dtype == F32 || dtype == I16) {
    let longest: f64 = 0
    while (source < end) {
      let square: f64 = 0
      for (const next = source + stride; source < next; source += 4) {
        square += <f64>load<f32>(source) * <f64>load<f32>(source)
      }
      longest = max(longest, square)
    }
    return fixedScale(largest, Math.sqrt(longest), MAX_FIXED_DOCUMENT_LENGTH)
  }
  return unreachable()
}

/**
 * Stores `rows` f32 rows as `dtype` at `out`, and writes three f32 to `figures`: the scale, the length of the longest
 * row, original or stored, and the length of the largest difference between a row and its stored row. F32 rows are not
 * stored; their figures are those of the int16 rows that the tiles round them to. `largest` is the largest absolute
 * value.
 */
export function encode(
  dtype: i32,
  source: usize,
  rows: i32,
  dim: usize,
  largest: f32,
  out: usize,
  figures: usize,
): void {
  const scale = documentScale(dtype, source, rows, dim, largest)
  const bytes = rowBytes(dtype, dim)
  const step = elementBytes(dtype)
  const scales = f32x4.splat(scale)
  const isPaired = dtype == F32 || dtype == I8 || dtype == F16
  let longest: f64 = 0
  let error: f64 = 0
  for (; rows > 0; rows--) {
    if (dtype == BITS) storeBits(source, dim, out)
    let squares = f64x2.splat(0)
    let storedSquares = f64x2.splat(0)
    let errorSquares = f64x2.splat(0)
    let address = out
    const end = source + (dim << 2)
    while (source < end) {
      let values: v128
      let stored: v128
      if (isPaired && source + 4 < end) {
        values = v128.load64_zero(source)
        stored = storePair(dtype, values, scales, address)
        address += step << 1
        source += 8
      } else {
        values = v128.load32_zero(source)
        stored = f32x4.replace_lane(values, 0, storeElement(dtype, load<f32>(source), scale, address))
        address += step
        source += 4
      }
      values = f64x2.promote_low_f32x4(values)
      stored = f64x2.promote_low_f32x4(stored)
      squares = f64x2.add(squares, f64x2.mul(values, values))
      storedSquares = f64x2.add(storedSquares, f64x2.mul(stored, stored))
      values = f64x2.sub(values, stored)
      errorSquares = f64x2.add(errorSquares, f64x2.mul(values, values))
    }
    longest = max(longest, max(sumOf(squares), sumOf(storedSquares)))
    error = max(error, sumOf(errorSquares))
    if (dtype != F32) out += bytes
  }
  // rounded up, to cover the rounding of the sums and of a scale that is not a power of two
  const length = Math.sqrt(longest) * 1.000001
  store<f32>(figures, scale)
  store<f32>(figures, <f32>length, 4)
  store<f32>(figures, <f32>(Math.sqrt(error) * 1.000001 + (dtype == I8 || dtype == BITS ? length * 2.4e-7 : 0)), 8)
}
