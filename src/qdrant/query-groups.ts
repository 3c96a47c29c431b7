// Queries a collection for groups: the best points of each value of a payload field.

import { exactJson } from '../base/exact-json.js'
import {
  type GroupId,
  type GroupOptions,
  type PointGroup,
  parseGroupOptions,
} from '../collection/group-options.js'
import type { Query } from '../collection/search-options.js'
import { selects } from '../collection/vector-fields.js'
import type { ServerQueryContext } from './query-context.js'
import { readQueryHits, writeEmbedded } from './query-points.js'
import { requestPoints } from './read-points.js'
import { isPointList, type RawPoint, readStoredPoint } from './wire/decode-points.js'
import { collectionPath } from './wire/paths.js'
import { createRequestWriter } from './wire/request-writer.js'

/** A group of a response. */
interface RawGroup {
  readonly id: GroupId
  readonly hits: readonly RawPoint[]
  readonly lookup?: RawPoint | null
}

interface RawGroups {
  readonly groups: readonly RawGroup[]
}

/** Runs a query for groups. See `QdrantCollection.queryGroups`. */
export async function queryServerGroups(
  context: ServerQueryContext,
  query: Query,
  options: GroupOptions,
): Promise<PointGroup[]> {
  const { limit, group_by, group_size, with_lookup, search } = parseGroupOptions(query, options)
  const { codec, name } = context
  const { signal, onCost } = search
  const body = createRequestWriter(codec)
  const written = await writeEmbedded(context, body, query, { options: { ...search, limit } })
  body.cut(body.length - 1)
  body.text(`,${exactJson({ group_by, group_size, with_lookup }).slice(1)}`)
  const looksUpVectors = typeof with_lookup === 'object' && selects(with_lookup.with_vectors)
  const { groups } = await requestPoints<RawGroups>(
    context,
    {
      method: 'POST',
      path: `${collectionPath(name)}/points/query/groups`,
      body: body.view(),
      signal,
      onCost,
    },
    selects(written.sent.with_vector) || looksUpVectors,
    found => Array.isArray(found.groups) && found.groups.every(({ hits }) => isPointList({ points: hits })),
  )
  const found: PointGroup[] = []
  for (const { id, hits, lookup } of groups) {
    found.push({
      id,
      hits: await readQueryHits(context, { points: hits }, written),
      ...(lookup && { lookup: readStoredPoint(lookup, Boolean(lookup.payload)) }),
    })
  }
  return found
}
