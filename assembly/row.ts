// A query of a single row against document rows: here the lanes are dims, since a query row a lane would leave three of
// four empty. Rows are read from end to end: one row after another at 0.8 of the rate of a plain read of memory, where four or
// eight rows side by side reached 0.5 (measured, Zen 5).

import { accumulate, Dot, DOT, Euclid, EUCLID, keepBetter, Manhattan } from './metric'

/** What a dim adds, where the metric is a number: asked in every step, which costs nothing while memory is waited for. */
// @ts-ignore: decorator
@inline
export function add(metric: i32, sum: v128, q: v128, d: v128): v128 {
  if (metric == DOT) return accumulate<Dot>(sum, q, d)
  return metric == EUCLID ? accumulate<Euclid>(sum, q, d) : accumulate<Manhattan>(sum, q, d)
}

/** The similarity of two rows, the same in all lanes: sums are those of every eighth dim, which are added up last. */
export function similarity(metric: i32, query: usize, row: usize, dim: usize): v128 {
  const end = query + (dim << 2)
  let a = f32x4.splat(0), b = f32x4.splat(0)
  for (; query + 32 <= end; query += 32) {
    a = add(metric, a, v128.load(query), v128.load(row))
    b = add(metric, b, v128.load(query, 16), v128.load(row, 16))
    row += 32
  }
  for (; query < end; query += 4) {
    a = add(metric, a, v128.load32_zero(query), v128.load32_zero(row))
    row += 4
  }
  a = f32x4.add(a, b)
  a = f32x4.add(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1))
  return f32x4.add(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2))
}

/** As `matchRows` of `tile.ts`. */
export function matchRow(metric: i32, query: usize, best: usize, apart: usize, dim: usize, document: usize, rows: i32): void {
  for (; rows > 0; rows--) {
    keepBetter(metric, best, similarity(metric, query, document, dim))
    document += dim << 2
    best += apart
  }
}
