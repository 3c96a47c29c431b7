// Finds the points that `resume: 'skip'` leaves out of an upsert or an update of vectors.

import { exactJson } from '../base/exact-json.js'
import type { PointId } from '../collection/collection.js'
import type { PointsContext } from './read-points.js'
import { isPointList, type PointList } from './wire/decode-points.js'
import { collectionPath } from './wire/paths.js'
import type { ServerRequest } from './wire/transport.js'

/** What all requests of a load have in common. */
interface LoadRequest extends Pick<ServerRequest, 'timeoutPerAttempt' | 'signal' | 'onRetry'> {
  readonly shard_key: unknown
}

type Context = Pick<PointsContext, 'transport' | 'name' | 'limits'>

/** Returns which of the ids the collection contains. */
export async function existingIds(
  { transport, name }: Context,
  { shard_key, ...request }: LoadRequest,
  ids: readonly PointId[],
): Promise<Set<PointId>> {
  const found = await transport.requestResult<{ id: PointId }[]>(
    {
      ...request,
      method: 'POST',
      path: `${collectionPath(name)}/points`,
      body: exactJson({ ids, with_payload: false, with_vector: false, shard_key }),
    },
    Array.isArray,
  )
  return new Set(found.map(({ id }) => id))
}

/** Returns the ids of the points that have vectors: `names[i]` are those that the point `ids[i]` must have. */
export async function idsWithVectors(
  { transport, name, limits }: Context,
  { shard_key, ...request }: LoadRequest,
  ids: readonly PointId[],
  names: readonly (readonly string[])[],
): Promise<Set<PointId>> {
  const idsOf = new Map<string, PointId[]>()
  for (const [index, id] of ids.entries()) {
    const key = JSON.stringify(names[index])
    idsOf.set(key, [...(idsOf.get(key) ?? []), id])
  }
  const found = new Set<PointId>()
  for (const [key, candidates] of idsOf) {
    const hasAll = (JSON.parse(key) as string[]).map(has_vector => ({ has_vector }))
    const size = Math.min(candidates.length, limits.query)
    for (let first = 0; first < candidates.length; first += size) {
      const has_id = candidates.slice(first, first + size)
      const filter = { must: [{ has_id }, ...hasAll] }
      const { points } = await transport.requestResult<PointList>(
        {
          ...request,
          method: 'POST',
          path: `${collectionPath(name)}/points/scroll`,
          body: exactJson({ filter, limit: size, with_payload: false, with_vector: false, shard_key }),
        },
        isPointList,
      )
      for (const { id } of points) found.add(id)
    }
  }
  return found
}
