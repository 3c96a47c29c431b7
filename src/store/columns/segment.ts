// A segment: points in the order in which they were written, as columns. It only grows; a point that was deleted or
// written again is dead where it was. What is in a column is what is in the segment's log; addresses are of this process.
//
//   slot   0    1    2    3 ...
//   ids    ####|####|####|####        live   1 1 0 1
//   field  directory: address | rows | scale | figures (address 0: only in the file), checksum, offset in the file

import type { PointId } from '../../collection/collection.js'
import { ENTRY_WORDS } from '../../core/packed-documents.js'
import { readId } from './id-words.js'

/** Points as they are written together: what one record of a log holds. */
export interface EncodedPoints {
  readonly count: number
  /** What these points replace: pairs of segment and slot. */
  readonly dead: Uint32Array
  readonly versions: Float64Array
  /** Four words each, of the kind beside them: see `id-words.ts`. */
  readonly ids: Uint32Array
  readonly kinds: Uint8Array
  readonly payloads: SlotRange
  /** Length and checksum of each payload, in bytes of JSON; 0 for none. */
  readonly payloadEntries: Uint32Array
  readonly fields: readonly (SlotRange & {
    /** At least the largest absolute value in these documents. */
    readonly largest: number
    /** Rows, scale, figures and checksum of each document; 0 rows for a point without this vector. */
    readonly entries: Uint32Array
  })[]
}

/** Where bytes stand in a file. */
export interface SlotRange {
  readonly offset: number
  readonly bytes: number
}

/** One vector of a segment's points. */
export interface Column {
  readonly rowBytes: number
  directory: Uint32Array
  checksums: Uint32Array
  offsets: Float64Array
  /** Bytes of all documents: where the next one goes. */
  bytes: number
  /** Rows of all documents, dead ones too. */
  rows: number
  /** At least the largest absolute value in any document. */
  largest: number
  /** How often documents that are not in memory were asked for. */
  visits: number
  /** The first slots, whose documents are in memory. */
  resident: number
  residentBytes: number
  /** Gives the memory of the resident documents back. */
  release: (() => void)[]
  /** The live slots that have a document, until something changes. */
  candidates: Uint32Array | undefined
}

export interface Segment {
  readonly number: number
  length: number
  /** How many slots are live. */
  points: number
  live: Uint8Array
  ids: Uint32Array
  kinds: Uint8Array
  versions: Float64Array
  payloadOffsets: Float64Array
  /** Length and checksum. */
  payloadEntries: Uint32Array
  payloadBytes: number
  /** JSON, where there is no file. */
  texts: (string | undefined)[] | undefined
  /** Parsed payloads, kept for filters. */
  parsed: unknown[] | undefined
  /** Ids rise with slots; `PointDirectory` sees to it. */
  isOrdered: boolean
  readonly columns: readonly Column[]
}

export function createSegment(number: number, rowBytes: readonly number[]): Segment {
  return {
    number,
    length: 0,
    points: 0,
    live: new Uint8Array(0),
    ids: new Uint32Array(0),
    kinds: new Uint8Array(0),
    versions: new Float64Array(0),
    payloadOffsets: new Float64Array(0),
    payloadEntries: new Uint32Array(0),
    payloadBytes: 0,
    texts: undefined,
    parsed: undefined,
    isOrdered: true,
    columns: rowBytes.map(bytes => ({
      rowBytes: bytes,
      directory: new Uint32Array(0),
      checksums: new Uint32Array(0),
      offsets: new Float64Array(0),
      bytes: 0,
      rows: 0,
      largest: 0,
      visits: 0,
      resident: 0,
      residentBytes: 0,
      release: [],
      candidates: undefined,
    })),
  }
}

export const idAt = (segment: Segment, slot: number): PointId =>
  readId(segment.kinds[slot]!, segment.ids, 4 * slot)

/** A copy with room for `length` items; an eighth more than is needed where it grows by little. */
function roomFor<T extends Uint8Array | Uint32Array | Float64Array>(
  items: T,
  used: number,
  length: number,
): T {
  if (items.length >= length) return items
  const room = used === 0 ? length : Math.max(length, Math.ceil(1.125 * used))
  const longer = new (items.constructor as new (length: number) => T)(room)
  longer.set(items.subarray(0, used) as never)
  return longer
}

