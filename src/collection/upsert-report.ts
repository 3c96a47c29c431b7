// The report of an upsert, and the error of one that failed after some batches were written.

import { messageOf } from '../base/is-a.js'
import { plural } from '../base/plural.js'

/** The result of an upsert, or its progress. */
export interface UpsertReport {
  /** Points written. */
  readonly points: number
  /** Points that existed and were left unchanged (`resume: 'skip'`). */
  readonly skipped: number
  /** Rows written, over all points and vectors. */
  readonly rows: number
  /** Server: bytes of requests. Store: bytes of vectors and payloads written. */
  readonly bytes: number
  /** Batches written. */
  readonly batches: number
  /** Requests that were sent again; always 0 for a store. */
  readonly retries: number
  /** Seconds since the call. */
  readonly seconds: number
  /** Server: true if all written points are applied. Store: true if they are on the disk. */
  readonly applied: boolean
  /** Server: how points are sent. Undefined for a store, and before the first point. */
  readonly transport?: 'grpc' | 'rest' | undefined
  /** Server: why points are sent over REST and not over gRPC. */
  readonly transportReason?: string | undefined
}

/**
 * Thrown by `upsert` and `updateVectors` if they fail after at least one batch was written. `cause` is the error that
 * ended the call, `report` counts what was written. To continue, call it again with the same points and `resume: 'skip'`.
 */
export class UpsertError extends Error {
  override readonly name = 'UpsertError'
  readonly code = 'ERR_UPSERT'
  readonly report: UpsertReport

  constructor(cause: unknown, report: UpsertReport, call: 'upsert' | 'updateVectors' = 'upsert') {
    const reason = messageOf(cause)
    const { points, batches } = report
    super(
      `${reason}; ${plural(points, 'point')} in ${plural(batches, 'batch', 'batches')} ` +
        `had been written: ${call === 'upsert' ? call : `call ${call}`} again with resume: 'skip' to send the rest`,
      { cause },
    )
    this.report = report
  }
}
