// Queries for dot products in whole numbers.
//
//   element · 2^p, rounded to int16: each query row has its own power, each document has one for all its rows
//
// int32 sums cannot overflow. By Cauchy and Schwarz every partial sum of products is at most |q| |d|, and the powers
// are chosen so that |q| <= 32,768 and |d| <= 60,000. Rounding adds at most sqrt(65,536) / 2 = 128 to each: 32,896 x
// 60,128 < 2^31. Scales are powers of two, so that dividing by them rounds nothing.

import { packBits } from './bits'
import { packBytes } from './byte-tile'
import { BITS, BYTES, F16, F32, I16, I8, LIMB, QUADS, U8 } from './dtype'
import { fixedScale } from './encode'
import { fixedWidth } from './fixed-tile'
import { LIMB_OFFSET, limbsOf, quadWidth, SINGLE_LIMB_OFFSET } from './quad-tile'
import { largest, storeFigures } from './rows'
import { vectorsOf } from './tile'

/** The largest length of a query row in whole numbers, before rounding. */
export const MAX_FIXED_QUERY_LENGTH: f64 = 32768

/** Returns the Euclidean length of a row. */
// @ts-ignore: decorator
@inline
function rowLength(row: usize, dim: usize): f64 {
  let square: f64 = 0
  for (const end = row + (dim << 2); row < end; row += 4) square += <f64>load<f32>(row) * <f64>load<f32>(row)
  return Math.sqrt(square)
}

/**
 * Returns the scale of a query row. For int8 documents its whole numbers fit two limbs, also where no limbs are used,
 * so that every kernel has the same numbers. With LIMB they fit one.
 */
function queryScale(dtype: i32, row: usize, dim: usize): f64 {
  const max = <f64>largest(row, <i32>dim)
  const length = rowLength(row, dim)
  if (dtype == LIMB) return max == 0 ? 1 : <f64>(SINGLE_LIMB_OFFSET - 1) / max
  if (dtype == I8 || dtype == QUADS) {
    return max == 0 ? 1 : min(<f64>(LIMB_OFFSET - 1) / max, MAX_FIXED_QUERY_LENGTH / length)
  }
  // documents of F16 are not scored in whole numbers, but their bounds need the figures of a query's rows
  if (dtype == F32 || dtype == F16 || dtype == I16 || dtype == U8) {
    return <f64>fixedScale(max, length, MAX_FIXED_QUERY_LENGTH)
  }
  return unreachable()
}

// @ts-ignore: decorator
@inline
function storeLimbs(whole: i32, address: usize, panelBytes: usize): void {
  store<u8>(address, <u8>(whole >> 7))
  store<u8>(address + panelBytes, <u8>(whole & 127))
}

/**
 * Lays `rows` query rows of f32, and those that fill the last vector, out for documents of `dtype`. There are three
 * layouts besides those of BITS (`bits.ts`) and BYTES (`byte-tile.ts`):
 *
 * - panels of pairs of int16
 * - for the last four rows or fewer: rows of int16, padded with zeros to whole vectors
 * - with QUADS, unless there is a single row, and with LIMB: panels of two limbs, or one, of ceil(dim / 4) quads
 *
 * Writes the figures of each row to `factors`, `lengths` and `errors`: see `storeFigures`.
 */
export function packFixed(
  dtype: i32,
  query: usize,
  rows: i32,
  dim: usize,
  packed: usize,
  factors: usize,
  lengths: usize,
  errors: usize,
): void {
  if (dtype == BITS) return packBits(query, <i32>vectorsOf(rows), dim, packed, factors, lengths, errors)
  if (ASC_FEATURE_RELAXED_SIMD && dtype == BYTES) return packBytes(query, rows, dim, packed, factors, lengths, errors)
  const limbs = limbsOf(dtype, rows)
  const hasLimbs = limbs > 0
  let left = rows == 1 && !hasLimbs ? 1 : <i32>vectorsOf(rows) << 2
  while (left > 0) {
    const width = hasLimbs ? quadWidth(limbs, left >> 2) : fixedWidth(left >> 2)
    const isRow = left <= 4 && !hasLimbs
    const lanes: usize = isRow ? 1 : <usize>width << 2
    const paddedDim = isRow ? (dim + 7) & ~7 : hasLimbs ? (dim + 3) & ~3 : (dim + 1) & ~1
    const panelBytes = paddedDim * lanes
    for (let lane: usize = 0; lane < lanes; lane++) {
      const scale = queryScale(dtype, query, dim)
      for (let k: usize = 0; k < paddedDim; k++) {
        const whole = k < dim ? <i32>nearest(<f64>load<f32>(query + (k << 2)) * scale) : 0
        if (hasLimbs) {
          const address = packed + ((k >> 2) * lanes + lane) * 4 + (k & 3)
          if (limbs == 1) store<u8>(address, k < dim ? <u8>(whole + SINGLE_LIMB_OFFSET) : 0)
          else storeLimbs(k < dim ? whole + LIMB_OFFSET : 0, address, panelBytes)
        } else store<i16>(packed + ((k >> 1) * lanes + lane) * 4 + ((k & 1) << 1), <i16>whole)
      }
      storeFigures(query, dim, scale, factors, lengths, errors)
      query += dim << 2
      factors += 8
      lengths += 4
      errors += 4
    }
    packed += panelBytes << (limbs == 1 ? 0 : 1)
    left -= <i32>lanes
  }
}
