// Queries the points with given ids, some at a time. A query and not `retrieve`, because only a query returns the version
// that the vectors belong to.

import type { Hit, PointId } from '../collection/collection.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import type { Field } from '../collection/vector-fields.js'
import type { RequestLimits } from './config/request-limits.js'

/** Points queried in one request: a few megabytes of JSON, if they have vectors. */
const QUERIED_AT_ONCE = 32
/** Search parameters that score with the original vectors. */
export const UNQUANTIZED = { quantization: { ignore: true } } as const

/** Queries a collection. */
export type RunQuery = (query: Query | undefined, options: QueryOptions) => Promise<Hit[]>

/** Which points are queried, by which vector. */
export interface PointsRequest
  extends Pick<QueryOptions, 'with_payload' | 'with_vector' | 'shard_key' | 'signal'> {
  readonly query: RunQuery
  readonly limits: RequestLimits
  readonly vector: Query
  readonly field: Field
  /** Default: those that score with the original vectors. */
  readonly params?: QueryOptions['params']
}

/** Returns the points with these ids, with their scores. */
export async function queryByIds(request: PointsRequest, ids: readonly PointId[]): Promise<Hit[]> {
  const {
    query,
    vector,
    field,
    params = UNQUANTIZED,
    with_payload,
    with_vector = false,
    limits,
    shard_key,
    signal,
  } = request
  const size = Math.min(QUERIED_AT_ONCE, limits.ids, limits.query)
  const found: Hit[] = []
  for (let first = 0; first < ids.length; first += size) {
    const group = ids.slice(first, first + size)
    const hits = await query(vector, {
      using: field.name,
      limit: group.length,
      prefetch: { filter: { must: [{ has_id: group }] }, limit: group.length },
      params,
      with_payload,
      with_vector,
      ...(shard_key !== undefined && { shard_key }),
      signal,
    })
    found.push(...hits)
  }
  return found
}
