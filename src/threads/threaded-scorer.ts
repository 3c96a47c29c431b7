/// <reference lib="esnext.disposable" preserve="true" />

// A scorer whose work is done by threads, each with a kernel and a memory of its own. Loaded only when `threads` is
// asked for: with the worker's program it is larger than the core.

import { typeName } from '../base/type-name.js'
import type { MultiVector } from '../core/multivector.js'
import { checkOptions, parseLimit, parseMetric } from '../core/options.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import {
  type CorpusConfig,
  parseCorpusConfig,
  type RankListOptions,
  type ScoreOptions,
} from '../core/scorer-options.js'
import type { Kernel, KernelName } from '../kernel/kernel.js'
import type { KernelChoice } from '../kernel/load-kernel.js'
import { createCallQueue } from './call-queue.js'
import { copyQueries } from './copy-input.js'
import { findThreads, parallelism } from './platform.js'
import { prepareListRanking } from './rank-list.js'
import { createThreadedCorpus, type ThreadedCorpus } from './threaded-corpus.js'
import { createLocalWorker, startWorker, type WorkerHandle } from './worker-handle.js'
import { type CallOptions, roominess, type WorkerPool } from './worker-pool.js'

/**
 * MaxSim on several threads: `Scorer`, with promises. What a call is given is checked and copied before the call
 * returns; every error is a rejection. Calls take effect in the order they are made.
 */
export interface ThreadedScorer {
  /** Which kernel each thread has. */
  readonly kernel: KernelName
  /** How many threads there are: as many as asked for, or 1, the caller's own, where there are none. */
  readonly threads: number
  /** Bytes that the engine holds for the kernels' memories, as of the last call that was answered. */
  readonly memoryBytes: number
  /** The MaxSim score of one document: an f32. */
  score(query: MultiVector, document: MultiVector, options?: ScoreOptions & CallOptions): Promise<number>
  /** Ranks a list of documents, best first, equal scores by index. Documents are read once and not kept. */
  rank(
    query: MultiVector,
    documents: readonly MultiVector[],
    options?: RankListOptions & CallOptions,
  ): Promise<ScoredDocument[]>
  /** An empty corpus, whose documents stay in the threads' memories until it is disposed of. */
  corpus(config: CorpusConfig): ThreadedCorpus
  /** Ends the threads; calls that are pending are rejected. A second call does nothing. */
  dispose(): Promise<void>
  [Symbol.asyncDispose](): Promise<void>
}

const MOST_THREADS = 256

/** A number of threads, or an error. */
async function parseThreads(threads: unknown): Promise<number> {
  if (threads === 'auto') return Math.min(MOST_THREADS, Math.max(1, await parallelism()))
  if (typeof threads !== 'number') {
    const got = typeof threads === 'string' ? JSON.stringify(threads) : typeName(threads)
    throw new TypeError(`"threads" expected a number or 'auto', got ${got}`)
  }
  if (!Number.isInteger(threads) || threads < 1 || threads > MOST_THREADS) {
    throw new RangeError(
      `"threads" expected a whole number from 1 to ${MOST_THREADS}, got ${threads}; 'auto' is one for each core`,
    )
  }
  return threads
}

/** As many lanes as asked for; one, without a thread, where there are none. */
async function startLanes(
  { module }: KernelChoice,
  startKernel: () => Promise<Kernel>,
  count: number,
  maxBytes: number | undefined,
  died: (error: Error) => void,
): Promise<WorkerHandle[]> {
  const startThread = count > 1 ? await findThreads() : undefined
  if (!startThread) return [createLocalWorker(await startKernel())]
  const start = { module, maxBytes }
  const started = await Promise.allSettled(
    Array.from({ length: count }, async () => startWorker(startThread, start, died)),
  )
  const lanes = started.flatMap(result => (result.status === 'fulfilled' ? [result.value] : []))
  if (lanes.length === count) return lanes
  const failed = started.find(result => result.status === 'rejected')
  await Promise.all(lanes.map(lane => lane.end(new Error('another worker did not start'))))
  throw new TypeError(
    'a worker did not start; ask for { threads: 1 }, or allow workers: ' +
      'on a page, the content security policy needs "worker-src blob:"',
    { cause: failed?.reason },
  )
}

/** A scorer on threads that have the chosen kernel; `startKernel` starts it here, where there are no threads. */
export async function createThreadedScorer(
  choice: KernelChoice,
  startKernel: () => Promise<Kernel>,
  threads: unknown,
  maxBytes: number | undefined,
): Promise<ThreadedScorer> {
  const count = await parseThreads(threads)
  const queue = createCallQueue(count + 1)
  let lanes: readonly WorkerHandle[] = []
  let end: Promise<void> | undefined
  let corpora = 0

  /** Ends everything, with the error for every call that is pending or comes later. */
  function finish(error: Error): Promise<void> {
    end ??= (async () => {
      queue.close(error)
      await Promise.all(lanes.map(lane => lane.end(error)))
    })()
    return end
  }

  let death: Error | undefined
  lanes = await startLanes(choice, startKernel, count, maxBytes, error => {
    death = error
    void finish(error)
  })
  if (death) {
    // one died while others were starting
    await Promise.all(lanes.map(lane => lane.end(death!)))
    throw death
  }
  const crew: WorkerPool = { lanes, queue, isRoomy: roominess(maxBytes) }
  let disposed = false

  function checkAlive(): void {
    if (disposed) throw disposedError()
  }

  const scorer: ThreadedScorer = {
    kernel: choice.name,
    threads: lanes.length,
    get memoryBytes() {
      return end ? 0 : lanes.reduce((sum, { capacity }) => sum + capacity, 0)
    },
    async score(query, document, options = {}) {
      checkAlive()
      checkOptions(options)
      const { metric, weights, signal } = options
      const [best] = await rankList(crew, query, [document], { metric, weights, signal }, () => 'document')
      return best!.score
    },
    async rank(query, documents, options = {}) {
      checkAlive()
      checkOptions(options)
      return rankList(crew, query, documents, options, index => `documents[${index}]`)
    },
    corpus(config) {
      checkAlive()
      const { dim, metric, dtype, screen } = parseCorpusConfig(config)
      return createThreadedCorpus(crew, corpora++, dim, metric, dtype, screen, checkAlive)
    },
    dispose() {
      disposed = true
      return finish(disposedError())
    },
    [Symbol.asyncDispose]() {
      return scorer.dispose()
    },
  }
  return scorer
}

const disposedError = () => new TypeError('"scorer" was disposed of; make a new one with createScorer()')

async function rankList(
  { lanes, queue }: WorkerPool,
  query: MultiVector,
  documents: readonly MultiVector[],
  options: RankListOptions & CallOptions,
  place: (index: number) => string,
): Promise<ScoredDocument[]> {
  if (!Array.isArray(documents)) {
    throw new TypeError(`"documents" expected an array of multi-vectors, got ${typeName(documents)}`)
  }
  const metric = parseMetric(options.metric)
  const limit = parseLimit(options.limit, documents.length)
  const [question] = copyQueries([query], () => 'query', metric, 'f32', undefined, [options.weights])
  return queue.ask(options.signal, prepareListRanking(lanes, question!, metric, documents, limit, place))
}
