// What hits report about their rows: which document row each query row matched, and where the first stage placed the hit.
// Types only.

import type { Match } from '../core/explanation.js'

/** The word or token that a row is of. */
export interface RowToken {
  /** The token, as the encoder or the payload spells it. */
  readonly text: string
  /** Index of its first UTF-16 unit in the text, if it is known. */
  readonly start?: number | undefined
  /** Index after its last UTF-16 unit in the text, if it is known. */
  readonly end?: number | undefined
  /** True if the token is not part of the text, such as [CLS]. */
  readonly special?: boolean | undefined
}

/** The part of an image that a row is of. */
export interface RowPatch {
  /** Index of the tile, if the image was cut into several, from 0. */
  readonly tile?: number | undefined
  /** Line of the patch in its tile, from 0. */
  readonly line?: number | undefined
  /** Column of the patch in its tile, from 0. */
  readonly column?: number | undefined
  /** The patch in pixels of the image. */
  readonly rectangle?:
    | { readonly x: number; readonly y: number; readonly width: number; readonly height: number }
    | undefined
}

/** The document row that one query row matched. */
export interface RowMatch extends Match {
  /** Token of the document row. Present if the payload or the encoder has it. */
  readonly token?: RowToken
  /** Patch of the document row. Present if the payload has it. */
  readonly patch?: RowPatch
  /** Token of the query row. Present if the query is a text, or has `tokens`. */
  readonly queryToken?: RowToken
}

/** Where the first stage of `rerank` placed a hit. */
export interface CandidateRank {
  /** Score in the first stage: of its own query, so it is not comparable with the score of the hit. */
  readonly score: number
  /** Rank in the first stage, from 0. */
  readonly rank: number
}
