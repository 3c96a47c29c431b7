// Finds the nearest documents: the kernel scores all candidates, segment by segment, and the best are merged. If the vector
// has an int8 copy, it excludes most of them first.

import type { Field } from '../../collection/vector-fields.js'
import { METRICS } from '../../core/metric.js'
import { type MultiVector, shapeOf } from '../../core/multivector.js'
import type { PackedFormat } from '../../core/packed-documents.js'
import type { ScoredDocument } from '../../core/ranking/top-k.js'
import { compareIds } from '../columns/id-words.js'
import type { LoadedDocuments } from '../columns/read-ahead.js'
import { bytesAt, candidatesOf, idAt, type Segment } from '../columns/segment.js'
import { metricOfDistance } from '../config.js'
import type { FoundPoint } from './fusion.js'
import { leadingSlots } from './leading-slots.js'
import {
  fieldIndexOf,
  largestValue,
  type NearestRequest,
  packedOf,
  type StoreQueryContext,
} from './query-context.js'
import { screenSlots } from './screen-slots.js'

/** Returns true if smaller scores are better. */
export const isAscending = ({ distance }: Pick<Field, 'distance'>): boolean =>
  METRICS[metricOfDistance(distance)].ascending

/** Returns the order of results: best first, equal scores by id. */
export const resultOrder = (ascending: boolean) => (a: FoundPoint, b: FoundPoint) =>
  (ascending ? a.score - b.score : b.score - a.score) || compareIds(a.id, b.id)

/** Returns the point in a slot as a result. */
export const foundPoint = (segment: Segment, slot: number, score: number): FoundPoint => ({
  id: idAt(segment, slot),
  score,
  segment,
  slot,
})

/** Returns the nearest points, best first. */
export async function findNearest(
  context: StoreQueryContext,
  request: NearestRequest,
): Promise<FoundPoint[]> {
  const { rows, field, candidates, signal } = request
  const fieldIndex = fieldIndexOf(context, field)
  const format = context.formats[fieldIndex]!
  const largest = largestValue(context, fieldIndex)
  const considered = new Map<Segment, Uint32Array>()
  for (const segment of context.segments.values()) {
    const column = segment.columns[fieldIndex]!
    const hasDocument = (slot: number) => bytesAt(column, slot) > 0
    const slots = candidates ? candidates.get(segment)?.filter(hasDocument) : candidatesOf(segment, column)
    if (slots?.length) considered.set(segment, slots)
  }
  const { leading } = request
  const left = leading
    ? leadingSlots(context, request, leading, considered)
    : await screenSlots(context, request, considered)
  const { rows: queryRows } = shapeOf(rows, 'query')
  let best: FoundPoint[] = []
  for (const [segment, slots] of left) {
    signal?.throwIfAborted()
    const merge = (documents: LoadedDocuments) => {
      best = mergeBest(request, { format, largest, segment, documents }, best)
    }
    const options = { signal, considered: leading ? slots : considered.get(segment), queryRows }
    await context.vectors.visit(segment, fieldIndex, slots, merge, options)
  }
  const isLive = (segment: Segment) => (slot: number) => segment.live[slot] === 1
  if (left === considered || [...left].every(([segment, slots]) => slots.every(isLive(segment)))) return best
  // the rows of some are damaged: others that these have excluded take their places
  const intact = [...considered].map(([segment, slots]) => [segment, slots.filter(isLive(segment))] as const)
  return findNearest(context, { ...request, candidates: new Map(intact) })
}

/** Documents of a segment that are in memory. */
interface LoadedSegment {
  readonly format: PackedFormat
  readonly largest: number
  readonly segment: Segment
  readonly documents: LoadedDocuments
}

/** Returns the best results of those so far and those among the loaded documents. */
function mergeBest(
  { rows, field, limit }: NearestRequest,
  loaded: LoadedSegment,
  best: readonly FoundPoint[],
): FoundPoint[] {
  const ascending = isAscending(field)
  // documents that score less than the worst of `limit` results need not be scored exactly
  const floor = best.length === limit && !ascending ? best.at(-1)!.score : -Infinity
  const ranked = rankLoaded(loaded, rows, limit, floor)
  const { segment, documents } = loaded
  const found = ranked.map(({ index, score }) => foundPoint(segment, documents.slotOf(index), score))
  return [...best, ...found].sort(resultOrder(ascending)).slice(0, limit)
}

/**
 * Ranks loaded documents. The kernel orders equal scores by slot. If ids do not increase with slots, the ranking is
 * extended until it contains all documents whose scores equal the last one's.
 */
function rankLoaded(
  { format, largest, segment, documents }: LoadedSegment,
  rows: MultiVector,
  limit: number,
  floor: number,
): ScoredDocument[] {
  const { length } = documents
  const packed = packedOf(segment, documents, largest)
  const keep = Math.min(limit, length)
  let count = segment.isOrdered ? keep : keep + 1
  let ranked = format.rank(rows, packed, count, floor)
  while (!segment.isOrdered && ranked.length < length && ranked.length === count) {
    if (ranked.at(-1)!.score !== ranked[keep - 1]!.score) break
    count = Math.min(length, 4 * count)
    ranked = format.rank(rows, packed, count, floor)
  }
  return ranked
}
