/// <reference lib="esnext.disposable" preserve="true" />

// A corpus: documents in the kernel's memory, which are scored and ranked there.
//
//   documents: the rows, stored as the corpus's dtype        copy: the same rows as integers, with the screens i8 and i16

import { checkKnownOptions } from '../base/check-options.js'
import { DisposedError } from '../base/errors.js'
import type { Kernel } from '../kernel/kernel.js'
import { checkStorable, type Dtype } from './dtype.js'
import type { Explanation } from './explanation.js'
import {
  type CorpusContext,
  createCorpusContext,
  createDocumentTable,
  type DocumentTable,
} from './memory/document-table.js'
import { storedMetric } from './memory/query-rounding.js'
import { writeDocument } from './memory/write-document.js'
import type { Metric } from './metric.js'
import { type MultiVector, shapeOf } from './multivector.js'
import {
  checkIndex,
  copyArray,
  parseBatchWeights,
  parseLimit,
  parseSubset,
  WEIGHT_OPTIONS,
  type WeightOptions,
} from './options.js'
import { splitByArithmetic } from './ranking/arithmetic.js'
import { type Candidates, filterByBounds } from './ranking/candidate-filter.js'
import { explainDocument } from './ranking/explain-document.js'
import { firstScores, type LoadedQueries, withQueries } from './ranking/loaded-queries.js'
import { type BatchOptions, RANK_OPTIONS, type RankOptions } from './ranking/rank-options.js'
import { rankQueries } from './ranking/rank-strategy.js'
import { scoreDocuments } from './ranking/score-documents.js'
import type { ScoredDocument } from './ranking/top-k.js'
import type { CorpusSettings } from './scorer-options.js'
import type { Screen } from './screen.js'

/**
 * Documents in a kernel's memory. Queries and documents have the corpus's dim. After `dispose`, every call throws a
 * `DisposedError`.
 */
export interface Corpus {
  /** The number of elements in each row. */
  readonly dim: number
  /** How two rows are compared. */
  readonly metric: Metric
  /** How elements are stored. */
  readonly dtype: Dtype
  /** How `rank` avoids scoring every document in f32. */
  readonly screen: Screen
  /** The number of documents. */
  readonly length: number
  /** The number of rows of all documents. */
  readonly rows: number
  /** The size of the corpus in bytes: its rows in the kernel's memory, and its directory. */
  readonly byteLength: number
  /**
   * Copies a document into the corpus and returns its index: 0 for the first document, 1 for the second, and so on. With
   * `cosine`, rows are divided by their length.
   *
   * @param document at least one row of the corpus's dim
   * @throws TypeError or RangeError that names the row and number at fault, if the document has no rows (do not add such
   *   documents), or if the memory is full; the corpus does not change then
   */
  add(document: MultiVector): number
  /**
   * Scores every document. Returns a new array: the score of each document at its index.
   *
   * @throws TypeError or RangeError that names the value at fault, or if a score is beyond f32
   */
  scores(query: MultiVector, options?: WeightOptions): Float32Array
  /**
   * Ranks the documents: best first, equal scores by index. Returns at most `limit` results, by default 10, and [] for an
   * empty corpus. The scores are those of `scores`, bit for bit.
   *
   * @throws TypeError or RangeError that names the value at fault, or if a score is beyond f32
   */
  rank(query: MultiVector, options?: RankOptions): ScoredDocument[]
  /**
   * Ranks the documents for each of several queries. Returns the ranking of each query, bit for bit as `rank` returns it, in
   * less time: rows are read once for all queries.
   *
   * @throws TypeError or RangeError that names the value at fault, or if a score is beyond f32
   */
  rankBatch(queries: readonly MultiVector[], options?: BatchOptions): ScoredDocument[][]
  /**
   * Explains the score of one document: the document row that each query row matched, the similarity, and the contribution
   * to the score.
   *
   * @throws TypeError or RangeError that names the value at fault, for example an index of no document
   */
  explain(query: MultiVector, index: number, options?: WeightOptions): Explanation
  /** Frees the memory. A second call does nothing. */
  dispose(): void
  /** The same as `dispose`. */
  [Symbol.dispose](): void
}

/** A part of a corpus that is spread over several kernels. */
export interface CorpusShard extends Corpus {
  /** The documents of this shard that can be in the top `limit` of the whole corpus, for each query. */
  candidates(
    queries: readonly MultiVector[],
    options: Pick<BatchOptions, 'limit' | 'subset' | 'weights'>,
  ): Candidates[]
}

