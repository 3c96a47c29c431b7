// Reads a segment's log: its records, its damaged parts, and where the intact part ends. A crash may leave the last
// record incomplete. That is not damage, because the record was never acknowledged. Damage is followed by an intact
// record.

import { checksumOf } from '../../core/packed-documents.js'
import type { StoreFile } from '../folders/folder.js'
import { decodeHeader, HEADER_BYTES, type LogRecord, MAGIC as RECORD_MAGIC } from './record.js'

/** Bytes before the first record of a log. */
export const LOG_START = 64
/** `MAXSIMDL`. */
const MAGIC = Uint8Array.of(0x4d, 0x41, 0x58, 0x53, 0x49, 0x4d, 0x44, 0x4c)
/** The version of the file format. */
export const FORMAT = 1
const BYTE_ORDER = 0x01020304
/** Bytes of a log that are read at a time, and searched at a time. */
const WINDOW_BYTES = 4 * 1024 * 1024
const SCAN_BYTES = 64 * 1024

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
 * @param size bytes of the log to read
 * @param sealedEnd where the log ended when it was sealed; undefined if it is not sealed
 */
export async function readLog(
  file: StoreFile,
  size: number,
  sealedEnd: number | undefined,
): Promise<LogContents> {
  const records: LogRecord[] = []
  const gaps: { at: number; bytes: number }[] = []
  const reader = createLogReader(file, size)
  let durable = sealedEnd ?? 0
  let end = LOG_START
  let sequence = 0
  while (end < size) {
    const record = await nextRecord(reader, end, sequence)
    if (!record) break
    if (record.at > end) gaps.push({ at: end, bytes: record.at - end })
    records.push(record)
    durable = Math.max(durable, record.header.durable)
    sequence = record.header.sequence
    end = record.at + HEADER_BYTES + record.header.bytes
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

/** Reads a log in pieces. */
interface LogReader {
  readonly size: number
  /** Bytes of bodies that may still be compared with their checksums, so that overlapping records take no endless time. */
  budget: number
  /** Returns bytes of the log, which may be fewer at its end. `at` is a multiple of 8. */
  bytesAt(at: number, length: number): Promise<Uint8Array<ArrayBuffer>>
}

function createLogReader(file: StoreFile, size: number): LogReader {
  let window = new Uint8Array(0)
  let start = 0
  return {
    size,
    budget: 8 * size,
    async bytesAt(at, length) {
      const wanted = Math.min(length, size - at)
      if (at < start || at + wanted > start + window.length) {
        const buffer = new Uint8Array(Math.min(size - at, Math.max(wanted, WINDOW_BYTES)))
        window = buffer.subarray(0, await file.read(buffer, at))
        start = at
      }
      return window.subarray(at - start, at - start + wanted)
    },
  }
}

/**
 * Finds the first intact record at byte `start` or after it, in steps of 8 bytes, with at least this sequence number.
 */
async function nextRecord(
  reader: LogReader,
  start: number,
  sequence: number,
): Promise<LogRecord | undefined> {
  for (let at = await nextMagic(reader, start); at < reader.size; at = await nextMagic(reader, at + 8)) {
    const header = decodeHeader(await reader.bytesAt(at, HEADER_BYTES), at)
    const end = at + HEADER_BYTES + (header?.bytes ?? 0)
    if (!header || header.sequence < sequence || end > reader.size) continue
    reader.budget -= header.bytes
    if (reader.budget < 0) return undefined
    const body = await reader.bytesAt(at + HEADER_BYTES, header.bytes)
    if (body.length === header.bytes && checksumOf(body) === header.checksum) return { at, header, body }
  }
  return undefined
}

/** Returns the first byte from `start` on, in steps of 8, with the first word of a record; the size if there is none. */
async function nextMagic(reader: LogReader, start: number): Promise<number> {
  for (let at = start; at + HEADER_BYTES <= reader.size; ) {
    const bytes = await reader.bytesAt(at, SCAN_BYTES)
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >>> 2)
    for (let i = 0; i < words.length; i += 2) if (words[i] === RECORD_MAGIC) return at + 4 * i
    if (bytes.length < 8) break
    at += bytes.length & ~7
  }
  return reader.size
}
