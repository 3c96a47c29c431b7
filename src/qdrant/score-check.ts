// Compares the score that a server returned for a document with the score of a copy of the document.

import { type PackedRows, packRows } from '../collection/packed-rows.js'
import type { Field } from '../collection/vector-fields.js'
import type { MultiVector } from '../core/multivector.js'
import type { Scorer } from '../core/scorer.js'
import { boundsFor, type ServerArithmetic, U } from './verify/rounding-bound.js'
import { asSent, asStored, metricOfStored } from './verify/server-rounding.js'

/** The query whose scores are compared. */
export interface ScoreCheckRequest {
  readonly vector: MultiVector
  readonly field: Field
  readonly scorer: Scorer
  readonly arithmetic: ServerArithmetic
}

/**
 * Returns a function that returns true if the server's score is that of the document, up to rounding. Always true for codes,
 * which cannot be read back as they are scored. It computes the `local` score unless it is given.
 */
export function createScoreCheck({ vector, field, scorer, arithmetic }: ScoreCheckRequest) {
  const { size, distance, datatype } = field
  const rows = packRows(vector, size, 'query')
  const stored = asStored(rows, distance, datatype)
  const bounds = boundsFor(scorer, field, asSent(rows, distance, datatype), stored, arithmetic)
  const metric = metricOfStored(distance, datatype)
  return (
    document: PackedRows,
    score: number,
    local = scorer.score(stored, document, { metric }),
  ): boolean => {
    const gap = Math.abs(local - score)
    // below every bound but that of whole numbers, and cheap to compute
    if (datatype !== 'uint8' && gap <= size * U * Math.abs(local)) return true
    return gap <= bounds.of(document, Math.max(local, 0))
  }
}
