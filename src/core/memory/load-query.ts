// Queries in the kernel's memory: their rows, checked, and laid out for the tiles.
//
//   | rows as they came, each query padded to whole vectors | weights | counts | packed for the f32 tiles |
//   | packed for whole numbers | factors | best | scratch | table of a block | scores of a block |
//
// Knows no documents but for how they are stored.

import { type DtypeCode, PIECE_ROWS, QUADS } from '../../kernel/constants.generated.js'
import { hasInt8Products } from '../../kernel/int8-products.js'
import type { Kernel } from '../../kernel/kernel.js'
import { checkStorable, DTYPES, type Dtype } from '../dtype.js'
import { METRICS, type Metric } from '../metric.js'
import { type MultiVector, notFiniteError, type Shape, shapeOf, writeRows } from '../multivector.js'
import { writeWeights } from '../options.js'
import { MAX_BLOCK_DOCUMENTS } from './blocks.js'
import { ENTRY_WORDS } from './document-table.js'
import { roundRows, roundsQuery } from './query-rounding.js'
import { allocateRegions } from './regions.js'

/** What is asked, as the caller gave it. */
export interface QueryInput {
  readonly queries: readonly MultiVector[]
  /** Names the i-th query in errors. */
  readonly place: (i: number) => string
  readonly metric: Metric
  /** What the documents are stored as. */
  readonly dtype: Dtype
  /** What the queries must have; undefined: any, and all the same. */
  readonly dim: number | undefined
  /** Those of each query. */
  readonly weights: readonly (ArrayLike<number> | undefined)[]
}

/** Several queries as one, and where their parts are. */
export interface QueryMemory {
  readonly metric: Metric
  readonly dtype: Dtype
  readonly dim: number
  readonly shapes: readonly Shape[]
  /** Vectors of four rows: where those of each query begin, and how many all have together. */
  readonly starts: readonly number[]
  readonly vectors: number
  /** The largest absolute value in them. */
  readonly largest: number
  readonly at: Readonly<Record<Region, number>>
  /** The kernel's number for whole-number scoring of `dtype`, and the bytes of a row that is packed for it. */
  readonly fixedCode: DtypeCode
  readonly fixedBytes: number
  /** With f16 and u8: by how much each row is off that is rounded as the documents are. */
  readonly roundingErrors: Float32Array | undefined
  /** Lays the rows out for whole numbers, if that has not been done. */
  packFixed(): void
  free(): void
}

type Region =
  | 'rows'
  | 'weights'
  | 'counts'
  | 'packed'
  | 'rounded'
  | 'packedRounded'
  | 'fixed'
  | 'factors'
  | 'lengths'
  | 'errors'
  | 'best'
  | 'scratch'
  | 'table'
  | 'scores'
  | 'lower'
  | 'upper'

/**
 * Writes queries into the kernel's memory, where they stay until they are freed.
 *
 * @throws TypeError or RangeError that names what is wrong with them; nothing is kept then
 */
