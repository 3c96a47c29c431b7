// MaxSim: for every query row the best similarity among a document's rows, weighted and summed over the query rows.
//
//   score(document) = Σ over query rows i of  weight_i · best over document rows j of  similarity(q_i, d_j)
//
// A table names the documents, 16 bytes each:  u32 address of the first row | u32 rows | f32 scale | (not for scoring)
// Stored rows that are not what the tiles take are converted a piece at a time, into scratch that stays in the first-
// level cache, once for all query rows and all queries. The sum over query rows is f64, rounded once. Euclid takes one
// square root over the whole sum.
//
// Short documents fill no tile alone, so several are taken together: their rows are matched as those of one document,
// but each row has a best of its own, and then each document takes the best of its rows'.
//
//   rows   | a | b b | c c c |        best   [row][vectors][4 lanes], `apart` bytes a row
//
// A single query row reads document after document instead (`row.ts`), and of int16 so do four.

import { LANES, matchBits } from './bits'
import { BITS, decode, fixedStride, I16, QUADS, rowBytes, toFixedRows } from './dtype'
import { keep, matchFixedRows } from './fixed-tile'
import { Dot, DOT, Euclid, EUCLID, keepBetter, Manhattan, worst } from './metric'
import { matchOne, matchQuads } from './quad-tile'
import { matchRow } from './row'
import { matchRows, vectorsOf } from './tile'

/**
 * Rows that are converted at a time, and what documents that are taken together have at most. So few, that the CPU
 * fetches the next ones while these are multiplied: with pieces of 64 rows exact ranking was at 0.85 of this speed
 * (measured, Zen 5).
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

/** How many rows documents have at most that are taken together: none where `few` query rows take them one by one. */
// @ts-ignore: decorator
@inline
function mostTogether(counts: usize, queries: i32, few: i32, most: i32): i32 {
  return queries == 1 && load<i32>(counts) <= few ? 0 : most
}

/** The rows of the first document of `table`, and of those after it while they have no more than `most` together. */
function together(table: usize, count: i32, most: i32): i32 {
  let rows = load<i32>(table, 4)
  for (; count > 1; count--) {
    table += 16
    const more = rows + load<i32>(table, 4)
    if (more > most) break
    rows = more
  }
  return rows
}

/** Where `rows` rows of several documents, `bytes` each, are one after another: where they lie, or else in `scratch`. */
function inLine(table: usize, rows: i32, bytes: usize, scratch: usize): usize {
  const first = <usize>load<u32>(table)
  const length = bytes * <usize>rows
  let at: usize = 0
  for (let entry = table; at < length && <usize>load<u32>(entry) == first + at; entry += 16) at += bytes * <usize>load<u32>(entry, 4)
  if (at == length) return first
  for (at = 0; at < length; table += 16) {
    const more = bytes * <usize>load<u32>(table, 4)
    memory.copy(scratch + at, load<u32>(table), more)
    at += more
  }
  return scratch
}

/** The weighted sum of each query's best similarities: `counts` has the rows of each, scores are `across` bytes apart. */
// @ts-ignore: decorator
@inline
function finish(metric: i32, best: usize, weights: usize, counts: usize, queries: i32, scores: usize, across: usize): void {
  for (; queries > 0; queries--) {
    let sum: f64 = 0
    const asked = load<i32>(counts)
    for (let row: usize = 0; row < <usize>asked; row++) sum += <f64>load<f32>(best + (row << 2)) * <f64>load<f32>(weights + (row << 2))
    store<f32>(scores, <f32>(metric == EUCLID ? Math.sqrt(sum) : sum))
    best += vectorsOf(asked) << 4
    weights += vectorsOf(asked) << 4
    counts += 4
    scores += across
  }
}

/** Holds a piece of a document against every query in turn, so that it is converted and fetched once for all. */
function matchAll(metric: i32, query: usize, best: usize, apart: usize, counts: usize, queries: i32, dim: usize, document: usize, rows: i32): void {
  for (; queries > 0; queries--) {
    const asked = load<i32>(counts)
    const vectors = vectorsOf(asked)
    if (asked == 1) matchRow(metric, query, best, apart, dim, document, rows)
    else if (metric == DOT) matchRows<Dot>(query, best, apart, vectors, dim, document, rows)
    else if (metric == EUCLID) matchRows<Euclid>(query, best, apart, vectors, dim, document, rows)
    else matchRows<Manhattan>(query, best, apart, vectors, dim, document, rows)
    query += (dim << 4) * vectors
    best += vectors << 4
    counts += 4
  }
}

