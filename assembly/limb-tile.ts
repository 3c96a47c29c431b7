// The tiles for queries in one limb (`quad-tile.ts`): two document rows by up to 20 query rows.
//
// Where the engine adds four products with one instruction, that is the fastest, and there are tiles for 16 and 20 query rows.
// Elsewhere the relaxed instruction takes five, two of which make a constant, and these tiles have three in its place: sums of
// two products in int16, sums of two of those, and an addition. There the query's numbers w keep their sign, and the document's
// are made unsigned by flipping their highest bit, which adds 128:
//
//   Σ w·d = Σ w·(d + 128) - 128 Σ w
//
// The last term is the same for all document rows. It is packed after the panel, and the sums start with it. No sum of two
// products saturates, because |w| is at most 63: 2 x 63 x 255 < 2^15. The sums are within 63 x 383 x 65,536 < 2^31.
//
// 2 x 5 has ten chains, which hide the latency of the instructions better than the eight of 2 x 4.

import { Five, Four, keep } from './fixed-tile'
import { dot, twoProducts } from './int8-products'

/** The width of a tile in query vectors, besides `Four` and `Five`. */
abstract class One {}
abstract class Two {}

/** How the engine adds four products. */
abstract class OneInstruction {}
abstract class SeveralInstructions {}

// @ts-ignore: decorator
@inline
function limbDot<I>(sum: v128, q: v128, d: v128, ones: v128): v128 {
  if (idof<I>() == idof<OneInstruction>()) return dot(sum, q, d)
  return i32x4.add(sum, i32x4.dot_i16x8_s(twoProducts(q, d), ones))
}

/**
 * Two document rows by the query rows of a panel in one limb. With `OneInstruction`, `sums` has the offset of each document
 * row; else the panel is followed by the offsets of its query rows.
 */
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
  const isFour = isFive || idof<V>() == idof<Four>()
  const isTwo = isFour || idof<V>() == idof<Two>()
  const hasOffsets = idof<I>() == idof<OneInstruction>()
  const width: usize = isFive ? 80 : isFour ? 64 : isTwo ? 32 : 16
  const end = query + ((dim + 3) >> 2) * width
  // made of `rows`, because the engine would load constants again for each product
  const ones = i16x8.splat(<i16>min(rows, 1))
  const flip = i8x16.splat(<i8>(min(rows, 1) << 7))
  for (; rows > 0; rows -= 2) {
    let d0 = document
    let d1 = rows > 1 ? d0 + dim : d0
    document += dim << 1
    let a0: v128, a1: v128, a2: v128, a3: v128, a4: v128
    let b0: v128, b1: v128, b2: v128, b3: v128, b4: v128
    if (hasOffsets) {
      a0 = v128.load32_splat(sums), a1 = a0, a2 = a0, a3 = a0, a4 = a0
      b0 = v128.load32_splat(rows > 1 ? sums + 4 : sums), b1 = b0, b2 = b0, b3 = b0, b4 = b0
      sums += 8
    } else {
      a0 = v128.load(end)
      a1 = isTwo ? v128.load(end, 16) : a0
      a2 = isFour ? v128.load(end, 32) : a0
      a3 = isFour ? v128.load(end, 48) : a0
      a4 = isFive ? v128.load(end, 64) : a0
      b0 = a0, b1 = a1, b2 = a2, b3 = a3, b4 = a4
    }
    let q = query
    while (q < end) {
      let x = v128.load32_splat(d0)
      let y = v128.load32_splat(d1)
      if (!hasOffsets) {
        x = v128.xor(x, flip)
        y = v128.xor(y, flip)
      }
      let v = v128.load(q)
      a0 = limbDot<I>(a0, v, x, ones)
      b0 = limbDot<I>(b0, v, y, ones)
      if (isTwo) {
        v = v128.load(q, 16)
        a1 = limbDot<I>(a1, v, x, ones)
        b1 = limbDot<I>(b1, v, y, ones)
      }
      if (isFour) {
        v = v128.load(q, 32)
        a2 = limbDot<I>(a2, v, x, ones)
        b2 = limbDot<I>(b2, v, y, ones)
        v = v128.load(q, 48)
        a3 = limbDot<I>(a3, v, x, ones)
        b3 = limbDot<I>(b3, v, y, ones)
      }
      if (isFive) {
        v = v128.load(q, 64)
        a4 = limbDot<I>(a4, v, x, ones)
        b4 = limbDot<I>(b4, v, y, ones)
      }
      q += width
      d0 += 4
      d1 += 4
    }
    keep(best, a0)
    if (isTwo) keep(best + 16, a1)
    if (isFour) {
      keep(best + 32, a2)
      keep(best + 48, a3)
    }
    if (isFive) keep(best + 64, a4)
    best += bestStride
    keep(best, b0)
    if (isTwo) keep(best + 16, b1)
    if (isFour) {
      keep(best + 32, b2)
      keep(best + 48, b3)
    }
    if (isFive) keep(best + 64, b4)
    best += bestStride
  }
}

/**
 * Matches document rows with the `width` vectors of a panel in the way of this engine: 4 or 5, or any width if the document is
 * the unsigned factor (`isUnsigned`), which is so where it adds four products with several instructions. `sums`: see `limbTile`.
 */
export function matchLimb(
  isUnsigned: bool,
  width: i32,
  query: usize,
  best: usize,
  bestStride: usize,
  dim: usize,
  document: usize,
  rows: i32,
  sums: usize,
): void {
  if (!isUnsigned) {
    if (width == 5) limbTile<Five, OneInstruction>(query, best, bestStride, dim, document, rows, sums)
    else limbTile<Four, OneInstruction>(query, best, bestStride, dim, document, rows, sums)
  } else if (width == 5) limbTile<Five, SeveralInstructions>(query, best, bestStride, dim, document, rows, sums)
  else if (width == 4) limbTile<Four, SeveralInstructions>(query, best, bestStride, dim, document, rows, sums)
  else if (width == 2) limbTile<Two, SeveralInstructions>(query, best, bestStride, dim, document, rows, sums)
  else limbTile<One, SeveralInstructions>(query, best, bestStride, dim, document, rows, sums)
}
