// Fewer rows for a document: rows that say nearly the same become their mean (Clavié, Chaffin and Adams 2024, "Reducing
// the Footprint of Multi-Vector Retrieval with Minimal Performance Impact via Token Pooling").
//
//   protected rows | the others in max(1, ⌊others / factor⌋) clusters  ->  protected rows | the mean of each cluster
//
// Counts, protection and means without division by their length are those of PyLate's `pool_embeddings_hierarchical`.

import { oneOf, wholeNumber } from '../../base/check-options.js'
import { typeName } from '../../base/type-name.js'
import { copyRows, type FlatRows, type MultiVector } from '../../core/multivector.js'
import { checkOptions } from '../../core/options.js'
import { kmeansClusters } from './kmeans.js'
import { toUnitRows } from './unit-rows.js'
import { wardClusters } from './ward.js'

/** How rows are put together: `ward` and `kmeans` by what they say, `sequential` by where they stand. */
export type PoolMethod = 'ward' | 'kmeans' | 'sequential'

export interface PoolOptions {
  /** How many times fewer rows, 1 or more; 1 leaves them as they are. Left out: 2. */
  readonly factor?: number | undefined
  /** Left out: `ward`, the best of the three in the paper, and here (docs/scale.md). */
  readonly method?: PoolMethod | undefined
  /** Rows at the start that stay as they are: a model's marker tokens. Left out: 1. */
  readonly protect?: number | undefined
  /** Divides means by their length. Left out: false, as in the paper's code: a mean of unlike rows counts for less. */
  readonly normalize?: boolean | undefined
}

/** The options with what stands in for those left out, or an error that names one. */
export function parsePoolOptions(options: PoolOptions) {
  checkOptions(options)
  const { normalize = false } = options
  if (typeof normalize !== 'boolean') {
    throw new TypeError(`"normalize" expected true or false, got ${typeName(normalize)}`)
  }
  return {
    factor: wholeNumber(options.factor ?? 2, 'factor', 1, Number.MAX_SAFE_INTEGER),
    method: oneOf(options.method ?? 'ward', ['ward', 'kmeans', 'sequential'] as const, 'method'),
    protect: wholeNumber(options.protect ?? 1, 'protect', 0, Number.MAX_SAFE_INTEGER),
    normalize,
  }
}

/** A multi-vector with fewer rows, in one array of its own. */
export interface Pooled {
  readonly data: Float32Array
  readonly dim: number
  /** `rowOf[i]` is the row that row `i` of the document went into. */
  readonly rowOf: Uint32Array
}

/** Ward's distances are a square matrix in f64. */
const MOST_WARD_ROWS = 8_192

/**
 * Pools a document's rows. The queries stay as they are: pooling is for documents.
 *
 * Clusters stand in the order of their first rows. There may be fewer than asked for, where rows are equal. `ward` takes
 * O(rows²) time and 8 x rows² bytes: a page of 1,030 rows takes about 50 ms and 8.5 MB. `kmeans` takes up to
 * 11 x rows x clusters x dim steps.
 *
 * @throws TypeError or RangeError that names the option, or the row and number at fault
 * @example
 * const { data, dim } = poolRows(document, { factor: 3 }) // a third of the rows
 */
export function poolRows(document: MultiVector, options: PoolOptions = {}): Pooled {
  const { factor, method, protect, normalize } = parsePoolOptions(options)
  const rows = copyRows(document, 'document')
  const first = Math.min(protect, rows.rows)
  const others = rows.rows - first
  const count = Math.max(1, Math.floor(others / factor))
  if (method === 'ward' && others > MOST_WARD_ROWS && count < others) {
    throw new RangeError(
      `"document" expected at most ${MOST_WARD_ROWS} rows to pool by ward, got ${others}; use sequential or kmeans`,
    )
  }
  const clusters = count < others ? clustersOf(rows, first, method, factor, count) : undefined
  return average(rows, first, clusters, normalize)
}

function clustersOf(
  { data, dim }: FlatRows,
  first: number,
  method: PoolMethod,
  factor: number,
  count: number,
): Uint32Array {
  if (method === 'sequential') {
    // what does not fill a run joins the last one, so that the count is that of the other methods
    const others = data.length / dim - first
    return Uint32Array.from({ length: others }, (_, row) => Math.min(Math.floor(row / factor), count - 1))
  }
  const unit = Float64Array.from(data.subarray(first * dim))
  toUnitRows(unit, dim)
  return method === 'ward' ? wardClusters(unit, dim, count) : kmeansClusters(unit, dim, count)
}

/** The first rows, and the mean of each cluster of the others; without clusters, all rows. */
function average(
  { data, dim, rows }: FlatRows,
  first: number,
  clusters: Uint32Array | undefined,
  normalize: boolean,
): Pooled {
  const rowOf = new Uint32Array(rows)
  const counts: number[] = []
  const numbers = new Map<number, number>()
  for (let row = 0; row < rows; row++) {
    const cluster = row < first || !clusters ? -1 - row : clusters[row - first]!
    const number = numbers.get(cluster) ?? counts.length
    numbers.set(cluster, number)
    counts[number] = (counts[number] ?? 0) + 1
    rowOf[row] = number
  }
  const sums = new Float64Array(counts.length * dim)
  for (let row = 0; row < rows; row++) {
    for (let k = 0, to = rowOf[row]! * dim; k < dim; k++) sums[to + k]! += data[row * dim + k]!
  }
  for (let i = 0; i < sums.length; i++) sums[i]! /= counts[Math.floor(i / dim)]!
  if (normalize) toUnitRows(sums, dim)
  return { data: Float32Array.from(sums), dim, rowOf }
}

/**
 * The mean of all rows: one vector for a document or a query, for a dense first stage. A fresh array.
 *
 * `normalize` divides it by its length; left out: true, for which dot product and cosine rank alike.
 */
export function meanRow(rows: MultiVector, options: { readonly normalize?: boolean } = {}): Float32Array {
  checkOptions(options)
  const { data, dim, rows: count } = copyRows(rows, 'rows')
  const mean = new Float64Array(dim)
  for (let i = 0; i < data.length; i++) mean[i % dim]! += data[i]! / count
  if (options.normalize ?? true) toUnitRows(mean, dim)
  return Float32Array.from(mean)
}
