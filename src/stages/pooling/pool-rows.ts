// Pools the rows of a document: clusters similar rows and replaces each cluster by its mean (Clavié, Chaffin and Adams
// 2024, "Reducing the Footprint of Multi-Vector Retrieval with Minimal Performance Impact via Token Pooling").
//
//   protected rows | n other rows  ->  protected rows | the means of max(1, ⌊n / factor⌋) clusters
//
// The number of rows, the protected rows and the means, which are not normalized, equal those of PyLate's
// `pool_embeddings_hierarchical`.

import { checkBoolean, checkKnownOptions, oneOf, wholeNumber } from '../../base/check-options.js'
import { copyRows, type FlatRows, type MultiVector } from '../../core/multivector.js'
import { kmeansClusters } from './kmeans.js'
import { toUnitRows } from './unit-rows.js'
import { wardClusters } from './ward.js'

/** How rows are clustered: `ward` and `kmeans` by cosine similarity, `sequential` by position in the document. */
export type PoolMethod = 'ward' | 'kmeans' | 'sequential'

/** The options of `poolRows`. */
export interface PoolOptions {
  /** Divides the number of rows. An integer of at least 1; 1 keeps all rows. Default: 2. */
  readonly factor?: number | undefined
  /** Default: `ward`, the best of the three in the paper and in our measurements (docs/scale.md). */
  readonly method?: PoolMethod | undefined
  /** The number of rows at the start that are kept unchanged: the marker tokens of a model. Default: 1. */
  readonly protect?: number | undefined
  /**
   * Whether means are scaled to unit length. Default: false, as in the paper's code: a mean of unlike rows counts less.
   */
  readonly normalize?: boolean | undefined
}

/** A document with fewer rows. It has its own arrays. */
export interface PooledDocument {
  /** Rows of `dim` elements. */
  readonly data: Float32Array
  /** Elements in each row. */
  readonly dim: number
  /** `rowOf[i]` is the index of the pooled row that contains row `i` of the original document. */
  readonly rowOf: Uint32Array
}

/** The options of `meanRow`. */
export interface MeanRowOptions {
  /** Whether the mean is scaled to unit length, which makes dot product and cosine rank alike. Default: true. */
  readonly normalize?: boolean | undefined
}

/** The names of the options of `poolRows`. */
export const POOL_NAMES: readonly (keyof PoolOptions)[] = ['factor', 'method', 'protect', 'normalize']

/** The largest document for `ward`, whose distances are a square matrix in f64: 512 MiB. */
const MAX_WARD_ROWS = 8_192

/** Pool options with their defaults filled in. */
type ParsedPoolOptions = { readonly [Name in keyof PoolOptions]-?: NonNullable<PoolOptions[Name]> }

/**
 * Fills in the defaults of pool options.
 *
 * @throws TypeError or RangeError that names the option
 */
export function parsePoolOptions(options: PoolOptions): ParsedPoolOptions {
  return {
    factor: wholeNumber(options.factor ?? 2, 'factor', 1),
    method: oneOf(options.method ?? 'ward', ['ward', 'kmeans', 'sequential'] as const, 'method'),
    protect: wholeNumber(options.protect ?? 1, 'protect', 0),
    normalize: checkBoolean(options.normalize ?? false, 'normalize'),
  }
}

/**
 * Pools the rows of a document. The document is not modified. Queries are not pooled.
 *
 * Pooled rows are in the order of the first rows of their clusters. There may be fewer than ⌊n / factor⌋ if rows are
 * equal. `ward` takes O(rows²) time and 8 x rows² bytes: about 50 ms and 8.5 MB for a page of 1,030 rows. `kmeans`
 * takes up to 11 x rows x clusters x dim steps.
 *
 * @throws TypeError or RangeError if `document` is not a multi-vector of finite numbers, has more than 8,192 rows with
 * `ward`, or an option is invalid
 *
 * @example
 * import { poolRows } from 'maxsimd/pooling'
 *
 * const document = [[1, 0], [0.9, 0.1], [0, 1], [0.1, 0.9]]
 * const { data, dim, rowOf } = poolRows(document, { factor: 2, protect: 0 })
 * dim // 2
 * data // [0.95, 0.05, 0.05, 0.95]
 * rowOf // [0, 0, 1, 1]
 */
