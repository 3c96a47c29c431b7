// Upserts points: reads them from any iterable, checks them, writes them into request bodies of a few megabytes, and keeps
// a few requests in flight, over gRPC or REST. The report counts points sent, retries and whether all is applied;
// `UpsertError` has it too. `updateVectors` does the same with points that exist.
//
//   points -> groups -> (skip existing ids) -> (embed texts) -> batches -> at most `concurrency` requests

import { wholeNumber } from '../base/check-options.js'
import { sleep } from '../base/sleep.js'
import { pointIdOf, readGroups } from '../collection/check-point.js'
import type { Point, PointId } from '../collection/collection.js'
import { type Encoder, embedPoints, type SparseEncoder } from '../collection/embed-texts.js'
import { updatedVectors } from '../collection/point-changes.js'
import {
  type LoadCall,
  type ParsedUpsertOptions,
  parseUpsertOptions,
  UPSERT_OPTIONS,
  type UpsertOptions,
} from '../collection/upsert-options.js'
import { UpsertError, type UpsertReport } from '../collection/upsert-report.js'
import type { Fields } from '../collection/vector-fields.js'
import type { Codec } from '../kernel/codec/codec-types.js'
import type { BatchFormat } from './batch-format.js'
import { type Batch, type BatchSender, createBatchSender } from './batch-sender.js'
import { createFormatChooser, type FormatChooser } from './choose-format.js'
import type { RequestLimits } from './config/request-limits.js'
import { existingIds, idsWithVectors } from './existing-points.js'
import { NotInGrpcError } from './grpc/not-in-grpc-error.js'
import type { GrpcLink } from './grpc-link.js'
import { loadRequest, postBatch, reportOf, type SentLoad } from './post-batch.js'
import type { ShardKey } from './read-points.js'
import { collectionPath } from './wire/paths.js'
import type { Transport } from './wire/transport.js'

/** Options of `QdrantCollection.upsert`. */
export interface QdrantUpsertOptions extends UpsertOptions {
  /** Maximum number of requests in flight. Default: 4; more do not help on one machine. */
  readonly concurrency?: number | undefined
  /** Compresses request bodies to a third of their size, which costs CPU time. Use it on slow networks. Default: false. */
  readonly gzip?: boolean | undefined
  /** The shard that the points are written to, if the collection has `sharding_method: 'custom'`. */
  readonly shard_key?: ShardKey | undefined
}

/**
 * Default of `batchBytes`. From 4 MiB on, the server needs a buffer of 8 MiB, which its allocator does not keep for reuse:
 * that takes 8 % more time.
 */
const BATCH_BYTES = 4_000_000
/** Default of `batchPoints`. */
const BATCH_POINTS = 256
/** The server's limit on a request body, minus some room for `{"points":[` and `]}`. */
const MAX_BODY_BYTES = 33_554_432 - 1024
/** Points per request for existing ids. */
const MAX_IDS = 256
/** Points per call of the encoder. */
const TEXTS_AT_ONCE = 32
/** Milliseconds between two looks at the server's update queue. */
const QUEUE_POLL = 200

const KNOWN_OPTIONS = [
  ...UPSERT_OPTIONS,
  'concurrency',
  'gzip',
  'shard_key',
] as const satisfies readonly (keyof QdrantUpsertOptions)[]

export interface QdrantUpsertContext {
  readonly transport: Transport
  readonly name: string
  readonly fields: Fields
  readonly codec: Codec
  readonly encoder: Encoder | undefined
  readonly sparseEncoder?: SparseEncoder | undefined
  readonly limits: RequestLimits
  readonly grpc: GrpcLink
}

interface UpsertSettings extends ParsedUpsertOptions {
  /** Lowered when the server or a proxy refuses a batch for its size. */
  batchBytes: number
  readonly shard_key: unknown
  readonly concurrency: number
  readonly gzip: boolean
}

/** One running upsert. */
interface Load extends SentLoad {
  readonly call: LoadCall
  readonly context: QdrantUpsertContext
  readonly settings: UpsertSettings
  readonly sender: BatchSender
  readonly chooser: FormatChooser
  /** The batch that the next point is written to. undefined before the first point. */
  batch: Batch | undefined
}

/**
 * Upserts points. See `QdrantCollection.upsert`.
 *
 * @throws TypeError or RangeError if an option or a point is wrong
 * @throws QdrantError if the server refuses a request
 * @throws UpsertError instead of any of them once a batch was sent; its `cause` is the other error
 */
export async function upsertToServer(
  context: QdrantUpsertContext,
  points: Iterable<Point> | AsyncIterable<Point>,
  options: QdrantUpsertOptions = {},
  call: LoadCall = 'upsert',
): Promise<UpsertReport> {
  const load = startLoad(context, parseOptions(options, context.limits, call), call)
  const { counts, sender, settings } = load
  const { wait, resume, signal } = settings
  const { encoder, sparseEncoder } = context
  const groupSize = encoder || sparseEncoder ? TEXTS_AT_ONCE : resume === 'skip' ? MAX_IDS : 1
  try {
    for await (const group of readGroups(points, groupSize, signal)) {
      await addGroup(load, group)
      sender.throwIfFailed()
    }
    await flush(load)
    await sender.settle()
    sender.throwIfFailed()
    if (wait && !counts.applied) await waitUntilApplied(load)
    return reportOf(load)
  } catch (error) {
    await sender.settle()
    if (signal?.aborted) throw signal.reason
    throw counts.batches > 0 ? new UpsertError(error, reportOf(load), call) : error
  }
}

