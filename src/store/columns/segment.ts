// A segment: points in the order in which they were written, as columns. Points are only appended. A point that was
// deleted or replaced is dead: its slot stays until a compaction. Everything but the addresses is also in the segment's
// log.
//
//   slot    0    1    2    3 ...
//   ids     ####|####|####|####        live   1 1 0 1
//   column  directory: address | rows | scale | norms (address 0: in the file only), checksum, offset in the file

import type { PointId } from '../../collection/collection.js'
import { ENTRY_WORDS } from '../../core/packed-documents.js'
import { readId } from './id-words.js'

/** A range of bytes in a file. */
export interface FileRange {
  readonly offset: number
  readonly bytes: number
}

/** The documents of one vector, in points that are written together. */
export interface EncodedDocuments extends FileRange {
  /** An upper bound of the absolute values in these documents. */
  readonly largest: number
  /** Four words per point: rows, scale, norms and checksum of its document; 0 rows if the point lacks this vector. */
  readonly entries: Uint32Array
}

/** Points that are written together, in one record of a log. */
export interface EncodedPoints {
  readonly count: number
  /** The points that these replace, as pairs of segment and slot. */
  readonly tombstones: Uint32Array
  readonly versions: Float64Array
  /** Four words per point; see `id-words.ts`. */
  readonly ids: Uint32Array
  /** The type of each id; see `id-words.ts`. */
  readonly idTypes: Uint8Array
  readonly payloads: FileRange
  /** Two words per point: bytes and checksum of its payload's JSON; 0 bytes without a payload. */
  readonly payloadEntries: Uint32Array
  /** One for each vector, and then for each copy. */
  readonly fields: readonly EncodedDocuments[]
}

/** What a column has, in every segment of a store. */
export interface ColumnShape {
  /** Bytes of a row. */
  readonly rowBytes: number
  /** The column that this one is the int8 copy of; undefined for a vector. */
  readonly copyOf?: number | undefined
}

/** One vector of a segment's points, or the int8 copy of one. */
export interface Column extends ColumnShape {
  /** `ENTRY_WORDS` words per slot: address, rows, scale, norms. */
  directory: Uint32Array
  /** The checksum of each document. */
  checksums: Uint32Array
  /** The byte offset of each document in the file. */
  offsets: Float64Array
  /** Bytes of all documents: the offset of the next one. */
  bytes: number
  /** Rows of all documents, including dead ones. */
  rows: number
  /** An upper bound of the absolute values in any document. */
  largest: number
  /** How often documents were requested that are not in memory. */
  visits: number
  /** The documents of slots below this are in memory. */
  resident: number
  residentBytes: number
  /** Functions that free the memory of the resident documents. */
  release: (() => void)[]
  /** The live slots that have a document; undefined after a change. */
  candidates: Uint32Array | undefined
  /** Copies of the first bytes of resident documents. */
  leading: LeadingCopies | undefined
}

/** Copies of the first bytes of documents in memory, one after the other. A scan reads them faster than bytes far apart. */
export interface LeadingCopies {
  /** Bytes of a copy. */
  readonly bytes: number
  /** Entries as in the column's directory, with the addresses of the copies. */
  readonly directory: Uint32Array
  /** The documents of slots below this have a copy. */
  readonly length: number
}

/** A segment. Arrays have an item for each slot, and room for more. */
export interface Segment {
  readonly number: number
  /** Slots in use. */
  length: number
  /** Live points. */
  points: number
  /** 1 for live points, 0 for dead ones. */
  live: Uint8Array
  /** Four words per slot; see `id-words.ts`. */
  ids: Uint32Array
  idTypes: Uint8Array
  versions: Float64Array
  /** The byte offset of each payload in the file. */
  payloadOffsets: Float64Array
  /** Two words per slot: bytes and checksum of the payload. */
  payloadEntries: Uint32Array
  /** Bytes of all payloads. */
  payloadBytes: number
  /** Payloads as JSON, if there is no file. */
  texts: (string | undefined)[] | undefined
  /** Parsed payloads, cached for filters. */
  parsed: unknown[] | undefined
  /** Whether a file of the segment is damaged: a compaction writes the rest anew. */
  isDamaged: boolean
  /** Whether ids increase with slots. `PointDirectory` maintains it. */
  isOrdered: boolean
  /** One for each vector, and then for each copy. */
  readonly columns: readonly Column[]
}

/** Creates an empty segment. */
export function createSegment(number: number, shapes: readonly ColumnShape[]): Segment {
  return {
    number,
    length: 0,
    points: 0,
    live: new Uint8Array(0),
    ids: new Uint32Array(0),
    idTypes: new Uint8Array(0),
    versions: new Float64Array(0),
    payloadOffsets: new Float64Array(0),
    payloadEntries: new Uint32Array(0),
    payloadBytes: 0,
    texts: undefined,
    parsed: undefined,
    isOrdered: true,
    isDamaged: false,
    columns: shapes.map(shape => ({
      ...shape,
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
      leading: undefined,
    })),
  }
}

