// Finds the documents whose first numbers are nearest to those of a query, so that all numbers are compared only for these.
// For vectors of one row whose first numbers tell most, such as LEMUR's.
//
//   first numbers of a sample ──▶ a score that about `keep` documents reach ──▶ the slots of all that reach it
//
// The first numbers of documents in memory are copied there, one after the other, at the first such query: read where they are,
// rows apart, they took longer than all numbers. Documents that are not in memory are left.
//
// The documents that are left out could be among the nearest, so a query has to ask for it: `params.leading`.

import { isPlainObject } from '../../collection/search-options.js'
import type { Field } from '../../collection/vector-fields.js'
import { METRICS } from '../../core/metric.js'
import type { LeadingCopies, Segment } from '../columns/segment.js'
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
/** Documents from which the score that is reached by `keep` documents is estimated. */
export const MAX_SAMPLE = 4096

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

/** Documents of a segment, and the copies of their first numbers. */
interface CopiedSlots {
  readonly segment: Segment
  readonly slots: Uint32Array
  readonly copies: LeadingCopies
}

/** Returns about `keep` slots of those in `considered`, at least `limit`, and all of them if that saves no time. */
export function leadingSlots(
  context: StoreQueryContext,
  request: NearestRequest,
  { numbers, keep }: Leading,
  considered: SelectedSlots,
): SelectedSlots {
  const kept = Math.max(request.limit, keep)
  if (MIN_SHARE * kept > countOf(considered.values())) return considered
  const fieldIndex = fieldIndexOf(context, request.field)
  const parts: CopiedSlots[] = []
  for (const [segment, slots] of considered) {
    const copies = context.vectors.leading(segment, fieldIndex, numbers)
    const copied = slots.subarray(0, lowerBound(slots, copies?.length ?? 0))
    if (copies && copied.length > 0) parts.push({ segment, slots: copied, copies })
  }
  const total = countOf(parts.map(({ slots }) => slots))
  const score = createLeadingScorer(context, request, fieldIndex, numbers)
  const sample: number[] = []
  for (const part of sampleOf(parts, total)) score(part, scores => sample.push(...scores))
  const least = scoreReachedBy(sample, kept / total)
  const left = new Map(considered)
  for (const part of parts) {
    const { segment, slots } = part
    const reached: number[] = []
    score(part, (scores, first) => {
      for (let i = 0; i < scores.length; i++) if (scores[i]! >= least) reached.push(slots[first + i]!)
    })
    const others = considered.get(segment)!.subarray(slots.length)
    const all = new Uint32Array(reached.length + others.length)
    all.set(reached)
    all.set(others, reached.length)
    left.set(segment, all)
  }
  return countOf(left.values()) < request.limit ? considered : left
}

function countOf(lists: Iterable<Uint32Array>): number {
  let count = 0
  for (const { length } of lists) count += length
  return count
}

/** Slots at equal steps through all parts. */
function* sampleOf(parts: readonly CopiedSlots[], total: number): Generator<CopiedSlots> {
  const step = Math.ceil(total / MAX_SAMPLE)
  let next = 0
  for (const part of parts) {
    const slots: number[] = []
    for (; next < part.slots.length; next += step) slots.push(part.slots[next]!)
    next -= part.slots.length
    if (slots.length > 0) yield { ...part, slots: Uint32Array.from(slots) }
  }
}

/** A function that scores documents by their first numbers, and passes some scores at a time to `use`. */
function createLeadingScorer(
  context: StoreQueryContext,
  { rows, signal }: NearestRequest,
  fieldIndex: number,
  numbers: number,
) {
  const format = context.formats[fieldIndex]!
  const largest = largestValue(context, fieldIndex)
  return ({ segment, slots, copies }: CopiedSlots, use: (scores: Float32Array, first: number) => void) => {
    signal?.throwIfAborted()
    const documents = packedOf(segment, residentDocuments(copies, slots), largest)
    format.leadingScores(rows, documents, numbers, use)
  }
}

/** A score that about this share of all scores reaches, estimated from a sample of them. */
export function scoreReachedBy(sample: ArrayLike<number>, share: number): number {
  const { length } = sample
  const position = Math.max(0, length - Math.ceil(share * length))
  return valueAt(Float32Array.from(sample), position) ?? -Infinity
}

/**
 * The value at a position, if the values were sorted; undefined if there is none. Reorders the values: to sort all of them takes
 * six times as long.
 *
 * Method: quickselect with the partition of Hoare. After each round, no value up to `right` is above one after it.
 */
function valueAt(values: Float32Array, position: number): number | undefined {
  let low = 0
  let high = values.length - 1
  while (low < high) {
    const pivot = values[(low + high) >>> 1]!
    let left = low - 1
    let right = high + 1
    for (;;) {
      do left++
      while (values[left]! < pivot)
      do right--
      while (values[right]! > pivot)
      if (left >= right) break
      const value = values[left]!
      values[left] = values[right]!
      values[right] = value
    }
    if (position <= right) high = right
    else low = right + 1
  }
  return values[position]
}