function matchAllFixed(query: usize, best: usize, apart: usize, counts: usize, queries: i32, bytes: usize, stride: usize, document: usize, rows: i32): void {
  for (; queries > 0; queries--) {
    const asked = load<i32>(counts)
    matchFixedRows(query, best, apart, asked, bytes, stride, document, rows)
    query += ((bytes + 15) & ~15) * (vectorsOf(asked) << 2)
    best += vectorsOf(asked) << 4
    counts += 4
  }
}

/** Each of several rows' best, `apart` bytes from the next, into the first. */
// @ts-ignore: decorator
@inline
function fold(metric: i32, best: usize, apart: usize, rows: i32): void {
  for (let at = best + apart * <usize>rows - 16; at >= best + apart; at -= 16) keepBetter(metric, at - apart, v128.load(at))
}

/**
 * The scores of documents of `rows` rows together: of one, whose best similarities are at `best`, or of several, with
 * those of each row. Returns how many they are.
 */
function conclude(metric: i32, best: usize, apart: usize, weights: usize, counts: usize, queries: i32, table: usize, rows: i32, scores: usize, across: usize): i32 {
  let documents = 0
  for (; rows > 0; documents++) {
    const own = load<i32>(table, 4)
    if (apart) fold(metric, best, apart, own)
    finish(metric, best, weights, counts, queries, scores, across)
    best += apart * <usize>own
    rows -= own
    table += 16
    scores += 4
  }
  return documents
}

/**
 * Scores `count` documents of f32 in `table` against `queries` queries of `vectors` vectors in all, each laid out by
 * `pack`: `counts` has the rows of each, `weights` one f32 for each row of whole vectors. Writes `queries` x `count` f32
 * into `scores`. `best`: 256 bytes a vector. `scratch`: PIECE_ROWS rows of f32 and 64 bytes more.
 */
export function maxsim(metric: i32, query: usize, weights: usize, counts: usize, queries: i32, vectors: i32, dim: usize, table: usize, count: i32, best: usize, scratch: usize, scores: usize): void {
  const most = mostTogether(counts, queries, 1, PIECE_ROWS)
  const across = <usize>count << 2
  while (count > 0) {
    const rows = together(table, count, most)
    const apart = rows > load<i32>(table, 4) ? <usize>vectors << 4 : 0
    fill(best, apart ? vectors * PIECE_ROWS : vectors, worst(metric))
    matchAll(metric, query, best, apart, counts, queries, dim, inLine(table, rows, dim << 2, scratch), rows)
    const documents = conclude(metric, best, apart, weights, counts, queries, table, rows, scores, across)
    count -= documents
    table += <usize>documents << 4
    scores += <usize>documents << 2
  }
}

/** The same for documents of another dtype, which are converted to f32 on the way in. */
export function maxsimDecoded(metric: i32, dtype: i32, query: usize, weights: usize, counts: usize, queries: i32, vectors: i32, dim: usize, table: usize, count: i32, best: usize, scratch: usize, scores: usize): void {
  const most = mostTogether(counts, queries, 1, PIECE_ROWS)
  const across = <usize>count << 2
  const bytes = rowBytes(dtype, dim)
  while (count > 0) {
    const rows = together(table, count, most)
    const apart = rows > load<i32>(table, 4) ? <usize>vectors << 4 : 0
    fill(best, apart ? vectors * PIECE_ROWS : vectors, worst(metric))
    let piece = 0
    for (let entry = table, left = rows; left > 0; entry += 16) {
      let document = <usize>load<u32>(entry)
      for (let own = load<i32>(entry, 4); own > 0; own -= PIECE_ROWS) {
        const taken = min(own, PIECE_ROWS)
        decode(dtype, document, taken, dim, load<f32>(entry, 8), scratch + (dim << 2) * <usize>piece)
        document += bytes * <usize>taken
        piece += taken
        left -= taken
        // the rows of several documents wait for each other
        if (apart && left > 0) continue
        matchAll(metric, query, best, apart, counts, queries, dim, scratch, piece)
        piece = 0
      }
    }
    const documents = conclude(metric, best, apart, weights, counts, queries, table, rows, scores, across)
    count -= documents
    table += <usize>documents << 4
    scores += <usize>documents << 2
  }
}

