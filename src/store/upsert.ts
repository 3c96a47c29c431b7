// Upserts points into a store: reads them from the source, embeds texts, encodes batches and writes them.

import { pointIdOf, readGroups } from '../collection/check-point.js'
import type { Point } from '../collection/collection.js'
import { embedPoints } from '../collection/embed-texts.js'
import {
  type ParsedUpsertOptions,
  parseUpsertOptions,
  type UpsertOptions,
} from '../collection/upsert-options.js'
import { UpsertError, type UpsertReport } from '../collection/upsert-report.js'
import { type BatchBuffer, createBatchBuffer } from './columns/encode-batch.js'
import { copyPoint } from './copy-point.js'
import type { StoreContext } from './store-context.js'
import { writeBatch } from './write-batch.js'

const DEFAULTS = { batchBytes: 4 * 1024 * 1024, batchPoints: 1024 }
/** Points that are read before they are encoded; with an encoder, also the texts that it embeds in one call. */
const GROUP_POINTS = 8
const GROUP_TEXTS = 32
/** Bytes after which a sync is started, so that the disk writes while later points are read. */
const SYNC_BYTES = 64 * 1024 * 1024
/** More points than this would not fit a segment. */
const MAX_BATCH_POINTS = 2 ** 20

/** A running upsert. */
interface Upsert {
  readonly context: StoreContext
  readonly options: ParsedUpsertOptions
  readonly batch: BatchBuffer
  readonly counts: { -readonly [name in keyof Omit<UpsertReport, 'seconds'>]: UpsertReport[name] }
  /** Time of the call, in milliseconds. */
  readonly started: number
  /** Bytes written since the last sync was started. */
  unsyncedBytes: number
  /** The last sync that was started while points are read. Its error fails the upsert. */
  syncing: Promise<unknown>
}

/**
 * Upserts points. See `Store.upsert`.
 *
 * @throws TypeError or RangeError for wrong options or points
 * @throws UpsertError instead, if at least one batch was written
 */
export async function upsertToStore(
  context: StoreContext,
  points: Iterable<Point> | AsyncIterable<Point>,
  options: UpsertOptions = {},
): Promise<UpsertReport> {
  const parsed = parseUpsertOptions(options, DEFAULTS)
  const { signal, onProgress, wait } = parsed
  const groupSize = context.encoder ? GROUP_TEXTS : GROUP_POINTS
  const [source, copy] = Array.isArray(points) ? [points.map(copyPoint)] : [points, copyPoint]
  const upsert: Upsert = {
    context,
    options: parsed,
    batch: createBatchBuffer(context.memory, context.fields, context.formats),
    counts: { points: 0, skipped: 0, rows: 0, bytes: 0, batches: 0, retries: 0, applied: false },
    started: performance.now(),
    unsyncedBytes: 0,
    syncing: Promise.resolve(),
  }
  try {
    for await (const group of readGroups(source, groupSize, signal, copy)) {
      await addGroup(upsert, group)
    }
    await context.exclusive(async () => {
      await flush(upsert)
      await upsert.syncing
      if (wait) await context.storage.commit()
    })
    upsert.counts.applied = wait
    onProgress?.(reportOf(upsert))
    return reportOf(upsert)
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    throw upsert.counts.batches > 0 ? new UpsertError(error, reportOf(upsert)) : error
  } finally {
    await upsert.syncing.catch(() => undefined)
    await context.exclusive(() => upsert.batch.dispose())
  }
}

const reportOf = ({ counts, started }: Upsert): UpsertReport => ({
  ...counts,
  seconds: (performance.now() - started) / 1000,
})

/** Embeds and encodes points, and writes each batch that becomes full. */
async function addGroup(upsert: Upsert, group: readonly Point[]): Promise<void> {
  const { context, options, batch, counts } = upsert
  const { resume, batchBytes, batchPoints, onProgress, signal } = options
  const isMissing = (point: Point) => !context.points.find(pointIdOf(point))
  const wanted = resume === 'skip' ? group.filter(isMissing) : group
  counts.skipped += group.length - wanted.length
  const embedded = await embedPoints(wanted, context.encoder, context.fields, signal)
  await context.exclusive(async () => {
    for (const point of embedded) {
      batch.add(point, pointIdOf(point))
      if (batch.bytes < batchBytes && batch.points < Math.min(batchPoints, MAX_BATCH_POINTS)) continue
      await flush(upsert)
      onProgress?.(reportOf(upsert))
    }
  })
}

/** Writes the collected points. */
async function flush(upsert: Upsert): Promise<void> {
  const { context, batch, counts } = upsert
  if (batch.points === 0) return
  const { points, rows, bytes } = batch
  await writeBatch(context, batch)
  counts.points += points
  counts.rows += rows
  counts.bytes += bytes
  counts.batches++
  upsert.unsyncedBytes += bytes
  if (upsert.unsyncedBytes < SYNC_BYTES) return
  upsert.unsyncedBytes = 0
  await upsert.syncing
  upsert.syncing = context.storage.sync()
  // its error is thrown where `syncing` is awaited, which may be later
  upsert.syncing.catch(() => undefined)
}
