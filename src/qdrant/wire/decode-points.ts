// Points of an answer: hits and vectors as the rest of the adapter takes them, or an error for what cannot be right.

import type { Hit, Payload, PointId, StoredVector } from '../../collection/collection.js'

/** A point of an answer, as the server writes it. */
export interface RawPoint {
  readonly id: PointId
  readonly version?: number
  readonly score?: number | null
  readonly payload?: Payload | null
  readonly vector?: unknown
}

/** A hit of an answer. */
export function readHit(raw: RawPoint, wantsPayload: boolean): Hit {
  const id = checkSafe(raw.id)
  if (typeof raw.score !== 'number') {
    throw new RangeError(
      `the score of point ${id} is beyond f32: it stores a value that its datatype does not hold, or its rows and ` +
        "the query's are too large; overwrite or delete the point, or scale the rows down",
    )
  }
  return {
    id,
    // the server writes the shortest decimal of an f32: this is that f32, bit for bit
    score: Math.fround(raw.score),
    version: raw.version ?? 0,
    ...(wantsPayload && { payload: raw.payload ?? {} }),
    ...decodeVectors(raw.vector),
  }
}

/** `{ vector }` by name, or nothing where no vectors came. */
export function decodeVectors(vector: unknown): { vector?: Record<string, StoredVector> } {
  if (vector === undefined || vector === null) return {}
  const bare =
    vector instanceof Float32Array || (isObject(vector) && 'dim' in vector && typeof vector.dim === 'number')
  return { vector: (bare ? { '': vector } : vector) as Record<string, StoredVector> }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null

/** An id that JavaScript's numbers hold. */
export function checkSafe(id: PointId): PointId {
  // the codec gives a bigint, JSON.parse another number
  if (typeof id === 'string' || Number.isSafeInteger(id)) return id
  throw new RangeError(
    `the collection has a point whose id is beyond 2^53 (about ${id}), which a JavaScript number does not hold; ` +
      'leave it out with a filter, or give it a UUID',
  )
}
