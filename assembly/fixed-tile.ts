// The int16 register tiles: `tile.ts` for dot products of whole numbers, eight products for each instruction.
//
//   query panel, packed [dim / 2][V][4 rows x 2 dims]     document, rows of int16: two dims per step, in all four lanes
//
// The tiles of two document rows also read rows of int8, four dims per step, for a query in one limb (`quad-tile.ts`).
//
// Five query vectors have a tile too, because a query of 17 to 20 rows is frequent: the rows of a question about pages.
//
// The last four query rows or fewer are not packed; their lanes are dims: see `matchFew`. Sums of products are int32
// and cannot overflow: see the bound on lengths in `fixed.ts`.

import { dotFour } from './int8-products'
import { panelWidth, vectorsOf } from './tile'

/**
 * The number of vectors in the next panel when `vectors` remain: 5 if four would leave one, else 4, 2 or 1. Not 5 in the SIMD128
 * binary, because V8 11 (Node 20) spills registers.
 */
export function fixedWidth(vectors: i32): i32 {
  return ASC_FEATURE_RELAXED_SIMD && vectors > 4 && (vectors & 3) == 1 ? 5 : panelWidth(vectors)
}

// @ts-ignore: decorator
@inline
function dot(sum: v128, q: v128, d: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(q, d))
}

/** Stores at `best` the larger of the values there and a row's sums. */
// @ts-ignore: decorator
@inline
export function keep(best: usize, sums: v128): void {
  v128.store(best, i32x4.max_s(v128.load(best), sums))
}

/** The width of a tile in query vectors. */
export abstract class Four {}
export abstract class Five {}

/** What four bytes of a row are: a pair of int16, or a quad of int8 for a query in one limb (`quad-tile.ts`). */
abstract class Pairs {}
export abstract class Quads {}

// @ts-ignore: decorator
@inline
function dotOf<E>(sum: v128, q: v128, d: v128): v128 {
  return idof<E>() == idof<Quads>() ? dotFour(sum, q, d) : dot(sum, q, d)
}

