/// <reference lib="esnext.disposable" preserve="true" />

// The entry: a kernel, chosen for this engine, and what can be done with it at once: score one document, rank a list,
// make a corpus. Lists are staged through a small window of the kernel's memory, so they cost none of it.

import { kindOf } from '../base/type-name.js'
import type { Kernel, KernelModule, KernelName } from '../kernel/kernel.js'
import { chooseKernel, KERNELS, startKernel } from '../kernel/load-kernel.js'
import type { ThreadedScorer } from '../threads/threaded-scorer.js'
import { type Corpus, createCorpus } from './corpus.js'
import type { Dtype } from './dtype.js'
import type { Metric } from './metric.js'
import { checkDim, type MultiVector } from './multivector.js'
import { checkOptions, oneOf, parseDtype, parseLimit, parseMetric, type QueryOptions } from './options.js'
import { parseScreen, type Screen } from './ranking/rank-strategy.js'
import { type LoadedQueries, withQueries } from './ranking/score-blocks.js'
import { scoreList } from './ranking/score-list.js'
import { createRanking, type Ranked } from './ranking/top-k.js'

export interface ScorerOptions {
  /** The kernel to use; left out: the best that the engine runs. */
  readonly kernel?: KernelName | undefined
  /**
   * A module compiled from `maxsimd/simd.wasm` or `maxsimd/relaxed-simd.wasm`, for places that forbid compiling at
   * run time (Cloudflare Workers, a content security policy without `wasm-unsafe-eval`).
   */
  readonly module?: KernelModule | undefined
  /** The most memory that the kernel may take, in bytes; left out: the 4 GiB that WebAssembly has. */
  readonly maxBytes?: number | undefined
  /** Left out: everything happens at once, on the caller's thread. */
  readonly threads?: undefined
}

export interface ThreadedScorerOptions extends Omit<ScorerOptions, 'threads'> {
  /** How many threads share the work, 1 to 256; `auto` is one for each core. `maxBytes` is then for each of them. */
  readonly threads: number | 'auto'
}

export interface ScoreOptions extends QueryOptions {
  /** How rows are compared; left out: `dot`. */
  readonly metric?: Metric | undefined
}

export interface RankListOptions extends ScoreOptions {
  /** How many documents to give, from 1 to all of them. Left out: 10, or all if there are fewer. */
  readonly limit?: number | undefined
}

export interface CorpusConfig {
  /** Numbers in a row, 1 to 65,536. */
  readonly dim: number
  readonly metric?: Metric | undefined
  /** How elements are stored; left out: `f32`. */
  readonly dtype?: Dtype | undefined
  /** How `rank` avoids scoring everything in f32; left out: `convert`. Only for f32 with `dot` or `cosine`. */
  readonly screen?: Screen | undefined
}

/** MaxSim on one kernel, with one memory. Not shared between threads. */
export interface Scorer {
  /** Which kernel it got. */
  readonly kernel: KernelName
  /** Bytes that the engine holds for the kernel's memory: it grows as needed, and is kept for reuse. */
  readonly memoryBytes: number
  /** The MaxSim score of one document: an f32. */
  score(query: MultiVector, document: MultiVector, options?: ScoreOptions): number
  /** Ranks a list of documents, best first, equal scores by index. Documents are read once and not kept. */
  rank(query: MultiVector, documents: readonly MultiVector[], options?: RankListOptions): Ranked[]
  /** An empty corpus, whose documents stay in the kernel's memory until it is disposed of. */
  corpus(config: CorpusConfig): Corpus
  /** Disposes of its corpora and gives the memory back. A second call does nothing. */
  dispose(): void
  [Symbol.dispose](): void
}

/**
 * Makes a scorer on the best kernel that this engine runs, or on the one asked for.
 *
 * @throws RangeError if the engine does not run the kernel asked for
 * @throws TypeError if the engine forbids compiling: pass `module`
 * @example
 * const scorer = await createScorer()
 * scorer.score([[1, 0], [0, 1]], [[1, 1], [0, 2]]) // 3
 */
