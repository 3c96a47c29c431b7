/// <reference lib="esnext.disposable" preserve="true" />

// Documents kept in the kernel's memory, scored and ranked there.
//
//   documents: the rows, stored as the corpus's dtype      screen: the same rows as int16, where that was asked for

import { checkKnownOptions } from '../base/check-options.js'
import { DisposedError } from '../base/errors.js'
import { typeName } from '../base/type-name.js'
import type { Kernel } from '../kernel/kernel.js'
import { checkStorable, type Dtype } from './dtype.js'
import { type Explanation, explain } from './explanation.js'
import { createCorpusContext, createDocumentTable } from './memory/document-table.js'
import { writeDocument } from './memory/write-document.js'
import type { Metric } from './metric.js'
import { type MultiVector, shapeOf } from './multivector.js'
import {
  checkIndex,
  parseBatchWeights,
  parseLimit,
  parseSubset,
  WEIGHT_OPTIONS,
  type WeightOptions,
} from './options.js'
import { type Candidates, filterByBounds } from './ranking/candidate-filter.js'
import { type BatchOptions, RANK_OPTIONS, type RankOptions, type Screen } from './ranking/rank-options.js'
import { rankQueries, scoreBlocks } from './ranking/rank-strategy.js'
import { type LoadedQueries, withQueries } from './ranking/score-blocks.js'
import type { ScoredDocument } from './ranking/top-k.js'
import type { CorpusSettings } from './scorer-options.js'

/** A collection of documents packed in a kernel's memory. */
export interface Corpus {
  readonly dim: number
  readonly metric: Metric
  readonly dtype: Dtype
  readonly screen: Screen
  /** How many documents there are. */
  readonly length: number
  /** How many rows all documents have together. */
  readonly rows: number
  /** Bytes that the corpus holds: its vectors in the kernel's memory, and its directory. */
  readonly byteLength: number
  /**
   * Copies a document into the corpus and returns its index. With `cosine`, rows are divided by their length.
   *
   * @throws TypeError or RangeError that names the row and number at fault, or says that the memory is full; the
   *   corpus is then as it was
   */
  add(document: MultiVector): number
  /** The score of every document, by index. A fresh array. */
  scores(query: MultiVector, options?: WeightOptions): Float32Array
  /** The best documents, best first, equal scores by index: the scores are those of `scores`, bit for bit. */
  rank(query: MultiVector, options?: RankOptions): ScoredDocument[]
  /** A ranking for each of several queries, the same as one by one, in less time. */
  rankBatch(queries: readonly MultiVector[], options?: BatchOptions): ScoredDocument[][]
  /** Which document row each query row matched, how well, and what that gave to the score. */
  explain(query: MultiVector, index: number, options?: WeightOptions): Explanation
  /** Gives the memory back. The corpus cannot be used any more; a second call does nothing. */
  dispose(): void
  [Symbol.dispose](): void
}

/** A corpus that is a slice of a whole: the best of the whole are found among what its slices give. */
export interface CorpusShard extends Corpus {
  /** The documents that can be among the best `limit`, for each query; their positions are indices. */
  candidates(
    queries: readonly MultiVector[],
    options: Pick<BatchOptions, 'limit' | 'subset' | 'weights'>,
  ): Candidates[]
}

/** An empty corpus, or slice of `whole`. `released` is called when it has been disposed of. */
export function createCorpus(
  kernel: Kernel,
  { dim, metric, dtype, screen }: CorpusSettings,
  released: (corpus: Corpus) => void,
  whole = createCorpusContext(),
): CorpusShard {
  const { memory } = kernel
  const documents = createDocumentTable(kernel, dim, dtype, screen === 'convert', whole)
  const copy = screen === 'copy' ? createDocumentTable(kernel, dim, 'i16', true, whole) : undefined
  const stored = { kernel, metric, dim, documents, copy, screen }
  /** u8 rows are truncated as they come, and divided by their length when they are read, as the server does. */
  const written = dtype === 'u8' ? 'dot' : metric
  let disposed = false

  function checkAlive(): void {
    if (disposed) throw new DisposedError('corpus', 'make a new one with scorer.corpus()')
  }

  function ask<T>(query: MultiVector, options: WeightOptions, use: (loaded: LoadedQueries) => T): T {
    checkAlive()
    const questions = { queries: [query], place: () => 'query', weights: [options.weights] }
    return withQueries(kernel, { ...questions, metric, dtype, dim }, use)
  }

  const corpus: CorpusShard = {
    dim,
    metric,
    dtype,
    screen,
    get length() {
      return documents.length
    },
    get rows() {
      return documents.rows
    },
    get byteLength() {
      return documents.byteLength + (copy?.byteLength ?? 0)
    },
    add(document) {
      checkAlive()
      const shape = shapeOf(document, 'document', dim)
      const write = (address: number) => {
        const largest = writeDocument(kernel, written, document, shape, 'document', address)
        checkStorable(dtype, largest, 'document')
        return largest
      }
      const alsoCopy =
        copy &&
        ((from: number, largest: number) => {
          copy.append(shape.rows, to => {
            memory.f32(to, shape.rows * dim).set(memory.f32(from, shape.rows * dim))
            return largest
          })
        })
      documents.append(shape.rows, write, alsoCopy)
      return documents.length - 1
    },
    scores(query, options = {}) {
      checkKnownOptions(options, WEIGHT_OPTIONS, 'scores')
      return ask(query, options, loaded => {
        const scores = new Float32Array(documents.length)
        scoreBlocks(loaded, documents, undefined, (first, count) => {
          scores.set(memory.f32(loaded.scoresOf(0, count), count), first)
        })
        return scores
      })
    },
    rank(query, options = {}) {
      checkKnownOptions(options, RANK_OPTIONS, 'rank')
      return ask(query, options, loaded => rankQueries(stored, loaded, options)[0]!)
    },
    rankBatch(queries, options = {}) {
      checkAlive()
      checkKnownOptions(options, RANK_OPTIONS, 'rankBatch')
      if (!Array.isArray(queries))
        throw new TypeError(`"queries" expected an array of multi-vectors, got ${typeName(queries)}`)
      if (queries.length === 0) return []
      const weights = parseBatchWeights(options.weights, queries.length)
      const questions = { queries, place: (i: number) => `queries[${i}]`, metric, dtype, dim, weights }
      return withQueries(kernel, questions, loaded => rankQueries(stored, loaded, options))
    },
    candidates(queries, { weights = [], limit, subset }) {
      const questions = { queries, place: () => 'query', metric, dtype, dim, weights }
      const among = parseSubset(subset, documents.length)
      const most = parseLimit(limit, documents.length)
      return withQueries(kernel, questions, loaded =>
        filterByBounds(kernel, loaded, documents, among, most, false),
      )
    },
    explain(query, index, options = {}) {
      checkKnownOptions(options, WEIGHT_OPTIONS, 'explain')
      return ask(query, options, loaded => {
        checkIndex(index, documents.length, 'index')
        const entry = documents.table(index, 1)
        loaded.score(dtype, entry, documents.largest, () => documents.nameOf(index))
        const score = memory.f32(loaded.scoresOf(0, 1), 1)[0]!
        const similarities = loaded.similarities(dtype, entry, documents.largest)
        return explain(metric, score, similarities, loaded.rowsOf(0), entry[1]!, options.weights)
      })
    },
    dispose() {
      if (disposed) return
      disposed = true
      documents.dispose()
      copy?.dispose()
      released(corpus)
    },
    [Symbol.dispose]() {
      corpus.dispose()
    },
  }
  return corpus
}
