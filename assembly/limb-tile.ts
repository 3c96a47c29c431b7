// The tiles for queries in one limb (`quad-tile.ts`) of 16 and 20 rows: two document rows by four query vectors, or by five. The
// engine adds four products with one instruction. 2 x 5 has ten chains, which hide its latency better than the eight of 2 x 4.

import { Five, Four, keep } from './fixed-tile'
import { dot } from './int8-products'

/** Two document rows by the query rows of a panel. `sums` has the offset of each document row. */
function limbTile<V>(
  query: usize,
  best: usize,
  bestStride: usize,
  dim: usize,
  document: usize,
  rows: i32,
  sums: usize,
): void {
  const isFive = idof<V>() == idof<Five>()
  const width: usize = isFive ? 80 : 64
  const end = query + ((dim + 3) >> 2) * width
  for (; rows > 0; rows -= 2) {
    let d0 = document
    let d1 = rows > 1 ? d0 + dim : d0
    document += dim << 1
    let a0 = v128.load32_splat(sums), a1 = a0, a2 = a0, a3 = a0, a4 = a0
    let b0 = v128.load32_splat(rows > 1 ? sums + 4 : sums), b1 = b0, b2 = b0, b3 = b0, b4 = b0
    sums += 8
    let q = query
    while (q < end) {
      const x = v128.load32_splat(d0)
      const y = v128.load32_splat(d1)
      let v = v128.load(q)
      a0 = dot(a0, v, x)
      b0 = dot(b0, v, y)
      v = v128.load(q, 16)
      a1 = dot(a1, v, x)
      b1 = dot(b1, v, y)
      v = v128.load(q, 32)
      a2 = dot(a2, v, x)
      b2 = dot(b2, v, y)
      v = v128.load(q, 48)
      a3 = dot(a3, v, x)
      b3 = dot(b3, v, y)
      if (isFive) {
        v = v128.load(q, 64)
        a4 = dot(a4, v, x)
        b4 = dot(b4, v, y)
      }
      q += width
      d0 += 4
      d1 += 4
    }
    keep(best, a0)
    keep(best + 16, a1)
    keep(best + 32, a2)
    keep(best + 48, a3)
    if (isFive) keep(best + 64, a4)
    best += bestStride
    keep(best, b0)
    keep(best + 16, b1)
    keep(best + 32, b2)
    keep(best + 48, b3)
    if (isFive) keep(best + 64, b4)
    best += bestStride
  }
}

/** Matches document rows with the `width` vectors of a panel: 4 or 5. `sums`: see `limbTile`. */
export function matchLimb(
  width: i32,
  query: usize,
  best: usize,
  bestStride: usize,
  dim: usize,
  document: usize,
  rows: i32,
  sums: usize,
): void {
  if (width == 5) limbTile<Five>(query, best, bestStride, dim, document, rows, sums)
  else limbTile<Four>(query, best, bestStride, dim, document, rows, sums)
}
