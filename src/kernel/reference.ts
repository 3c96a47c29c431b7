// The kernel in plain TypeScript: every sum in f64, one rounding at the end. It is the oracle of the tests, the
// yardstick of the benchmark, and what runs where there is no WebAssembly SIMD. Written to be read, not to be fast.

import { checksumOf } from './checksum.js'
import type { KernelFunctions } from './kernel.js'
import type { Pages } from './memory.js'
import {
  BITS,
  bitsScale,
  decodeRows,
  encodeRows,
  fixedRows,
  fixedScale,
  LONGEST_QUERY,
  nearest,
} from './reference-rows.js'

const PAGE = 65536
const [DOT, EUCLID] = [0, 1] as const
const F32 = 0
/** Qdrant's rule for Cosine: f32's epsilon, and how near to 1 a squared length counts as 1. */
const EPSILON = 2 ** -23
const NEAR_ONE = 1e-6

/** A memory that grows as `WebAssembly.Memory` does: into a new buffer. */
export function createReferencePages(): Pages {
  let buffer = new ArrayBuffer(PAGE)
  return {
    get buffer() {
      return buffer
    },
    grow(pages) {
      const before = buffer.byteLength / PAGE
      const grown = new ArrayBuffer(buffer.byteLength + pages * PAGE)
      new Uint8Array(grown).set(new Uint8Array(buffer))
      buffer = grown
      return before
    },
  }
}

/** Numbers of any kind with the index of a first row. */
interface Rows {
  readonly values: ArrayLike<number>
  readonly first: number
  readonly rows: number
}

