// The records of a segment's log, as bytes and back. docs/format.md draws them. Everything is little-endian and begins at
// a multiple of 8, so that a log that was read is looked at in place.
//
//   header 40   magic | kind | body bytes | count | sequence f64 | durable f64 | checksum of the body | of the header
//   body        points: what they replace, where their bytes are, and a column each; dead: pairs of segment and slot

import { checksumOf } from '../../core/packed-documents.js'
import type { EncodedPoints } from '../columns/segment.js'

export const HEADER = 40
const MAGIC = 0x7263_736d
export const POINTS = 1
export const DEAD = 2
/** Nothing but the header: what comes before is on the disk. */
export const MARK = 3

export interface RecordHead {
  readonly kind: number
  readonly bytes: number
  readonly count: number
  /** Rises from record to record of a store. */
  readonly sequence: number
  /** The log was on the disk up to here when this was written. */
  readonly durable: number
  readonly checksum: number
}

const eight = (bytes: number) => Math.ceil(bytes / 8) * 8

function bodyBytes(count: number, dead: number, fields: number): number {
  return (
    8 + 8 * dead + 16 + 24 * fields + 8 * count + 16 * count + 8 * count + 16 * count * fields + eight(count)
  )
}

function sealRecord(
  record: Uint8Array,
  kind: number,
  count: number,
  sequence: number,
  durable: number,
): Uint8Array {
  const view = new DataView(record.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, kind, true)
  view.setUint32(8, record.length - HEADER, true)
  view.setUint32(12, count, true)
  view.setFloat64(16, sequence, true)
  view.setFloat64(24, durable, true)
  view.setUint32(32, checksumOf(record.subarray(HEADER)), true)
  view.setUint32(36, checksumOf(record.subarray(0, 36)), true)
  return record
}

export function writePoints(
  points: EncodedPoints,
  firstSlot: number,
  sequence: number,
  durable: number,
): Uint8Array {
  const { count, dead, fields } = points
  const record = new Uint8Array(HEADER + bodyBytes(count, dead.length / 2, fields.length))
  const { buffer } = record
  let at = HEADER
  const words = (...values: number[]) => {
    new Uint32Array(buffer, at, values.length).set(values)
    at += 4 * values.length
  }
  const doubles = (...values: number[]) => {
    new Float64Array(buffer, at, values.length).set(values)
    at += 8 * values.length
  }
  const column = (values: Uint32Array | Float64Array | Uint8Array) => {
    record.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at)
    at += values.byteLength
  }
  words(dead.length / 2, firstSlot)
  column(dead)
  doubles(points.payloads.offset, points.payloads.bytes)
  for (const { offset, bytes, largest } of fields) doubles(offset, bytes, largest)
  column(points.versions)
  column(points.ids)
  column(points.payloadEntries)
  for (const { entries } of fields) column(entries)
  column(points.kinds)
  return sealRecord(record, POINTS, count, sequence, durable)
}

export function writeDead(dead: Uint32Array, sequence: number, durable: number): Uint8Array {
  const record = new Uint8Array(HEADER + 4 * dead.length)
  new Uint32Array(record.buffer, HEADER).set(dead)
  return sealRecord(record, DEAD, dead.length / 2, sequence, durable)
}

export const writeMark = (sequence: number, durable: number): Uint8Array =>
  sealRecord(new Uint8Array(HEADER), MARK, 0, sequence, durable)

/** The header that stands at a place of a log, if a whole and sound one does. */
export function readHead(log: Uint8Array<ArrayBuffer>, at: number): RecordHead | undefined {
  if (at + HEADER > log.length) return undefined
  const view = new DataView(log.buffer, log.byteOffset + at, HEADER)
  if (view.getUint32(0, true) !== MAGIC) return undefined
  if (view.getUint32(36, true) !== checksumOf(log.subarray(at, at + 36))) return undefined
  return {
    kind: view.getUint32(4, true),
    bytes: view.getUint32(8, true),
    count: view.getUint32(12, true),
    sequence: view.getFloat64(16, true),
    durable: view.getFloat64(24, true),
    checksum: view.getUint32(32, true),
  }
}

/** Whether the body behind a header is all there and sound. */
export function isSound(log: Uint8Array, at: number, head: RecordHead): boolean {
  const start = at + HEADER
  if (start + head.bytes > log.length) return false
  return checksumOf(log.subarray(start, start + head.bytes)) === head.checksum
}

/** The points of a sound record, as views into the log. */
export function readPoints(
  log: Uint8Array<ArrayBuffer>,
  place: number,
  { count }: RecordHead,
  fieldCount: number,
): { firstSlot: number; points: EncodedPoints } {
  let at = log.byteOffset + place + HEADER
  const words = (length: number) => {
    const view = new Uint32Array(log.buffer, at, length)
    at += 4 * length
    return view
  }
  const doubles = (length: number) => {
    const view = new Float64Array(log.buffer, at, length)
    at += 8 * length
    return view
  }
  const [deadCount = 0, firstSlot = 0] = words(2)
  const dead = words(2 * deadCount)
  const [offset = 0, bytes = 0] = doubles(2)
  const stretches = Array.from({ length: fieldCount }, () => doubles(3))
  const versions = doubles(count)
  const ids = words(4 * count)
  const payloadEntries = words(2 * count)
  const entries = stretches.map(() => words(4 * count))
  const kinds = new Uint8Array(log.buffer, at, count)
  const fields = stretches.map(([from = 0, size = 0, largest = 0], f) => ({
    offset: from,
    bytes: size,
    largest,
    entries: entries[f]!,
  }))
  return {
    firstSlot,
    points: { count, dead, versions, ids, kinds, payloads: { offset, bytes }, payloadEntries, fields },
  }
}

export const readDead = (log: Uint8Array<ArrayBuffer>, at: number, { count }: RecordHead): Uint32Array =>
  new Uint32Array(log.buffer, log.byteOffset + at + HEADER, 2 * count)
