// Runs queries on a store, and explains scores.

import { checkKnownOptions } from '../base/check-options.js'
import type { Hit, PointId } from '../collection/collection.js'
import { parseId } from '../collection/point-id.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import { chooseField } from '../collection/vector-fields.js'
import type { Explanation } from '../core/explanation.js'
import { bytesAt } from './columns/segment.js'
import { checkHitParts, explainSlot, labelHits, readFoundPoints } from './matches.js'
import { runBatch } from './run-batch.js'
import { fieldIndexOf } from './search/query-context.js'
import { planQuery } from './search/query-plan.js'
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
  const plan = await planQuery(query, options, context, signal, path)
  checkHitParts(context, plan)
  signal?.throwIfAborted()
  const read = await context.exclusive(async () => {
    const bytesBefore = vectors.bytesRead
    const hits = await readFoundPoints(context, plan, await runQuery(context, plan, signal))
    const seconds = (performance.now() - started) / 1000
    onCost?.({ seconds, bytesSent: 0, bytesReceived: vectors.bytesRead - bytesBefore, retries: 0 })
    return hits
  })
  return labelHits(context, read)
}

/** Runs several queries. See `Store.queryBatch`. */
export async function queryStoreBatch(
  context: StoreContext,
  queries: readonly (QueryOptions & { readonly query: Query })[],
  options: Pick<QueryOptions, 'signal'> = {},
): Promise<Hit[][]> {
  return runBatch(queries, options, 'queryBatch', (query, each, path) =>
    queryStore(context, query, each, path),
  )
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
  const plan = await planQuery(query, { using }, context, signal)
  signal?.throwIfAborted()
  return context.exclusive(async () => {
    const field = chooseField(context.fields, using)
    const fieldIndex = fieldIndexOf(context, field)
    const location = context.points.find(pointId)
    if (!location || bytesAt(location.segment.columns[fieldIndex]!, location.slot) === 0) {
      throw new RangeError(`"id" expected a point with the vector "${field.name}", got ${pointId}`)
    }
    const { rows } = await queryRows(context, plan.query!, field, 'query')
    const explained = await explainSlot(context, { rows, field }, location, pointId)
    if (explained) {
      const { documentRows: _, ...explanation } = explained
      return explanation
    }
    throw new RangeError(`"id" expected a readable point, got ${pointId}, which is damaged`)
  })
}
