// The tiles for queries in one limb (`quad-tile.ts`): two document rows by 16 or 20 query rows.
//
// Where the engine adds four products with one instruction, that is the fastest. Elsewhere the relaxed instruction takes five,
// two of which make a constant, and the tile has three in its place: sums of two products in int16, sums of two of those, and
// an addition. No sum of two products saturates, because a query's limb is at most 127: 2 x 127 x 127 < 2^15.
//
// 2 x 5 has ten chains, which hide the latency of the instructions better than the eight of 2 x 4.

import { keep } from './fixed-tile'
import { dot, fourProducts, panelBytes, SATURATED } from './int8-products'

/** The width of a tile in query vectors. */
abstract class Four {}
abstract class Five {}

/** How the engine adds four products. */
abstract class OneInstruction {}
abstract class SeveralInstructions {}

// @ts-ignore: decorator
@inline
function limbDot<I>(sum: v128, q: v128, d: v128, ones: v128): v128 {
  if (idof<I>() == idof<OneInstruction>()) return dot(sum, q, d)
  if (!ASC_FEATURE_RELAXED_SIMD) return sum
  return i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.relaxed_dot_i8x16_i7x16_s(d, q), ones))
}

/** Two document rows by 16 query rows in one limb, or by 20 (`Five`). `sums` has the offset of each document row. */
function limbTile<V, I>(
  query: usize,
  best: usize,
  bestStride: usize,
  dim: usize,
  document: usize,
  rows: i32,
  sums: usize,
): void {
  const isFive = idof<V>() == idof<Five>()
  const end = query + panelBytes(dim) * (isFive ? 5 : 4)
  // the engine would load a constant again for each product
  const ones = i16x8.splat(<i16>min(rows, 1))
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
      a0 = limbDot<I>(a0, v, x, ones)
      b0 = limbDot<I>(b0, v, y, ones)
      v = v128.load(q, 16)
      a1 = limbDot<I>(a1, v, x, ones)
      b1 = limbDot<I>(b1, v, y, ones)
      v = v128.load(q, 32)
      a2 = limbDot<I>(a2, v, x, ones)
      b2 = limbDot<I>(b2, v, y, ones)
      v = v128.load(q, 48)
      a3 = limbDot<I>(a3, v, x, ones)
      b3 = limbDot<I>(b3, v, y, ones)
      if (isFive) {
        v = v128.load(q, 64)
        a4 = limbDot<I>(a4, v, x, ones)
        b4 = limbDot<I>(b4, v, y, ones)
      }
      q += isFive ? 80 : 64
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

/** Matches document rows with the `width` vectors of a panel, 4 or 5, in the way of this engine. */
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
  if (fourProducts(127, 255) != SATURATED) {
    if (width == 5) limbTile<Five, OneInstruction>(query, best, bestStride, dim, document, rows, sums)
    else limbTile<Four, OneInstruction>(query, best, bestStride, dim, document, rows, sums)
  } else if (width == 5) limbTile<Five, SeveralInstructions>(query, best, bestStride, dim, document, rows, sums)
  else limbTile<Four, SeveralInstructions>(query, best, bestStride, dim, document, rows, sums)
}
