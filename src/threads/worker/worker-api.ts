// The requests that a worker answers, and its results. They cross between threads, so they contain nothing but plain
// objects and typed arrays. Indices are local to the worker's shard of a corpus.

import type { Match } from '../../core/explanation.js'
import type { Block } from '../../core/memory/blocks.js'
import type { Metric } from '../../core/metric.js'
import type { FlatMultiVector } from '../../core/multivector.js'
import type { Candidates } from '../../core/ranking/candidate-filter.js'
import type { RankReport } from '../../core/ranking/rank-options.js'
import type { CorpusSettings } from '../../core/scorer-options.js'

/** A checked copy of a query. Its buffers go to several workers, so they are never transferred. */
export interface CopiedQuery {
  readonly query: FlatMultiVector
  readonly weights: Float32Array | undefined
}

/** The corpus of a request. */
export interface RequestContext {
  /** The corpus's number, the same in every worker. */
  readonly corpus: number
  /** An upper bound of the absolute values in the whole corpus. */
  readonly largest: number
}

/** Queries, and the options of their ranking. */
export interface CopiedQueries {
  readonly queries: readonly CopiedQuery[]
  readonly limit: number
  /** The documents to consider, ascending. `undefined` selects all. */
  readonly subset: Uint32Array | undefined
}

/** Documents in one array: document `i` has `rows[i]` rows of `dim` numbers. */
export interface DocumentBatch {
  readonly dim: number
  readonly rows: Uint32Array
  readonly data: Float32Array
}

/** The result of adding a batch. The documents that are not in `refused` were added. */
export interface AddResult {
  readonly refused: readonly { readonly position: number; readonly error: SerializedError }[]
  /** Bytes that the shard holds. */
  readonly byteLength: number
  /** An upper bound of the absolute values in the shard. */
  readonly largest: number
}

/** An error on its way to another thread. */
export interface SerializedError {
  readonly name: string
  readonly message: string
}

/** A ranking, best first. */
export interface ShardRanking {
  readonly indices: Uint32Array
  readonly scores: Float32Array
}

/** The rankings of several queries, and a report of each. */
export interface ShardRankings {
  readonly rankings: readonly ShardRanking[]
  readonly reports: readonly RankReport[]
}

/** A document's explanation with its whole matrix: query rows x document rows. */
export interface ShardExplanation {
  readonly score: number
  readonly matches: readonly Match[]
  readonly matrix: Float32Array
}

/** The calls that a worker answers, in the order in which they arrive. */
export interface WorkerApi {
  openCorpus(config: CorpusSettings & { corpus: number }): void
  add(batch: DocumentBatch & { corpus: number }): AddResult
  scores(request: RequestContext & CopiedQuery): { scores: Float32Array }
  rank(request: RequestContext & CopiedQueries): ShardRankings
  /** The documents that may be in the top k of the whole corpus, for each query. */
  candidates(request: RequestContext & CopiedQueries): { candidates: Candidates[] }
  explain(request: RequestContext & CopiedQuery & { index: number }): ShardExplanation
  /** Ranks a list without keeping it. `blocks` is the part of the whole list's blocks that this worker has. */
  rankList(
    request: CopiedQuery &
      DocumentBatch & {
        metric: Metric
        blocks: readonly Block[]
        limit: number
        /** As in `DocumentList`. */
        largest: number | undefined
      },
  ): ShardRanking
  closeCorpus(corpus: number): void
}
