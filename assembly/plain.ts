// The slow twins of `maxsim`: one in f64 for values whose f32 sums could overflow, and one that shows every similarity.
// Both take f32 rows and the query's rows as they came.

import { accumulate, accumulateWide, Dot, DOT, Euclid, EUCLID, Manhattan } from './metric'
import { similarity } from './row'

/** The similarity of a query row and a document row, with a sum in f64. */
function similarityWide(metric: i32, query: usize, document: usize, stride: usize): f64 {
  let sum: f64 = 0
  for (let k: usize = 0; k < stride; k += 4) sum = accumulateWide(metric, sum, <f64>load<f32>(query + k), <f64>load<f32>(document + k))
  return sum
}

/** The same in f32: the operations of the tiles, in their order. */
function similarityOf(metric: i32, query: usize, document: usize, stride: usize): f32 {
  let sum = f32x4.splat(0)
  for (let k: usize = 0; k < stride; k += 4) {
    const q = v128.load32_splat(query + k)
    const d = v128.load32_splat(document + k)
    if (metric == DOT) sum = accumulate<Dot>(sum, q, d)
    else if (metric == EUCLID) sum = accumulate<Euclid>(sum, q, d)
    else sum = accumulate<Manhattan>(sum, q, d)
  }
  return f32x4.extract_lane(sum, 0)
}

/**
 * `maxsim` of one query and f32 rows, from query rows as they came (`rows` x `dim`), with every sum in f64: slow, and
 * right where f32 sums would overflow.
 */
export function maxsimWide(metric: i32, query: usize, weights: usize, queryRows: i32, dim: usize, table: usize, count: i32, scores: usize): void {
  const stride = dim << 2
  for (; count > 0; count--) {
    let sum: f64 = 0
    for (let row = 0; row < queryRows; row++) {
      let document = <usize>load<u32>(table)
      let best: f64 = metric == DOT ? -Infinity : Infinity
      for (let left = load<i32>(table, 4); left > 0; left--) {
        const similarity = similarityWide(metric, query + <usize>row * stride, document, stride)
        if (metric == DOT ? similarity > best : similarity < best) best = similarity
        document += stride
      }
      sum += best * <f64>load<f32>(weights + (<usize>row << 2))
    }
    store<f32>(scores, <f32>(metric == EUCLID ? Math.sqrt(sum) : sum))
    table += 16
    scores += 4
  }
}

/**
 * Every similarity between `queryRows` rows as they came and one document, into `out` as `queryRows` x `rows` f32.
 * The operations and their order are those of `maxsim` (or, `wide`, of `maxsimWide`), so the best of a line is, bit
 * for bit, what it took. Euclid's are squared.
 */
export function similarities(metric: i32, wide: bool, query: usize, queryRows: i32, dim: usize, document: usize, rows: i32, out: usize): void {
  const single = queryRows == 1
  const stride = dim << 2
  for (; queryRows > 0; queryRows--) {
    for (let row = 0; row < rows; row++) {
      const at = document + <usize>row * stride
      store<f32>(out, wide ? <f32>similarityWide(metric, query, at, stride) : single ? f32x4.extract_lane(similarity(metric, query, at, dim), 0) : similarityOf(metric, query, at, stride))
      out += 4
    }
    query += stride
  }
}
