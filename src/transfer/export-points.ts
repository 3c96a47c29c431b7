// Points of collections as points to write to files.

import type { StoredPoint, VectorDescription } from '../collection/collection.js'
import { unidentify } from '../collection/file-id.js'
import { documentOf } from '../collection/packed-rows.js'
import { chooseField, vectorFieldsOf } from '../collection/vector-fields.js'
import type { PointToWrite } from '../formats/index.js'

/**
 * Yields points of a store or a Qdrant collection with one of their vectors, for `writeNpz` and `jsonLines`. Points
 * without that vector are skipped. A text that a point has as its document's id is its id in the file.
 *
 * @param points the points, with their vectors: `collection.scroll({ with_payload: true, with_vector: true })`
 * @param vectors the vectors of the collection: `collection.config.vectors`
 * @param using the name of the vector. Default: the only multi-vector, or the only vector.
 * @throws RangeError if the collection does not have the vector, or has several vectors and `using` is missing
 *
 * @example
 * import { createStore } from 'maxsimd/store'
 * import { exportPoints } from 'maxsimd/transfer'
 *
 * const store = await createStore({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
 * await store.upsert([{ id: 7, vector: { colbert: [[1, 0], [0, 1]] }, payload: { title: 'two rows' } }])
 * const points = []
 * const stored = store.scroll({ with_payload: true, with_vector: true })
 * for await (const point of exportPoints(stored, store.config.vectors)) points.push(point)
 * points[0].vector.data // [1, 0, 0, 1]
 * points[0].payload // { title: 'two rows' }
 * await store.close()
 */
export async function* exportPoints(
  points: AsyncIterable<StoredPoint>,
  vectors: Readonly<Record<string, VectorDescription>>,
  using?: string | undefined,
): AsyncGenerator<PointToWrite> {
  const field = chooseField(vectorFieldsOf(vectors), using)
  for await (const point of points) {
    const document = documentOf(point, field)
    if (document) yield { ...unidentify(point), vector: document }
  }
}
