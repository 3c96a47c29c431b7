// Clusters unit rows by k-means on cosine similarity: assigns each row to the most similar centre, moves each centre to
// the mean of its rows, and repeats until no row moves, at most ten times. The first centres are chosen without
// randomness, so a document always has the same clusters. O(10 x rows x centres x dim).

import { toUnitRows } from './unit-rows.js'

const MAX_ROUNDS = 10

/** Returns the cluster of each row, a number below `count`. A cluster may have no rows. */
export function kmeansClusters(unitRows: Float64Array, dim: number, count: number): Uint32Array {
  const rows = unitRows.length / dim
  const centres = firstCentres(unitRows, dim, count)
  const clusters = new Uint32Array(rows).fill(count)
  for (let round = 0; round < MAX_ROUNDS; round++) {
    let hasMoved = false
    for (let row = 0; row < rows; row++) {
      const nearest = nearestCentre(unitRows, centres, dim, row)
      hasMoved ||= nearest !== clusters[row]
      clusters[row] = nearest
    }
    if (!hasMoved) break
    // a centre without rows keeps its position and may get rows in the next round
    for (const c of new Set(clusters)) centres.fill(0, c * dim, (c + 1) * dim)
    for (let row = 0; row < rows; row++) {
      const start = clusters[row]! * dim
      for (let k = 0; k < dim; k++) centres[start + k]! += unitRows[row * dim + k]!
    }
    toUnitRows(centres, dim)
  }
  return clusters
}

/**
 * Chooses the first row, then repeatedly the row that is least similar to its nearest centre; of equal rows the first.
 */
function firstCentres(unitRows: Float64Array, dim: number, count: number): Float64Array {
  const rows = unitRows.length / dim
  const centres = new Float64Array(count * dim)
  const similarities = new Float64Array(rows).fill(Number.NEGATIVE_INFINITY)
  for (let c = 0, chosen = 0; c < count; c++) {
    centres.set(unitRows.subarray(chosen * dim, (chosen + 1) * dim), c * dim)
    let lowest = Number.POSITIVE_INFINITY
    for (let row = 0; row < rows; row++) {
      similarities[row] = Math.max(similarities[row]!, dotProduct(unitRows, row * dim, centres, c * dim, dim))
      if (similarities[row]! < lowest) {
        lowest = similarities[row]!
        chosen = row
      }
    }
  }
  return centres
}

/** The index of the centre that is most similar to a row; of equally similar centres the first. */
function nearestCentre(unitRows: Float64Array, centres: Float64Array, dim: number, row: number): number {
  let nearest = 0
  let highest = Number.NEGATIVE_INFINITY
  for (let c = 0, start = 0; start < centres.length; c++, start += dim) {
    const similarity = dotProduct(unitRows, row * dim, centres, start, dim)
    if (similarity > highest) {
      highest = similarity
      nearest = c
    }
  }
  return nearest
}

function dotProduct(a: Float64Array, startA: number, b: Float64Array, startB: number, dim: number): number {
  let sum = 0
  for (let k = 0; k < dim; k++) sum += a[startA + k]! * b[startB + k]!
  return sum
}
