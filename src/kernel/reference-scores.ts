// The scores of the reference kernel: every similarity in f64 or in whole numbers, one after the other.

// biome-ignore-all lint/complexity/useMaxParams: the functions mirror the kernel's WebAssembly exports

import { BITS, DOT, type DtypeCode, ENTRY_BYTES, F32 } from './constants.generated.js'
import type { KernelFunctions } from './kernel.js'
import type { Pages } from './memory.js'
import { maxsimOf, type Row, similarity } from './reference-metric.js'
import { decodeRows, fixedRows } from './reference-rows.js'

type Scores = Pick<KernelFunctions, 'bounds' | 'maxsim' | 'maxsimFixed' | 'maxsimWide' | 'similarities'>

/** A query's rows, and a factor for each. */
interface Query {
  readonly rows: readonly Row[]
  readonly factors: ArrayLike<number>
}

/** Packed queries: where their rows, factors and row counts are. */
interface PackedQueries {
  readonly values: Float32Array | Int16Array
  readonly factors: Float32Array | Float64Array
  readonly counts: Uint32Array
  /** Elements from a row to the next. */
  readonly stride: number
  readonly dim: number
}

/** An entry of a table: see `assembly/table.ts`. */
interface Entry {
  readonly address: number
  readonly rows: number
  readonly scale: number
}

/** Returns `count` rows of `dim` elements that are `stride` apart. */
export function rowsIn<T extends Float32Array | Float64Array | Int16Array>(
  values: T,
  count: number,
  dim: number,
  stride = dim,
): T[] {
  return Array.from({ length: count }, (_, i) => values.subarray(i * stride, i * stride + dim) as T)
}

/** Returns the queries, each of which begins at a multiple of four rows. */
function readQueries({ values, factors, counts, stride, dim }: PackedQueries): Query[] {
  let first = 0
  return Array.from(counts, count => {
    const rows = rowsIn<Float32Array | Int16Array>(values.subarray(first * stride), count, dim, stride)
    const query = { rows, factors: factors.subarray(first) }
    first += 4 * Math.ceil(count / 4)
    return query
  })
}

function entryAt({ buffer }: Pages, table: number, i: number): Entry {
  const view = new DataView(buffer, table + i * ENTRY_BYTES, ENTRY_BYTES)
  return {
    address: view.getUint32(0, true),
    rows: view.getUint32(4, true),
    scale: view.getFloat32(8, true),
  }
}

/** Returns the rows of a document as f32. */
function plainRows({ buffer }: Pages, entry: Entry, dtype: DtypeCode, dim: number): Float32Array[] {
  const { address, rows } = entry
  const values =
    dtype === F32
      ? new Float32Array(buffer, address, rows * dim)
      : decodeRows({ buffer, dtype, dim, ...entry })
  return rowsIn(values, rows, dim)
}

/** Int16 elements from a query row to the next in `packFixed`'s output: as many as in the binaries' layout. */
export const fixedStride = (dtype: DtypeCode, dim: number): number =>
  dtype === BITS ? 16 * Math.ceil(dim / 8) + 2 : 8 * Math.ceil(dim / 8)

/** Creates the functions that score. `memory` returns the pages at the time of the call. */
export function createReferenceScores(memory: () => Pages): Scores {
  const f32 = (address: number) => new Float32Array(memory().buffer, address)

  return {
    bounds(table, count, errorTerm, lengthTerm, underflowTerm, scores, lower, upper) {
      const view = new DataView(memory().buffer)
      const [values, lowers, uppers] = [f32(scores), f32(lower), f32(upper)]
      for (let i = 0; i < count; i++) {
        const halves = view.getUint32(table + i * ENTRY_BYTES + 12, true)
        const [length = 0, error = 0] = new Float32Array(
          Uint32Array.of(halves & 0xffff0000, halves << 16).buffer,
        )
        const score = values[i]!
        const terms = error * errorTerm + length * lengthTerm
        const width = (terms + Math.abs(score) * 2.4e-7 + underflowTerm) * 1.000001
        lowers[i] = score - width
        uppers[i] = score + width
      }
    },
    maxsim(metric, dtype, query, weights, ...[countsAt, queryCount, dim, table, count, , , scores]) {
      const counts = new Uint32Array(memory().buffer, countsAt, queryCount)
      const packed = { values: f32(query), factors: f32(weights), counts, stride: dim, dim }
      const queries = readQueries(packed)
      for (let i = 0; i < count; i++) {
        const document = plainRows(memory(), entryAt(memory(), table, i), dtype, dim)
        queries.forEach(({ rows, factors }, q) => {
          f32(scores)[q * count + i] = maxsimOf(metric, rows, factors, document)
        })
      }
    },
    maxsimFixed(dtype, query, factorsAt, ...[countsAt, queryCount, dim, table, count, , , scores]) {
      const { buffer } = memory()
      const queries = readQueries({
        values: new Int16Array(buffer, query),
        factors: new Float64Array(buffer, factorsAt),
        counts: new Uint32Array(buffer, countsAt, queryCount),
        stride: fixedStride(dtype, dim),
        dim,
      })
      for (let i = 0; i < count; i++) {
        const entry = entryAt(memory(), table, i)
        const document = rowsIn(fixedRows({ buffer, dtype, dim, ...entry }), entry.rows, dim)
        queries.forEach(({ rows, factors }, q) => {
          f32(scores)[q * count + i] = maxsimOf(DOT, rows, factors, document) / entry.scale
        })
      }
    },
    maxsimWide(metric, query, weights, queryRows, dim, document, rows, score) {
      const documentRows = rowsIn(f32(document), rows, dim)
      f32(score)[0] = maxsimOf(metric, rowsIn(f32(query), queryRows, dim), f32(weights), documentRows)
    },
    similarities(metric, _wide, query, queryRows, dim, document, rows, out) {
      const documentRows = rowsIn(f32(document), rows, dim)
      const values = rowsIn(f32(query), queryRows, dim).flatMap(queryRow =>
        documentRows.map(row => similarity(metric, queryRow, row)),
      )
      f32(out).set(values)
    },
  }
}
