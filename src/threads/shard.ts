// What one thread does: it has a kernel of its own, and of each corpus a slice of the documents. Knows its own indices
// only, and nothing of messages. Runs in a worker, or where there are none beside its caller.

import { type CorpusShard, createCorpus } from '../core/corpus.js'
import type { Dtype } from '../core/dtype.js'
import type { Match } from '../core/explanation.js'
import type { Block } from '../core/memory/blocks.js'
import type { CorpusContext } from '../core/memory/document-table.js'
import type { Metric } from '../core/metric.js'
import type { FlatMultiVector } from '../core/multivector.js'
import type { Candidates } from '../core/ranking/candidate-filter.js'
import type { RankReport, Screen } from '../core/ranking/rank-options.js'
import { withQueries } from '../core/ranking/score-blocks.js'
import { scoreList } from '../core/ranking/score-list.js'
import { createTopK, type ScoredDocument } from '../core/ranking/top-k.js'
import type { Kernel } from '../kernel/kernel.js'

/** A query that was checked. Shared by all threads that are asked: never transferred. */
export interface CopiedQuery {
  readonly query: FlatMultiVector
  readonly weights: Float32Array | undefined
}

/** Which corpus is asked. `largest` is at least the largest absolute value in the whole. */
export interface RequestContext {
  readonly corpus: number
  readonly largest: number
}

/** Several questions, and what they ask for. */
export interface CopiedQueries {
  readonly questions: readonly CopiedQuery[]
  readonly limit: number
  readonly subset: Uint32Array | undefined
}

/** Documents one after another: `rows` of each, and the numbers of all. */
export interface DocumentBatch {
  readonly dim: number
  readonly rows: Uint32Array
  readonly data: Float32Array
}

/** What became of a batch. */
export interface Added {
  /** Those that were refused, by their place in the batch. */
  readonly refused: readonly { readonly place: number; readonly error: Refusal }[]
  /** Bytes that the slice holds. */
  readonly byteLength: number
  readonly largest: number
}

/** An error on its way to another thread. */
export interface Refusal {
  readonly name: string
  readonly message: string
}

/** Best first; `indices` are the slice's, or places in the list. */
export interface ShardBest {
  readonly indices: Uint32Array
  readonly scores: Float32Array
}

/** A ranking for each question, and what it rests on. */
export interface Rankings {
  readonly bests: readonly ShardBest[]
  readonly reports: readonly RankReport[]
}

export interface WorkerApi {
  open(config: { corpus: number; dim: number; metric: Metric; dtype: Dtype; screen: Screen }): void
  add(batch: DocumentBatch & { corpus: number }): Added
  scores(request: RequestContext & CopiedQuery): { scores: Float32Array }
  rank(request: RequestContext & CopiedQueries): Rankings
  /** What can be among the best of the whole, for each question. */
  candidates(request: RequestContext & CopiedQueries): { candidates: Candidates[] }
  explain(request: RequestContext & CopiedQuery & { index: number }): {
    score: number
    matches: readonly Match[]
    matrix: Float32Array
  }
  /** Ranks a list that is not kept; `blocks` are those that a single thread would make of the whole list. */
  list(
    request: CopiedQuery & DocumentBatch & { metric: Metric; blocks: readonly Block[]; limit: number },
  ): ShardBest
  close(corpus: number): void
}

/** The documents of a batch, as views of it. */
function documentsOf({ dim, rows, data }: DocumentBatch): FlatMultiVector[] {
  let at = 0
  return Array.from(rows, count => {
    const from = at
    at += count * dim
    return { data: data.subarray(from, at), dim }
  })
}

const queriesOf = ({ questions }: CopiedQueries) => questions.map(({ query }) => query)

const optionsOf = ({ questions, limit, subset }: CopiedQueries) => ({
  weights: questions.map(({ weights }) => weights),
  limit,
  subset,
})

const bestOf = (ranked: readonly ScoredDocument[]): ShardBest => ({
  indices: Uint32Array.from(ranked, ({ index }) => index),
  scores: Float32Array.from(ranked, ({ score }) => score),
})

/** What crosses to another thread of anything that was thrown. */
export const refusalOf = (error: unknown): Refusal =>
  error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) }

/** Slices on one kernel. `named` is told the index of a document that an error is about to name. */
export function createWorkerApi(kernel: Kernel, named: (index: number) => void): WorkerApi {
  const slices = new Map<number, { corpus: CorpusShard; whole: CorpusContext }>()
  const nameOf = (index: number) => {
    named(index)
    return ''
  }

  /** The slice, ready for a question to the whole corpus. */
  function sliceOf({ corpus, largest }: RequestContext): CorpusShard {
    const slice = slices.get(corpus)!
    slice.whole.largest = largest
    return slice.corpus
  }

  return {
    open({ corpus, dim, metric, dtype, screen }) {
      const whole = { largest: 0, nameOf }
      slices.set(corpus, {
        whole,
        corpus: createCorpus(kernel, { dim, metric, dtype, screen }, () => {}, whole),
      })
    },
    add(batch) {
      const { corpus, whole } = slices.get(batch.corpus)!
      const refused: { place: number; error: Refusal }[] = []
      documentsOf(batch).forEach((document, place) => {
        try {
          corpus.add(document)
        } catch (error) {
          refused.push({ place, error: refusalOf(error) })
        }
      })
      return { refused, byteLength: corpus.byteLength, largest: whole.largest }
    },
    scores: request => ({ scores: sliceOf(request).scores(request.query, { weights: request.weights }) }),
    rank(request) {
      const reports: RankReport[] = []
      const onReport = (report: RankReport) => reports.push(report)
      const ranked = sliceOf(request).rankBatch(queriesOf(request), { ...optionsOf(request), onReport })
      return { bests: ranked.map(bestOf), reports }
    },
    candidates: request => ({
      candidates: sliceOf(request).candidates(queriesOf(request), optionsOf(request)),
    }),
    explain(request) {
      const { query, index, weights } = request
      const { score, matches, matrix } = sliceOf(request).explain(query, index, { weights })
      return { score, matches, matrix: matrix() }
    },
    list(request) {
      const { query, metric, weights, limit, blocks } = request
      const questions = { queries: [query], place: () => 'query', metric, weights: [weights] }
      return withQueries(kernel, { ...questions, dtype: 'f32', dim: undefined }, loaded => {
        const ranking = createTopK(kernel, metric, limit)
        try {
          scoreList(
            kernel,
            loaded,
            metric,
            documentsOf(request),
            nameOf,
            (first, count) => ranking.offer(loaded.scoresOf(0, count), count, first),
            undefined,
            blocks,
          )
          return bestOf(ranking.take())
        } finally {
          ranking.dispose()
        }
      })
    },
    close(corpus) {
      slices.get(corpus)?.corpus.dispose()
      slices.delete(corpus)
    },
  }
}
