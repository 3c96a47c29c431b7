// A query for the int16 tiles, and the sums they give.
//
//   row · 2^p, rounded to int16, each query row with a power of its own, each document with one for all its rows
//
// int32 sums cannot overflow: by Cauchy and Schwarz every partial sum of products is at most |q| |d|, and the powers
// are chosen so that |q| <= 32,768 and |d| <= 60,000, to which rounding adds at most sqrt(65,536) / 2 = 128 each:
// 32,896 x 60,128 < 2^31. Scales are powers of two, so that taking them out again rounds nothing.

import { packBits } from './bits'
import { BITS, I8, QUADS } from './dtype'
import { fixedScale } from './encode'
import { quadWidth } from './quad-tile'
import { panelWidth, vectorsOf } from './tile'

const LONGEST_QUERY: f64 = 32768
/** What two limbs of 7 bits hold: -8,192 to 8,191. See `quad-tile.ts`. */
const HALF: i32 = 8192

/** For documents of int8: within two limbs, with or without them, so that every kernel has the same whole numbers. */
function quadScale(largest: f64, length: f64): f64 {
  return largest == 0 ? 1 : min(<f64>(HALF - 1) / largest, LONGEST_QUERY / length)
}

// @ts-ignore: decorator
@inline
function storeLimbs(whole: i32, at: usize, panel: usize): void {
  store<u8>(at, <u8>(whole >> 7))
  store<u8>(at + panel, <u8>(whole & 127))
}

/**
 * Lays `rows` query rows of f32, and those that fill up the last vector, out for documents of `dtype`, BITS (`bits.ts`) or
 * any other that `maxsimFixed` takes: panels of pairs of int16, and rows of int16 that end in zeros up to whole vectors for
 * the last four rows or fewer; or, with QUADS, panels of two limbs of `ceil(dim / 4)` quads, unless there is a single row.
 * Writes for each row: into `factors` (f64) 1 / its scale, into `lengths` (f32) its length, into `errors` (f32) the length
 * of its rounding error, both rounded up.
 */
export function packFixed(dtype: i32, query: usize, rows: i32, dim: usize, packed: usize, factors: usize, lengths: usize, errors: usize): void {
  if (dtype == BITS) return packBits(query, <i32>vectorsOf(rows), dim, packed, factors, lengths, errors)
  const stride = dim << 2
  const hasLimbs = dtype == QUADS && rows > 1
  let left = rows == 1 ? 1 : <i32>vectorsOf(rows) << 2
  while (left > 0) {
    const width = hasLimbs ? quadWidth(left >> 2) : panelWidth(left >> 2)
    const isRow = left <= 4 && !hasLimbs
    const lanes: usize = isRow ? 1 : <usize>width << 2
    const padded = isRow ? (dim + 7) & ~7 : hasLimbs ? (dim + 3) & ~3 : (dim + 1) & ~1
    const panel = padded * lanes
    for (let lane: usize = 0; lane < lanes; lane++) {
      let square: f64 = 0
      let largest: f64 = 0
      for (let k: usize = 0; k < stride; k += 4) {
        const value = Math.abs(<f64>load<f32>(query + k))
        square += value * value
        largest = max(largest, value)
      }
      const length = Math.sqrt(square)
      const scale = dtype == I8 || dtype == QUADS ? quadScale(largest, length) : <f64>fixedScale(largest, length, LONGEST_QUERY)
      let errorSquare: f64 = 0
      for (let k: usize = 0; k < padded; k++) {
        const value = k < dim ? <f64>load<f32>(query + (k << 2)) : 0
        const whole = nearest(value * scale)
        const error = value - whole / scale
        errorSquare += error * error
        if (hasLimbs) storeLimbs(k < dim ? <i32>whole + HALF : 0, packed + ((k >> 2) * lanes + lane) * 4 + (k & 3), panel)
        else store<i16>(packed + ((k >> 1) * lanes + lane) * 4 + ((k & 1) << 1), <i16>whole)
      }
      store<f64>(factors, 1 / scale)
      store<f32>(lengths, <f32>(length * 1.000001))
      store<f32>(errors, <f32>(Math.sqrt(errorSquare) * 1.000001))
      query += stride
      factors += 8
      lengths += 4
      errors += 4
    }
    packed += panel << 1
    left -= <i32>lanes
  }
}
