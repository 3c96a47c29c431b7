/// <reference lib="esnext.disposable" preserve="true" />

// A scorer whose work is done by threads, each with a kernel and a memory of its own. This module is loaded only if the
// option `threads` is given: with the worker's program it is larger than the core.

import { checkKnownOptions, wholeNumber } from '../base/check-options.js'
import { DisposedError } from '../base/errors.js'
import { typeName } from '../base/type-name.js'
import type { ScorerKernel } from '../core/choose-kernel.js'
import type { MultiVector } from '../core/multivector.js'
import { parseLimit, parseMetric } from '../core/options.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import type { Scorer } from '../core/scorer.js'
import {
  type CorpusConfig,
  parseCorpusConfig,
  RANK_LIST_OPTIONS,
  type RankListOptions,
  SCORE_OPTIONS,
  type ScoreOptions,
  type ThreadedScorerOptions,
} from '../core/scorer-options.js'
import { copyQueries } from './copy-input.js'
import { availableParallelism } from './pool/platform.js'
import { createWorkerPool, type WorkerPool } from './pool/worker-pool.js'
import { prepareListRanking } from './rank-list.js'
import { type CheckCall, createThreadedCorpus, type ThreadedCorpus } from './threaded-corpus.js'
import type { CallOptions } from './threaded-options.js'

/**
 * MaxSim on several threads: the methods of `Scorer`, which return promises. Arguments are checked and copied before a
 * call returns, so that the caller may change them. Every error is a rejection, except those of `corpus`. Calls take
 * effect in the order in which they are made.
 */
export interface ThreadedScorer extends Pick<Scorer, 'kernel'> {
  /** Number of threads: as requested, or 1, the caller's own, if the engine has no threads. */
  readonly threads: number
  /** Bytes that the engine holds for the memories of all kernels, when the last call was answered. */
  readonly memoryBytes: number
  /** Scores one document, as `Scorer.score` does. */
  score(query: MultiVector, document: MultiVector, options?: ScoreOptions & CallOptions): Promise<number>
  /** Ranks a list of documents, as `Scorer.rank` does. Scores have the bits of a single thread. */
  rank(
    query: MultiVector,
    documents: readonly MultiVector[],
    options?: RankListOptions & CallOptions,
  ): Promise<ScoredDocument[]>
  /**
   * Creates an empty corpus. Its documents stay in the memories of the threads until it is disposed.
   *
   * @throws TypeError or RangeError that names the option at fault
   */
  corpus(config: CorpusConfig): ThreadedCorpus
  /** Ends the threads and rejects pending calls. A second call does nothing. */
  dispose(): Promise<void>
  /** The same as `dispose`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>
}

const MAX_THREADS = 256

/** Returns the number of threads to start. */
async function parseThreads(threads: unknown): Promise<number> {
  if (threads === 'auto') return Math.min(MAX_THREADS, Math.max(1, await availableParallelism()))
  if (typeof threads !== 'number') {
    throw new TypeError(`"threads" expected a number or 'auto', got ${typeName(threads)}`)
  }
  return wholeNumber(threads, 'threads', 1, MAX_THREADS, `; 'auto' is one for each core`)
}

/**
 * Creates a scorer on threads that run the chosen kernel, or on the caller's thread if the engine has no threads or only
 * one is requested.
 */
export async function createThreadedScorer(
  { choice, start }: ScorerKernel,
  { threads, maxBytes, worker }: ThreadedScorerOptions,
): Promise<ThreadedScorer> {
  if (worker !== undefined && typeof worker !== 'function') {
    throw new TypeError(`"worker" expected a function that returns a Worker, got ${typeName(worker)}`)
  }
  const pool = await createWorkerPool({
    choice,
    startKernel: start,
    threads: await parseThreads(threads),
    maxBytes,
    createWorker: worker,
  })
  const disposedError = () => new DisposedError('scorer', 'make a new one with createScorer()')
  let corpora = 0
  let isDisposed = false

  function checkAlive(): void {
    if (isDisposed) throw disposedError()
  }

  const check: CheckCall = (options, known, method) => {
    checkAlive()
    checkKnownOptions(options, [...known, 'signal'], method)
  }

  const scorer: ThreadedScorer = {
    kernel: choice.name,
    threads: pool.workers.length,
    get memoryBytes() {
      return pool.memoryBytes
    },
    async score(query, document, options = {}) {
      check(options, SCORE_OPTIONS, 'score')
      const [best] = await rankList(pool, query, [document], options, () => 'document')
      return best!.score
    },
    async rank(query, documents, options = {}) {
      check(options, RANK_LIST_OPTIONS, 'rank')
      if (!Array.isArray(documents)) {
        throw new TypeError(`"documents" expected an array of multi-vectors, got ${typeName(documents)}`)
      }
      return rankList(pool, query, documents, options, index => `documents[${index}]`)
    },
    corpus(config) {
      checkAlive()
      return createThreadedCorpus(pool, corpora++, parseCorpusConfig(config), check)
    },
    dispose() {
      isDisposed = true
      return pool.end(disposedError())
    },
    [Symbol.asyncDispose]() {
      return scorer.dispose()
    },
  }
  return scorer
}

/** Ranks a list; `pathOf` names a document in an error. */
async function rankList(
  pool: WorkerPool,
  query: MultiVector,
  documents: readonly MultiVector[],
  options: RankListOptions & CallOptions,
  pathOf: (index: number) => string,
): Promise<ScoredDocument[]> {
  const metric = parseMetric(options.metric)
  const limit = parseLimit(options.limit, documents.length)
  const [copy] = copyQueries([query], [options.weights], { pathOf: () => 'query', metric, dtype: 'f32' })
  const rank = prepareListRanking(pool, { query: copy!, metric, documents, limit, pathOf })
  return pool.queue.query(options.signal, rank)
}
