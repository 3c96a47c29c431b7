// Writes a batch of points to the active segment, in place of the stored points with the same ids.

import type { PointId } from '../collection/collection.js'
import { withCopies } from './columns/copies.js'
import { type BatchBuffer, placeBatch } from './columns/encode-batch.js'
import type { PointDirectory } from './columns/point-directory.js'
import type { Segment } from './columns/segment.js'
import { isFull } from './files/storage.js'
import type { StoreContext } from './store-context.js'

/** Writes the collected points, all or none, and empties the batch. */
export async function writeBatch(context: StoreContext, batch: BatchBuffer): Promise<void> {
  const { storage, points: directory, memory, copies } = context
  const segment = isFull(storage.active, storage.segmentBytes) ? await storage.rotate() : storage.active
  const encoded = batch.take(context.nextVersion())
  const tombstones = replacedBy(encoded.pointIds, segment, directory)
  const first = await withCopies(memory, copies, encoded, complete =>
    storage.append(segment, placeBatch(complete, segment, tombstones), complete),
  )
  directory.enter(segment, first)
}

/** The tombstones of the points that a batch replaces: stored ones, and earlier ones of the batch with the same id. */
function replacedBy(
  ids: readonly PointId[],
  segment: Segment,
  directory: PointDirectory,
): Uint32Array<ArrayBuffer> {
  const tombstones: number[] = []
  const positions = new Map<PointId, number>()
  for (const [position, id] of ids.entries()) {
    const stored = directory.find(id)
    const earlier = positions.get(id)
    if (earlier !== undefined) tombstones.push(segment.number, segment.length + earlier)
    else if (stored) tombstones.push(stored.segment.number, stored.slot)
    positions.set(id, position)
  }
  return Uint32Array.from(tombstones)
}
