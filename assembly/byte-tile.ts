// The tiles for queries of signed bytes, which screen int8 documents where the engine adds four products of int8 with several
// instructions: one document row by up to 20 query rows.
//
// The instruction for two products needs one factor that is unsigned. That is the document, whose highest bits are flipped, which
// adds 128:
//
//   Σ w·d = Σ w·(d + 128) - 128 Σ w
//
// The last term is the same for all document rows. It is packed after the panel, and the sums start with it.
//
// Adding takes as long as multiplying. So the sums of two products are added in int16 over 16 dims, eight products in each lane,
// before they are widened to int32: nine instructions for 64 products. They fit int16, because the scale of a query row keeps the
// positive numbers of a lane, and the negative ones, within 128: 128 x 255 < 2^15 (`BYTE_LANE_SUM`).
//
//   query panel, packed [dim / 16][V][4][4 rows x 4 dims]     document, rows of int8: 16 dims per step
//
// Beyond the last dim the query's bytes are 0, so that the document's bytes there do not count.

import { Five, Four, keep } from './fixed-tile'
import { dotTwo } from './int8-products'
import { storeFigures } from './rows'
import { vectorsOf } from './tile'

/** The largest sum of the positive elements of a lane, or of the negative ones, before they are rounded: 8 / 2 less than 128. */
export const BYTE_LANE_SUM: i32 = 124

/** The width of a tile in query vectors, besides `Four` and `Five`. */
abstract class One {}
abstract class Two {}
abstract class Three {}

/** Bytes of a panel for each of its vectors, without the term that follows it. */
// @ts-ignore: decorator
@inline
function bytesOf(dim: usize): usize {
  return (dim + 15) >> 4 << 6
}

/** The number of vectors in the next panel when `vectors` remain: five at most, and never one after four. */
function byteWidth(vectors: i32): i32 {
  return vectors > 5 ? 4 : vectors
}

/**
 * Returns the largest sum of positive elements, or of negative ones, in a lane: it has the first two of every four elements of
 * 16, or the last two.
 */
function laneSum(row: usize, dim: usize): f64 {
  let largest: f64 = 0
  for (let lane: usize = 0; lane < (dim + 15) >> 4 << 1; lane++) {
    let sum: f64 = 0, absolute: f64 = 0
    for (let i: usize = 0; i < 8; i++) {
      const k = (lane >> 1 << 4) + ((lane & 1) << 1) + (i >> 1 << 2) + (i & 1)
      if (k >= dim) break
      const value = <f64>load<f32>(row + (k << 2))
      sum += value
      absolute += Math.abs(value)
    }
    largest = max(largest, (absolute + Math.abs(sum)) / 2)
  }
  return largest
}

/** `packFixed` for BYTES. */
export function packBytes(
  query: usize,
  rows: i32,
  dim: usize,
  packed: usize,
  factors: usize,
  lengths: usize,
  errors: usize,
): void {
  for (let vectors = <i32>vectorsOf(rows); vectors > 0; ) {
    const width = <usize>byteWidth(vectors)
    const starts = packed + bytesOf(dim) * width
    memory.fill(packed, 0, bytesOf(dim) * width)
    for (let row: usize = 0; row < width << 2; row++) {
      const largest = laneSum(query, dim)
      const scale = largest == 0 ? 1 : <f64>BYTE_LANE_SUM / largest
      // where the row's first four bytes are; the next four are 16 bytes further
      const bytes = packed + (row >> 2 << 6) + ((row & 3) << 2)
      let sum = 0
      for (let k: usize = 0; k < dim; k++) {
        const whole = <i32>nearest(<f64>load<f32>(query + (k << 2)) * scale)
        sum += whole
        store<u8>(bytes + (k >> 4) * (width << 6) + ((k >> 2 & 3) << 4) + (k & 3), <u8>whole)
      }
      store<i32>(starts + (row << 2), -128 * sum)
      storeFigures(query, dim, scale, factors, lengths, errors)
      query += dim << 2
      factors += 8
      lengths += 4
      errors += 4
    }
    packed = starts + (width << 4)
    vectors -= <i32>width
  }
}

