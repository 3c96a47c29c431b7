// Matches the rows of a group of documents with all queries: the best similarity of each query row so far is kept in
// `best`. Rows that the tiles do not read as they are stored are converted a piece at a time into scratch, which stays
// in the first-level cache.

import { BIT_TILE_ROWS, matchBits } from './bits'
import { matchBytes } from './byte-tile'
import { BITS, BYTES, decode, fixedStride, I16, LIMB, QUADS, toFixedRows } from './dtype'
import { matchFixedRows } from './fixed-tile'
import { Dot, DOT, Euclid, EUCLID, Manhattan, MANHATTAN } from './metric'
import { matchOne } from './one-row'
import { matchQuads } from './quad-tile'
import { matchRow } from './row'
import { addressOf, ENTRY_BYTES, rowsOf, scaleOf } from './table'
import { matchRows, vectorsOf } from './tile'

/** The arithmetic of a call: similarities in f32 by any metric, or dot products in whole numbers. */
export abstract class Float {}
export abstract class Whole {}

/**
 * The number of rows that are converted at a time, and the largest number in a group. Small enough that the CPU fetches
 * the next rows while it multiplies these: with pieces of 64 rows exact ranking had 0.85 of this speed (measured, Zen
 * 5).
 */
export const PIECE_ROWS: i32 = 8

/**
 * Returns where the `rows` rows of a group, `bytes` each, are contiguous: their own address if the documents are
 * adjacent in memory, else that of a copy in `scratch`.
 */
export function contiguousRows(table: usize, rows: i32, bytes: usize, scratch: usize): usize {
  const first = addressOf(table)
  const length = bytes * <usize>rows
  let offset: usize = 0
  for (let entry = table; offset < length && addressOf(entry) == first + offset; entry += ENTRY_BYTES) {
    offset += bytes * <usize>rowsOf(entry)
  }
  if (offset == length) return first
  for (offset = 0; offset < length; table += ENTRY_BYTES) {
    const documentBytes = bytes * <usize>rowsOf(table)
    memory.copy(scratch + offset, addressOf(table), documentBytes)
    offset += documentBytes
  }
  return scratch
}

/** Matches f32 rows with each query in turn, so that they are converted and fetched once for all queries. */
export function matchQueries(
  metric: i32,
  query: usize,
  best: usize,
  bestStride: usize,
  counts: usize,
  queries: i32,
  dim: usize,
  document: usize,
  rows: i32,
): void {
  for (; queries > 0; queries--) {
    const queryRows = load<i32>(counts)
    const vectors = vectorsOf(queryRows)
    if (queryRows == 1) matchRow(metric, query, best, bestStride, dim, document, rows)
    else if (metric == DOT) matchRows<Dot>(query, best, bestStride, vectors, dim, document, rows)
    else if (metric == EUCLID) matchRows<Euclid>(query, best, bestStride, vectors, dim, document, rows)
    else if (metric == MANHATTAN) matchRows<Manhattan>(query, best, bestStride, vectors, dim, document, rows)
    else unreachable()
    query += (dim << 4) * vectors
    best += vectors << 4
    counts += 4
  }
}

/** `matchQueries` for rows of `bytes` bytes of int16, `stride` bytes apart. */
function matchQueriesFixed(
  query: usize,
  best: usize,
  bestStride: usize,
  counts: usize,
  queries: i32,
  bytes: usize,
  stride: usize,
  document: usize,
  rows: i32,
): void {
  for (; queries > 0; queries--) {
    const queryRows = load<i32>(counts)
    matchFixedRows(query, best, bestStride, queryRows, bytes, stride, document, rows)
    query += ((bytes + 15) & ~15) * (vectorsOf(queryRows) << 2)
    best += vectorsOf(queryRows) << 4
    counts += 4
  }
}

/** Bytes of a row of int16 without the padding to whole vectors. */
// @ts-ignore: decorator
@inline
function pairBytes(dim: usize): usize {
  return (dim + 1) >> 1 << 2
}

/** Matches a group whose rows, `bytes` each, are converted first, to f32 or to int16. */
// @ts-ignore: decorator
@inline
export function matchConverted<A>(
  metric: i32,
  dtype: i32,
  bytes: usize,
  query: usize,
  best: usize,
  bestStride: usize,
  counts: usize,
  queries: i32,
  dim: usize,
  table: usize,
  rows: i32,
  scratch: usize,
): void {
  const stride = idof<A>() == idof<Float>() ? dim << 2 : fixedStride(dim)
  let pieceRows = 0
  for (; rows > 0; table += ENTRY_BYTES) {
    let document = addressOf(table)
    const scale = scaleOf(table)
    for (let left = rowsOf(table); left > 0; left -= PIECE_ROWS) {
      const count = min(left, PIECE_ROWS)
      const piece = scratch + stride * <usize>pieceRows
      if (idof<A>() == idof<Float>()) decode(dtype, document, count, dim, scale, piece)
      else toFixedRows(dtype, document, count, bytes, dim, scale, piece)
      document += bytes * <usize>count
      pieceRows += count
      rows -= count
      // all documents of a group are converted before they are matched
      if (bestStride && rows > 0) continue
      if (idof<A>() == idof<Float>()) {
        matchQueries(metric, query, best, bestStride, counts, queries, dim, scratch, pieceRows)
      } else {
        matchQueriesFixed(query, best, bestStride, counts, queries, pairBytes(dim), stride, scratch, pieceRows)
      }
      pieceRows = 0
    }
  }
}

/** Matches a group in whole numbers whose rows, `bytes` each, the tiles read as they are stored. */
// @ts-ignore: decorator
@inline
export function matchStored(
  dtype: i32,
  bytes: usize,
  query: usize,
  best: usize,
  bestStride: usize,
  counts: usize,
  queries: i32,
  vectors: usize,
  dim: usize,
  table: usize,
  rows: i32,
  scratch: usize,
): void {
  const document = contiguousRows(table, rows, bytes, scratch)
  const tileScratch = scratch + bytes * <usize>BIT_TILE_ROWS
  if (dtype == I16) {
    matchQueriesFixed(query, best, bestStride, counts, queries, pairBytes(dim), bytes, document, rows)
  } else if (dtype == BITS) {
    matchBits(query, best, bestStride, <i32>vectors, bytes, document, rows, tileScratch)
  } else if (dtype == BYTES) {
    if (ASC_FEATURE_RELAXED_SIMD) matchBytes(query, best, bestStride, counts, queries, dim, document, rows)
  } else if (dtype == QUADS || dtype == LIMB) {
    if (ASC_FEATURE_RELAXED_SIMD) {
      matchQuads(dtype, query, best, bestStride, counts, queries, dim, document, rows, tileScratch)
    } else matchOne(query, best, bestStride, dim, document, rows)
  } else unreachable()
}
