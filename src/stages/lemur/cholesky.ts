// Cholesky factors and their products in f64, for matrices of some hundred to a few thousand rows.
//
//   A = L Lᵀ, A symmetric and positive definite, L lower triangular; all matrices are n x n in row-major order

/**
 * Replaces the lower triangle of `matrix` by its Cholesky factor, and clears the part above the diagonal. n³ / 6
 * multiply-adds.
 *
 * @throws RangeError if the matrix is not positive definite
 */
export function factorize(matrix: Float64Array, n: number): void {
  for (let i = 0; i < n; i++) {
    const rowI = matrix.subarray(i * n, i * n + n)
    for (let j = 0; j <= i; j++) {
      const rowJ = matrix.subarray(j * n, j * n + n)
      let sum = rowI[j]!
      for (let k = 0; k < j; k++) sum -= rowI[k]! * rowJ[k]!
      if (j < i) rowI[j] = sum / rowJ[j]!
      else if (sum > 0) rowI[i] = Math.sqrt(sum)
      else throw new RangeError(`the matrix is not positive definite in row ${i}`)
    }
    rowI.fill(0, i + 1)
  }
}

/** Returns the inverse of a lower triangular matrix with no zero on its diagonal. n³ / 6 multiply-adds. */
export function invertLower(lower: Float64Array, n: number): Float64Array {
  const inverse = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    const row = inverse.subarray(i * n, i * n + i + 1)
    for (let k = 0; k < i; k++) {
      const factor = lower[i * n + k]!
      const other = inverse.subarray(k * n, k * n + k + 1)
      for (let j = 0; j <= k; j++) row[j]! -= factor * other[j]!
    }
    const diagonal = lower[i * n + i]!
    for (let j = 0; j < i; j++) row[j]! /= diagonal
    row[i] = 1 / diagonal
  }
  return inverse
}

/** Returns the product of two lower triangular matrices, which is lower triangular. n³ / 6 multiply-adds. */
export function multiplyLower(left: Float64Array, right: Float64Array, n: number): Float64Array {
  const product = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    const row = product.subarray(i * n, i * n + i + 1)
    for (let k = 0; k <= i; k++) {
      const factor = left[i * n + k]!
      const other = right.subarray(k * n, k * n + k + 1)
      for (let j = 0; j <= k; j++) row[j]! += factor * other[j]!
    }
  }
  return product
}
