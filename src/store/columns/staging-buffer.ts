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

/** An empty buffer. */
const START: StagingMark = { bytes: 0, rows: 0, largest: 0, entries: 0 }

/** A stored document. */
export interface StoredDocument {
  /** Its entry in a directory: address, rows, scale, norms. */
  readonly entry: Uint32Array
  readonly checksum: number
  /** An upper bound of its absolute values. */
  readonly largest: number
}

/** A document that is being stored. */
export interface PreparedDocument {
  readonly rows: number
  /** Writes its rows to an address, and sets its entry. Returns an upper bound of its absolute values. */
  write(address: number, entry: Uint32Array): number
}

/** Stores the documents of one vector. */
export interface DocumentWriter {
  readonly rowBytes: number
  /** @throws TypeError or RangeError that names the vector by `path` */
  prepare(value: VectorInput, path: string): PreparedDocument
}

/** Stores multi-vectors and dense vectors of a field. */
export const rowsWriter = (field: Field, format: PackedFormat): DocumentWriter => ({
  rowBytes: format.rowBytes,
  prepare(value, path) {
    const document = rowsFor(value, field, path)
    const { rows } = shapeOf(document, path, field.size)
    checkRows(rows, field, path)
    return { rows, write: (address, entry) => format.pack({ document, rows, path, address }, entry) }
  },
})

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
  /** Reserves room for bytes, so that adding them does not grow the kernel's memory. */
  reserve(bytes: number): void
  /** Copies a stored document. */
  addStored(document: StoredDocument): void
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

/** Creates a buffer for documents of one vector. It allocates nothing until the first document. */
export function createStagingBuffer(memory: PackedMemory, writer: DocumentWriter): StagingBuffer {
  const { rowBytes } = writer
  const entry = new Uint32Array(4)
  const entries: number[] = []
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

  /** Adds the entry of a document that is at the end of the buffer. */
  function enter({ entry: [, count = 0, scale = 0, norms = 0], ...document }: StoredDocument): void {
    entries.push(count, scale, norms, document.checksum)
    largest = Math.max(largest, document.largest)
    bytes += count * rowBytes
    rows += count
  }

  function reset(mark: StagingMark): void {
    ;({ bytes, rows, largest } = mark)
    entries.length = mark.entries
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
      const document = writer.prepare(value, path)
      const size = document.rows * rowBytes
      reserve(size)
      const target = address + bytes
      const largestHere = document.write(target, entry)
      enter({ entry, checksum: memory.checksum(target, size), largest: largestHere })
    },
    reserve,
    addStored(document) {
      const [source = 0, count = 0] = document.entry
      const size = count * rowBytes
      reserve(size)
      memory.bytes(address + bytes, size).set(memory.bytes(source, size))
      enter(document)
    },
    addMissing() {
      entries.push(0, 0, 0, 0)
    },
    encoded: () => ({ offset: 0, bytes, largest, entries: Uint32Array.from(entries) }),
    mark: () => ({ bytes, rows, largest, entries: entries.length }),
    reset,
    clear: () => reset(START),
    dispose() {
      reset(START)
      if (capacity > 0) memory.kernel.memory.free(address)
      capacity = 0
    },
  }
}
