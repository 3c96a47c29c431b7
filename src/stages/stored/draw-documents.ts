// Documents drawn from a store, to fit a first stage to them, or to measure its drift.

import type { PointId } from '../../collection/collection.js'
import { documentOf } from '../../collection/packed-rows.js'
import { fieldIn } from '../../collection/vector-fields.js'
import type { MultiVector } from '../../core/multivector.js'
import type { Store } from '../../store/index.js'
import { drawNumbers } from '../lemur/draw-numbers.js'
import { createPcg64 } from '../muvera/pcg64.js'

/** Points that are read at a time. */
const BATCH = 32

/** Draws documents of a store that have a vector. */
export async function drawDocuments(
  store: Store,
  using: string,
  count: number,
  seed: number,
  signal?: AbortSignal,
): Promise<MultiVector[]> {
  const ids: PointId[] = []
  for await (const { id } of store.scroll({ with_payload: false, signal })) ids.push(id)
  const field = fieldIn(store, using)
  const drawn = Array.from(drawNumbers(createPcg64(seed), ids.length, count), index => ids[index]!)
  const documents: MultiVector[] = []
  for (let start = 0; start < drawn.length; start += BATCH) {
    const options = { with_payload: false, with_vector: [using], signal }
    for (const point of await store.retrieve(drawn.slice(start, start + BATCH), options)) {
      const rows = documentOf(point, field)
      if (rows && rows.data.length > 0) documents.push(rows)
    }
  }
  return documents
}
