// Rows of bits against a query in whole numbers: sixteen document rows and eight dims a step, by lookup.
//
//   document   16 rows x ceil(dim / 8) bytes ──transpose──▶ nibbles [byte][low, high][16 rows]
//   query      tables [panel of 4 rows][byte][row][low, high][16 sums]: the sum of each choice of four elements
//   swizzle(table, nibbles): 16 rows x 4 dims, 64 multiply-adds in one instruction
//
// With u = Σ over set bits of w + Σ over negative w of |w|, the product of w and the signs is 2u - Σ|w|, and every part
// of u is at least 0. Nothing overflows: a row's scale keeps Σ|w| over a byte's eight dims within 252, so two lookups
// add up in u8, and 256 bytes (2,048 dims: `src/core/dtype.ts`) in u16, as 256 x 252 < 2^16. Lanes of odd rows are summed
// beside the sum of both, whose upper half wraps around: even = both - 256 · odd. That is 3 operations where widening
// takes 4.
//
// Measured on W0 (Zen 5, one run): 7.2 times the rate of the f32 tiles on SIMD128 and 9.0 on relaxed SIMD, where a lookup
// is one instruction instead of two. Bits against bits by i8x16.popcnt: 7.5 and 7.2, which is why there is no such option.
// Widening after every lookup: 6.2 and 7.4; after every fourth: 6.9 and 9.9, but 0.76 of this one's speed on Node 20.

/** Document rows in a step. */
export const LANES: i32 = 16
/** What Σ|w| of eight dims is scaled to; rounding adds at most 4. A multiple of 8: rows of +-c, 8 or more of them, stay exact. */
const BYTE_SUM: f64 = 248

/** Bytes of the tables of four query rows: 128 for each byte of a document's row, and Σ|w| of each. */
// @ts-ignore: decorator
@inline
function panelBytes(bytes: usize): usize {
  return (bytes << 7) + 16
}

/** The scale at which the sums of a query's row fit. */
function bitsScale(row: usize, dim: usize): f64 {
  let most: f64 = 0
  for (let k: usize = 0; k < dim; k += 8) {
    let sum: f64 = 0
    for (let i = k; i < min(k + 8, dim); i++) sum += Math.abs(<f64>load<f32>(row + (i << 2)))
    most = max(most, sum)
  }
  return most == 0 ? 1 : BYTE_SUM / most
}