export function poolRows(document: MultiVector, options: PoolOptions = {}): PooledDocument {
  checkKnownOptions(options, POOL_NAMES, 'poolRows')
  const { factor, method, protect, normalize } = parsePoolOptions(options)
  const flat = copyRows(document, 'document')
  const protectedRows = Math.min(protect, flat.rows)
  const others = flat.rows - protectedRows
  const count = Math.max(1, Math.floor(others / factor))
  if (method === 'ward' && others > MAX_WARD_ROWS && count < others) {
    throw new RangeError(
      `"document" expected at most ${MAX_WARD_ROWS} rows to pool by ward, got ${others}; use sequential or kmeans`,
    )
  }
  const clusters =
    count < others
      ? clusterRows(flat.data.subarray(protectedRows * flat.dim), flat.dim, { method, factor, count })
      : undefined
  return averageClusters(flat, protectedRows, clusters, normalize)
}

/** Returns the cluster of each row of `data`. At most `count` clusters are used. */
function clusterRows(
  data: Float32Array,
  dim: number,
  { method, factor, count }: { readonly method: PoolMethod; readonly factor: number; readonly count: number },
): Uint32Array {
  switch (method) {
    case 'sequential':
      // rows after the last full run join it, so that the number of clusters is the same as with the other methods
      return Uint32Array.from({ length: data.length / dim }, (_, row) =>
        Math.min(Math.floor(row / factor), count - 1),
      )
    case 'ward':
      return wardClusters(unitRowsOf(data, dim), dim, count)
    case 'kmeans':
      return kmeansClusters(unitRowsOf(data, dim), dim, count)
    default:
      return method satisfies never
  }
}

function unitRowsOf(data: Float32Array, dim: number): Float64Array {
  const unitRows = Float64Array.from(data)
  toUnitRows(unitRows, dim)
  return unitRows
}

/** The protected rows, then the mean of each cluster of the other rows. Without clusters: all rows. */
function averageClusters(
  { data, dim, rows }: FlatRows,
  protectedRows: number,
  clusters: Uint32Array | undefined,
  normalize: boolean,
): PooledDocument {
  const rowOf = new Uint32Array(rows)
  const counts: number[] = []
  // each protected row is a separate cluster, with a negative number
  const pooledRows = new Map<number, number>()
  for (let row = 0; row < rows; row++) {
    const cluster = row < protectedRows || !clusters ? -1 - row : clusters[row - protectedRows]!
    const pooledRow = pooledRows.get(cluster) ?? counts.length
    pooledRows.set(cluster, pooledRow)
    counts[pooledRow] = (counts[pooledRow] ?? 0) + 1
    rowOf[row] = pooledRow
  }
  const means = new Float64Array(counts.length * dim)
  for (let row = 0; row < rows; row++) {
    for (let k = 0, to = rowOf[row]! * dim; k < dim; k++) means[to + k]! += data[row * dim + k]!
  }
  for (let i = 0; i < means.length; i++) means[i]! /= counts[Math.floor(i / dim)]!
  if (normalize) toUnitRows(means, dim)
  return { data: Float32Array.from(means), dim, rowOf }
}

/**
 * Averages all rows of a document or query into one vector, for a dense first stage. Returns a new array of `dim`
 * elements.
 *
 * @throws TypeError or RangeError if `rows` is not a multi-vector of finite numbers, or an option is invalid
 *
 * @example
 * import { meanRow } from 'maxsimd/pooling'
 *
 * meanRow([[3, 0], [0, 4]]) // [0.6, 0.8]
 * meanRow([[3, 0], [0, 4]], { normalize: false }) // [1.5, 2]
 */
export function meanRow(rows: MultiVector, options: MeanRowOptions = {}): Float32Array {
  checkKnownOptions(options, ['normalize'], 'meanRow')
  const normalize = checkBoolean(options.normalize ?? true, 'normalize')
  const { data, dim, rows: count } = copyRows(rows, 'rows')
  const mean = new Float64Array(dim)
  for (let i = 0; i < data.length; i++) mean[i % dim]! += data[i]! / count
  if (normalize) toUnitRows(mean, dim)
  return Float32Array.from(mean)
}