/** Makes room for `more` points. */
export function reserve(segment: Segment, more: number): void {
  const { length } = segment
  const wanted = length + more
  segment.live = roomFor(segment.live, length, wanted)
  segment.ids = roomFor(segment.ids, 4 * length, 4 * wanted)
  segment.kinds = roomFor(segment.kinds, length, wanted)
  segment.versions = roomFor(segment.versions, length, wanted)
  segment.payloadOffsets = roomFor(segment.payloadOffsets, length, wanted)
  segment.payloadEntries = roomFor(segment.payloadEntries, 2 * length, 2 * wanted)
  for (const column of segment.columns) {
    column.directory = roomFor(column.directory, ENTRY_WORDS * length, ENTRY_WORDS * wanted)
    column.checksums = roomFor(column.checksums, length, wanted)
    column.offsets = roomFor(column.offsets, length, wanted)
  }
}

/** Adds points at the end, live and not in memory, and returns the slot of the first. */
export function addPoints(segment: Segment, points: EncodedPoints): number {
  const first = segment.length
  reserve(segment, points.count)
  segment.live.fill(1, first, first + points.count)
  segment.ids.set(points.ids, 4 * first)
  segment.kinds.set(points.kinds, first)
  segment.versions.set(points.versions, first)
  segment.payloadEntries.set(points.payloadEntries, 2 * first)
  let offset = points.payloads.offset
  for (let i = 0; i < points.count; i++) {
    segment.payloadOffsets[first + i] = offset
    offset += points.payloadEntries[2 * i]!
  }
  segment.payloadBytes = points.payloads.offset + points.payloads.bytes
  segment.columns.forEach((column, f) => {
    const field = points.fields[f]!
    let at = field.offset
    for (let i = 0; i < points.count; i++) {
      const slot = first + i
      const rows = field.entries[4 * i]!
      column.directory.set(
        [0, rows, field.entries[4 * i + 1]!, field.entries[4 * i + 2]!],
        ENTRY_WORDS * slot,
      )
      column.checksums[slot] = field.entries[4 * i + 3]!
      column.offsets[slot] = at
      at += rows * column.rowBytes
      column.rows += rows
    }
    column.bytes = field.offset + field.bytes
    column.largest = Math.max(column.largest, field.largest)
  })
  segment.length += points.count
  segment.points += points.count
  changed(segment)
  return first
}

/** Fills up to a slot with points that are dead from the start: what a damaged log has lost. */
export function padTo(segment: Segment, slot: number): void {
  const { length } = segment
  if (slot <= length) return
  reserve(segment, slot - length)
  segment.live.fill(0, length, slot)
  segment.payloadOffsets.fill(segment.payloadBytes, length, slot)
  for (const column of segment.columns) column.offsets.fill(column.bytes, length, slot)
  segment.length = slot
}

/** Marks a point dead; returns whether it was live. */
export function markDead(segment: Segment, slot: number): boolean {
  if (!segment.live[slot]) return false
  segment.live[slot] = 0
  segment.points--
  changed(segment)
  return true
}

function changed(segment: Segment): void {
  for (const column of segment.columns) column.candidates = undefined
}

/** The live slots that have a document, rising. */
export function candidatesOf(segment: Segment, column: Column): Uint32Array {
  if (column.candidates) return column.candidates
  const slots = new Uint32Array(segment.points)
  let count = 0
  for (let slot = 0; slot < segment.length; slot++) {
    if (segment.live[slot] && column.directory[ENTRY_WORDS * slot + 1]) slots[count++] = slot
  }
  column.candidates = slots.subarray(0, count)
  return column.candidates
}

export const bytesAt = (column: Column, slot: number): number =>
  column.directory[ENTRY_WORDS * slot + 1]! * column.rowBytes

/** Gives the memory of the documents back. */
export function releaseSegment(segment: Segment): void {
  for (const column of segment.columns) {
    for (const give of column.release.splice(0)) give()
    column.resident = 0
    column.residentBytes = 0
  }
}
