// What the first documents of a collection tell: queries for those who have none at hand, and how large a document is.
// The first by id, so that every run has the same.

import type { PointId, ReadableCollection } from '../../collection/collection.js'
import { documentOf } from '../../collection/packed-rows.js'
import { chooseField, selectionOf, vectorFieldsOf } from '../../collection/vector-fields.js'
import type { FlatMultiVector } from '../../core/multivector.js'

/** As many rows as a ColBERT query has. */
const QUERY_ROWS = 32

export interface SampledQuery {
  /** The document that it was. */
  readonly id: PointId
  readonly vector: FlatMultiVector
}

/**
 * The first rows (at most 32) of the first `count` documents, as queries: each should find the document it came from.
 *
 * @throws RangeError if the collection has no such vector, or `count` is no whole number of at least 1
 */
export async function sampleQueries(
  collection: ReadableCollection,
  count: number,
  options: { readonly using?: string | undefined; readonly signal?: AbortSignal | undefined } = {},
): Promise<SampledQuery[]> {
  checkCount(count)
  const field = chooseField(vectorFieldsOf(collection.config.vectors), options.using)
  const queries: SampledQuery[] = []
  const with_vector = selectionOf(field)
  const batchPoints = Math.min(count, 32)
  for await (const point of collection.scroll({
    with_payload: false,
    with_vector,
    batchPoints,
    signal: options.signal,
  })) {
    const document = documentOf(point, field)
    if (!document || document.data.length === 0) continue
    const data = document.data.slice(0, QUERY_ROWS * field.size)
    queries.push({ id: point.id, vector: { data, dim: field.size } })
    if (queries.length === count) break
  }
  return queries
}

/** How large a document is on average. */
export interface SampledSize {
  /** Documents looked at. */
  readonly points: number
  /** Mean rows of each vector that is a multi-vector. */
  readonly rows: Readonly<Record<string, number>>
  /** Mean bytes of a payload as JSON. */
  readonly payloadBytes: number
}

/** Reads the first `count` points with all their vectors. */
export async function sampleSize(
  collection: ReadableCollection,
  count: number,
  signal?: AbortSignal | undefined,
): Promise<SampledSize> {
  checkCount(count)
  const multi = [...vectorFieldsOf(collection.config.vectors).dense.values()].filter(field => field.multi)
  const rows = Object.fromEntries(multi.map(({ name }) => [name, 0]))
  let points = 0
  let payloadBytes = 0
  const batchPoints = Math.min(count, 32)
  for await (const point of collection.scroll({
    with_payload: true,
    with_vector: true,
    batchPoints,
    signal,
  })) {
    for (const field of multi) rows[field.name]! += (documentOf(point, field)?.data.length ?? 0) / field.size
    payloadBytes += new TextEncoder().encode(JSON.stringify(point.payload ?? {})).length
    points++
    if (points === count) break
  }
  const each = (sum: number) => sum / Math.max(1, points)
  return {
    points,
    rows: Object.fromEntries(Object.entries(rows).map(([name, sum]) => [name, each(sum)])),
    payloadBytes: each(payloadBytes),
  }
}

function checkCount(count: number): void {
  if (Number.isInteger(count) && count >= 1) return
  throw new RangeError(`"count" expected a whole number of at least 1, got ${String(count)}`)
}
