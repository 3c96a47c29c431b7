// A store's files back into segments: which points there are, and what is wrong with the files.

import type { PointDirectory } from '../columns/point-directory.js'
import { addPoints, createSegment, markDead, padTo, reserve, type Segment } from '../columns/segment.js'
import { type Damage, StoreDamageError } from './damage.js'
import { logName, payloadsName, rowsName } from './file-names.js'
import { isWhole } from './file-storage.js'
import type { Folder } from './folder.js'
import { type FoundLog, LOG_START, logStart, readLog, startsRight } from './log.js'
import type { Manifest } from './manifest.js'
import { DEAD, POINTS, readDead, readPoints } from './record.js'
import { openSegmentFiles, type SegmentFiles } from './segment-files.js'

export interface Replayed {
  readonly segments: Map<number, Segment>
  readonly files: Map<number, SegmentFiles>
  readonly active: Segment
  /** The last record's. */
  readonly sequence: number
}

export interface ReplayContext {
  readonly folder: Folder
  readonly manifest: Manifest
  readonly rowBytes: readonly number[]
  readonly writable: boolean
  readonly salvage: boolean
  readonly damage: Damage[]
}

/** @throws StoreDamageError unless `salvage`, with everything that is found to be damaged */
export async function replay(
  context: ReplayContext,
  segments: Map<number, Segment>,
  points: PointDirectory,
): Promise<Omit<Replayed, 'segments'>> {
  const { folder, manifest, damage, salvage, writable, rowBytes } = context
  const known = damage.length
  const files = new Map<number, SegmentFiles>()
  const dead: Uint32Array[] = []
  let sequence = 0
  try {
    for (const { number, log } of manifest.segments) {
      const found = await openSegmentFiles(folder, number, rowBytes.length, {
        writable,
        mend: writable && salvage,
        missing: file => damage.push({ file, offset: 0, segment: number, what: 'the file is missing' }),
      })
      files.set(number, found)
      const segment = createSegment(number, rowBytes)
      segments.set(number, segment)
      const last = await replaySegment(context, segment, found, log, dead)
      sequence = Math.max(sequence, last)
    }
    for (const pairs of dead) {
      for (let i = 0; i < pairs.length; i += 2) {
        const segment = segments.get(pairs[i]!)
        if (segment && pairs[i + 1]! < segment.length) markDead(segment, pairs[i + 1]!)
      }
    }
    for (const segment of segments.values()) points.enter(segment, 0)
    if (damage.length > known && !salvage) throw new StoreDamageError(folder.place, damage)
    const active = segments.get(manifest.segments.at(-1)!.number)!
    if (writable) await cutTails(active, files.get(active.number)!, rowBytes.length)
    return { files, active, sequence }
  } catch (error) {
    for (const { log, payloads, rows } of files.values()) {
      for (const file of [log, payloads, ...rows]) await file.close().catch(() => undefined)
    }
    throw error
  }
}

/** Fills a segment from its log. Returns the last record's sequence. */
async function replaySegment(
  { rowBytes, damage }: ReplayContext,
  segment: Segment,
  files: SegmentFiles,
  sealed: number | undefined,
  dead: Uint32Array[],
): Promise<number> {
  const { number } = segment
  const fields = rowBytes.length
  const bytes = new Uint8Array(await files.log.size())
  const log = bytes.subarray(0, await files.log.read(bytes, 0))
  const note = (file: string, offset: number, what: string) =>
    damage.push({ file, offset, segment: number, what })
  if (!startsRight(log, number, fields)) note(logName(number), 0, 'its beginning is not what was written')
  const found = readLog(log, sealed)
  for (const { at, bytes: lost } of found.gaps)
    note(logName(number), at, `${lost} bytes are not what was written`)
  if (sealed !== undefined && found.end < sealed) {
    note(logName(number), found.end, `${sealed - found.end} bytes are missing or not what was written`)
  }
  const total = found.records.reduce((sum, { head }) => sum + (head.kind === POINTS ? head.count : 0), 0)
  reserve(segment, total)
  const end = await addRecords(segment, files, log, found, sealed === undefined, rowBytes, dead)
  files.end = end
  files.durable = Math.min(end, found.durable)
  await checkSizes(segment, files, note)
  return found.records.at(-1)?.head.sequence ?? 0
}

/** Returns where the records end that are whole: those that may not have reached the disk are looked at. */
async function addRecords(
  segment: Segment,
  files: SegmentFiles,
  log: Uint8Array<ArrayBuffer>,
  { records, end, durable }: FoundLog,
  isActive: boolean,
  rowBytes: readonly number[],
  dead: Uint32Array[],
): Promise<number> {
  for (const { at, head } of records) {
    if (head.kind === DEAD) {
      const pairs = readDead(log, at, head)
      dead.push(pairs)
      // a copy: the log itself need not stay
      files.dead.push(pairs.slice())
    } else if (head.kind === POINTS) {
      const { firstSlot, points } = readPoints(log, at, head, rowBytes.length)
      if (isActive && at >= durable && !(await isWhole(files, points, rowBytes))) return at
      padTo(segment, firstSlot)
      addPoints(segment, points)
      if (points.dead.length > 0) {
        dead.push(points.dead)
        files.dead.push(points.dead.slice())
      }
    }
  }
  return end
}

const tailOf = (segment: Segment, f: number) => segment.columns[f]!.bytes

/** What was written after the last whole record is cut off, for the next one. */
async function cutTails(segment: Segment, files: SegmentFiles, fields: number): Promise<void> {
  const cut = async (file: SegmentFiles['log'], size: number) => {
    if ((await file.size()) > size) await file.truncate(size)
  }
  await cut(files.log, files.end)
  const start = new Uint8Array(LOG_START)
  await files.log.read(start, 0)
  if (!startsRight(start, segment.number, fields)) await files.log.write(logStart(segment.number, fields), 0)
  await cut(files.payloads, segment.payloadBytes)
  for (const [f, file] of files.rows.entries()) await cut(file, tailOf(segment, f))
}

/** A file that is shorter than the log says has lost its end. */
async function checkSizes(
  segment: Segment,
  files: SegmentFiles,
  note: (file: string, offset: number, what: string) => void,
): Promise<void> {
  const check = async (file: SegmentFiles['log'], name: string, wanted: number) => {
    const size = await file.size()
    if (size < wanted) note(name, size, `${wanted - size} bytes are missing`)
  }
  await check(files.payloads, payloadsName(segment.number), segment.payloadBytes)
  for (const [f, file] of files.rows.entries())
    await check(file, rowsName(segment.number, f), tailOf(segment, f))
}
