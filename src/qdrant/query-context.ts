// What queries of a collection on a server share.

import type { Encoder, SparseEncoder } from '../collection/embed-texts.js'
import type { Fields } from '../collection/vector-fields.js'
import type { Scorer } from '../core/scorer.js'
import type { PointsContext } from './read-points.js'
import type { ServerArithmetic } from './verify/rounding-bound.js'

export interface ServerQueryContext extends PointsContext {
  readonly fields: Fields
  readonly encoder: Encoder | undefined
  readonly sparseEncoder?: SparseEncoder | undefined
  readonly arithmetic: ServerArithmetic
  /** The scorer of the collection, which is created when it is first needed. */
  readonly scorer: () => Promise<Scorer>
}
