// Two-stage search of a store: a first stage finds candidates, which the query then scores exactly. Both see the same state
// of the store.

import type { Hit } from '../collection/collection.js'
import {
  checkRerank,
  checkRerankQuery,
  firstStageOf,
  hasStageScores,
  type RerankOptions,
} from '../collection/rerank-options.js'
import type { Query, QueryOptions } from '../collection/search-options.js'
import { checkHitParts, labelHits, type ReadHit, readFoundPoints } from './matches.js'
import { runBatch } from './run-batch.js'
import type { FoundPoint } from './search/fusion.js'
import { planQuery } from './search/query-plan.js'
import { runQuery, runStage } from './search/run-query.js'
import type { StoreContext } from './store-context.js'

/** Ranks candidates. See `Store.rerank`. */
export async function rerankStore(
  context: StoreContext,
  query: Query,
  given: RerankOptions = {},
  path = '',
): Promise<Hit[]> {
  const started = performance.now()
  const options = checkRerank(given, { path })
  const { candidates: _candidates, rescore: _rescore, prefetch: _prefetch, ...last } = options
  const { signal, onCost, filter } = options
  const plan = await planQuery(query, last, context, signal, path)
  checkRerankQuery(plan.query, path)
  checkHitParts(context, plan)
  const { query: firstQuery, ...firstOptions } = firstStageOf(plan.query!, options)
  const first = await planQuery(firstQuery, firstOptions, context, signal, path)
  signal?.throwIfAborted()
  const { vectors } = context
  const read = await context.exclusive(async () => {
    const bytesBefore = vectors.bytesRead
    const found = await runQuery(context, first, signal, filter)
    const ranked = await runStage(context, plan, { prefetched: [found], filter, signal })
    const read = await readFoundPoints(context, plan, ranked)
    const seconds = (performance.now() - started) / 1000
    onCost?.({ seconds, bytesSent: 0, bytesReceived: vectors.bytesRead - bytesBefore, retries: 0 })
    return hasStageScores(options) ? { ...read, hits: withCandidates(read.hits, found) } : read
  })
  return labelHits(context, read)
}

function withCandidates(hits: readonly ReadHit[], found: readonly FoundPoint[]): ReadHit[] {
  const ranks = new Map(found.map(({ id, score }, rank) => [id, { score, rank }]))
  return hits.map(({ hit, ...rest }) => ({ ...rest, hit: { ...hit, candidate: ranks.get(hit.id) } }))
}

/** Ranks the candidates of several queries. See `Store.rerankBatch`. */
export async function rerankStoreBatch(
  context: StoreContext,
  queries: readonly (RerankOptions & { readonly query: Query })[],
  options: Pick<QueryOptions, 'signal'> = {},
): Promise<Hit[][]> {
  return runBatch(queries, options, 'rerankBatch', (query, each, path) =>
    rerankStore(context, query, each, path),
  )
}
