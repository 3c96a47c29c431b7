// A segment's log as it was found: its records, what is damaged, and where what is whole ends. After a kill the last
// record may be torn: that is no damage, it was never acknowledged. Damage is what a sound record follows.

import { checksumOf } from '../../core/packed-documents.js'
import { HEADER, isSound, type RecordHead, readHead } from './record.js'

/** Bytes at the beginning of a log. */
export const LOG_START = 64
/** `MAXSIMDL`. */
const MAGIC = Uint8Array.of(0x4d, 0x41, 0x58, 0x53, 0x49, 0x4d, 0x44, 0x4c)
export const FORMAT = 1
const BYTE_ORDER = 0x01020304

export interface FoundRecord {
  readonly at: number
  readonly head: RecordHead
}

export interface FoundLog {
  readonly records: readonly FoundRecord[]
  /** Where bytes stand that are no record, though records follow; with how many bytes. */
  readonly gaps: readonly { readonly at: number; readonly bytes: number }[]
  /** Where the last whole record ends. */
  readonly end: number
  /** Up to here everything was on the disk, by what records say. */
  readonly durable: number
}

/** magic | format | byte order | segment | fields | zeros | checksum */
export function logStart(segment: number, fields: number): Uint8Array {
  const bytes = new Uint8Array(LOG_START)
  bytes.set(MAGIC)
  const view = new DataView(bytes.buffer)
  const words = [FORMAT, BYTE_ORDER, segment, fields]
  for (const [i, word] of words.entries()) view.setUint32(8 + 4 * i, word, true)
  view.setUint32(LOG_START - 4, checksumOf(bytes.subarray(0, LOG_START - 4)), true)
  return bytes
}

/** Whether a log begins as that of this segment does. */
export function startsRight(log: Uint8Array, segment: number, fields: number): boolean {
  const expected = logStart(segment, fields)
  return log.length >= LOG_START && expected.every((byte, i) => log[i] === byte)
}

/**
 * Reads a log from its first record on. `sealed`: where the log ended when it was put on the disk for good. Of what was
 * not on the disk yet a power cut may leave later parts without earlier ones: all of that is cut off.
 */
export function readLog(log: Uint8Array<ArrayBuffer>, sealed: number | undefined): FoundLog {
  const records: FoundRecord[] = []
  const gaps: { at: number; bytes: number }[] = []
  let durable = sealed ?? 0
  let end = LOG_START
  let last = 0
  /** The record at a place, if it is sound and later than those before it. */
  const recordAt = (at: number): FoundRecord | undefined => {
    const head = readHead(log, at)
    return head && head.sequence >= last && isSound(log, at, head) ? { at, head } : undefined
  }
  for (let at = LOG_START; at < log.length; ) {
    let record = recordAt(at)
    if (!record) {
      let next = at + 8
      while (next + HEADER <= log.length && !record) {
        record = recordAt(next)
        next += 8
      }
      if (!record) break
      gaps.push({ at, bytes: record.at - at })
    }
    records.push(record)
    durable = Math.max(durable, record.head.durable)
    last = record.head.sequence
    at = record.at + HEADER + record.head.bytes
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
