// Upserts points into a store: reads them from the source, embeds texts, encodes batches and writes them. `updateVectors`
// does the same with other points: stored ones, some of whose vectors are given.

import { pointIdOf, readGroups } from '../collection/check-point.js'
import type { Point } from '../collection/collection.js'
import { embedPoints } from '../collection/embed-texts.js'
import {
  type LoadCall,
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

/** What is done with the points of a call. */
export interface BatchFiller {
  readonly call: LoadCall
  /** Points that are read before they are encoded. */
  readonly groupSize: number
  /** Whether `resume: 'skip'` leaves a point out. */
  isWritten(context: StoreContext, point: Point): boolean
  /** Adds points to the batch, and writes it whenever it is full. */
  addPoints(upsert: Upsert, points: readonly Point[]): Promise<void>
}

/** A running upsert. */
export interface Upsert {
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
  return writePoints(context, points, options, {
    call: 'upsert',
    groupSize: context.encoder || context.sparseEncoder ? GROUP_TEXTS : GROUP_POINTS,
    isWritten: ({ points: stored }, point) => stored.find(pointIdOf(point)) !== undefined,
    async addPoints(upsert, some) {
      for (const point of some) {
        upsert.batch.add(point, pointIdOf(point))
        await flushIfFull(upsert)
      }
    },
  })
}

/** Writes the points of a call with a filler. See `Store.upsert`. */
export async function writePoints(
  context: StoreContext,
  points: Iterable<Point> | AsyncIterable<Point>,
  options: UpsertOptions,
  filler: BatchFiller,
): Promise<UpsertReport> {
  const parsed = parseUpsertOptions(options, DEFAULTS, undefined, filler.call)
  const { signal, onProgress, wait } = parsed
  const [source, copy] = Array.isArray(points) ? [points.map(copyPoint)] : [points, copyPoint]
  const upsert: Upsert = {
    context,
    options: parsed,
    batch: createBatchBuffer(context.memory, context.fields, context.writers),
    counts: { points: 0, skipped: 0, rows: 0, bytes: 0, batches: 0, retries: 0, applied: false },
    started: performance.now(),
    unsyncedBytes: 0,
    syncing: Promise.resolve(),
  }
  try {
    for await (const group of readGroups(source, filler.groupSize, signal, copy)) {
      await addGroup(upsert, group, filler)
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
    throw upsert.counts.batches > 0 ? new UpsertError(error, reportOf(upsert), filler.call) : error
  } finally {
    await context.exclusive(() => upsert.batch.dispose())
  }
}

const reportOf = ({ counts, started }: Upsert): UpsertReport => ({
  ...counts,
  seconds: (performance.now() - started) / 1000,
})

/** Embeds and encodes points, and writes each batch that becomes full. */
async function addGroup(upsert: Upsert, group: readonly Point[], filler: BatchFiller): Promise<void> {
  const { context, options, counts } = upsert
  const isWanted = (point: Point) => !filler.isWritten(context, point)
  const wanted = options.resume === 'skip' ? group.filter(isWanted) : group
  counts.skipped += group.length - wanted.length
  const embedded = await embedPoints(wanted, context, options.signal)
  await context.exclusive(() => filler.addPoints(upsert, embedded))
}

/** Writes the collected points if they fill a batch. */
export async function flushIfFull(upsert: Upsert): Promise<void> {
  const { batch, options } = upsert
  if (batch.bytes < options.batchBytes && batch.points < Math.min(options.batchPoints, MAX_BATCH_POINTS))
    return
  await flushAndReport(upsert)
}

/** Writes the collected points, and reports the progress. */
export async function flushAndReport(upsert: Upsert): Promise<void> {
  if (upsert.batch.points === 0) return
  await flush(upsert)
  upsert.options.onProgress?.(reportOf(upsert))
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
