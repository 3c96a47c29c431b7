// Checks points of a log against their checksums. After a power cut their rows and payloads may not be on the disk.

import { checksumOf } from '../../core/packed-documents.js'
import type { EncodedPoints } from '../columns/segment.js'
import type { StoreFile } from '../folders/folder.js'
import type { SegmentFiles } from './segment-files.js'

/** Returns true if all rows and payloads of `points` match their checksums. */
export async function arePointsIntact(
  files: SegmentFiles,
  points: EncodedPoints,
  rowBytes: readonly number[],
): Promise<boolean> {
  const { count, payloads, payloadEntries, fields } = points
  const payloadLength = (i: number) => payloadEntries[2 * i]!
  const payloadChecksum = (i: number) => payloadEntries[2 * i + 1]!
  if (!(await areIntact(files.payloads, payloads, count, payloadLength, payloadChecksum))) return false
  for (const [f, { offset, bytes, entries }] of fields.entries()) {
    const rowsLength = (i: number) => entries[4 * i]! * rowBytes[f]!
    const rowsChecksum = (i: number) => entries[4 * i + 3]!
    if (!(await areIntact(files.rows[f]!, { offset, bytes }, count, rowsLength, rowsChecksum))) return false
  }
  return true
}

/** Returns true if a range of a file consists of `count` items that match their checksums. */
async function areIntact(
  file: StoreFile,
  range: { readonly offset: number; readonly bytes: number },
  count: number,
  lengthOf: (item: number) => number,
  checksumOfItem: (item: number) => number,
): Promise<boolean> {
  const bytes = new Uint8Array(range.bytes)
  if ((await file.read(bytes, range.offset)) < bytes.length) return false
  for (let i = 0, start = 0; i < count; i++) {
    const length = lengthOf(i)
    if (length > 0 && checksumOf(bytes.subarray(start, start + length)) !== checksumOfItem(i)) return false
    start += length
  }
  return true
}
