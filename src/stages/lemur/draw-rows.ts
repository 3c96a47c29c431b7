// Draws rows of the sample documents, and chooses anchors among them: the centres of a spherical k-means.

import { type MultiVector, shapeOf, writeRows } from '../../core/multivector.js'
import type { Kernel } from '../../kernel/kernel.js'
import { toUnitRows } from '../pooling/unit-rows.js'
import { createMatrix } from './features.js'

/** Rounds of k-means. The anchors only have to be spread over the rows, so few rounds are enough. */
const ROUNDS = 4

/** The number of rows before each document, and at the end the number of all rows. */
export function countRows(documents: readonly MultiVector[], dim: number): Uint32Array {
  const starts = new Uint32Array(documents.length + 1)
  documents.forEach((document, i) => {
    starts[i + 1] = starts[i]! + shapeOf(document, `documents[${i}]`, dim).rows
  })
  return starts
}

/** Copies rows by their numbers over all documents, scaled to unit length. Rows of zeros are left out. */
export function copyUnitRows(
  documents: readonly MultiVector[],
  starts: Uint32Array,
  dim: number,
  numbers: Uint32Array,
): Float32Array {
  const rows = new Float32Array(numbers.length * dim)
  let kept = 0
  let document = 0
  let flat = new Float32Array(0)
  let loaded = -1
  for (const number of numbers) {
    while (starts[document + 1]! <= number) document++
    if (loaded !== document) {
      flat = new Float32Array((starts[document + 1]! - starts[document]!) * dim)
      writeRows(documents[document]!, `documents[${document}]`, flat)
      loaded = document
    }
    const row = flat.subarray((number - starts[document]!) * dim, (number - starts[document]! + 1) * dim)
    rows.set(row, kept * dim)
    if (row.some(value => value !== 0)) kept++
  }
  const unit = rows.subarray(0, kept * dim)
  toUnitRows(unit, dim)
  return unit
}

/** Chooses `count` anchors of unit length by k-means on cosine similarity, from random rows on. */
export async function chooseAnchors(
  kernel: Kernel,
  unitRows: Float32Array,
  dim: number,
  count: number,
  pause: (done: number) => Promise<void>,
): Promise<Float32Array> {
  const rows = unitRows.length / dim
  const anchors = new Float32Array(count * dim)
  for (let c = 0; c < count; c++) {
    const from = Math.floor((c * rows) / count) * dim
    anchors.set(unitRows.subarray(from, from + dim), c * dim)
  }
  for (let round = 0; round < ROUNDS; round++) {
    const matrix = createMatrix(kernel, anchors, dim)
    const sums = new Float64Array(count * dim)
    for (let row = 0; row < rows; row++) {
      const unitRow = unitRows.subarray(row * dim, (row + 1) * dim)
      const to = indexOfLargest(matrix.times(unitRow)) * dim
      for (let k = 0; k < dim; k++) sums[to + k]! += unitRow[k]!
      if (row % 256 === 0) await pause((round + row / rows) / ROUNDS)
    }
    matrix.dispose()
    toUnitRows(sums, dim)
    // an anchor without rows stays where it is
    for (let c = 0; c < count; c++) {
      const sum = sums.subarray(c * dim, (c + 1) * dim)
      if (sum.some(value => value !== 0)) anchors.set(sum, c * dim)
    }
  }
  return anchors
}

function indexOfLargest(values: Float32Array): number {
  let index = 0
  for (let i = 1; i < values.length; i++) if (values[i]! > values[index]!) index = i
  return index
}
