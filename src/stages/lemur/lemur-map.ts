// A fitted LEMUR map in the kernel's memory: makes the vectors of documents and queries.
//
//   document   w = the mean over the samples of  psi(y_i) x (best similarity of y_i with the document's rows), which is
//              the least-squares solution, because the features are uncorrelated; stored as (w - mean) / deviation
//   query      Σ weight_i |q_i| psi(q_i / |q_i|), times the deviation of each element
//
// So the dot product of the two predicts MaxSim, minus a number that is the same for all documents.

import { copyRows, type MultiVector } from '../../core/multivector.js'
import { writeWeights } from '../../core/options.js'
import type { Kernel } from '../../kernel/kernel.js'
import {
  createFeatures,
  createMatrix,
  type FeatureParts,
  type KernelMatrix,
  transpose,
  type WeightedRows,
} from './features.js'
import { packSamples, type SampleMaxima } from './sample-maxima.js'

/** The numbers of a map: what its bytes contain. */
export interface LemurParts extends Required<FeatureParts> {
  readonly metric: 'dot' | 'cosine'
  /** Elements of a vector. */
  readonly size: number
  /** Sample rows of unit length. */
  readonly samples: Float32Array
  /** The mean of the sample documents' vectors. */
  readonly mean: Float32Array
  /** The standard deviation of each of their elements. */
  readonly deviation: Float32Array
  /** The share of the variance of MaxSim over the sample documents that predictions miss. */
  readonly error: number
}

/** A map in the kernel's memory. */
export interface LemurMap {
  readonly parts: LemurParts
  /** The vector of a document, called `path` in errors. */
  document(rows: MultiVector, path: string): Float32Array
  /** The vector of a query. */
  query(rows: MultiVector, weights?: ArrayLike<number>): Float32Array
  /** The vectors of queries that are one row of unit length each, one after the other. */
  queryOfEach(unitRows: Float32Array): Float32Array
  /** Packs rows of unit length for their best similarities with documents. */
  maximaOf(unitRows: Float32Array): SampleMaxima
  /** The same map with other scales, in the same memory. */
  withScales(scales: Pick<LemurParts, 'mean' | 'deviation' | 'error'>): LemurMap
}

/** Everything that only documents need. */
interface DocumentSide {
  readonly maxima: SampleMaxima
  /** `size` x samples: the features of the samples, divided by their number. */
  readonly project: KernelMatrix
}

/** Puts a map into the kernel's memory. What documents need is computed with the first document: about a second. */
export function createMap(kernel: Kernel, parts: LemurParts): LemurMap {
  const { dim, size, metric, samples } = parts
  const features = createFeatures(kernel, parts)
  let documentSide: DocumentSide | undefined
  function createDocumentSide(): DocumentSide {
    const count = samples.length / dim
    const columns = transpose(features.ofEach(samples), size)
    return {
      maxima: packSamples(kernel, samples, dim, metric),
      project: createMatrix(
        kernel,
        columns.map(value => value / count),
        count,
        // half the bytes, which are read for each document
        'i16',
      ),
    }
  }
  const scaled = (parts: LemurParts): LemurMap => ({
    parts,
    document(rows, path) {
      documentSide ??= createDocumentSide()
      const vector = documentSide.project.times(documentSide.maxima.of(rows, path))
      return vector.map((value, k) => (value - parts.mean[k]!) / parts.deviation[k]!)
    },
    query(rows, weights) {
      const weighted = weightedRows(parts, rows, weights)
      return features.of(weighted).map((value, k) => value * parts.deviation[k]!)
    },
    queryOfEach: unitRows => features.ofEach(unitRows).map((value, i) => value * parts.deviation[i % size]!),
    maximaOf: unitRows => packSamples(kernel, unitRows, dim, metric),
    withScales: scales => scaled({ ...parts, ...scales }),
  })
  return scaled(parts)
}

/** The rows of a query at unit length, and the factor of each: its weight, and with `dot` its length. */
function weightedRows(
  { dim, metric }: LemurParts,
  rows: MultiVector,
  weights: ArrayLike<number> | undefined,
): WeightedRows {
  const { data, rows: count } = copyRows(rows, 'query', dim)
  const factors = new Float32Array(count)
  writeWeights(weights, metric, count, factors)
  divideByLength(data, dim).forEach((length, i) => {
    factors[i]! *= metric === 'cosine' ? Math.sign(length) : length
  })
  return { unitRows: data, weights: factors }
}

/** Scales rows to unit length, in place. Returns the length that each had. */
function divideByLength(rows: Float32Array, dim: number): Float64Array {
  const lengths = new Float64Array(rows.length / dim)
  for (let row = 0; row < lengths.length; row++) {
    const values = rows.subarray(row * dim, (row + 1) * dim)
    let square = 0
    for (const value of values) square += value * value
    const length = Math.sqrt(square)
    lengths[row] = length
    if (length > 0) for (let k = 0; k < dim; k++) values[k]! /= length
  }
  return lengths
}
