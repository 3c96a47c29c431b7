// Loads documents of a column into memory that they keep: as many of the first slots as fit, read in parts.
//
//   slots   0 ... resident | resident ... end | end ... length
//           in memory        loaded now         stay in the file

import { ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import { runInOrder } from './ordered-pipeline.js'
import { HEADROOM_BYTES, WINDOW_BYTES, WINDOWS_AHEAD } from './read-ahead.js'
import type { DocumentReader, ReadPart } from './read-documents.js'
import { bytesAt, type Column, type LeadingCopies, type Segment } from './segment.js'

/** Loads documents that stay in memory. */
export interface ResidentLoader {
  /** Bytes of all resident documents. */
  readonly bytes: number
  /**
   * Loads the slots after the resident ones, at most `maxBytes`. Calls `use` after each part with the slots loaded by
   * it. Does nothing if there is no memory for them.
   */
  load(
    segment: Segment,
    fieldIndex: number,
    maxBytes: number,
    use: (first: number, end: number) => void,
    signal: AbortSignal | undefined,
  ): Promise<void>
  /**
   * Copies the first `bytes` bytes of each resident document that has no copy, if that takes at most `maxBytes`. Returns all
   * copies of that size.
   */
  copyLeading(column: Column, bytes: number, maxBytes: number): LeadingCopies | undefined
}

/** Slots to load, and the memory that they are loaded to. */
interface LoadRange {
  readonly first: number
  readonly end: number
  /** The offset of the first slot in the file. */
  readonly offset: number
  readonly bytes: number
  /** The address of the first slot. */
  readonly block: number
}

const endOf = (column: Column, slot: number) => column.offsets[slot]! + bytesAt(column, slot)

/** Creates a loader of resident documents. */
export function createResidentLoader(memory: PackedMemory, reader: DocumentReader): ResidentLoader {
  let residentBytes = 0

  /** Records that `bytes` of a block stay allocated, until the segment is released. */
  function keep(column: Column, block: number, bytes: number): void {
    residentBytes += bytes
    column.residentBytes += bytes
    column.release.push(() => {
      residentBytes -= bytes
      memory.kernel.memory.free(block)
    })
  }

  /** After an error, keeps the parts that were loaded. */
  function keepLoaded(column: Column, { first, offset, block }: LoadRange): void {
    const bytes = column.resident === first ? 0 : endOf(column, column.resident - 1) - offset
    if (bytes === 0) memory.kernel.memory.free(block)
    else {
      memory.kernel.memory.shrink(block, bytes)
      keep(column, block, bytes)
    }
  }

  return {
    get bytes() {
      return residentBytes
    },
    async load(segment, fieldIndex, maxBytes, use, signal) {
      const column = segment.columns[fieldIndex]!
      const range = allocateRange(memory, segment, column, maxBytes)
      if (!range) return
      try {
        await runInOrder(
          partsOf(column, range),
          WINDOWS_AHEAD,
          part => reader.fill(segment, fieldIndex, part),
          part => {
            signal?.throwIfAborted()
            reader.intactIn(segment, fieldIndex, part)
            part.slots.forEach((slot, i) => {
              column.directory[ENTRY_WORDS * slot] = part.addresses[i]!
            })
            column.resident = part.slots.at(-1)! + 1
            use(part.slots[0]!, column.resident)
          },
        )
      } catch (error) {
        keepLoaded(column, range)
        throw error
      }
      keep(column, range.block, range.bytes)
    },
    copyLeading(column, bytes, maxBytes) {
      const copied = column.leading?.bytes === bytes ? column.leading : undefined
      const first = copied?.length ?? 0
      const needed = bytes * (column.resident - first) + OVERREAD
      const fits = first < column.resident && needed <= maxBytes
      const block = fits ? allocateCopies(memory, needed) : undefined
      if (block === undefined) return copied
      column.leading = copyTo(memory, column, block, first, bytes)
      keep(column, block, needed)
      return column.leading
    },
  }
}

/** Bytes that the kernel may read after a row. */
const OVERREAD = 16

function allocateCopies({ kernel }: PackedMemory, bytes: number): number | undefined {
  try {
    return kernel.memory.allocate(bytes, true)
  } catch {
    return undefined
  }
}

/** Copies the first bytes of the resident documents from slot `first` on, and returns these copies and those before. */
function copyTo(
  memory: PackedMemory,
  { directory: stored, leading, resident }: Column,
  block: number,
  first: number,
  bytes: number,
): LeadingCopies {
  const directory = stored.slice(0, ENTRY_WORDS * resident)
  if (first > 0) directory.set(leading!.directory)
  const all = new Uint8Array(memory.bytes(block, bytes).buffer)
  for (let slot = first; slot < resident; slot++) {
    const from = stored[ENTRY_WORDS * slot]!
    const to = block + bytes * (slot - first)
    if (stored[ENTRY_WORDS * slot + 1]) all.copyWithin(to, from, from + bytes)
    directory[ENTRY_WORDS * slot] = to
  }
  return { bytes, directory, length: resident }
}

/** Chooses as many slots as fit `maxBytes`, and allocates memory for them. Returns undefined if none fit. */
function allocateRange(
  { kernel }: PackedMemory,
  segment: Segment,
  column: Column,
  maxBytes: number,
): LoadRange | undefined {
  const first = column.resident
  const offset = column.offsets[first]!
  let end = segment.length
  if (column.bytes - offset > maxBytes) {
    end = first
    while (endOf(column, end) - offset <= maxBytes) end++
    if (end === first) return undefined
  }
  const bytes = endOf(column, end - 1) - offset
  let block: number | undefined
  try {
    block = kernel.memory.allocate(bytes, true)
    // grow the memory by what scoring needs, too, before reads start
    kernel.memory.free(kernel.memory.allocate(HEADROOM_BYTES))
    return { first, end, offset, bytes, block }
  } catch {
    if (block !== undefined) kernel.memory.free(block)
    return undefined
  }
}

/** Divides slots into parts of at most `WINDOW_BYTES`, unless a single document is larger. */
function* partsOf(column: Column, { first, end, offset, block }: LoadRange): Generator<ReadPart> {
  for (let slot = first; slot < end; ) {
    const from = slot++
    const start = column.offsets[from]!
    while (slot < end && endOf(column, slot) - start <= WINDOW_BYTES) slot++
    const slots = Uint32Array.from({ length: slot - from }, (_, i) => from + i)
    const extent = { offset: start, bytes: endOf(column, slot - 1) - start, address: block + start - offset }
    yield {
      slots,
      addresses: slots.map(each => block + column.offsets[each]! - offset),
      extents: [extent],
    }
  }
}
