// The f32 register tiles: the only file to change when a better shape is found.
//
// A tile holds R document rows against V vectors of four query rows (one query row a lane) in R x V = 8 accumulators,
// which is what 16 registers carry without spilling, and enough to hide the latency of an add.
//
//   query panel, packed [dim][V][4 rows]      document, row after row
//     q0: row 0 1 2 3 | q1: row 4 5 6 7 ...     d0 ───────▶ one scalar a step, splat to four lanes
//                                               d1 ───────▶
//
// Nothing is summed across lanes. The best so far of each query row is kept in memory between tiles, so that a document
// can come in pieces and many queries can share a piece. `apart` is how far apart the bests of two document rows are: 0
// for the rows of one document, which share one, or what keeps those of several documents' rows apart (`maxsim.ts`); a few
// rows more than there are may be written then. The tail re-reads the last row: a maximum does not mind.
// 2 x 4 is the fastest (six loads for eight multiply-adds); what is left of the query's vectors takes narrower panels
// with more document rows. 1 x 8 was as fast on relaxed SIMD, and spills in V8 11 (0.4). Unrolling over dim made V8 spill.

import { accumulate, better } from './metric'

/**
 * From so many rows on, the R rows of a tile come from R runs that are each read in order, which is what the CPU
 * prefetches; in a shorter document they are neighbours. W0 from beyond the caches: 1.10 times as fast (Zen 5, both
 * binaries); runs of a few rows were slower than neighbours.
 */
const LONG: i32 = 64

/** Vectors of four query rows. */
// @ts-ignore: decorator
@inline
export function vectorsOf(rows: i32): usize {
  return <usize>((rows + 3) >> 2)
}

/** How many vectors the next panel has when `vectors` are left: 4, 2 or 1. */
// @ts-ignore: decorator
@inline
export function panelWidth(vectors: i32): i32 {
  return vectors >= 4 ? 4 : vectors >= 2 ? 2 : 1
}

/** Keeps at `best` the better of what is there and a row's sums. */
// @ts-ignore: decorator
@inline
function keep<M>(best: usize, sums: v128): void {
  v128.store(best, better<M>(v128.load(best), sums))
}

/** Two document rows x four query vectors: sixteen query rows. */
function tile2x4<M>(query: usize, best: usize, apart: usize, dim: usize, document: usize, rows: i32): void {
  const end = query + (dim << 6)
  const stride = dim << 2
  const last = document + <usize>(rows - 1) * stride
  const turns = (rows + 1) >> 1
  const gap = rows < LONG ? stride : <usize>turns * stride
  const step = rows < LONG ? stride << 1 : stride
  let row = document
  for (let left = turns; left > 0; left--) {
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
    best += apart
    keep<M>(best, b0)
    keep<M>(best + 16, b1)
    keep<M>(best + 32, b2)
    keep<M>(best + 48, b3)
    best += apart
  }
}

/** Four document rows x two query vectors: eight query rows. */
function tile4x2<M>(query: usize, best: usize, apart: usize, dim: usize, document: usize, rows: i32): void {
  const end = query + (dim << 5)
  const stride = dim << 2
  const last = document + <usize>(rows - 1) * stride
  const turns = (rows + 3) >> 2
  const gap = rows < LONG ? stride : <usize>turns * stride
  const step = rows < LONG ? stride << 2 : stride
  let row = document
  for (let left = turns; left > 0; left--) {
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
    if (apart) {
      keep<M>(best, a0)
      keep<M>(best + 16, a1)
      best += apart
      keep<M>(best, b0)
      keep<M>(best + 16, b1)
      best += apart
      keep<M>(best, c0)
      keep<M>(best + 16, c1)
      best += apart
      keep<M>(best, e0)
      keep<M>(best + 16, e1)
      best += apart
    } else {
      keep<M>(best, better<M>(better<M>(a0, b0), better<M>(c0, e0)))
      keep<M>(best + 16, better<M>(better<M>(a1, b1), better<M>(c1, e1)))
    }
  }
}

/** Four document rows x one query vector: the last four query rows. */
function tile4x1<M>(query: usize, best: usize, apart: usize, dim: usize, document: usize, rows: i32): void {
  const end = query + (dim << 4)
  const stride = dim << 2
  const last = document + <usize>(rows - 1) * stride
  const turns = (rows + 3) >> 2
  const gap = rows < LONG ? stride : <usize>turns * stride
  const step = rows < LONG ? stride << 2 : stride
  let row = document
  for (let left = turns; left > 0; left--) {
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
    best += apart
    keep<M>(best, b)
    best += apart
    keep<M>(best, c)
    best += apart
    keep<M>(best, e)
    best += apart
  }
}

/** Holds `rows` document rows against all `vectors` of a packed query, and keeps the best of each lane in `best`. */
export function matchRows<M>(query: usize, best: usize, apart: usize, vectors: usize, dim: usize, document: usize, rows: i32): void {
  while (vectors > 0) {
    const width = panelWidth(<i32>vectors)
    if (width == 4) tile2x4<M>(query, best, apart, dim, document, rows)
    else if (width == 2) tile4x2<M>(query, best, apart, dim, document, rows)
    else tile4x1<M>(query, best, apart, dim, document, rows)
    query += (dim << 4) * <usize>width
    best += 16 * <usize>width
    vectors -= <usize>width
  }
}