/** The owner of a corpus: a scorer, or the caller that spreads a corpus over several kernels. */
export interface CorpusOwner {
  /** Called after the corpus was disposed. */
  readonly onDispose?: () => void
  /** The context that the shards of one corpus share. Default: a new context. */
  readonly context?: CorpusContext
}

/** Creates an empty corpus, or an empty shard of one. */
export function createCorpus(
  kernel: Kernel,
  settings: CorpusSettings,
  { onDispose, context = createCorpusContext() }: CorpusOwner = {},
): CorpusShard {
  const { screen } = settings
  const { documents, copy } = createTables(kernel, settings, context)
  const view = { documents, copy, screen }
  let disposed = false

  function checkAlive(): void {
    if (disposed) throw new DisposedError('corpus', 'make a new one with scorer.corpus()')
  }

  function withQuery<T>(
    query: MultiVector,
    { weights }: WeightOptions,
    use: (queries: LoadedQueries) => T,
  ): T {
    return withQueries(kernel, { ...settings, queries: [query], weights: [weights] }, use)
  }

  const corpus: CorpusShard = {
    ...settings,
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
      return addDocument(kernel, settings, documents, copy, document)
    },
    scores(query, options = {}) {
      checkAlive()
      checkKnownOptions(options, WEIGHT_OPTIONS, 'scores')
      return withQuery(query, options, queries => scoreAll(queries, documents))
    },
    rank(query, options = {}) {
      checkAlive()
      checkKnownOptions(options, RANK_OPTIONS, 'rank')
      return withQuery(query, options, queries => rankQueries(view, queries, options)[0]!)
    },
    rankBatch(list, options = {}) {
      checkAlive()
      checkKnownOptions(options, RANK_OPTIONS, 'rankBatch')
      const queries = copyArray(list, 'queries', 'multi-vectors')
      if (queries.length === 0) return []
      const weights = parseBatchWeights(options.weights, queries.length)
      const input = { ...settings, queries, weights, pathOf: (i: number) => `queries[${i}]` }
      return withQueries(kernel, input, loaded => rankQueries(view, loaded, options))
    },
    candidates(queries, { weights, limit, subset }) {
      const request = {
        subset: parseSubset(subset, documents.length),
        limit: parseLimit(limit, documents.length),
      }
      return withQueries(kernel, { ...settings, queries, weights }, loaded =>
        splitByArithmetic(loaded, documents).flatMap(run => filterByBounds(run, documents, request)),
      )
    },
    explain(query, index, options = {}) {
      checkAlive()
      checkKnownOptions(options, WEIGHT_OPTIONS, 'explain')
      checkIndex(index, documents.length, 'index')
      return withQuery(query, options, queries => explainDocument(queries, documents, index))
    },
    dispose() {
      if (disposed) return
      disposed = true
      documents.dispose()
      copy?.dispose()
      onDispose?.()
    },
    [Symbol.dispose]() {
      corpus.dispose()
    },
  }
  return corpus
}

/** The tables of the documents and of their copy, if the screen needs one. */
function createTables(kernel: Kernel, { dim, dtype, screen }: CorpusSettings, context: CorpusContext) {
  const isRounded = screen === 'i8' || screen === 'convert'
  const hasCopy = screen === 'i8' || screen === 'i16'
  return {
    documents: createDocumentTable(kernel, dim, dtype, isRounded, context),
    copy: hasCopy ? createDocumentTable(kernel, dim, screen, true, context) : undefined,
  }
}

/** Adds a document and, with the screens `i8` and `i16`, its copy. Returns the document's index. */
function addDocument(
  kernel: Kernel,
  { dim, metric, dtype }: CorpusSettings,
  documents: DocumentTable,
  copy: DocumentTable | undefined,
  document: MultiVector,
): number {
  const { rows } = shapeOf(document, 'document', dim)
  const target = { kernel, metric: storedMetric(dtype, metric), dim }
  const write = (address: number) => {
    const largest = writeDocument(target, document, rows, 'document', address)
    checkStorable(dtype, largest, 'document')
    return largest
  }
  const addCopy = (source: number, largest: number) =>
    copy?.append(rows, address => {
      kernel.memory.f32(address, rows * dim).set(kernel.memory.f32(source, rows * dim))
      return largest
    })
  documents.append(rows, write, addCopy)
  return documents.length - 1
}

/** The score of every document for the first of the queries. */
function scoreAll(queries: LoadedQueries, documents: DocumentTable): Float32Array {
  const scores = new Float32Array(documents.length)
  scoreDocuments(queries, documents, {}, (first, count) => {
    scores.set(firstScores(queries, count), first)
  })
  return scores
}
