// Scores one block of documents against queries: fills the kernel's table and calls the kernel.

import type { BlockArguments } from '../../kernel/kernel.js'
import { DTYPES, type Dtype } from '../dtype.js'
import { decodeEntry, ENTRY_WORDS } from '../memory/directory-entry.js'
import { packFixed, type QueryMemory } from '../memory/query-memory.js'
import { decodeCode, roundsQuery } from '../memory/query-rounding.js'
import { METRICS } from '../metric.js'
import { needsF64, usesIntegers } from './arithmetic.js'
import { type LoadedQueries, rowsOf } from './loaded-queries.js'

/** The error for a score that f32 cannot hold. */
export function beyondF32(name: string): RangeError {
  return new RangeError(`the score of ${name} is beyond f32 (3.4e38); scale the query's or its rows down`)
}

/**
 * Scores a block of documents.
 *
 * @param entries the entries of up to `MAX_BLOCK_DOCUMENTS` documents
 * @param largest at least the largest absolute value in the documents
 * @returns the position of the first document with a score beyond f32, or -1
 */
export function scoreBlock(
  queries: LoadedQueries,
  dtype: Dtype,
  entries: Uint32Array,
  largest: number,
): number {
  const { kernel, addresses } = queries
  const count = entries.length / ENTRY_WORDS
  if (usesIntegers(queries, dtype, largest)) scoreInIntegers(queries, dtype, entries)
  else if (needsF64(queries, dtype, largest)) scoreInF64(queries, dtype, entries)
  else scoreInF32(queries, dtype, entries)
  const scores = count * queries.length
  if (kernel.functions.largest(addresses.scores, scores) < Infinity) return -1
  return kernel.memory.f32(addresses.scores, scores).findIndex(score => !Number.isFinite(score)) % count
}

/** Scores a block of documents in integers. Rows of f32 are rounded to int16. Only if the queries are fixable. */
export function scoreInIntegers(queries: LoadedQueries, dtype: Dtype, entries: Uint32Array): void {
  const { kernel, addresses, starts, from, length, fixedCode, fixedRowBytes } = queries
  for (let i = from; i < from + length; i++) packFixed(queries, i)
  // the int16 copy of an f32 corpus has another code than the queries were packed for
  const code = dtype === queries.dtype ? fixedCode : DTYPES[dtype].code
  const row = 4 * starts[from]!
  kernel.functions.maxsimFixed(
    code,
    addresses.fixed + fixedRowBytes * row,
    addresses.factors + 8 * row,
    ...blockOf(queries, entries),
  )
}

function scoreInF32(queries: LoadedQueries, dtype: Dtype, entries: Uint32Array): void {
  const { kernel, metric, dim, addresses, starts, from } = queries
  const { code } = METRICS[metric]
  const row = 4 * starts[from]!
  const packed = (roundsQuery(dtype) ? addresses.packedRounded : addresses.packed) + 4 * row * dim
  const weights = addresses.weights + 4 * row
  kernel.functions.maxsim(code, decodeCode(dtype, metric), packed, weights, ...blockOf(queries, entries))
}

/** Scores one document after another, as f32 rows with sums in f64. */
function scoreInF64(queries: LoadedQueries, dtype: Dtype, entries: Uint32Array): void {
  const { kernel, metric, dim, addresses, starts, from, length } = queries
  const count = writeTable(queries, entries)
  const rows = rowsFor(queries, dtype)
  for (let i = 0; i < count; i++) {
    const entry = entries.subarray(ENTRY_WORDS * i, ENTRY_WORDS * (i + 1))
    const address = decodedRows(queries, dtype, entry)
    for (let q = 0; q < length; q++) {
      const row = 4 * starts[from + q]!
      kernel.functions.maxsimWide(
        METRICS[metric].code,
        rows + 4 * row * dim,
        addresses.weights + 4 * row,
        rowsOf(queries, q),
        dim,
        address,
        entry[1]!,
        addresses.scores + 4 * (q * count + i),
      )
    }
    if (dtype !== 'f32') kernel.memory.free(address)
  }
}

/** Writes the entries of a block into the kernel's table. Returns their number. */
function writeTable({ kernel, addresses }: QueryMemory, entries: Uint32Array): number {
  kernel.memory.u32(addresses.table, entries.length).set(entries)
  return entries.length / ENTRY_WORDS
}

/** Writes the kernel's table and returns the kernel arguments that describe the queries and the block. */
function blockOf(queries: LoadedQueries, entries: Uint32Array): BlockArguments {
  const { dim, addresses, from, length } = queries
  const { counts, table, best, scratch, scores } = addresses
  const count = writeTable(queries, entries)
  return [counts + 4 * from, length, dim, table, count, best, scratch, scores]
}

/** The address of the f32 rows of all queries that documents of `dtype` are scored with. */
const rowsFor = ({ addresses }: QueryMemory, dtype: Dtype) =>
  roundsQuery(dtype) ? addresses.rounded : addresses.rows

/** The address of a document's rows as f32. Those of another dtype are decoded into a new block. */
const decodedRows = ({ kernel, metric, dim }: QueryMemory, dtype: Dtype, entry: Uint32Array) =>
  dtype === 'f32' ? entry[0]! : decodeEntry(kernel, decodeCode(dtype, metric), dim, entry)

/** The similarities of the first query's rows with a document's rows, in row-major order. A copy. */
export function similaritiesOf(
  queries: LoadedQueries,
  dtype: Dtype,
  entry: Uint32Array,
  largest: number,
): Float32Array {
  const { kernel, metric, dim, starts, from } = queries
  const rows = entry[1]!
  const queryRows = rowsOf(queries, 0)
  const address = decodedRows(queries, dtype, entry)
  try {
    const matrix = kernel.memory.allocate(4 * queryRows * rows)
    kernel.functions.similarities(
      METRICS[metric].code,
      needsF64(queries, dtype, largest) ? 1 : 0,
      rowsFor(queries, dtype) + 16 * starts[from]! * dim,
      queryRows,
      dim,
      address,
      rows,
      matrix,
    )
    const copy = kernel.memory.f32(matrix, queryRows * rows).slice()
    kernel.memory.free(matrix)
    return copy
  } finally {
    if (dtype !== 'f32') kernel.memory.free(address)
  }
}
