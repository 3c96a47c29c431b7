// Finds the documents whose first numbers are nearest to those of a query, so that all numbers are compared only for these.
// For vectors of one row whose first numbers tell most, such as LEMUR's.
//
//   first numbers of all documents ──▶ a score that about `keep` documents reach ──▶ their slots
//
// The first numbers of documents in memory are copied there, one after the other, at the first such query: read where they are,
// rows apart, they took longer than all numbers. Documents that are not in memory are left.
//
// The documents that are left out could be among the nearest, so a query has to ask for it: `params.leading`.

import { isPlainObject } from '../../collection/search-options.js'
import type { Field } from '../../collection/vector-fields.js'
import { METRICS } from '../../core/metric.js'
import type { Segment } from '../columns/segment.js'
import { lowerBound, residentDocuments } from '../columns/vector-column.js'
import {
  fieldIndexOf,
  type Leading,
  largestValue,
  type NearestRequest,
  packedOf,
  type StoreQueryContext,
} from './query-context.js'
import type { SelectedSlots } from './selection.js'

/** A first step saves time if it leaves at most one of this number of documents. */
export const MIN_SHARE = 2
/** Scores from which the one that is reached by `keep` documents is estimated. */
const MAX_SAMPLE = 16_384

/**
 * The parameter `leading` of a query, checked; undefined if there is none.
 *
 * @throws TypeError or RangeError if it is not one, or the vector is not stored in i8 with one row
 */
export function leadingOf(
  context: StoreQueryContext,
  value: unknown,
  field: Field,
  path: string,
): Leading | undefined {
  if (value === undefined) return undefined
  const { numbers, keep } = (isPlainObject(value) ? value : {}) as Partial<Leading>
  if (![numbers, keep].every(each => Number.isSafeInteger(each) && each! > 0)) {
    throw new TypeError(`"${path}" expected { numbers, keep }, two whole numbers of at least 1`)
  }
  const { dtype, metric } = context.formats[fieldIndexOf(context, field)]!
  if (field.multi || dtype !== 'i8' || METRICS[metric].ascending) {
    throw new RangeError(
      `"${path}" supports vectors of one row in i8 with Dot or Cosine, got another; omit it`,
    )
  }
  if (numbers! > field.size) {
    throw new RangeError(
      `"${path}.numbers" expected at most ${field.size}, the size of the vector, got ${numbers}`,
    )
  }
  return { numbers: numbers!, keep: keep! }
}

/** Returns about `keep` slots of those in `considered`, and all of them if that saves no time. */
export function leadingSlots(
  context: StoreQueryContext,
  { rows, field, limit }: NearestRequest,
  { numbers, keep }: Leading,
  considered: SelectedSlots,
): SelectedSlots {
  let total = 0
  for (const { length } of considered.values()) total += length
  const kept = Math.max(limit, keep)
  if (MIN_SHARE * kept > total) return considered
  const fieldIndex = fieldIndexOf(context, field)
  const format = context.formats[fieldIndex]!
  const largest = largestValue(context, fieldIndex)
  const scores = new Map<Segment, Float32Array>()
  for (const [segment, slots] of considered) {
    const copies = context.vectors.leading(segment, fieldIndex, numbers)
    const copied = slots.subarray(0, lowerBound(slots, copies?.length ?? 0))
    if (!copies || copied.length === 0) continue
    const documents = packedOf(segment, residentDocuments(copies, copied), largest)
    scores.set(segment, format.leadingScores(rows, documents, numbers))
  }
  const least = scoreReachedBy([...scores.values()], kept)
  const left = [...considered].map(
    ([segment, slots]) => [segment, atLeast(slots, scores.get(segment) ?? NONE, least)] as const,
  )
  return new Map(left)
}

const NONE = new Float32Array(0)

/** A score that about `count` of all scores reach, estimated from a sample of them. */
export function scoreReachedBy(scores: readonly Float32Array[], count: number): number {
  const total = scores.reduce((sum, { length }) => sum + length, 0)
  const step = Math.ceil(total / MAX_SAMPLE)
  const sample = new Float32Array(Math.ceil(total / step))
  let next = 0
  let sampled = 0
  for (const some of scores) {
    for (; next < some.length; next += step) sample[sampled++] = some[next]!
    next -= some.length
  }
  return sample.subarray(0, sampled).sort()[Math.max(0, sampled - Math.ceil(count / step))]!
}

/** The slots whose score, at the same position, is at least `least`, and those after the last score. */
export function atLeast(slots: Uint32Array, scores: Float32Array, least: number): Uint32Array {
  const kept = new Uint32Array(slots.length)
  let count = 0
  for (let i = 0; i < slots.length; i++) {
    if (i >= scores.length || scores[i]! >= least) kept[count++] = slots[i]!
  }
  return kept.slice(0, count)
}
