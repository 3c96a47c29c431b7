// Checks points of a log against their checksums. After a power cut their rows and payloads may not be on the disk.
//
// A writer writes what it has checked again. A system reports a failed sync once, and then takes the pages for written
// (Linux does). Without a new write, the next sync would not put them on the disk.

import { checksumOf } from '../../core/packed-documents.js'
import type { ColumnShape, EncodedPoints, FileRange } from '../columns/segment.js'
import type { StoreFile } from '../folders/folder.js'
import type { SegmentFiles } from './segment-files.js'

/** Returns true if all rows and payloads of `points` match their checksums. `rewrite`: whether to write them again. */
export async function arePointsIntact(
  files: SegmentFiles,
  points: EncodedPoints,
  shapes: readonly ColumnShape[],
  rewrite: boolean,
): Promise<boolean> {
  const { count, payloads, payloadEntries, fields } = points
  const payloadLength = (i: number) => payloadEntries[2 * i]!
  const payloadChecksum = (i: number) => payloadEntries[2 * i + 1]!
  const payloadsItems = { count, lengthOf: payloadLength, checksumOf: payloadChecksum }
  if (!(await areIntact(files.payloads, payloads, payloadsItems, rewrite))) return false
  for (const [f, { offset, bytes, entries }] of fields.entries()) {
    const rowsLength = (i: number) => entries[4 * i]! * shapes[f]!.rowBytes
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

/** Bytes that are read at a time, unless a single item is larger. */
const READ_BYTES = 4 * 1024 * 1024

/** Returns true if a range of a file consists of items that match their checksums. */
async function areIntact(
  file: StoreFile,
  range: FileRange,
  { count, lengthOf, checksumOf: checksumOfItem }: Items,
  rewrite: boolean,
): Promise<boolean> {
  if ((await file.size()) < range.offset + range.bytes) return false
  let offset = range.offset
  for (let first = 0; first < count; ) {
    let end = first
    let length = 0
    while (end < count && (end === first || length + lengthOf(end) <= READ_BYTES)) length += lengthOf(end++)
    const bytes = new Uint8Array(length)
    if ((await file.read(bytes, offset)) < length) return false
    for (let start = 0; first < end; first++) {
      const item = bytes.subarray(start, start + lengthOf(first))
      if (item.length > 0 && checksumOf(item) !== checksumOfItem(first)) return false
      start += item.length
    }
    if (rewrite) await file.write(bytes, offset)
    offset += length
  }
  return true
}
