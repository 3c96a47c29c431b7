/// <reference lib="esnext.disposable" preserve="true" />

// The entry: a kernel, chosen for this engine, and what can be done with it at once: score one document, rank a list,
// make a corpus. Lists are staged through a small window of the kernel's memory, so they cost none of it.

import { checkKnownOptions, oneOf } from '../base/check-options.js'
import { DisposedError } from '../base/errors.js'
import { typeName } from '../base/type-name.js'
import type { Kernel, KernelName } from '../kernel/kernel.js'
import { chooseKernel, KERNEL_NAMES, type KernelChoice, startKernel } from '../kernel/load-kernel.js'
import { type Corpus, createCorpus } from './corpus.js'
import type { Metric } from './metric.js'
import type { MultiVector } from './multivector.js'
import { parseLimit, parseMetric } from './options.js'
import { type LoadedQueries, withQueries } from './ranking/score-blocks.js'
import { scoreList } from './ranking/score-list.js'
import { createTopK, type ScoredDocument } from './ranking/top-k.js'
import {
  type CorpusConfig,
  parseCorpusConfig,
  RANK_LIST_OPTIONS,
  type RankListOptions,
  SCORE_OPTIONS,
  SCORER_OPTIONS,
  type ScoreOptions,
  type ScorerOptions,
  type ThreadedScorerOptions,
} from './scorer-options.js'

/** MaxSim on one kernel, with one memory. Not shared between threads. */
export interface Scorer {
  /** Which kernel it got. */
  readonly kernel: KernelName
  /** Bytes that the engine holds for the kernel's memory: it grows as needed, and is kept for reuse. */
  readonly memoryBytes: number
  /** The MaxSim score of one document: an f32. */
  score(query: MultiVector, document: MultiVector, options?: ScoreOptions): number
  /** Ranks a list of documents, best first, equal scores by index. Documents are read once and not kept. */
  rank(query: MultiVector, documents: readonly MultiVector[], options?: RankListOptions): ScoredDocument[]
  /** An empty corpus, whose documents stay in the kernel's memory until it is disposed of. */
  corpus(config: CorpusConfig): Corpus
  /** Disposes of its corpora and gives the memory back. A second call does nothing. */
  dispose(): void
  [Symbol.dispose](): void
}

/** A kernel to run, and a function that starts another instance of it with a memory of its own. */
export interface ScorerKernel {
  readonly choice: KernelChoice
  readonly start: () => Promise<Kernel>
}

/**
 * Chooses the kernel for `createScorer`.
 *
 * @throws TypeError or RangeError if an option is wrong, or if the engine cannot run the kernel
 */
export async function chooseScorerKernel(
  options: ScorerOptions | ThreadedScorerOptions,
): Promise<ScorerKernel> {
  checkKnownOptions(options, SCORER_OPTIONS, 'createScorer')
  const { module, maxBytes } = options
  const name = options.kernel === undefined ? undefined : oneOf(options.kernel, KERNEL_NAMES, 'kernel')
  if (maxBytes !== undefined && !(typeof maxBytes === 'number' && maxBytes >= 65536)) {
    throw new RangeError(`"maxBytes" expected a number of at least 65536, got ${maxBytes}`)
  }
  const choice = await chooseKernel(name, module)
  return { choice, start: () => startKernel(choice.module, maxBytes) }
}

/** Creates a scorer on the caller's thread. See `createScorer`, which also takes `threads`. */
export async function createLocalScorer(options: ScorerOptions = {}): Promise<Scorer> {
  const { start } = await chooseScorerKernel(options)
  return scorerOn(await start())
}

function scorerOn(kernel: Kernel): Scorer {
  const corpora = new Set<Corpus>()
  let disposed = false

  function checkAlive(): void {
    if (disposed) throw new DisposedError('scorer', 'make a new one with createScorer()')
  }

  function ask<T>(
    query: MultiVector,
    options: ScoreOptions,
    use: (loaded: LoadedQueries, metric: Metric) => T,
  ): T {
    checkAlive()
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
      checkKnownOptions(options, SCORE_OPTIONS, 'score')
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
      checkKnownOptions(options, RANK_LIST_OPTIONS, 'rank')
      if (!Array.isArray(documents)) {
        throw new TypeError(`"documents" expected an array of multi-vectors, got ${typeName(documents)}`)
      }
      return ask(query, options, (loaded, metric) => {
        const ranking = createTopK(kernel, metric, parseLimit(options.limit, documents.length))
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
      const corpus = createCorpus(kernel, parseCorpusConfig(config), () => corpora.delete(corpus))
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