/** Adds the products of 16 dims of a query vector, four of them at a time. */
// @ts-ignore: decorator
@inline
function dot(sum: v128, q: usize, x: v128, y: v128, z: v128, w: v128, ones: v128): v128 {
  let pairs = dotTwo(v128.load(q), x)
  pairs = i16x8.add(pairs, dotTwo(v128.load(q, 16), y))
  pairs = i16x8.add(pairs, dotTwo(v128.load(q, 32), z))
  pairs = i16x8.add(pairs, dotTwo(v128.load(q, 48), w))
  return i32x4.add(sum, i32x4.dot_i16x8_s(pairs, ones))
}

/** Document rows by the query rows of a panel. */
function tile<V>(query: usize, best: usize, bestStride: usize, dim: usize, document: usize, rows: i32): void {
  const isFive = idof<V>() == idof<Five>()
  const isFour = isFive || idof<V>() == idof<Four>()
  const isThree = isFour || idof<V>() == idof<Three>()
  const isTwo = isThree || idof<V>() == idof<Two>()
  const width: usize = isFive ? 5 : isFour ? 4 : isThree ? 3 : isTwo ? 2 : 1
  const end = query + bytesOf(dim) * width
  // made of `rows`, because the engine would load constants again for each product
  const ones = i16x8.splat(<i16>min(rows, 1))
  const flip = i8x16.splat(<i8>(min(rows, 1) << 7))
  for (; rows > 0; rows--) {
    let a = v128.load(end)
    let b = isTwo ? v128.load(end, 16) : a
    let c = isThree ? v128.load(end, 32) : a
    let e = isFour ? v128.load(end, 48) : a
    let f = isFive ? v128.load(end, 64) : a
    let d = document
    document += dim
    for (let q = query; q < end; q += width << 6) {
      const x = v128.xor(v128.load32_splat(d), flip)
      const y = v128.xor(v128.load32_splat(d, 4), flip)
      const z = v128.xor(v128.load32_splat(d, 8), flip)
      const w = v128.xor(v128.load32_splat(d, 12), flip)
      a = dot(a, q, x, y, z, w, ones)
      if (isTwo) b = dot(b, q + 64, x, y, z, w, ones)
      if (isThree) c = dot(c, q + 128, x, y, z, w, ones)
      if (isFour) e = dot(e, q + 192, x, y, z, w, ones)
      if (isFive) f = dot(f, q + 256, x, y, z, w, ones)
      d += 16
    }
    keep(best, a)
    if (isTwo) keep(best + 16, b)
    if (isThree) keep(best + 32, c)
    if (isFour) keep(best + 48, e)
    if (isFive) keep(best + 64, f)
    best += bestStride
  }
}

/** Matches rows of int8 with each query in turn. */
export function matchBytes(
  query: usize,
  best: usize,
  bestStride: usize,
  counts: usize,
  queries: i32,
  dim: usize,
  document: usize,
  rows: i32,
): void {
  for (; queries > 0; queries--) {
    for (let vectors = <i32>vectorsOf(load<i32>(counts)); vectors > 0; ) {
      const width = byteWidth(vectors)
      if (width == 5) tile<Five>(query, best, bestStride, dim, document, rows)
      else if (width == 4) tile<Four>(query, best, bestStride, dim, document, rows)
      else if (width == 3) tile<Three>(query, best, bestStride, dim, document, rows)
      else if (width == 2) tile<Two>(query, best, bestStride, dim, document, rows)
      else tile<One>(query, best, bestStride, dim, document, rows)
      query += (bytesOf(dim) + 16) * <usize>width
      best += <usize>width << 4
      vectors -= width
    }
    counts += 4
  }
}
