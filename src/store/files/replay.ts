// Opens a store's files: replays the logs of all segments into columns, and finds damage.

import type { PointDirectory } from '../columns/point-directory.js'
import { addPoints, createSegment, markDead, padTo, reserve, type Segment } from '../columns/segment.js'
import type { Folder, StoreFile } from '../folders/folder.js'
import { type Damage, StoreDamageError } from './damage.js'
import { logName, payloadsName, rowsName } from './file-names.js'
import { arePointsIntact } from './intact-points.js'
import { encodeLogStart, hasLogStart, LOG_START, type LogContents, readLog } from './log.js'
import type { Manifest, ManifestSegment } from './manifest.js'
import { decodePoints, decodeTombstones, POINTS, TOMBSTONES } from './record.js'
import { closeSegment, openSegmentFiles, type SegmentFiles } from './segment-files.js'

/** A store that is being opened. */
export interface ReplayContext {
  readonly folder: Folder
  readonly manifest: Manifest
  /** Bytes of a row of each vector. */
  readonly rowBytes: readonly number[]
  readonly writable: boolean
  /** Whether to skip damaged parts instead of throwing. */
  readonly salvage: boolean
  /** Receives the damage that is found. */
  readonly damage: Damage[]
  /** Receives the segments. */
  readonly segments: Map<number, Segment>
  /** Receives the points. */
  readonly points: PointDirectory
}

/** The opened files. */
export interface ReplayResult {
  /** The files of each segment, by its number. */
  readonly files: Map<number, SegmentFiles>
  /** The segment that receives new points. */
  readonly active: Segment
  /** The sequence number of the last record. */
  readonly sequence: number
}

/** The replay of one segment. */
interface SegmentReplay {
  readonly context: ReplayContext
  readonly segment: Segment
  readonly files: SegmentFiles
  /** Where the log ends according to the manifest; undefined if it is not sealed. */
  readonly sealedEnd: number | undefined
}

const bytesAre = (count: number) => (count === 1 ? '1 byte is' : `${count} bytes are`)

/**
 * Opens the files of all segments.
 *
 * @throws StoreDamageError unless `salvage`, with all damage of logs and sizes; rows and payloads are checked when read
 */
export async function replay(context: ReplayContext): Promise<ReplayResult> {
  const { folder, manifest, damage, salvage, writable, rowBytes, segments, points } = context
  const knownDamage = damage.length
  const files = new Map<number, SegmentFiles>()
  let sequence = 0
  try {
    for (const entry of manifest.segments) {
      sequence = Math.max(sequence, await openSegment(context, entry, files))
    }
    for (const { tombstones } of files.values())
      for (const pairs of tombstones) applyTombstones(context, pairs)
    for (const segment of segments.values()) points.enter(segment, 0)
    if (damage.length > knownDamage && !salvage) throw new StoreDamageError(folder.path, damage)
    const active = segments.get(manifest.segments.at(-1)!.number)!
    if (writable) await truncateToEnd(active, files.get(active.number)!, rowBytes.length)
    return { files, active, sequence }
  } catch (error) {
    for (const opened of files.values()) await closeSegment(opened)
    throw error
  }
}

/** Opens and replays one segment. Returns the sequence number of its last record. */
async function openSegment(
  context: ReplayContext,
  { number, log }: ManifestSegment,
  files: Map<number, SegmentFiles>,
): Promise<number> {
  const { folder, rowBytes, writable, salvage, damage, segments } = context
  const opened = await openSegmentFiles(folder, number, rowBytes.length, {
    writable,
    repair: writable && salvage,
    onMissing: file => damage.push({ file, offset: 0, segment: number, problem: 'the file is missing' }),
  })
  files.set(number, opened)
  const segment = createSegment(number, rowBytes)
  segments.set(number, segment)
  return replaySegment({ context, segment, files: opened, sealedEnd: log })
}

