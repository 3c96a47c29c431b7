// Clustering by k-means on unit rows: each row to the centre with the largest cosine, each centre to the mean of its
// rows, until nothing moves or ten times. The first centres are chosen without chance, each the row that is least like
// those before it, so the same document always has the same clusters. O(10 x rows x centres x dim).

import { toUnitRows } from './unit-rows.js'

const ROUNDS = 10

/** The cluster of each row: a number below `count`. A cluster may end up with no rows. */
export function kmeansClusters(unit: Float64Array, dim: number, count: number): Uint32Array {
  const rows = unit.length / dim
  const centres = firstCentres(unit, dim, count)
  const clusters = new Uint32Array(rows).fill(count)
  for (let round = 0; round < ROUNDS; round++) {
    let moved = false
    for (let row = 0; row < rows; row++) {
      const nearest = nearestCentre(unit, centres, dim, row)
      moved ||= nearest !== clusters[row]
      clusters[row] = nearest
    }
    if (!moved) break
    // a centre that lost its rows stays where it was, and may win some back
    for (const c of new Set(clusters)) centres.fill(0, c * dim, (c + 1) * dim)
    for (let row = 0; row < rows; row++) {
      const to = clusters[row]! * dim
      for (let k = 0; k < dim; k++) centres[to + k]! += unit[row * dim + k]!
    }
    toUnitRows(centres, dim)
  }
  return clusters
}

/** The first row, then always the row whose nearest centre is farthest; of equal ones the first. */
function firstCentres(unit: Float64Array, dim: number, count: number): Float64Array {
  const rows = unit.length / dim
  const centres = new Float64Array(count * dim)
  const nearest = new Float64Array(rows).fill(Number.NEGATIVE_INFINITY)
  for (let c = 0, chosen = 0; c < count; c++) {
    centres.set(unit.subarray(chosen * dim, (chosen + 1) * dim), c * dim)
    let least = Number.POSITIVE_INFINITY
    for (let row = 0; row < rows; row++) {
      nearest[row] = Math.max(nearest[row]!, product(unit, row * dim, centres, c * dim, dim))
      if (nearest[row]! < least) {
        least = nearest[row]!
        chosen = row
      }
    }
  }
  return centres
}

/** Of equal ones the first. */
function nearestCentre(unit: Float64Array, centres: Float64Array, dim: number, row: number): number {
  let nearest = 0
  let largest = Number.NEGATIVE_INFINITY
  for (let c = 0, at = 0; at < centres.length; c++, at += dim) {
    const similarity = product(unit, row * dim, centres, at, dim)
    if (similarity > largest) {
      largest = similarity
      nearest = c
    }
  }
  return nearest
}

function product(a: Float64Array, atA: number, b: Float64Array, atB: number, dim: number): number {
  let sum = 0
  for (let k = 0; k < dim; k++) sum += a[atA + k]! * b[atB + k]!
  return sum
}
