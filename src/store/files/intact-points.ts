// Checks points of a log against their checksums. After a power cut their rows and payloads may not be on the disk.
//
// A writer writes what it has checked again. A system reports a failed sync once, and then takes the pages for written
// (Linux does). Without a new write, the next sync would not put them on the disk.

import { checksumOf } from '../../core/packed-documents.js'
import type { EncodedPoints, FileRange } from '../columns/segment.js'
import type { StoreFile } from '../folders/folder.js'
import type { SegmentFiles } from './segment-files.js'

/** Returns true if all rows and payloads of `points` match their checksums. `rewrite`: whether to write them again. */
export async function arePointsIntact(
  files: SegmentFiles,
  points: EncodedPoints,
  rowBytes: readonly number[],
  rewrite: boolean,
): Promise<boolean> {
  const { count, payloads, payloadEntries, fields } = points
  const payloadLength = (i: number) => payloadEntries[2 * i]!
  const payloadChecksum = (i: number) => payloadEntries[2 * i + 1]!
  const payloadsItems = { count, lengthOf: payloadLength, checksumOf: payloadChecksum }
  if (!(await areIntact(files.payloads, payloads, payloadsItems, rewrite))) return false
  for (const [f, { offset, bytes, entries }] of fields.entries()) {
    const rowsLength = (i: number) => entries[4 * i]! * rowBytes[f]!
    const rowsChecksum = (i: number) => entries[4 * i + 3]!
    const rowsItems = { count, lengthOf: rowsLength, checksumOf: rowsChecksum }
    if (!(await areIntact(files.rows[f]!, { offset, bytes }, rowsItems, rewrite))) return false
  }
  return true
}

/** Items that follow each other in a file. */
interface Items {
  readonly count: number
  lengthOf(item: number): number
  checksumOf(item: number): number
}

/** Returns true if a range of a file consists of items that match their checksums. */
async function areIntact(
  file: StoreFile,
  range: FileRange,
  items: Items,
  rewrite: boolean,
): Promise<boolean> {
  const bytes = new Uint8Array(range.bytes)
  if ((await file.read(bytes, range.offset)) < bytes.length) return false
  for (let i = 0, start = 0; i < items.count; i++) {
    const length = items.lengthOf(i)
    if (length > 0 && checksumOf(bytes.subarray(start, start + length)) !== items.checksumOf(i)) {
      return false
    }
    start += length
  }
  if (rewrite) await file.write(bytes, range.offset)
  return true
}
