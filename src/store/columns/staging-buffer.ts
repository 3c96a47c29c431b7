// Collects the documents of one vector for a batch: their stored rows in the kernel's memory, and their entries.

import type { VectorInput } from '../../collection/collection.js'
import type { Field } from '../../collection/vector-fields.js'
import { checkRows, rowsFor } from '../../collection/vector-input.js'
import { shapeOf } from '../../core/multivector.js'
import type { PackedFormat, PackedMemory } from '../../core/packed-documents.js'
import type { EncodedDocuments } from './segment.js'

/** Initial size of a buffer that is in use. */
const MIN_CAPACITY = 65_536

/** Where a buffer ended, to return to. */
export interface StagingMark {
  readonly bytes: number
  readonly rows: number
  readonly largest: number
  readonly entries: number
}

/** The documents of one vector in a batch. */
export interface StagingBuffer {
  /** The address of the first document; changes when the buffer grows. */
  readonly address: number
  readonly bytes: number
  readonly rows: number
  /**
   * Stores a document.
   *
   * @throws TypeError or RangeError that names the vector by `path`; the buffer is unchanged
   */
  add(value: VectorInput, path: string): void
  /** Adds an entry for a point that lacks this vector. */
  addMissing(): void
  /** Returns the documents, with an offset of 0. */
  encoded(): EncodedDocuments
  mark(): StagingMark
  /** Removes everything that was added after `mark`. */
  reset(mark: StagingMark): void
  clear(): void
  /** Clears the buffer and frees its memory. */
  dispose(): void
}

/** Creates a buffer for documents of a field. It allocates nothing until the first document. */
export function createStagingBuffer(memory: PackedMemory, field: Field, format: PackedFormat): StagingBuffer {
  const entry = new Uint32Array(4)
  let entries: number[] = []
  let address = 0
  let capacity = 0
  let bytes = 0
  let rows = 0
  let largest = 0

  function reserve(more: number): void {
    const needed = bytes + more
    if (needed <= capacity) return
    const newCapacity = Math.max(needed, 2 * capacity, MIN_CAPACITY)
    const newAddress = memory.kernel.memory.allocate(newCapacity)
    if (capacity > 0) {
      memory.bytes(newAddress, bytes).set(memory.bytes(address, bytes))
      memory.kernel.memory.free(address)
    }
    address = newAddress
    capacity = newCapacity
  }

  function clear(): void {
    entries = []
    bytes = 0
    rows = 0
    largest = 0
  }

  return {
    get address() {
      return address
    },
    get bytes() {
      return bytes
    },
    get rows() {
      return rows
    },
    add(value, path) {
      const document = rowsFor(value, field, path)
      const shape = shapeOf(document, path, field.size)
      checkRows(shape.rows, field, path)
      const size = shape.rows * format.rowBytes
      reserve(size)
      const target = address + bytes
      const largestHere = format.pack({ document, rows: shape.rows, path, address: target }, entry)
      entries.push(entry[1]!, entry[2]!, entry[3]!, memory.checksum(target, size))
      largest = Math.max(largest, largestHere)
      bytes += size
      rows += shape.rows
    },
    addMissing() {
      entries.push(0, 0, 0, 0)
    },
    encoded: () => ({ offset: 0, bytes, largest, entries: Uint32Array.from(entries) }),
    mark: () => ({ bytes, rows, largest, entries: entries.length }),
    reset(mark) {
      ;({ bytes, rows, largest } = mark)
      entries.length = mark.entries
    },
    clear,
    dispose() {
      clear()
      if (capacity > 0) memory.kernel.memory.free(address)
      capacity = 0
    },
  }
}
