// The parts of a store that queries read.

import type { Field, Fields } from '../../collection/vector-fields.js'
import type { MultiVector } from '../../core/multivector.js'
import type { PackedDocuments, PackedFormat } from '../../core/packed-documents.js'
import type { VectorCopy } from '../columns/copies.js'
import { columnNames } from '../columns/encode-batch.js'
import type { LoadedDocuments } from '../columns/read-ahead.js'
import { idAt, type Segment } from '../columns/segment.js'
import type { SparsePostings } from '../columns/sparse-postings.js'
import type { VectorColumns } from '../columns/vector-column.js'
import type { SparseModifier } from '../config.js'
import type { SelectedSlots, SelectionContext } from './selection.js'

/** The parts of a store that queries read. */
export interface StoreQueryContext extends SelectionContext {
  readonly fields: Fields
  /** The stored form of each vector, in the order of `fields.dense`. */
  readonly formats: readonly PackedFormat[]
  /** The copies of vectors. */
  readonly copies: readonly VectorCopy[]
  readonly vectors: VectorColumns
  readonly postings: SparsePostings
  /** The modifiers of the sparse vectors. */
  readonly modifiers: ReadonlyMap<string, SparseModifier>
}

/** A first step of a search: about `keep` documents are left by the first `numbers` of each vector. */
export interface Leading {
  readonly numbers: number
  readonly keep: number
}

/** A nearest-neighbour search. */
export interface NearestRequest {
  readonly rows: MultiVector
  readonly field: Field
  /** Maximum number of results. */
  readonly limit: number
  /** The points to score; undefined for all. */
  readonly candidates: SelectedSlots | undefined
  readonly leading?: Leading | undefined
  readonly signal: AbortSignal | undefined
}

/** Returns the position of the column of a vector in a segment. */
export const columnIndexOf = ({ fields }: Pick<StoreQueryContext, 'fields'>, name: string): number =>
  columnNames(fields).indexOf(name)

/** Returns the position of a field in `fields.dense`. It is also the position of its column in a segment. */
export const fieldIndexOf = ({ fields }: Pick<StoreQueryContext, 'fields'>, field: Field): number =>
  [...fields.dense.values()].indexOf(field)

/** Returns an upper bound of the absolute values in a vector's documents. */
export function largestValue({ segments }: Pick<StoreQueryContext, 'segments'>, fieldIndex: number): number {
  let largest = 0
  for (const { columns } of segments.values()) largest = Math.max(largest, columns[fieldIndex]!.largest)
  return largest
}

/** Loaded documents of a segment as the kernel scores them. Error messages name their points. */
export function packedOf(
  segment: Segment,
  { directory, slots, length, slotOf }: LoadedDocuments,
  largest: number,
): PackedDocuments {
  return { directory, slots, length, largest, nameOf: index => `point ${idAt(segment, slotOf(index))}` }
}
