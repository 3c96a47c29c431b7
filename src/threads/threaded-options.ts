// Options of threaded calls: those of the single-threaded calls, and a signal.

import type { MultiVector } from '../core/multivector.js'
import type { BatchOptions, RankOptions } from '../core/ranking/rank-options.js'

/** Options of every threaded call. */
export interface CallOptions {
  /**
   * Cancels the call: its promise is rejected with the signal's reason. A waiting call is cancelled for free. A running
   * one finishes in the background, and its result is discarded.
   */
  readonly signal?: AbortSignal | undefined
}

/** Options of `ThreadedCorpus.rank`. */
export interface ThreadedRankOptions extends Omit<RankOptions, 'originals'>, CallOptions {
  /** Like `originals` of `RankOptions`, but may return a promise. Called on the caller's thread. */
  readonly originals?: ((index: number) => MultiVector | Promise<MultiVector>) | undefined
}

/** Options of `ThreadedCorpus.rankBatch`. */
export interface ThreadedBatchOptions extends Omit<BatchOptions, 'originals'>, CallOptions {
  /** Like `originals` of `BatchOptions`, but may return a promise. Called on the caller's thread. */
  readonly originals?: ((index: number) => MultiVector | Promise<MultiVector>) | undefined
}
