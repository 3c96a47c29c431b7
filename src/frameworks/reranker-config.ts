// The options that all rerankers share, and the types in them. Each entry exports all of these.

import type { Encoder } from '../collection/embed-texts.js'
import type { MultiVector } from '../core/multivector.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'

export type { EncodeCallOptions, Encoder } from '../collection/embed-texts.js'
export type { RowToken } from '../collection/row-match.js'
export type { FlatMultiVector, MultiVector, NumberArray } from '../core/multivector.js'
export type { ScoredDocument } from '../core/ranking/top-k.js'

/** The method of a scorer that a reranker calls. Scorers of `createScorer()` have it, with threads or without. */
export interface RerankerScorer {
  /** Ranks multi-vectors, best first. */
  rank(
    query: MultiVector,
    documents: readonly MultiVector[],
    options: { readonly limit: number; readonly metric: 'dot' | 'cosine' },
  ): ScoredDocument[] | Promise<ScoredDocument[]>
}

/** Options of every reranker. */
export interface RerankerConfig {
  /** Turns texts into rows: an encoder of `maxsimd/encode`, or any object with its methods `query` and `documents`. */
  readonly encoder: Encoder
  /** The scorer to use. Default: one that is created at the first call and kept. */
  readonly scorer?: RerankerScorer | undefined
  /** How rows are compared. Default: `dot`, because encoders return rows of unit length. */
  readonly metric?: 'dot' | 'cosine' | undefined
  /**
   * Text that is put before every query, for a model that was trained with instructions, with the space or line break at its
   * end. Default: none; a model that needs one has it in its files.
   */
  readonly instruction?: string | undefined
}
