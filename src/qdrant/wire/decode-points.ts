// Converts points of a response into hits and stored points, and refuses values that cannot be right.

import { isA } from '../../base/is-a.js'
import type { Hit, Payload, PointId, StoredPoint, StoredVector } from '../../collection/collection.js'
import { isSparse } from '../../collection/vector-input.js'

/** A point of a response, as the server writes it. */
export interface RawPoint {
  readonly id: PointId
  readonly version?: number
  readonly score?: number | null
  readonly payload?: Payload | null
  readonly vector?: unknown
}

/** A result with a list of points. */
export interface PointList {
  readonly points: readonly RawPoint[]
}

export const isPointList = ({ points }: PointList): boolean => Array.isArray(points) && points.every(isObject)

/** The server returned hits whose scores are beyond f32, which JSON cannot represent. */
export class UnscoredHitsError extends RangeError {
  /** All hits. A score that is beyond f32 is NaN. */
  readonly hits: readonly Hit[]

  constructor(id: PointId, hits: readonly Hit[]) {
    super(
      `the score of point ${id} is beyond f32: the point has a value that its datatype cannot represent, or its rows and ` +
        "the query's are too large; overwrite or delete the point, or scale the rows down",
    )
    this.hits = hits
  }
}

/**
 * Converts hits.
 *
 * @throws UnscoredHitsError if a score cannot be represented
 */
export function readHits({ points }: PointList, wantsPayload: boolean): Hit[] {
  const hits = points.map(point => readHit(point, wantsPayload))
  const unscored = hits.find(({ score }) => Number.isNaN(score))
  if (unscored) throw new UnscoredHitsError(unscored.id, hits)
  return hits
}

function readHit(raw: RawPoint, wantsPayload: boolean): Hit {
  return {
    id: raw.id,
    // the server writes the shortest decimal of an f32: Math.fround returns that f32 bit for bit
    score: typeof raw.score === 'number' ? Math.fround(raw.score) : Number.NaN,
    version: raw.version ?? 0,
    ...(wantsPayload && { payload: raw.payload ?? {} }),
    ...decodeVectors(raw.vector),
  }
}

/** Converts a stored point. */
export function readStoredPoint(raw: RawPoint, wantsPayload: boolean): StoredPoint {
  return { id: raw.id, ...(wantsPayload && { payload: raw.payload ?? {} }), ...decodeVectors(raw.vector) }
}

/** `{ vector }` with the vectors by name, or `{}` if the response has no vectors. */
function decodeVectors(vector: unknown): { vector?: Record<string, StoredVector> } {
  if (vector === undefined || vector === null) return {}
  const isUnnamed =
    isA(vector, 'Float32Array') || (isObject(vector) && 'dim' in vector && typeof vector.dim === 'number')
  if (isUnnamed) return { vector: { '': vector as StoredVector } }
  const named = vector as Record<string, StoredVector>
  for (const [name, value] of Object.entries(named)) {
    // a sparse vector is JSON: its values are the shortest decimals of f32
    if (isSparse(value)) named[name] = { ...value, values: value.values.map(Math.fround) }
  }
  return { vector: named }
}

const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null
