// Options of `upsert` that every collection takes, and their checks.

import { checkKnownOptions, oneOf, wholeNumber } from '../base/check-options.js'
import type { UpsertReport } from './upsert-report.js'

/** Options of `upsert` and `updateVectors`, for a store and for a collection on a server. */
export interface UpsertOptions {
  /**
   * Store: true returns once everything is on the disk; false returns once the operating system has it: a power cut may
   * lose it, and so may an error of the disk that only a later change or `close` finds. Server: true waits until each batch is applied; false until it is in the server's log. Default: true.
   */
  readonly wait?: boolean | undefined
  /**
   * Maximum bytes of a batch, unless a single point is larger. Default: 4,194,304 for a store, 4,000,000 for a server.
   * A server's maximum is 33,554,432.
   */
  readonly batchBytes?: number | undefined
  /**
   * Maximum points of a batch. Default: 1,024 for a store; 256 for a server, or fewer if the strict mode of the
   * collection limits it.
   */
  readonly batchPoints?: number | undefined
  /**
   * `overwrite` replaces points whose ids exist; `skip` leaves them unchanged. In `updateVectors`: `overwrite` replaces
   * vectors that a point has; `skip` leaves points unchanged that have all of the given vectors. Default: `overwrite`.
   */
  readonly resume?: 'skip' | 'overwrite' | undefined
  /** Called after each batch. */
  readonly onProgress?: ((progress: UpsertReport) => void) | undefined
  /** Cancels the upsert. Batches that were written stay. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** The names of `UpsertOptions`, for `parseUpsertOptions`. */
export const UPSERT_OPTIONS = [
  'wait',
  'batchBytes',
  'batchPoints',
  'resume',
  'onProgress',
  'signal',
] as const satisfies readonly (keyof UpsertOptions)[]

/** Upsert options with defaults filled in. */
export interface ParsedUpsertOptions {
  readonly wait: boolean
  readonly batchBytes: number
  readonly batchPoints: number
  readonly resume: 'skip' | 'overwrite'
  readonly onProgress: ((progress: UpsertReport) => void) | undefined
  readonly signal: AbortSignal | undefined
}

/** The calls that write points in batches. */
export type LoadCall = 'upsert' | 'updateVectors'

/**
 * Checks upsert options and fills in their defaults.
 *
 * @param known the options that the collection takes
 * @param of the call, for the error message
 * @throws TypeError if `options` is not an object
 * @throws RangeError for an unknown option or a wrong value
 */
export function parseUpsertOptions(
  options: UpsertOptions,
  defaults: { readonly batchBytes: number; readonly batchPoints: number },
  known: readonly string[] = UPSERT_OPTIONS,
  of: LoadCall = 'upsert',
): ParsedUpsertOptions {
  checkKnownOptions(options, known, of)
  const { wait = true, resume = 'overwrite', onProgress, signal } = options
  oneOf(resume, ['skip', 'overwrite'], 'resume')
  const { batchBytes = defaults.batchBytes, batchPoints = defaults.batchPoints } = options
  wholeNumber(batchBytes, 'batchBytes', 1)
  wholeNumber(batchPoints, 'batchPoints', 1)
  return { wait, batchBytes, batchPoints, resume, onProgress, signal }
}
