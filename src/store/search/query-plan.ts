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

/** Prefetches inside prefetches. */
const MAX_DEPTH = 100

/** Options of Qdrant that need other collections or shards. */
const UNSUPPORTED = ['lookup_from', 'shard_key'] as const

/**
 * Checks a query and its prefetches at any depth, and embeds their texts.
 *
 * @param path names the query in errors: '' for a single one, `queries[0].` in a batch
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
  return planStage({ query, options }, { encoder, signal, path, depth: 0 })
}

interface StageContext {
  readonly encoder: Encoder | undefined
  readonly signal: AbortSignal | undefined
  /** The path of the stage in error messages. */
  readonly path: string
  /** Number of stages around this one. */
  readonly depth: number
}

async function planStage(
  { query, options }: { readonly query: Query | undefined; readonly options: QueryOptions },
  context: StageContext,
): Promise<QueryPlan> {
  const { encoder, signal, path, depth } = context
  if (depth > MAX_DEPTH) {
    throw new RangeError(`"prefetch" expected at most ${MAX_DEPTH} stages inside each other, got more`)
  }
  const stage = checkQueryStage(options, path)
  for (const name of UNSUPPORTED) {
    if (stage[name] !== undefined) {
      throw new RangeError(`"${path}${name}" is not supported by a store; omit it`)
    }
  }
  const embedded = query === undefined ? undefined : await embed(query, encoder, signal, `${path}query`)
  const prefetches: QueryPlan[] = []
  for (const [{ query: inner, ...rest }, prefetchPath] of prefetchesOf(stage, path)) {
    const stageContext = { ...context, path: prefetchPath, depth: depth + 1 }
    prefetches.push(await planStage({ query: inner, options: rest }, stageContext))
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