/** The kernel's functions over whatever buffer `memory` holds at the time of the call. */
export function createReferenceFunctions(memory: () => Pages): KernelFunctions {
  const buffer = () => memory().buffer
  const f32 = () => new Float32Array(buffer())
  const u32 = () => new Uint32Array(buffer())

  function similarity(
    metric: number,
    a: ArrayLike<number>,
    q: number,
    b: ArrayLike<number>,
    d: number,
    dim: number,
  ): number {
    let sum = 0
    for (let k = 0; k < dim; k++) {
      const [x, y] = [a[q + k]!, b[d + k]!]
      sum += metric === DOT ? x * y : metric === EUCLID ? (x - y) ** 2 : Math.abs(x - y)
    }
    return sum
  }

  /** MaxSim of query rows, each with a weight, and a document. */
  function score(
    metric: number,
    query: Rows,
    weights: ArrayLike<number>,
    document: Rows,
    dim: number,
  ): number {
    let sum = 0
    for (let q = 0; q < query.rows; q++) {
      let best = metric === DOT ? -Infinity : Infinity
      for (let d = 0; d < document.rows; d++) {
        const [i, j] = [query.first + q * dim, document.first + d * dim]
        const value = similarity(metric, query.values, i, document.values, j, dim)
        if (metric === DOT ? value > best : value < best) best = value
      }
      sum += weights[q]! * best
    }
    return metric === EUCLID ? Math.sqrt(sum) : sum
  }

  const entryAt = (table: number, i: number) => {
    const [address = 0, rows = 0] = u32().subarray(table / 4 + 4 * i)
    return { address, rows, scale: f32()[table / 4 + 4 * i + 2]! }
  }

  /** A document of a table, as f32. */
  function plainRows(table: number, i: number, dtype: number, dim: number): Rows {
    const { address, rows, scale } = entryAt(table, i)
    if (dtype === F32) return { values: f32(), first: address / 4, rows }
    return { values: decodeRows(buffer(), dtype, address, rows, dim, scale), first: 0, rows }
  }

  /** Where each query's rows begin, counted in rows, and how many it has. */
  function queryRanges(counts: number, queries: number): { first: number; rows: number }[] {
    let first = 0
    return Array.from(u32().subarray(counts / 4, counts / 4 + queries), vectors => {
      const range = { first, rows: 4 * vectors }
      first += range.rows
      return range
    })
  }

  return {
    bounds(table, count, a, b, c, scores, lower, upper) {
      const values = f32()
      for (let i = 0; i < count; i++) {
        const halves = u32()[table / 4 + 4 * i + 3]!
        const [length = 0, error = 0] = new Float32Array(
          Uint32Array.of(halves & 0xffff0000, halves << 16).buffer,
        )
        const value = values[scores / 4 + i]!
        const width = (error * a + length * b + Math.abs(value) * 2.4e-7 + c) * 1.000001
        values[lower / 4 + i] = value - width
        values[upper / 4 + i] = value + width
      }
    },
    checksum: (address, bytes) => checksumOf(new Uint8Array(buffer(), address, bytes)) | 0,
    decode(dtype, document, rows, dim, scale, out) {
      f32().set(decodeRows(buffer(), dtype, document, rows, dim, scale), out / 4)
    },
    encode(dtype, source, rows, dim, largest, out, figures) {
      f32().set(encodeRows(buffer(), dtype, source, rows, dim, largest, out), figures / 4)
    },
    packFixed(dtype, query, vectors, dim, packed, factors, lengths, errors) {
      const values = f32()
      const stride = fixedStride(dtype, dim)
      for (let row = 0; row < 4 * vectors; row++) {
        const numbers = values.subarray(query / 4 + row * dim, query / 4 + (row + 1) * dim)
        const length = Math.sqrt(numbers.reduce((sum, value) => sum + value * value, 0))
        const largest = numbers.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
        const scale = dtype === BITS ? bitsScale(numbers) : fixedScale(largest, length, LONGEST_QUERY)
        const whole = Array.from(numbers, value => nearest(value * scale))
        new Int16Array(buffer()).set(whole, packed / 2 + row * stride)
        new Float64Array(buffer())[factors / 8 + row] = 1 / scale
        values[lengths / 4 + row] = length * 1.000001
        values[errors / 4 + row] =
          Math.hypot(...whole.map((value, k) => value / scale - numbers[k]!)) * 1.000001
      }
    },
    maxsim(
      metric,
      dtype,
      query,
      weights,
      counts,
      queries,
      _vectors,
      dim,
      table,
      count,
      _best,
      _scratch,
      scores,
    ) {
      for (let i = 0; i < count; i++) {
        const document = plainRows(table, i, dtype, dim)
        queryRanges(counts, queries).forEach(({ first, rows }, q) => {
          const queryRows = { values: f32(), first: query / 4 + first * dim, rows }
          const queryWeights = f32().subarray(weights / 4 + first)
          f32()[scores / 4 + q * count + i] = score(metric, queryRows, queryWeights, document, dim)
        })
      }
    },
    maxsimFixed(
      dtype,
      query,
      factors,
      counts,
      queries,
      _vectors,
      dim,
      table,
      count,
      _best,
      _scratch,
      scores,
    ) {
      const whole = new Int16Array(buffer())
      const stride = fixedStride(dtype, dim)
      for (let i = 0; i < count; i++) {
        const { address, rows: documentRows, scale } = entryAt(table, i)
        const values = fixedRows(buffer(), dtype, address, documentRows, dim, scale)
        queryRanges(counts, queries).forEach(({ first, rows }, q) => {
          let sum = 0
          for (let row = first; row < first + rows; row++) {
            const queryRow = { values: whole, first: query / 2 + row * stride, rows: 1 }
            const best = score(DOT, queryRow, [1], { values, first: 0, rows: documentRows }, dim)
            sum += best * new Float64Array(buffer())[factors / 8 + row]!
          }
          f32()[scores / 4 + q * count + i] = sum / scale
        })
      }
    },
    maxsimWide(metric, query, weights, queryRows, dim, table, count, scores) {
      const rows = { values: f32(), first: query / 4, rows: queryRows }
      for (let i = 0; i < count; i++) {
        f32()[scores / 4 + i] = score(
          metric,
          rows,
          f32().subarray(weights / 4),
          plainRows(table, i, F32, dim),
          dim,
        )
      }
    },
    similarities(metric, _wide, query, queryRows, dim, document, rows, out) {
      const values = f32()
      for (let i = 0; i < queryRows; i++) {
        for (let j = 0; j < rows; j++) {
          const [q, d] = [query / 4 + i * dim, document / 4 + j * dim]
          values[out / 4 + i * rows + j] = similarity(metric, values, q, values, d, dim)
        }
      }
    },
    largest(address, count) {
      let most = 0
      for (const value of f32().subarray(address / 4, address / 4 + count)) {
        if (!(Math.abs(value) < Infinity)) return Infinity
        most = Math.max(most, Math.abs(value))
      }
      return most
    },
    normalize(address, rows, dim) {
      const values = f32()
      for (let row = 0, first = address / 4; row < rows; row++, first += dim) {
        let sum = 0
        for (let k = 0; k < dim; k++) sum += values[first + k]! ** 2
        const square = Math.fround(sum)
        if (square < EPSILON || Math.abs(square - 1) <= NEAR_ONE) continue
        const length = Math.sqrt(sum)
        for (let k = 0; k < dim; k++) values[first + k] = values[first + k]! / length
      }
    },
    // its packed query is the rows as they came
    pack(query, vectors, dim, packed) {
      f32().copyWithin(packed / 4, query / 4, query / 4 + 4 * vectors * dim)
    },
    ranked(heap, size, ascending) {
      writePairs(heap, readPairs(heap, size).sort(bestFirst(ascending)))
    },
    select(scores, count, first, ascending, heap, limit, size) {
      const pairs = readPairs(heap, size)
      const values = f32()
      for (let i = 0; i < count; i++) pairs.push({ score: values[scores / 4 + i]!, index: first + i })
      const kept = pairs.sort(bestFirst(ascending)).slice(0, limit)
      writePairs(heap, kept)
      return kept.length
    },
  }

  function readPairs(heap: number, size: number): Pair[] {
    const [values, words] = [f32(), u32()]
    return Array.from({ length: size }, (_, i) => ({
      score: values[heap / 4 + 2 * i]!,
      index: words[heap / 4 + 2 * i + 1]!,
    }))
  }

  function writePairs(heap: number, pairs: readonly Pair[]): void {
    const [values, words] = [f32(), u32()]
    for (const [i, { score, index }] of pairs.entries()) {
      values[heap / 4 + 2 * i] = score
      words[heap / 4 + 2 * i + 1] = index
    }
  }
}

/** Words of int16 that a query's row takes where `src/query.ts` has room for it as the binaries lay it out. */
const fixedStride = (dtype: number, dim: number) =>
  dtype === BITS ? 16 * Math.ceil(dim / 8) + 2 : 2 * Math.ceil(dim / 2)

const bestFirst = (ascending: number) => (a: Pair, b: Pair) =>
  (ascending ? a.score - b.score : b.score - a.score) || a.index - b.index

interface Pair {
  readonly score: number
  readonly index: number
}
