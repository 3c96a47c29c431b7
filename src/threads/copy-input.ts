// What a caller gives, checked and copied before the call returns: the caller may change it afterwards. The checks are
// those of the single-threaded scorer, with the same errors, and need no kernel.

import { checkStorable, type Dtype } from '../core/dtype.js'
import { METRICS, type Metric } from '../core/metric.js'
import { type MultiVector, notFiniteError, type Shape, shapeOf, writeRows } from '../core/multivector.js'
import { writeWeights } from '../core/options.js'
import type { CopiedQuery } from './shard.js'

/** Writes a multi-vector's rows into `target`, checked, and returns the largest absolute value among them. */
function copyInto(value: MultiVector, place: string, target: Float32Array): number {
  writeRows(value, place, target)
  let largest = 0
  for (let i = 0; i < target.length; i++) {
    const size = Math.abs(target[i]!)
    // once it is NaN it stays so
    if (size > largest || Number.isNaN(size)) largest = size
  }
  if (!Number.isFinite(largest)) throw notFiniteError(value, place)
  return largest
}

/** A copy of a document's rows, which must have `dim` numbers each. */
export function copyDocument(document: MultiVector, dim: number): Float32Array {
  const shape = shapeOf(document, 'document', dim)
  const data = new Float32Array(shape.rows * dim)
  copyInto(document, 'document', data)
  return data
}

/** A copy of several documents, one after another; `first` is the place of the first in the list that errors name. */
export function copyList(
  documents: readonly MultiVector[],
  shapes: readonly Shape[],
  dim: number,
  place: (index: number) => string,
  first: number,
): Float32Array {
  const data = new Float32Array(shapes.reduce((sum, { rows }) => sum + rows, 0) * dim)
  let at = 0
  documents.forEach((document, i) => {
    const shape = shapes[i]!
    const end = at + shape.rows * dim
    copyInto(document, place(first + i), data.subarray(at, end))
    at = end
  })
  return data
}

/** Copies of queries and their weights, for documents of `dtype`; `knownDim` is what they must have, if that is known. */
export function copyQueries(
  queries: readonly MultiVector[],
  place: (i: number) => string,
  metric: Metric,
  dtype: Dtype,
  knownDim: number | undefined,
  weights: readonly (ArrayLike<number> | undefined)[],
): CopiedQuery[] {
  let dim = knownDim
  const shapes = queries.map((query, i) => {
    const shape = shapeOf(query, place(i), dim)
    dim = shape.dim
    return shape
  })
  return queries.map((query, i) => {
    const shape = shapes[i]!
    const data = new Float32Array(shape.rows * shape.dim)
    const largest = copyInto(query, place(i), data)
    const given = weights[i] === undefined ? undefined : new Float32Array(shape.rows)
    if (given) writeWeights(weights[i], metric, shape.rows, given)
    // f16 rounds queries too; rows of unit length always fit
    if (dtype === 'f16' && !METRICS[metric].normalized) checkStorable(dtype, largest, place(i))
    return { query: { data, dim: shape.dim }, weights: given }
  })
}
