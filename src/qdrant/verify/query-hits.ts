// The queries of `verify`: in strict mode over a prefetch, and also where scores are beyond f32.

import type { Filter, Hit, PointId } from '../../collection/collection.js'
import { parseId } from '../../collection/point-id.js'
import { selectionOf } from '../../collection/vector-fields.js'
import type { MultiVector } from '../../core/multivector.js'
import { UnscoredHitsError } from '../wire/decode-points.js'
import type { VerifyContext } from './verify-context.js'

/** What a query of `verify` asks for. */
interface HitRequest {
  readonly limit: number
  /** Only this point is found. */
  readonly id?: PointId
  /** Whether hits have their vector. Default: false. */
  readonly withVectors?: boolean
}

/** Points without a score that are left out of one query of a collection that is not on a server. */
const MAX_LEFT_OUT = 100

/** Queries the collection. The score of a hit on a server is NaN if it is beyond f32; elsewhere the point is left out. */
export async function queryHits(
  context: VerifyContext,
  vector: MultiVector,
  { limit, id, withVectors = false }: HitRequest,
): Promise<readonly Hit[]> {
  const { collection, field, params, prefetched, faults, signal } = context
  const leftOut: PointId[] = []
  for (;;) {
    const filter: Filter = {
      ...(id !== undefined && { must: [{ has_id: [id] }] }),
      ...(leftOut.length > 0 && { must_not: [{ has_id: leftOut }] }),
    }
    try {
      return await collection.query(vector, {
        using: field.name,
        limit,
        params,
        with_vector: withVectors && selectionOf(field),
        signal,
        ...(Object.keys(filter).length > 0 && { filter }),
        // the points of a prefetch may be scored where strict mode forbids to score all points
        ...(prefetched !== undefined && { prefetch: { limit: prefetched } }),
      })
    } catch (error) {
      if (error instanceof UnscoredHitsError) return error.hits
      const found = unscoredPoint(error)
      if (found === undefined || leftOut.length === MAX_LEFT_OUT) throw error
      faults.overflow(found)
      leftOut.push(found)
    }
  }
}

/** The point that an error of a store names, because its score is beyond f32. */
function unscoredPoint(error: unknown): PointId | undefined {
  const text = isBeyondF32(error) ? /^the score of point (\S+) /.exec(error.message)?.[1] : undefined
  return text === undefined ? undefined : parseId(/^\d+$/.test(text) ? BigInt(text) : text, 'id')
}

const isBeyondF32 = (error: unknown): error is RangeError =>
  error instanceof RangeError && error.message.includes('beyond f32')

/** Calls `score`. Returns undefined if a score is beyond f32. */
export function unlessBeyondF32<T>(score: () => T): T | undefined {
  try {
    return score()
  } catch (error) {
    if (isBeyondF32(error)) return undefined
    throw error
  }
}
