// What a load of points reports, wherever it goes, and the error of one that ended early.

export interface UpsertReport {
  /** Points that were taken. */
  readonly points: number
  /** Points that were there already, and were left alone. */
  readonly skipped: number
  /** Rows of all their vectors. */
  readonly rows: number
  /** Bytes of JSON sent, or written to a store. */
  readonly bytes: number
  readonly batches: number
  /** Requests that had to be sent again; a store has none. */
  readonly retries: number
  readonly seconds: number
  /** Whether everything counted is applied on the server, or on the disk, and not only on its way there. */
  readonly applied: boolean
}

/** A load that ended early. `cause` is why; `report` says how far it got: load again with `resume: 'skip'`. */
export class UpsertError extends Error {
  override readonly name = 'UpsertError'
  readonly report: UpsertReport

  constructor(cause: unknown, report: UpsertReport) {
    const why = cause instanceof Error ? cause.message : String(cause)
    super(
      `${why}; ${report.points} points in ${report.batches} batches were taken before: ` +
        `upsert again with resume: 'skip' to send the rest`,
      { cause },
    )
    this.report = report
  }
}

/** A whole number of at least 1, or `otherwise`. */
export function positiveOption(value: number | undefined, otherwise: number, path: string): number {
  if (value === undefined) return otherwise
  if (!Number.isInteger(value) || value < 1) {
    throw new RangeError(`"${path}" expected a whole number of at least 1, got ${String(value)}`)
  }
  return value
}
