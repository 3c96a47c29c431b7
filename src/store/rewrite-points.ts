// Changes stored points: writes them again with another payload or other vectors, in place of the old ones. What does not
// change is copied, as it is stored. So a change is a replacement, and as safe as one.

import { exactJson } from '../base/exact-json.js'
import { parseWhich } from '../collection/call-options.js'
import type { Filter, Payload, PointId, VectorInput } from '../collection/collection.js'
import { CHANGE_REMEDY, type ChangeOptions } from '../collection/point-changes.js'
import { ENTRY_WORDS } from '../core/packed-documents.js'
import { type BatchBuffer, createBatchBuffer } from './columns/encode-batch.js'
import type { PointLocation } from './columns/point-directory.js'
import { bytesAt, idAt } from './columns/segment.js'
import { hasDocument } from './columns/sparse-documents.js'
import type { StagingBuffer } from './columns/staging-buffer.js'
import { columnIndexOf } from './search/query-context.js'
import { selectLocations } from './search/selection.js'
import type { StoreContext } from './store-context.js'
import { writeBatch } from './write-batch.js'

/** Bytes and points that are written together. */
const BATCH_BYTES = 4 * 1024 * 1024
const BATCH_POINTS = 1024

/** What changes in a point. */
export interface PointChange {
  /** Vectors that replace the stored ones, by name; undefined removes one. */
  readonly vectors?: ReadonlyMap<string, VectorInput | undefined>
  /** Returns the new payload, undefined for none. It may change the old one, which is a copy. */
  readonly payload?: (payload: Payload | undefined) => Payload | undefined
}

/**
 * Changes the points with these ids, or those that pass a filter.
 *
 * @throws RangeError once all other points are changed, if there is no point with an id
 */
export async function rewritePoints(
  context: StoreContext,
  which: readonly PointId[] | Filter,
  { wait = true, signal }: ChangeOptions,
  change: PointChange,
): Promise<void> {
  const selected = parseWhich(which, CHANGE_REMEDY)
  signal?.throwIfAborted()
  await context.exclusive(async () => {
    const batch = createBatchBuffer(context.memory, context.fields, context.writers)
    try {
      for (const location of await selectLocations(context, selected)) {
        signal?.throwIfAborted()
        await addRewritten(context, batch, location, change)
        if (batch.bytes >= BATCH_BYTES || batch.points >= BATCH_POINTS) await writeBatch(context, batch)
      }
      if (batch.points > 0) await writeBatch(context, batch)
      if (wait) await context.storage.commit()
    } finally {
      batch.dispose()
    }
    const unknown = selected.ids?.find(id => !context.points.find(id))
    if (unknown !== undefined) throw unknownPoint(unknown)
  })
}

/** The error for a change of a point that does not exist. */
export const unknownPoint = (id: PointId) =>
  new RangeError(`there is no point with the id ${id}; insert it with upsert(), or leave it out`)

/** Adds a stored point to a batch with a change. Adds nothing if nothing changes, or the point is damaged. */
export async function addRewritten(
  context: StoreContext,
  batch: BatchBuffer,
  location: PointLocation,
  change: PointChange,
): Promise<void> {
  const { segment, slot } = location
  const read = await context.payloads.read(segment, slot)
  if (!read) return
  const stored = segment.payloadEntries[2 * slot]! > 0 ? read : undefined
  const before = stored && exactJson(stored)
  const payload = change.payload ? change.payload(stored) : stored
  const vectors = effectiveVectors(context, location, change)
  if (vectors.size === 0 && (payload && exactJson(payload)) === before) return
  await batch.addChanged({
    id: idAt(segment, slot),
    vectors,
    payload,
    copyDocument: (fieldIndex, buffer) => copyDocument(context, location, fieldIndex, buffer),
  })
}

/** The vectors of a change without those to remove that the point does not have. */
const effectiveVectors = (
  context: StoreContext,
  location: PointLocation,
  { vectors = new Map() }: PointChange,
): ReadonlyMap<string, VectorInput | undefined> =>
  new Map([...vectors].filter(([name, vector]) => vector !== undefined || hasVector(context, location, name)))

/** Whether a point has the vector with a name. */
export function hasVector(context: StoreContext, { segment, slot }: PointLocation, name: string): boolean {
  return hasDocument(segment.columns[columnIndexOf(context, name)]!, slot)
}

/** Adds a stored document to a buffer. Returns false if it is damaged. */
async function copyDocument(
  { vectors }: StoreContext,
  { segment, slot }: PointLocation,
  fieldIndex: number,
  buffer: StagingBuffer,
): Promise<boolean> {
  const column = segment.columns[fieldIndex]!
  const bytes = bytesAt(column, slot)
  if (bytes === 0) {
    const entry = column.directory.slice(ENTRY_WORDS * slot, ENTRY_WORDS * (slot + 1))
    buffer.addStored({ entry, checksum: column.checksums[slot]!, largest: 0 })
    return true
  }
  buffer.reserve(bytes)
  const copied = await vectors.withDocument(segment, fieldIndex, slot, entry => {
    buffer.addStored({ entry, checksum: column.checksums[slot]!, largest: column.largest })
    return true
  })
  return copied ?? false
}
