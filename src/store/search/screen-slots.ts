// Finds the documents that can be among the best of a store by their int8 copies, so that only their rows are read.
//
//   copies ──▶ lower and upper bounds of the scores ──▶ the k-th largest lower bound of all segments ──▶ slots above it
//
// The proof is in ARCHITECTURE.md, "Certified ranking". If the copies of a sample exclude fewer than half of it, as with
// random rows, all documents are left.

import { shapeOf } from '../../core/multivector.js'
import type { Candidates } from '../../core/ranking/candidate-filter.js'
import type { VectorCopy } from '../columns/copies.js'
import type { LoadedDocuments } from '../columns/read-ahead.js'
import { bytesAt, type Segment } from '../columns/segment.js'
import {
  fieldIndexOf,
  largestValue,
  type NearestRequest,
  packedOf,
  type StoreQueryContext,
} from './query-context.js'
import type { SelectedSlots } from './selection.js'

/** A screen saves time if at most one of this number of documents is wanted. */
const MIN_SHARE = 4
/** One of this number of documents is in the sample, up to a maximum. */
const SAMPLING = 64
const MAX_SAMPLE = 512
/** The sample has this number of parts. The documents of a part follow each other, so that they are read together. */
const SAMPLE_PARTS = 8

/** Returns the slots of those in `considered` whose documents can be among the best. */
export async function screenSlots(
  context: StoreQueryContext,
  request: NearestRequest,
  considered: SelectedSlots,
): Promise<SelectedSlots> {
  const fieldIndex = fieldIndexOf(context, request.field)
  const copy = context.copies.find(each => each.fieldIndex === fieldIndex)
  const total = countSlots(considered)
  if (!copy || MIN_SHARE * request.limit > total) return considered
  const sample = sampleOf(considered, total)
  const sampled = countSlots(sample)
  const limit = Math.ceil((request.limit * sampled) / total)
  const left = await findCandidates(context, { ...request, limit }, copy, sample, false)
  if (2 * countSlots(left) > sampled) return considered
  return findCandidates(context, request, copy, considered, true)
}

function countSlots(selected: SelectedSlots): number {
  let count = 0
  for (const { length } of selected.values()) count += length
  return count
}

/** Selects a sample of slots. */
function sampleOf(selected: SelectedSlots, total: number): SelectedSlots {
  const part = Math.ceil(Math.min(MAX_SAMPLE, total / SAMPLING) / SAMPLE_PARTS)
  const period = Math.ceil(total / SAMPLE_PARTS)
  const sample = new Map<Segment, Uint32Array>()
  let first = 0
  for (const [segment, slots] of selected) {
    sample.set(
      segment,
      slots.filter((_, i) => (first + i) % period < part),
    )
    first += slots.length
  }
  return sample
}

/**
 * Returns the slots whose documents can be among the best `limit` of all `slots`. Documents without a copy stay. `keep`:
 * whether the copies may become resident.
 */
async function findCandidates(
  context: StoreQueryContext,
  { rows, field, limit, signal }: NearestRequest,
  { copyIndex, format }: VectorCopy,
  selected: SelectedSlots,
  keep: boolean,
): Promise<SelectedSlots> {
  const largest = largestValue(context, fieldIndexOf(context, field))
  const { rows: queryRows } = shapeOf(rows, 'query')
  const best = createThreshold(limit)
  const bounds = new Map<Segment, Float32Array>()
  for (const [segment, slots] of selected) {
    signal?.throwIfAborted()
    const column = segment.columns[copyIndex]!
    const uppers = new Float32Array(segment.length).fill(Infinity)
    bounds.set(segment, uppers)
    const screen = (documents: LoadedDocuments) => {
      const { slots: chosen, length, slotOf } = documents
      const found = format.candidates(rows, packedOf(segment, documents, largest), limit, best.value)
      if (!found) return
      for (let i = 0; i < length; i++) uppers[slotOf(chosen?.[i] ?? i)] = -Infinity
      for (const [i, index] of found.positions.entries()) uppers[slotOf(index)] = found.uppers[i]!
      best.add(found)
    }
    const copied = slots.filter(slot => bytesAt(column, slot) > 0)
    await context.vectors.visit(segment, copyIndex, copied, screen, { signal, keep, queryRows })
  }
  // a bound that is NaN does not exclude a document
  const isLeft = (segment: Segment) => (slot: number) => !(bounds.get(segment)![slot]! < best.value)
  return new Map([...selected].map(([segment, slots]) => [segment, slots.filter(isLeft(segment))]))
}

/** A score that `limit` documents reach: the `limit`-th largest lower bound of all that were added. */
function createThreshold(limit: number) {
  let lowers = new Float32Array(0)
  return {
    get value() {
      return lowers.length < limit ? -Infinity : lowers[0]!
    },
    add(found: Pick<Candidates, 'lowers'>) {
      const all = [...lowers, ...found.lowers].filter(lower => !Number.isNaN(lower))
      lowers = Float32Array.from(all).sort().slice(-limit)
    },
  }
}
