// MaxSim: for each query row the best similarity with any of a document's rows, weighted and summed over the query
// rows.
//
//   score(document) = Σ over query rows i of  weight_i · best over document rows j of  similarity(q_i, d_j)
//
// Stored rows in a format that the tiles do not read are converted a piece at a time, into scratch that stays in the
// first-level cache, once for all query rows and all queries. The sum over query rows is f64 and is rounded once.
//
// Short documents cannot fill a tile, so several of them form a group: the tiles treat the group's rows as those of one
// document, but keep the best similarities of each row apart. Then each document takes the best of its rows.
//
//   rows   | a | b b | c c c |        best   [row][vectors][4 lanes], `bestStride` bytes for each row
//
// If the only query has one row (with int16, up to four), documents are read one by one instead (`row.ts`), and with int8 in
// the shortest way (`scoreOne`).

import { BIT_TILE_ROWS } from './bits'
import { BITS, BYTES, F32, I8, LIMB, QUADS, rowBytes, U8 } from './dtype'
import { keep } from './fixed-tile'
import { contiguousRows, Float, matchConverted, matchQueries, matchStored, PIECE_ROWS, Whole } from './match-group'
import { DOT, keepBetterByCode, scoreOfSum, worst } from './metric'
import { scoreOne } from './one-row'
import { ENTRY_BYTES, rowsOf, scaleOf } from './table'
import { vectorsOf } from './tile'

/** The largest number of rows in a group for the int8 tiles: two tiles of six. */
export const QUAD_GROUP_ROWS: i32 = 12

// @ts-ignore: decorator
@inline
function fill(best: usize, vectors: usize, value: v128): void {
  for (; vectors > 0; vectors--) {
    v128.store(best, value)
    best += 16
  }
}

/** The number of vectors of all queries. */
// @ts-ignore: decorator
@inline
function totalVectors(counts: usize, queries: i32): usize {
  let vectors: usize = 0
  for (let i: usize = 0; i < <usize>queries; i++) vectors += vectorsOf(load<i32>(counts + (i << 2)))
  return vectors
}

/** The largest number of rows in a group: `max`, or 0 for no groups if the only query has at most `few` rows. */
// @ts-ignore: decorator
@inline
function maxGroupRows(counts: usize, queries: i32, few: i32, max: i32): i32 {
  return queries == 1 && load<i32>(counts) <= few ? 0 : max
}

/** `maxGroupRows` of a dtype that is scored in whole numbers. */
// @ts-ignore: decorator
@inline
function maxFixedGroupRows(dtype: i32, counts: usize, queries: i32): i32 {
  if (dtype == BITS) return BIT_TILE_ROWS
  return dtype == QUADS || dtype == LIMB || dtype == BYTES ? QUAD_GROUP_ROWS : maxGroupRows(counts, queries, 4, PIECE_ROWS)
}

/** The rows of the first document in `table` and of those after it that fit into a group of `max` rows with it. */
// @ts-ignore: decorator
@inline
function groupRows(table: usize, count: i32, max: i32): i32 {
  let rows = rowsOf(table)
  for (; count > 1; count--) {
    table += ENTRY_BYTES
    const more = rows + rowsOf(table)
    if (more > max) break
    rows = more
  }
  return rows
}

/** Reduces the best similarities of several rows, `bestStride` bytes apart, to the first row's. */
// @ts-ignore: decorator
@inline
function foldRows<A>(metric: i32, best: usize, bestStride: usize, rows: i32): void {
  for (let at = best + bestStride * <usize>rows - 16; at >= best + bestStride; at -= 16) {
    if (idof<A>() == idof<Float>()) keepBetterByCode(metric, at - bestStride, v128.load(at))
    else keep(at - bestStride, v128.load(at))
  }
}

/** Writes a document's score for each query, `scoreStride` bytes apart: the weighted sum of the best similarities. */
// @ts-ignore: decorator
@inline
function writeScores<A>(
  metric: i32,
  best: usize,
  weights: usize,
  counts: usize,
  queries: i32,
  scale: f64,
  scores: usize,
  scoreStride: usize,
): void {
  for (; queries > 0; queries--) {
    const queryRows = load<i32>(counts)
    const vectors = vectorsOf(queryRows)
    let sum: f64 = 0
    for (let row: usize = 0; row < <usize>queryRows; row++) {
      if (idof<A>() == idof<Float>()) {
        sum += <f64>load<f32>(best + (row << 2)) * <f64>load<f32>(weights + (row << 2))
      } else sum += <f64>load<i32>(best + (row << 2)) * load<f64>(weights + (row << 3))
    }
    store<f32>(scores, <f32>(idof<A>() == idof<Float>() ? scoreOfSum(metric, sum) : sum / scale))
    best += vectors << 4
    weights += vectors << (idof<A>() == idof<Float>() ? 4 : 5)
    counts += 4
    scores += scoreStride
  }
}

