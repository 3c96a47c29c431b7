// The batches of a store: queries that run in turn.

import { checkQueries, checkSignal } from '../collection/call-options.js'
import type { Hit } from '../collection/collection.js'
import type { Query } from '../collection/search-options.js'

/** A query of a batch, with its options. */
interface BatchQuery {
  readonly query: Query
  readonly signal?: AbortSignal | undefined
}

/**
 * Runs the queries of a batch in turn. A query without a signal of its own has that of the batch.
 *
 * @param of the call, for error messages
 * @param run runs one query; `path` is its place in error messages
 */
export async function runBatch<Each extends BatchQuery>(
  queries: readonly Each[],
  options: { readonly signal?: AbortSignal | undefined },
  of: string,
  run: (query: Query, options: Omit<Each, 'query'>, path: string) => Promise<Hit[]>,
): Promise<Hit[][]> {
  checkSignal(options, of)
  checkQueries(queries)
  const results: Hit[][] = []
  for (const [index, { query, ...queryOptions }] of queries.entries()) {
    options.signal?.throwIfAborted()
    const signal = queryOptions.signal ?? options.signal
    results.push(await run(query, { ...queryOptions, signal }, `queries[${index}].`))
  }
  return results
}
