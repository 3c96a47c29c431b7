// Dot products of rows of bits and query rows of whole numbers, by table lookup: sixteen document rows and eight dims
// at a time.
//
//   document   16 rows x ceil(dim / 8) bytes ──transpose──▶ nibbles [byte][low, high][16 rows]
//   query      tables [panel of 4 rows][byte][row][low, high][16 sums]: the sum of each subset of four elements
//   swizzle(table, nibbles): 16 rows x 4 dims, which is 64 multiply-adds in one instruction
//
// A bit is the sign of an element. With u = Σ w over set bits + Σ |w| over negative w, the dot product of w and the
// signs is 2u - Σ|w|, and what each dim adds to u is at least 0. No sum overflows: the scale of a query row keeps Σ|w|
// of each byte's eight dims within 252, so that two lookups add up in u8, and 256 bytes (2,048 dims, see
// `src/core/dtype.ts`) add up in u16, because 256 x 252 < 2^16. Sums of odd rows are kept beside sums of both rows,
// whose upper half wraps around: even = both - 256 · odd. This takes 3 operations, widening takes 4.
//
// Measured with W0 (Zen 5, one run): 7.2 times the rate of the f32 tiles with SIMD128 and 9.0 with relaxed SIMD, where
// a lookup is one instruction instead of two. Bits against bits by i8x16.popcnt reached 7.5 and 7.2, so there is no
// such option. Widening after every lookup: 6.2 and 7.4. Widening after every fourth: 6.9 and 9.9, but on Node 20 0.76
// of the speed of this version.

import { storeFigures } from './rows'

/** Document rows in a tile. */
export const BIT_TILE_ROWS: i32 = 16
/**
 * Query rows are scaled so that Σ|w| of eight dims is at most this; rounding adds at most 4. It is a multiple of 8, so
 * that eight elements of equal magnitude are whole numbers.
 */
export const BYTE_SUM: f64 = 248

/** Bytes of the tables of four query rows: 128 for each byte of a document row, and i32 Σ|w| of each query row. */
// @ts-ignore: decorator
@inline
function panelBytes(bytes: usize): usize {
  return (bytes << 7) + 16
}

/** Returns the largest scale of a query row with which no Σ|w| of eight dims exceeds BYTE_SUM. */
function bitsScale(row: usize, dim: usize): f64 {
  let largest: f64 = 0
  for (let k: usize = 0; k < dim; k += 8) {
    let sum: f64 = 0
    for (let i = k; i < min(k + 8, dim); i++) sum += Math.abs(<f64>load<f32>(row + (i << 2)))
    largest = max(largest, sum)
  }
  return largest == 0 ? 1 : BYTE_SUM / largest
}

/** Writes the tables of a query row from `table` on, and returns its Σ|w|. `bytes`: bytes of a document row. */
// @ts-ignore: decorator
@inline
function writeTables(row: usize, dim: usize, scale: f64, bytes: usize, table: usize): i32 {
  let total: i32 = 0
  for (let k: usize = 0; k < bytes << 3; k += 4) {
    // the empty subset has Σ|w| of the negative elements; each element then doubles the number of subsets
    let base: i32 = 0
    for (let i = k; i < min(k + 4, dim); i++) base -= min(0, <i32>nearest(<f64>load<f32>(row + (i << 2)) * scale))
    store<u8>(table, <u8>base)
    for (let i: usize = 0; i < 4; i++) {
      const whole = k + i < dim ? <i32>nearest(<f64>load<f32>(row + ((k + i) << 2)) * scale) : 0
      total += abs(whole)
      const subsets: usize = 1 << i
      for (let at = table; at < table + subsets; at++) store<u8>(at + subsets, <u8>(<i32>load<u8>(at) + whole))
    }
    table += k & 4 ? 112 : 16
  }
  return total
}

/** `packFixed` of `fixed.ts` for documents of bits. */
export function packBits(
  query: usize,
  vectors: i32,
  dim: usize,
  packed: usize,
  factors: usize,
  lengths: usize,
  errors: usize,
): void {
  const bytes = (dim + 7) >> 3
  for (let row: i32 = 0; row < vectors << 2; row++) {
    const lane = <usize>(row & 3)
    const tables = packed + <usize>(row >> 2) * panelBytes(bytes)
    const scale = bitsScale(query, dim)
    const total = writeTables(query, dim, scale, bytes, tables + (lane << 5))
    store<i32>(tables + (bytes << 7) + (lane << 2), total)
    storeFigures(query, dim, scale, factors, lengths, errors)
    query += dim << 2
    factors += 8
    lengths += 4
    errors += 4
  }
}

