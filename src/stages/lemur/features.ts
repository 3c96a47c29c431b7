// The features of a row: kernel functions of its similarity with the anchors, made independent of each other.
//
//   k(y)   = exp(β (y · anchor_c - 1)) for each anchor c, y of unit length
//   z(y)   = whiten · k(y)        whiten = inverse Cholesky factor of the anchors' own kernel matrix
//   psi(y) = decorrelate · z(y)   decorrelate = inverse Cholesky factor of the mean of z zᵀ over the sample rows
//
// A query's features are the sum of its rows' features, each times the row's weight and length: MaxSim grows with both.

import { createCorpus } from '../../core/corpus.js'
import type { Kernel } from '../../kernel/kernel.js'

/** The steepness of the kernel function. It matters little, because features are whitened. */
export const BETA = 1

/** A matrix in the kernel's memory. */
export interface KernelMatrix {
  /** Returns the product with a vector, summed in f32. A new array. */
  times(vector: Float32Array): Float32Array
  dispose(): void
}

/** Puts a matrix, rows of `columns` elements, into the kernel's memory. With i16 its rows and the vector are rounded. */
export function createMatrix(
  kernel: Kernel,
  matrix: Float32Array,
  columns: number,
  dtype: 'f32' | 'i16' = 'f32',
): KernelMatrix {
  const corpus = createCorpus(kernel, { dim: columns, metric: 'dot', dtype, screen: 'off' })
  for (let start = 0; start < matrix.length; start += columns) {
    corpus.add({ data: matrix.subarray(start, start + columns), dim: columns })
  }
  return {
    times: vector => corpus.scores({ data: vector, dim: columns }),
    dispose: () => corpus.dispose(),
  }
}

/** The matrices of the features. */
export interface FeatureParts {
  readonly dim: number
  /** `size` x `dim`, of unit length. */
  readonly anchors: Float32Array
  /** `size` x `size`, lower triangular. */
  readonly whiten: Float32Array
  /** `size` x `size`, lower triangular. Not for z(y). */
  readonly decorrelate?: Float32Array
}

/** Rows whose features are added, and the factor of each. */
export interface WeightedRows {
  /** Rows of unit length. */
  readonly unitRows: Float32Array
  readonly weights: ArrayLike<number>
}

/** Features in the kernel's memory. */
export interface Features {
  /** Returns the sum of the features of rows. A new array of `size` elements. */
  of(rows: WeightedRows): Float32Array
  dispose(): void
}

/** Puts the matrices of features into the kernel's memory. Without `decorrelate` the features are z(y). */
export function createFeatures(
  kernel: Kernel,
  { dim, anchors, whiten, decorrelate }: FeatureParts,
): Features {
  const size = anchors.length / dim
  const similarities = createMatrix(kernel, anchors, dim)
  const first = createMatrix(kernel, whiten, size)
  const second = decorrelate && createMatrix(kernel, decorrelate, size)
  const of = ({ unitRows, weights }: WeightedRows) => {
    const sums = new Float64Array(size)
    for (let row = 0; row < weights.length; row++) {
      const weight = weights[row]!
      if (weight === 0) continue
      const products = similarities.times(unitRows.subarray(row * dim, (row + 1) * dim))
      for (let c = 0; c < size; c++) sums[c]! += weight * kernelFunction(products[c]!)
    }
    const z = first.times(Float32Array.from(sums))
    return second ? second.times(z) : z
  }
  return {
    of,
    dispose() {
      for (const matrix of [similarities, first, second]) matrix?.dispose()
    },
  }
}

/** The features of each of some rows of unit length, `size` elements each. */
export function featuresOfEach(features: Features, unitRows: Float32Array, dim: number): Float32Array {
  const each = Array.from({ length: unitRows.length / dim }, (_, row) =>
    features.of({ unitRows: unitRows.subarray(row * dim, (row + 1) * dim), weights: [1] }),
  )
  const all = new Float32Array(each.reduce((sum, { length }) => sum + length, 0))
  each.forEach((values, i) => {
    all.set(values, i * values.length)
  })
  return all
}

/** Swaps rows of `columns` elements and columns. */
export function transpose(matrix: Float32Array, columns: number): Float32Array {
  const rows = matrix.length / columns
  const swapped = new Float32Array(matrix.length)
  for (let i = 0; i < rows; i++) {
    for (let j = 0; j < columns; j++) swapped[j * rows + i] = matrix[i * columns + j]!
  }
  return swapped
}

/** The kernel function of two rows of unit length with this similarity. */
export const kernelFunction = (similarity: number): number => Math.exp(BETA * (similarity - 1))