/** Two document rows by four query vectors, or by five. With `Quads`, `sums` has the i32 that the sums of each row start with. */
export function tile2<V, E>(
  query: usize,
  best: usize,
  bestStride: usize,
  bytes: usize,
  stride: usize,
  document: usize,
  rows: i32,
  sums: usize,
): void {
  const isFive = idof<V>() == idof<Five>()
  const isQuads = idof<E>() == idof<Quads>()
  const end = query + (bytes << 2) * (isFive ? 5 : 4)
  for (; rows > 0; rows -= 2) {
    let d0 = document
    let d1 = rows > 1 ? d0 + stride : d0
    document += stride << 1
    let a0 = isQuads ? v128.load32_splat(sums) : i32x4.splat(0), a1 = a0, a2 = a0, a3 = a0, a4 = a0
    let b0 = isQuads ? v128.load32_splat(rows > 1 ? sums + 4 : sums) : a0, b1 = b0, b2 = b0, b3 = b0, b4 = b0
    sums += 8
    let q = query
    while (q < end) {
      const x = v128.load32_splat(d0)
      const y = v128.load32_splat(d1)
      let v = v128.load(q)
      a0 = dotOf<E>(a0, v, x)
      b0 = dotOf<E>(b0, v, y)
      v = v128.load(q, 16)
      a1 = dotOf<E>(a1, v, x)
      b1 = dotOf<E>(b1, v, y)
      v = v128.load(q, 32)
      a2 = dotOf<E>(a2, v, x)
      b2 = dotOf<E>(b2, v, y)
      v = v128.load(q, 48)
      a3 = dotOf<E>(a3, v, x)
      b3 = dotOf<E>(b3, v, y)
      if (isFive) {
        v = v128.load(q, 64)
        a4 = dotOf<E>(a4, v, x)
        b4 = dotOf<E>(b4, v, y)
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

/** Four document rows by two query vectors. */
function tile4x2(
  query: usize,
  best: usize,
  bestStride: usize,
  bytes: usize,
  stride: usize,
  document: usize,
  rows: i32,
): void {
  const end = query + (bytes << 3)
  const last = document + <usize>(rows - 1) * stride
  for (; rows > 0; rows -= 4) {
    let d0 = document
    let d1 = min(d0 + stride, last)
    let d2 = min(d1 + stride, last)
    let d3 = min(d2 + stride, last)
    document += stride << 2
    let a0 = i32x4.splat(0), b0 = i32x4.splat(0), c0 = i32x4.splat(0), e0 = i32x4.splat(0)
    let a1 = i32x4.splat(0), b1 = i32x4.splat(0), c1 = i32x4.splat(0), e1 = i32x4.splat(0)
    let q = query
    while (q < end) {
      const x0 = v128.load32_splat(d0)
      const x1 = v128.load32_splat(d1)
      const x2 = v128.load32_splat(d2)
      const x3 = v128.load32_splat(d3)
      let v = v128.load(q)
      a0 = dot(a0, v, x0)
      b0 = dot(b0, v, x1)
      c0 = dot(c0, v, x2)
      e0 = dot(e0, v, x3)
      v = v128.load(q, 16)
      a1 = dot(a1, v, x0)
      b1 = dot(b1, v, x1)
      c1 = dot(c1, v, x2)
      e1 = dot(e1, v, x3)
      q += 32
      d0 += 4
      d1 += 4
      d2 += 4
      d3 += 4
    }
    if (bestStride) {
      keep(best, a0)
      keep(best + 16, a1)
      best += bestStride
      keep(best, b0)
      keep(best + 16, b1)
      best += bestStride
      keep(best, c0)
      keep(best + 16, c1)
      best += bestStride
      keep(best, e0)
      keep(best + 16, e1)
      best += bestStride
    } else {
      keep(best, i32x4.max_s(i32x4.max_s(a0, b0), i32x4.max_s(c0, e0)))
      keep(best + 16, i32x4.max_s(i32x4.max_s(a1, b1), i32x4.max_s(c1, e1)))
    }
  }
}

/** Returns the sum of four lanes. */
// @ts-ignore: decorator
@inline
export function sumOf(lanes: v128): i32 {
  const pairs = i32x4.add(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1))
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)
}

/** Stores at `best` the larger of the value there and the sum of four lanes. */
// @ts-ignore: decorator
@inline
export function keepSum(best: usize, lanes: v128): void {
  store<i32>(best, max(load<i32>(best), sumOf(lanes)))
}

/**
 * Matches the last four query rows or fewer, which are not packed. The lanes are dims, eight per step, so that no lane
 * is empty. Document rows are read one by one, from end to end, each for two query rows at a time.
 */
function matchFew(
  query: usize,
  best: usize,
  bestStride: usize,
  queryRows: i32,
  bytes: usize,
  stride: usize,
  document: usize,
  rows: i32,
): void {
  const queryStride = (bytes + 15) & ~15
  for (; rows > 0; rows--) {
    for (let first = 0; first < queryRows; first += 2) {
      let a = i32x4.splat(0), b = i32x4.splat(0)
      let q = query + queryStride * <usize>first
      const end = q + bytes
      for (let d = document; q < end; d += 16) {
        const x = v128.load(d)
        a = dot(a, v128.load(q), x)
        b = dot(b, v128.load(q + queryStride), x)
        q += 16
      }
      keepSum(best + (<usize>first << 2), a)
      keepSum(best + (<usize>first << 2) + 4, b)
    }
    document += stride
    best += bestStride
  }
}

/** `matchRows` of `tile.ts` for rows of `bytes` bytes of int16, `stride` bytes apart. */
export function matchFixedRows(
  query: usize,
  best: usize,
  bestStride: usize,
  queryRows: i32,
  bytes: usize,
  stride: usize,
  document: usize,
  rows: i32,
): void {
  while (queryRows > 4) {
    const width = fixedWidth(<i32>vectorsOf(queryRows))
    if (width == 5) tile2<Five, Pairs>(query, best, bestStride, bytes, stride, document, rows, 0)
    else if (width == 4) tile2<Four, Pairs>(query, best, bestStride, bytes, stride, document, rows, 0)
    else tile4x2(query, best, bestStride, bytes, stride, document, rows)
    query += (bytes << 2) * <usize>width
    best += 16 * <usize>width
    queryRows -= width << 2
  }
  if (queryRows > 0) matchFew(query, best, bestStride, queryRows, bytes, stride, document, rows)
}
