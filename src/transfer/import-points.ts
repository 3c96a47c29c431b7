// Puts the points of a file into a store. Points without ids get numbers.

import { checkAbortSignal, checkKnownOptions } from '../base/check-options.js'
import { plural } from '../base/plural.js'
import { typeName } from '../base/type-name.js'
import type { Distance, Payload, Point } from '../collection/collection.js'
import { type FileId, identify } from '../collection/file-id.js'
import { UpsertError, type UpsertReport } from '../collection/upsert-report.js'
import { chooseField, vectorFieldsOf } from '../collection/vector-fields.js'
import { type FilePoint, FormatError } from '../formats/index.js'
import { openStagedStore } from '../stages/stored/stored-stages.js'
import { createIdMap, type IdMap } from '../store/columns/id-map.js'
import { createStore, openStore, readStoreConfig, type Store, type StoreDatatype } from '../store/index.js'
import { openAssignedIds } from './assigned-ids.js'
import { deleteStore } from './delete-store.js'

/** The options of `importPoints`. */
export interface ImportOptions {
  /** The folder of the store. It is created if it does not exist. */
  readonly path: string
  /**
   * The name of the file, for errors and for points without ids: if the same file is imported again, its points get the
   * same ids. Default: undefined; points without ids are then added.
   */
  readonly file?: string | undefined
  /** The name of the vector in the store. Default: the only vector of the store, or "colbert" in a new store. */
  readonly using?: string | undefined
  /** How rows are compared. Default: as in the store, or "Dot" in a new store. */
  readonly distance?: Distance | undefined
  /** How elements are stored. Default: as in the store, or "float32" in a new store. */
  readonly datatype?: StoreDatatype | undefined
  /** Cancels the import. Points that were written stay. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

const OPTIONS = [
  'path',
  'file',
  'using',
  'distance',
  'datatype',
  'signal',
] as const satisfies readonly (keyof ImportOptions)[]

/** The report of `importPoints`. */
export interface ImportReport extends UpsertReport {
  /** Points that the file had when it was imported before and does not have now. They were deleted. */
  readonly removed: number
  /** Points in the store after the import. */
  readonly total: number
  /** Ids that several documents of the file have. The last of these documents is in the store. */
  readonly duplicates: readonly FileId[]
}

/**
 * Puts the points of a file into a store. A new store gets the dim of the first point. A point with an id replaces the
 * point with that id. Points without ids get the numbers after the largest id in the store. An id that is a text, such as
 * "doc-17", becomes the UUID of version 5 of the text and is kept in the payload as "id" (docs/formats.md).
 *
 * @throws TypeError if `path` is missing
 * @throws RangeError if an option is unknown, or the store has another dim, distance or datatype
 * @throws FormatError if there are no points, a point has no vector or an invalid one, or only some points have ids.
 * The points before it stay in the store; a new store without points is deleted
 * @throws the error of `points`, or the signal's reason
 *
 * @example
 * import { mkdtemp } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { bytesSource, readPoints } from 'maxsimd/formats'
 * import { importPoints } from 'maxsimd/transfer'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'maxsimd-')), 'store')
 * const source = bytesSource(new TextEncoder().encode('{"id": 7, "vector": [[1, 0], [0, 1]]}'))
 * const { points, rows, total } = await importPoints(readPoints(source), { path, file: 'corpus.jsonl' })
 * console.log([points, rows, total]) // [1, 2, 1]
 */
export async function importPoints(
  points: AsyncIterable<FilePoint>,
  options: ImportOptions,
): Promise<ImportReport> {
  checkOptions(options)
  const iterator = points[Symbol.asyncIterator]()
  try {
    const first = await iterator.next()
    if (first.done) throw new FormatError(`${options.file ?? 'the file'}: has no points`)
    return await importFrom(first, iterator, options)
  } finally {
    await iterator.return?.()
  }
}

/** Imports the first point and the rest. Deletes a new store that has no points afterwards. */
async function importFrom(
  first: IteratorYieldResult<FilePoint>,
  rest: AsyncIterator<FilePoint>,
  options: ImportOptions,
): Promise<ImportReport> {
  const { path, file, using, signal } = options
  const name = file ?? 'the file'
  const { id, vector } = first.value
  if (!vector) throw noVectorError(name, id ?? 0)
  const isNew = (await readStoreConfig(path)) === undefined
  const store = await openStagedStore(await openOrCreate(vector.dim, options))
  try {
    const end = id === undefined ? await firstFreeId(store) : 0
    const assigned =
      id === undefined && file !== undefined ? await openAssignedIds(path, file, end) : undefined
    let next = end
    const seen = { ids: createIdMap(), duplicates: new Set<FileId>() }
    const context: NumberingContext = {
      ...seen,
      file: name,
      field: chooseField(vectorFieldsOf(store.config.vectors), using).name,
      nextId: () => assigned?.next() ?? next++,
    }
    const report = await store
      .upsert(numberedPoints(first, rest, context), { signal })
      .catch((error: unknown) => {
        throw fileErrorOf(error, name)
      })
    const before = await store.count()
    const unused = assigned?.unused() ?? []
    if (unused.length > 0) await store.delete(unused, { signal })
    await assigned?.close()
    const total = await store.count()
    return { ...report, removed: before - total, total, duplicates: [...seen.duplicates] }
  } finally {
    const isEmpty = (await store.count().catch(() => 1)) === 0
    await store.close()
    if (isNew && isEmpty) await deleteStore(path)
  }
}

function checkOptions(options: ImportOptions): void {
  checkKnownOptions(options, OPTIONS, 'importPoints')
  if (typeof options.path !== 'string') {
    throw new TypeError(`"path" is required: the folder of the store, got ${typeName(options.path)}`)
  }
  checkAbortSignal(options.signal)
}

/**
 * Opens the store, or creates it. An empty store with another vector, as a refused file may leave, is created again.
 */
async function openOrCreate(size: number, options: ImportOptions): Promise<Store> {
  const { path, using, distance, datatype } = options
  if (await readStoreConfig(path)) {
    const store = await openStore(path)
    try {
      const found = chooseField(vectorFieldsOf(store.config.vectors), using)
      const expected = {
        size,
        distance: distance ?? found.distance,
        datatype: datatype ?? found.datatype,
      }
      if (vectorText(found) === vectorText(expected)) return store
      if ((await store.count()) > 0) {
        throw new RangeError(
          `the store at "${path}" expected ${vectorText(found)}, got ${vectorText(expected)}; choose another folder`,
        )
      }
      await store.close()
    } catch (error) {
      await store.close()
      throw error
    }
  }
  const vectors = { [using ?? 'colbert']: { size, distance: distance ?? 'Dot', datatype } }
  return createStore({ path, vectors, ifExists: 'recreate' })
}

interface VectorText {
  readonly size: number
  readonly distance: string
  readonly datatype: string
}

const vectorText = ({ size, distance, datatype }: VectorText) =>
  `rows of ${plural(size, 'number')} with ${distance} and ${datatype}`

async function firstFreeId(store: Store): Promise<number> {
  let next = 0
  for await (const { id } of store.scroll({ with_payload: false })) {
    if (typeof id === 'number') next = Math.max(next, id + 1)
  }
  return next
}

interface NumberingContext {
  /** Names the file in errors. */
  readonly file: string
  /** The ids of the points so far. */
  readonly ids: IdMap
  /** The ids that several documents have. */
  readonly duplicates: Set<FileId>
  /** The name of the vector in the store; '' if it has no name. */
  readonly field: string
  /** Returns the id of the next point without one. */
  nextId(): Promise<number> | number
}

/** The points of a file as points of the store. */
async function* numberedPoints(
  first: IteratorResult<FilePoint>,
  rest: AsyncIterator<FilePoint>,
  context: NumberingContext,
): AsyncGenerator<Point> {
  const { file, field } = context
  const haveIds = first.value.id !== undefined
  let index = 0
  for (let result = first; !result.done; result = await rest.next()) {
    const point: FilePoint = result.value
    if ((point.id !== undefined) !== haveIds) {
      const [found, expected] = haveIds ? ['no id', 'an id'] : ['an id', 'no id']
      throw new FormatError(
        `${file}: document ${index} has ${found}, and the documents before it have ${expected}; give ids to all or to none`,
      )
    }
    if (!point.vector) throw noVectorError(file, point.id ?? index)
    const payload = point.text === undefined ? point.payload : { ...point.payload, text: point.text }
    const identified = await identifyPoint(point.id, payload, `${file}: document ${index}`, context)
    index++
    yield { ...identified, vector: field === '' ? point.vector : { [field]: point.vector } }
  }
}

/** The id and the payload of a document's point. Notes an id that an earlier document has. */
async function identifyPoint(
  documentId: FileId | undefined,
  payload: Payload,
  path: string,
  { ids, duplicates, nextId }: NumberingContext,
): Promise<Pick<Point, 'id' | 'payload'>> {
  if (documentId === undefined) return { id: await nextId(), payload }
  try {
    const identified = identify(documentId, payload)
    if (ids.get(identified.id) !== undefined) duplicates.add(documentId)
    ids.set(identified.id, 1)
    return identified
  } catch (cause) {
    throw new FormatError(`${path}: ${(cause as Error).message}`, { cause })
  }
}

const noVectorError = (file: string, id: FileId) =>
  new FormatError(
    `${file}: point ${id} has a text and no vector; ` +
      'texts are indexed by maxsimd/texts and by "npx maxsimd index" without --vectors',
  )

/** An error of the file if the store refused one of its points; otherwise the same error. */
function fileErrorOf(error: unknown, file: string): unknown {
  const cause = error instanceof UpsertError ? error.cause : error
  const written = error instanceof UpsertError ? error.report.points : 0
  const isRefusal = cause instanceof FormatError || cause instanceof RangeError || cause instanceof TypeError
  if (!isRefusal) return error
  const message = cause instanceof FormatError ? cause.message : `${file}: ${cause.message}`
  const remark =
    written === 0
      ? ''
      : `; ${plural(written, 'point')} before it ${written === 1 ? 'is' : 'are'} in the store`
  return new FormatError(`${message}${remark}`, { cause: error })
}
