// Checks and copies the arguments of a call before the call returns, because the caller may change them afterwards. The
// checks and errors are those of the single-threaded scorer.

import { checkStorable, type Dtype } from '../core/dtype.js'
import { METRICS, type Metric } from '../core/metric.js'
import { type MultiVector, notFiniteError, type Shape, shapeOf, writeRows } from '../core/multivector.js'
import { writeWeights } from '../core/options.js'
import type { CopiedQuery, DocumentBatch } from './worker/worker-api.js'

/** How queries are checked. */
export interface QueryChecks {
  readonly metric: Metric
  /** How the documents are stored. */
  readonly dtype: Dtype
  /** The dim of the documents. Default: that of the first query. */
  readonly dim?: number
  /** Names a query in an error. */
  pathOf(i: number): string
}

/** Writes the rows of a multi-vector into `target` and checks them. Returns their largest absolute value. */
function copyInto(value: MultiVector, path: string, target: Float32Array): number {
  writeRows(value, path, target)
  let largest = 0
  for (let i = 0; i < target.length; i++) {
    const size = Math.abs(target[i]!)
    // NaN is kept, because no comparison with it is true
    if (size > largest || Number.isNaN(size)) largest = size
  }
  if (!Number.isFinite(largest)) throw notFiniteError(value, path)
  return largest
}

/** Copies the rows of a document, which must have `dim` numbers each. */
export function copyDocument(document: MultiVector, dim: number): Float32Array {
  const shape = shapeOf(document, 'document', dim)
  const data = new Float32Array(shape.rows * dim)
  copyInto(document, 'document', data)
  return data
}

/** Copies documents of known shapes into one array. `pathOf` names a document in an error. */
export function copyDocuments(
  documents: readonly MultiVector[],
  shapes: readonly Shape[],
  dim: number,
  pathOf: (i: number) => string,
): DocumentBatch {
  const rows = Uint32Array.from(shapes, shape => shape.rows)
  const data = new Float32Array(rows.reduce((sum, count) => sum + count, 0) * dim)
  let end = 0
  documents.forEach((document, i) => {
    const start = end
    end += rows[i]! * dim
    copyInto(document, pathOf(i), data.subarray(start, end))
  })
  return { dim, rows, data }
}

/** Copies queries and their weights. */
export function copyQueries(
  queries: readonly MultiVector[],
  weights: readonly (ArrayLike<number> | undefined)[],
  { metric, dtype, dim: expectedDim, pathOf }: QueryChecks,
): CopiedQuery[] {
  let dim = expectedDim
  const shapes = queries.map((query, i) => {
    const shape = shapeOf(query, pathOf(i), dim)
    dim = shape.dim
    return shape
  })
  return queries.map((query, i) => {
    const shape = shapes[i]!
    const data = new Float32Array(shape.rows * shape.dim)
    const largest = copyInto(query, pathOf(i), data)
    const copiedWeights = weights[i] === undefined ? undefined : new Float32Array(shape.rows)
    if (copiedWeights) writeWeights(weights[i], metric, shape.rows, copiedWeights)
    // queries are rounded to f16 too; normalized rows always fit
    if (dtype === 'f16' && !METRICS[metric].normalized) checkStorable(dtype, largest, pathOf(i))
    return { query: { data, dim: shape.dim }, weights: copiedWeights }
  })
}