export function loadQuery(
  kernel: Kernel,
  { queries, place, metric, dtype, dim: known, weights }: QueryInput,
): QueryMemory {
  const { memory } = kernel
  const first = shapeOf(queries[0]!, place(0), known)
  const { dim } = first
  const shapes = queries.map((query, i) => (i === 0 ? first : shapeOf(query, place(i), dim)))
  const counts = shapes.map(({ rows }) => Math.ceil(rows / 4))
  const starts = counts.map((_, i) => counts.slice(0, i).reduce((sum, count) => sum + count, 0))
  const vectors = counts.reduce((sum, count) => sum + count, 0)
  const paddedRows = 4 * vectors
  const hasRounded = roundsQuery(dtype)
  const isOne = vectors === 1 && first.rows === 1
  const fixedCode = dtype === 'i8' && hasInt8Products(kernel, isOne) ? QUADS : DTYPES[dtype].code
  // a row as two limbs of int8, as vectors of int16, or as tables of 16 sums for every four dims, and their total
  const rowBytes = fixedCode === QUADS ? 8 * Math.ceil(dim / 4) : 16 * Math.ceil(dim / 8)
  const fixedBytes = dtype === 'binary' ? 32 * Math.ceil(dim / 8) + 4 : rowBytes
  const layout = allocateRegions<Region>(memory, {
    rows: 4 * paddedRows * dim,
    weights: 4 * paddedRows,
    counts: 4 * counts.length,
    packed: 4 * paddedRows * dim,
    rounded: hasRounded ? 4 * paddedRows * dim : 0,
    packedRounded: hasRounded ? 4 * paddedRows * dim : 0,
    fixed: fixedBytes * paddedRows,
    factors: 8 * paddedRows,
    lengths: 4 * paddedRows,
    errors: 4 * paddedRows,
    best: 256 * vectors,
    scratch: PIECE_ROWS * Math.max(4 * dim, 16 * Math.ceil(dim / 8)) + 768,
    table: 4 * ENTRY_WORDS * MAX_BLOCK_DOCUMENTS,
    scores: 4 * MAX_BLOCK_DOCUMENTS * queries.length,
    lower: 4 * MAX_BLOCK_DOCUMENTS,
    upper: 4 * MAX_BLOCK_DOCUMENTS,
  })
  try {
    return load()
  } catch (error) {
    layout.free()
    throw error
  }

  function load(): QueryMemory {
    const at = layout.addresses
    const { functions } = kernel
    let largest = 0
    let isFixed = false
    const roundingErrors = new Float32Array(paddedRows)
    memory.f32(at.rows, paddedRows * dim).fill(0)
    if (hasRounded) memory.f32(at.rounded, paddedRows * dim).fill(0)
    queries.forEach((query, i) => {
      const { rows } = shapes[i]!
      const address = at.rows + 16 * starts[i]! * dim
      writeRows(query, place(i), memory.f32(address, rows * dim))
      let most = functions.largest(address, rows * dim)
      if (most === Infinity) throw notFiniteError(query, place(i))
      writeWeights(weights[i], metric, rows, memory.f32(at.weights + 16 * starts[i]!, 4 * counts[i]!))
      // as the server does: bytes first, which are then divided by their length; other rows the other way around
      if (dtype === 'u8') round(i)
      if (METRICS[metric].normalized) {
        functions.normalize(address, rows, dim)
        most = functions.largest(address, rows * dim)
      }
      checkStorable(dtype === 'f16' ? 'f16' : 'f32', most, place(i))
      if (dtype === 'f16') round(i)
      largest = Math.max(largest, most)
    })
    memory.u32(at.counts, shapes.length).set(shapes.map(({ rows }) => rows))
    packAll(at.rows, at.packed)
    if (hasRounded) packAll(at.rounded, at.packedRounded)

    function packAll(rows: number, packed: number): void {
      shapes.forEach(({ rows: asked }, i) => {
        const offset = 16 * starts[i]! * dim
        functions.pack(rows + offset, asked, dim, packed + offset)
      })
    }

    /** The i-th query as documents are rounded, and by how much each row is off. */
    function round(i: number): void {
      const [start, rows] = [starts[i]!, shapes[i]!.rows]
      const offset = 16 * start * dim
      const errors = roundRows(
        kernel,
        dtype,
        metric,
        dim,
        at.rows + offset,
        rows,
        at.rounded + offset,
        at.scratch,
      )
      roundingErrors.set(errors, 4 * start)
    }

    function packFixed(): void {
      if (isFixed) return
      shapes.forEach(({ rows: asked }, i) => {
        const start = starts[i]!
        const rows = (dtype === 'u8' ? at.rounded : at.rows) + 16 * start * dim
        const fixed = at.fixed + 4 * start * fixedBytes
        const [factors, lengths, errors] = [
          at.factors + 32 * start,
          at.lengths + 16 * start,
          at.errors + 16 * start,
        ]
        functions.packFixed(fixedCode, rows, asked, dim, fixed, factors, lengths, errors)
      })
      const factors = memory.f64(at.factors, paddedRows)
      const rowWeights = memory.f32(at.weights, paddedRows)
      for (let row = 0; row < paddedRows; row++) factors[row]! *= rowWeights[row]!
      isFixed = true
    }

    return {
      metric,
      dtype,
      dim,
      shapes,
      starts,
      vectors,
      largest,
      at,
      fixedCode,
      fixedBytes,
      roundingErrors: hasRounded ? roundingErrors : undefined,
      packFixed,
      free: layout.free,
    }
  }
}
