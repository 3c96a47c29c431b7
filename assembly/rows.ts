// Rows on their way in: are they finite, how long are they, and the query's layout for the tiles.

import { panelWidth, vectorsOf } from './tile'

const INFINITY_BITS: u32 = 0x7f800000

/** The largest absolute value among `count` f32; Infinity if any of them is infinite or NaN. */
export function largest(values: usize, count: i32): f32 {
  // without the sign bit, floats order as integers do, with infinity and NaN above all numbers
  const magnitude = i32x4.splat(0x7fffffff)
  let most = i32x4.splat(0)
  let at = values
  let left = count
  for (; left >= 4; left -= 4) {
    most = i32x4.max_u(most, v128.and(v128.load(at), magnitude))
    at += 16
  }
  for (; left > 0; left--) {
    most = i32x4.max_u(most, v128.and(v128.load32_zero(at), magnitude))
    at += 4
  }
  const pairs = i32x4.max_u(most, v128.shuffle<i32>(most, most, 2, 3, 0, 1))
  const bits = i32x4.extract_lane(i32x4.max_u(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2)), 0)
  return <u32>bits >= INFINITY_BITS ? f32.reinterpret_i32(INFINITY_BITS) : reinterpret<f32>(bits)
}

/**
 * Divides each of `rows` rows by its Euclidean length, in place, by Qdrant's rule: a row whose squared length is below
 * f32's epsilon, or within 1e-6 of 1, stays as it is. Lengths are summed in f64, so that no finite row overflows.
 */
export function normalize(values: usize, rows: i32, dim: usize): void {
  const stride = dim << 2
  for (; rows > 0; rows--) {
    const end = values + stride
    let sum: f64 = 0
    for (let at = values; at < end; at += 4) {
      const value = <f64>load<f32>(at)
      sum += value * value
    }
    const square = <f32>sum
    if (square >= f32.EPSILON && Mathf.abs(square - 1) > 1e-6) {
      const length = Math.sqrt(sum)
      for (let at = values; at < end; at += 4) store<f32>(at, <f32>(<f64>load<f32>(at) / length))
    }
    values = end
  }
}

/**
 * Lays `rows` query rows of `dim` f32, and those that fill up the last vector, out for the tiles: panels of 4, 2 or 1
 * vectors, each `[dim][vectors][4 rows]`; a single row stays as it is. `packed` takes as many bytes as they have.
 */
export function pack(query: usize, rows: i32, dim: usize, packed: usize): void {
  const stride = dim << 2
  if (rows == 1) return memory.copy(packed, query, stride)
  let vectors = <i32>vectorsOf(rows)
  while (vectors > 0) {
    const lanes = panelWidth(vectors) << 2
    for (let k: usize = 0; k < stride; k += 4) {
      let row = query + k
      for (let lane = 0; lane < lanes; lane++) {
        store<f32>(packed, load<f32>(row))
        row += stride
        packed += 4
      }
    }
    query += stride * <usize>lanes
    vectors -= lanes >> 2
  }
}
