// The names of a store's files. Those of a segment begin with its number, which is never used again.

import type { ColumnShape } from '../columns/segment.js'

/** The largest number of a segment: a location, segment x 2^25 + slot, is a whole number of 53 bits. */
export const MAX_SEGMENT_NUMBER = 2 ** 28 - 1

const padded = (segment: number) => String(segment).padStart(6, '0')

/** The name of a segment's log. */
export const logName = (segment: number): string => `${padded(segment)}.log`
/** The name of a segment's file of payloads. */
export const payloadsName = (segment: number): string => `${padded(segment)}.payloads`
/** The name of a segment's file with the rows of one vector. */
export const rowsName = (segment: number, fieldIndex: number): string =>
  `${padded(segment)}.${fieldIndex}.rows`
/** The name of a segment's file with the int8 copies of one vector's rows. */
const copyName = (segment: number, fieldIndex: number): string => `${padded(segment)}.${fieldIndex}.int8`
/** The name of a segment's file with the documents of a column. */
export const columnName = (segment: number, index: number, { copyOf }: ColumnShape): string =>
  copyOf === undefined ? rowsName(segment, index) : copyName(segment, copyOf)
/** Whether a file only has copies, which can be made again. */
export const isCopyName = (name: string): boolean => name.endsWith('.int8')

/** The name of a segment's file with the postings of one sparse vector. */
export const postingsName = (segment: number, fieldIndex: number): string =>
  `${padded(segment)}.${fieldIndex}.postings`

/** Returns the number of the segment that a file belongs to; undefined for other files. */
export function segmentNumberOf(name: string): number | undefined {
  const match = /^(\d{6,})\.(?:log|payloads|\d+\.(?:rows|int8|postings))$/.exec(name)
  return match ? Number(match[1]) : undefined
}

/** Returns true for a file that was being replaced. */
export const isUnfinished = (name: string): boolean =>
  /^(?:manifest(?:\.copy)?|\d{6,}\.\d+\.postings|[\w-]+\.stage)\.new$/.test(name)

/** Returns true for the names that files of a store have. A `.stage` file has its first stage (src/stages/stored/). */
export const isStoreFile = (name: string): boolean =>
  segmentNumberOf(name) !== undefined ||
  isUnfinished(name) ||
  /^manifest(?:\.copy)?$|^lock(?:\.|$)|^[\w-]+\.stage$/.test(name)
