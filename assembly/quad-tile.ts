// The int8 register tiles of relaxed SIMD: as `fixed-tile.ts`, for rows of int8, sixteen products an instruction. One factor
// of it must lie in 0 ... 127, so that a query's whole numbers, of 14 bits and a sign, come as two such limbs:
//
//   w = 128 (h - 64) + l        Σ w·d = 128 (Σ h·d - 64 Σ d) + Σ l·d
//
//   query panel, packed [dim / 4][V][4 rows x 4 dims] of h, the same of l      document, rows of int8: four dims a step
//
// What stands in brackets starts as -64 Σ d, which is the same for all query rows, and is shifted between two passes over
// the dims. int32 sums may wrap around on the way; the last ones cannot overflow (`fixed.ts`). Beyond the last dim both
// limbs are 0, whatever is read there.
//
// W0 with AVX-VNNI (Zen 5): 110 GF/s with these tiles, 103 by way of int16; 106 with 2 x 4 and 4 x 2, whose eight chains the
// instruction's latency slows down; 77 with 3 x 4, which spills.

import { keep, keepSum } from './fixed-tile'
import { vectorsOf } from './tile'

abstract class Pair {}
abstract class Single {}

/** How many vectors the next panel has when `vectors` are left. */
// @ts-ignore: decorator
@inline
export function quadWidth(vectors: i32): i32 {
  return min(vectors, 2)
}

/** Bytes of one limb of four query rows. */
// @ts-ignore: decorator
@inline
function panelBytes(dim: usize): usize {
  return (dim + 3) >> 2 << 4
}

/** Document rows whose sums are taken at a time. */
const SUMS: i32 = 64

// @ts-ignore: decorator
@inline
function dot(sum: v128, q: v128, d: v128): v128 {
  return ASC_FEATURE_RELAXED_SIMD ? i32x4.relaxed_dot_i8x16_i7x16_add_s(d, q, sum) : sum
}

/**
 * What the engine's instruction makes of four products of `a` and `b`, of which `b` is beyond what is defined. 255 x 127
 * tell it: 4 x 255 x 127 with AVX-VNNI; 65,534, a sum of two that are saturated, where several instructions stand for it.
 */
export function fourProducts(a: i32, b: i32): i32 {
  return i32x4.extract_lane(dot(i32x4.splat(0), i8x16.splat(<i8>b), i8x16.splat(<i8>a)), 0)
}

/** -64 times the sum of each row, i32 each. */
function offsets(document: usize, rows: i32, dim: usize, out: usize): void {
  for (; rows > 0; rows--) {
    const end = document + dim
    let sums = i32x4.splat(0)
    for (; document + 16 <= end; document += 16) sums = i32x4.add(sums, i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(v128.load(document))))
    let sum = i32x4.extract_lane(sums, 0) + i32x4.extract_lane(sums, 1) + i32x4.extract_lane(sums, 2) + i32x4.extract_lane(sums, 3)
    for (; document < end; document++) sum += <i32>load<i8>(document)
    store<i32>(out, -64 * sum)
    out += 4
  }
}

