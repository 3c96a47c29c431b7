// The first stage of a store: makes its vectors for new documents, and searches in two stages.

import { sleep } from '../../base/sleep.js'
import type { Hit, Point, PointId, VectorDescription, VectorInput } from '../../collection/collection.js'
import type { PointVectors } from '../../collection/point-changes.js'
import type { Query, QueryOptions } from '../../collection/search-options.js'
import type { UpsertOptions } from '../../collection/upsert-options.js'
import type { UpsertReport } from '../../collection/upsert-report.js'
import type { MultiVector } from '../../core/multivector.js'
import { folderAt } from '../../store/folders/folder.js'
import type { Store } from '../../store/index.js'
import { type Lemur, type LemurDrift, openLemur } from '../lemur/lemur.js'
import { lemurFirst, meanFirst, muveraFirst, STAGE_MUVERA } from '../presets.js'
import type { Stages } from '../two-stage.js'
import { drawDocuments } from './draw-documents.js'
import {
  decodeStage,
  isStageVector,
  readStageFile,
  type StageSettings,
  stageFileName,
  vectorNamedIn,
} from './stage-file.js'
import { stagedOptions } from './staged-options.js'

/** The first stage of a store. */
export interface FirstStage extends StageSettings {
  /** Number of documents that have no vector of the first stage: while there are any, queries search all documents. */
  missing(): Promise<number>
  /** Makes the missing vectors. Returns their number. */
  complete(options?: { readonly signal?: AbortSignal | undefined }): Promise<number>
  /**
   * Measures how well LEMUR's map predicts MaxSim for the documents that the store has now, on 200 that are drawn from all
   * of them. Undefined for other stages, and for fewer than two documents.
   */
  drift(): Promise<LemurDrift | undefined>
}

/** A store that keeps its first stage up to date, and uses it. */
export interface StagedStore extends Store {
  /** Undefined if the store does not have one. */
  readonly firstStage: FirstStage | undefined
}

/** Documents that drift is measured with. */
const DRIFT_DOCUMENTS = 200
/** Points whose vectors are made at a time. */
const BATCH = 32

/** A stage with what makes its vectors. */
interface OpenedStage {
  readonly settings: StageSettings
  readonly stages: Stages
  readonly lemur: Lemur | undefined
}

/** See `withFirstStage`. */
export async function openWithFirstStage(store: Store): Promise<StagedStore> {
  const opened = await openStage(store)
  return opened ? stagedStore(store, opened) : { ...store, firstStage: undefined }
}

/** Opens the first stage of a store. Returns undefined if it does not have one. */
async function openStage(store: Store): Promise<OpenedStage | undefined> {
  const { vectors } = store.config
  const names = Object.keys(vectors).filter(isStageVector)
  const { path } = names.length > 0 ? await store.info() : { path: undefined }
  if (path === undefined) return undefined
  const folder = await folderAt(path)
  for (const name of names) {
    const bytes = await readStageFile(folder, name)
    if (bytes) return openBytesOf(bytes, name, vectors, `${path}/${stageFileName(name)}`)
  }
  return undefined
}

/**
 * Opens the bytes of the first stage with a vector, called `path` in errors.
 *
 * @throws RangeError if they were cut or changed, or do not fit the vectors
 */
async function openBytesOf(
  bytes: Uint8Array,
  name: string,
  vectors: Readonly<Record<string, VectorDescription>>,
  path: string,
): Promise<OpenedStage> {
  const { settings, map } = decodeStage(bytes, name, path)
  const lemur = settings.stage === 'lemur' ? await openLemur(map) : undefined
  const { size, distance } = vectors[settings.using] ?? {}
  const stages = createStageOf(settings, { size, distance, lemur })
  const fits = (vector: string) => stages?.vectors[vector]?.size === vectors[vector]?.size
  if (stages && fits(settings.using) && fits(name)) return { settings, stages, lemur }
  throw new RangeError(
    `"${path}" does not fit the vectors "${settings.using}" and "${name}"; add the first stage again: ` +
      'addFirstStage(), or npx maxsimd index --first-stage lemur',
  )
}

/** A collection that is searched: a store, or a collection on a server. */
interface Searched {
  readonly config: { readonly vectors: Readonly<Record<string, VectorDescription>> }
  query(query: Query | undefined, options?: QueryOptions): Promise<Hit[]>
}

/** A collection on a server, and the number of its documents that pass a filter. */
interface SearchedServer extends Searched {
  count(filter?: object): Promise<number>
}

