// Queries a collection, with one query or with several in one request.

import { checkKnownOptions } from '../base/check-options.js'
import { checkQueries } from '../collection/call-options.js'
import type { CallCost, Hit } from '../collection/collection.js'
import { embedSearch } from '../collection/embed-texts.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import { selects } from '../collection/vector-fields.js'
import { addMatches, type MatchPlan, planMatches } from './matches.js'
import type { ServerQueryContext } from './query-context.js'
import { requestPoints } from './read-points.js'
import { isPointList, type PointList, readHits } from './wire/decode-points.js'
import { collectionPath } from './wire/paths.js'
import { createRequestWriter, type RequestWriter } from './wire/request-writer.js'
import { writeSearch } from './wire/write-query.js'

/** A query that is written. */
export interface WrittenQuery {
  /** The options that are sent. */
  readonly sent: QueryOptions
  readonly matches: MatchPlan | undefined
}

/** Embeds the texts of a query and writes it. */
export async function writeEmbedded(
  context: ServerQueryContext,
  body: RequestWriter,
  query: Query | undefined,
  { options, path = '' }: { readonly options: QueryOptions; readonly path?: string },
): Promise<WrittenQuery> {
  const embedded = await embedSearch(query, options, { ...context, signal: options.signal }, path)
  const matches = planMatches(embedded.query, embedded.options, context, path)
  const sent = matches?.sent ?? embedded.options
  writeSearch(body, embedded.query, sent, context.fields, path)
  return { sent, matches }
}

/** Converts the points of a response into the hits of a query. */
export async function readQueryHits(
  context: ServerQueryContext,
  list: PointList,
  { sent, matches }: WrittenQuery,
): Promise<Hit[]> {
  const hits = readHits(list, selects(sent.with_payload))
  if (!matches) return hits
  return addMatches(
    { ...context, query: (query, options) => queryServer(context, query, options) },
    matches,
    hits,
  )
}

/** Runs a query. Without one, finds the points that the filter or prefetch of the options selects. */
export async function queryServer(
  context: ServerQueryContext,
  query: Query | undefined,
  options: QueryOptions = {},
): Promise<Hit[]> {
  const { codec, name } = context
  const { signal, onCost } = options
  const body = createRequestWriter(codec)
  const written = await writeEmbedded(context, body, query, { options })
  const started = performance.now()
  let cost: CallCost | undefined
  const list = await requestPoints<PointList>(
    context,
    {
      method: 'POST',
      path: `${collectionPath(name)}/points/query`,
      body: body.view(),
      signal,
      onCost: reported => (cost = reported),
    },
    selects(written.sent.with_vector),
    isPointList,
  )
  const hits = await readQueryHits(context, list, written)
  if (cost) onCost?.({ ...cost, seconds: (performance.now() - started) / 1000 })
  return hits
}

/** Options of a request, and so of a whole batch. */
const REQUEST_OPTIONS = ['signal', 'onCost'] as const

/**
 * Checks the arguments of a batch.
 *
 * @param of the call, for the error message
 * @throws TypeError if `queries` is not an array
 * @throws RangeError if an option is unknown, or if a query has an option of the whole batch
 */
export function checkBatch(queries: readonly Partial<QueryOptions>[], options: object, of: string): void {
  checkKnownOptions(options, REQUEST_OPTIONS, of)
  checkQueries(queries)
  for (const [index, query] of queries.entries()) {
    for (const name of REQUEST_OPTIONS) {
      if (query[name] === undefined) continue
      throw new RangeError(
        `"queries[${index}].${name}" is an option of the whole batch, which is one request; pass it in the second argument of ${of}`,
      )
    }
  }
}

/** Runs several queries in one request. Returns their hits in the same order. */
export async function queryServerBatch(
  context: ServerQueryContext,
  queries: readonly (QueryOptions & { readonly query: Query | undefined })[],
  batchOptions: Pick<QueryOptions, 'signal' | 'onCost'> = {},
): Promise<Hit[][]> {
  checkBatch(queries, batchOptions, 'queryBatch')
  const { signal, onCost } = batchOptions
  if (queries.length === 0) return []
  const { codec, name } = context
  const body = createRequestWriter(codec)
  body.text('{"searches":[')
  const written: WrittenQuery[] = []
  for (const [index, { query, ...options }] of queries.entries()) {
    if (index > 0) body.text(',')
    const path = `queries[${index}].`
    written.push(await writeEmbedded(context, body, query, { options: { ...options, signal }, path }))
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
    written.some(({ sent }) => selects(sent.with_vector)),
    lists => Array.isArray(lists) && lists.length === queries.length && lists.every(isPointList),
  )
  const hits: Hit[][] = []
  for (const [index, list] of results.entries())
    hits.push(await readQueryHits(context, list, written[index]!))
  return hits
}
