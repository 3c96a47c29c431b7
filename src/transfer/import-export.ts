// Points of files into a store, and points of collections into files: what is missing on the way (ids, names) is made up.

import type { Distance, Point, StoredPoint } from '../collection/collection.js'
import { documentOf } from '../collection/packed-rows.js'
import { UpsertError, type UpsertReport } from '../collection/upsert-report.js'
import { chooseField, vectorFieldsOf } from '../collection/vector-fields.js'
import { type FilePoint, FormatError, type PointToWrite } from '../formats/index.js'
import {
  createStore,
  openStore,
  readStoreConfig,
  type Store,
  type StoreVectorConfig,
} from '../store/index.js'
import { openAssignedIds } from './assigned-ids.js'

export interface ImportOptions {
  /** The store's folder; made where there is none. */
  readonly path: string
  /**
   * What the points come from, for errors, and so that those without ids take the places of the same file's when it is read
   * again. Left out: they are added.
   */
  readonly file?: string | undefined
  /** What the vector is called in the store; left out: its only vector, or `colbert`. */
  readonly vector?: string | undefined
  /** Left out: as the store has it, or Dot. */
  readonly distance?: Distance | undefined
  /** Left out: as the store has it, or float32. */
  readonly datatype?: StoreVectorConfig['datatype']
  readonly signal?: AbortSignal | undefined
}

export interface ImportReport extends UpsertReport {
  /** Points that the file had when it was read before, and has no longer. */
  readonly removed: number
  /** Points that the store has now. */
  readonly total: number
}

/**
 * Puts the points of a file into a store, which is made for their dim where there is none. Points with ids replace those
 * that are there; others get the next numbers after those that the store has.
 *
 * @throws FormatError if a point has no vector, or one that the store does not take; if some have ids and others none, or
 * there are no points at all. Those before it are in the store
 * @throws RangeError if the store has other vectors than was asked for
 */
export async function importPoints(
  points: AsyncIterable<FilePoint>,
  options: ImportOptions,
): Promise<ImportReport> {
  const { path, file, signal } = options
  const place = file ?? 'the file'
  const iterator = points[Symbol.asyncIterator]()
  const first = await iterator.next()
  if (first.done) throw broken(place, 'has no points')
  const { id, vector } = first.value
  if (!vector) throw lacking(place, id ?? 0)
  const store = await storeFor(vector.dim, options)
  try {
    const end = id === undefined ? await firstFree(store) : 0
    const numbers =
      id === undefined && file !== undefined ? await openAssignedIds(path, file, end) : undefined
    let next = end
    const number = () => numbers?.next() ?? next++
    const { name } = chooseField(vectorFieldsOf(store.config.vectors), options.vector)
    const read = pointsOf(first, iterator, { place, name, number })
    const report = await store.upsert(read, { signal }).catch((error: unknown) => {
      throw faultOf(error, place)
    })
    const left = numbers?.left ?? []
    const before = await store.count()
    if (left.length > 0) await store.delete(left, { signal })
    await numbers?.close()
    const total = await store.count()
    return { ...report, removed: before - total, total }
  } finally {
    await iterator.return?.()
    await store.close()
  }
}

/** The store, opened or made; an empty one of other vectors, which a file that was refused may leave, is made anew. */
async function storeFor(size: number, options: ImportOptions): Promise<Store> {
  const { path, vector, distance, datatype } = options
  if (await readStoreConfig(path)) {
    const store = await openStore(path)
    try {
      const field = chooseField(vectorFieldsOf(store.config.vectors), vector)
      const has = [field.size, field.distance, field.datatype]
      const wanted = [size, distance ?? field.distance, datatype ?? field.datatype]
      if (has.join() === wanted.join()) return store
      if ((await store.count()) > 0) {
        throw new RangeError(
          `the store at "${path}" has rows of ${has.join(', ')}, and not of ${wanted.join(', ')}; choose another folder`,
        )
      }
      await store.close()
    } catch (error) {
      await store.close()
      throw error
    }
  }
  const vectors = { [vector ?? 'colbert']: { size, distance: distance ?? 'Dot', datatype } }
  return createStore({ path, vectors, ifExists: 'recreate' })
}

const lacking = (place: string, id: number | string) =>
  broken(place, `point ${id} has a text and no vector; index texts without --vectors`)

async function firstFree(store: Store): Promise<number> {
  let next = 0
  for await (const { id } of store.scroll({ with_payload: false })) {
    if (typeof id === 'number') next = Math.max(next, id + 1)
  }
  return next
}

async function* pointsOf(
  first: IteratorResult<FilePoint>,
  rest: AsyncIterator<FilePoint>,
  {
    place,
    name,
    number,
  }: { readonly place: string; readonly name: string; readonly number: () => Promise<number> | number },
): AsyncGenerator<Point> {
  const isNumbered = first.value.id === undefined
  let index = 0
  for (let result = first; !result.done; result = await rest.next()) {
    const { id = await number(), vector, payload, text } = result.value
    if ((result.value.id === undefined) !== isNumbered) {
      const [has, had] = isNumbered ? ['an id', 'none'] : ['no id', 'one']
      throw broken(
        place,
        `document ${index} has ${has}, and those before it have ${had}; give all of them ids, or none`,
      )
    }
    if (!vector) throw lacking(place, id)
    index++
    yield {
      id,
      vector: name === '' ? vector : { [name]: vector },
      payload: text === undefined ? payload : { ...payload, text },
    }
  }
}

const broken = (place: string, fault: string) => new FormatError(`${place}: ${fault}`)

/** What a store refuses is the file's fault, and the file is named; other errors are as they are. */
function faultOf(error: unknown, place: string): unknown {
  const [cause, taken] = error instanceof UpsertError ? [error.cause, error.report.points] : [error, 0]
  const isFault = cause instanceof FormatError || cause instanceof RangeError || cause instanceof TypeError
  if (!isFault) return error
  const why = cause instanceof FormatError ? cause.message : `${place}: ${cause.message}`
  return new FormatError(taken === 0 ? why : `${why}; ${taken} points before it are in the store`, {
    cause: error,
  })
}

/** The points of a collection with one of its vectors, as files have them. */
export async function* exportPoints(
  stored: AsyncIterable<StoredPoint>,
  vectors: Parameters<typeof vectorFieldsOf>[0],
  using?: string | undefined,
): AsyncGenerator<PointToWrite> {
  const field = chooseField(vectorFieldsOf(vectors), using)
  for await (const point of stored) {
    const document = documentOf(point, field)
    if (document)
      yield { id: point.id, vector: { data: document.data, dim: field.size }, payload: point.payload }
  }
}
