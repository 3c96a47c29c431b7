// Checks the points of an intact record before they are used. A checksum shows that the bytes are those that were written,
// but not that maxsimd wrote them: every number is compared with the sizes of the record and of the files.

import { NUMBER, UUID } from '../columns/id-words.js'
import type { EncodedDocuments, EncodedPoints, FileRange, Segment } from '../columns/segment.js'
import { MAX_SEGMENT_NUMBER } from './file-names.js'
import { isCounter } from './record.js'
import { MAX_SEGMENT_SLOTS } from './storage.js'

/** Bytes of the log that a point takes at least. */
export const MIN_POINT_BYTES = 32

/** A range has whole numbers, does not overlap what is before it, and has the bytes of its items. */
function isRange({ offset, bytes }: FileRange, before: number, itemBytes: number): boolean {
  return Number.isSafeInteger(offset) && offset >= before && bytes === itemBytes && offset + bytes < 2 ** 53
}

/** The sum of the first words of `count` entries. */
function sumOf(entries: Uint32Array, entryWords: number, count: number): number {
  let sum = 0
  for (let i = 0; i < count; i++) sum += entries[entryWords * i]!
  return sum
}

/** Returns true if each document has as many rows as its copy. */
function haveSameRows(count: number, copies: EncodedDocuments, documents: EncodedDocuments): boolean {
  for (let i = 0; i < count; i++) if (copies.entries[4 * i] !== documents.entries[4 * i]) return false
  return true
}

/** Returns true if tombstones refer to segments that may exist. */
export function areTombstonesSound(tombstones: Uint32Array): boolean {
  for (let i = 0; i < tombstones.length; i += 2) {
    if (tombstones[i]! < 1 || tombstones[i]! > MAX_SEGMENT_NUMBER) return false
  }
  return true
}

/**
 * Returns true if points can follow those of a segment.
 *
 * @param lostBytes bytes of the log that are damaged so far: they may have contained the points before `firstSlot`
 */
export function arePointsSound(
  segment: Segment,
  { firstSlot, points }: { readonly firstSlot: number; readonly points: EncodedPoints },
  lostBytes: number,
): boolean {
  const { count, payloads, payloadEntries, fields, idTypes, versions, tombstones } = points
  const missing = firstSlot - segment.length
  if (missing < 0 || missing > lostBytes / MIN_POINT_BYTES) return false
  if (firstSlot + count > MAX_SEGMENT_SLOTS) return false
  if (!isRange(payloads, segment.payloadBytes, sumOf(payloadEntries, 2, count))) return false
  for (const [f, field] of fields.entries()) {
    const { bytes, rowBytes, copyOf } = segment.columns[f]!
    if (!isRange(field, bytes, rowBytes * sumOf(field.entries, 4, count))) return false
    if (copyOf !== undefined && !haveSameRows(count, field, fields[copyOf]!)) return false
    if (!(field.largest >= 0 && field.largest < Infinity)) return false
  }
  for (let i = 0; i < count; i++) {
    if (!isCounter(versions[i]!)) return false
    if (idTypes[i] !== NUMBER && idTypes[i] !== UUID) return false
  }
  return areTombstonesSound(tombstones)
}
