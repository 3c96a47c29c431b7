// Opens a store's files: replays the logs of all segments into columns, and finds damage.

import type { PointId } from '../../collection/collection.js'
import type { PointDirectory } from '../columns/point-directory.js'
import {
  addPoints,
  bytesAt,
  type ColumnShape,
  createSegment,
  dropCopy,
  idAt,
  markDead,
  padTo,
  reserve,
  type Segment,
} from '../columns/segment.js'
import type { Folder, StoreFile } from '../folders/folder.js'
import { arePointsSound, areTombstonesSound, MIN_POINT_BYTES } from './check-points.js'
import { type Damage, StoreDamageError } from './damage.js'
import { columnName, isCopyName, logName, payloadsName } from './file-names.js'
import { arePointsIntact } from './intact-points.js'
import { hasLogStart, LOG_START, type LogContents, readLog } from './log.js'
import type { Manifest, ManifestSegment } from './manifest.js'
import {
  COMMIT,
  decodePoints,
  decodeTombstones,
  HEADER_BYTES,
  type LogRecord,
  POINTS,
  TOMBSTONES,
} from './record.js'
import { closeSegment, openSegmentFiles, type SegmentFiles } from './segment-files.js'
import { MAX_LOG_BYTES, MAX_SEGMENT_SLOTS } from './storage.js'