/** Fills a segment from its log. Returns the sequence number of the last record. */
async function replaySegment(replaying: SegmentReplay): Promise<number> {
  const { context, segment, files, sealedEnd } = replaying
  const { number } = segment
  const name = logName(number)
  const bytes = new Uint8Array(await files.log.size())
  const log = bytes.subarray(0, await files.log.read(bytes, 0))
  if (!hasLogStart(log, number, context.rowBytes.length)) {
    reportDamage(replaying, name, 0, 'the first 64 bytes are damaged')
  }
  const contents = readLog(log, sealedEnd)
  for (const gap of contents.gaps) reportDamage(replaying, name, gap.at, `${bytesAre(gap.bytes)} damaged`)
  if (sealedEnd !== undefined && contents.end < sealedEnd) {
    reportDamage(replaying, name, contents.end, `${bytesAre(sealedEnd - contents.end)} missing or damaged`)
  }
  const count = contents.records.reduce(
    (sum, { header }) => sum + (header.type === POINTS ? header.count : 0),
    0,
  )
  reserve(segment, count)
  files.end = await addRecords(replaying, log, contents)
  files.durable = Math.min(files.end, contents.durable)
  // see intact-points.ts
  if (context.writable && sealedEnd === undefined) {
    await files.log.write(log.subarray(files.durable, files.end), files.durable)
  }
  await checkSizes(replaying)
  return contents.records.at(-1)?.header.sequence ?? 0
}

function reportDamage(
  { context, segment }: SegmentReplay,
  file: string,
  offset: number,
  problem: string,
): void {
  context.damage.push({ file, offset, segment: segment.number, problem })
}

/**
 * Adds the points and tombstones of a log. In a log that is not sealed, points that may not be on the disk are checked
 * first. Returns where the intact records end.
 */
async function addRecords(
  { context, segment, files, sealedEnd }: SegmentReplay,
  log: Uint8Array<ArrayBuffer>,
  { records, end, durable }: LogContents,
): Promise<number> {
  const { rowBytes, writable } = context
  for (const { at, header } of records) {
    if (header.type === TOMBSTONES) {
      // copies, so that the log need not stay in memory
      files.tombstones.push(decodeTombstones(log, at, header).slice())
    } else if (header.type === POINTS) {
      const { firstSlot, points } = decodePoints(log, at, header, rowBytes.length)
      const isCertain = sealedEnd !== undefined || at < durable
      if (!isCertain && !(await arePointsIntact(files, points, rowBytes, writable))) return at
      padTo(segment, firstSlot)
      addPoints(segment, points)
      if (points.tombstones.length > 0) files.tombstones.push(points.tombstones.slice())
    }
  }
  return end
}

function applyTombstones({ segments }: ReplayContext, pairs: Uint32Array): void {
  for (let i = 0; i < pairs.length; i += 2) {
    const segment = segments.get(pairs[i]!)
    if (segment && pairs[i + 1]! < segment.length) markDead(segment, pairs[i + 1]!)
  }
}

/** Truncates the files of the active segment to the end of the last intact record, so that the next one follows it. */
async function truncateToEnd(segment: Segment, files: SegmentFiles, fieldCount: number): Promise<void> {
  const truncate = async (file: StoreFile, size: number) => {
    if ((await file.size()) > size) await file.truncate(size)
  }
  await truncate(files.log, files.end)
  const start = new Uint8Array(LOG_START)
  await files.log.read(start, 0)
  if (!hasLogStart(start, segment.number, fieldCount)) {
    await files.log.write(encodeLogStart(segment.number, fieldCount), 0)
  }
  await truncate(files.payloads, segment.payloadBytes)
  for (const [f, file] of files.rows.entries()) await truncate(file, segment.columns[f]!.bytes)
}

/** Reports files that are shorter than the log requires. */
async function checkSizes(replaying: SegmentReplay): Promise<void> {
  const { segment, files } = replaying
  const check = async (file: StoreFile, name: string, expected: number) => {
    const size = await file.size()
    if (size < expected) reportDamage(replaying, name, size, `${bytesAre(expected - size)} missing`)
  }
  await check(files.payloads, payloadsName(segment.number), segment.payloadBytes)
  for (const [f, file] of files.rows.entries()) {
    await check(file, rowsName(segment.number, f), segment.columns[f]!.bytes)
  }
}