/**
 * Returns the `query` of a collection on a server that begins with its first stage. While a document has no vector of the
 * stage, it searches all documents.
 *
 * @param bytes those of `readFirstStage`
 * @throws RangeError if they were cut or changed, or do not fit the vectors of the collection
 */
export async function stagedServerQuery(
  collection: SearchedServer,
  bytes: Uint8Array,
): Promise<Searched['query']> {
  const { vectors } = collection.config
  const names = Object.keys(vectors).filter(isStageVector)
  const named = vectorNamedIn(bytes)
  // a vector of the caller may have the name of a stage, too
  const name = names.includes(named) ? named : (names[0] ?? '')
  const opened = await openBytesOf(bytes, name, vectors, 'first stage')
  const { using } = opened.settings
  let missing: Promise<number> | undefined
  const filter = { must: [{ has_vector: using }], must_not: [{ has_vector: name }] }
  const optionsOf = stagedOptionsOf(collection, opened, false, () => (missing ??= collection.count(filter)))
  return async (rows, options = {}) => collection.query(rows, await optionsOf(rows, options))
}

/** Returns the options of a query that begins with the first stage, or its own if it cannot. */
function stagedOptionsOf(
  { config }: Searched,
  { settings, stages }: OpenedStage,
  isStore: boolean,
  countMissing: () => Promise<number>,
) {
  const { using } = settings
  const searched = { vectors: config.vectors, isStore }
  return async (rows: Query | undefined, options: QueryOptions): Promise<QueryOptions> => {
    const isStaged = isMultiVector(rows) && isForStage({ config }, options, using)
    if (!isStaged || (await countMissing()) > 0) return options
    return stagedOptions(settings, stages, searched, rows, options)
  }
}

/** What a stage is made of: the shape of the multi-vector, and LEMUR's map. */
interface StageShape {
  readonly size: number | undefined
  readonly distance: string | undefined
  readonly lemur: Lemur | undefined
}

/** The preset of a stage; undefined if the shape is not one that stages have. */
export function createStageOf(
  { stage, using }: Pick<StageSettings, 'stage' | 'using'>,
  { size, distance, lemur }: StageShape,
): Stages | undefined {
  if (size === undefined || (distance !== 'Dot' && distance !== 'Cosine')) return undefined
  if (stage === 'lemur') {
    const fits = lemur && (lemur.metric === 'cosine') === (distance === 'Cosine')
    return fits ? lemurFirst({ lemur, using }) : undefined
  }
  if (stage === 'mean') return meanFirst({ size, distance, using })
  return STAGE_MUVERA.dimProj <= size ? muveraFirst({ size, distance, using, ...STAGE_MUVERA }) : undefined
}

function stagedStore(store: Store, { settings, stages, lemur }: OpenedStage): StagedStore {
  const { vector: name, using } = settings
  /** Number of documents without the vector; undefined after a change. */
  let missing: Promise<number> | undefined
  const countMissing = () => (missing ??= missingIn(store, settings))
  const changed = () => {
    missing = undefined
  }
  /** The vectors of a point with that of the first stage. */
  const completed = (vector: Point['vector']): Point['vector'] => {
    const given = vector as Readonly<Record<string, VectorInput>>
    const rows = given?.[using]
    if (!isMultiVector(rows) || given[name] !== undefined) return vector
    try {
      return { ...given, [name]: stages.document(rows)[name] } as Point['vector']
    } catch {
      // the store names what is wrong with the rows
      return vector
    }
  }
  const withVector = <T extends Point | PointVectors>(point: T): T =>
    point?.vector === undefined ? point : { ...point, vector: completed(point.vector) }
  const withVectors = <T extends Point | PointVectors>(points: Iterable<T> | AsyncIterable<T>) =>
    Array.isArray(points) ? points.map(withVector) : eachWithVector(points, withVector)
  const optionsOf = stagedOptionsOf(store, { settings, stages, lemur }, true, countMissing)
  return {
    ...store,
    query: async (rows, options = {}) => store.query(rows, await optionsOf(rows, options)),
    async queryBatch(queries, options) {
      // the store names what is wrong with them
      if (!Array.isArray(queries)) return store.queryBatch(queries, options)
      const staged: Parameters<Store['queryBatch']>[0][number][] = []
      for (const { query, ...own } of queries) staged.push({ query, ...(await optionsOf(query, own)) })
      return store.queryBatch(staged, options)
    },
    upsert(points, options) {
      changed()
      return store.upsert(withVectors(points), options).finally(changed)
    },
    updateVectors(points, options) {
      changed()
      return updateStaged(store, settings, withVector, points, options).finally(changed)
    },
    deleteVectors(which, names, options) {
      changed()
      const all = Array.isArray(names) && names.includes(using) ? [...new Set([...names, name])] : names
      return store.deleteVectors(which, all, options).finally(changed)
    },
    delete: (which, options) => store.delete(which, options).finally(changed),
    firstStage: {
      ...settings,
      missing: countMissing,
      complete: ({ signal } = {}) => completeStore(store, settings, completed, signal).finally(changed),
      drift: () => measureDrift(store, settings, lemur),
    },
  }
}

