// The files of one segment: its log, its payloads, and the rows of each vector. Bytes are only appended. The log is
// written last, so that what its records refer to is in the other files.

import type { ColumnShape } from '../columns/segment.js'
import { type Folder, NotAFileError, type StoreFile } from '../folders/folder.js'
import { columnName, logName, payloadsName } from './file-names.js'
import { encodeLogStart, LOG_START } from './log.js'

/** The open files of a segment. */
export interface SegmentFiles {
  readonly log: StoreFile
  readonly payloads: StoreFile
  /** One file for each vector, and then for each copy. */
  readonly rows: readonly StoreFile[]
  /** The byte of the log at which the next record is written. */
  end: number
  /** Up to this byte the log, and everything that it refers to, is on the disk. */
  durable: number
  /** The tombstones in the log, pairs of segment and slot, one array for each record. */
  readonly tombstones: Uint32Array[]
}

const fileNames = (number: number, shapes: readonly ColumnShape[]) => [
  logName(number),
  payloadsName(number),
  ...shapes.map((shape, index) => columnName(number, index, shape)),
]

function segmentFilesOf([log, payloads, ...rows]: readonly StoreFile[]): SegmentFiles {
  return { log: log!, payloads: payloads!, rows, end: LOG_START, durable: 0, tombstones: [] }
}

/** Closes files. An error of one of them is ignored: everything that must be on the disk has been synced before. */
const closeFiles = (files: readonly StoreFile[]) =>
  Promise.all(files.map(file => file.close().catch(() => undefined)))

/**
 * Waits until all operations have ended, and then throws the first error. The memory and the places in files of an
 * operation that has not ended must not be used again.
 */
export async function settleAll(operations: readonly Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(operations)).find(({ status }) => status === 'rejected')
  if (failed) throw (failed as PromiseRejectedResult).reason
}

/** Creates the files of a new segment. Returns once they are on the disk. */
export async function createSegmentFiles(
  folder: Folder,
  number: number,
  shapes: readonly ColumnShape[],
): Promise<SegmentFiles> {
  const created: StoreFile[] = []
  try {
    for (const name of fileNames(number, shapes)) created.push(await folder.create(name))
    await created[0]!.write(encodeLogStart(number, shapes.length), 0)
    for (const file of created) await file.sync()
    await folder.sync()
  } catch (error) {
    await closeFiles(created)
    throw error
  }
  return segmentFilesOf(created)
}

/** Stands in for a file that is missing or not a file. */
const EMPTY_FILE: StoreFile = {
  read: async () => 0,
  write: async () => {
    throw new TypeError('this file is missing')
  },
  size: async () => 0,
  truncate: async () => {},
  sync: async () => {},
  close: async () => {},
}

/** How `openSegmentFiles` opens files. */
export interface OpenFilesOptions {
  readonly writable: boolean
  /** Called with the name of each file that is missing or not a file, and a description. It counts as empty. */
  readonly onUnusable: (name: string, problem: string) => void
}

/** Opens the files of a segment. Without its log the others are of no use, so they are not opened. */
export async function openSegmentFiles(
  folder: Folder,
  number: number,
  shapes: readonly ColumnShape[],
  { writable, onUnusable }: OpenFilesOptions,
): Promise<SegmentFiles> {
  const opened: StoreFile[] = []
  try {
    for (const name of fileNames(number, shapes)) {
      if (opened[0] === EMPTY_FILE) {
        opened.push(EMPTY_FILE)
        continue
      }
      const file = await folder.open(name, writable).catch(error => {
        if (error instanceof NotAFileError) return error
        throw error
      })
      const isUsable = file !== undefined && !(file instanceof NotAFileError)
      if (!isUsable) onUnusable(name, file ? `it is ${file.found}` : 'the file is missing')
      opened.push(isUsable ? file : EMPTY_FILE)
    }
  } catch (error) {
    await closeFiles(opened)
    throw error
  }
  return segmentFilesOf(opened)
}

/** Returns once the files are on the disk: rows and payloads first, then the log that refers to them. */
export async function syncSegment(files: SegmentFiles): Promise<void> {
  const { end } = files
  if (files.durable >= end) return
  await settleAll([files.payloads, ...files.rows].map(file => file.sync()))
  await files.log.sync()
  files.durable = Math.max(files.durable, end)
}

/** Closes the files of a segment. */
export const closeSegment = ({ log, payloads, rows }: SegmentFiles): Promise<unknown> =>
  closeFiles([log, payloads, ...rows])

/** Deletes the files of a segment. */
export async function removeSegment(
  folder: Folder,
  number: number,
  shapes: readonly ColumnShape[],
): Promise<void> {
  for (const name of fileNames(number, shapes)) await folder.remove(name)
}
