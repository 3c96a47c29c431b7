/// <reference lib="esnext.disposable" preserve="true" />

// A scorer: a kernel with its memory. It scores documents, ranks lists that are not kept, and creates corpora.

import { checkKnownOptions } from '../base/check-options.js'
import { DisposedError } from '../base/errors.js'
import type { Kernel, KernelName } from '../kernel/kernel.js'
import { chooseScorerKernel } from './choose-kernel.js'
import { type Corpus, createCorpus } from './corpus.js'
import type { MultiVector } from './multivector.js'
import { copyArray, parseLimit, parseMetric } from './options.js'
import { firstScores, type LoadedQueries, withQueries } from './ranking/loaded-queries.js'
import { rankDocuments, scoreList } from './ranking/score-list.js'
import type { ScoredDocument } from './ranking/top-k.js'
import {
  type CorpusConfig,
  parseCorpusConfig,
  RANK_LIST_OPTIONS,
  type RankListOptions,
  SCORE_OPTIONS,
  type ScoreOptions,
  type ScorerOptions,
} from './scorer-options.js'

/**
 * Computes MaxSim scores on one kernel with one memory. All calls are synchronous and run on the caller's thread. After
 * `dispose`, every call throws a `DisposedError`.
 */
export interface Scorer {
  /** The kernel that this scorer uses. */
  readonly kernel: KernelName
  /** The size of the kernel's memory in bytes. It grows as needed; freed memory is reused. 0 after `dispose`. */
  readonly memoryBytes: number
  /**
   * Scores one document: the sum, over the query's rows, of the best similarity with a row of the document, as an f32. Each
   * similarity is within (dim + 4) · 2^-24 · Σ|q·d| + dim · 2^-149 of the exact one. The last term is underflow: products of
   * numbers near 1e-23 are 0.
   *
   * @param query at least one row; every row has the same dim
   * @param document at least one row of the same dim as the query
   * @throws TypeError or RangeError that names the value at fault, for example a document without rows, or if the score is
   *   beyond f32
   */
  score(query: MultiVector, document: MultiVector, options?: ScoreOptions): number
  /**
   * Ranks a list of documents: best first, equal scores by index. Returns at most `limit` results, by default 10, and []
   * for an empty list. Each document is read once and not kept.
   *
   * @param documents every document has at least one row of the same dim as the query
   * @throws TypeError or RangeError that names the value at fault, for example `documents[3]` if it has no rows: remove
   *   such documents from the list
   */
  rank(query: MultiVector, documents: readonly MultiVector[], options?: RankListOptions): ScoredDocument[]
  /**
   * Creates an empty corpus. Its documents stay in the kernel's memory until the corpus or the scorer is disposed.
   *
   * @throws TypeError or RangeError if the config is wrong
   */
  corpus(config: CorpusConfig): Corpus
  /** Disposes all corpora and frees the memory. A second call does nothing. */
  dispose(): void
  /** The same as `dispose`. */
  [Symbol.dispose](): void
}

/** Creates a scorer on the caller's thread. See `createScorer`, which also takes `threads`. */
export async function createLocalScorer(options: ScorerOptions = {}): Promise<Scorer> {
  const { start } = await chooseScorerKernel(options)
  return createScorerOn(await start())
}

function createScorerOn(kernel: Kernel): Scorer {
  const corpora = new Set<Corpus>()
  let disposed = false

  function checkAlive(): void {
    if (disposed) throw new DisposedError('scorer', 'make a new one with createScorer()')
  }

  /** Loads a query for documents of a list, which are written as f32. */
  function withQuery<T>(query: MultiVector, options: ScoreOptions, use: (queries: LoadedQueries) => T): T {
    const { metric, weights } = options
    const input = { queries: [query], weights: [weights], metric: parseMetric(metric), dtype: 'f32' } as const
    return withQueries(kernel, input, use)
  }

  const scorer: Scorer = {
    kernel: kernel.name,
    get memoryBytes() {
      return kernel.memory.capacity
    },
    score(query, document, options = {}) {
      checkAlive()
      checkKnownOptions(options, SCORE_OPTIONS, 'score')
      return withQuery(query, options, queries => {
        let score = 0
        scoreList(queries, { documents: [document], pathOf: () => 'document' }, () => {
          score = firstScores(queries, 1)[0]!
        })
        return score
      })
    },
    rank(query, documents, options = {}) {
      checkAlive()
      checkKnownOptions(options, RANK_LIST_OPTIONS, 'rank')
      const copy = copyArray(documents, 'documents', 'multi-vectors')
      const limit = parseLimit(options.limit, copy.length)
      const list = { documents: copy, pathOf: (index: number) => `documents[${index}]` }
      return withQuery(query, options, queries => rankDocuments(queries, list, limit))
    },
    corpus(config) {
      checkAlive()
      const settings = parseCorpusConfig(config)
      const corpus = createCorpus(kernel, settings, { onDispose: () => corpora.delete(corpus) })
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
