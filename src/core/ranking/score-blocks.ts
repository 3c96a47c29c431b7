// Blocks of documents scored against queries that are in the kernel's memory. Decides which arithmetic scores a block:
// whole numbers, f32, or, where an f32 sum could overflow, f64.

import type { BlockArguments, Kernel } from '../../kernel/kernel.js'
import { DTYPES, type Dtype } from '../dtype.js'
import { ENTRY_WORDS } from '../memory/document-table.js'
import { loadQuery, type QueryInput, type QueryMemory } from '../memory/load-query.js'
import { decodeCode, roundsQuery } from '../memory/query-rounding.js'
import { METRICS, type Metric } from '../metric.js'
import { type BoundTerms, boundTermsOf } from './score-bounds.js'

/** Sums up to this stay well inside f32, with room for their rounding. */
const SAFE = 2 ** 126
/** Rows up to this can be rounded to int16 by powers of two that f32 holds. */
const FIXABLE = 2 ** 60
/** So many sums of products of bytes are whole numbers that f32 holds. */
const EXACT_BYTES = 2 ** 24 / 255 ** 2

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
  return dim * METRICS[metric].largestTerm(a, b) > SAFE
}

/** The error for a score that f32 cannot hold. */
export function beyondF32(name: string): RangeError {
  return new RangeError(`the score of ${name} is beyond f32 (3.4e38); scale the query's or its rows down`)
}

/** Runs `use` with queries in the kernel's memory, and takes them out again whatever happens. */
export function withQueries<T>(kernel: Kernel, questions: QueryInput, use: (loaded: LoadedQueries) => T): T {
  const query = loadQuery(kernel, questions)
  try {
    return use(createScoring(kernel, query))
  } finally {
    query.free()
  }
}

function createScoring(kernel: Kernel, query: QueryMemory): LoadedQueries {
  const { memory, functions } = kernel
  const { metric, dim, at, shapes, starts, vectors, largest } = query
  const { code } = METRICS[metric]
  /** f16 and u8 documents are scored by a query that is rounded as they are. */
  const rowsFor = (dtype: Dtype) => (roundsQuery(dtype) ? at.rounded : at.rows)
  const isDot = code === METRICS.dot.code
  const isFixable = (largestOfDocuments: number) => largest <= FIXABLE && largestOfDocuments <= FIXABLE
  const slack = new Map<number, BoundTerms>()
  let count = 0

  function isWhole(dtype: Dtype, largestOfDocuments: number): boolean {
    if (!isDot || dim > DTYPES[dtype].fixedDims) return false
    return dtype === 'u8' ? metric === 'dot' : isFixable(largestOfDocuments)
  }

  /** Whether sums are f64: where f32 could overflow, or could not hold the whole numbers that u8 has. */
  function isWide(dtype: Dtype, largestOfDocuments: number): boolean {
    if (dtype === 'u8') return dim > EXACT_BYTES && (metric === 'dot' || metric === 'euclid')
    return mayOverflow(metric, dim, largest, largestOfDocuments)
  }

  function setTable(table: Uint32Array): void {
    count = table.length / ENTRY_WORDS
    memory.u32(at.table, table.length).set(table)
  }

  function block(from: number, queries: number): BlockArguments {
    const counts = at.counts + 4 * from
    return [counts, queries, vectors, dim, at.table, count, at.best, at.scratch, at.scores]
  }

  function scoreFixed(dtype: Dtype, from: number, queries: number): void {
    query.packFixed()
    const start = starts[from]!
    const fixed = at.fixed + 4 * start * query.fixedBytes
    // a copy in int16 screens for f32
    const dtypeCode = dtype === query.dtype ? query.fixedCode : DTYPES[dtype].code
    functions.maxsimFixed(dtypeCode, fixed, at.factors + 32 * start, ...block(from, queries))
  }

  function scoreFloat(dtype: Dtype, from: number, queries: number): void {
    const start = starts[from]!
    const packed = (roundsQuery(dtype) ? at.packedRounded : at.packed) + 16 * start * dim
    const rowWeights = at.weights + 16 * start
    if (dtype === 'f32') functions.maxsim(code, packed, rowWeights, ...block(from, queries))
    else functions.maxsimDecoded(code, decodeCode(dtype, metric), packed, rowWeights, ...block(from, queries))
  }

  /** One document after another, as f32, one query after another. */
  function scoreWide(dtype: Dtype, table: Uint32Array, from: number, queries: number): void {
    for (let i = 0; i < count; i++) {
      withPlainRows(dtype, table.subarray(ENTRY_WORDS * i, ENTRY_WORDS * (i + 1)), () => {
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
    if (dtype !== 'f32') functions.decode(decodeCode(dtype, metric), address, rows, dim, scale, decoded)
    memory.u32(at.table, ENTRY_WORDS).set([decoded, rows])
    use(decoded)
    if (dtype !== 'f32') memory.free(decoded)
  }

  return {
    length: shapes.length,
    dim,
    rowsOf: i => shapes[i]!.rows,
    scoresOf: (i, blockCount) => at.scores + 4 * i * blockCount,
    score(dtype, table, largestOfDocuments, name, only) {
      setTable(table)
      const [from, number] = only === undefined ? [0, shapes.length] : [only, 1]
      if (isWhole(dtype, largestOfDocuments)) scoreFixed(dtype, from, number)
      else if (isWide(dtype, largestOfDocuments)) scoreWide(dtype, table, from, number)
      else scoreFloat(dtype, from, number)
      if (functions.largest(at.scores, count * number) < Infinity) return
      const i = memory.f32(at.scores, count * number).findIndex(score => !Number.isFinite(score))
      throw beyondF32(name(i % count))
    },
    screen(dtype, table) {
      setTable(table)
      scoreFixed(dtype, 0, shapes.length)
    },
    isFixable,
    bounds(i, blockCount) {
      if (!slack.has(i)) slack.set(i, boundTermsOf(kernel, query, i))
      const { errorTerm, lengthTerm, underflowTerm } = slack.get(i)!
      functions.bounds(
        at.table,
        blockCount,
        errorTerm,
        lengthTerm,
        underflowTerm,
        at.scores + 4 * i * blockCount,
        at.lower,
        at.upper,
      )
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
      const wide = isWide(dtype, largestOfDocument) ? 1 : 0
      withPlainRows(dtype, entry, address => {
        functions.similarities(code, wide, rowsFor(dtype), queryRows, dim, address, rows, out)
      })
      const copy = memory.f32(out, queryRows * rows).slice()
      memory.free(out)
      return copy
    },
  }
}
