// Compaction: the live points of segments are copied to a new segment, which then replaces them. The store can be used
// meanwhile: points that die in an old segment during the copy are marked dead in the new one.

import { SEGMENT_POINTS, sizeOf } from '../files/storage.js'
import type { Mutex } from '../mutex.js'
import { type CopyContext, copyPoints, copyPortions, readPayloads } from './copy-points.js'
import type { PointDirectory } from './point-directory.js'
import { bytesAt, markDead, releaseSegment, type Segment } from './segment.js'

/** Segments that are smaller than this share of a full one are merged. */
const SMALL_SHARE = 1 / 8

/** The parts of a store that compaction changes. */
export interface CompactionContext extends CopyContext {
  readonly segments: Map<number, Segment>
  readonly points: PointDirectory
  readonly exclusive: Mutex
}

/** The result of a compaction. */
export interface CompactReport {
  /** Dead points that were removed. */
  readonly points: number
  /** Bytes that were freed: of files, or of memory for a store in memory. */
  readonly bytes: number
  /** Segments that were rewritten. */
  readonly segments: number
  readonly seconds: number
}

/**
 * Rewrites every segment that has dead points, and merges small ones. If it is aborted, segments that are done stay
 * compacted, and the others stay as they are.
 */
export async function compactStore(context: CompactionContext, signal?: AbortSignal): Promise<CompactReport> {
  const { storage, segments, exclusive } = context
  const started = performance.now()
  const totalBytes = () =>
    storage.bytes || [...segments.values()].reduce((sum, segment) => sum + sizeOf(segment), 0)
  const bytesBefore = await exclusive(totalBytes)
  const groups = await exclusive(async () => {
    if (storage.isSalvaged) await findDamage(context)
    const { active } = storage
    if (active.points < active.length || active.isDamaged) await storage.rotate()
    const sealed = [...segments.values()].filter(segment => segment !== storage.active)
    return groupSegments(sealed, storage.segmentBytes)
  })
  let removed = 0
  for (const group of groups) {
    signal?.throwIfAborted()
    removed += await compactGroup(context, group, signal)
  }
  return {
    points: removed,
    bytes: bytesBefore - (await exclusive(totalBytes)),
    segments: groups.reduce((sum, group) => sum + group.length, 0),
    seconds: (performance.now() - started) / 1000,
  }
}

/**
 * Groups segments that are rewritten together, into at most a full one. A small segment without dead points is
 * rewritten only together with others.
 *
 * @internal
 */
export function groupSegments(sealed: readonly Segment[], segmentBytes: number): Segment[][] {
  const groups: Segment[][] = []
  let group: Segment[] = []
  let groupShare = 0
  for (const segment of sealed) {
    const { points, length, isDamaged } = segment
    const livePart = length === 0 ? 0 : points / length
    // of a full segment: points may have no bytes
    const share = Math.max((livePart * sizeOf(segment)) / segmentBytes, points / SEGMENT_POINTS)
    if (livePart === 1 && share >= SMALL_SHARE && !isDamaged) continue
    if (group.length > 0 && groupShare + share > 1) {
      groups.push(group)
      group = []
      groupShare = 0
    }
    group.push(segment)
    groupShare += share
  }
  groups.push(group)
  const isWorthIt = ({ points, length, isDamaged }: Segment) => points < length || length === 0 || isDamaged
  return groups.filter(members => members.length > 1 || members.some(isWorthIt))
}

/** Reads everything, so that no damage stays in a segment that is not rewritten. Damaged points are dead afterwards. */
async function findDamage({ vectors, segments, storage }: CompactionContext): Promise<void> {
  for (const segment of segments.values()) {
    for (const slots of copyPortions(segment)) {
      for (const fieldIndex of segment.columns.keys()) {
        const column = segment.columns[fieldIndex]!
        const withDocument = slots.filter(slot => bytesAt(column, slot) > 0)
        await vectors.visit(segment, fieldIndex, withDocument, () => {}, { keep: false })
      }
      await readPayloads(segment, slots, storage.files)
    }
  }
}

/** Slots that were copied from a segment. */
interface CopiedSlots {
  readonly from: Segment
  readonly slots: Uint32Array
}

/** Copies the live points of a group to a new segment, which replaces the group. Returns the number of dead points. */
async function compactGroup(
  context: CompactionContext,
  group: readonly Segment[],
  signal: AbortSignal | undefined,
): Promise<number> {
  const { storage, exclusive } = context
  const target = await exclusive(() => storage.createSegment())
  const copied: CopiedSlots[] = []
  try {
    for (const from of group) {
      for (const portion of copyPortions(from)) {
        signal?.throwIfAborted()
        await exclusive(async () => {
          // points that died since the portion was chosen are not copied
          const live = portion.filter(slot => from.live[slot])
          copied.push({ from, slots: await copyPoints(context, from, live, target) })
        })
      }
    }
  } catch (error) {
    await exclusive(() => storage.discard(target))
    throw error
  }
  return exclusive(() => replaceGroup(context, group, target, copied))
}

/** Replaces a group by its copy. Returns the number of dead points that are gone. */
async function replaceGroup(
  { storage, segments, points }: CompactionContext,
  group: readonly Segment[],
  target: Segment,
  copied: readonly CopiedSlots[],
): Promise<number> {
  const dead: number[] = []
  let targetSlot = 0
  for (const { from, slots } of copied) {
    for (const slot of slots) {
      if (!from.live[slot]) dead.push(targetSlot)
      targetSlot++
    }
  }
  await storage.replace(group, target, Uint32Array.from(dead))
  for (const slot of dead) markDead(target, slot)
  segments.set(target.number, target)
  points.enter(target, 0)
  for (const old of group) {
    segments.delete(old.number)
    releaseSegment(old)
  }
  return group.reduce((sum, { length }) => sum + length, 0) - target.points
}
