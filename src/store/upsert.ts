// Points into a store: read as they come, checked, stored by the kernel, written in batches. What was taken stands in the
// report, also when it fails.

import { pointIdOf, readGroups } from '../collection/check-point.js'
import type { Point, PointId } from '../collection/collection.js'
import { type Encoder, embedPoints } from '../collection/embed-texts.js'
import { parseUpsertOptions, type UpsertOptions } from '../collection/upsert-options.js'
import { UpsertError, type UpsertReport } from '../collection/upsert-report.js'
import type { Fields } from '../collection/vector-fields.js'
import type { PackedFormat, PackedMemory } from '../core/packed-documents.js'
import { pointsOf } from './columns/compaction.js'
import { createBatchBuffer } from './columns/encode-batch.js'
import type { PointDirectory } from './columns/point-directory.js'
import { isFull, type Storage } from './files/storage.js'

export interface StoreUpsertContext {
  readonly memory: PackedMemory
  readonly fields: Fields
  readonly kinds: readonly PackedFormat[]
  readonly encoder: Encoder | undefined
  readonly home: Storage
  readonly points: PointDirectory
  readonly inTurn: <T>(run: () => Promise<T> | T) => Promise<T>
  readonly nextVersion: () => number
}

const DEFAULTS = { batchBytes: 4 * 1024 * 1024, batchPoints: 1024 }

/** Points that are read before they are checked. */
const GROUP = 32
/** Bytes that are written before the disk is asked to keep up. */
const SYNC_BYTES = 64 * 1024 * 1024

export async function upsertToStore(
  { memory, fields, kinds, encoder, home, points: directory, inTurn, nextVersion }: StoreUpsertContext,
  points: Iterable<Point> | AsyncIterable<Point>,
  options: UpsertOptions = {},
): Promise<UpsertReport> {
  const { wait, batchBytes, batchPoints, resume, onProgress, signal } = parseUpsertOptions(options, DEFAULTS)
  const started = performance.now()
  const told = { points: 0, skipped: 0, rows: 0, bytes: 0, batches: 0, retries: 0, applied: false }
  const report = (): UpsertReport => ({ ...told, seconds: (performance.now() - started) / 1000 })
  const batch = createBatchBuffer(memory, fields, kinds)
  let unsynced = 0
  let syncing: Promise<unknown> = Promise.resolve()

  async function flush(): Promise<void> {
    if (batch.points === 0) return
    const { points: count, rows, bytes } = batch
    const segment = isFull(home.active, home.segmentBytes) ? await home.roll() : home.active
    const taken = batch.take(nextVersion())
    const dead: number[] = []
    const seen = new Map<PointId, number>()
    for (const [i, id] of taken.pointIds.entries()) {
      const known = directory.find(id)
      const earlier = seen.get(id)
      if (earlier !== undefined) dead.push(segment.number, segment.length + earlier)
      else if (known) dead.push(known.segment.number, known.slot)
      seen.set(id, i)
    }
    const first = await home.append(segment, pointsOf(taken, segment, Uint32Array.from(dead)), taken)
    directory.enter(segment, first)
    told.points += count
    told.rows += rows
    told.bytes += bytes
    told.batches++
    unsynced += bytes
    if (unsynced >= SYNC_BYTES) {
      // the disk writes while the next points come; an error is that of the sync at the end
      unsynced = 0
      await syncing
      syncing = home.sync().catch(() => undefined)
    }
  }

  async function add(group: readonly Point[]): Promise<void> {
    for (const point of group) {
      batch.add(point, pointIdOf(point))
      if (batch.bytes < batchBytes && batch.points < batchPoints) continue
      await flush()
      onProgress?.(report())
    }
  }

  try {
    for await (const group of readGroups(points, encoder ? GROUP : 8, signal)) {
      const lacking = resume === 'skip' ? group.filter(point => !directory.find(pointIdOf(point))) : group
      told.skipped += group.length - lacking.length
      const embedded = await embedPoints(lacking, encoder, fields, signal)
      await inTurn(() => add(embedded))
    }
    await inTurn(async () => {
      await flush()
      await syncing
      if (wait) await home.settle()
    })
    told.applied = wait
    onProgress?.(report())
    return report()
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw told.batches > 0 ? new UpsertError(error, report()) : error
  } finally {
    await syncing
    await inTurn(() => batch.dispose()).catch(() => undefined)
  }
}