/** `packFixed` of `fixed.ts` for documents of bits. */
export function packBits(query: usize, vectors: i32, dim: usize, packed: usize, factors: usize, lengths: usize, errors: usize): void {
  const bytes = (dim + 7) >> 3
  const panel = panelBytes(bytes)
  for (let row: i32 = 0; row < vectors << 2; row++) {
    const tables = packed + <usize>(row >> 2) * panel
    let table = tables + (<usize>(row & 3) << 5)
    const scale = bitsScale(query, dim)
    let square: f64 = 0
    let errorSquare: f64 = 0
    let total: i32 = 0
    for (let k: usize = 0; k < bytes << 3; k += 4) {
      // the empty choice has what negative elements lack; each element then doubles the choices
      let base: i32 = 0
      for (let i = k; i < min(k + 4, dim); i++) base -= min(0, <i32>nearest(<f64>load<f32>(query + (i << 2)) * scale))
      store<u8>(table, <u8>base)
      for (let i: usize = 0; i < 4; i++) {
        const value = k + i < dim ? <f64>load<f32>(query + ((k + i) << 2)) : 0
        const whole = nearest(value * scale)
        const error = value - whole / scale
        square += value * value
        errorSquare += error * error
        total += <i32>Math.abs(whole)
        const choices: usize = 1 << i
        for (let at = table; at < table + choices; at++) store<u8>(at + choices, <u8>(<i32>load<u8>(at) + <i32>whole))
      }
      table += k & 4 ? 112 : 16
    }
    store<i32>(tables + (bytes << 7) + (<usize>(row & 3) << 2), total)
    store<f64>(factors, 1 / scale)
    store<f32>(lengths, <f32>(Math.sqrt(square) * 1.000001))
    store<f32>(errors, <f32>(Math.sqrt(errorSquare) * 1.000001))
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
 * Sixteen bytes of each of sixteen rows, the last of `rows` repeated, as nibbles: 512 bytes into `out`, by way of 256 at
 * `turned`. Interleaving rows with those eight further on, four times, transposes; two times go in one pass.
 */
function transpose(document: usize, bytes: usize, rows: i32, turned: usize, out: usize): void {
  const last = <usize>(rows - 1)
  for (let i: usize = 0; i < 4; i++) {
    const a = v128.load(document + min(i, last) * bytes)
    const b = v128.load(document + min(i + 4, last) * bytes)
    const c = v128.load(document + min(i + 8, last) * bytes)
    const d = v128.load(document + min(i + 12, last) * bytes)
    const ac = interleaveLow(a, c), bd = interleaveLow(b, d)
    const highAc = interleaveHigh(a, c), highBd = interleaveHigh(b, d)
    const to = turned + (i << 6)
    v128.store(to, interleaveLow(ac, bd))
    v128.store(to, interleaveHigh(ac, bd), 16)
    v128.store(to, interleaveLow(highAc, highBd), 32)
    v128.store(to, interleaveHigh(highAc, highBd), 48)
  }
  for (const end = turned + 64; turned < end; turned += 16) {
    const a = v128.load(turned), b = v128.load(turned, 64), c = v128.load(turned, 128), d = v128.load(turned, 192)
    const ac = interleaveLow(a, c), bd = interleaveLow(b, d)
    const highAc = interleaveHigh(a, c), highBd = interleaveHigh(b, d)
    storeNibbles(interleaveLow(ac, bd), out)
    storeNibbles(interleaveHigh(ac, bd), out + 32)
    storeNibbles(interleaveLow(highAc, highBd), out + 64)
    storeNibbles(interleaveHigh(highAc, highBd), out + 96)
    out += 128
  }
}

/** A table's sums for sixteen nibbles. Indices are below 16, where the relaxed instruction is defined. */
// @ts-ignore: decorator
@inline
function lookUp(table: usize, low: v128, high: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) return i8x16.add(i8x16.relaxed_swizzle(v128.load(table), low), i8x16.relaxed_swizzle(v128.load(table, 16), high))
  return i8x16.add(i8x16.swizzle(v128.load(table), low), i8x16.swizzle(v128.load(table, 16), high))
}

/** The better of what is at `best` and the sums of sixteen rows: those of both of two lanes, and of the odd one. */
// @ts-ignore: decorator
@inline
function keep(best: usize, both: v128, odd: v128): void {
  const even = i16x8.sub(both, i16x8.shl(odd, 8))
  v128.store(best, i16x8.max_u(v128.load(best), i16x8.max_u(even, odd)))
}

/** The sums of sixteen rows in their order, u16 each. */
// @ts-ignore: decorator
@inline
function storeSums(out: usize, both: v128, odd: v128): void {
  const even = i16x8.sub(both, i16x8.shl(odd, 8))
  v128.store(out, v128.shuffle<i16>(even, odd, 0, 8, 1, 9, 2, 10, 3, 11))
  v128.store(out, v128.shuffle<i16>(even, odd, 4, 12, 5, 13, 6, 14, 7, 15), 16)
}

/** Sixteen document rows against four query rows: keeps the best of each, or, `isApart`, stores their sums. */
function tile(tables: usize, best: usize, isApart: bool, nibbles: usize, bytes: usize): void {
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
  if (isApart) {
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

/** The largest of eight u16. */
// @ts-ignore: decorator
@inline
function largestLane(words: v128): i32 {
  let most = i16x8.max_u(words, v128.shuffle<i64>(words, words, 1, 0))
  most = i16x8.max_u(most, v128.shuffle<i32>(most, most, 1, 0, 3, 2))
  most = i16x8.max_u(most, v128.shuffle<i16>(most, most, 1, 0, 3, 2, 5, 4, 7, 6))
  return <i32>i16x8.extract_lane_u(most, 0)
}

/** -Σ|w| of a query's row, which twice its sums are added to. */
// @ts-ignore: decorator
@inline
function offsetOf(tables: usize, bytes: usize, row: usize): i32 {
  return -load<i32>(tables + (bytes << 7) + (row << 2))
}

/** The products of each of `vectors` x 4 query rows with each of up to sixteen document rows, i32 each, `apart` bytes apart. */
function matchEach(query: usize, best: usize, apart: usize, vectors: i32, bytes: usize, rows: i32, nibbles: usize, sums: usize): void {
  for (; vectors > 0; vectors--) {
    tile(query, sums, true, nibbles, bytes)
    for (let row: usize = 0; row < 4; row++) {
      const offset = offsetOf(query, bytes, row)
      for (let d: usize = 0; d < <usize>rows; d++) {
        store<i32>(best + d * apart + (row << 2), 2 * <i32>load<u16>(sums + (row << 5) + (d << 1)) + offset)
      }
    }
    query += panelBytes(bytes)
    best += 16
  }
}

/**
 * The best product of each of `vectors` x 4 query rows with a document's rows, i32 each, into `best`, which takes 64
 * bytes a vector. With `apart` not 0 the products with each of up to sixteen rows, so many bytes apart. `scratch`: 256
 * bytes, and 512 for every 128 dims.
 */
export function matchBits(query: usize, best: usize, apart: usize, vectors: i32, bytes: usize, document: usize, rows: i32, scratch: usize): void {
  const panel = panelBytes(bytes)
  const nibbles = scratch + 256
  memory.fill(best, 0, <usize>vectors << 6)
  for (; rows > 0; rows -= LANES) {
    for (let k: usize = 0; k < bytes; k += 16) transpose(document + k, bytes, rows, scratch, nibbles + (k << 5))
    if (apart) return matchEach(query, best, apart, vectors, bytes, rows, nibbles, scratch)
    for (let v: i32 = 0; v < vectors; v++) tile(query + <usize>v * panel, best + (<usize>v << 6), false, nibbles, bytes)
    document += bytes << 4
  }
  for (let row: usize = 0; row < <usize>vectors << 2; row++) {
    const offset = offsetOf(query + (row >> 2) * panel, bytes, row & 3)
    store<i32>(best + (row << 2), 2 * largestLane(v128.load(best + (row << 4))) + offset)
  }
}
