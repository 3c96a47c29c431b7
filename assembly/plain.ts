// Slow variants of `maxsim`: one with f64 sums, for values whose f32 sums could overflow, and one that returns every
// similarity. Both take f32 documents and unpacked query rows.

import {
  accumulateByCode,
  accumulateWide,
  Dot,
  DOT,
  Euclid,
  EUCLID,
  isLargerBetterByCode,
  Manhattan,
  MANHATTAN,
  scoreOfSum,
} from './metric'
import { similarity } from './row'

/** Returns the similarity of two rows, summed in f64. `stride`: bytes of a row. */
function similarityWide<M>(query: usize, row: usize, stride: usize): f64 {
  let sum: f64 = 0
  for (const end = query + stride; query < end; query += 4) {
    sum = accumulateWide<M>(sum, <f64>load<f32>(query), <f64>load<f32>(row))
    row += 4
  }
  return sum
}

/** `similarityWide` for a metric by code. */
function similarityWideByCode(metric: i32, query: usize, row: usize, stride: usize): f64 {
  if (metric == DOT) return similarityWide<Dot>(query, row, stride)
  if (metric == EUCLID) return similarityWide<Euclid>(query, row, stride)
  if (metric == MANHATTAN) return similarityWide<Manhattan>(query, row, stride)
  return unreachable()
}

/**
 * Writes the score of one F32 document for one query, with f64 sums: slow, but correct where f32 sums would overflow.
 * `query` has `queryRows` rows of `dim` f32 that are not packed.
 */
export function maxsimWide(
  metric: i32,
  query: usize,
  weights: usize,
  queryRows: i32,
  dim: usize,
  document: usize,
  rows: i32,
  score: usize,
): void {
  const stride = dim << 2
  const sign: f64 = isLargerBetterByCode(metric) ? 1 : -1
  let sum: f64 = 0
  for (; queryRows > 0; queryRows--) {
    let row = document
    let best = -Infinity
    for (let left = rows; left > 0; left--) {
      best = max(best, sign * similarityWideByCode(metric, query, row, stride))
      row += stride
    }
    sum += sign * best * <f64>load<f32>(weights)
    query += stride
    weights += 4
  }
  store<f32>(score, <f32>scoreOfSum(metric, sum))
}

/** Returns the similarity of two rows in the tiles' order of operations: one dim after the other. */
function similarityInOrder(metric: i32, query: usize, row: usize, stride: usize): v128 {
  let sum = f32x4.splat(0)
  for (const end = query + stride; query < end; query += 4) {
    sum = accumulateByCode(metric, sum, v128.load32_splat(query), v128.load32_splat(row))
    row += 4
  }
  return sum
}

/**
 * Writes every similarity of the `queryRows` unpacked query rows with a document to `out`: `queryRows` x `rows` f32,
 * Euclid's squared. The operations and their order are those of `maxsim`, or, if `wide`, of `maxsimWide`. So the best
 * of a query row has the same bits as the one in the score.
 */
export function similarities(
  metric: i32,
  wide: bool,
  query: usize,
  queryRows: i32,
  dim: usize,
  document: usize,
  rows: i32,
  out: usize,
): void {
  const stride = dim << 2
  const isOneRow = queryRows == 1
  for (; queryRows > 0; queryRows--) {
    let row = document
    for (let left = rows; left > 0; left--) {
      let value: f32
      if (wide) value = <f32>similarityWideByCode(metric, query, row, stride)
      else if (isOneRow) value = f32x4.extract_lane(similarity(metric, query, row, dim), 0)
      else value = f32x4.extract_lane(similarityInOrder(metric, query, row, stride), 0)
      store<f32>(out, value)
      out += 4
      row += stride
    }
    query += stride
  }
}
