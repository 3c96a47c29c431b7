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

/** Documents of one row that are scored together, so that the query is read once for all of them. */
const GROUP: i32 = 4

/** Documents of at least this many bytes are fetched from memory before they are scored. */
export const MIN_FETCHED_BYTES: usize = 256
/** About this many bytes are fetched at a time. They stay in the first-level cache. */
const FETCHED_BYTES: usize = 8192

/**
 * Reads a byte of each cache line of `count` documents of one row, so that the CPU fetches all lines from memory at the same
 * time, not line by line while it scores. Returns the sum: the compiler removes a read whose value is not used.
 */
function fetch(dim: usize, table: usize, count: i32): i32 {
  let sum = 0
  for (; count > 0; count--) {
    let line = addressOf(table)
    for (const end = line + dim; line < end; line += 64) sum += load<u8>(line)
    table += ENTRY_BYTES
  }
  return sum
}

/** Adds neighbours: the lower half of the result has the sums of pairs of lanes of `x`, the upper half those of `y`. */
// @ts-ignore: decorator
@inline
function addPairs(x: v128, y: v128): v128 {
  return i32x4.add(v128.shuffle<i32>(x, y, 0, 2, 4, 6), v128.shuffle<i32>(x, y, 1, 3, 5, 7))
}

/** The scores of the two documents whose sums and scales are the lower lanes. A sum of 0 has the score 0, never -0. */
// @ts-ignore: decorator
@inline
function scoresOf(sums: v128, scales: v128, factor: f64): v128 {
  const products = f64x2.mul(f64x2.convert_low_i32x4_s(sums), f64x2.splat(factor))
  return f32x4.demote_f64x2_zero(
    f64x2.div(f64x2.add(f64x2.splat(0), products), f64x2.promote_low_f32x4(scales)),
  )
}

/** The upper half of a vector, as the lower half. */
// @ts-ignore: decorator
@inline
function upper(x: v128): v128 {
  return v128.shuffle<i64>(x, x, 1, 1)
}

/** Scores four documents of one row. */
function scoreFour(query: usize, factor: f64, dim: usize, table: usize, scores: usize): void {
  let a = i32x4.splat(0), b = a, c = a, d = a
  let first = addressOf(table)
  let second = addressOf(table + ENTRY_BYTES)
  let third = addressOf(table + 2 * ENTRY_BYTES)
  let fourth = addressOf(table + 3 * ENTRY_BYTES)
  const end = first + dim
  // steps of 16 dims are faster than steps of eight
  for (; first + 16 <= end; first += 16) {
    const q = v128.load(query)
    a = dotEight(a, q, first)
    b = dotEight(b, q, second)
    c = dotEight(c, q, third)
    d = dotEight(d, q, fourth)
    const r = v128.load(query, 16)
    a = dotEight(a, r, first + 8)
    b = dotEight(b, r, second + 8)
    c = dotEight(c, r, third + 8)
    d = dotEight(d, r, fourth + 8)
    query += 32
    second += 16
    third += 16
    fourth += 16
  }
  for (; first < end; first += 8) {
    const q = v128.load(query)
    a = dotEight(a, q, first)
    b = dotEight(b, q, second)
    c = dotEight(c, q, third)
    d = dotEight(d, q, fourth)
    query += 16
    second += 8
    third += 8
    fourth += 8
  }
  const sums = addPairs(addPairs(a, b), addPairs(c, d))
  let scales = f32x4.splat(scaleOf(table))
  scales = f32x4.replace_lane(scales, 1, scaleOf(table + ENTRY_BYTES))
  scales = f32x4.replace_lane(scales, 2, scaleOf(table + 2 * ENTRY_BYTES))
  scales = f32x4.replace_lane(scales, 3, scaleOf(table + 3 * ENTRY_BYTES))
  const two = scoresOf(sums, scales, factor)
  v128.store(scores, v128.shuffle<i64>(two, scoresOf(upper(sums), upper(scales), factor), 0, 2))
}

/** Whether the next four documents of a table have one row each. */
// @ts-ignore: decorator
@inline
function areFour(table: usize, count: i32): bool {
  return (
    count >= GROUP &&
    rowsOf(table) == 1 &&
    rowsOf(table + ENTRY_BYTES) == 1 &&
    rowsOf(table + 2 * ENTRY_BYTES) == 1 &&
    rowsOf(table + 3 * ENTRY_BYTES) == 1
  )
}

/**
 * Scores the documents of a table against one query row of int16. A document of one row takes less time than the general way
 * needs to prepare it.
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
  let fetched = table
  while (count > 0) {
    if (dim >= MIN_FETCHED_BYTES && table >= fetched) {
      const documents = min(count, <i32>max(FETCHED_BYTES / dim, GROUP))
      store<i32>(best, fetch(dim, table, documents))
      fetched = table + <usize>documents * ENTRY_BYTES
    }
    let scored = GROUP
    if (areFour(table, count)) scoreFour(query, factor, dim, table, scores)
    else {
      store<i32>(best, i32.MIN_VALUE)
      matchOne(query, best, 0, dim, addressOf(table), rowsOf(table))
      let sum: f64 = 0
      sum += <f64>load<i32>(best) * factor
      store<f32>(scores, <f32>(sum / <f64>scaleOf(table)))
      scored = 1
    }
    count -= scored
    table += <usize>scored * ENTRY_BYTES
    scores += <usize>scored << 2
  }
}
