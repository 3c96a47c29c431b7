/// <reference lib="esnext.disposable" preserve="true" />

// A corpus whose documents are spread over threads, each of which has a slice. A question goes to all of them that have
// a document to consider; what they answer is put together in the order and under the indices of the whole.

import { typeName } from '../base/type-name.js'
import type { Dtype } from '../core/dtype.js'
import type { Explanation } from '../core/explanation.js'
import type { Metric } from '../core/metric.js'
import type { MultiVector } from '../core/multivector.js'
import {
  checkIndex,
  checkOptions,
  parseBatchWeights,
  parseLimit,
  parseSubset,
  type Subset,
  type WeightOptions,
} from '../core/options.js'
import type { BatchOptions, RankOptions, Screen, SharedRankOptions } from '../core/ranking/rank-options.js'
import { parseOriginals } from '../core/ranking/rank-options.js'
import { beyondF32 } from '../core/ranking/score-blocks.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import { createAdditions } from './additions.js'
import { copyDocument, copyQueries } from './copy-input.js'
import { rankShards, type Shards } from './rank-shards.js'
import type { CopiedQuery, RequestContext } from './shard.js'
import { createShardDirectory } from './shard-directory.js'
import type { Answer, WorkerHandle } from './worker-handle.js'
import type { CallOptions, WorkerPool } from './worker-pool.js'

/** Options whose `originals` may take their time. */
type Threaded<T> = Omit<T, 'originals'> &
  CallOptions & {
    /** As for one thread; a promise will do. Called on the caller's thread. */
    readonly originals?: ((index: number) => MultiVector | Promise<MultiVector>) | undefined
  }

export type ThreadedRankOptions = Threaded<RankOptions>

export type ThreadedBatchOptions = Threaded<BatchOptions>

/**
 * A corpus spread over threads: `Corpus`, with promises. What a call is given is checked and copied before the call
 * returns; every error is a rejection. Calls take effect in the order they are made.
 */
