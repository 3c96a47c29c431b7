// Draws rows of the sample documents, and chooses anchors among them: the centres of a spherical k-means.

import { type MultiVector, shapeOf, writeRows } from '../../core/multivector.js'
import type { Kernel } from '../../kernel/kernel.js'
import { toUnitRows } from '../pooling/unit-rows.js'
import { createMatrix } from './features.js'

/** Rows whose nearest anchors are found at a time. */
const CHUNK = 256
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

/** The numbers of the rows over all documents that differ from every earlier row and are not zero, in order. */
export function findDistinctRows(
  documents: readonly MultiVector[],
  starts: Uint32Array,
  dim: number,
): Uint32Array {
  const numbers = new Uint32Array(starts.at(-1)!)
  const seen = new Set<number>()
  let count = 0
  documents.forEach((document, i) => {
    const flat = rowsOf(document, i, starts, dim)
    const words = new Uint32Array(flat.buffer)
    for (let at = 0; at < flat.length; at += dim) {
      const hash = hashOf(words, at, at + dim)
      if (seen.has(hash) || isZero(flat.subarray(at, at + dim))) continue
      seen.add(hash)
      numbers[count++] = starts[i]! + at / dim
    }
  })
  return numbers.slice(0, count)
}

/** Copies rows by their numbers over all documents, sorted, scaled to unit length. */
export function copyUnitRows(
  documents: readonly MultiVector[],
  starts: Uint32Array,
  dim: number,
  numbers: Uint32Array,
): Float32Array {
  const rows = new Float32Array(numbers.length * dim)
  let document = 0
  let flat = new Float32Array(0)
  let loaded = -1
  numbers.forEach((number, i) => {
    while (starts[document + 1]! <= number) document++
    if (loaded !== document) flat = rowsOf(documents[document]!, document, starts, dim)
    loaded = document
    const at = (number - starts[document]!) * dim
    rows.set(flat.subarray(at, at + dim), i * dim)
  })
  toUnitRows(rows, dim)
  return rows
}

/** The rows of a document, one after the other. */
function rowsOf(
  document: MultiVector,
  index: number,
  starts: Uint32Array,
  dim: number,
): Float32Array<ArrayBuffer> {
  const flat = new Float32Array((starts[index + 1]! - starts[index]!) * dim)
  writeRows(document, `documents[${index}]`, flat)
  return flat
}

const isZero = (row: Float32Array) => row.every(value => value === 0)

/** A number of 53 bits for some words. Other words have another one, but for one pair in 10^16. */
function hashOf(words: Uint32Array, start: number, end: number): number {
  let low = 0x811c9dc5
  let high = 0x9e3779b9
  for (let i = start; i < end; i++) {
    low = Math.imul(low ^ words[i]!, 0x01000193)
    low ^= low >>> 15
    high = Math.imul(high ^ words[i]!, 0x85ebca6b)
    high ^= high >>> 13
  }
  return (high >>> 11) * 2 ** 32 + (low >>> 0)
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
    for (let start = 0; start < rows; start += CHUNK) {
      const chunk = unitRows.subarray(start * dim, (start + CHUNK) * dim)
      const products = matrix.times(chunk)
      for (let row = 0; row * dim < chunk.length; row++) {
        const to = indexOfLargest(products.subarray(row * count, (row + 1) * count)) * dim
        for (let k = 0; k < dim; k++) sums[to + k]! += chunk[row * dim + k]!
      }
      await pause((round + start / rows) / ROUNDS)
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
