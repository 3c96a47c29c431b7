// Queries in the kernel's memory, ready to be scored against blocks of documents that are there too.
//
//   | rows as they came, each query padded to whole vectors | weights | counts | packed for the f32 tiles |
//   | packed for the int16 tiles | factors | best | scratch | table of a block | scores of a block |
//
// Decides which arithmetic scores a block: whole numbers, f32, or, where an f32 sum could overflow, f64.

import { ENTRY } from './documents.js'
import { checkStorable, DTYPES, type Dtype } from './dtype.js'
import type { Kernel } from './kernel/kernel.js'
import { createLayout } from './layout.js'
import { METRICS, type Metric } from './metric.js'
import { type MultiVector, notFinite, shapeOf, writeRows } from './multivector.js'
import { writeWeights } from './options.js'

/** The most documents that are scored at a time: their table and scores stay in the first-level cache. */
export const BLOCK = 1024

/** Sums up to this stay well inside f32, with room for their rounding. */
const SAFE = 2 ** 126
/** Rows up to this can be rounded to int16 by powers of two that f32 holds. */
const FIXABLE = 2 ** 60
/** Rows that are converted at a time: `PIECE_ROWS` of `assembly/maxsim.ts`. */
const PIECE_ROWS = 8

/** What the bounds of a query's scores rest on: see `assembly/bounds.ts`. */
interface Slack {
  readonly a: number
  readonly b: number
  readonly c: number
}

export interface LoadedQueries {
  /** How many there are. */
  readonly length: number
  readonly dim: number
  /** Rows of the `i`-th query. */
  rowsOf(i: number): number
  /** Where a block's scores of the `i`-th query are, after `score` or `screen` of `count` documents. */
  scoresOf(i: number, count: number): number
  /**
   * Scores up to `BLOCK` documents of `dtype`. `table` has their entries, `largest` is at least the largest absolute
   * value in them, `name` tells of the i-th in an error. `only`: for this query alone; its scores are then the first.
   *
   * @throws RangeError if a score is beyond f32
   */
  score(dtype: Dtype, table: Uint32Array, largest: number, name: (i: number) => string, only?: number): void
  /** Scores them in whole numbers; f32 rows are rounded on the way. Only where `isFixable`. */
  screen(dtype: Dtype, table: Uint32Array): void
  isFixable(largest: number): boolean
  /** Between which f32 scores of the `i`-th query the original rows must lie, for the block that was just scored. */
  bounds(i: number, count: number): { lower: Float32Array; upper: Float32Array; lowerAt: number }
  /** Query rows x `rows` similarities of the first query with a document, Euclid's squared. A copy. */
  similarities(dtype: Dtype, entry: Uint32Array, largest: number): Float32Array
}

/** Whether a sum over `dim` of what two values up to `a` and `b` contribute could leave f32. */
function mayOverflow(metric: Metric, dim: number, a: number, b: number): boolean {
  const term = metric === 'euclid' ? (a + b) ** 2 : metric === 'manhattan' ? a + b : a * b
  return dim * term > SAFE
}

/** The error for a score that f32 cannot hold. */
export function beyondF32(name: string): RangeError {
  return new RangeError(`the score of ${name} is beyond f32 (3.4e38); scale the query's or its rows down`)
}

/**
 * Runs `use` with queries in the kernel's memory, and takes them out again whatever happens. `dim` is what they must
 * have, if it is known; `dtype` is what the documents are stored as; `place` names the i-th in errors.
 */
