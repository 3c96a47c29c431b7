// Encodes and decodes the records of a segment's log; docs/format.md has a figure. All values are little-endian and
// every record begins at a multiple of 8 bytes, so that a log in memory is decoded in place.
//
//   header 40   magic | type | body bytes | count | sequence f64 | durable f64 | checksum of the body | of the header
//   body        points: what they replace, where their bytes are, then one array per property
//               tombstones: pairs of segment and slot          commit: empty

import { checksumOf } from '../../core/packed-documents.js'
import type { EncodedPoints } from '../columns/segment.js'

/** Bytes of a record's header. */
export const HEADER_BYTES = 40
/** The first word of a record. */
export const MAGIC = 0x7263_736d

/** The type of a record with points. */
export const POINTS = 1
/** The type of a record with the slots of points that were deleted or replaced. */
export const TOMBSTONES = 2
/** The type of a record without a body: everything before it is on the disk. */
export const COMMIT = 3

/** The header of a record. */
export interface RecordHeader {
  /** `POINTS`, `TOMBSTONES` or `COMMIT`. */
  readonly type: number
  /** Bytes of the body. */
  readonly bytes: number
  /** Points, or tombstones. */
  readonly count: number
  /** Increases from record to record, over all segments of a store. */
  readonly sequence: number
  /** When the record was written, the log was on the disk up to this byte. */
  readonly durable: number
  /** The checksum of the body. */
  readonly checksum: number
}

const roundUpTo8 = (bytes: number) => Math.ceil(bytes / 8) * 8

/** Bytes of a body with `count` points of `fieldCount` vectors that replace `replaced` points. */
function pointsBytes(count: number, replaced: number, fieldCount: number): number {
  const perPoint = 8 + 16 + 8 + 16 * fieldCount
  return 8 + 8 * replaced + 16 + 24 * fieldCount + perPoint * count + roundUpTo8(count)
}

/** An intact record of a log. */
export interface LogRecord {
  /** The byte of the log at which it begins. */
  readonly at: number
  readonly header: RecordHeader
  /** At a multiple of 8 bytes in its buffer. */
  readonly body: Uint8Array<ArrayBuffer>
}

type HeaderFields = Pick<RecordHeader, 'type' | 'count' | 'sequence' | 'durable'>

/** Writes the header of a record whose body is complete. */
function writeHeader(record: Uint8Array, { type, count, sequence, durable }: HeaderFields): Uint8Array {
  const view = new DataView(record.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, type, true)
  view.setUint32(8, record.length - HEADER_BYTES, true)
  view.setUint32(12, count, true)
  view.setFloat64(16, sequence, true)
  view.setFloat64(24, durable, true)
  view.setUint32(32, checksumOf(record.subarray(HEADER_BYTES)), true)
  view.setUint32(36, checksumOf(record.subarray(0, 36)), true)
  return record
}

/** Encodes a record of points, the first of which is in slot `firstSlot`. */
export function encodePoints(
  points: EncodedPoints,
  firstSlot: number,
  sequence: number,
  durable: number,
): Uint8Array {
  const { count, tombstones, fields } = points
  const record = new Uint8Array(HEADER_BYTES + pointsBytes(count, tombstones.length / 2, fields.length))
  const { buffer } = record
  let at = HEADER_BYTES
  const words = (...values: number[]) => {
    new Uint32Array(buffer, at, values.length).set(values)
    at += 4 * values.length
  }
  const doubles = (...values: number[]) => {
    new Float64Array(buffer, at, values.length).set(values)
    at += 8 * values.length
  }
  const array = (values: Uint32Array | Float64Array | Uint8Array) => {
    record.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
  }
  words(tombstones.length / 2, firstSlot)
  array(tombstones)
  doubles(points.payloads.offset, points.payloads.bytes)
  for (const { offset, bytes, largest } of fields) doubles(offset, bytes, largest)
  array(points.versions)
  array(points.ids)
  array(points.payloadEntries)
  for (const { entries } of fields) array(entries)
  array(points.idTypes)
  return writeHeader(record, { type: POINTS, count, sequence, durable })
}

/** Encodes a record of tombstones: pairs of segment and slot. */
export function encodeTombstones(tombstones: Uint32Array, sequence: number, durable: number): Uint8Array {
  const record = new Uint8Array(HEADER_BYTES + 4 * tombstones.length)
  new Uint32Array(record.buffer, HEADER_BYTES).set(tombstones)
  return writeHeader(record, { type: TOMBSTONES, count: tombstones.length / 2, sequence, durable })
}

/** Encodes a commit record. */
export const encodeCommit = (sequence: number, durable: number): Uint8Array =>
  writeHeader(new Uint8Array(HEADER_BYTES), { type: COMMIT, count: 0, sequence, durable })

/**
 * Decodes the header at the beginning of `bytes`. Returns undefined if there is no intact header.
 *
 * @param at the byte of the log at which it begins
 */
export function decodeHeader(bytes: Uint8Array<ArrayBuffer>, at: number): RecordHeader | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const view = new DataView(bytes.buffer, bytes.byteOffset, HEADER_BYTES)
  if (view.getUint32(0, true) !== MAGIC) return undefined
  if (view.getUint32(36, true) !== checksumOf(bytes.subarray(0, 36))) return undefined
  const header = {
    type: view.getUint32(4, true),
    bytes: view.getUint32(8, true),
    count: view.getUint32(12, true),
    sequence: view.getFloat64(16, true),
    durable: view.getFloat64(24, true),
    checksum: view.getUint32(32, true),
  }
  const isSound = isCounter(header.sequence) && isCounter(header.durable) && header.durable <= at
  return isSound && header.bytes % 8 === 0 ? header : undefined
}

/** Returns true for a whole number from 0 on that can still be increased. */
export const isCounter = (value: number): boolean => Number.isInteger(value) && value >= 0 && value <= 2 ** 52

/** Decodes the points of an intact record, as views of its body. Returns undefined if its sizes contradict each other. */
export function decodePoints(
  { header: { count }, body }: LogRecord,
  fieldCount: number,
): { firstSlot: number; points: EncodedPoints } | undefined {
  let at = body.byteOffset
  const words = (length: number) => {
    const view = new Uint32Array(body.buffer, at, length)
    at += 4 * length
    return view
  }
  const doubles = (length: number) => {
    const view = new Float64Array(body.buffer, at, length)
    at += 8 * length
    return view
  }
  if (body.length < 8) return undefined
  const [replaced = 0, firstSlot = 0] = words(2)
  if (body.length !== pointsBytes(count, replaced, fieldCount)) return undefined
  const tombstones = words(2 * replaced)
  const [payloadOffset = 0, payloadBytes = 0] = doubles(2)
  const ranges = Array.from({ length: fieldCount }, () => doubles(3))
  const versions = doubles(count)
  const ids = words(4 * count)
  const payloadEntries = words(2 * count)
  const fields = ranges.map(([offset = 0, bytes = 0, largest = 0]) => ({
    offset,
    bytes,
    largest,
    entries: words(4 * count),
  }))
  const idTypes = new Uint8Array(body.buffer, at, count)
  const payloads = { offset: payloadOffset, bytes: payloadBytes }
  const points = { count, tombstones, versions, ids, idTypes, payloads, payloadEntries, fields }
  return { firstSlot, points }
}

/** Decodes the tombstones of an intact record, as a view of its body. Returns undefined if their number is wrong. */
export function decodeTombstones({ header: { count }, body }: LogRecord): Uint32Array | undefined {
  return body.length === 8 * count ? new Uint32Array(body.buffer, body.byteOffset, 2 * count) : undefined
}
