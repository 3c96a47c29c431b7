// A query before it runs: the options of all its stages are checked, and texts have become vectors. This happens before
// the store is locked, because an encoder takes time.

import { type Encoder, embedQuery } from '../../collection/embed-texts.js'
import {
  checkQueryStage,
  isPlainObject,
  prefetchesOf,
  type Query,
  type QueryOptions,
  type QueryStage,
} from '../../collection/search-options.js'
import { isTextInput } from '../../collection/vector-input.js'

/** A query, or one of its prefetch stages. */
export interface QueryPlan {
  readonly query: Query | undefined
  readonly options: QueryStage
  /** The stages whose results this one scores. */
  readonly prefetches: readonly QueryPlan[]
  /** The path of the stage in error messages: '' for the query, `prefetch[0].` for a stage. */
  readonly path: string
}

/** Options of Qdrant that need other collections or shards. */
const UNSUPPORTED = ['lookup_from', 'shard_key'] as const

/**
 * Checks a query and its prefetches at any depth, and embeds their texts.
 *
 * @throws TypeError or RangeError that names the wrong option
 * @throws TypeError for a text without an encoder
 */
export async function planQuery(
  query: Query | undefined,
  options: QueryOptions,
  encoder: Encoder | undefined,
  signal: AbortSignal | undefined,
  path = '',
): Promise<QueryPlan> {
  const stage = checkQueryStage(options, path)
  for (const name of UNSUPPORTED) {
    if (stage[name] !== undefined) {
      throw new RangeError(`"${path}${name}" is not supported by a store; omit it`)
    }
  }
  const embedded = query === undefined ? undefined : await embed(query, encoder, signal, `${path}query`)
  const prefetches: QueryPlan[] = []
  for (const [{ query: inner, ...rest }, prefetchPath] of prefetchesOf(stage, path)) {
    prefetches.push(await planQuery(inner, rest, encoder, signal, prefetchPath))
  }
  return { query: embedded, options: stage, prefetches, path }
}

async function embed(
  query: Query,
  encoder: Encoder | undefined,
  signal: AbortSignal | undefined,
  path: string,
): Promise<Query> {
  const isNearest = isPlainObject(query) && isTextInput(query.nearest)
  if (!encoder && (isNearest || isTextInput(query))) {
    const textPath = isNearest ? `${path}.nearest` : path
    throw new TypeError(
      `"${textPath}" is a text, which needs an encoder; pass "encoder" to createStore() or openStore()`,
    )
  }
  return embedQuery(query, encoder, signal, path)
}
