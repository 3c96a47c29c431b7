// Streams documents from a file through a ring of windows in the kernel's memory. The next windows are read while one
// is scored. Every document is compared with its checksum before it is used.
//
//   file ──▶ window | window | window | window ──▶ `use`, in order        small gaps are read, large ones are skipped

import { ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import { runInOrder } from './ordered-pipeline.js'
import type { DocumentReader, Extent, ReadPart } from './read-documents.js'
import { bytesAt, type Column, type Segment } from './segment.js'

/** Bytes of a window, unless a single document is larger. */
export const WINDOW_BYTES = 4 * 1024 * 1024
/** Windows that are read while one is scored. */
export const WINDOWS_AHEAD = 3
/** Gaps between documents of at most this many bytes are read rather than skipped. */
const MAX_GAP = 32 * 1024
/** Free memory for scoring, so that the memory does not grow while reads are running. */
export const HEADROOM_BYTES = 4 * 1024 * 1024

/** Documents in the kernel's memory, valid during a call. */
export interface LoadedDocuments {
  /** The directory entries, `ENTRY_WORDS` words each. */
  readonly directory: Uint32Array
  /** The entries to consider; undefined for the first `length`. */
  readonly slots: Uint32Array | undefined
  readonly length: number
  /** Returns the segment's slot of a directory entry. */
  slotOf(index: number): number
}

/**
 * Reads the documents of `slots`, which are in ascending order, and calls `use` with the intact ones of each window.
 */
export type ReadAhead = (
  segment: Segment,
  fieldIndex: number,
  slots: Uint32Array,
  use: (documents: LoadedDocuments) => void,
  signal: AbortSignal | undefined,
) => Promise<void>

/** Creates the function that streams documents. Its windows are freed when a call ends. */
export function createReadAhead({ kernel }: PackedMemory, reader: DocumentReader): ReadAhead {
  return async (segment, fieldIndex, slots, use, signal) => {
    const column = segment.columns[fieldIndex]!
    const largestBytes = slots.reduce((max, slot) => Math.max(max, bytesAt(column, slot)), 0)
    const totalBytes = slots.reduce((sum, slot) => sum + bytesAt(column, slot), 0)
    // a small request does not need large windows
    const windowBytes = Math.max(largestBytes, Math.min(WINDOW_BYTES, totalBytes + MAX_GAP))
    const windows = kernel.memory.allocate((WINDOWS_AHEAD + 1) * windowBytes)
    try {
      kernel.memory.free(kernel.memory.allocate(HEADROOM_BYTES))
      await runInOrder(
        windowParts(column, slots, windows, windowBytes),
        WINDOWS_AHEAD,
        part => reader.fill(segment, fieldIndex, part),
        part => {
          signal?.throwIfAborted()
          const intact = reader.intactIn(segment, fieldIndex, part)
          if (intact.length > 0) use(documentsOf(column, part, intact))
        },
      )
    } finally {
      kernel.memory.free(windows)
    }
  }
}

/** Divides documents into parts that fit a window each. Windows are used in turn, from address `windows` on. */
function* windowParts(
  column: Column,
  slots: Uint32Array,
  windows: number,
  windowBytes: number,
): Generator<ReadPart> {
  for (let i = 0, window = 0; i < slots.length; window++) {
    const address = windows + (window % (WINDOWS_AHEAD + 1)) * windowBytes
    const extents: Extent[] = []
    const addresses: number[] = []
    const first = i
    let used = 0
    for (; i < slots.length; i++) {
      const [offset, bytes] = [column.offsets[slots[i]!]!, bytesAt(column, slots[i]!)]
      const last = extents.at(-1)
      const gap = last ? offset - last.offset - last.bytes : 0
      const joins = last !== undefined && gap <= MAX_GAP
      if (used + bytes + (joins ? gap : 0) > windowBytes) break
      if (joins) last.bytes += gap + bytes
      else extents.push({ offset, bytes, address: address + used })
      used += bytes + (joins ? gap : 0)
      addresses.push(address + used - bytes)
    }
    yield { slots: slots.subarray(first, i), addresses: Uint32Array.from(addresses), extents }
  }
}

/** The directory of the intact documents of a part. */
function documentsOf(column: Column, { slots, addresses }: ReadPart, intact: Uint32Array): LoadedDocuments {
  const directory = new Uint32Array(ENTRY_WORDS * intact.length)
  for (let i = 0; i < intact.length; i++) {
    const from = ENTRY_WORDS * slots[intact[i]!]!
    directory[ENTRY_WORDS * i] = addresses[intact[i]!]!
    for (let word = 1; word < ENTRY_WORDS; word++) {
      directory[ENTRY_WORDS * i + word] = column.directory[from + word]!
    }
  }
  const slotOf = (index: number) => slots[intact[index]!]!
  return { directory, slots: undefined, length: intact.length, slotOf }
}
