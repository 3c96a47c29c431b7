// Documents from a file into the kernel's memory, as they are stored, and whether they are what was written.

import type { PackedMemory } from '../../core/packed-documents.js'
import { bytesAt, type Segment } from './segment.js'

/** Bytes of a read: several small ones under way were faster than few of 8 MiB (measured). */
const READ = 2 * 1024 * 1024
/** What vectors are read from. */
export interface VectorFiles {
  /** Fills `target` from `position` on, as far as the file goes. */
  read(segment: Segment, f: number, target: Uint8Array, position: number): Promise<void>
  /** A document is not what was written. Throws, or returns, and the document is dead then. */
  damaged(segment: Segment, f: number, slot: number): void
}

/** Documents that are read together. */
export interface ReadPart {
  readonly slots: Uint32Array
  /** Where each document is, or will be when it is read. */
  readonly addresses: Uint32Array
  /** Documents that are read in one go: where from, how much, to which address. */
  readonly extents: { from: number; bytes: number; to: number }[]
}

export interface DocumentReader {
  /** Bytes read so far. */
  readonly bytes: number
  fill(segment: Segment, f: number, piece: ReadPart): Promise<void>
  /** The positions in a piece of the documents that are what was written. */
  soundIn(segment: Segment, f: number, piece: ReadPart): Uint32Array
}

export function createDocumentReader(memory: PackedMemory, files: VectorFiles | undefined): DocumentReader {
  let bytesRead = 0

  async function fill(segment: Segment, f: number, piece: ReadPart): Promise<void> {
    const reads: Promise<void>[] = []
    for (const { from, bytes, to } of piece.extents) {
      bytesRead += bytes
      for (let at = 0; at < bytes; at += READ) {
        reads.push(readInto(segment, f, to + at, Math.min(READ, bytes - at), from + at))
      }
    }
    await Promise.all(reads)
  }

  async function readInto(
    segment: Segment,
    f: number,
    to: number,
    bytes: number,
    from: number,
  ): Promise<void> {
    // a memory that grew in the meantime has another buffer, and what was read may not be in it
    let target: Uint8Array
    do {
      target = memory.bytes(to, bytes)
      await files!.read(segment, f, target, from)
    } while (target.buffer !== memory.bytes(0, 0).buffer)
  }

  /** The positions in a piece of the documents that are what was written. */
  function soundIn(segment: Segment, f: number, { slots, addresses }: ReadPart): Uint32Array {
    const column = segment.columns[f]!
    const sound = new Uint32Array(slots.length)
    let count = 0
    for (let i = 0; i < slots.length; i++) {
      const slot = slots[i]!
      const bytes = bytesAt(column, slot)
      if (bytes > 0 && memory.checksum(addresses[i]!, bytes) !== column.checksums[slot]!) {
        if (segment.live[slot]) files!.damaged(segment, f, slot)
      } else sound[count++] = i
    }
    return sound.subarray(0, count)
  }

  return {
    get bytes() {
      return bytesRead
    },
    fill,
    soundIn,
  }
}
