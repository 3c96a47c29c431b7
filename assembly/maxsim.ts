// MaxSim: for every query row the best similarity among a document's rows, weighted and summed over the query rows.
//
//   score(document) = Σ over query rows i of  weight_i · best over document rows j of  similarity(q_i, d_j)
//
// A table names the documents, 16 bytes each:  u32 address of the first row | u32 rows | f32 scale | (not for scoring)
// Stored rows that are not what the tiles take are converted a piece at a time, into scratch that stays in the first-
// level cache, once for all query rows and all queries. The sum over query rows is f64, rounded once. Euclid takes one
// square root over the whole sum.

import { matchBits } from './bits'
import { BITS, decode, F32, fixedStride, I16, QUADS, rowBytes, toFixedRows } from './dtype'
import { matchFixedRows } from './fixed-tile'
import { Dot, DOT, Euclid, EUCLID, Manhattan, worst } from './metric'
import { matchQuads } from './quad-tile'
import { matchRows } from './tile'

/**
 * Rows that are converted at a time. So few, that the CPU fetches the next ones while these are multiplied: with pieces
 * of 64 rows exact ranking was at 0.85 of this speed (measured, Zen 5).
 */
export const PIECE_ROWS: i32 = 8

// @ts-ignore: decorator
@inline
function fill(best: usize, vectors: i32, value: v128): void {
  for (; vectors > 0; vectors--) {
    v128.store(best, value)
    best += 16
  }
}

/** The weighted sum of each query's best similarities: `counts` has the vectors of each, scores are `apart` bytes apart. */
// @ts-ignore: decorator
@inline
function finish<M>(best: usize, weights: usize, counts: usize, queries: i32, scores: usize, apart: usize): void {
  for (; queries > 0; queries--) {
    let sum: f64 = 0
    for (let rows = load<i32>(counts) << 2; rows > 0; rows--) {
      sum += <f64>load<f32>(best) * <f64>load<f32>(weights)
      best += 4
      weights += 4
    }
    store<f32>(scores, <f32>(idof<M>() == idof<Euclid>() ? Math.sqrt(sum) : sum))
    counts += 4
    scores += apart
  }
}

/** Holds a piece of a document against every query in turn, so that it is converted and fetched once for all. */
function matchAll<M>(query: usize, best: usize, counts: usize, queries: i32, dim: usize, document: usize, rows: i32): void {
  for (; queries > 0; queries--) {
    const vectors = load<i32>(counts)
    matchRows<M>(query, best, vectors, dim, document, rows)
    query += (dim << 4) * <usize>vectors
    best += 16 * <usize>vectors
    counts += 4
  }
}

function matchAllFixed(query: usize, best: usize, counts: usize, queries: i32, bytes: usize, stride: usize, document: usize, rows: i32): void {
  for (; queries > 0; queries--) {
    const vectors = load<i32>(counts)
    matchFixedRows(query, best, vectors, bytes, stride, document, rows)
    query += (bytes << 2) * <usize>vectors
    best += 16 * <usize>vectors
    counts += 4
  }
}

function scoreAll<M>(dtype: i32, query: usize, weights: usize, counts: usize, queries: i32, vectors: i32, dim: usize, table: usize, count: i32, best: usize, scratch: usize, scores: usize): void {
  const bytes = rowBytes(dtype, dim)
  for (let i = 0; i < count; i++) {
    let document = <usize>load<u32>(table)
    let rows = load<i32>(table, 4)
    fill(best, vectors, worst<M>())
    if (dtype == F32) matchAll<M>(query, best, counts, queries, dim, document, rows)
    else {
      for (; rows > 0; rows -= PIECE_ROWS) {
        const piece = min(rows, PIECE_ROWS)
        decode(dtype, document, piece, dim, load<f32>(table, 8), scratch)
        matchAll<M>(query, best, counts, queries, dim, scratch, piece)
        document += bytes * <usize>piece
      }
    }
    finish<M>(best, weights, counts, queries, scores, <usize>count << 2)
    table += 16
    scores += 4
  }
}

/**
 * Scores `count` documents of `table` against `queries` queries of `vectors` vectors in all, each laid out by `pack`:
 * `counts` has the vectors of each, `weights` one f32 for each query row, 0 for padding. Writes `queries` x `count` f32
 * into `scores`. `best`: 16 bytes a vector. `scratch`: PIECE_ROWS rows of
 * f32 and 64 bytes more; unused with F32.
 */
export function maxsim(metric: i32, dtype: i32, query: usize, weights: usize, counts: usize, queries: i32, vectors: i32, dim: usize, table: usize, count: i32, best: usize, scratch: usize, scores: usize): void {
  if (metric == DOT) scoreAll<Dot>(dtype, query, weights, counts, queries, vectors, dim, table, count, best, scratch, scores)
  else if (metric == EUCLID) scoreAll<Euclid>(dtype, query, weights, counts, queries, vectors, dim, table, count, best, scratch, scores)
  else scoreAll<Manhattan>(dtype, query, weights, counts, queries, vectors, dim, table, count, best, scratch, scores)
}

/**
 * The same for dot products in int16, from queries that `packFixed` has laid out: `factors` has one f64 for each query
 * row, its weight over its scale. F32 rows are rounded to int16 on the way in. With BITS, `best` takes 64 bytes a vector
 * and `scratch` what `matchBits` says.
 */
export function maxsimFixed(dtype: i32, query: usize, factors: usize, counts: usize, queries: i32, vectors: i32, dim: usize, table: usize, count: i32, best: usize, scratch: usize, scores: usize): void {
  const stride = fixedStride(dim)
  const bytes = rowBytes(dtype, dim)
  const pairBytes = (dim + 1) >> 1 << 2
  let asked: i32 = 0
  for (let i = 0; i < queries; i++) asked += load<i32>(counts + (<usize>i << 2))
  for (let i = 0; i < count; i++) {
    let document = <usize>load<u32>(table)
    let rows = load<i32>(table, 4)
    const scale = load<f32>(table, 8)
    fill(best, vectors, i32x4.splat(i32.MIN_VALUE))
    if (dtype == BITS) matchBits(query, best, asked, bytes, document, rows, scratch)
    else if (ASC_FEATURE_RELAXED_SIMD && dtype == QUADS) matchQuads(query, best, counts, queries, dim, document, rows, scratch)
    else if (dtype == I16) matchAllFixed(query, best, counts, queries, pairBytes, bytes, document, rows)
    else {
      for (; rows > 0; rows -= PIECE_ROWS) {
        const piece = min(rows, PIECE_ROWS)
        toFixedRows(dtype, document, piece, dim, scale, scratch)
        matchAllFixed(query, best, counts, queries, pairBytes, stride, scratch, piece)
        document += bytes * <usize>piece
      }
    }
    finishFixed(best, factors, counts, queries, <f64>scale, scores, <usize>count << 2)
    table += 16
    scores += 4
  }
}

// @ts-ignore: decorator
@inline
function finishFixed(best: usize, factors: usize, counts: usize, queries: i32, scale: f64, scores: usize, apart: usize): void {
  for (; queries > 0; queries--) {
    let sum: f64 = 0
    for (let rows = load<i32>(counts) << 2; rows > 0; rows--) {
      sum += <f64>load<i32>(best) * load<f64>(factors)
      best += 4
      factors += 8
    }
    store<f32>(scores, <f32>(sum / scale))
    counts += 4
    scores += apart
  }
}