/**
 * The same for dot products in int16, from queries that `packFixed` has laid out: `factors` has one f64 for each query
 * row, its weight over its scale. F32 rows are rounded to int16 on the way in. `scratch`: what `maxsim` asks for, or
 * with BITS what `matchBits` says.
 */
export function maxsimFixed(dtype: i32, query: usize, factors: usize, counts: usize, queries: i32, vectors: i32, dim: usize, table: usize, count: i32, best: usize, scratch: usize, scores: usize): void {
  const stride = fixedStride(dim)
  const bytes = rowBytes(dtype, dim)
  const pairBytes = (dim + 1) >> 1 << 2
  const isConverted = dtype != I16 && dtype != QUADS && dtype != BITS
  const most = dtype == BITS ? LANES : dtype == QUADS ? mostTogether(counts, queries, 1, 12) : mostTogether(counts, queries, 4, PIECE_ROWS)
  const across = <usize>count << 2
  // what is asked of some of the queries only
  let asked: usize = 0
  for (let i: usize = 0; i < <usize>queries; i++) asked += vectorsOf(load<i32>(counts + (i << 2)))
  while (count > 0) {
    let rows = together(table, count, most)
    const apart = rows > load<i32>(table, 4) ? <usize>vectors << 4 : 0
    fill(best, apart ? vectors * most : vectors, i32x4.splat(i32.MIN_VALUE))
    if (isConverted) {
      let piece = 0
      for (let entry = table, left = rows; left > 0; entry += 16) {
        let document = <usize>load<u32>(entry)
        for (let own = load<i32>(entry, 4); own > 0; own -= PIECE_ROWS) {
          const taken = min(own, PIECE_ROWS)
          toFixedRows(dtype, document, taken, dim, load<f32>(entry, 8), scratch + stride * <usize>piece)
          document += bytes * <usize>taken
          piece += taken
          left -= taken
          if (apart && left > 0) continue
          matchAllFixed(query, best, apart, counts, queries, pairBytes, stride, scratch, piece)
          piece = 0
        }
      }
    } else {
      const document = inLine(table, rows, bytes, scratch)
      const work = scratch + bytes * <usize>most
      if (dtype == BITS) matchBits(query, best, apart, <i32>asked, bytes, document, rows, work)
      else if (dtype == QUADS) {
        if (ASC_FEATURE_RELAXED_SIMD) matchQuads(query, best, apart, counts, queries, dim, document, rows, work)
        else matchOne(query, best, apart, dim, document, rows)
      }
      else matchAllFixed(query, best, apart, counts, queries, pairBytes, bytes, document, rows)
    }
    for (let at = best; rows > 0; count--) {
      const own = load<i32>(table, 4)
      if (apart) foldFixed(at, apart, own)
      finishFixed(at, factors, counts, queries, <f64>load<f32>(table, 8), scores, across)
      at += apart * <usize>own
      rows -= own
      table += 16
      scores += 4
    }
  }
}

// @ts-ignore: decorator
@inline
function foldFixed(best: usize, apart: usize, rows: i32): void {
  for (let at = best + apart * <usize>rows - 16; at >= best + apart; at -= 16) keep(at - apart, v128.load(at))
}

// @ts-ignore: decorator
@inline
function finishFixed(best: usize, factors: usize, counts: usize, queries: i32, scale: f64, scores: usize, across: usize): void {
  for (; queries > 0; queries--) {
    let sum: f64 = 0
    const asked = load<i32>(counts)
    for (let row: usize = 0; row < <usize>asked; row++) sum += <f64>load<i32>(best + (row << 2)) * load<f64>(factors + (row << 3))
    store<f32>(scores, <f32>(sum / scale))
    best += vectorsOf(asked) << 4
    factors += vectorsOf(asked) << 5
    counts += 4
    scores += across
  }
}
