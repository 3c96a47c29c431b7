/// <reference lib="esnext.disposable" preserve="true" />

// A corpus whose documents are spread over the workers of a threaded scorer: checks arguments, copies them, and queues
// the calls.

import { DisposedError } from '../base/errors.js'
import { typeName } from '../base/type-name.js'
import type { Corpus } from '../core/corpus.js'
import type { Explanation } from '../core/explanation.js'
import type { MultiVector } from '../core/multivector.js'
import {
  checkIndex,
  parseBatchWeights,
  parseLimit,
  parseSubset,
  type Subset,
  WEIGHT_OPTIONS,
  type WeightOptions,
} from '../core/options.js'
import { parseOriginals, RANK_OPTIONS } from '../core/ranking/rank-options.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import type { CorpusSettings } from '../core/scorer-options.js'
import { copyDocument, copyQueries } from './copy-input.js'
import type { WorkerPool } from './pool/worker-pool.js'
import { rankShards } from './rank-shards.js'
import {
  allDocuments,
  callShards,
  contextOf,
  openShardedCorpus,
  type ShardedCorpus,
} from './sharded-corpus.js'
import type { CallOptions, ThreadedBatchOptions, ThreadedRankOptions } from './threaded-options.js'
import type { CopiedQuery, RequestContext } from './worker/worker-api.js'

/**
 * A corpus on several threads: the methods of `Corpus`, which return promises. Arguments are checked and copied before a
 * call returns, so that the caller may change them. Every error is a rejection. Calls take effect in the order in which
 * they are made.
 */
