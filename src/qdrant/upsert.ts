// Points on their way to the server: read as they come, checked, written into bodies of a few megabytes, a few of them
// in flight at a time. What was sent, how often again, and what is applied stands in the report, also when it fails.
//
//   points ──▶ groups ──▶ (skip those there) ──▶ (embed texts) ──▶ bodies ──▶ at most `concurrency` requests

import { wholeNumber } from '../base/check-options.js'
import { sleep } from '../base/sleep.js'
import { pointIdOf, readGroups } from '../collection/check-point.js'
import type { Point, PointId } from '../collection/collection.js'
import { type Encoder, embedPoints } from '../collection/embed-texts.js'
import { parseUpsertOptions, UPSERT_OPTIONS, type UpsertOptions } from '../collection/upsert-options.js'
import { UpsertError, type UpsertReport } from '../collection/upsert-report.js'
import type { Fields } from '../collection/vector-fields.js'
import type { Codec } from '../kernel/codec/codec-types.js'
import type { RequestLimits } from './config/request-limits.js'
import { collectionPath } from './wire/paths.js'
import { createRequestWriter, type RequestWriter } from './wire/request-writer.js'
import { writePoint } from './wire/serialize-point.js'
import type { Transport } from './wire/transport.js'

/** Options of `upsert` on a server. */
export interface QdrantUpsertOptions extends UpsertOptions {
  /** Maximum requests in flight. Default: 4; more gained nothing on one machine. */
  readonly concurrency?: number | undefined
  /** Compresses request bodies, to a third of their bytes, at the cost of CPU time. Worth it over slow lines. Default: false. */
  readonly gzip?: boolean | undefined
}

/**
 * Bytes and points of a batch. The server's allocator keeps no buffer of 8 MiB, which a body of 4 MiB or more needs: 8 %
 * more time.
 */
const DEFAULTS = { batchBytes: 4_000_000, batchPoints: 256 }
/** What the server takes in one request, less a little for its envelope. */
const MOST_BYTES = 33_554_432 - 1024
const MOST_IDS = 256
const TEXTS_AT_ONCE = 32

export interface QdrantUpsertContext {
  readonly transport: Transport
  readonly name: string
  readonly fields: Fields
  readonly codec: Codec
  readonly encoder: Encoder | undefined
  readonly limits: RequestLimits
}

const KNOWN = [
  ...UPSERT_OPTIONS,
  'concurrency',
  'gzip',
] as const satisfies readonly (keyof QdrantUpsertOptions)[]

interface Flight {
  readonly done: Promise<void>
}

