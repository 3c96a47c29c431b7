// The slow twins of `maxsim`: one in f64 for values whose f32 sums could overflow, and one that shows every similarity.
// Both take f32 rows and the query's rows as they came.

import { accumulateWide, Dot, DOT, Euclid, EUCLID, Manhattan } from './metric'
import { add, similarity } from './row'

/** The similarity of two rows with its sum in f64. */
function similarityWide<M>(query: usize, row: usize, stride: usize): f64 {
  let sum: f64 = 0
  for (const end = query + stride; query < end; query += 4) {
    sum = accumulateWide<M>(sum, <f64>load<f32>(query), <f64>load<f32>(row))
    row += 4
  }
  return sum
}

/**
 * `maxsim` of one query and f32 rows, from query rows as they came (`rows` x `dim`), with every sum in f64: slow, and
 * right where f32 sums would overflow.
 */
export function maxsimWide(metric: i32, query: usize, weights: usize, queryRows: i32, dim: usize, table: usize, count: i32, scores: usize): void {
  if (metric == DOT) scoreAllWide<Dot>(query, weights, queryRows, dim, table, count, scores)
  else if (metric == EUCLID) scoreAllWide<Euclid>(query, weights, queryRows, dim, table, count, scores)
  else scoreAllWide<Manhattan>(query, weights, queryRows, dim, table, count, scores)
}

function scoreAllWide<M>(query: usize, weights: usize, queryRows: i32, dim: usize, table: usize, count: i32, scores: usize): void {
  const stride = dim << 2
  for (let i = 0; i < count; i++) {
    let sum: f64 = 0
    for (let row = 0; row < queryRows; row++) {
      let document = <usize>load<u32>(table)
      let best: f64 = idof<M>() == idof<Dot>() ? -Infinity : Infinity
      for (let left = load<i32>(table, 4); left > 0; left--) {
        const similarity = similarityWide<M>(query + <usize>row * stride, document, stride)
        if (idof<M>() == idof<Dot>() ? similarity > best : similarity < best) best = similarity
        document += stride
      }
      sum += best * <f64>load<f32>(weights + (<usize>row << 2))
    }
    store<f32>(scores, <f32>(idof<M>() == idof<Euclid>() ? Math.sqrt(sum) : sum))
    table += 16
    scores += 4
  }
}

/** The similarity of two rows as the tiles have it: one dim after another. */
function inOrder(metric: i32, query: usize, row: usize, stride: usize): v128 {
  let sum = f32x4.splat(0)
  for (const end = query + stride; query < end; query += 4) {
    sum = add(metric, sum, v128.load32_splat(query), v128.load32_splat(row))
    row += 4
  }
  return sum
}

/**
 * Every similarity between `queryRows` rows as they came and one document, into `out` as `queryRows` x `rows` f32.
 * The operations and their order are those of `maxsim` (or, `wide`, of `maxsimWide`), so the best of a line is, bit
 * for bit, what it took. Euclid's are squared.
 */
export function similarities(metric: i32, wide: bool, query: usize, queryRows: i32, dim: usize, document: usize, rows: i32, out: usize): void {
  const stride = dim << 2
  const isAlone = queryRows == 1
  for (; queryRows > 0; queryRows--) {
    for (let i = 0; i < rows; i++) {
      const row = document + <usize>i * stride
      let sum: f32
      if (!wide) sum = f32x4.extract_lane(isAlone ? similarity(metric, query, row, dim) : inOrder(metric, query, row, stride), 0)
      else if (metric == DOT) sum = <f32>similarityWide<Dot>(query, row, stride)
      else if (metric == EUCLID) sum = <f32>similarityWide<Euclid>(query, row, stride)
      else sum = <f32>similarityWide<Manhattan>(query, row, stride)
      store<f32>(out, sum)
      out += 4
    }
    query += stride
  }
}
