// Names of documents in reports. A document with a text as its id, such as "doc-17", has a UUID as point id, which means
// nothing to its user; the text is in the payload.

import type { PointId, ReadableCollection } from '../collection/collection.js'
import { documentIdOf } from '../collection/file-id.js'
import type { VerifyReport } from '../qdrant/index.js'

/** The texts that are ids of documents, by the ids of their points. */
export type DocumentNames = ReadonlyMap<PointId, string>

/** The points that have a fault in a report of `verify`. */
export function faultyPoints({ checks, order, missed, documents }: VerifyReport): PointId[] {
  return [
    ...checks.filter(({ ok }) => ok === false).map(({ id }) => id),
    ...order.flatMap(({ worse, better }) => [worse, better]),
    ...missed.map(({ id }) => id),
    ...documents.flatMap(({ id, other }) => (other === undefined ? [id] : [id, other])),
  ]
}

/** Reads the names of points from the first of the collections that has them. */
export async function readNames(
  ids: Iterable<PointId>,
  collections: readonly Pick<ReadableCollection, 'retrieve'>[],
  signal: AbortSignal,
): Promise<DocumentNames> {
  const names = new Map<PointId, string>()
  // only a UUID may stand for a text
  const uuids = [...new Set(ids)].filter(id => typeof id === 'string')
  for (const collection of collections) {
    const unknown = uuids.filter(id => !names.has(id))
    if (unknown.length === 0) break
    for (const point of await collection.retrieve(unknown, { with_payload: ['id'], signal })) {
      const name = documentIdOf(point)
      if (name !== point.id) names.set(point.id, String(name))
    }
  }
  return names
}

/** A point in a text: its id, and the id of its document if that is another. */
export const pointText = (id: PointId, names: DocumentNames): string =>
  names.has(id) ? `${JSON.stringify(names.get(id))} (${id})` : String(id)
