// Where vectors are while they are scored: in the kernel's memory, where they stay as long as there is room, or passing
// through it in windows, read ahead from the file while the ones before are scored.
//
//   resident  the first slots of a column, up to the budget       the rest: window | window | window, one after another
//
// The first query of a column passes it through windows, at the disk's speed; what a second one asks for is kept. Memory
// that is new has to be given page by page, which takes longer than to read it: of 536 MB, 0.4 s (measured).

import { ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import { runInOrder } from './ordered-pipeline.js'
import { AHEAD, createReadAhead, HEADROOM, type LoadedDocuments, WINDOW } from './read-ahead.js'
import { createDocumentReader, type ReadPart, type VectorFiles } from './read-documents.js'
import { bytesAt, type Column, type Segment } from './segment.js'

export interface VectorColumns {
  readonly residentBytes: number
  /** Bytes read from files so far. */
  readonly bytesRead: number
  /** Calls `use` for these documents, a number at a time, in the order of their slots. `keep` (left out: true): they may stay in memory. */
  visit(
    segment: Segment,
    f: number,
    slots: Uint32Array,
    use: (present: LoadedDocuments) => void,
    options?: { readonly signal?: AbortSignal | undefined; readonly keep?: boolean },
  ): Promise<void>
  /** Calls `use` with the entry of one document that is in memory then; undefined if it is damaged. */
  withOne<T>(
    segment: Segment,
    f: number,
    slot: number,
    use: (entry: Uint32Array) => T,
  ): Promise<T | undefined>
}

/** The first position at which a slot of at least `slot` stands. */
function lowerBound(slots: Uint32Array, slot: number): number {
  let low = 0
  for (let high = slots.length; low < high; ) {
    const middle = (low + high) >>> 1
    if (slots[middle]! < slot) low = middle + 1
    else high = middle
  }
  return low
}

/** `budget`: bytes that may be resident. `streamed[f]`: a field that is never. */
export function createVectorColumns(
  memory: PackedMemory,
  budget: number,
  streamed: readonly boolean[],
  files: VectorFiles | undefined,
): VectorColumns {
  const { kernel } = memory
  let residentBytes = 0
  const reads = createDocumentReader(memory, files)
  const stream = createReadAhead(memory, reads)

  /** Reads the first slots of the rest into memory that lasts, as many as there is room for, and uses those of `slots`. */
  async function load(
    segment: Segment,
    f: number,
    slots: Uint32Array,
    room: number,
    use: (slots: Uint32Array) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const column = segment.columns[f]!
    const first = column.resident
    const start = column.offsets[first]!
    const endOf = (slot: number) => column.offsets[slot]! + bytesAt(column, slot)
    let end = segment.length
    if (column.bytes - start > room) {
      end = first
      while (endOf(end) - start <= room) end++
      if (end === first) return
    }
    const bytes = endOf(end - 1) - start
    let block: number
    try {
      block = kernel.memory.allocate(bytes, true)
      // and give room back at once for what scoring takes
      kernel.memory.free(kernel.memory.allocate(HEADROOM))
    } catch {
      return
    }
    const own = (kept: number) => {
      residentBytes += kept
      column.residentBytes += kept
      column.release.push(() => {
        residentBytes -= kept
        kernel.memory.free(block)
      })
    }

    function* pieces(): Generator<ReadPart> {
      for (let slot = first; slot < end; ) {
        const from = slot++
        const offset = column.offsets[from]!
        while (slot < end && endOf(slot) - offset <= WINDOW) slot++
        const size = endOf(slot - 1) - offset
        const to = block + offset - start
        const covered = Uint32Array.from({ length: slot - from }, (_, i) => from + i)
        const addresses = covered.map(one => block + column.offsets[one]! - start)
        yield { slots: covered, addresses, extents: [{ from: offset, bytes: size, to }] }
      }
    }

    const using = runInOrder(
      pieces(),
      AHEAD,
      piece => reads.fill(segment, f, piece),
      piece => {
        signal?.throwIfAborted()
        reads.soundIn(segment, f, piece)
        piece.slots.forEach((slot, i) => {
          column.directory[ENTRY_WORDS * slot] = piece.addresses[i]!
        })
        const last = piece.slots.at(-1)!
        column.resident = last + 1
        const low = lowerBound(slots, piece.slots[0]!)
        const high = lowerBound(slots, last + 1)
        use(slots.subarray(low, high).filter(slot => segment.live[slot]))
      },
    )
    try {
      await using
      own(bytes)
    } catch (error) {
      // what is there by now stays
      const kept = column.resident === first ? 0 : column.offsets[column.resident]! - start
      if (kept === 0) kernel.memory.free(block)
      else {
        kernel.memory.shrink(block, kept)
        own(kept)
      }
      throw error
    }
  }

  function present(column: Column, slots: Uint32Array): LoadedDocuments {
    const first = slots[0]!
    const { length } = slots
    // a run of slots needs no gathering
    if (slots[length - 1]! - first + 1 === length) {
      const directory = column.directory.subarray(ENTRY_WORDS * first, ENTRY_WORDS * (first + length))
      return { directory, slots: undefined, length, slotOf: index => first + index }
    }
    return { directory: column.directory, slots, length, slotOf: index => index }
  }

  return {
    get residentBytes() {
      return residentBytes
    },
    get bytesRead() {
      return reads.bytes
    },
    async visit(segment, f, slots, use, { signal, keep = true } = {}) {
      const column = segment.columns[f]!
      const useResident = (some: Uint32Array) => {
        if (some.length > 0) use(present(column, some))
      }
      let split = lowerBound(slots, column.resident)
      useResident(slots.subarray(0, split))
      if (split === slots.length) return
      const room = budget - residentBytes
      if (keep && !streamed[f] && room > 0 && column.visits++ > 0) {
        const wanted = slots.subarray(split).reduce((sum, slot) => sum + bytesAt(column, slot), 0)
        // what only a few documents are wanted of is not worth reading whole
        if (2 * wanted >= column.bytes - column.offsets[column.resident]!) {
          await load(segment, f, slots.subarray(split), room, useResident, signal)
          split = lowerBound(slots, column.resident)
        }
      }
      if (split < slots.length) await stream(segment, f, slots.subarray(split), use, signal)
    },
    async withOne(segment, f, slot, use) {
      const column = segment.columns[f]!
      const entry = column.directory.slice(ENTRY_WORDS * slot, ENTRY_WORDS * slot + ENTRY_WORDS)
      if (slot < column.resident) return use(entry)
      let result: ReturnType<typeof use> | undefined
      await stream(
        segment,
        f,
        Uint32Array.of(slot),
        found => {
          result = use(found.directory.slice(0, ENTRY_WORDS))
        },
        undefined,
      )
      return result
    },
  }
}
