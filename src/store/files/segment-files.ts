// The files of one segment: its log, its payloads, and the rows of each vector. Bytes go in at the end only, the log's
// last, so that what a record of the log says is there is there.

import { logName, payloadsName, rowsName } from './file-names.js'
import type { Folder, StoreFile } from './folder.js'
import { LOG_START, logStart } from './log.js'

export interface SegmentFiles {
  readonly number: number
  readonly log: StoreFile
  readonly payloads: StoreFile
  readonly rows: readonly StoreFile[]
  /** Where the next record goes. */
  end: number
  /** Up to here the log and what it speaks of are on the disk. */
  durable: number
  /** Pairs of segment and slot that the log says are dead, as its records have them. */
  readonly dead: Uint32Array[]
}

const names = (number: number, fields: number) => [
  logName(number),
  payloadsName(number),
  ...Array.from({ length: fields }, (_, f) => rowsName(number, f)),
]

function filesOf(number: number, [log, payloads, ...rows]: readonly StoreFile[]): SegmentFiles {
  return { number, log: log!, payloads: payloads!, rows, end: LOG_START, durable: 0, dead: [] }
}

const closeAll = (files: readonly StoreFile[]) =>
  Promise.all(files.map(file => file.close().catch(() => undefined)))

export const allOf = ({ log, payloads, rows }: SegmentFiles): StoreFile[] => [log, payloads, ...rows]

/** New files on the disk. */
export async function createSegmentFiles(
  folder: Folder,
  number: number,
  fields: number,
): Promise<SegmentFiles> {
  const made: StoreFile[] = []
  try {
    for (const name of names(number, fields)) made.push(await folder.create(name))
    await made[0]!.write(logStart(number, fields), 0)
    for (const file of made) await file.sync()
    await folder.sync()
  } catch (error) {
    await closeAll(made)
    throw error
  }
  return filesOf(number, made)
}

/** In place of a file that is missing. */
const NO_FILE: StoreFile = {
  read: async () => 0,
  write: async () => {
    throw new TypeError('this file is missing')
  },
  size: async () => 0,
  truncate: async () => {},
  sync: async () => {},
  close: async () => {},
}

/** Files that are there. `missing` is told of one that is not; with `mend` an empty one is made. */
export async function openSegmentFiles(
  folder: Folder,
  number: number,
  fields: number,
  { writable, mend, missing }: { writable: boolean; mend: boolean; missing: (name: string) => void },
): Promise<SegmentFiles> {
  const opened: StoreFile[] = []
  try {
    for (const name of names(number, fields)) {
      const file = await folder.open(name, writable)
      if (!file) missing(name)
      opened.push(file ?? (mend ? await folder.create(name) : NO_FILE))
    }
  } catch (error) {
    await closeAll(opened)
    throw error
  }
  return filesOf(number, opened)
}

/** Returns when everything in the files is on the disk: rows and payloads before the log that speaks of them. */
export async function syncSegment(files: SegmentFiles): Promise<void> {
  const { end } = files
  if (files.durable >= end) return
  await Promise.all([files.payloads, ...files.rows].map(file => file.sync()))
  await files.log.sync()
  files.durable = Math.max(files.durable, end)
}

export const closeSegment = (files: SegmentFiles) => closeAll(allOf(files))

export async function removeSegment(folder: Folder, number: number, fields: number): Promise<void> {
  for (const name of names(number, fields)) await folder.remove(name)
}