function parseOptions(options: QdrantUpsertOptions, limits: RequestLimits, call: LoadCall): UpsertSettings {
  const defaults = { batchBytes: BATCH_BYTES, batchPoints: Math.min(BATCH_POINTS, limits.upsert) }
  const parsed = parseUpsertOptions(options, defaults, KNOWN_OPTIONS, call)
  const { concurrency = 4, gzip = false, shard_key } = options
  wholeNumber(concurrency, 'concurrency', 1)
  return { ...parsed, batchBytes: Math.min(parsed.batchBytes, MAX_BODY_BYTES), concurrency, gzip, shard_key }
}

function startLoad(context: QdrantUpsertContext, settings: UpsertSettings, call: LoadCall): Load {
  const { wait, shard_key, concurrency, signal } = settings
  const { name, fields, codec, grpc } = context
  const sender = createBatchSender({ concurrency, post: batch => postBatch(load, batch) })
  const load: Load = {
    call,
    context,
    settings,
    sender,
    chooser: createFormatChooser({ call, name, fields, wait, shard_key }, codec, grpc, signal),
    started: performance.now(),
    counts: { points: 0, skipped: 0, rows: 0, bytes: 0, batches: 0, retries: 0, applied: wait },
    batch: undefined,
  }
  return load
}

/** Adds a group of points to the batches, without those that are written already if `resume` is `skip`. */
async function addGroup(load: Load, group: readonly Point[]): Promise<void> {
  const { counts, context, settings } = load
  const ids = group.map(pointIdOf)
  if (load.call === 'updateVectors') checkVectors(load, group, ids)
  const existing = settings.resume === 'skip' ? await writtenIds(load, group, ids) : undefined
  const isMissing = (_: unknown, index: number) => !existing?.has(ids[index]!)
  const missing = group.filter(isMissing)
  const missingIds = ids.filter(isMissing)
  counts.skipped += group.length - missing.length
  const embedded = await embedPoints(missing, context, settings.signal)
  for (const [index, point] of embedded.entries()) await addPoint(load, point, missingIds[index]!)
}

/** Writes a point into the current batch. Sends the batch first if the point does not fit, and when it is full. */
async function addPoint(load: Load, point: Point, id: PointId): Promise<void> {
  const { batchBytes, batchPoints } = load.settings
  load.batch ??= await startBatch(load)
  const { batch } = load
  const { body, ids, format } = batch
  const start = body.length
  const rows = writtenRows(batch, point, id)
  if (rows instanceof NotInGrpcError) {
    load.chooser.useRest(rows.message)
    await flush(load)
    return addPoint(load, point, id)
  }
  const size = body.length - start
  if (size > MAX_BODY_BYTES - 64) throw tooLargePoint(id, size, format)
  if (body.length > batchBytes && ids.length > 0) {
    const written = body.view().slice(start + format.separator)
    body.cut(start)
    await flush(load)
    load.batch = await startBatch(load)
    if (load.batch.format !== format) return addPoint(load, point, id)
    load.batch.starts.push(load.batch.body.length)
    load.batch.body.bytes(written)
  } else {
    batch.starts.push(ids.length > 0 ? start + format.separator : start)
  }
  load.batch.ids.push(id)
  load.batch.rows.push(rows)
  if (load.batch.body.length >= batchBytes || load.batch.ids.length >= batchPoints) await flush(load)
}

/** Writes a point into a batch. Returns the number of its rows, or why gRPC cannot transport it. */
function writtenRows({ body, ids }: Batch, point: Point, id: PointId): number | NotInGrpcError {
  try {
    return body.point(point, id, ids.length > 0)
  } catch (error) {
    if (error instanceof NotInGrpcError) return error
    throw error
  }
}

function tooLargePoint(id: PointId, size: number, { transport }: BatchFormat): RangeError {
  const limit = transport === 'rest' ? 'bytes of JSON, and Qdrant accepts' : 'bytes, and a message has'
  return new RangeError(
    `point ${id} takes ${size} ${limit} at most ${MAX_BODY_BYTES}; shorten its payload or split it`,
  )
}

/** Hands the current batch to the sender, unless it is empty. */
async function flush(load: Load): Promise<void> {
  const { batch, sender } = load
  load.batch = undefined
  if (batch && batch.ids.length > 0) await sender.send(batch)
}

async function startBatch({ chooser, counts, sender }: Load): Promise<Batch> {
  const format = await chooser.next()
  counts.transport = format.transport
  counts.transportReason = format.transport === 'rest' ? chooser.reason : undefined
  return sender.nextBatch(format)
}

function checkVectors(
  { context: { fields } }: Load,
  points: readonly Point[],
  ids: readonly PointId[],
): void {
  for (const [index, point] of points.entries()) updatedVectors(point, ids[index]!, fields)
}

/** Returns the ids of points that exist; for `updateVectors`, of those that have all of the vectors they are given. */
function writtenIds(load: Load, points: readonly Point[], ids: readonly PointId[]): Promise<Set<PointId>> {
  const { call, context, settings } = load
  const request = { ...loadRequest(load), shard_key: settings.shard_key }
  if (call === 'upsert') return existingIds(context, request, ids)
  const names = points.map((point, index) => [...updatedVectors(point, ids[index]!, context.fields).keys()])
  return idsWithVectors(context, request, ids, names)
}

/** Waits until the server's update queue is empty. */
async function waitUntilApplied(load: Load): Promise<void> {
  const { transport, name } = load.context
  const request = { ...loadRequest(load), method: 'GET', path: collectionPath(name) } as const
  for (;;) {
    const { update_queue } = await transport.requestResult<{ update_queue?: { length: number } }>(request)
    if (!update_queue?.length) break
    await sleep(QUEUE_POLL, load.settings.signal)
  }
  load.counts.applied = true
}
