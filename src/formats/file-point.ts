// A point as a file has it: what of it is there. Ids and vectors are checked for their form here, for the rest by the
// collection that takes them.

import type { Payload, PointId } from '../collection/collection.js'
import { parseId } from '../collection/point-id.js'
import { formatError } from './bytes/byte-source.js'

/** Rows of one document, packed. */
export interface Rows {
  readonly data: Float32Array
  readonly dim: number
}

/** A point of a file. A fresh copy, yours. */
export interface FilePoint {
  /** Undefined where the file has no ids: number them as you like. */
  readonly id: PointId | undefined
  /** Undefined where there is a text in its place. */
  readonly vector: Rows | undefined
  readonly text: string | undefined
  readonly payload: Payload
}

/** The most numbers that one document may have: sixteen megabytes of f32. */
export const MAX_NUMBERS = 1 << 22

/** Refuses documents without rows, and those that are larger than any is. */
export function checkShape(rows: number, dim: number, place: string): void {
  if (dim < 1 || dim > 65_536) throw formatError(place, `expected rows of 1 to 65,536 numbers, got ${dim}`)
  if (rows < 1) throw formatError(place, 'expected at least one row in each document, got none')
  if (rows * dim > MAX_NUMBERS) {
    throw formatError(
      place,
      `expected at most ${MAX_NUMBERS} numbers in a document, got ${rows} rows of ${dim}`,
    )
  }
}

/** An id from a file: a whole number, or a text that is one or is a UUID. */
export function fileIdOf(value: unknown, place: string): PointId | undefined {
  if (value === undefined || value === null) return undefined
  const id = typeof value === 'bigint' ? Number(value) : value
  try {
    if (typeof id === 'string' && /^\d{1,16}$/.test(id)) return parseId(Number(id), 'id')
    return parseId(id as PointId, 'id')
  } catch (cause) {
    throw formatError(place, (cause as Error).message, cause)
  }
}
