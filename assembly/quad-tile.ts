// The int8 register tiles of relaxed SIMD: `fixed-tile.ts` for rows of int8, sixteen products for each instruction. One
// of the instruction's factors must be in 0 ... 127, so that a query's whole numbers, of 14 bits and a sign, are two
// limbs:
//
//   w = 128 (h - 64) + l        Σ w·d = 128 (Σ h·d - 64 Σ d) + Σ l·d
//
//   query panel, packed [dim / 4][V][4 rows x 4 dims] of h, the same of l    document, rows of int8: four dims per step
//
// The sum in brackets starts at -64 Σ d, which is the same for all query rows, and is shifted between two passes over
// the dims. int32 sums may wrap around in between; the final sums cannot overflow (`fixed.ts`). Beyond the last dim
// both limbs are 0, so that the document's bytes there do not count.
//
// A query that only screens documents has one limb of 6 bits and a sign, w = h - 64, and half as many products. Its sums
// are within 127 x 127 x 65,536 < 2^31. Its panels of 16 and of 20 rows have the tiles of `fixed-tile.ts`, of which
// 2 x 5 has ten chains. Where the engine adds four products with several instructions, such a query has signed bytes
// (`byte-tile.ts`).
//
// The shape is the fastest of those that were measured with AVX-VNNI: 6 x 2, because the eight chains of 2 x 4 and 4 x 2 do
// not hide the instruction's latency, and 3 x 4 spills registers.

import { LIMB, QUADS } from './dtype'
import { Five, fixedWidth, Four, keep, Quads, sumOf, tile2 } from './fixed-tile'
import { dotFour, panelBytes } from './int8-products'
import { matchOne } from './one-row'
import { vectorsOf } from './tile'

/** Document rows in a tile. */
export const QUAD_TILE_ROWS: i32 = 6

/** The width of a tile: two query vectors or one. */
abstract class Pair {}
abstract class Single {}

/** Added to a query's whole numbers, so that both limbs are at least 0: 64 x 128. */
export const LIMB_OFFSET: i32 = 8192

/** Added to the whole numbers of a query in one limb. */
export const SINGLE_LIMB_OFFSET: i32 = 64

/** The number of limbs of a query of `rows` rows for documents of `dtype`: 0 if it is not in limbs. */
// @ts-ignore: decorator
@inline
export function limbsOf(dtype: i32, rows: i32): i32 {
  return dtype == LIMB ? 1 : dtype == QUADS && rows > 1 ? 2 : 0
}

/** The number of vectors in the next panel when `vectors` remain: with one limb 4 or 5 if there are as many, else 2 or 1. */
// @ts-ignore: decorator
@inline
export function quadWidth(limbs: i32, vectors: i32): i32 {
  return limbs == 1 ? fixedWidth(vectors) : min(vectors, 2)
}

/** The number of document rows whose offsets are computed at a time. */
export const OFFSET_ROWS: i32 = 64

/** Writes -64 times the sum of each row, as i32. */
function offsets(document: usize, rows: i32, dim: usize, out: usize): void {
  for (; rows > 0; rows--) {
    const end = document + dim
    let sums = i32x4.splat(0)
    for (; document + 16 <= end; document += 16) {
      const pairs = i16x8.extadd_pairwise_i8x16_s(v128.load(document))
      sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(pairs))
    }
    let sum = sumOf(sums)
    for (; document < end; document++) sum += <i32>load<i8>(document)
    store<i32>(out, -64 * sum)
    out += 4
  }
}

/**
 * Six document rows by eight query rows, or by four: twelve accumulators or six, to hide the instruction's latency.
 * `sums` has the offset of each document row. `limbs`: 1 or 2.
 */
