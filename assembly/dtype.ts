// How elements are stored, and back: stored rows as f32, or as the int16 that the fixed-point tiles take.
//
//   F32   as they are
//   F16   IEEE half precision, rounded to nearest, ties to even, as Qdrant's float16
//   I16   round(x · scale), scale a power of two, one for each document
//   I8    round(x · scale), scale 127 / the document's largest element
//   U8    x truncated and clamped to 0 ... 255, as Qdrant's uint8; UNIT the same, read as rows divided by their length
//   BITS  1 where x >= 0, scale 1 / the mean of the document's absolute values: x is read as +-1 / scale
//
// Rows are read a vector at a time, so up to 28 bytes past a row may be read, and up to 14 past one in scratch written.

import { normalize } from './rows'

export const F32: i32 = 0
export const F16: i32 = 1
export const I16: i32 = 2
export const I8: i32 = 3
export const BITS: i32 = 4
/** I8, from a query in limbs: `quad-tile.ts`. */
export const QUADS: i32 = 5
export const U8: i32 = 6
/** U8, with cosine. */
export const UNIT: i32 = 7

/** Bytes of a stored row. */
export function rowBytes(dtype: i32, dim: usize): usize {
  if (dtype == F32) return dim << 2
  if (dtype == F16) return dim << 1
  // pairs of dims, so that rows begin where a pair does
  if (dtype == I16) return (dim + 1) >> 1 << 2
  return dtype == BITS ? (dim + 7) >> 3 : dim
}

/** Four halves, zero-extended, as f32. The product with 2^112 moves the exponent, and is exact for denormals too. */
// @ts-ignore: decorator
@inline
function fromHalves(halves: v128): v128 {
  const sign = i32x4.shl(v128.and(halves, i32x4.splat(0x8000)), 16)
  const magnitude = i32x4.shl(v128.and(halves, i32x4.splat(0x7fff)), 13)
  return v128.or(f32x4.mul(magnitude, f32x4.splat(reinterpret<f32>(0x77800000))), sign)
}

/** One row of `dim` elements as f32, 4 at a time, into scratch. `step` is 1 / scale. */
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
    const places = i32x4(1, 2, 4, 8)
    for (let shift: i32 = 0; out < end; out += 16) {
      const isClear = i32x4.eq(v128.and(i32x4.splat(<i32>load<u8>(row) >> shift), places), i32x4.splat(0))
      v128.store(out, v128.xor(steps, i32x4.shl(isClear, 31)))
      row += <usize>(shift >> 2)
      shift ^= 4
    }
  } else {
    for (; out < end; out += 16) {
      const bytes = v128.load32_zero(row)
      const pairs = dtype == I8 ? i16x8.extend_low_i8x16_s(bytes) : i16x8.extend_low_i8x16_u(bytes)
      const words = i32x4.extend_low_i16x8_s(pairs)
      v128.store(out, f32x4.mul(f32x4.convert_i32x4_s(words), steps))
      row += 4
    }
  }
}

/** `rows` stored rows as f32, packed without gaps, as the f32 tiles read them. Up to 12 bytes past the end are written. */
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

/** f32 rows whose sums with `magic` (1.5 · 2^23 / scale) have round(x · scale) in their low bits. */
// @ts-ignore: decorator
@inline
function toFixed(row: usize, magic: v128): v128 {
  const low = i32x4.sub(f32x4.add(v128.load(row), magic), magic)
  const high = i32x4.sub(f32x4.add(v128.load(row, 16), magic), magic)
  return i16x8.narrow_i32x4_s(low, high)
}

/** `rows` stored rows as int16, `fixedStride` apart: F32 rounded at `scale`, a power of two; I8 and U8 widened. */
export function toFixedRows(dtype: i32, document: usize, rows: i32, dim: usize, scale: f32, out: usize): void {
  const bytes = rowBytes(dtype, dim)
  const stride = fixedStride(dim)
  const magic = f32x4.splat(<f32>12582912 / scale)
  for (; rows > 0; rows--) {
    let from = document
    const end = out + stride
    if (dtype == F32) {
      for (; out < end; out += 16) {
        v128.store(out, toFixed(from, magic))
        from += 32
      }
    } else if (dtype == I8) {
      for (; out < end; out += 16) {
        v128.store(out, v128.load8x8_s(from))
        from += 8
      }
    } else {
      for (; out < end; out += 16) {
        v128.store(out, v128.load8x8_u(from))
        from += 8
      }
    }
    document += bytes
  }
}