export async function upsertToServer(
  { transport, name, fields, codec, encoder, limits }: QdrantUpsertContext,
  points: Iterable<Point> | AsyncIterable<Point>,
  options: QdrantUpsertOptions = {},
): Promise<UpsertReport> {
  const defaults = { ...DEFAULTS, batchPoints: Math.min(DEFAULTS.batchPoints, limits.upsert) }
  const { wait, batchPoints, resume, onProgress, signal, ...parsed } = parseUpsertOptions(
    options,
    defaults,
    KNOWN,
  )
  const { gzip = false } = options
  const batchBytes = Math.min(parsed.batchBytes, MOST_BYTES)
  const concurrency = wholeNumber(options.concurrency ?? 4, 'concurrency', 1)
  const path = `${collectionPath(name)}/points?wait=${wait}`
  const started = performance.now()
  const told = { points: 0, skipped: 0, rows: 0, bytes: 0, batches: 0, retries: 0, applied: wait }
  const report = (): UpsertReport => ({ ...told, seconds: (performance.now() - started) / 1000 })
  const flights = new Set<Flight>()
  const travelling = new Map<PointId, Flight>()
  const spare: RequestWriter[] = []
  let failure: { readonly error: unknown } | undefined

  let body = nextBody()
  let ids: PointId[] = []
  let rows = 0

  function nextBody(): RequestWriter {
    const fresh = spare.pop() ?? createRequestWriter(codec)
    fresh.cut(0)
    fresh.text('{"points":[')
    return fresh
  }

  async function sendBatch(sent: RequestWriter, count: number, rowsSent: number): Promise<void> {
    sent.text(']}')
    const bytes = sent.view()
    const answer = await transport.ask<{ status: string }>(
      {
        method: 'PUT',
        path,
        body: bytes,
        gzip,
        patient: true,
        signal,
        onRetry: () => told.retries++,
      },
      result => typeof result.status === 'string',
    )
    // a server that ran out of time has the batch in its log, and applies it later
    if (answer.status !== 'completed') told.applied = false
    told.points += count
    told.rows += rowsSent
    told.bytes += bytes.length
    told.batches++
    spare.push(sent)
    onProgress?.(report())
  }

  /** Sends what is in the body, as soon as there is room in the air and no older copy of a point is on its way. */
  async function flush(): Promise<void> {
    if (ids.length === 0) return
    while (flights.size >= concurrency) await Promise.race([...flights].map(flight => flight.done))
    for (const id of ids) await travelling.get(id)?.done
    if (failure) throw failure.error
    const [sent, sentIds, sentRows] = [body, ids, rows]
    const flight: Flight = {
      done: sendBatch(sent, sentIds.length, sentRows)
        .catch(error => {
          failure ??= { error }
        })
        .finally(() => {
          flights.delete(flight)
          for (const id of sentIds) if (travelling.get(id) === flight) travelling.delete(id)
        }),
    }
    flights.add(flight)
    for (const id of sentIds) travelling.set(id, flight)
    body = nextBody()
    ids = []
    rows = 0
  }

  async function add(point: Point, id: PointId): Promise<void> {
    const start = body.length
    const added = writePoint(body, point, id, fields, ids.length > 0)
    const size = body.length - start
    if (size > MOST_BYTES - 64) {
      throw new RangeError(
        `point ${id} takes ${size} bytes of JSON, and Qdrant at most ${MOST_BYTES}; shorten its payload or split it`,
      )
    }
    if (body.length > batchBytes && ids.length > 0) {
      // the batch without its last point, which begins the next one
      const last = body.view().slice(start + 1)
      body.cut(start)
      await flush()
      body.bytes(last)
    }
    ids.push(id)
    rows += added
    if (body.length >= batchBytes || ids.length >= batchPoints) await flush()
  }

  try {
    const groupSize = encoder ? TEXTS_AT_ONCE : resume === 'skip' ? MOST_IDS : 1
    for await (const group of readGroups(points, groupSize, signal)) {
      const known = group.map(point => [point, pointIdOf(point)] as const)
      const there = resume === 'skip' ? await idsThere(known.map(([, id]) => id)) : undefined
      const missing = known.filter(([, id]) => !there?.has(id))
      told.skipped += group.length - missing.length
      const embedded = await embedPoints(
        missing.map(([point]) => point),
        encoder,
        fields,
        signal,
      )
      for (const [index, point] of embedded.entries()) await add(point, missing[index]![1])
      if (failure) throw failure.error
    }
    await flush()
    await landed()
    if (failure) throw failure.error
    if (wait && !told.applied) await applied()
    return report()
  } catch (error) {
    await landed()
    if (signal?.aborted) throw signal.reason
    throw told.batches > 0 ? new UpsertError(error, report()) : error
  }

  async function landed(): Promise<void> {
    await Promise.all([...flights].map(flight => flight.done))
  }

  async function idsThere(asked: readonly PointId[]): Promise<Set<PointId>> {
    const found = await transport.ask<{ id: PointId }[]>(
      {
        method: 'POST',
        path: `${collectionPath(name)}/points`,
        body: JSON.stringify({ ids: asked, with_payload: false, with_vector: false }),
        patient: true,
        signal,
        onRetry: () => told.retries++,
      },
      Array.isArray,
    )
    return new Set(found.map(({ id }) => id))
  }

  /** Waits until the server's queue of updates is empty. */
  async function applied(): Promise<void> {
    for (;;) {
      const { update_queue } = await transport.ask<{ update_queue?: { length: number } }>({
        method: 'GET',
        path: collectionPath(name),
        patient: true,
        signal,
        onRetry: () => told.retries++,
      })
      if (!update_queue?.length) break
      await sleep(200, signal)
    }
    told.applied = true
  }
}