export interface ThreadedCorpus {
  readonly dim: number
  readonly metric: Metric
  readonly dtype: Dtype
  readonly screen: Screen
  /** How many documents there are: those whose `add` has been resolved. */
  readonly length: number
  /** How many rows all documents have together. */
  readonly rows: number
  /** Bytes that the corpus holds, in all threads. */
  readonly byteLength: number
  /** Copies a document into a slice and resolves to its index. Rejected as `Corpus.add` throws. */
  add(document: MultiVector, options?: CallOptions): Promise<number>
  /** The score of every document, by index, bit for bit as one thread gives it. */
  scores(query: MultiVector, options?: WeightOptions & CallOptions): Promise<Float32Array>
  /** The best documents, best first, equal scores by index. */
  rank(query: MultiVector, options?: ThreadedRankOptions): Promise<ScoredDocument[]>
  /** A ranking for each of several queries, the same as one by one, in less time. */
  rankBatch(queries: readonly MultiVector[], options?: ThreadedBatchOptions): Promise<ScoredDocument[][]>
  /** Which document row each query row matched, how well, and what that gave to the score. */
  explain(query: MultiVector, index: number, options?: WeightOptions & CallOptions): Promise<Explanation>
  /** Gives the memory back, after the calls made before it. A second call does nothing. */
  dispose(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

/** An empty corpus, under a number of its own. `checkScorer` throws if the scorer was disposed of. */
export function createThreadedCorpus(
  crew: WorkerPool,
  corpus: number,
  dim: number,
  metric: Metric,
  dtype: Dtype,
  screen: Screen,
  checkScorer: () => void,
): ThreadedCorpus {
  const { lanes, queue } = crew
  const directory = createShardDirectory(lanes.length)
  const additions = createAdditions(crew, corpus, dim, directory)
  let disposed: Promise<void> | undefined

  function checkAlive(): void {
    if (disposed) throw new TypeError('"corpus" was disposed of; make a new one with scorer.corpus()')
    checkScorer()
  }

  const asked = (): RequestContext => ({ corpus, largest: additions.largest })

  /** Calls `run` for a query when it is its turn; the corpus has then every document added before. */
  function ask<T>(
    query: MultiVector,
    options: WeightOptions & CallOptions,
    run: (request: CopiedQuery & RequestContext) => Promise<T>,
  ): Promise<T> {
    checkAlive()
    checkOptions(options)
    const weights = [options.weights]
    const [question] = copyQueries([query], () => 'query', metric, dtype, dim, weights)
    return queue.ask(options.signal, () => run({ ...question!, ...asked() }))
  }

  /** Asks the lanes for which `count` gives documents, and puts errors under the index of the whole. */
  async function askLanes<T>(
    counts: readonly number[],
    call: (lane: WorkerHandle, i: number) => Promise<Answer<T>>,
  ): Promise<{ lane: number; result: T }[]> {
    const asked = lanes.flatMap((lane, i) =>
      counts[i] ? [call(lane, i).then(answer => ({ lane: i, answer }))] : [],
    )
    const answers = await Promise.all(asked)
    let beyond = Infinity
    const results = answers.flatMap(({ lane, answer }) => {
      if (answer.beyond === undefined) return [{ lane, result: answer.result }]
      beyond = Math.min(beyond, directory.indicesOf(lane)[answer.beyond]!)
      return []
    })
    if (beyond < Infinity) throw beyondF32(`document ${beyond}`)
    return results
  }

  const countsOfAll = () => lanes.map((_, i) => directory.indicesOf(i).length)
  const spread: Shards = { lanes, directory, metric, dtype, asked, askLanes }

  async function rankAll(
    queries: readonly MultiVector[],
    place: (i: number) => string,
    weights: readonly (ArrayLike<number> | undefined)[],
    options: Threaded<SharedRankOptions>,
  ): Promise<ScoredDocument[][]> {
    const parsed = parseOriginals(options, dtype, metric)
    const given = copyOf(options.subset)
    const questions = copyQueries(queries, place, metric, dtype, dim, weights)
    return queue.ask(options.signal, () => {
      const limit = parseLimit(options.limit, directory.length)
      const subset = parseSubset(given, directory.length)
      return rankShards(spread, questions, limit, subset, { ...parsed, onReport: options.onReport })
    })
  }

  for (const lane of lanes) {
    // if it fails, the lane is dead, and says so at the next call
    lane.call('open', { corpus, dim, metric, dtype, screen }).catch(() => {})
  }

  return {
    dim,
    metric,
    dtype,
    screen,
    get length() {
      return disposed ? 0 : directory.length
    },
    get rows() {
      return disposed ? 0 : directory.rows
    },
    get byteLength() {
      return disposed ? 0 : additions.byteLength + directory.byteLength
    },
    async add(document, options = {}) {
      checkAlive()
      checkOptions(options)
      return additions.add(copyDocument(document, dim), options.signal)
    },
    async scores(query, options = {}) {
      return ask(query, options, async question => {
        const scores = new Float32Array(directory.length)
        const parts = await askLanes(countsOfAll(), lane => lane.call('scores', question))
        for (const { lane, result } of parts) {
          const indices = directory.indicesOf(lane)
          result.scores.forEach((score, i) => {
            scores[indices[i]!] = score
          })
        }
        return scores
      })
    },
    async rank(query, options = {}) {
      checkAlive()
      checkOptions(options)
      const [ranked] = await rankAll([query], () => 'query', [options.weights], options)
      return ranked!
    },
    async rankBatch(queries, options = {}) {
      checkAlive()
      checkOptions(options)
      if (!Array.isArray(queries)) {
        throw new TypeError(`"queries" expected an array of multi-vectors, got ${typeName(queries)}`)
      }
      if (queries.length === 0) return []
      const weights = parseBatchWeights(options.weights, queries.length)
      return rankAll(queries, i => `queries[${i}]`, weights, options)
    },
    async explain(query, index, options = {}) {
      return ask(query, options, async question => {
        const { lane, local } = directory.find(checkIndex(index, directory.length, 'index'))
        const counts = lanes.map((_, i) => Number(i === lane))
        const [answer] = await askLanes(counts, owner => owner.call('explain', { ...question, index: local }))
        const { score, matches, matrix } = answer!.result
        return { score, matches, matrix: () => matrix.slice() }
      })
    },
    dispose() {
      disposed ??= queue
        .ask(undefined, async () => {
          await Promise.all(lanes.map(lane => lane.call('close', corpus)))
        })
        // a lane that is gone has given its memory back
        .catch(() => {})
      return disposed
    },
    [Symbol.asyncDispose]() {
      return this.dispose()
    },
  }
}

/** A subset that the caller cannot change any more; what is none is left for the check. */
function copyOf(subset: Subset | undefined): Subset | undefined {
  return Array.isArray(subset) || ArrayBuffer.isView(subset) ? (subset.slice() as Subset) : subset
}
