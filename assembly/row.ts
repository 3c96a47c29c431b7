// A query of a single row. Here the lanes are dims, because one query row in each lane would leave three of four empty.
// Documents are read row by row, from end to end: at 0.8 of the rate of a plain read of memory, where four or eight
// rows side by side reached 0.5 (measured, Zen 5).

import { accumulateByCode, keepBetterByCode } from './metric'

/** Returns the similarity of two rows, in all lanes. It adds every eighth dim separately, and those sums last. */
export function similarity(metric: i32, query: usize, row: usize, dim: usize): v128 {
  const end = query + (dim << 2)
  let a = f32x4.splat(0), b = f32x4.splat(0)
  for (; query + 32 <= end; query += 32) {
    a = accumulateByCode(metric, a, v128.load(query), v128.load(row))
    b = accumulateByCode(metric, b, v128.load(query, 16), v128.load(row, 16))
    row += 32
  }
  for (; query < end; query += 4) {
    a = accumulateByCode(metric, a, v128.load32_zero(query), v128.load32_zero(row))
    row += 4
  }
  a = f32x4.add(a, b)
  a = f32x4.add(a, v128.shuffle<i32>(a, a, 2, 3, 0, 1))
  return f32x4.add(a, v128.shuffle<i32>(a, a, 1, 0, 3, 2))
}

/** `matchRows` of `tile.ts` for a single query row. */
export function matchRow(
  metric: i32,
  query: usize,
  best: usize,
  bestStride: usize,
  dim: usize,
  document: usize,
  rows: i32,
): void {
  for (; rows > 0; rows--) {
    keepBetterByCode(metric, best, similarity(metric, query, document, dim))
    document += dim << 2
    best += bestStride
  }
}