/** Returns the id of the point in a slot. */
export const idAt = (segment: Segment, slot: number): PointId =>
  readId(segment.idTypes[slot]!, segment.ids, 4 * slot)

/**
 * Returns an array with room for `length` items, of which the first `used` are kept. Grows by at least an eighth, so
 * that repeated small additions copy little.
 */
function roomFor<T extends Uint8Array | Uint32Array | Float64Array>(
  items: T,
  used: number,
  length: number,
): T {
  if (items.length >= length) return items
  const capacity = used === 0 ? length : Math.max(length, Math.ceil(1.125 * used))
  const grown = new (items.constructor as new (length: number) => T)(capacity)
  grown.set(items.subarray(0, used) as never)
  return grown
}

/** Reserves slots for `more` points. */
export function reserve(segment: Segment, more: number): void {
  const { length } = segment
  const total = length + more
  segment.live = roomFor(segment.live, length, total)
  segment.ids = roomFor(segment.ids, 4 * length, 4 * total)
  segment.idTypes = roomFor(segment.idTypes, length, total)
  segment.versions = roomFor(segment.versions, length, total)
  segment.payloadOffsets = roomFor(segment.payloadOffsets, length, total)
  segment.payloadEntries = roomFor(segment.payloadEntries, 2 * length, 2 * total)
  for (const column of segment.columns) {
    column.directory = roomFor(column.directory, ENTRY_WORDS * length, ENTRY_WORDS * total)
    column.checksums = roomFor(column.checksums, length, total)
    column.offsets = roomFor(column.offsets, length, total)
  }
}

/** Appends points, which are live and whose documents are not in memory. Returns the slot of the first. */
export function addPoints(segment: Segment, points: EncodedPoints): number {
  const first = segment.length
  reserve(segment, points.count)
  segment.live.fill(1, first, first + points.count)
  segment.ids.set(points.ids, 4 * first)
  segment.idTypes.set(points.idTypes, first)
  segment.versions.set(points.versions, first)
  segment.payloadEntries.set(points.payloadEntries, 2 * first)
  let offset = points.payloads.offset
  for (let i = 0; i < points.count; i++) {
    segment.payloadOffsets[first + i] = offset
    offset += points.payloadEntries[2 * i]!
  }
  segment.payloadBytes = points.payloads.offset + points.payloads.bytes
  for (const [f, column] of segment.columns.entries()) {
    addDocuments(column, points.fields[f]!, first, points.count)
  }
  segment.length += points.count
  segment.points += points.count
  invalidateCandidates(segment)
  return first
}

function addDocuments(column: Column, documents: EncodedDocuments, first: number, count: number): void {
  const { entries } = documents
  const { directory, checksums, offsets } = column
  let offset = documents.offset
  for (let i = 0; i < count; i++) {
    const slot = first + i
    const rows = entries[4 * i]!
    directory[ENTRY_WORDS * slot] = 0
    directory[ENTRY_WORDS * slot + 1] = rows
    directory[ENTRY_WORDS * slot + 2] = entries[4 * i + 1]!
    directory[ENTRY_WORDS * slot + 3] = entries[4 * i + 2]!
    checksums[slot] = entries[4 * i + 3]!
    offsets[slot] = offset
    offset += rows * column.rowBytes
    column.rows += rows
  }
  column.bytes = documents.offset + documents.bytes
  column.largest = Math.max(column.largest, documents.largest)
}

/** Fills the slots up to `slot` with dead points, in place of those that a damaged log has lost. */
export function padTo(segment: Segment, slot: number): void {
  const { length } = segment
  if (slot <= length) return
  reserve(segment, slot - length)
  segment.live.fill(0, length, slot)
  segment.payloadOffsets.fill(segment.payloadBytes, length, slot)
  for (const column of segment.columns) column.offsets.fill(column.bytes, length, slot)
  segment.length = slot
}

/** Marks a point as dead. Returns true if it was live. */
export function markDead(segment: Segment, slot: number): boolean {
  if (!segment.live[slot]) return false
  segment.live[slot] = 0
  segment.points--
  invalidateCandidates(segment)
  return true
}

function invalidateCandidates(segment: Segment): void {
  for (const column of segment.columns) column.candidates = undefined
}

/** Returns the live slots that have a document, in ascending order. */
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

/** Returns the bytes of the document in a slot. */
export const bytesAt = (column: Column, slot: number): number =>
  column.directory[ENTRY_WORDS * slot + 1]! * column.rowBytes

/** Removes the document in a slot of a copy, which is damaged. The rows that it was made from are read in its place. */
export function dropCopy({ directory }: Column, slot: number): void {
  directory[ENTRY_WORDS * slot + 1] = 0
}

/** Frees the memory of the resident documents of all vectors. */
export function releaseSegment(segment: Segment): void {
  for (const column of segment.columns) releaseColumn(column)
}

/** Frees the memory of the resident documents of one vector. */
export function releaseColumn(column: Column): void {
  for (const free of column.release.splice(0)) free()
  column.resident = 0
  column.residentBytes = 0
  column.leading = undefined
}