// @ts-ignore: decorator
@inline
function interleaveLow(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23)
}

// @ts-ignore: decorator
@inline
function interleaveHigh(a: v128, b: v128): v128 {
  return i8x16.shuffle(a, b, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31)
}

// @ts-ignore: decorator
@inline
function storeNibbles(bytes: v128, out: usize): void {
  v128.store(out, v128.and(bytes, i8x16.splat(15)))
  v128.store(out, v128.and(i16x8.shr_u(bytes, 4), i8x16.splat(15)), 16)
}

/**
 * Transposes sixteen bytes of each of sixteen rows, and writes them as nibbles: 512 bytes to `out`. If there are fewer
 * rows, the last one is repeated. `half`: 256 bytes for the half-transposed rows. To transpose is to interleave each
 * row with the row eight further on, four times; one pass does two of them.
 */
function transpose(document: usize, bytes: usize, rows: i32, half: usize, out: usize): void {
  const last = <usize>(rows - 1)
  for (let i: usize = 0; i < 4; i++) {
    const a = v128.load(document + min(i, last) * bytes)
    const b = v128.load(document + min(i + 4, last) * bytes)
    const c = v128.load(document + min(i + 8, last) * bytes)
    const d = v128.load(document + min(i + 12, last) * bytes)
    const ac = interleaveLow(a, c), bd = interleaveLow(b, d)
    const highAc = interleaveHigh(a, c), highBd = interleaveHigh(b, d)
    const to = half + (i << 6)
    v128.store(to, interleaveLow(ac, bd))
    v128.store(to, interleaveHigh(ac, bd), 16)
    v128.store(to, interleaveLow(highAc, highBd), 32)
    v128.store(to, interleaveHigh(highAc, highBd), 48)
  }
  for (const end = half + 64; half < end; half += 16) {
    const a = v128.load(half), b = v128.load(half, 64), c = v128.load(half, 128), d = v128.load(half, 192)
    const ac = interleaveLow(a, c), bd = interleaveLow(b, d)
    const highAc = interleaveHigh(a, c), highBd = interleaveHigh(b, d)
    storeNibbles(interleaveLow(ac, bd), out)
    storeNibbles(interleaveHigh(ac, bd), out + 32)
    storeNibbles(interleaveLow(highAc, highBd), out + 64)
    storeNibbles(interleaveHigh(highAc, highBd), out + 96)
    out += 128
  }
}

/**
 * Returns the sums of sixteen rows' low and high nibbles. Nibbles are below 16, where the relaxed swizzle is defined.
 */
// @ts-ignore: decorator
@inline
function lookUp(table: usize, low: v128, high: v128): v128 {
  const lowSums = v128.load(table), highSums = v128.load(table, 16)
  return ASC_FEATURE_RELAXED_SIMD
    ? i8x16.add(i8x16.relaxed_swizzle(lowSums, low), i8x16.relaxed_swizzle(highSums, high))
    : i8x16.add(i8x16.swizzle(lowSums, low), i8x16.swizzle(highSums, high))
}

/** Keeps the largest of the eight u16 at `best` and the sums of sixteen rows. `both` and `odd`: see the file header. */
// @ts-ignore: decorator
@inline
function keep(best: usize, both: v128, odd: v128): void {
  const even = i16x8.sub(both, i16x8.shl(odd, 8))
  v128.store(best, i16x8.max_u(v128.load(best), i16x8.max_u(even, odd)))
}

/** Stores the sums of sixteen rows in order, as u16. */
// @ts-ignore: decorator
@inline
function storeSums(out: usize, both: v128, odd: v128): void {
  const even = i16x8.sub(both, i16x8.shl(odd, 8))
  v128.store(out, v128.shuffle<i16>(even, odd, 0, 8, 1, 9, 2, 10, 3, 11))
  v128.store(out, v128.shuffle<i16>(even, odd, 4, 12, 5, 13, 6, 14, 7, 15), 16)
}