/** Six document rows x eight query rows, or x four: twelve accumulators, which hide the latency of the instruction. */
function tile<V>(query: usize, best: usize, apart: usize, dim: usize, document: usize, rows: i32, sums: usize): void {
  const isPair = idof<V>() == idof<Pair>()
  const last = document + <usize>(rows - 1) * dim
  const lastSum = sums + (<usize>(rows - 1) << 2)
  const panel = panelBytes(dim) << (isPair ? 1 : 0)
  for (; document <= last; document += dim * 6) {
    let a0 = v128.load32_splat(sums), a1 = a0
    let b0 = v128.load32_splat(min(sums + 4, lastSum)), b1 = b0
    let c0 = v128.load32_splat(min(sums + 8, lastSum)), c1 = c0
    let e0 = v128.load32_splat(min(sums + 12, lastSum)), e1 = e0
    let f0 = v128.load32_splat(min(sums + 16, lastSum)), f1 = f0
    let g0 = v128.load32_splat(min(sums + 20, lastSum)), g1 = g0
    let q = query
    for (let end = query + panel; ; end += panel) {
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
        a0 = dot(a0, v, x)
        if (isPair) a1 = dot(a1, w, x)
        x = v128.load32_splat(d1)
        b0 = dot(b0, v, x)
        if (isPair) b1 = dot(b1, w, x)
        x = v128.load32_splat(d2)
        c0 = dot(c0, v, x)
        if (isPair) c1 = dot(c1, w, x)
        x = v128.load32_splat(d3)
        e0 = dot(e0, v, x)
        if (isPair) e1 = dot(e1, w, x)
        x = v128.load32_splat(d4)
        f0 = dot(f0, v, x)
        if (isPair) f1 = dot(f1, w, x)
        x = v128.load32_splat(d5)
        g0 = dot(g0, v, x)
        if (isPair) g1 = dot(g1, w, x)
        q += isPair ? 32 : 16
        d0 += 4
        d1 += 4
        d2 += 4
        d3 += 4
        d4 += 4
        d5 += 4
      }
      if (end > query + panel) break
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
    if (apart) {
      keep(best, a0)
      if (isPair) keep(best + 16, a1)
      best += apart
      keep(best, b0)
      if (isPair) keep(best + 16, b1)
      best += apart
      keep(best, c0)
      if (isPair) keep(best + 16, c1)
      best += apart
      keep(best, e0)
      if (isPair) keep(best + 16, e1)
      best += apart
      keep(best, f0)
      if (isPair) keep(best + 16, f1)
      best += apart
      keep(best, g0)
      if (isPair) keep(best + 16, g1)
      best += apart
    } else {
      keep(best, i32x4.max_s(i32x4.max_s(i32x4.max_s(a0, b0), i32x4.max_s(c0, e0)), i32x4.max_s(f0, g0)))
      if (isPair) keep(best + 16, i32x4.max_s(i32x4.max_s(i32x4.max_s(a1, b1), i32x4.max_s(c1, e1)), i32x4.max_s(f1, g1)))
    }
    sums += 24
  }
}

/** As `matchFew` of `fixed-tile.ts`, for one query row, which is int16 as it is there. */
export function matchOne(query: usize, best: usize, apart: usize, dim: usize, document: usize, rows: i32): void {
  for (; rows > 0; rows--) {
    let sums = i32x4.splat(0)
    for (let k: usize = 0; k < dim; k += 8) sums = i32x4.add(sums, i32x4.dot_i16x8_s(v128.load(query + (k << 1)), v128.load8x8_s(document + k)))
    keepSum(best, sums)
    document += dim
    best += apart
  }
}

/** Holds a document of int8 against every query in turn, a few rows at a time. `scratch`: 256 bytes. */
export function matchQuads(query: usize, best: usize, apart: usize, counts: usize, queries: i32, dim: usize, document: usize, rows: i32, scratch: usize): void {
  for (; rows > 0; rows -= SUMS) {
    const piece = min(rows, SUMS)
    if (queries > 1 || load<i32>(counts) > 1) offsets(document, piece, dim, scratch)
    let q = query
    let b = best
    for (let i: usize = 0; i < <usize>queries; i++) {
      const asked = load<i32>(counts + (i << 2))
      for (let vectors = <i32>vectorsOf(asked); vectors > 0; vectors -= 2) {
        if (asked == 1) matchOne(q, b, apart, dim, document, piece)
        else if (quadWidth(vectors) == 2) tile<Pair>(q, b, apart, dim, document, piece, scratch)
        else tile<Single>(q, b, apart, dim, document, piece, scratch)
        const width = <usize>quadWidth(vectors)
        q += (panelBytes(dim) << 1) * width
        b += width << 4
      }
    }
    document += dim * <usize>piece
  }
}