/**
 * Updates vectors of points. A point whose rows the store makes of a text loses the vector of the first stage, which is that
 * of other rows, also if the update fails half way.
 */
async function updateStaged(
  store: Store,
  { vector: name, using }: StageSettings,
  withVector: (point: PointVectors) => PointVectors,
  points: Parameters<Store['updateVectors']>[0],
  options: UpsertOptions = {},
): Promise<UpsertReport> {
  const outdated: PointId[] = []
  const update = (point: PointVectors) => {
    const updated = withVector(point)
    const given = updated?.vector as Readonly<Record<string, unknown>> | undefined
    if (given?.[using] !== undefined && given[name] === undefined) outdated.push(point.id)
    return updated
  }
  const removeOutdated = async () => {
    // `skip` leaves the rows of points that have some
    if (outdated.length === 0 || options.resume === 'skip') return
    await store.deleteVectors({ must: [{ has_id: outdated }] }, [name], { wait: options.wait })
  }
  const updated = Array.isArray(points) ? points.map(update) : eachWithVector(points, update)
  const report = await store.updateVectors(updated, options).catch(async error => {
    await removeOutdated().catch(() => undefined)
    throw error
  })
  await removeOutdated()
  return report
}

const isMultiVector = (rows: unknown): rows is MultiVector =>
  Array.isArray(rows)
    ? Array.isArray(rows[0]) || ArrayBuffer.isView(rows[0])
    : typeof rows === 'object' && rows !== null && 'data' in rows && 'dim' in rows

/** Whether a query is one that the first stage can begin. */
function isForStage({ config }: Pick<Searched, 'config'>, options: QueryOptions, using: string): boolean {
  const { prefetch, params } = options
  if (prefetch !== undefined || params?.exact === true) return false
  if (options.using !== undefined) return options.using === using
  const multi = Object.entries(config.vectors).filter(([, vector]) => vector.multivector_config)
  return multi.length === 1 && multi[0]![0] === using
}

async function missingIn(store: Store, { vector, using }: StageSettings): Promise<number> {
  const { vectors } = await store.info()
  return Math.max(0, vectors[using]!.points - vectors[vector]!.points)
}

async function* eachWithVector<T>(
  points: Iterable<T> | AsyncIterable<T>,
  withVector: (point: T) => T,
): AsyncGenerator<T> {
  for await (const point of points) yield withVector(point)
}

/** Makes the missing vectors of a store. Returns their number. */
async function completeStore(
  store: Store,
  { vector: name, using }: StageSettings,
  completed: (vector: Point['vector']) => Point['vector'],
  signal: AbortSignal | undefined,
): Promise<number> {
  const lacking: PointId[] = []
  for await (const { id, vector = {} } of store.scroll({
    with_payload: false,
    with_vector: [using, name],
    signal,
  })) {
    if (vector[using] !== undefined && vector[name] === undefined) lacking.push(id)
  }
  for (let start = 0; start < lacking.length; start += BATCH) {
    const options = { with_payload: false, with_vector: [using], signal }
    const points = await store.retrieve(lacking.slice(start, start + BATCH), options)
    const vectors = points.map(({ id, vector }) => ({ id, vector: completed(vector as Point['vector']) }))
    await store.updateVectors(
      vectors.map(({ id, vector }) => ({
        id,
        vector: { [name]: (vector as Record<string, VectorInput>)[name]! },
      })),
      { signal },
    )
    await sleep(0, signal)
  }
  return lacking.length
}

/** The drift of documents that are drawn from the whole store. */
async function measureDrift(
  store: Store,
  { using }: StageSettings,
  lemur: Lemur | undefined,
): Promise<LemurDrift | undefined> {
  if (!lemur) return undefined
  const documents = await drawDocuments(store, using, DRIFT_DOCUMENTS, 1)
  return documents.length < 2 ? undefined : lemur.drift(documents)
}
