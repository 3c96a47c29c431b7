// The f32 register tiles: the file to change for a different tile shape.
//
// A tile multiplies R document rows by V vectors of four query rows (one query row in each lane), with R x V = 8
// accumulators. That many fit into 16 registers with the operands, and are enough to hide the latency of an add.
//
//   query panel, packed [dim][V][4 rows]      document, one row after the other
//     q0: row 0 1 2 3 | q1: row 4 5 6 7 ...     d0 ───────▶ one element per step, in all four lanes
//                                               d1 ───────▶
//
// Lanes are never added to each other. The best similarity so far of each query row is in memory between tiles, so that
// a document can be read in pieces and several queries can share a piece.
//
// `bestStride` is the distance in bytes between the best similarities of two document rows: 0 for the rows of one
// document, which share them, else what separates the rows of several documents (`maxsim.ts`). In the second case up to
// R - 1 rows more than the group has are written. A tile that has too few rows reads the last one again, which does not
// change a maximum.
//
// 2 x 4 is the fastest shape (six loads for eight multiply-adds). The query vectors that remain use narrower panels
// with more document rows. 1 x 8 was as fast with relaxed SIMD, but spilled registers in V8 11 (0.4 of the speed);
// unrolling over dim spilled too.

import { accumulate, better } from './metric'

/**
 * From this number of rows on, the R rows of a tile come from R parts of the document that are each read in order,
 * which suits the CPU's prefetcher; in shorter documents they are neighbours. With W0 beyond the caches this was 1.10
 * times as fast (Zen 5, both binaries); for documents of a few rows it was slower.
 */
export const MIN_ROWS_FOR_PARTS: i32 = 64

/** The number of vectors that `rows` query rows take, four rows each. */
// @ts-ignore: decorator
@inline
export function vectorsOf(rows: i32): usize {
  return <usize>((rows + 3) >> 2)
}

/** The number of vectors in the next panel when `vectors` remain: 4, 2 or 1. */
// @ts-ignore: decorator
@inline
export function panelWidth(vectors: i32): i32 {
  return vectors >= 4 ? 4 : vectors >= 2 ? 2 : 1
}

/** Stores at `best` the better of the values there and a row's sums. */
// @ts-ignore: decorator
@inline
function keep<M>(best: usize, sums: v128): void {
  v128.store(best, better<M>(v128.load(best), sums))
}

/** Two document rows by four query vectors, which are sixteen query rows. */
function tile2x4<M>(query: usize, best: usize, bestStride: usize, dim: usize, document: usize, rows: i32): void {
  const end = query + (dim << 6)
  const stride = dim << 2
  const last = document + <usize>(rows - 1) * stride
  const steps = (rows + 1) >> 1
  const gap = rows < MIN_ROWS_FOR_PARTS ? stride : <usize>steps * stride
  const step = rows < MIN_ROWS_FOR_PARTS ? stride << 1 : stride
  let row = document
  for (let left = steps; left > 0; left--) {
    let d0 = row
    let d1 = min(row + gap, last)
    row += step
    let a0 = f32x4.splat(0), a1 = f32x4.splat(0), a2 = f32x4.splat(0), a3 = f32x4.splat(0)
    let b0 = f32x4.splat(0), b1 = f32x4.splat(0), b2 = f32x4.splat(0), b3 = f32x4.splat(0)
    let q = query
    while (q < end) {
      const x = v128.load32_splat(d0)
      const y = v128.load32_splat(d1)
      let v = v128.load(q)
      a0 = accumulate<M>(a0, v, x)
      b0 = accumulate<M>(b0, v, y)
      v = v128.load(q, 16)
      a1 = accumulate<M>(a1, v, x)
      b1 = accumulate<M>(b1, v, y)
      v = v128.load(q, 32)
      a2 = accumulate<M>(a2, v, x)
      b2 = accumulate<M>(b2, v, y)
      v = v128.load(q, 48)
      a3 = accumulate<M>(a3, v, x)
      b3 = accumulate<M>(b3, v, y)
      q += 64
      d0 += 4
      d1 += 4
    }
    keep<M>(best, a0)
    keep<M>(best + 16, a1)
    keep<M>(best + 32, a2)
    keep<M>(best + 48, a3)
    best += bestStride
    keep<M>(best, b0)
    keep<M>(best + 16, b1)
    keep<M>(best + 32, b2)
    keep<M>(best + 48, b3)
    best += bestStride
  }
}