function tile<V>(
  limbs: i32,
  query: usize,
  best: usize,
  bestStride: usize,
  dim: usize,
  document: usize,
  rows: i32,
  sums: usize,
): void {
  const isPair = idof<V>() == idof<Pair>()
  const last = document + <usize>(rows - 1) * dim
  const lastSum = sums + (<usize>(rows - 1) << 2)
  const panel = panelBytes(dim) << (isPair ? 1 : 0)
  for (; document <= last; document += dim * QUAD_TILE_ROWS) {
    let a0 = v128.load32_splat(sums), a1 = a0
    let b0 = v128.load32_splat(min(sums + 4, lastSum)), b1 = b0
    let c0 = v128.load32_splat(min(sums + 8, lastSum)), c1 = c0
    let e0 = v128.load32_splat(min(sums + 12, lastSum)), e1 = e0
    let f0 = v128.load32_splat(min(sums + 16, lastSum)), f1 = f0
    let g0 = v128.load32_splat(min(sums + 20, lastSum)), g1 = g0
    let q = query
    let end = query
    for (let left = limbs; ; ) {
      end += panel
      let d0 = document
      let d1 = min(d0 + dim, last)
      let d2 = min(d1 + dim, last)
      let d3 = min(d2 + dim, last)
      let d4 = min(d3 + dim, last)
      let d5 = min(d4 + dim, last)
      while (q < end) {
        const v = v128.load(q)
        const w = isPair ? v128.load(q, 16) : v
        let x = v128.load32_splat(d0)
        a0 = dotFour(a0, v, x)
        if (isPair) a1 = dotFour(a1, w, x)
        x = v128.load32_splat(d1)
        b0 = dotFour(b0, v, x)
        if (isPair) b1 = dotFour(b1, w, x)
        x = v128.load32_splat(d2)
        c0 = dotFour(c0, v, x)
        if (isPair) c1 = dotFour(c1, w, x)
        x = v128.load32_splat(d3)
        e0 = dotFour(e0, v, x)
        if (isPair) e1 = dotFour(e1, w, x)
        x = v128.load32_splat(d4)
        f0 = dotFour(f0, v, x)
        if (isPair) f1 = dotFour(f1, w, x)
        x = v128.load32_splat(d5)
        g0 = dotFour(g0, v, x)
        if (isPair) g1 = dotFour(g1, w, x)
        q += isPair ? 32 : 16
        d0 += 4
        d1 += 4
        d2 += 4
        d3 += 4
        d4 += 4
        d5 += 4
      }
      if (--left == 0) break
      a0 = i32x4.shl(a0, 7)
      b0 = i32x4.shl(b0, 7)
      c0 = i32x4.shl(c0, 7)
      e0 = i32x4.shl(e0, 7)
      f0 = i32x4.shl(f0, 7)
      g0 = i32x4.shl(g0, 7)
      a1 = i32x4.shl(a1, 7)
      b1 = i32x4.shl(b1, 7)
      c1 = i32x4.shl(c1, 7)
      e1 = i32x4.shl(e1, 7)
      f1 = i32x4.shl(f1, 7)
      g1 = i32x4.shl(g1, 7)
    }
    if (bestStride) {
      keep(best, a0)
      if (isPair) keep(best + 16, a1)
      best += bestStride
      keep(best, b0)
      if (isPair) keep(best + 16, b1)
      best += bestStride
      keep(best, c0)
      if (isPair) keep(best + 16, c1)
      best += bestStride
      keep(best, e0)
      if (isPair) keep(best + 16, e1)
      best += bestStride
      keep(best, f0)
      if (isPair) keep(best + 16, f1)
      best += bestStride
      keep(best, g0)
      if (isPair) keep(best + 16, g1)
      best += bestStride
    } else {
      keep(best, i32x4.max_s(i32x4.max_s(i32x4.max_s(a0, b0), i32x4.max_s(c0, e0)), i32x4.max_s(f0, g0)))
      if (isPair) {
        keep(best + 16, i32x4.max_s(i32x4.max_s(i32x4.max_s(a1, b1), i32x4.max_s(c1, e1)), i32x4.max_s(f1, g1)))
      }
    }
    sums += QUAD_TILE_ROWS << 2
  }
}

/** Matches rows of int8 with each query in turn, some of the rows at a time. `scratch`: 256 bytes. */
export function matchQuads(
  dtype: i32,
  query: usize,
  best: usize,
  bestStride: usize,
  counts: usize,
  queries: i32,
  dim: usize,
  document: usize,
  rows: i32,
  scratch: usize,
): void {
  for (; rows > 0; rows -= OFFSET_ROWS) {
    const pieceRows = min(rows, OFFSET_ROWS)
    if (queries > 1 || limbsOf(dtype, load<i32>(counts)) > 0) offsets(document, pieceRows, dim, scratch)
    let panel = query
    let panelBest = best
    for (let i: usize = 0; i < <usize>queries; i++) {
      const queryRows = load<i32>(counts + (i << 2))
      const limbs = limbsOf(dtype, queryRows)
      for (let vectors = <i32>vectorsOf(queryRows); vectors > 0; ) {
        const width = quadWidth(limbs, vectors)
        if (limbs == 0) matchOne(panel, panelBest, bestStride, dim, document, pieceRows)
        else if (width == 5) {
          tile2<Five, Quads>(panel, panelBest, bestStride, (dim + 3) & ~3, dim, document, pieceRows, scratch)
        } else if (width == 4) {
          tile2<Four, Quads>(panel, panelBest, bestStride, (dim + 3) & ~3, dim, document, pieceRows, scratch)
        } else if (width == 2) tile<Pair>(limbs, panel, panelBest, bestStride, dim, document, pieceRows, scratch)
        else tile<Single>(limbs, panel, panelBest, bestStride, dim, document, pieceRows, scratch)
        panel += (panelBytes(dim) << (limbs == 1 ? 0 : 1)) * <usize>width
        panelBest += <usize>width << 4
        vectors -= width
      }
    }
    document += dim * <usize>pieceRows
  }
}
