// Runs queries on a store, and explains scores.

import { checkKnownOptions } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import { checkSignal } from '../collection/call-options.js'
import type { Hit, PointId } from '../collection/collection.js'
import { parseId } from '../collection/point-id.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import { chooseField } from '../collection/vector-fields.js'
import type { Explanation } from '../core/explanation.js'
import { bytesAt } from './columns/segment.js'
import { parsePointParts, readPoint } from './search/point-reader.js'
import { fieldIndexOf, largestValue } from './search/query-context.js'
import { planQuery, type QueryPlan } from './search/query-plan.js'
import { queryRows } from './search/query-rows.js'
import { runQuery } from './search/run-query.js'
import type { StoreContext } from './store-context.js'

/** Options of `Store.explain`. */
export interface StoreExplainOptions {
  /** The vector to explain. Default: the only multi-vector, or the only vector. */
  readonly using?: string | undefined
  /** Cancels the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** Runs a query. See `Store.query`. */
export async function queryStore(
  context: StoreContext,
  query: Query | undefined,
  options: QueryOptions = {},
  path?: string,
): Promise<Hit[]> {
  const started = performance.now()
  const { vectors } = context
  const { signal, onCost } = options
  const plan = await planQuery(query, options, context.encoder, signal, path)
  signal?.throwIfAborted()
  return context.exclusive(async () => {
    const bytesBefore = vectors.bytesRead
    const hits = await hitsOf(context, plan, signal)
    const seconds = (performance.now() - started) / 1000
    onCost?.({ seconds, bytesSent: 0, bytesReceived: vectors.bytesRead - bytesBefore, retries: 0 })
    return hits
  })
}

/** Runs several queries. See `Store.queryBatch`. */
export async function queryStoreBatch(
  context: StoreContext,
  queries: readonly (QueryOptions & { readonly query: Query })[],
  options: Pick<QueryOptions, 'signal'> = {},
): Promise<Hit[][]> {
  checkSignal(options, 'queryBatch')
  if (!Array.isArray(queries)) {
    throw new TypeError(`"queries" expected an array of { query, ... }, got ${typeName(queries)}`)
  }
  const { signal } = options
  const results: Hit[][] = []
  for (const [index, { query, ...queryOptions }] of queries.entries()) {
    results.push(await queryStore(context, query, { signal, ...queryOptions }, `queries[${index}].`))
  }
  return results
}

async function hitsOf(
  context: StoreContext,
  plan: QueryPlan,
  signal: AbortSignal | undefined,
): Promise<Hit[]> {
  const { with_payload = false, with_vector = false } = plan.options
  const parts = parsePointParts(context, { with_payload, with_vector })
  const hits: Hit[] = []
  for (const found of await runQuery(context, plan, signal)) {
    const { id, score, segment, slot } = found
    const point = await readPoint(context, found, id, parts)
    if (point) hits.push({ ...point, score, version: segment.versions[slot]! })
  }
  return hits
}

/** Explains the score of a point. See `Store.explain`. */
export async function explainPoint(
  context: StoreContext,
  query: Query,
  id: PointId,
  options: StoreExplainOptions = {},
): Promise<Explanation> {
  checkKnownOptions(options, ['using', 'signal'], 'explain')
  const { using, signal } = options
  const pointId = parseId(id, 'id')
  const plan = await planQuery(query, { using }, context.encoder, signal)
  signal?.throwIfAborted()
  return context.exclusive(async () => {
    const field = chooseField(context.fields, using)
    const fieldIndex = fieldIndexOf(context, field)
    const location = context.points.find(pointId)
    if (!location || bytesAt(location.segment.columns[fieldIndex]!, location.slot) === 0) {
      throw new RangeError(`"id" expected a point with the vector "${field.name}", got ${pointId}`)
    }
    const { segment, slot } = location
    const { rows } = await queryRows(context, plan.query!, field, 'query')
    const explanation = await context.vectors.withDocument(segment, fieldIndex, slot, entry =>
      context.formats[fieldIndex]!.explain(
        rows,
        entry,
        largestValue(context, fieldIndex),
        `point ${pointId}`,
      ),
    )
    if (explanation) return explanation
    throw new RangeError(`"id" expected a readable point, got ${pointId}, which is damaged`)
  })
}
