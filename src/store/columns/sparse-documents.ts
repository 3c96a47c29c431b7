// Sparse vectors as documents: rows of 8 bytes, a dimension (u32) and its value (f32), in ascending dimensions. So a sparse
// vector is stored, logged, checked and copied as the rows of any other vector are. A vector without dimensions has no
// rows; its entry marks that it exists.

import type { SparseVector, VectorInput } from '../../collection/collection.js'
import { checkSparse } from '../../collection/vector-input.js'
import { ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import type { Column } from './segment.js'
import type { DocumentWriter } from './staging-buffer.js'

/** Bytes of a dimension and its value. */
export const SPARSE_ROW_BYTES = 8

/** The word of an entry in place of a scale: the point has the vector. */
const PRESENT = 1

/** Returns whether the point in a slot has the vector of a column. */
export const hasDocument = ({ directory }: Column, slot: number): boolean =>
  directory[ENTRY_WORDS * slot + 1] !== 0 || directory[ENTRY_WORDS * slot + 2] !== 0

/** Stores sparse vectors. */
export const sparseWriter = (memory: PackedMemory): DocumentWriter => ({
  rowBytes: SPARSE_ROW_BYTES,
  prepare(value: VectorInput, path: string) {
    checkSparse(value as SparseVector, path)
    const { indices, values } = value as SparseVector
    const order = [...indices.keys()].sort((a, b) => indices[a]! - indices[b]!)
    return {
      rows: order.length,
      write(address, entry) {
        const words = new Uint32Array(2 * order.length)
        const floats = new Float32Array(words.buffer)
        let largest = 0
        for (const [i, k] of order.entries()) {
          words[2 * i] = indices[k]!
          floats[2 * i + 1] = values[k]!
          largest = Math.max(largest, Math.abs(floats[2 * i + 1]!))
        }
        memory.bytes(address, words.byteLength).set(new Uint8Array(words.buffer))
        entry.set([address, order.length, PRESENT, 0])
        return largest
      },
    }
  },
})

/** The parts of a stored sparse vector. */
export interface SparseRows {
  /** Ascending. */
  readonly indices: Uint32Array
  readonly values: Float32Array
}

/** Reads a sparse vector. Returns undefined if maxsimd did not write it: its dimensions do not ascend. */
export function readSparse(memory: PackedMemory, address: number, rows: number): SparseRows | undefined {
  const words = new Uint32Array(memory.bytes(address, SPARSE_ROW_BYTES * rows).slice().buffer)
  const floats = new Float32Array(words.buffer)
  const indices = new Uint32Array(rows)
  const values = new Float32Array(rows)
  for (let i = 0; i < rows; i++) {
    indices[i] = words[2 * i]!
    values[i] = floats[2 * i + 1]!
    if ((i > 0 && indices[i]! <= indices[i - 1]!) || !Number.isFinite(values[i]!)) return undefined
  }
  return { indices, values }
}