export function createScorer(options?: ScorerOptions): Promise<Scorer>
/**
 * The same on several threads, each with a kernel and a memory of its own: its methods return promises. Where there are
 * no threads it has one, the caller's, and says so in `threads`.
 *
 * @throws TypeError if workers may not start
 * @example
 * const scorer = await createScorer({ threads: 4 })
 * await scorer.score([[1, 0], [0, 1]], [[1, 1], [0, 2]]) // 3
 */
export function createScorer(options: ThreadedScorerOptions): Promise<ThreadedScorer>
export async function createScorer(
  options: ScorerOptions | ThreadedScorerOptions = {},
): Promise<Scorer | ThreadedScorer> {
  checkOptions(options)
  const { module, maxBytes, threads } = options
  const name = options.kernel === undefined ? undefined : oneOf(options.kernel, KERNELS, 'kernel')
  if (maxBytes !== undefined && !(typeof maxBytes === 'number' && maxBytes >= 65536)) {
    throw new RangeError(`"maxBytes" expected a number of at least 65536, got ${maxBytes}`)
  }
  const choice = await chooseKernel(name, module)
  const start = () => startKernel(choice.module, maxBytes)
  if (threads === undefined) return scorerOn(await start())
  const { createThreadedScorer } = await import('../threads/threaded-scorer.js')
  return createThreadedScorer(choice, start, threads, maxBytes)
}

function scorerOn(kernel: Kernel): Scorer {
  const corpora = new Set<Corpus>()
  let disposed = false

  function checkAlive(): void {
    if (disposed) throw new TypeError('"scorer" was disposed of; make a new one with createScorer()')
  }

  function ask<T>(
    query: MultiVector,
    options: ScoreOptions,
    use: (loaded: LoadedQueries, metric: Metric) => T,
  ): T {
    checkAlive()
    checkOptions(options)
    const metric = parseMetric(options.metric)
    const questions = { queries: [query], place: () => 'query', metric, weights: [options.weights] }
    return withQueries(kernel, { ...questions, dtype: 'f32', dim: undefined }, loaded => use(loaded, metric))
  }

  const scorer: Scorer = {
    kernel: kernel.name,
    get memoryBytes() {
      return disposed ? 0 : kernel.memory.capacity
    },
    score(query, document, options = {}) {
      return ask(query, options, (loaded, metric) => {
        let score = 0
        const keep = () => {
          score = kernel.memory.f32(loaded.scoresOf(0, 1), 1)[0]!
        }
        scoreList(kernel, loaded, metric, [document], () => 'document', keep)
        return score
      })
    },
    rank(query, documents, options = {}) {
      if (!Array.isArray(documents)) {
        throw new TypeError(`"documents" expected an array of multi-vectors, got ${kindOf(documents)}`)
      }
      return ask(query, options, (loaded, metric) => {
        const ranking = createRanking(kernel, metric, parseLimit(options.limit, documents.length))
        try {
          const place = (index: number) => `documents[${index}]`
          scoreList(kernel, loaded, metric, documents, place, (first, count) =>
            ranking.offer(loaded.scoresOf(0, count), count, first),
          )
          return ranking.take()
        } finally {
          ranking.dispose()
        }
      })
    },
    corpus(config) {
      checkAlive()
      checkOptions(config)
      const dim = checkDim(config.dim, 'dim')
      const metric = parseMetric(config.metric)
      const dtype = parseDtype(config.dtype, metric)
      const screen = parseScreen(config.screen, metric, dtype)
      const corpus = createCorpus(kernel, dim, metric, dtype, screen, () => corpora.delete(corpus))
      corpora.add(corpus)
      return corpus
    },
    dispose() {
      for (const corpus of corpora) corpus.dispose()
      kernel.memory.release()
      disposed = true
    },
    [Symbol.dispose]() {
      scorer.dispose()
    },
  }
  return scorer
}
