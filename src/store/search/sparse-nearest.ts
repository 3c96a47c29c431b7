// Finds the points with the largest dot products with a sparse query, segment by segment.

import type { SparseVector } from '../../collection/collection.js'
import { candidatesOf, type Segment } from '../columns/segment.js'
import { hasDocument } from '../columns/sparse-documents.js'
import type { Postings } from '../postings/postings.js'
import { countLive, type QueryTerm, searchPostings } from '../postings/search-postings.js'
import type { FoundPoint } from './fusion.js'
import { foundPoint, resultOrder } from './nearest.js'
import { columnIndexOf, type StoreQueryContext } from './query-context.js'
import type { SelectedSlots } from './selection.js'

/** A sparse search. */
export interface SparseRequest {
  readonly vector: SparseVector
  /** The name of the sparse vector. */
  readonly name: string
  /** Maximum number of results. */
  readonly limit: number
  /** The points to score; undefined for all. */
  readonly candidates: SelectedSlots | undefined
  /** The points over which the frequencies of dimensions are counted; undefined for all with at least one dimension. */
  readonly corpus: SelectedSlots | undefined
  readonly signal: AbortSignal | undefined
}

/** Returns the points with the largest scores, best first. Points without a common dimension are not among them. */
export async function findSparse(context: StoreQueryContext, request: SparseRequest): Promise<FoundPoint[]> {
  const { name, limit, candidates, signal } = request
  const fieldIndex = columnIndexOf(context, name)
  const all = new Map<Segment, Postings>()
  for (const segment of context.segments.values()) {
    signal?.throwIfAborted()
    all.set(segment, await context.postings.of(segment, fieldIndex, signal))
  }
  const terms = queryTerms(context, request, all, fieldIndex)
  let best: FoundPoint[] = []
  for (const [segment, postings] of all) {
    const selected = candidates?.get(segment)
    if (candidates && !selected) continue
    signal?.throwIfAborted()
    const floor = best.length === limit ? best.at(-1)!.score : undefined
    const { live } = segment
    const found = searchPostings(postings, { terms, limit, live, candidates: selected, floor })
    best = [...best, ...found.map(({ slot, score }) => foundPoint(segment, slot, finite(score)))]
      .sort(resultOrder(false))
      .slice(0, limit)
  }
  return best
}

/** @throws RangeError if f32 cannot hold the score */
function finite(score: number): number {
  if (Number.isFinite(score)) return score
  throw new RangeError('the score of a point exceeds the range of f32; use smaller values')
}

/** The dimensions of a query in ascending order, with their weights in f32. */
function queryTerms(
  context: StoreQueryContext,
  { vector: { indices, values }, name, corpus }: SparseRequest,
  all: ReadonlyMap<Segment, Postings>,
  fieldIndex: number,
): QueryTerm[] {
  const terms = indices.map((dimension, i) => ({ dimension, weight: Math.fround(values[i]!) }))
  terms.sort((a, b) => a.dimension - b.dimension)
  if (context.modifiers.get(name) !== 'idf') return terms
  let vectors = 0
  const counted = new Map<Segment, Uint8Array>()
  for (const segment of all.keys()) {
    const column = segment.columns[fieldIndex]!
    // a server counts a vector without dimensions only in a corpus
    const slots = corpus
      ? (corpus.get(segment) ?? []).filter(slot => hasDocument(column, slot))
      : candidatesOf(segment, column)
    vectors += slots.length
    counted.set(segment, corpus ? maskOf(segment, slots) : segment.live)
  }
  return terms.map(({ dimension, weight }) => {
    let frequency = 0
    for (const [segment, postings] of all) frequency += countLive(postings, dimension, counted.get(segment)!)
    return { dimension, weight: Math.fround(weight * inverseFrequency(vectors, frequency)) }
  })
}

/** 1 for each of the slots. */
function maskOf({ length }: Segment, slots: Iterable<number>): Uint8Array {
  const mask = new Uint8Array(length)
  for (const slot of slots) mask[slot] = 1
  return mask
}

/** Qdrant's formula, computed in f32 as there. */
function inverseFrequency(vectors: number, frequency: number): number {
  const f32 = Math.fround
  const n = f32(vectors)
  const df = f32(frequency)
  return f32(Math.log(f32(f32(f32(f32(n - df) + 0.5) / f32(df + 0.5)) + 1)))
}
