// Samples of a collection's first documents: queries for users without queries, and the mean size of a document. The
// first ids are taken, so that every run has the same sample.

import { checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import { exactJson } from '../../base/exact-json.js'
import { checkSignal } from '../../collection/call-options.js'
import type { PointId, ReadableCollection } from '../../collection/collection.js'
import { documentOf } from '../../collection/packed-rows.js'
import { fieldIn, selectionOf, vectorFieldsOf } from '../../collection/vector-fields.js'
import type { FlatMultiVector } from '../../core/multivector.js'
import type { ShardOptions } from '../read-points.js'
import { inShards } from './shard-view.js'

/** Maximum rows of a sampled query: the rows of a ColBERT query. */
const QUERY_ROWS = 32
/** Points read at a time. */
const PAGE_SIZE = 32

/** Options of `sampleQueries`. */
export interface SampleOptions extends ShardOptions {
  /** Name of the vector. Default: the collection's only multi-vector, or its only vector. */
  readonly using?: string | undefined
  /** Cancels the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/** A query made from a stored document. */
export interface SampledQuery {
  /** The document that the rows come from. */
  readonly id: PointId
  /** Its first rows, at most 32. A copy. */
  readonly vector: FlatMultiVector
}

/**
 * Takes the first rows (at most 32) of the first `count` documents as queries. Each should find its own document. Documents
 * with numbers that are not finite are skipped.
 *
 * @returns `count` queries, or fewer if the collection has fewer documents
 * @throws TypeError or RangeError if `count` is not an integer of at least 1, or an option is wrong
 * @throws RangeError if the collection has no such vector
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { createCollection, deleteCollection, sampleQueries } from 'maxsimd/qdrant'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * const collection = await createCollection(client, 'sample-example', {
 *   vectors: { colbert: { size: 2, distance: 'Dot' } },
 * })
 * await collection.upsert([{ id: 7, vector: { colbert: [[1, 0], [0, 1]] } }])
 * const [query] = await sampleQueries(collection, 1)
 * query.id // 7
 * query.vector.data // [1, 0, 0, 1]
 * await deleteCollection(client, 'sample-example')
 */
export async function sampleQueries(
  collection: ReadableCollection,
  count: number,
  options: SampleOptions = {},
): Promise<SampledQuery[]> {
  wholeNumber(count, 'count', 1)
  checkKnownOptions(options, ['using', 'shard_key', 'signal'], 'sampleQueries')
  const field = fieldIn(collection, options.using)
  const queries: SampledQuery[] = []
  for await (const point of inShards(collection, options.shard_key).scroll({
    with_payload: false,
    with_vector: selectionOf(field),
    batchPoints: Math.min(count, PAGE_SIZE),
    signal: options.signal,
  })) {
    const document = documentOf(point, field)
    if (!document || document.data.length === 0) continue
    const data = document.data.slice(0, QUERY_ROWS * field.size)
    if (!data.every(Number.isFinite)) continue
    queries.push({ id: point.id, vector: { data, dim: field.size } })
    if (queries.length === count) break
  }
  return queries
}

/** The mean size of a collection's documents. */
export interface SampledSize {
  /** Number of points that were read. */
  readonly points: number
  /** Mean number of rows of a point, for each multi-vector by name. */
  readonly rows: Readonly<Record<string, number>>
  /** Mean bytes of a payload as JSON. */
  readonly payloadBytes: number
}

/**
 * Reads the first `count` points with all their vectors and returns their mean size, as `estimateCollection` takes it.
 *
 * @throws TypeError or RangeError if `count` is not an integer of at least 1, or an option is wrong
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { createCollection, deleteCollection, sampleSize } from 'maxsimd/qdrant'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * const collection = await createCollection(client, 'size-example', {
 *   vectors: { colbert: { size: 2, distance: 'Dot' } },
 * })
 * await collection.upsert([
 *   { id: 1, vector: { colbert: [[1, 0], [0, 1]] } },
 *   { id: 2, vector: { colbert: [[1, 1]] } },
 * ])
 * await sampleSize(collection, 100) // { points: 2, rows: { colbert: 1.5 }, payloadBytes: 2 }
 * await deleteCollection(client, 'size-example')
 */
export async function sampleSize(
  collection: ReadableCollection,
  count: number,
  options: Omit<SampleOptions, 'using'> = {},
): Promise<SampledSize> {
  wholeNumber(count, 'count', 1)
  checkSignal(options, 'sampleSize', ['shard_key'])
  const multi = [...vectorFieldsOf(collection.config.vectors).dense.values()].filter(field => field.multi)
  const rows = Object.fromEntries(multi.map(({ name }) => [name, 0]))
  let points = 0
  let payloadBytes = 0
  for await (const point of inShards(collection, options.shard_key).scroll({
    with_payload: true,
    with_vector: true,
    batchPoints: Math.min(count, PAGE_SIZE),
    signal: options.signal,
  })) {
    for (const field of multi) rows[field.name]! += (documentOf(point, field)?.data.length ?? 0) / field.size
    payloadBytes += new TextEncoder().encode(exactJson(point.payload ?? {})).length
    points++
    if (points === count) break
  }
  const mean = (sum: number) => sum / Math.max(1, points)
  return {
    points,
    rows: Object.fromEntries(Object.entries(rows).map(([name, sum]) => [name, mean(sum)])),
    payloadBytes: mean(payloadBytes),
  }
}