export function withQueries<T>(
  kernel: Kernel,
  queries: readonly MultiVector[],
  place: (i: number) => string,
  metric: Metric,
  dtype: Dtype,
  knownDim: number | undefined,
  weights: readonly (ArrayLike<number> | undefined)[],
  use: (loaded: LoadedQueries) => T,
): T {
  const { memory } = kernel
  const { code, normalized } = METRICS[metric]
  const first = shapeOf(queries[0]!, place(0), knownDim)
  const { dim } = first
  const shapes = queries.map((query, i) => (i === 0 ? first : shapeOf(query, place(i), dim)))
  const counts = shapes.map(({ rows }) => Math.ceil(rows / 4))
  const starts = counts.map((_, i) => counts.slice(0, i).reduce((sum, count) => sum + count, 0))
  const vectors = counts.reduce((sum, count) => sum + count, 0)
  const paddedRows = 4 * vectors
  // a row as pairs of int16, or as tables of 16 sums for every four dims, and their total
  const fixedBytes = dtype === 'binary' ? 32 * Math.ceil(dim / 8) + 4 : 4 * Math.ceil(dim / 2)
  const layout = createLayout(memory, {
    rows: 4 * paddedRows * dim,
    weights: 4 * paddedRows,
    counts: 4 * counts.length,
    packed: 4 * paddedRows * dim,
    halves: dtype === 'f16' ? 4 * paddedRows * dim : 0,
    packedHalves: dtype === 'f16' ? 4 * paddedRows * dim : 0,
    fixed: fixedBytes * paddedRows,
    factors: 8 * paddedRows,
    lengths: 4 * paddedRows,
    errors: 4 * paddedRows,
    best: 64 * vectors,
    scratch: PIECE_ROWS * Math.max(4 * dim, 16 * Math.ceil(dim / 8)) + 768,
    table: 4 * ENTRY * BLOCK,
    scores: 4 * BLOCK * queries.length,
    lower: 4 * BLOCK,
    upper: 4 * BLOCK,
  })
  try {
    return use(load())
  } finally {
    layout.free()
  }

  function load(): LoadedQueries {
    const at = layout.addresses
    const { functions } = kernel
    let largest = 0
    memory.f32(at.rows, paddedRows * dim).fill(0)
    queries.forEach((query, i) => {
      const { rows } = shapes[i]!
      const address = at.rows + 16 * starts[i]! * dim
      writeRows(query, place(i), memory.f32(address, rows * dim))
      let most = functions.largest(address, rows * dim)
      if (most === Infinity) throw notFinite(query, place(i))
      writeWeights(weights[i], metric, rows, memory.f32(at.weights + 16 * starts[i]!, 4 * counts[i]!))
      if (normalized) {
        functions.normalize(address, rows, dim)
        most = functions.largest(address, rows * dim)
      }
      checkStorable(dtype === 'f16' ? 'f16' : 'f32', most, place(i))
      largest = Math.max(largest, most)
    })
    memory.u32(at.counts, counts.length).set(counts)
    packAll(at.rows, at.packed)
    const halved = dtype === 'f16' ? roundToHalves() : undefined
    if (halved) packAll(at.halves, at.packedHalves)
    /** f16 documents are scored by a query that is rounded as they are. */
    const rowsFor = (dtype: Dtype) => (dtype === 'f16' ? at.halves : at.rows)
    const isDot = code === METRICS.dot.code
    const isFixable = (largestOfDocuments: number) => largest <= FIXABLE && largestOfDocuments <= FIXABLE
    const slack = new Map<number, Slack>()
    let isFixed = false
    let count = 0

    function packAll(rows: number, packed: number): void {
      counts.forEach((count, i) => {
        const offset = 16 * starts[i]! * dim
        functions.pack(rows + offset, count, dim, packed + offset)
      })
    }

    /** The rows as f16 documents are rounded; returns the largest error of each. */
    function roundToHalves(): Float32Array {
      const stored = memory.allocate(2 * dim + 64)
      const errors = new Float32Array(paddedRows)
      for (let row = 0; row < paddedRows; row++) {
        functions.encode(DTYPES.f16.code, at.rows + 4 * row * dim, 1, dim, largest, stored, at.lower)
        errors[row] = memory.f32(at.lower, 3)[2]!
        // by way of scratch: what is decoded may write a little past the row
        functions.decode(DTYPES.f16.code, stored, 1, dim, 1, at.scratch)
        memory.f32(at.halves + 4 * row * dim, dim).set(memory.f32(at.scratch, dim))
      }
      memory.free(stored)
      return errors
    }

    function packFixed(): void {
      if (isFixed) return
      counts.forEach((count, i) => {
        const start = starts[i]!
        const [rows, fixed] = [at.rows + 16 * start * dim, at.fixed + 4 * start * fixedBytes]
        const [factors, lengths, errors] = [
          at.factors + 32 * start,
          at.lengths + 16 * start,
          at.errors + 16 * start,
        ]
        functions.packFixed(DTYPES[dtype].code, rows, count, dim, fixed, factors, lengths, errors)
      })
      const factors = memory.f64(at.factors, paddedRows)
      const rowWeights = memory.f32(at.weights, paddedRows)
      for (let row = 0; row < paddedRows; row++) factors[row]! *= rowWeights[row]!
      isFixed = true
    }

    function setTable(table: Uint32Array): void {
      count = table.length / ENTRY
      memory.u32(at.table, table.length).set(table)
    }

    function scoreFixed(dtype: Dtype, from: number, queries: number): void {
      packFixed()
      const start = starts[from]!
      const [fixed, factors] = [at.fixed + 4 * start * fixedBytes, at.factors + 32 * start]
      const dtypeCode = DTYPES[dtype].code
      // biome-ignore format: the kernel's order of arguments
      functions.maxsimFixed(dtypeCode, fixed, factors, at.counts + 4 * from, queries, vectors, dim, at.table, count, at.best, at.scratch, at.scores)
    }

    function scoreFloat(dtype: Dtype, from: number, queries: number): void {
      const start = starts[from]!
      const packed = (dtype === 'f16' ? at.packedHalves : at.packed) + 16 * start * dim
      const rowWeights = at.weights + 16 * start
      const dtypeCode = DTYPES[dtype].code
      // biome-ignore format: the kernel's order of arguments
      functions.maxsim(code, dtypeCode, packed, rowWeights, at.counts + 4 * from, queries, vectors, dim, at.table, count, at.best, at.scratch, at.scores)
    }

    /** One document after another, as f32, one query after another. */
    function scoreWide(dtype: Dtype, table: Uint32Array, from: number, queries: number): void {
      for (let i = 0; i < count; i++) {
        withPlainRows(dtype, table.subarray(ENTRY * i, ENTRY * (i + 1)), () => {
          for (let q = 0; q < queries; q++) {
            const start = starts[from + q]!
            const [rows, rowWeights] = [rowsFor(dtype) + 16 * start * dim, at.weights + 16 * start]
            const out = at.scores + 4 * (q * count + i)
            functions.maxsimWide(code, rows, rowWeights, shapes[from + q]!.rows, dim, at.table, 1, out)
          }
        })
      }
    }

    /** Runs `use` with a document's rows as f32 at the address it is given, which is also that of the table's only entry. */
    function withPlainRows(dtype: Dtype, entry: Uint32Array, use: (address: number) => void): void {
      const [address = 0, rows = 0] = entry
      const decoded = dtype === 'f32' ? address : memory.allocate(4 * rows * dim + 16)
      const scale = new Float32Array(entry.slice().buffer)[2]!
      if (dtype !== 'f32') functions.decode(DTYPES[dtype].code, address, rows, dim, scale, decoded)
      memory.u32(at.table, ENTRY).set([decoded, rows])
      use(decoded)
      if (dtype !== 'f32') memory.free(decoded)
    }

    function slackOf(q: number): Slack {
      packFixed()
      const rows = shapes[q]!.rows
      const from = 4 * starts[q]!
      const rowWeights = memory.f32(at.weights, paddedRows)
      const lengths = memory.f32(at.lengths, paddedRows)
      const errors = halved ?? memory.f32(at.errors, paddedRows)
      let [a, b, c] = [0, 0, 0]
      for (let row = from; row < from + rows; row++) {
        const weight = Math.abs(rowWeights[row]!)
        const length = lengths[row]!
        a += weight * length
        b += weight * (errors[row]! + 2 * (dim + 4) * 2 ** -24 * length)
        c += (weight + 1) * dim * 2 ** -148
      }
      return { a, b, c }
    }

    return {
      length: queries.length,
      dim,
      rowsOf: i => shapes[i]!.rows,
      scoresOf: (i, blockCount) => at.scores + 4 * i * blockCount,
      score(dtype, table, largestOfDocuments, name, only) {
        setTable(table)
        const [from, number] = only === undefined ? [0, queries.length] : [only, 1]
        const isWhole = isDot && dim <= DTYPES[dtype].fixedDims && isFixable(largestOfDocuments)
        if (isWhole) scoreFixed(dtype, from, number)
        else if (mayOverflow(metric, dim, largest, largestOfDocuments)) scoreWide(dtype, table, from, number)
        else scoreFloat(dtype, from, number)
        if (functions.largest(at.scores, count * number) < Infinity) return
        const i = memory.f32(at.scores, count * number).findIndex(score => !Number.isFinite(score))
        throw beyondF32(name(i % count))
      },
      screen(dtype, table) {
        setTable(table)
        scoreFixed(dtype, 0, queries.length)
      },
      isFixable,
      bounds(i, blockCount) {
        if (!slack.has(i)) slack.set(i, slackOf(i))
        const { a, b, c } = slack.get(i)!
        functions.bounds(at.table, blockCount, a, b, c, at.scores + 4 * i * blockCount, at.lower, at.upper)
        return {
          lower: memory.f32(at.lower, blockCount),
          upper: memory.f32(at.upper, blockCount),
          lowerAt: at.lower,
        }
      },
      similarities(dtype, entry, largestOfDocument) {
        const rows = entry[1]!
        const queryRows = shapes[0]!.rows
        const out = memory.allocate(4 * queryRows * rows)
        const wide = mayOverflow(metric, dim, largest, largestOfDocument) ? 1 : 0
        withPlainRows(dtype, entry, address => {
          functions.similarities(code, wide, rowsFor(dtype), queryRows, dim, address, rows, out)
        })
        const copy = memory.f32(out, queryRows * rows).slice()
        memory.free(out)
        return copy
      },
    }
  }
}
