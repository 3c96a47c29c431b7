// Writes to the files of segments.
//
//   append   rows and payloads, then a record in the log that refers to them
//   commit   rows and payloads are synced, then the log; then a commit record is written

import type { EncodedBatch } from '../columns/encode-batch.js'
import {
  addPoints,
  type ColumnShape,
  createSegment,
  type EncodedPoints,
  type Segment,
} from '../columns/segment.js'
import { MAX_SEGMENT_NUMBER } from './file-names.js'
import { checkSize } from './manifest.js'
import { encodeCommit, encodePoints, encodeTombstones } from './record.js'
import { createSegmentFiles, type SegmentFiles, settleAll } from './segment-files.js'
import { filesOf, publishSegments, type StorageState, syncFiles, unsealActive } from './storage-state.js'

/** A log of this share of a full segment is long: deletions make it longer, although they add no points. */
const LONG_LOG_SHARE = 4

async function appendRecord(files: SegmentFiles, record: Uint8Array): Promise<void> {
  await files.log.write(record, files.end)
  files.end += record.length
}

/** Creates a segment with its files. It is not part of the store until a manifest lists it. */
export async function beginSegment(
  state: StorageState,
  shapes: readonly ColumnShape[] = state.shapes,
): Promise<Segment> {
  const { folder, files } = state
  if (state.lastNumber >= MAX_SEGMENT_NUMBER) {
    throw new RangeError(
      `the store has used all ${MAX_SEGMENT_NUMBER} numbers of segments; copy it to a new store`,
    )
  }
  const segment = createSegment(++state.lastNumber, shapes)
  files.set(segment.number, await createSegmentFiles(folder, segment.number, shapes))
  return segment
}

/**
 * Seals the active segment, and makes a new one the active segment.
 *
 * @throws RangeError if the store would have too many segments, before a file is created
 */
export async function rotateSegment(state: StorageState): Promise<Segment> {
  const old = filesOf(state, state.active)
  await syncFiles(state, old)
  const { segments } = state.manifest
  // a damaged log keeps the length that it had, so that its damage is found again
  const sealed = { number: state.active.number, log: Math.max(old.end, segments.at(-1)!.log ?? 0) }
  const next = [...segments.slice(0, -1), sealed, { number: state.lastNumber + 1 }]
  checkSize({ ...state.manifest, segments: next })
  const segment = await beginSegment(state)
  await publishSegments(state, next)
  state.segments.set(segment.number, segment)
  state.active = segment
  return segment
}

/** Appends points to a segment and its files. Returns the slot of the first. */
export async function appendPoints(
  state: StorageState,
  segment: Segment,
  points: EncodedPoints,
  batch: EncodedBatch,
): Promise<number> {
  if (segment === state.active) await unsealActive(state)
  const files = filesOf(state, segment)
  await settleAll([
    files.payloads.write(batch.payloadBytes, points.payloads.offset),
    ...batch.documents.map(({ address, bytes }, f) =>
      files.rows[f]!.write(state.memory.bytes(address, bytes), points.fields[f]!.offset),
    ),
  ])
  await appendRecord(files, encodePoints(points, segment.length, ++state.sequence, files.durable))
  if (points.tombstones.length > 0) files.tombstones.push(points.tombstones)
  return addPoints(segment, points)
}

/** Appends tombstones to the log of the active segment. If it is long, they begin the log of a new segment. */
export async function appendTombstones(state: StorageState, tombstones: Uint32Array): Promise<void> {
  if (filesOf(state, state.active).end >= LONG_LOG_SHARE * state.segmentBytes) await rotateSegment(state)
  await unsealActive(state)
  const files = filesOf(state, state.active)
  await appendRecord(files, encodeTombstones(tombstones, ++state.sequence, files.durable))
  files.tombstones.push(tombstones)
}

/**
 * Returns once everything written is on the disk. The commit record spares the next open a check of the last points.
 */
export async function commit(state: StorageState): Promise<void> {
  const files = filesOf(state, state.active)
  await syncFiles(state, files)
  await appendRecord(files, encodeCommit(state.sequence, files.durable))
}
