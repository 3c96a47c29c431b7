// Queries in the kernel's memory: checked, and packed for the kernel's tiles.
//
//   | rows as f32, each query padded to whole vectors of 4 rows | weights | row counts | rows packed for f32 products |
//   | rounded rows, and packed | rows packed for integer products | their factors, lengths and errors |
//   | working memory | table of a block | scores of a block, and their bounds |

import { BYTES, type DtypeCode, LIMB, PIECE_ROWS, QUADS } from '../../kernel/constants.generated.js'
import { hasByteProducts, hasInt8Products } from '../../kernel/int8-products.js'
import type { Kernel } from '../../kernel/kernel.js'
import { checkStorable, DTYPES, type Dtype } from '../dtype.js'
import type { Metric } from '../metric.js'
import { type MultiVector, type Shape, shapeOf } from '../multivector.js'
import { writeWeights } from '../options.js'
import type { Screen } from '../screen.js'
import { MAX_BLOCK_DOCUMENTS } from './blocks.js'
import { ENTRY_WORDS } from './directory-entry.js'
import { roundRows, roundsQuery } from './query-rounding.js'
import { allocateRegions } from './regions.js'
import { normalizeInPlace, writeFiniteRows } from './write-document.js'

/** Queries as a caller passed them, and the documents that they are for. */
export interface QueryInput {
  readonly queries: readonly MultiVector[]
  /** The name of a query in error messages. Default: `query`. */
  readonly pathOf?: ((i: number) => string) | undefined
  /** The weights of each query. Default: none. */
  readonly weights?: readonly (ArrayLike<number> | undefined)[] | undefined
  readonly metric: Metric
  /** The dtype of the documents. */
  readonly dtype: Dtype
  /** The screen of the documents. Default: `off`. */
  readonly screen?: Screen | undefined
  /** The dim that the queries must have. Default: the dim of the first. */
  readonly dim?: number | undefined
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

/** Queries in the kernel's memory. */
export interface QueryMemory {
  readonly kernel: Kernel
  readonly metric: Metric
  readonly dtype: Dtype
  readonly dim: number
  readonly shapes: readonly Shape[]
  /** The first vector of each query, and at the end the number of all vectors. A vector has 4 rows. */
  readonly starts: readonly number[]
  /** The largest absolute value in each query. */
  readonly largestValues: Float64Array
  readonly addresses: Readonly<Record<Region, number>>
  /** The kernel's code for integer products with documents of `dtype`, and the bytes of a row that is packed for them. */
  readonly fixedCode: DtypeCode
  readonly fixedRowBytes: number
  /** For a dtype that rounds queries: the length of each row's rounding error. */
  readonly roundingErrors: Float32Array | undefined
  /** For each query: 1 if its rows are packed for integer products. */
  readonly packedFixed: Uint8Array
  /** With the screen `i8`: the queries for the int8 copy of the documents. */
  readonly coarse: QueryMemory | undefined
  free(): void
}

/**
 * Writes queries into the kernel's memory. The caller frees them.
 *
 * @throws TypeError or RangeError that names the value at fault; nothing stays in memory then
 */
export function loadQueries(kernel: Kernel, input: QueryInput): QueryMemory {
  const memory = allocateQueries(kernel, input)
  const { addresses, dim, shapes, starts, roundingErrors } = memory
  const elements = 4 * starts.at(-1)! * dim
  try {
    kernel.memory.f32(addresses.rows, elements).fill(0)
    if (roundingErrors) kernel.memory.f32(addresses.rounded, elements).fill(0)
    for (let i = 0; i < shapes.length; i++) writeQuery(memory, input, i)
    kernel.memory.u32(addresses.counts, shapes.length).set(shapes.map(({ rows }) => rows))
    packRows(memory, addresses.rows, addresses.packed)
    if (roundingErrors) packRows(memory, addresses.rounded, addresses.packedRounded)
    return input.screen === 'i8' ? withCoarse(memory) : memory
  } catch (error) {
    memory.free()
    throw error
  }
}

/** Checks the shapes of queries and allocates memory for them. */
function allocateQueries(kernel: Kernel, input: QueryInput): QueryMemory {
  const { metric, dtype } = input
  const shapes = shapesOf(input)
  const { dim } = shapes[0]!
  const starts = [0]
  for (const shape of shapes) starts.push(starts.at(-1)! + Math.ceil(shape.rows / 4))
  const vectors = starts.at(-1)!
  const packing = packingFor(kernel, dtype, shapes)
  const paddedRows = 4 * vectors
  const rowsBytes = 4 * paddedRows * dim
  const roundedBytes = roundsQuery(dtype) ? rowsBytes : 0
  const { addresses, free } = allocateRegions<Region>(kernel.memory, {
    rows: rowsBytes,
    weights: 4 * paddedRows,
    counts: 4 * shapes.length,
    packed: rowsBytes,
    rounded: roundedBytes,
    packedRounded: roundedBytes,
    ...fixedRegions(packing, paddedRows),
    best: 256 * vectors,
    scratch: PIECE_ROWS * Math.max(4 * dim, 16 * Math.ceil(dim / 8)) + 768,
    table: 4 * ENTRY_WORDS * MAX_BLOCK_DOCUMENTS,
    scores: 4 * MAX_BLOCK_DOCUMENTS * shapes.length,
    lower: 4 * MAX_BLOCK_DOCUMENTS,
    upper: 4 * MAX_BLOCK_DOCUMENTS,
  })
  return {
    kernel,
    metric,
    dtype,
    dim,
    shapes,
    starts,
    largestValues: new Float64Array(shapes.length),
    addresses,
    ...packing,
    roundingErrors: roundedBytes > 0 ? new Float32Array(paddedRows) : undefined,
    packedFixed: new Uint8Array(shapes.length),
    coarse: undefined,
    free,
  }
}

type Packing = Pick<QueryMemory, 'fixedCode' | 'fixedRowBytes'>

/** How queries are packed for integer products. `isCoarse`: they only screen documents, and are rounded to fewer bits. */
function packingFor(kernel: Kernel, dtype: Dtype, shapes: readonly Shape[], isCoarse = false): Packing {
  const { dim, rows } = shapes[0]!
  const isOneRow = shapes.length === 1 && rows === 1
  // a single row would leave three of four lanes of a tile empty
  if (isCoarse && !isOneRow && kernel.name === 'relaxed-simd') {
    return hasByteProducts(kernel)
      ? // the bytes, and the term after them
        { fixedCode: BYTES, fixedRowBytes: 16 * Math.ceil(dim / 16) + 4 }
      : { fixedCode: LIMB, fixedRowBytes: 4 * Math.ceil(dim / 4) }
  }
  if (dtype === 'i8' && hasInt8Products(kernel, isOneRow)) {
    return { fixedCode: QUADS, fixedRowBytes: 8 * Math.ceil(dim / 4) }
  }
  return { fixedCode: DTYPES[dtype].code, fixedRowBytes: DTYPES[dtype].queryRowBytes(dim) }
}

/** The sizes of the regions for rows that are packed for integer products. */
const fixedRegions = ({ fixedRowBytes }: Packing, paddedRows: number) => ({
  fixed: fixedRowBytes * paddedRows,
  factors: 8 * paddedRows,
  lengths: 4 * paddedRows,
  errors: 4 * paddedRows,
})

/** Adds the same queries for the int8 copy of the documents. They are packed from the same rows when they are used. */
function withCoarse(exact: QueryMemory): QueryMemory {
  const { kernel, shapes, starts } = exact
  const packing = packingFor(kernel, 'i8', shapes, true)
  const { addresses, free } = allocateRegions(kernel.memory, fixedRegions(packing, 4 * starts.at(-1)!))
  return {
    ...exact,
    coarse: {
      ...exact,
      ...packing,
      dtype: 'i8',
      addresses: { ...exact.addresses, ...addresses },
      packedFixed: new Uint8Array(shapes.length),
    },
    free() {
      free()
      exact.free()
    },
  }
}

const pathOf = (input: QueryInput, i: number) => input.pathOf?.(i) ?? 'query'

/** The shapes of the queries, which all have the same dim. */
function shapesOf(input: QueryInput): Shape[] {
  let knownDim = input.dim
  return Array.from(input.queries, (query, i) => {
    const shape = shapeOf(query, pathOf(input, i), knownDim)
    knownDim = shape.dim
    return shape
  })
}

/** The bytes of the rows before the `i`-th query, in each region of f32 rows. */
const rowOffset = ({ starts, dim }: QueryMemory, i: number) => 16 * starts[i]! * dim

/** Writes the rows and weights of the `i`-th query. */
function writeQuery(memory: QueryMemory, input: QueryInput, i: number): void {
  const { kernel, metric, dtype, starts, addresses } = memory
  const { rows } = memory.shapes[i]!
  const path = pathOf(input, i)
  const address = addresses.rows + rowOffset(memory, i)
  const written = writeFiniteRows(memory, input.queries[i]!, rows, path, address)
  const start = starts[i]!
  const weights = kernel.memory.f32(addresses.weights + 16 * start, 4 * (starts[i + 1]! - start))
  writeWeights(input.weights?.[i], metric, rows, weights)
  const { queryRounding } = DTYPES[dtype]
  if (queryRounding === 'before') roundQuery(memory, i)
  const largest = normalizeInPlace(memory, rows, address, written)
  checkStorable(queryRounding === 'after' ? dtype : 'f32', largest, path)
  if (queryRounding === 'after') roundQuery(memory, i)
  memory.largestValues[i] = largest
}

/** Rounds the rows of the `i`-th query as documents are rounded. */
function roundQuery(memory: QueryMemory, i: number): void {
  const { shapes, starts, addresses, roundingErrors } = memory
  const offset = rowOffset(memory, i)
  const errors = roundRows({
    ...memory,
    source: addresses.rows + offset,
    rows: shapes[i]!.rows,
    target: addresses.rounded + offset,
    scratch: addresses.scratch,
  })
  roundingErrors!.set(errors, 4 * starts[i]!)
}

/** Packs the rows of every query for f32 products. */
function packRows(memory: QueryMemory, rows: number, packed: number): void {
  const { kernel, dim, shapes } = memory
  for (const [i, shape] of shapes.entries()) {
    const offset = rowOffset(memory, i)
    kernel.functions.pack(rows + offset, shape.rows, dim, packed + offset)
  }
}

/** Packs the rows of the `i`-th query for integer products, unless that has been done. */
export function packFixed(memory: QueryMemory, i: number): void {
  if (memory.packedFixed[i]) return
  memory.packedFixed[i] = 1
  const { kernel, dtype, dim, shapes, starts, addresses, fixedCode, fixedRowBytes } = memory
  const { rows } = shapes[i]!
  const row = 4 * starts[i]!
  const factorsAddress = addresses.factors + 8 * row
  // integers are made from the rounded rows if documents hold integers
  const source = DTYPES[dtype].queryRounding === 'before' ? addresses.rounded : addresses.rows
  kernel.functions.packFixed(
    fixedCode,
    source + rowOffset(memory, i),
    rows,
    dim,
    addresses.fixed + row * fixedRowBytes,
    factorsAddress,
    addresses.lengths + 4 * row,
    addresses.errors + 4 * row,
  )
  const factors = kernel.memory.f64(factorsAddress, rows)
  const weights = kernel.memory.f32(addresses.weights + 4 * row, rows)
  for (let k = 0; k < rows; k++) factors[k]! *= weights[k]!
}
