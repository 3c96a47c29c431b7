// The features of a row: kernel functions of its similarity with the anchors, made independent of each other.
//
//   k(y)   = exp(β (y · anchor_c - 1)) for each anchor c, y of unit length
//   psi(y) = transform · k(y)    transform = decorrelate · whiten, which fit.ts computes
//
// A query's features are the sum of its rows' features, each times the row's weight and length: MaxSim grows with both.

import { createCorpusContext, createDocumentTable } from '../../core/memory/document-table.js'
import { scoresAddress, withQueries } from '../../core/ranking/loaded-queries.js'
import { scoreDocuments } from '../../core/ranking/score-documents.js'
import type { Kernel } from '../../kernel/kernel.js'

/** The steepness of the kernel function. It matters little, because features are whitened. */
export const BETA = 1

/** Vectors that a matrix is multiplied with at a time. A call takes as long to prepare as a product of a small matrix. */
const BATCH = 64

/** A matrix in the kernel's memory. */
export interface KernelMatrix {
  /** Returns the product with each of some vectors, one after the other, summed in f32. A new array. */
  times(vectors: Float32Array): Float32Array
  dispose(): void
}

/** Puts a matrix, rows of `columns` elements, into the kernel's memory. With i16 its rows and the vectors are rounded. */
export function createMatrix(
  kernel: Kernel,
  matrix: Float32Array,
  columns: number,
  dtype: 'f32' | 'i16' = 'f32',
): KernelMatrix {
  const { memory, functions } = kernel
  const table = createDocumentTable(kernel, columns, dtype, false, createCorpusContext())
  for (let start = 0; start < matrix.length; start += columns) {
    table.append(1, address => {
      memory.f32(address, columns).set(matrix.subarray(start, start + columns))
      return functions.largest(address, columns)
    })
  }
  return {
    times(vectors) {
      const products = new Float32Array((vectors.length / columns) * table.length)
      for (let start = 0; start < vectors.length; start += BATCH * columns) {
        const queries = rowsOf(vectors.subarray(start, start + BATCH * columns), columns)
        const from = (start / columns) * table.length
        withQueries(kernel, { queries, metric: 'dot', dtype, dim: columns }, loaded => {
          scoreDocuments(loaded, table, {}, (first, count) => {
            for (let i = 0; i < loaded.length; i++) {
              const scores = memory.f32(scoresAddress(loaded, i, count), count)
              products.set(scores, from + i * table.length + first)
            }
          })
        })
      }
      return products
    },
    dispose: () => table.dispose(),
  }
}

/** A lower triangular matrix is stored in this many bands of rows, each without most of its zeros. */
const BANDS = 4

/** Puts a lower triangular matrix of `size` x `size` into the kernel's memory. */
function createTriangle(kernel: Kernel, matrix: Float32Array, size: number): KernelMatrix {
  const bands = Array.from({ length: BANDS }, (_, i) => {
    const [first, end] = [Math.floor((i * size) / BANDS), Math.floor(((i + 1) * size) / BANDS)]
    const rows = leading(matrix.subarray(first * size, end * size), size, end)
    return { first, end, matrix: createMatrix(kernel, rows, end) }
  })
  return {
    times(vectors) {
      const products = new Float32Array(vectors.length)
      for (const { first, end, matrix } of bands) {
        const some = matrix.times(leading(vectors, size, end))
        for (let from = 0, to = first; from < some.length; from += end - first, to += size) {
          products.set(some.subarray(from, from + end - first), to)
        }
      }
      return products
    },
    dispose() {
      for (const { matrix } of bands) matrix.dispose()
    },
  }
}

/** The first `columns` elements of each row of `stride` elements. */
function leading(rows: Float32Array, stride: number, columns: number): Float32Array {
  const kept = new Float32Array((rows.length / stride) * columns)
  for (let from = 0, to = 0; from < rows.length; from += stride, to += columns) {
    kept.set(rows.subarray(from, from + columns), to)
  }
  return kept
}

/** Rows of `dim` elements as multi-vectors of one row. */
const rowsOf = (rows: Float32Array, dim: number) =>
  Array.from({ length: rows.length / dim }, (_, i) => ({ data: rows.subarray(i * dim, (i + 1) * dim), dim }))

/** The matrices of the features. */
export interface FeatureParts {
  readonly dim: number
  /** `size` x `dim`, of unit length. */
  readonly anchors: Float32Array
  /** `size` x `size`, lower triangular. */
  readonly transform: Float32Array
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
  /** Returns the features of each of some rows of unit length, one after the other. A new array. */
  ofEach(unitRows: Float32Array): Float32Array
  dispose(): void
}

/** Puts the matrices of features into the kernel's memory. */
export function createFeatures(kernel: Kernel, { dim, anchors, transform }: FeatureParts): Features {
  const size = anchors.length / dim
  const similarities = createMatrix(kernel, anchors, dim)
  const triangle = createTriangle(kernel, transform, size)
  return {
    of({ unitRows, weights }) {
      const products = similarities.times(unitRows)
      const sums = new Float64Array(size)
      for (let row = 0; row < weights.length; row++) {
        const weight = weights[row]!
        for (let c = 0; c < size; c++) sums[c]! += weight * kernelFunction(products[row * size + c]!)
      }
      return triangle.times(Float32Array.from(sums))
    },
    ofEach: unitRows => triangle.times(similarities.times(unitRows).map(kernelFunction)),
    dispose() {
      similarities.dispose()
      triangle.dispose()
    },
  }
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
