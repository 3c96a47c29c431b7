// Formats of stored rows, and their conversion to f32, or to the int16 that the fixed-point tiles read.
//
//   F32   unchanged
//   F16   IEEE half precision, rounded to nearest, ties to even, as Qdrant's float16
//   I16   round(x · scale), scale a power of two, one for each document
//   I8    round(x · scale), scale 127 / the document's largest element
//   U8    x truncated and clamped to 0 ... 255, as Qdrant's uint8
//   BITS  1 where x >= 0, scale 1 / the mean of the document's absolute values: x is read as +-1 / scale
//
// Rows are read a vector at a time: up to 28 bytes after a row are read, and up to 14 after a row in scratch are
// written.

import { normalize } from './rows'

export const F32: i32 = 0
export const F16: i32 = 1
export const I16: i32 = 2
export const I8: i32 = 3
export const BITS: i32 = 4
/** Rows of I8, for a query in two limbs: see `quad-tile.ts`. */
export const QUADS: i32 = 5
export const U8: i32 = 6
/** Rows of U8, each divided by its length when it is read: for cosine. */
export const UNIT: i32 = 7
/** Rows of I8, for a query in one limb: see `quad-tile.ts`. */
export const LIMB: i32 = 8
/** Rows of I8, for a query of signed bytes: see `byte-tile.ts`. */
export const BYTES: i32 = 9

/** Returns the number of bytes of a stored row. */
export function rowBytes(dtype: i32, dim: usize): usize {
  if (dtype == F32) return dim << 2
  if (dtype == F16) return dim << 1
  // whole pairs of dims, so that every row starts with a pair
  if (dtype == I16) return (dim + 1) >> 1 << 2
  if (dtype == BITS) return (dim + 7) >> 3
  if (dtype == I8 || dtype == QUADS || dtype == LIMB || dtype == BYTES || dtype == U8 || dtype == UNIT) return dim
  return unreachable()
}

/** Returns four halves, zero-extended, as f32. Multiplying by 2^112 adjusts the exponent, exactly for denormals too. */
// @ts-ignore: decorator
@inline
export function fromHalves(halves: v128): v128 {
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16)
  const magnitude = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13)
  return v128.or(f32x4.mul(magnitude, f32x4.splat(reinterpret<f32>(0x77800000))), sign)
}

/** Converts a row of `dim` elements to f32 in scratch, four at a time. `step` is 1 / scale. */
function decodeRow(dtype: i32, row: usize, dim: usize, step: f32, out: usize): void {
  const end = out + (dim << 2)
  const steps = f32x4.splat(step)
  if (dtype == F16) {
    for (; out < end; out += 16) {
      v128.store(out, fromHalves(v128.load16x4_u(row)))
      row += 8
    }
  } else if (dtype == I16) {
    for (; out < end; out += 16) {
      v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(v128.load16x4_s(row)), steps))
      row += 8
    }
  } else if (dtype == BITS) {
    const masks = i32x4(1, 2, 4, 8)
    for (let shift: i32 = 0; out < end; out += 16) {
      const isClear = i32x4.eq(v128.and(i32x4.splat(<i32>load<u8>(row) >> shift), masks), i32x4.splat(0))
      v128.store(out, v128.xor(steps, i32x4.shl(isClear, 31)))
      row += <usize>(shift >> 2)
      shift ^= 4
    }
  } else if (dtype == I8 || dtype == U8 || dtype == UNIT) {
    for (; out < end; out += 16) {
      const bytes = v128.load32_zero(row)
      const pairs = dtype == I8 ? i16x8.extend_low_i8x16_s(bytes) : i16x8.extend_low_i8x16_u(bytes)
      const words = i32x4.extend_low_i16x8_s(pairs)
      v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(words), steps))
      row += 4
    }
  } else unreachable()
}

/** Writes `rows` stored rows as f32 without gaps, for the f32 tiles. Up to 12 bytes after the last row are written. */
export function decode(dtype: i32, document: usize, rows: i32, dim: usize, scale: f32, out: usize): void {
  const bytes = rowBytes(dtype, dim)
  const step: f32 = 1 / scale
  const first = out
  for (let left = rows; left > 0; left--) {
    decodeRow(dtype, document, dim, step, out)
    document += bytes
    out += dim << 2
  }
  if (dtype == UNIT) normalize(first, rows, dim)
}

/** Bytes between rows of int16 in scratch: whole vectors. */
export function fixedStride(dim: usize): usize {
  return (dim + 7) >> 3 << 4
}

/** Returns round(x · scale) of eight f32: the low bits of x + `magic`, which is 1.5 · 2^23 / scale. */
// @ts-ignore: decorator
@inline
function toFixed(row: usize, magic: v128): v128 {
  const low = i32x4.sub(f32x4.add(v128.load(row), magic), magic)
  const high = i32x4.sub(f32x4.add(v128.load(row, 16), magic), magic)
  return i16x8.narrow_i32x4_s(low, high)
}

/**
 * Writes `rows` stored rows, `bytes` each, as int16, `fixedStride` apart: F32 multiplied by `scale`, a power of two,
 * and rounded; I8 and U8 widened.
 */
export function toFixedRows(
  dtype: i32,
  document: usize,
  rows: i32,
  bytes: usize,
  dim: usize,
  scale: f32,
  out: usize,
): void {
  const stride = fixedStride(dim)
  const magic = f32x4.splat(<f32>12582912 / scale)
  for (; rows > 0; rows--) {
    let row = document
    const end = out + stride
    if (dtype == F32) {
      for (; out < end; out += 16) {
        v128.store(out, toFixed(row, magic))
        row += 32
      }
    } else if (dtype == I8) {
      for (; out < end; out += 16) {
        v128.store(out, v128.load8x8_s(row))
        row += 8
      }
    } else if (dtype == U8) {
      for (; out < end; out += 16) {
        v128.store(out, v128.load8x8_u(row))
        row += 8
      }
    } else unreachable()
    document += bytes
  }
}
