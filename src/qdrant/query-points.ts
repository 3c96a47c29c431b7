// Queries a collection, with one query or with several in one request.

import { checkKnownOptions } from '../base/check-options.js'
import type { CallCost, Hit } from '../collection/collection.js'
import { type Encoder, embedSearch } from '../collection/embed-texts.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import { type Fields, selects } from '../collection/vector-fields.js'
import { type PointsContext, requestPoints } from './read-points.js'
import { isPointList, type PointList, readHits } from './wire/decode-points.js'
import { collectionPath } from './wire/paths.js'
import { createRequestWriter } from './wire/request-writer.js'
import { writeSearch } from './wire/write-query.js'

export interface ServerQueryContext extends PointsContext {
  readonly fields: Fields
  readonly encoder: Encoder | undefined
}

/** Runs a query. Without one, finds the points that the filter or prefetch of the options selects. */
export async function queryServer(
  context: ServerQueryContext,
  query: Query | undefined,
  options: QueryOptions = {},
): Promise<Hit[]> {
  const { codec, encoder, fields, name } = context
  const { signal, onCost, with_vector, with_payload } = options
  const embedded = await embedSearch(query, options, { encoder, fields, signal })
  const body = createRequestWriter(codec)
  writeSearch(body, embedded.query, embedded.options, fields)
  const started = performance.now()
  let cost: CallCost | undefined
  const found = await requestPoints<PointList>(
    context,
    {
      method: 'POST',
      path: `${collectionPath(name)}/points/query`,
      body: body.view(),
      signal,
      onCost: reported => (cost = reported),
    },
    selects(with_vector),
    isPointList,
  )
  const hits = readHits(found, selects(with_payload))
  if (cost) onCost?.({ ...cost, seconds: (performance.now() - started) / 1000 })
  return hits
}

/** Runs several queries in one request. Returns their hits in the same order. */
export async function queryServerBatch(
  context: ServerQueryContext,
  queries: readonly (QueryOptions & { readonly query: Query })[],
  batchOptions: Pick<QueryOptions, 'signal' | 'onCost'> = {},
): Promise<Hit[][]> {
  checkKnownOptions(batchOptions, ['signal', 'onCost'], 'queryBatch')
  const { signal, onCost } = batchOptions
  if (queries.length === 0) return []
  const { codec, encoder, fields, name } = context
  const body = createRequestWriter(codec)
  body.text('{"searches":[')
  for (const [index, { query, ...options }] of queries.entries()) {
    if (index > 0) body.text(',')
    const path = `queries[${index}].`
    const embedded = await embedSearch(query, options, { encoder, fields, signal }, path)
    writeSearch(body, embedded.query, embedded.options, fields, path)
  }
  body.text(']}')
  const results = await requestPoints<PointList[]>(
    context,
    {
      method: 'POST',
      path: `${collectionPath(name)}/points/query/batch`,
      body: body.view(),
      signal,
      onCost,
    },
    queries.some(({ with_vector }) => selects(with_vector)),
    lists => Array.isArray(lists) && lists.length === queries.length && lists.every(isPointList),
  )
  return results.map((found, index) => readHits(found, selects(queries[index]!.with_payload)))
}
