// A query before it runs: the options of all its stages are checked, and texts have become vectors. This happens before
// the store is locked, because an encoder takes time.

import { typeName } from '../../base/type-name.js'
import { type Encoders, embedQuery, encoderOf } from '../../collection/embed-texts.js'
import {
  checkQueryStage,
  isPlainObject,
  nearestOf,
  prefetchesOf,
  type Query,
  type QueryOptions,
  type QueryStage,
} from '../../collection/search-options.js'
import type { Fields } from '../../collection/vector-fields.js'
import { isImageInput, isTextInput } from '../../collection/vector-input.js'
import { noEncoder, noImageEncoder } from '../columns/encode-batch.js'

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
  encoders: StageEncoders,
  signal: AbortSignal | undefined,
  path = '',
): Promise<QueryPlan> {
  return planStage({ query, options }, { encoders, signal, path, depth: 0 })
}

/** The encoders of a store, and its vectors. */
export type StageEncoders = Encoders & { readonly fields: Fields }

interface StageContext {
  readonly encoders: StageEncoders
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
  const { path, depth } = context
  if (depth > MAX_DEPTH) {
    throw new RangeError(`"prefetch" expected at most ${MAX_DEPTH} stages inside each other, got more`)
  }
  const stage = checkQueryStage(options, path)
  for (const name of UNSUPPORTED) {
    if (stage[name] !== undefined) {
      throw new RangeError(`"${path}${name}" is not supported by a store; omit it`)
    }
  }
  checkIdf(stage.params?.idf, path)
  const embedded = query === undefined ? undefined : await embed(query, stage.using, context)
  const prefetches: QueryPlan[] = []
  for (const [{ query: inner, ...rest }, prefetchPath] of prefetchesOf(stage, path)) {
    const stageContext = { ...context, path: prefetchPath, depth: depth + 1 }
    prefetches.push(await planStage({ query: inner, options: rest }, stageContext))
  }
  return { query: embedded, options: stage, prefetches, path }
}

/** @throws TypeError if the parameter `idf` is neither `global` nor an object with a filter */
function checkIdf(idf: unknown, path: string): void {
  const isCorpus = isPlainObject(idf) && Object.keys(idf).join() === 'corpus' && isPlainObject(idf.corpus)
  if (idf === undefined || idf === 'global' || isCorpus) return
  throw new TypeError(
    `"${path}params.idf" expected "global" or { corpus: <filter> }, got ${typeof idf === 'string' ? JSON.stringify(idf) : typeName(idf)}`,
  )
}

async function embed(
  query: Query,
  using: string | undefined,
  { encoders, signal, path: stagePath }: StageContext,
): Promise<Query> {
  const path = `${stagePath}query`
  const encoder = encoderOf(using, encoders)
  const isNearest = isPlainObject(query) && isTextInput(query.nearest)
  if (!encoder && (isNearest || isTextInput(query))) {
    const textPath = isNearest ? `${path}.nearest` : path
    throw noEncoder(textPath, using !== undefined && encoders.fields.sparse.has(using))
  }
  if (!encoder && isImageInput(nearestOf(query))) throw noImageEncoder(path)
  return embedQuery(query, encoder, signal, path)
}
