// Documents that pass through the kernel's memory: read ahead into a ring of windows while the ones before are scored.
//
//   file ──▶ window | window | window | window ──▶ `use`, one after another        small gaps are read, large ones skipped
//
// What comes from a file is checked, document by document, before anything is done with it.

import { ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import { runInOrder } from './ordered-pipeline.js'
import type { DocumentReader, ReadPart } from './read-documents.js'
import { bytesAt, type Segment } from './segment.js'

/** Bytes scored at a time, unless a single document is larger. */
export const WINDOW = 4 * 1024 * 1024
/** Windows that are read while one is scored. */
export const AHEAD = 3
/** Gaps up to this are read rather than skipped. */
const GAP = 32 * 1024
/** Free memory that scoring itself may need while reads are under way, so that the memory does not grow then. */
export const HEADROOM = 4 * 1024 * 1024

/** Documents that are in memory for the time of a call. */
export interface LoadedDocuments {
  readonly directory: Uint32Array
  readonly slots: Uint32Array | undefined
  readonly length: number
  /** The slot in the segment of an index of the directory. */
  slotOf(index: number): number
}

/** Reads these documents, rising slots, and calls `use` with those that are sound, a window at a time. */
export type ReadAhead = (
  segment: Segment,
  f: number,
  slots: Uint32Array,
  use: (present: LoadedDocuments) => void,
  signal: AbortSignal | undefined,
) => Promise<void>

export function createReadAhead({ kernel }: PackedMemory, reads: DocumentReader): ReadAhead {
  return async (segment, f, slots, use, signal) => {
    const column = segment.columns[f]!
    const largest = slots.reduce((most, slot) => Math.max(most, bytesAt(column, slot)), 0)
    const total = slots.reduce((sum, slot) => sum + bytesAt(column, slot), 0)
    // small requests need no large windows
    const size = Math.max(largest, Math.min(WINDOW, total + GAP))
    const windows = kernel.memory.allocate((AHEAD + 1) * size)
    kernel.memory.free(kernel.memory.allocate(HEADROOM))

    function* pieces(): Generator<ReadPart> {
      for (let i = 0, next = 0; i < slots.length; next++) {
        const address = windows + (next % (AHEAD + 1)) * size
        const extents: ReadPart['extents'] = []
        const addresses: number[] = []
        const from = i
        let used = 0
        for (; i < slots.length; i++) {
          const [offset, bytes] = [column.offsets[slots[i]!]!, bytesAt(column, slots[i]!)]
          const last = extents.at(-1)
          const gap = last ? offset - last.from - last.bytes : 0
          const joins = last !== undefined && gap <= GAP
          if (used + bytes + (joins ? gap : 0) > size) break
          if (joins) last.bytes += gap + bytes
          else extents.push({ from: offset, bytes, to: address + used })
          used += bytes + (joins ? gap : 0)
          addresses.push(address + used - bytes)
        }
        yield { slots: slots.subarray(from, i), addresses: Uint32Array.from(addresses), extents }
      }
    }

    try {
      await runInOrder(
        pieces(),
        AHEAD,
        piece => reads.fill(segment, f, piece),
        piece => {
          signal?.throwIfAborted()
          const sound = reads.soundIn(segment, f, piece)
          if (sound.length === 0) return
          const directory = new Uint32Array(ENTRY_WORDS * sound.length)
          for (let i = 0; i < sound.length; i++) {
            const from = ENTRY_WORDS * piece.slots[sound[i]!]!
            for (let word = 1; word < ENTRY_WORDS; word++)
              directory[ENTRY_WORDS * i + word] = column.directory[from + word]!
            directory[ENTRY_WORDS * i] = piece.addresses[sound[i]!]!
          }
          const slotOf = (index: number) => piece.slots[sound[index]!]!
          use({ directory, slots: undefined, length: sound.length, slotOf })
        },
      )
    } finally {
      kernel.memory.free(windows)
    }
  }
}
