// Reads a segment's log: its records, its damaged parts, and where the intact part ends. A crash may leave the last
// record incomplete. That is not damage, because the record was never acknowledged. Damage is followed by an intact
// record.

import { checksumOf } from '../../core/packed-documents.js'
import { decodeHeader, HEADER_BYTES, isBodyIntact, type RecordHeader } from './record.js'

/** Bytes before the first record of a log. */
export const LOG_START = 64
/** `MAXSIMDL`. */
const MAGIC = Uint8Array.of(0x4d, 0x41, 0x58, 0x53, 0x49, 0x4d, 0x44, 0x4c)
/** The version of the file format. */
export const FORMAT = 1
const BYTE_ORDER = 0x01020304

/** An intact record. */
export interface LogRecord {
  /** The byte at which it begins. */
  readonly at: number
  readonly header: RecordHeader
}

/** The contents of a log. */
export interface LogContents {
  readonly records: readonly LogRecord[]
  /** Parts without an intact record that are followed by one. */
  readonly gaps: readonly { readonly at: number; readonly bytes: number }[]
  /** Where the last intact record ends. */
  readonly end: number
  /** According to the records, everything before this byte was on the disk. */
  readonly durable: number
}

/** Encodes the beginning of a log: magic | format | byte order | segment | fields | zeros | checksum. */
export function encodeLogStart(segment: number, fieldCount: number): Uint8Array {
  const bytes = new Uint8Array(LOG_START)
  bytes.set(MAGIC)
  const view = new DataView(bytes.buffer)
  const words = [FORMAT, BYTE_ORDER, segment, fieldCount]
  for (const [i, word] of words.entries()) view.setUint32(8 + 4 * i, word, true)
  view.setUint32(LOG_START - 4, checksumOf(bytes.subarray(0, LOG_START - 4)), true)
  return bytes
}

/** Returns true if a log has the beginning of this segment. */
export function hasLogStart(log: Uint8Array, segment: number, fieldCount: number): boolean {
  const expected = encodeLogStart(segment, fieldCount)
  return log.length >= LOG_START && expected.every((byte, i) => log[i] === byte)
}

/**
 * Reads all records of a log. A gap at or after `durable` is not damage: a power cut may keep later parts of what was
 * not yet on the disk and lose earlier ones. The log then ends before the gap.
 *
 * @param sealedEnd where the log ended when it was sealed; undefined if it is not sealed
 */
export function readLog(log: Uint8Array<ArrayBuffer>, sealedEnd: number | undefined): LogContents {
  const records: LogRecord[] = []
  const gaps: { at: number; bytes: number }[] = []
  let durable = sealedEnd ?? 0
  let end = LOG_START
  let sequence = 0
  for (let at = LOG_START; at < log.length; ) {
    const record = nextRecord(log, at, sequence)
    if (!record) break
    if (record.at > at) gaps.push({ at, bytes: record.at - at })
    records.push(record)
    durable = Math.max(durable, record.header.durable)
    sequence = record.header.sequence
    at = record.at + HEADER_BYTES + record.header.bytes
    end = at
  }
  const torn = gaps.find(({ at }) => at >= durable)
  if (!torn) return { records, gaps, end, durable }
  return {
    records: records.filter(({ at }) => at < torn.at),
    gaps: gaps.filter(({ at }) => at < torn.at),
    end: torn.at,
    durable,
  }
}

/**
 * Finds the first intact record at byte `start` or after it, in steps of 8 bytes, with at least this sequence number.
 */
function nextRecord(log: Uint8Array<ArrayBuffer>, start: number, sequence: number): LogRecord | undefined {
  for (let at = start; at + HEADER_BYTES <= log.length; at += 8) {
    const header = decodeHeader(log, at)
    if (header && header.sequence >= sequence && isBodyIntact(log, at, header)) return { at, header }
  }
  return undefined
}
