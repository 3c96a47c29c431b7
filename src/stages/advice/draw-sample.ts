// What advice is based on: the exact results of each query in the whole collection, and documents drawn from all of it.

import type { PointId, ReadableCollection } from '../../collection/collection.js'
import { documentOf } from '../../collection/packed-rows.js'
import { selectionOf } from '../../collection/vector-fields.js'
import type { FlatMultiVector, MultiVector } from '../../core/multivector.js'
import { drawNumbers } from '../lemur/draw-numbers.js'
import { createPcg64 } from '../muvera/pcg64.js'
import type { AdviceQuery, AdviceSettings } from './advice.js'

/** Results of exact search that a first stage should find. */
export const BEST = 10
/** Documents that are read at a time. */
const BATCH = 64
const MIN_DOCUMENTS = 100

/** A query with its exact results. */
interface AnsweredQuery {
  readonly vector: MultiVector
  readonly best: readonly PointId[]
  readonly milliseconds: number
}

/** The documents and queries that stages are measured with. */
export interface AdviceSample {
  /** Documents of the collection. */
  readonly total: number
  /** The drawn documents come first, then further results of exact search. */
  readonly documents: readonly FlatMultiVector[]
  readonly drawn: number
  /** `best`: positions in `documents`. */
  readonly queries: readonly { readonly vector: MultiVector; readonly best: readonly number[] }[]
  /** Times of exact search in the collection. */
  readonly milliseconds: readonly number[]
}

/**
 * Searches the queries exactly and draws documents.
 *
 * @throws RangeError if the collection has too few documents
 */
export async function drawSample(
  collection: ReadableCollection,
  queries: readonly AdviceQuery[],
  settings: AdviceSettings,
): Promise<AdviceSample> {
  const { field, signal, onProgress } = settings
  const ids: PointId[] = []
  for await (const { id } of collection.scroll({ with_payload: false, with_vector: false, signal }))
    ids.push(id)
  if (ids.length < MIN_DOCUMENTS) {
    throw new RangeError(
      `the collection expected at least ${MIN_DOCUMENTS} documents, got ${ids.length}; exact search needs no first stage`,
    )
  }
  const answered: AnsweredQuery[] = []
  for (const query of queries) {
    answered.push(await answer(collection, query, settings))
    onProgress?.({ phase: 'queries', done: answered.length, total: queries.length })
  }
  const drawnIds = Array.from(
    drawNumbers(createPcg64(settings.seed), ids.length, settings.sample),
    index => ids[index]!,
  )
  const drawnSet = new Set(drawnIds)
  const others = [...new Set(answered.flatMap(({ best }) => best))].filter(id => !drawnSet.has(id))
  const wanted = [...drawnIds, ...others]
  const documents: FlatMultiVector[] = []
  const positions = new Map<PointId, number>()
  let drawn = 0
  for (let start = 0; start < wanted.length; start += BATCH) {
    const batch = wanted.slice(start, start + BATCH)
    const points = await collection.retrieve(batch, {
      with_payload: false,
      with_vector: selectionOf(field),
      signal,
    })
    const byId = new Map(points.map(point => [point.id, documentOf(point, field)]))
    for (const [i, id] of batch.entries()) {
      const rows = byId.get(id)
      // a point without the vector has no rows to find
      if (!rows || rows.data.length === 0) continue
      positions.set(id, documents.length)
      documents.push(rows)
      if (start + i < drawnIds.length) drawn++
    }
    onProgress?.({ phase: 'points', done: Math.min(wanted.length, start + BATCH), total: wanted.length })
  }
  return {
    ...{ total: ids.length, documents, drawn },
    queries: answered.map(({ vector, best }) => ({
      vector,
      best: best.flatMap(id => positions.get(id) ?? []),
    })),
    milliseconds: answered.map(({ milliseconds }) => milliseconds),
  }
}

/** Searches a query exactly. The document that it comes from is no result. */
async function answer(
  collection: ReadableCollection,
  query: AdviceQuery,
  { field, signal }: AdviceSettings,
): Promise<AnsweredQuery> {
  const { id, vector } = 'vector' in query ? query : { id: undefined, vector: query }
  const started = performance.now()
  const hits = await collection.query(vector, {
    using: field.name,
    limit: id === undefined ? BEST : BEST + 1,
    params: { exact: true },
    signal,
  })
  const milliseconds = performance.now() - started
  const best = hits.map(hit => hit.id).filter(found => found !== id)
  return { vector, best: best.slice(0, BEST), milliseconds }
}
