// One query row, of int16, against rows of int8. Lanes are dims, as in `matchFew` of `fixed-tile.ts`: the tiles would leave
// three of four lanes empty.

import { keepSum } from './fixed-tile'
import { addressOf, ENTRY_BYTES, rowsOf, scaleOf } from './table'

/** Adds the products of eight dims. */
// @ts-ignore: decorator
@inline
function dotEight(sums: v128, q: v128, document: usize): v128 {
  return i32x4.add(sums, i32x4.dot_i16x8_s(q, v128.load8x8_s(document)))
}

/** `matchFew` of `fixed-tile.ts` for one query row, which is int16 there too. Steps of 32 dims are faster than steps of eight. */
export function matchOne(query: usize, best: usize, bestStride: usize, dim: usize, document: usize, rows: i32): void {
  const wholeDims = dim & ~31
  for (; rows > 0; rows--) {
    let a = i32x4.splat(0), b = i32x4.splat(0)
    let q = query
    let d = document
    for (const end = document + wholeDims; d < end; d += 32) {
      a = dotEight(a, v128.load(q), d)
      b = dotEight(b, v128.load(q, 16), d + 8)
      a = dotEight(a, v128.load(q, 32), d + 16)
      b = dotEight(b, v128.load(q, 48), d + 24)
      q += 64
    }
    for (const end = document + dim; d < end; d += 8) {
      a = dotEight(a, v128.load(q), d)
      q += 16
    }
    keepSum(best, i32x4.add(a, b))
    document += dim
    best += bestStride
  }
}

/** From this number of bytes on, the next document is fetched from memory while a document is scored. */
export const MIN_FETCHED_BYTES: usize = 256

/**
 * Scores the documents of a table against one query row of int16, document by document. A document of one row takes less
 * time than the general way needs to prepare it.
 */
export function scoreOne(
  query: usize,
  factor: f64,
  dim: usize,
  table: usize,
  count: i32,
  best: usize,
  scores: usize,
): void {
  for (; count > 0; count--) {
    // reads a byte of each cache line of the next document, so that the CPU fetches all lines at the same time
    if (count > 1 && dim >= MIN_FETCHED_BYTES) {
      const next = addressOf(table + ENTRY_BYTES)
      for (let k: usize = 0; k < dim; k += 64) store<u8>(best, load<u8>(next + k))
    }
    store<i32>(best, i32.MIN_VALUE)
    matchOne(query, best, 0, dim, addressOf(table), rowsOf(table))
    let sum: f64 = 0
    sum += <f64>load<i32>(best) * factor
    store<f32>(scores, <f32>(sum / <f64>scaleOf(table)))
    table += ENTRY_BYTES
    scores += 4
  }
}
