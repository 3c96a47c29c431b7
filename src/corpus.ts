// Documents kept in the kernel's memory, scored and ranked there. A directory in JavaScript says where each begins.
//
//   directory: pairs of u32 (address, rows), one for each document      vectors: rows as they came, in chunks

import { createChunks } from './chunks.js'
import { writeDocument } from './document.js'
import { type Explanation, explain } from './explanation.js'
import type { Kernel } from './kernel/kernel.js'
import type { Metric } from './metric.js'
import { type MultiVector, shapeOf } from './multivector.js'
import {
  checkIndex,
  checkOptions,
  type Dtype,
  parseLimit,
  parseSubset,
  type QueryOptions,
  type Subset,
} from './options.js'
import { BLOCK, type LoadedQuery, withQuery } from './query.js'
import { createRanking, type Ranked } from './ranking.js'

export interface RankOptions extends QueryOptions {
  /** How many documents to give, from 1 to all of them. Left out: 10, or all if there are fewer. */
  readonly limit?: number | undefined
  /** The documents to consider; left out: all. The result has at most as many. */
  readonly subset?: Subset | undefined
}

/** A collection of documents packed in a kernel's memory. */
export interface Corpus {
  readonly dim: number
  readonly metric: Metric
  readonly dtype: Dtype
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
  scores(query: MultiVector, options?: QueryOptions): Float32Array
  /** The best documents, best first, equal scores by index: the scores are those of `scores`, bit for bit. */
  rank(query: MultiVector, options?: RankOptions): Ranked[]
  /** Which document row each query row matched, how well, and what that gave to the score. */
  explain(query: MultiVector, index: number, options?: QueryOptions): Explanation
  /** Gives the memory back. The corpus cannot be used any more; a second call does nothing. */
  dispose(): void
  [Symbol.dispose](): void
}

/** An empty corpus. `released` is called when it has been disposed of. */
export function createCorpus(
  kernel: Kernel,
  dim: number,
  metric: Metric,
  dtype: Dtype,
  released: (corpus: Corpus) => void,
): Corpus {
  const { memory } = kernel
  const chunks = createChunks(memory)
  let directory = new Uint32Array(16)
  let length = 0
  let rows = 0
  let largest = 0
  let disposed = false

  function checkAlive(): void {
    if (disposed) throw new TypeError('"corpus" was disposed of; make a new one with scorer.corpus()')
  }

  function append(address: number, documentRows: number): number {
    if (2 * length === directory.length) {
      const longer = new Uint32Array(2 * (length + Math.ceil(length / 8)))
      longer.set(directory)
      directory = longer
    }
    directory[2 * length] = address
    directory[2 * length + 1] = documentRows
    rows += documentRows
    return length++
  }

  function ask<T>(query: MultiVector, options: QueryOptions, use: (loaded: LoadedQuery) => T): T {
    checkAlive()
    checkOptions(options)
    return withQuery(kernel, query, metric, dim, options.weights, use)
  }

  /** Scores all documents, or those of `subset`, block by block; `first` is the position of a block's first. */
  function scoreBlocks(
    loaded: LoadedQuery,
    subset: Uint32Array | undefined,
    done: (first: number, count: number) => void,
  ) {
    const total = subset?.length ?? length
    const gathered = subset ? new Uint32Array(2 * Math.min(BLOCK, total)) : undefined
    for (let first = 0; first < total; first += BLOCK) {
      const count = Math.min(BLOCK, total - first)
      let table = directory.subarray(2 * first, 2 * (first + count))
      if (subset && gathered) {
        for (let i = 0; i < count; i++) {
          const index = subset[first + i]!
          gathered[2 * i] = directory[2 * index]!
          gathered[2 * i + 1] = directory[2 * index + 1]!
        }
        table = gathered.subarray(0, 2 * count)
      }
      loaded.score(table, largest, i => `document ${subset ? subset[first + i] : first + i}`)
      done(first, count)
    }
  }

  const corpus: Corpus = {
    dim,
    metric,
    dtype,
    get length() {
      return length
    },
    get rows() {
      return rows
    },
    get byteLength() {
      return disposed ? 0 : chunks.byteLength + directory.byteLength
    },
    add(document) {
      checkAlive()
      const shape = shapeOf(document, 'document', dim)
      const bytes = 4 * shape.rows * dim
      let address = 0
      const most = chunks.append(bytes, room => {
        address = room
        return writeDocument(kernel, metric, document, shape, 'document', address)
      })
      largest = Math.max(largest, most)
      return append(address, shape.rows)
    },
    scores(query, options = {}) {
      return ask(query, options, loaded => {
        const scores = new Float32Array(length)
        scoreBlocks(loaded, undefined, (first, count) => scores.set(memory.f32(loaded.scores, count), first))
        return scores
      })
    },
    rank(query, options = {}) {
      return ask(query, options, loaded => {
        const limit = parseLimit(options.limit, length)
        const subset = parseSubset(options.subset, length)
        const ranking = createRanking(kernel, metric, Math.min(limit, subset?.length ?? length))
        try {
          scoreBlocks(loaded, subset, (first, count) => ranking.offer(loaded.scores, count, first))
          const ranked = ranking.take()
          return subset ? ranked.map(({ index, score }) => ({ index: subset[index]!, score })) : ranked
        } finally {
          ranking.dispose()
        }
      })
    },
    explain(query, index, options = {}) {
      return ask(query, options, loaded => {
        checkIndex(index, length, 'index')
        const address = directory[2 * index]!
        const documentRows = directory[2 * index + 1]!
        loaded.score(directory.subarray(2 * index, 2 * index + 2), largest, () => `document ${index}`)
        const score = memory.f32(loaded.scores, 1)[0]!
        const similarities = loaded.similarities(address, documentRows, largest)
        return explain(metric, score, similarities, loaded.rows, documentRows, options.weights)
      })
    },
    dispose() {
      if (disposed) return
      disposed = true
      chunks.dispose()
      directory = new Uint32Array(0)
      length = rows = 0
      released(corpus)
    },
    [Symbol.dispose]() {
      corpus.dispose()
    },
  }
  return corpus
}
