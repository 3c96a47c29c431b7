// MaxSim: for every query row the best similarity among a document's rows, weighted and summed over the query rows.
//
//   score(document) = Σ over query rows i of  weight_i · best over document rows j of  similarity(q_i, d_j)
//
// The sums over dims are f32, dim after dim; the sum over query rows is f64, rounded once. Euclid takes one square
// root over the whole sum. A table names the documents: pairs of u32, address of the first row and number of rows.

import { accumulate, accumulateWide, Dot, DOT, Euclid, EUCLID, Manhattan } from './metric'
import { panelWidth, tile2x4, tile4x1, tile4x2 } from './tile'

// @ts-ignore: decorator
@inline
function finish<M>(sum: f64): f32 {
  return <f32>(idof<M>() == idof<Euclid>() ? Math.sqrt(sum) : sum)
}

// @ts-ignore: decorator
@inline
function scoreAll<M>(query: usize, weights: usize, vectors: i32, dim: usize, table: usize, count: i32, scores: usize): void {
  for (let i = 0; i < count; i++) {
    const document = <usize>load<u32>(table)
    const rows = load<i32>(table, 4)
    let sum: f64 = 0
    let q = query
    let w = weights
    for (let left = vectors; left > 0; ) {
      const width = panelWidth(left)
      if (width == 4) sum += tile2x4<M>(q, w, dim, document, rows)
      else if (width == 2) sum += tile4x2<M>(q, w, dim, document, rows)
      else sum += tile4x1<M>(q, w, dim, document, rows)
      q += (dim << 4) * <usize>width
      w += 16 * <usize>width
      left -= width
    }
    store<f32>(scores, finish<M>(sum))
    table += 8
    scores += 4
  }
}

/**
 * Scores `count` documents of `table` against a query that `pack` has laid out, one f32 each into `scores`.
 * `weights`: one f32 for each of `vectors` x 4 query rows, 0 for padding.
 */
export function maxsim(metric: i32, query: usize, weights: usize, vectors: i32, dim: usize, table: usize, count: i32, scores: usize): void {
  if (metric == DOT) scoreAll<Dot>(query, weights, vectors, dim, table, count, scores)
  else if (metric == EUCLID) scoreAll<Euclid>(query, weights, vectors, dim, table, count, scores)
  else scoreAll<Manhattan>(query, weights, vectors, dim, table, count, scores)
}

/**
 * The same from query rows as they came (`rows` x `dim`), with every sum in f64: slow, and right where the f32 sums
 * of `maxsim` would overflow.
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
    store<f32>(scores, finish<M>(sum))
    table += 8
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