/** A store that is being opened. */
export interface OpeningStore {
  readonly folder: Folder
  readonly manifest: Manifest
  readonly shapes: readonly ColumnShape[]
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

interface ReplayContext extends OpeningStore {
  /** Damage of copies, which is no reason not to open the store. */
  readonly copyDamage: Damage[]
  /** Which items of `damage` are lost parts of logs, and which records may have been in them. */
  readonly losses: { readonly index: number; readonly sequence: number }[]
  /** The points of each record. */
  readonly written: {
    readonly segment: Segment
    readonly slot: number
    readonly count: number
    readonly sequence: number
  }[]
}

/** The opened files. */
export interface ReplayResult {
  /** The files of each segment, by its number. */
  readonly files: Map<number, SegmentFiles>
  /** The segment that receives new points. */
  readonly active: Segment
  /** The sequence number of the last record. */
  readonly sequence: number
  /** The largest version of a point, or the sequence number if that is larger. */
  readonly version: number
}

/** The replay of one segment. */
interface SegmentReplay {
  readonly context: ReplayContext
  readonly segment: Segment
  readonly files: SegmentFiles
  /** Where the log ends according to the manifest; undefined if it is not sealed. */
  readonly sealedEnd: number | undefined
}

/** Bytes of a log that are written again at a time. */
const REWRITE_BYTES = 4 * 1024 * 1024
/** Points at risk that are listed. */
const MAX_AT_RISK = 1000

const bytesAre = (count: number) => (count === 1 ? '1 byte is' : `${count} bytes are`)

/**
 * Opens the files of all segments.
 *
 * @throws StoreDamageError unless `salvage`, with all damage of logs and sizes; rows and payloads are checked when read
 */
export async function replay(context: OpeningStore): Promise<ReplayResult> {
  const { folder, manifest, damage, salvage, writable, segments, points } = context
  const replaying: ReplayContext = { ...context, copyDamage: [], losses: [], written: [] }
  const knownDamage = damage.length
  const files = new Map<number, SegmentFiles>()
  let sequence = 0
  try {
    for (const entry of manifest.segments) {
      sequence = Math.max(sequence, await openSegment(replaying, entry, files))
    }
    for (const { tombstones } of files.values())
      for (const pairs of tombstones) applyTombstones(replaying, pairs)
    for (const segment of segments.values()) points.enter(segment, 0)
    addRisks(replaying)
    if (damage.length > knownDamage && !salvage) throw new StoreDamageError(folder.path, damage)
    damage.push(...replaying.copyDamage)
    const active = segments.get(manifest.segments.at(-1)!.number)!
    if (writable && !active.isDamaged) await truncateToEnd(active, files.get(active.number)!)
    let version = sequence
    for (const { versions, length } of segments.values()) {
      for (let slot = 0; slot < length; slot++) version = Math.max(version, versions[slot]!)
    }
    return { files, active, sequence, version }
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
  const { folder, shapes, writable, segments } = context
  const segment = createSegment(number, shapes)
  const onUnusable = (file: string, problem: string) => reportDamage({ context, segment }, file, 0, problem)
  const opened = await openSegmentFiles(folder, number, shapes, { writable, onUnusable })
  files.set(number, opened)
  segments.set(number, segment)
  return replaySegment({ context, segment, files: opened, sealedEnd: log })
}

/** Fills a segment from its log. Returns the sequence number of the last record. */
async function replaySegment(replaying: SegmentReplay): Promise<number> {
  const { context, segment, files, sealedEnd } = replaying
  const { number } = segment
  const name = logName(number)
  const fileSize = await files.log.size()
  // a sealed log is read up to its end: a writer may append to it meanwhile
  const size = Math.min(fileSize, sealedEnd ?? MAX_LOG_BYTES, MAX_LOG_BYTES)
  const start = new Uint8Array(LOG_START)
  await files.log.read(start, 0)
  if (!hasLogStart(start, number, context.shapes.length)) {
    reportLoss(replaying, { offset: 0, problem: 'the first 64 bytes are damaged', sequence: 0 })
  }
  if (sealedEnd === undefined && fileSize > MAX_LOG_BYTES) {
    reportDamage(replaying, name, size, 'the log is larger than a log can be')
  }
  const contents = await readLog(files.log, size, sealedEnd)
  files.end = await addRecords(replaying, contents)
  files.durable = Math.min(files.end, contents.durable)
  if (sealedEnd !== undefined && contents.end < sealedEnd) {
    const problem = `${bytesAre(sealedEnd - contents.end)} missing or damaged`
    reportLoss(replaying, { offset: contents.end, problem, sequence: Infinity })
  }
  await checkSizes(replaying)
  const mayBeUnsynced = sealedEnd === undefined && !segment.isDamaged
  if (context.writable && mayBeUnsynced) await rewriteEnd(files)
  return contents.records.at(-1)?.header.sequence ?? 0
}

/** Writes the part of a log again that may not be on the disk. See `intact-points.ts`. */
async function rewriteEnd({ log, durable, end }: SegmentFiles): Promise<void> {
  for (let at = durable; at < end; at += REWRITE_BYTES) {
    const bytes = new Uint8Array(Math.min(REWRITE_BYTES, end - at))
    await log.read(bytes, at)
    await log.write(bytes, at)
  }
}

function reportDamage(
  { context, segment }: Pick<SegmentReplay, 'context' | 'segment'>,
  file: string,
  offset: number,
  problem: string,
): void {
  segment.isDamaged = true
  const damage = isCopyName(file) ? context.copyDamage : context.damage
  damage.push({ file, offset, segment: segment.number, problem })
}

/** A part of a log that is lost. Records before `sequence` may have been in it. */
interface LostPart {
  readonly offset: number
  readonly problem: string
  readonly sequence: number
}

/** Reports a lost part of a log, which may have recorded deletions and replacements. */
function reportLoss(replaying: SegmentReplay, { offset, problem, sequence }: LostPart): void {
  const { context, segment } = replaying
  reportDamage(replaying, logName(segment.number), offset, problem)
  const index = context.damage.length - 1
  context.losses.push({ index, sequence })
}

/**
 * Adds the points and tombstones of a log, and reports its damaged parts. Returns where the intact records end.
 */
async function addRecords(replaying: SegmentReplay, contents: LogContents): Promise<number> {
  const { records, gaps, end, durable } = contents
  const pointsIn = ({ header }: LogRecord) =>
    header.type === POINTS ? Math.min(header.count, header.bytes / MIN_POINT_BYTES) : 0
  const count = records.reduce((sum, record) => sum + pointsIn(record), 0)
  reserve(replaying.segment, Math.min(Math.ceil(count), MAX_SEGMENT_SLOTS))
  let lostBytes = 0
  let gap = 0
  for (const record of records) {
    const { at, header } = record
    for (; gap < gaps.length && gaps[gap]!.at < at; gap++) {
      const { at: offset, bytes } = gaps[gap]!
      lostBytes += bytes
      reportLoss(replaying, { offset, problem: `${bytesAre(bytes)} damaged`, sequence: header.sequence })
    }
    const result = await addRecord(replaying, record, durable, lostBytes)
    if (result === 'not on the disk') return at
    if (result === 'added') continue
    lostBytes += HEADER_BYTES + header.bytes
    const problem = `the record of type ${header.type} is not one that maxsimd writes`
    reportLoss(replaying, { offset: at, problem, sequence: header.sequence + 1 })
  }
  return end
}

/**
 * Adds the points or tombstones of a record, if they are sound. In a log that is not sealed, points that may not be on
 * the disk are checked first.
 */
async function addRecord(
  { context, segment, files, sealedEnd }: SegmentReplay,
  record: LogRecord,
  durable: number,
  lostBytes: number,
): Promise<'added' | 'unsound' | 'not on the disk'> {
  const { shapes, writable, written } = context
  const { at, header } = record
  if (header.type === COMMIT) return 'added'
  if (header.type === TOMBSTONES) {
    const tombstones = decodeTombstones(record)
    if (!tombstones || !areTombstonesSound(tombstones)) return 'unsound'
    // copies, so that the log need not stay in memory
    files.tombstones.push(tombstones.slice())
    return 'added'
  }
  const decoded = header.type === POINTS ? decodePoints(record, shapes.length) : undefined
  if (!decoded || !arePointsSound(segment, decoded, lostBytes)) return 'unsound'
  const { firstSlot, points } = decoded
  const isCertain = sealedEnd !== undefined || at < durable
  if (!isCertain && !(await arePointsIntact(files, points, shapes, writable))) return 'not on the disk'
  padTo(segment, firstSlot)
  written.push({ segment, slot: firstSlot, count: points.count, sequence: header.sequence })
  addPoints(segment, points)
  if (points.tombstones.length > 0) files.tombstones.push(points.tombstones.slice())
  return 'added'
}

function applyTombstones({ segments }: ReplayContext, pairs: Uint32Array): void {
  for (let i = 0; i < pairs.length; i += 2) {
    const segment = segments.get(pairs[i]!)
    if (segment && pairs[i + 1]! < segment.length) markDead(segment, pairs[i + 1]!)
  }
}

/** Truncates the files of the active segment to the end of the last intact record, so that the next one follows it. */
async function truncateToEnd(segment: Segment, files: SegmentFiles): Promise<void> {
  const truncate = async (file: StoreFile, size: number) => {
    if ((await file.size()) > size) await file.truncate(size)
  }
  await truncate(files.log, files.end)
  await truncate(files.payloads, segment.payloadBytes)
  for (const [f, file] of files.rows.entries()) await truncate(file, segment.columns[f]!.bytes)
}

/** A file whose size is compared with the log. */
interface FileToCheck {
  readonly file: StoreFile
  readonly name: string
  /** Bytes that the log requires. */
  readonly expected: number
  /** Returns the byte after what a slot has in the file. */
  endOf(slot: number): number
  /** Called for each slot that is not complete. */
  lose(slot: number): void
}

/** Reports files that are shorter than the log requires. The points beyond their ends are dead, and copies do not count. */
async function checkSizes(replaying: SegmentReplay): Promise<void> {
  const { segment, files } = replaying
  const { number, payloadOffsets, payloadEntries, columns } = segment
  const check = async ({ file, name, expected, endOf, lose }: FileToCheck) => {
    const size = await file.size()
    if (size >= expected) return
    reportDamage(replaying, name, size, `${bytesAre(expected - size)} missing`)
    for (let slot = 0; slot < segment.length; slot++) if (endOf(slot) > size) lose(slot)
  }
  await check({
    ...{ file: files.payloads, name: payloadsName(number), expected: segment.payloadBytes },
    endOf: slot => payloadOffsets[slot]! + payloadEntries[2 * slot]!,
    lose: slot => markDead(segment, slot),
  })
  for (const [f, file] of files.rows.entries()) {
    const column = columns[f]!
    await check({
      ...{ file, name: columnName(number, f, column), expected: column.bytes },
      endOf: slot => column.offsets[slot]! + bytesAt(column, slot),
      lose: slot => (column.copyOf === undefined ? markDead(segment, slot) : dropCopy(column, slot)),
    })
  }
}

/** Adds to the damage of lost parts of logs which points they may have deleted or replaced. */
function addRisks({ damage, losses, written }: ReplayContext): void {
  for (const { index, sequence } of losses) {
    const atRisk: PointId[] = []
    for (const { segment, slot, count, sequence: own } of written) {
      if (own >= sequence) continue
      for (let each = slot; each < slot + count && atRisk.length < MAX_AT_RISK; each++) {
        if (segment.live[each]) atRisk.push(idAt(segment, each))
      }
    }
    const { problem, ...place } = damage[index]!
    const unknown = `${problem}; deletions and replacements that were recorded there are unknown`
    damage[index] = { ...place, problem: unknown, ...(atRisk.length > 0 && { atRisk }) }
  }
}
