// Sends the batches of a load. A batch that the server or a proxy refuses for its size is halved, and later ones are smaller.

import type { UpsertReport } from '../collection/upsert-report.js'
import type { BatchFormat } from './batch-format.js'
import type { Batch } from './batch-sender.js'
import { QdrantError } from './wire/qdrant-error.js'
import type { Transport } from './wire/transport.js'

/** What sending needs of a load. */
export interface SentLoad {
  readonly context: { readonly transport: Transport }
  readonly settings: {
    /** Lowered when the server or a proxy refuses a batch for its size. */
    batchBytes: number
    readonly gzip: boolean
    readonly signal: AbortSignal | undefined
    readonly onProgress: ((report: UpsertReport) => void) | undefined
  }
  readonly counts: { -readonly [K in keyof Omit<UpsertReport, 'seconds'>]: UpsertReport[K] }
  readonly started: number
}

export function reportOf({ counts, started }: Pick<SentLoad, 'counts' | 'started'>): UpsertReport {
  return { ...counts, seconds: (performance.now() - started) / 1000 }
}

/** Sends a batch, in several requests if need be. */
export async function postBatch(load: SentLoad, batch: Batch): Promise<void> {
  const { body, ids } = batch
  const pointsEnd = body.length
  body.end()
  await postRange(load, { batch, pointsEnd }, [0, ids.length], body.view())
}

/** A batch whose body is complete: its points end at `pointsEnd`. */
interface CompleteBatch {
  readonly batch: Batch
  readonly pointsEnd: number
}

/** Sends the points of a range, whose body is `bytes`; or its halves, one after the other, if it is too large. */
async function postRange(
  load: SentLoad,
  complete: CompleteBatch,
  [first, end]: readonly [number, number],
  bytes: Uint8Array,
): Promise<void> {
  const { format, rows } = complete.batch
  try {
    await postPoints(load, format, bytes, rows.slice(first, end))
  } catch (error) {
    if (!isTooLarge(error) || end - first < 2) throw error
    const middle = (first + end) >>> 1
    for (const half of [
      [first, middle],
      [middle, end],
    ] as const) {
      await postRange(load, complete, half, bodyOf(load, complete, half))
    }
  }
}

/** The body of a range of points. Lowers the size of later batches to that of its points. */
function bodyOf(
  { settings }: SentLoad,
  { batch, pointsEnd }: CompleteBatch,
  [first, end]: readonly [number, number],
): Uint8Array {
  const { body, starts, format } = batch
  const startOf = (index: number) => starts[index] ?? pointsEnd + format.separator
  const points = body.view().subarray(startOf(first), startOf(end) - format.separator)
  settings.batchBytes = Math.min(settings.batchBytes, points.length)
  const part = format.createBody()
  part.begin()
  part.bytes(points)
  part.end()
  return part.view()
}

/** Whether a server or a proxy refused a request for its size. */
const isTooLarge = (error: unknown) =>
  error instanceof QdrantError &&
  (error.status === 413 || (error.status === 400 && /larger than allowed/.test(error.reason ?? '')))

/** Sends one request. `rows`: rows of each of its points. */
async function postPoints(
  load: SentLoad,
  { target }: BatchFormat,
  bytes: Uint8Array,
  rows: readonly number[],
): Promise<void> {
  const { context, counts, settings } = load
  const result = await context.transport.requestResult<{ status: string }>(
    {
      ...loadRequest(load),
      ...target,
      body: bytes,
      gzip: settings.gzip,
    },
    ({ status }) => typeof status === 'string',
  )
  // a server that ran out of time has the batch in its write-ahead log and applies it later
  if (result.status !== 'completed') counts.applied = false
  counts.points += rows.length
  counts.rows += rows.reduce((sum, count) => sum + count, 0)
  counts.bytes += bytes.length
  counts.batches++
  settings.onProgress?.(reportOf(load))
}

/** Options of all requests of a load: each attempt has the whole time limit, and retries are counted. */
export function loadRequest({ counts, settings }: SentLoad) {
  return { timeoutPerAttempt: true, signal: settings.signal, onRetry: () => void counts.retries++ }
}
