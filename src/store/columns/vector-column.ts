// Provides a column's documents for scoring. The first slots stay resident in the kernel's memory, up to the memory
// budget, copies before the rows that they were made from. The rest streams from the file through windows, with the next
// ones read while one is scored.
//
//   column   resident slots | window | window | window ...
//
// The first query streams everything, at the disk's speed; documents that a second query requests become resident.
// Resident memory is new memory, which the system provides page by page. That takes longer than the read: 0.4 s for
// 536 MB (measured).

import { createPauses } from '../../base/sleep.js'
import { ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import type { VectorCopy } from './copies.js'
import { createReadAhead, type LoadedDocuments } from './read-ahead.js'
import { createDocumentReader, type VectorFiles } from './read-documents.js'
import { createResidentLoader } from './resident.js'
import { bytesAt, type Column, type LeadingCopies, releaseColumn, type Segment } from './segment.js'

/** Options of `VectorColumns.visit`. */
export interface VisitOptions {
  readonly signal?: AbortSignal | undefined
  /** Whether the documents may become resident. Default: true. */
  readonly keep?: boolean
  /** The slots that a query considers, of which `slots` are left. They count as requested. Default: `slots`. */
  readonly considered?: Uint32Array | undefined
  /** Rows of the query that documents are scored for. With them, other work of the process gets a turn in between. */
  readonly queryRows?: number | undefined
}

/** Bytes of documents times query rows that are scored before other work of the process gets a turn: some 50 ms. */
const PAUSE_WORK = 2 ** 30

/** The documents of all vectors. */
export interface VectorColumns {
  /** Bytes of resident documents. */
  readonly residentBytes: number
  /** Bytes read from files so far. */
  readonly bytesRead: number
  /** Calls `use` for the documents of `slots`, which are in ascending order, some at a time. */
  visit(
    segment: Segment,
    fieldIndex: number,
    slots: Uint32Array,
    use: (documents: LoadedDocuments) => void,
    options?: VisitOptions,
  ): Promise<void>
  /** Copies of the first `bytes` bytes of the documents in memory. Undefined without documents in memory, or room for copies. */
  leading(segment: Segment, fieldIndex: number, bytes: number): LeadingCopies | undefined
  /** Calls `use` with the directory entry of one document while it is in memory. Returns undefined if it is damaged. */
  withDocument<T>(
    segment: Segment,
    fieldIndex: number,
    slot: number,
    use: (entry: Uint32Array) => T,
  ): Promise<T | undefined>
}

/** Where documents are read from, and how many of them may be resident. */
export interface VectorColumnsOptions {
  /** Bytes that may be resident. */
  readonly budget: number
  /** `onDisk[f]`: vector `f` never becomes resident. */
  readonly onDisk: readonly boolean[]
  /** Undefined if everything is in memory. */
  readonly files: VectorFiles | undefined
  readonly segments: ReadonlyMap<number, Segment>
  /** The copies of vectors, which become resident before the vectors. */
  readonly copies: readonly Pick<VectorCopy, 'fieldIndex' | 'copyIndex'>[]
}

/** Returns the first position in ascending `slots` whose slot is at least `slot`. */
export function lowerBound(slots: Uint32Array, slot: number): number {
  let low = 0
  for (let high = slots.length; low < high; ) {
    const middle = (low + high) >>> 1
    if (slots[middle]! < slot) low = middle + 1
    else high = middle
  }
  return low
}

/** Creates the columns of a store. */
export function createVectorColumns(memory: PackedMemory, options: VectorColumnsOptions): VectorColumns {
  const { budget, onDisk, files, segments, copies } = options
  const reader = createDocumentReader(memory, files)
  const stream = createReadAhead(memory, reader)
  const resident = createResidentLoader(memory, reader)

  const columnsOf = (index: number) => [...segments.values()].map(({ columns }) => columns[index]!)

  /** Returns the bytes that a column's documents may take in memory besides those that are there. */
  function availableBytes({ copyOf, bytes, residentBytes }: Column, fieldIndex: number): number {
    if (onDisk[copyOf ?? fieldIndex]) return 0
    if (copyOf !== undefined) {
      // rows that became resident before this copy was written
      const rows = columnsOf(copyOf).filter(column => column.residentBytes > 0)
      while (rows.length > 0 && budget - resident.bytes < bytes - residentBytes) releaseColumn(rows.pop()!)
    }
    const copy = copies.find(each => each.fieldIndex === fieldIndex)
    const missing = copy ? columnsOf(copy.copyIndex) : []
    return missing.reduce((sum, each) => sum - each.bytes + each.residentBytes, budget - resident.bytes)
  }

  /** Returns the bytes that may become resident for a request of these slots, none of which are resident. */
  function loadableBytes(column: Column, fieldIndex: number, slots: Uint32Array): number {
    if (column.visits++ === 0) return 0
    const requested = slots.reduce((sum, slot) => sum + bytesAt(column, slot), 0)
    // loading the rest of the column is worth it if at least half of it is requested
    const isWorthIt = 2 * requested >= column.bytes - column.offsets[column.resident]!
    return isWorthIt ? availableBytes(column, fieldIndex) : 0
  }

  return {
    get residentBytes() {
      return resident.bytes
    },
    get bytesRead() {
      return reader.bytes
    },
    async visit(
      segment,
      fieldIndex,
      slots,
      use,
      { signal, keep = true, considered = slots, queryRows = 0 } = {},
    ) {
      const column = segment.columns[fieldIndex]!
      const useResident = (some: Uint32Array) => {
        if (some.length > 0) use(residentDocuments(column, some))
      }
      const split = lowerBound(slots, column.resident)
      const pause = createPauses(1, signal)
      for (const some of partsOf(column, slots.subarray(0, split), PAUSE_WORK / queryRows)) {
        await pause(1)
        useResident(some)
      }
      let rest = slots.subarray(split)
      if (rest.length === 0) return
      const requested = considered.subarray(lowerBound(considered, column.resident))
      const maxBytes = keep ? loadableBytes(column, fieldIndex, requested) : 0
      if (maxBytes > 0) {
        const useLoaded = (first: number, end: number) => {
          const loaded = rest.subarray(lowerBound(rest, first), lowerBound(rest, end))
          useResident(loaded.filter(slot => segment.live[slot]))
        }
        await resident.load(segment, fieldIndex, maxBytes, useLoaded, signal)
        rest = rest.subarray(lowerBound(rest, column.resident))
      }
      if (rest.length > 0) await stream(segment, fieldIndex, rest, use, signal)
    },
    leading(segment, fieldIndex, bytes) {
      const column = segment.columns[fieldIndex]!
      return resident.copyLeading(column, bytes, availableBytes(column, fieldIndex))
    },
    async withDocument(segment, fieldIndex, slot, use) {
      const column = segment.columns[fieldIndex]!
      const entry = column.directory.slice(ENTRY_WORDS * slot, ENTRY_WORDS * (slot + 1))
      if (slot < column.resident) return use(entry)
      let result: ReturnType<typeof use> | undefined
      const useStreamed = ({ directory }: LoadedDocuments) => {
        result = use(directory.slice(0, ENTRY_WORDS))
      }
      await stream(segment, fieldIndex, Uint32Array.of(slot), useStreamed, undefined)
      return result
    },
  }
}

/** Divides slots into parts of at least `partBytes`. */
function* partsOf(column: Column, slots: Uint32Array, partBytes: number): Generator<Uint32Array> {
  let [first, bytes] = [0, 0]
  for (let i = 0; i < slots.length && partBytes < column.bytes; i++) {
    bytes += bytesAt(column, slots[i]!)
    if (bytes < partBytes) continue
    yield slots.subarray(first, i + 1)
    first = i + 1
    bytes = 0
  }
  if (first < slots.length) yield slots.subarray(first)
}

/** Describes documents in memory by their directory, in ascending slots. A contiguous run is a view of the directory. */
export function residentDocuments(column: Pick<Column, 'directory'>, slots: Uint32Array): LoadedDocuments {
  const first = slots[0]!
  const { length } = slots
  if (slots[length - 1]! - first + 1 === length) {
    const directory = column.directory.subarray(ENTRY_WORDS * first, ENTRY_WORDS * (first + length))
    return { directory, slots: undefined, length, slotOf: index => first + index }
  }
  return { directory: column.directory, slots, length, slotOf: index => index }
}
