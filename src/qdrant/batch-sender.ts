// Sends batches of points, several requests at a time. Two requests that contain the same point are never in flight
// together, so a point's later version cannot be overwritten by an earlier one. Buffers of sent batches are reused.

import type { PointId } from '../collection/collection.js'
import type { BatchBody, BatchFormat } from './batch-format.js'

/** Points of one request. */
export interface Batch {
  readonly format: BatchFormat
  /** The request body: what comes before the points, and the points so far. */
  readonly body: BatchBody
  readonly ids: PointId[]
  /** Where each point begins in the body. */
  readonly starts: number[]
  /** Rows of all vectors of each point. */
  readonly rows: number[]
}

export interface BatchSenderOptions {
  /** Maximum number of requests in flight. */
  readonly concurrency: number
  /** Sends one request. Resolves when the server has accepted it. */
  readonly post: (batch: Batch) => Promise<void>
}

export interface BatchSender {
  /** Returns an empty batch. */
  nextBatch(format: BatchFormat): Batch
  /**
   * Waits until fewer than `concurrency` requests are in flight and none of them contains a point of the batch, then
   * starts the request and returns.
   *
   * @throws the error of an earlier batch
   */
  send(batch: Batch): Promise<void>
  /** Waits until no request is in flight. Never rejects. */
  settle(): Promise<void>
  /** Throws the error of the first batch that failed, if one did. */
  throwIfFailed(): void
}

/** The promise of a request in flight: resolves when it is over, even if it failed. */
interface Flight {
  readonly done: Promise<void>
}

export function createBatchSender({ concurrency, post }: BatchSenderOptions): BatchSender {
  const flights = new Set<Flight>()
  /** The request in flight that contains a point. */
  const flightOf = new Map<PointId, Flight>()
  const spareBodies = new Map<BatchFormat, BatchBody[]>()
  let failure: { readonly error: unknown } | undefined

  async function postAndReuse(batch: Batch): Promise<void> {
    try {
      await post(batch)
      spareBodies.set(batch.format, [...(spareBodies.get(batch.format) ?? []), batch.body])
    } catch (error) {
      failure ??= { error }
    }
  }

  function throwIfFailed(): void {
    if (failure) throw failure.error
  }

  return {
    nextBatch(format) {
      const body = spareBodies.get(format)?.pop() ?? format.createBody()
      body.cut(0)
      body.begin()
      return { format, body, ids: [], starts: [], rows: [] }
    },
    async send(batch) {
      while (flights.size >= concurrency) await Promise.race([...flights].map(flight => flight.done))
      for (const id of batch.ids) await flightOf.get(id)?.done
      throwIfFailed()
      const flight: Flight = {
        done: postAndReuse(batch).finally(() => {
          flights.delete(flight)
          for (const id of batch.ids) flightOf.delete(id)
        }),
      }
      flights.add(flight)
      for (const id of batch.ids) flightOf.set(id, flight)
    },
    async settle() {
      await Promise.all([...flights].map(flight => flight.done))
    },
    throwIfFailed,
  }
}