/** Four document rows by two query vectors, which are eight query rows. */
function tile4x2<M>(query: usize, best: usize, bestStride: usize, dim: usize, document: usize, rows: i32): void {
  const end = query + (dim << 5)
  const stride = dim << 2
  const last = document + <usize>(rows - 1) * stride
  const steps = (rows + 3) >> 2
  const gap = rows < MIN_ROWS_FOR_PARTS ? stride : <usize>steps * stride
  const step = rows < MIN_ROWS_FOR_PARTS ? stride << 2 : stride
  let row = document
  for (let left = steps; left > 0; left--) {
    let d0 = row
    let d1 = min(row + gap, last)
    let d2 = min(d1 + gap, last)
    let d3 = min(d2 + gap, last)
    row += step
    let a0 = f32x4.splat(0), b0 = f32x4.splat(0), c0 = f32x4.splat(0), e0 = f32x4.splat(0)
    let a1 = f32x4.splat(0), b1 = f32x4.splat(0), c1 = f32x4.splat(0), e1 = f32x4.splat(0)
    let q = query
    while (q < end) {
      const x0 = v128.load32_splat(d0)
      const x1 = v128.load32_splat(d1)
      const x2 = v128.load32_splat(d2)
      const x3 = v128.load32_splat(d3)
      let v = v128.load(q)
      a0 = accumulate<M>(a0, v, x0)
      b0 = accumulate<M>(b0, v, x1)
      c0 = accumulate<M>(c0, v, x2)
      e0 = accumulate<M>(e0, v, x3)
      v = v128.load(q, 16)
      a1 = accumulate<M>(a1, v, x0)
      b1 = accumulate<M>(b1, v, x1)
      c1 = accumulate<M>(c1, v, x2)
      e1 = accumulate<M>(e1, v, x3)
      q += 32
      d0 += 4
      d1 += 4
      d2 += 4
      d3 += 4
    }
    if (bestStride) {
      keep<M>(best, a0)
      keep<M>(best + 16, a1)
      best += bestStride
      keep<M>(best, b0)
      keep<M>(best + 16, b1)
      best += bestStride
      keep<M>(best, c0)
      keep<M>(best + 16, c1)
      best += bestStride
      keep<M>(best, e0)
      keep<M>(best + 16, e1)
      best += bestStride
    } else {
      keep<M>(best, better<M>(better<M>(a0, b0), better<M>(c0, e0)))
      keep<M>(best + 16, better<M>(better<M>(a1, b1), better<M>(c1, e1)))
    }
  }
}

/** Four document rows by one query vector, which is the last four query rows. */
function tile4x1<M>(query: usize, best: usize, bestStride: usize, dim: usize, document: usize, rows: i32): void {
  const end = query + (dim << 4)
  const stride = dim << 2
  const last = document + <usize>(rows - 1) * stride
  const steps = (rows + 3) >> 2
  const gap = rows < MIN_ROWS_FOR_PARTS ? stride : <usize>steps * stride
  const step = rows < MIN_ROWS_FOR_PARTS ? stride << 2 : stride
  let row = document
  for (let left = steps; left > 0; left--) {
    let d0 = row
    let d1 = min(row + gap, last)
    let d2 = min(d1 + gap, last)
    let d3 = min(d2 + gap, last)
    row += step
    let a = f32x4.splat(0), b = f32x4.splat(0), c = f32x4.splat(0), e = f32x4.splat(0)
    let q = query
    while (q < end) {
      const v = v128.load(q)
      a = accumulate<M>(a, v, v128.load32_splat(d0))
      b = accumulate<M>(b, v, v128.load32_splat(d1))
      c = accumulate<M>(c, v, v128.load32_splat(d2))
      e = accumulate<M>(e, v, v128.load32_splat(d3))
      q += 16
      d0 += 4
      d1 += 4
      d2 += 4
      d3 += 4
    }
    keep<M>(best, a)
    best += bestStride
    keep<M>(best, b)
    best += bestStride
    keep<M>(best, c)
    best += bestStride
    keep<M>(best, e)
    best += bestStride
  }
}

/**
 * Computes the similarities of `rows` document rows with all `vectors` of a packed query, and keeps the best of each
 * lane in `best`.
 */
export function matchRows<M>(
  query: usize,
  best: usize,
  bestStride: usize,
  vectors: usize,
  dim: usize,
  document: usize,
  rows: i32,
): void {
  while (vectors > 0) {
    const width = panelWidth(<i32>vectors)
    if (width == 4) tile2x4<M>(query, best, bestStride, dim, document, rows)
    else if (width == 2) tile4x2<M>(query, best, bestStride, dim, document, rows)
    else tile4x1<M>(query, best, bestStride, dim, document, rows)
    query += (dim << 4) * <usize>width
    best += 16 * <usize>width
    vectors -= <usize>width
  }
}
