// Reads documents from a file into the kernel's memory, in their stored form, and compares them with their checksums.

import type { PackedMemory } from '../../core/packed-documents.js'
import { bytesAt, type Segment } from './segment.js'

/** Bytes of one read. Several reads of this size at once were faster than fewer of 8 MiB (measured). */
const READ_BYTES = 2 * 1024 * 1024

/** Reads rows from files. */
export interface VectorFiles {
  /** Fills `target` with the bytes from `position` on, as far as the file goes. */
  read(segment: Segment, fieldIndex: number, target: Uint8Array, position: number): Promise<void>
  /**
   * Reports a document that does not match its checksum. Marks its point dead, or throws if the store does not salvage.
   */
  reportDamage(segment: Segment, fieldIndex: number, slot: number): void
}

/** A contiguous range of a file, and the address that it is read to. */
export interface Extent {
  readonly offset: number
  bytes: number
  readonly address: number
}

/** Documents that are read together. */
export interface ReadPart {
  readonly slots: Uint32Array
  /** The address of each document once it is read. */
  readonly addresses: Uint32Array
  /** The ranges to read. */
  readonly extents: readonly Extent[]
}

/** Reads documents and checks them. */
export interface DocumentReader {
  /** Bytes read so far. */
  readonly bytes: number
  /** Reads the documents of a part. */
  fill(segment: Segment, fieldIndex: number, part: ReadPart): Promise<void>
  /** Returns the positions in `part.slots` of the documents that match their checksums. Reports the others. */
  intactIn(segment: Segment, fieldIndex: number, part: ReadPart): Uint32Array
}

/** Creates a reader of documents in these files. */
export function createDocumentReader(memory: PackedMemory, files: VectorFiles | undefined): DocumentReader {
  let bytesRead = 0

  async function readExtent(
    segment: Segment,
    fieldIndex: number,
    { offset, bytes, address }: Extent,
  ): Promise<void> {
    // if the memory grew during the read, its buffer was replaced, and the bytes read may be in the old one
    let target: Uint8Array
    do {
      target = memory.bytes(address, bytes)
      await files!.read(segment, fieldIndex, target, offset)
    } while (target.buffer !== memory.bytes(0, 0).buffer)
  }

  return {
    get bytes() {
      return bytesRead
    },
    async fill(segment, fieldIndex, { extents }) {
      const reads: Promise<void>[] = []
      for (const { offset, bytes, address } of extents) {
        bytesRead += bytes
        for (let at = 0; at < bytes; at += READ_BYTES) {
          const size = Math.min(READ_BYTES, bytes - at)
          reads.push(
            readExtent(segment, fieldIndex, { offset: offset + at, bytes: size, address: address + at }),
          )
        }
      }
      await Promise.all(reads)
    },
    intactIn(segment, fieldIndex, { slots, addresses }) {
      const column = segment.columns[fieldIndex]!
      const intact = new Uint32Array(slots.length)
      let count = 0
      for (let i = 0; i < slots.length; i++) {
        const slot = slots[i]!
        const bytes = bytesAt(column, slot)
        if (bytes > 0 && memory.checksum(addresses[i]!, bytes) !== column.checksums[slot]!) {
          if (segment.live[slot]) files!.reportDamage(segment, fieldIndex, slot)
        } else intact[count++] = i
      }
      return intact.subarray(0, count)
    },
  }
}