/** Multiplies sixteen document rows by four query rows. Keeps the best of each, or stores all sums if `isSeparate`. */
function tile(tables: usize, best: usize, isSeparate: bool, nibbles: usize, bytes: usize): void {
  let a0 = i16x8.splat(0), a1 = i16x8.splat(0), a2 = i16x8.splat(0), a3 = i16x8.splat(0)
  let b0 = i16x8.splat(0), b1 = i16x8.splat(0), b2 = i16x8.splat(0), b3 = i16x8.splat(0)
  for (const end = tables + (bytes << 7); tables < end; tables += 128) {
    const low = v128.load(nibbles), high = v128.load(nibbles, 16)
    nibbles += 32
    let sums = lookUp(tables, low, high)
    a0 = i16x8.add(a0, sums)
    b0 = i16x8.add(b0, i16x8.shr_u(sums, 8))
    sums = lookUp(tables + 32, low, high)
    a1 = i16x8.add(a1, sums)
    b1 = i16x8.add(b1, i16x8.shr_u(sums, 8))
    sums = lookUp(tables + 64, low, high)
    a2 = i16x8.add(a2, sums)
    b2 = i16x8.add(b2, i16x8.shr_u(sums, 8))
    sums = lookUp(tables + 96, low, high)
    a3 = i16x8.add(a3, sums)
    b3 = i16x8.add(b3, i16x8.shr_u(sums, 8))
  }
  if (isSeparate) {
    storeSums(best, a0, b0)
    storeSums(best + 32, a1, b1)
    storeSums(best + 64, a2, b2)
    storeSums(best + 96, a3, b3)
    return
  }
  keep(best, a0, b0)
  keep(best + 16, a1, b1)
  keep(best + 32, a2, b2)
  keep(best + 48, a3, b3)
}

/** Returns the largest of eight u16. */
// @ts-ignore: decorator
@inline
function largestLane(words: v128): i32 {
  let largest = i16x8.max_u(words, v128.shuffle<i64>(words, words, 1, 0))
  largest = i16x8.max_u(largest, v128.shuffle<i32>(largest, largest, 1, 0, 3, 2))
  largest = i16x8.max_u(largest, v128.shuffle<i16>(largest, largest, 1, 0, 3, 2, 5, 4, 7, 6))
  return <i32>i16x8.extract_lane_u(largest, 0)
}

/** Returns -Σ|w| of a query row: the dot product is 2u plus this. */
// @ts-ignore: decorator
@inline
function offsetOf(tables: usize, bytes: usize, row: usize): i32 {
  return -load<i32>(tables + (bytes << 7) + (row << 2))
}

/**
 * Writes the dot products of `vectors` x 4 query rows with up to sixteen document rows: i32, `bestStride` bytes a row.
 */
function matchSeparately(
  query: usize,
  best: usize,
  bestStride: usize,
  vectors: i32,
  bytes: usize,
  rows: i32,
  nibbles: usize,
  sums: usize,
): void {
  for (; vectors > 0; vectors--) {
    tile(query, sums, true, nibbles, bytes)
    for (let row: usize = 0; row < 4; row++) {
      const offset = offsetOf(query, bytes, row)
      for (let d: usize = 0; d < <usize>rows; d++) {
        const sum = <i32>load<u16>(sums + (row << 5) + (d << 1))
        store<i32>(best + d * bestStride + (row << 2), 2 * sum + offset)
      }
    }
    query += panelBytes(bytes)
    best += 16
  }
}

/**
 * Writes the best dot product of each of `vectors` x 4 query rows with the document's rows to `best`, as i32; this uses
 * 64 bytes for each vector. If `bestStride` is not 0, writes the products with each of up to sixteen rows instead.
 * `scratch`: 256 bytes, and 512 for every 128 dims.
 */
export function matchBits(
  query: usize,
  best: usize,
  bestStride: usize,
  vectors: i32,
  bytes: usize,
  document: usize,
  rows: i32,
  scratch: usize,
): void {
  const panel = panelBytes(bytes)
  const nibbles = scratch + 256
  memory.fill(best, 0, <usize>vectors << 6)
  for (; rows > 0; rows -= BIT_TILE_ROWS) {
    for (let k: usize = 0; k < bytes; k += 16) transpose(document + k, bytes, rows, scratch, nibbles + (k << 5))
    if (bestStride) return matchSeparately(query, best, bestStride, vectors, bytes, rows, nibbles, scratch)
    for (let v: i32 = 0; v < vectors; v++) {
      tile(query + <usize>v * panel, best + (<usize>v << 6), false, nibbles, bytes)
    }
    document += bytes << 4
  }
  for (let row: usize = 0; row < <usize>vectors << 2; row++) {
    const offset = offsetOf(query + (row >> 2) * panel, bytes, row & 3)
    store<i32>(best + (row << 2), 2 * largestLane(v128.load(best + (row << 4))) + offset)
  }
}
