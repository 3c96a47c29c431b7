// A query in the kernel's memory, ready to be scored against blocks of documents that are there too.
//
//   | rows as they came | weights | packed for the tiles | table of a block | scores of a block |
//
// Also decides between the f32 kernel and the wide one: where no f32 sum can overflow, f32. One allocation a query.

import type { Kernel } from './kernel/kernel.js'
import { aligned } from './kernel/memory.js'
import { METRICS, type Metric } from './metric.js'
import { type MultiVector, notFinite, shapeOf, writeRows } from './multivector.js'
import { writeWeights } from './options.js'

/** The most documents that are scored at a time: their table and scores stay in the first-level cache. */
export const BLOCK = 1024

/** Sums up to this stay well inside f32, with room for their rounding. */
const SAFE = 2 ** 126

export interface LoadedQuery {
  readonly rows: number
  readonly dim: number
  /** Where `score` leaves its results. */
  readonly scores: number
  /**
   * Scores up to `BLOCK` documents. `table` has pairs of address and number of rows, `largest` is at least the largest
   * absolute value in them, `name` tells of the i-th in an error.
   *
   * @throws RangeError if a score is beyond f32
   */
  score(table: Uint32Array, largest: number, name: (i: number) => string): void
  /** Query rows x `rows` similarities with one document, as the scores use them; Euclid's are squared. A copy. */
  similarities(document: number, rows: number, largest: number): Float32Array
}

/** Whether a sum over `dim` of what two values up to `a` and `b` contribute could leave f32. */
function mayOverflow(metric: Metric, dim: number, a: number, b: number): boolean {
  const term = metric === 'euclid' ? (a + b) ** 2 : metric === 'manhattan' ? a + b : a * b
  return dim * term > SAFE
}

/**
 * Runs `use` with a query in the kernel's memory, and takes it out again whatever happens. `dim` is what the query must
 * have, if it is known.
 */
export function withQuery<T>(
  kernel: Kernel,
  query: MultiVector,
  metric: Metric,
  dim: number | undefined,
  weights: ArrayLike<number> | undefined,
  use: (loaded: LoadedQuery) => T,
): T {
  const { loaded, dispose } = load(kernel, query, metric, dim, weights)
  try {
    return use(loaded)
  } finally {
    dispose()
  }
}

function load(
  { memory, functions }: Kernel,
  query: MultiVector,
  metric: Metric,
  dim: number | undefined,
  weights: ArrayLike<number> | undefined,
): { loaded: LoadedQuery; dispose(): void } {
  const shape = shapeOf(query, 'query', dim)
  const { code, normalized } = METRICS[metric]
  const vectors = Math.ceil(shape.rows / 4)
  const elements = shape.rows * shape.dim
  const sizes = [4 * elements, 16 * vectors, 16 * vectors * shape.dim, 8 * BLOCK, 4 * BLOCK]
  const start = memory.allocate(sizes.reduce((sum, size) => sum + aligned(size), 0))
  const [raw, weightsAt, packed, tableAt, scores] = addresses(start, sizes) as [
    number,
    number,
    number,
    number,
    number,
  ]
  let largest: number
  try {
    writeRows(query, 'query', memory.f32(raw, elements))
    largest = functions.largest(raw, elements)
    if (largest === Infinity) throw notFinite(query, 'query')
    writeWeights(weights, metric, shape.rows, memory.f32(weightsAt, 4 * vectors))
  } catch (error) {
    memory.free(start)
    throw error
  }
  if (normalized) {
    functions.normalize(raw, shape.rows, shape.dim)
    largest = functions.largest(raw, elements)
  }
  functions.pack(raw, shape.rows, shape.dim, packed)

  const loaded: LoadedQuery = {
    rows: shape.rows,
    dim: shape.dim,
    scores,
    score(table, largestOfDocuments, name) {
      const count = table.length / 2
      memory.u32(tableAt, table.length).set(table)
      if (mayOverflow(metric, shape.dim, largest, largestOfDocuments)) {
        functions.maxsimWide(code, raw, weightsAt, shape.rows, shape.dim, tableAt, count, scores)
      } else functions.maxsim(code, packed, weightsAt, vectors, shape.dim, tableAt, count, scores)
      if (functions.largest(scores, count) === Infinity) {
        const i = memory.f32(scores, count).findIndex(score => !Number.isFinite(score))
        throw new RangeError(
          `the score of ${name(i)} is beyond f32 (3.4e38); scale the query's or its rows down`,
        )
      }
    },
    similarities(document, rows, largestOfDocument) {
      const out = memory.allocate(4 * shape.rows * rows)
      const wide = mayOverflow(metric, shape.dim, largest, largestOfDocument) ? 1 : 0
      functions.similarities(code, wide, raw, shape.rows, shape.dim, document, rows, out)
      const copy = memory.f32(out, shape.rows * rows).slice()
      memory.free(out)
      return copy
    },
  }
  return { loaded, dispose: () => memory.free(start) }
}

/** The address of each of several regions, one after another, all 16-byte aligned. */
function addresses(start: number, sizes: readonly number[]): number[] {
  let at = start
  return sizes.map(size => {
    const address = at
    at += aligned(size)
    return address
  })
}
