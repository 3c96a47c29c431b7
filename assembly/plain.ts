// The slow twins of `maxsim`: one in f64 for values whose f32 sums could overflow, and one that shows every similarity.
// Both take f32 rows and the query's rows as they came.

import { accumulate, accumulateWide, Dot, DOT, Euclid, EUCLID, Manhattan } from './metric'

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
      const first = query + <usize>row * stride
      let document = <usize>load<u32>(table)
      let best: f64 = idof<M>() == idof<Dot>() ? -Infinity : Infinity
      for (let left = load<i32>(table, 4); left > 0; left--) {
        let similarity: f64 = 0
        let d = document
        for (let q = first; q < first + stride; q += 4) {
          similarity = accumulateWide<M>(similarity, <f64>load<f32>(q), <f64>load<f32>(d))
          d += 4
        }
        if (idof<M>() == idof<Dot>() ? similarity > best : similarity < best) best = similarity
        document = d
      }
      sum += best * <f64>load<f32>(weights + (<usize>row << 2))
    }
    store<f32>(scores, <f32>(idof<M>() == idof<Euclid>() ? Math.sqrt(sum) : sum))
    table += 16
    scores += 4
  }
}

// @ts-ignore: decorator
@inline
function similaritiesOf<M>(wide: bool, query: usize, queryRows: i32, dim: usize, document: usize, rows: i32, out: usize): void {
  const stride = dim << 2
  for (let i = 0; i < queryRows; i++) {
    let d = document
    for (let j = 0; j < rows; j++) {
      let sum = f32x4.splat(0)
      let wideSum: f64 = 0
      let q = query
      const end = d + stride
      while (d < end) {
        if (wide) wideSum = accumulateWide<M>(wideSum, <f64>load<f32>(q), <f64>load<f32>(d))
        else sum = accumulate<M>(sum, v128.load32_splat(q), v128.load32_splat(d))
        q += 4
        d += 4
      }
      store<f32>(out, wide ? <f32>wideSum : f32x4.extract_lane(sum, 0))
      out += 4
    }
    query += stride
  }
}

/**
 * Every similarity between `queryRows` rows as they came and one document, into `out` as `queryRows` x `rows` f32.
 * The operations and their order are those of `maxsim` (or, `wide`, of `maxsimWide`), so the best of a line is, bit
 * for bit, what it took. Euclid's are squared.
 */
export function similarities(metric: i32, wide: bool, query: usize, queryRows: i32, dim: usize, document: usize, rows: i32, out: usize): void {
  if (metric == DOT) {
    if (wide) similaritiesOf<Dot>(true, query, queryRows, dim, document, rows, out)
    else similaritiesOf<Dot>(false, query, queryRows, dim, document, rows, out)
  } else if (metric == EUCLID) {
    if (wide) similaritiesOf<Euclid>(true, query, queryRows, dim, document, rows, out)
    else similaritiesOf<Euclid>(false, query, queryRows, dim, document, rows, out)
  } else if (wide) similaritiesOf<Manhattan>(true, query, queryRows, dim, document, rows, out)
  else similaritiesOf<Manhattan>(false, query, queryRows, dim, document, rows, out)
}
