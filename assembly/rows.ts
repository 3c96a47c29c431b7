// Incoming rows: their largest element and their length, and the layout of a query for the f32 tiles.

import { panelWidth, vectorsOf } from './tile'

const INFINITY_BITS: u32 = 0x7f800000

/** Returns the largest absolute value of `count` f32, or Infinity if one of them is infinite or NaN. */
export function largest(values: usize, count: i32): f32 {
  // without the sign bit, floats compare as integers do, and infinity and NaN are larger than all numbers
  const magnitude = i32x4.splat(0x7fffffff)
  let lanes = i32x4.splat(0)
  for (; count >= 4; count -= 4) {
    lanes = i32x4.max_u(lanes, v128.and(v128.load(values), magnitude))
    values += 16
  }
  for (; count > 0; count--) {
    lanes = i32x4.max_u(lanes, v128.and(v128.load32_zero(values), magnitude))
    values += 4
  }
  const pairs = i32x4.max_u(lanes, v128.shuffle<i32>(lanes, lanes, 2, 3, 0, 1))
  const bits = i32x4.extract_lane(i32x4.max_u(pairs, v128.shuffle<i32>(pairs, pairs, 1, 0, 3, 2)), 0)
  return <u32>bits >= INFINITY_BITS ? f32.reinterpret_i32(INFINITY_BITS) : reinterpret<f32>(bits)
}

/**
 * Divides each of `rows` rows by its Euclidean length, in place, as Qdrant does for Cosine: a row whose squared length
 * is below f32's epsilon, or within 1e-6 of 1, is unchanged. Lengths are summed in f64, so that no finite row
 * overflows.
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
 * Lays `rows` query rows of `dim` f32, and those that fill the last vector, out for the f32 tiles: panels of 4, 2 or 1
 * vectors, each `[dim][vectors][4 rows]`. A single row is copied. `packed` takes as many bytes as the rows of whole
 * vectors.
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

/**
 * Writes the figures of a query row that is rounded to whole numbers at `scale`: f64 1 / scale to `factor`, and as f32,
 * rounded up, the row's length to `length` and the length of its rounding error to `error`.
 */
export function storeFigures(row: usize, dim: usize, scale: f64, factor: usize, length: usize, error: usize): void {
  let square: f64 = 0
  let errorSquare: f64 = 0
  for (const end = row + (dim << 2); row < end; row += 4) {
    const value = <f64>load<f32>(row)
    const difference = value - nearest(value * scale) / scale
    square += value * value
    errorSquare += difference * difference
  }
  store<f64>(factor, 1 / scale)
  store<f32>(length, <f32>(Math.sqrt(square) * 1.000001))
  store<f32>(error, <f32>(Math.sqrt(errorSquare) * 1.000001))
}
