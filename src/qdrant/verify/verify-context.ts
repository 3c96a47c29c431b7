// State that the phases of `verify` share: the collection and vector, how the server scores, and the prepared queries.

import type { CallProgress, ReadableCollection } from '../../collection/collection.js'
import { type PackedRows, packRows } from '../../collection/packed-rows.js'
import type { Field } from '../../collection/vector-fields.js'
import type { Metric } from '../../core/metric.js'
import type { MultiVector } from '../../core/multivector.js'
import type { Scorer } from '../../core/scorer.js'
import type { DocumentFaults } from './document-faults.js'
import { type BoundedQuery, boundsFor, type ServerArithmetic } from './rounding-bound.js'
import { asSent, asStored } from './server-rounding.js'

export interface VerifyContext {
  readonly collection: ReadableCollection
  readonly field: Field
  readonly scorer: Scorer
  /** The metric of rows as the server stores them. */
  readonly metric: Metric
  readonly arithmetic: ServerArithmetic
  readonly params: Readonly<Record<string, unknown>>
  /** Hits of each query. */
  readonly limit: number
  /**
   * Points of the prefetch that finds the candidates of each query, where strict mode forbids to score all points.
   * undefined: queries need no prefetch.
   */
  readonly prefetched: number | undefined
  /** Whether shards have several replicas, so that a repeated query may be answered by another one. */
  readonly hasReplicas: boolean
  /** Whether a search finds the exact best, so that a repeated one finds others only if the collection changed. */
  readonly isExhaustive: boolean
  /** Whether differences are compared with a bound. false: they are only measured. */
  readonly judged: boolean
  /** Collects the faults of documents that are found by the way. */
  readonly faults: DocumentFaults
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: CallProgress) => void) | undefined
}

/** A query as it was passed, and as the server scores with it. */
export interface PreparedQuery {
  readonly vector: MultiVector
  readonly stored: PackedRows
  readonly bounds: BoundedQuery
}

/**
 * Applies the server's rounding to a query and prepares its bounds.
 *
 * @throws TypeError or RangeError if the query is not a multi-vector of the field's size; `path` names it in the error
 */
export function prepareQuery(
  { scorer, field, arithmetic }: Pick<VerifyContext, 'scorer' | 'field' | 'arithmetic'>,
  vector: MultiVector,
  path: string,
): PreparedQuery {
  const rows = packRows(vector, field.size, path)
  const unrounded = asSent(rows, field.distance, field.datatype)
  const stored = asStored(rows, field.distance, field.datatype)
  return { vector, stored, bounds: boundsFor(scorer, field, unrounded, stored, arithmetic) }
}
