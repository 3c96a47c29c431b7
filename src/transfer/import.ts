// Points of files into a store, and points of collections into files: what is missing on the way (ids, names) is made up.

import type { Distance, Point, StoredPoint } from '../collection/collection.js'
import { chooseField, fieldsOf } from '../collection/fields.js'
import type { FilePoint, PointToWrite } from '../formats/index.js'
import { documentOf } from '../collection/rows.js'
import { createStore, type Store, type StoreVectorConfig } from '../store/index.js'
import type { UpsertReport } from '../collection/upsert-report.js'

export interface ImportOptions {
  /** The store's folder; made where there is none. */
  readonly path: string
  /** What the vector is called in the store. */
  readonly vector: string
  /** Left out: Dot. */
  readonly distance?: Distance | undefined
  /** Left out: float32. */
  readonly datatype?: StoreVectorConfig['datatype']
  readonly signal?: AbortSignal | undefined
}

/**
 * Adds the points of a file to a store, which is made for their dim where there is none. A point without an id gets the
 * next number after those that the store has.
 *
 * @throws RangeError if a point has no vector, or there is none at all
 */
export async function importPoints(
  points: AsyncIterable<FilePoint>,
  options: ImportOptions,
): Promise<UpsertReport> {
  const { path, vector, distance = 'Dot', datatype, signal } = options
  const iterator = points[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done) throw new RangeError('there are no points in the file')
  const size = first.value.vector?.dim
  if (size === undefined) throw lacking(first.value.id ?? 0)
  const vectors = { [vector]: { size, distance, datatype } }
  const store = await createStore({ path, vectors, if_exists: 'reuse' })
  try {
    const next = await nextId(store)
    return await store.upsert(numbered(first.value, iterator, vector, next), { signal })
  } finally {
    await iterator.return?.()
    await store.close()
  }
}

const lacking = (id: number | string) =>
  new RangeError(`point ${id} has a text and no vector; index texts without --vectors`)

async function nextId(store: Store): Promise<number> {
  let next = 0
  for await (const { id } of store.scroll({ with_payload: false })) {
    if (typeof id === 'number') next = Math.max(next, id + 1)
  }
  return next
}

async function* numbered(
  first: FilePoint,
  rest: AsyncIterator<FilePoint>,
  name: string,
  start: number,
): AsyncGenerator<Point> {
  let next = start
  for (
    let result: IteratorResult<FilePoint> = { done: false, value: first };
    !result.done;
    result = await rest.next()
  ) {
    const { id = next++, vector, payload, text } = result.value
    if (!vector) throw lacking(id)
    yield { id, vector: { [name]: vector }, payload: text === undefined ? payload : { ...payload, text } }
  }
}

/** The points of a collection with one of its vectors, as files have them. */
export async function* exportPoints(
  stored: AsyncIterable<StoredPoint>,
  vectors: Parameters<typeof fieldsOf>[0],
  using?: string | undefined,
): AsyncGenerator<PointToWrite> {
  const field = chooseField(fieldsOf(vectors), using)
  for await (const point of stored) {
    const document = documentOf(point, field)
    if (document)
      yield { id: point.id, vector: { data: document.data, dim: field.size }, payload: point.payload }
  }
}