export interface ThreadedCorpus extends Pick<Corpus, 'dim' | 'metric' | 'dtype' | 'screen'> {
  /** Number of documents whose `add` has resolved. */
  readonly length: number
  /** Number of rows of these documents. */
  readonly rows: number
  /** Bytes that the corpus holds, in all threads. */
  readonly byteLength: number
  /** Copies a document into the corpus, as `Corpus.add` does. Resolves to its index. */
  add(document: MultiVector, options?: CallOptions): Promise<number>
  /** Scores every document, as `Corpus.scores` does. Scores have the bits of a single thread. */
  scores(query: MultiVector, options?: WeightOptions & CallOptions): Promise<Float32Array>
  /** Ranks the documents, as `Corpus.rank` does. */
  rank(query: MultiVector, options?: ThreadedRankOptions): Promise<ScoredDocument[]>
  /** Ranks the documents for several queries, as `Corpus.rankBatch` does. */
  rankBatch(queries: readonly MultiVector[], options?: ThreadedBatchOptions): Promise<ScoredDocument[][]>
  /** Explains the score of one document, as `Corpus.explain` does. */
  explain(query: MultiVector, index: number, options?: WeightOptions & CallOptions): Promise<Explanation>
  /** Frees the memory after all earlier calls have ended. A second call does nothing. */
  dispose(): Promise<void>
  /** The same as `dispose`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

/** Checks a call of `method`, which takes the options in `known` and a signal. */
export type CheckCall = (options: object, known: readonly string[], method: string) => void

/**
 * Creates an empty corpus.
 *
 * @param id the corpus's number, unique in the pool
 * @param checkCall throws if the scorer was disposed or `options` has an unknown option
 */
export function createThreadedCorpus(
  pool: WorkerPool,
  id: number,
  settings: CorpusSettings,
  checkCall: CheckCall,
): ThreadedCorpus {
  const corpus = openShardedCorpus(pool, id, settings)
  const { directory, adder } = corpus
  let disposed: Promise<void> | undefined

  const check: CheckCall = (options, known, method) => {
    if (disposed !== undefined) throw new DisposedError('corpus', 'make a new one with scorer.corpus()')
    checkCall(options, known, method)
  }

  return {
    ...settings,
    get length() {
      return disposed !== undefined ? 0 : directory.length
    },
    get rows() {
      return disposed !== undefined ? 0 : directory.rows
    },
    get byteLength() {
      return disposed !== undefined ? 0 : adder.byteLength + directory.byteLength
    },
    async add(document, options = {}) {
      check(options, [], 'add')
      return adder.add(copyDocument(document, settings.dim), options.signal)
    },
    async scores(query, options = {}) {
      check(options, WEIGHT_OPTIONS, 'scores')
      return queueQuery(corpus, query, options, request => scoreDocuments(corpus, request))
    },
    async rank(query, options = {}) {
      check(options, RANK_OPTIONS, 'rank')
      const [ranked] = await rankQueries(corpus, [query], [options.weights], options, () => 'query')
      return ranked!
    },
    async rankBatch(queries, options = {}) {
      check(options, RANK_OPTIONS, 'rankBatch')
      if (!Array.isArray(queries)) {
        throw new TypeError(`"queries" expected an array of multi-vectors, got ${typeName(queries)}`)
      }
      if (queries.length === 0) return pool.queue.query(options.signal, async () => [])
      const weights = parseBatchWeights(options.weights, queries.length)
      return rankQueries(corpus, queries, weights, options, i => `queries[${i}]`)
    },
    async explain(query, index, options = {}) {
      check(options, WEIGHT_OPTIONS, 'explain')
      return queueQuery(corpus, query, options, request => explainDocument(corpus, request, index))
    },
    dispose() {
      disposed ??= closeCorpus(corpus)
      return disposed
    },
    [Symbol.asyncDispose]() {
      return this.dispose()
    },
  }
}

/** Calls `run` with a copy of the query when it is its turn. All documents added earlier are then in the corpus. */
function queueQuery<T>(
  corpus: ShardedCorpus,
  query: MultiVector,
  { weights, signal }: WeightOptions & CallOptions,
  run: (request: CopiedQuery & RequestContext) => Promise<T>,
): Promise<T> {
  const [copy] = copyQueries([query], [weights], { ...corpus.settings, pathOf: () => 'query' })
  return corpus.pool.queue.query(signal, () => run({ ...copy!, ...contextOf(corpus) }))
}

/** The score of every document, by its index. */
async function scoreDocuments(
  corpus: ShardedCorpus,
  request: CopiedQuery & RequestContext,
): Promise<Float32Array> {
  const { directory } = corpus
  const scores = new Float32Array(directory.length)
  const parts = await callShards(corpus, allDocuments(corpus), worker => worker.call('scores', request))
  for (const { shard, result } of parts) {
    const indices = directory.indicesOf(shard)
    result.scores.forEach((score, i) => {
      scores[indices[i]!] = score
    })
  }
  return scores
}

async function explainDocument(
  corpus: ShardedCorpus,
  request: CopiedQuery & RequestContext,
  index: number,
): Promise<Explanation> {
  const { directory, pool } = corpus
  const { shard, localIndex } = directory.find(checkIndex(index, directory.length, 'index'))
  const counts = pool.workers.map((_, i) => Number(i === shard))
  const [part] = await callShards(corpus, counts, worker =>
    worker.call('explain', { ...request, index: localIndex }),
  )
  const { score, matches, matrix } = part!.result
  return { score, matches, matrix: () => matrix.slice() }
}

/** Ranks the documents for each query; `pathOf` names a query in an error. */
async function rankQueries(
  corpus: ShardedCorpus,
  queries: readonly MultiVector[],
  weights: readonly (ArrayLike<number> | undefined)[],
  options: Omit<ThreadedRankOptions, 'weights'>,
  pathOf: (i: number) => string,
): Promise<ScoredDocument[][]> {
  const { settings, directory, pool } = corpus
  const { limit, onReport, signal } = options
  const { originals, oversampling } = parseOriginals(options, settings.dtype, settings.metric)
  const subset = copySubset(options.subset)
  const copies = copyQueries(queries, weights, { ...settings, pathOf })
  return pool.queue.query(signal, () =>
    rankShards(corpus, {
      queries: copies,
      limit: parseLimit(limit, directory.length),
      subset: parseSubset(subset, directory.length),
      originals,
      oversampling,
      onReport,
    }),
  )
}

/** Copies a subset, so that the caller may change it. Anything that is not an array is left for the check. */
function copySubset(subset: Subset | undefined): Subset | undefined {
  return Array.isArray(subset) || ArrayBuffer.isView(subset) ? (subset.slice() as Subset) : subset
}

async function closeCorpus({ pool, id }: ShardedCorpus): Promise<void> {
  try {
    await pool.queue.query(undefined, () =>
      Promise.all(pool.workers.map(worker => worker.call('closeCorpus', id))),
    )
  } catch {
    // the workers have ended, which freed their memory
  }
}