/** Writes the scores of a group's documents, and returns how many they are: at least one, even if it has no rows. */
// @ts-ignore: decorator
@inline
function scoreGroup<A>(
  metric: i32,
  best: usize,
  bestStride: usize,
  weights: usize,
  counts: usize,
  queries: i32,
  table: usize,
  rows: i32,
  scores: usize,
  scoreStride: usize,
): i32 {
  let documents = 0
  do {
    const documentRows = rowsOf(table)
    if (bestStride) foldRows<A>(metric, best, bestStride, documentRows)
    writeScores<A>(metric, best, weights, counts, queries, <f64>scaleOf(table), scores, scoreStride)
    best += bestStride * <usize>documentRows
    rows -= documentRows
    table += ENTRY_BYTES
    scores += 4
    documents++
  } while (rows > 0)
  return documents
}

/** Scores the documents of a table, group by group. */
// @ts-ignore: decorator
@inline
function forEachGroup<A>(
  metric: i32,
  dtype: i32,
  query: usize,
  weights: usize,
  counts: usize,
  queries: i32,
  dim: usize,
  table: usize,
  count: i32,
  best: usize,
  scratch: usize,
  scores: usize,
): void {
  const isFloat = idof<A>() == idof<Float>()
  const maxRows = isFloat
    ? maxGroupRows(counts, queries, 1, PIECE_ROWS)
    : maxFixedGroupRows(dtype, counts, queries)
  const start = isFloat ? worst(metric) : i32x4.splat(i32.MIN_VALUE)
  const vectors = totalVectors(counts, queries)
  const bytes = rowBytes(dtype, dim)
  const scoreStride = <usize>count << 2
  while (count > 0) {
    const rows = groupRows(table, count, maxRows)
    const bestStride = rows > rowsOf(table) ? vectors << 4 : 0
    fill(best, bestStride ? vectors * <usize>maxRows : vectors, start)
    if (isFloat && dtype == F32) {
      const document = contiguousRows(table, rows, bytes, scratch)
      matchQueries(metric, query, best, bestStride, counts, queries, dim, document, rows)
    } else if (isFloat || dtype == F32 || dtype == I8 || dtype == U8) {
      matchConverted<A>(metric, dtype, bytes, query, best, bestStride, counts, queries, dim, table, rows, scratch)
    } else matchStored(dtype, bytes, query, best, bestStride, counts, queries, vectors, dim, table, rows, scratch)
    const documents = scoreGroup<A>(
      metric,
      best,
      bestStride,
      weights,
      counts,
      queries,
      table,
      rows,
      scores,
      scoreStride,
    )
    count -= documents
    table += ENTRY_BYTES * <usize>documents
    scores += <usize>documents << 2
  }
}

/**
 * Scores the `count` documents of `table` against `queries` queries in f32, and writes `queries` x `count` f32 to
 * `scores`. Documents of other dtypes than F32 are converted on the way.
 *
 * - `query`: the queries, each laid out by `pack`
 * - `counts`: i32 rows of each query
 * - `weights`: f32 weight of each query row, in whole vectors for each query
 * - `best`: 256 bytes for each vector of all queries
 * - `scratch`: PIECE_ROWS rows of f32, and 64 bytes
 */
export function maxsim(
  metric: i32,
  dtype: i32,
  query: usize,
  weights: usize,
  counts: usize,
  queries: i32,
  dim: usize,
  table: usize,
  count: i32,
  best: usize,
  scratch: usize,
  scores: usize,
): void {
  forEachGroup<Float>(metric, dtype, query, weights, counts, queries, dim, table, count, best, scratch, scores)
}

/**
 * `maxsim` for dot products in whole numbers. F32 rows are rounded to int16 on the way.
 *
 * - `query`: the queries, each laid out by `packFixed` for `dtype`
 * - `factors`: for each query row f64 weight / scale
 * - `scratch`: as for `maxsim`; with BITS 16 rows and the scratch of `matchBits`, with QUADS and LIMB 16 rows and 256 bytes; with BYTES 16 rows
 */
export function maxsimFixed(
  dtype: i32,
  query: usize,
  factors: usize,
  counts: usize,
  queries: i32,
  dim: usize,
  table: usize,
  count: i32,
  best: usize,
  scratch: usize,
  scores: usize,
): void {
  if (dtype == QUADS && queries == 1 && load<i32>(counts) == 1) {
    scoreOne(query, load<f64>(factors), dim, table, count, best, scores)
    return
  }
  forEachGroup<Whole>(DOT, dtype, query, factors, counts, queries, dim, table, count, best, scratch, scores)
}
