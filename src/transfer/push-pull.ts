// Copies points between a Qdrant collection and a store, page by page, and converts their configurations.

import { checkBoolean, checkCallback, checkKnownOptions } from '../base/check-options.js'
import type { Point, PointId, StoredPoint } from '../collection/collection.js'
import type { PointVectors } from '../collection/point-changes.js'
import { UpsertError, type UpsertReport } from '../collection/upsert-report.js'
import type { CollectionConfig, QdrantCollection, ShardOptions, VectorConfig } from '../qdrant/index.js'
import type { Store, StoreConfig, StoreVectorConfig } from '../store/index.js'

/** The options of `pull` and `push`. */
export interface TransferOptions extends ShardOptions {
  /** Cancels the copy. Points that were copied stay. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called after each batch with the number of points copied or skipped so far. */
  readonly onProgress?: ((points: number) => void) | undefined
  /**
   * `skip` leaves points unchanged whose ids exist, to continue a copy that ended early. Default: they are replaced.
   */
  readonly resume?: 'skip' | undefined
}

/** The options of `push`. */
export interface PushOptions extends TransferOptions {
  /** Maximum bytes of a request, unless a single point is larger. Default: 4,000,000. */
  readonly batchBytes?: number | undefined
  /** Maximum number of requests in flight. Default: 4. */
  readonly concurrency?: number | undefined
  /**
   * true sets the vectors of points that exist, and leaves their payloads and other vectors. It rejects if a point does not
   * exist. Default: false; points are replaced as a whole.
   */
  readonly vectorsOnly?: boolean | undefined
}

const OPTIONS = [
  'signal',
  'onProgress',
  'resume',
  'shard_key',
] as const satisfies readonly (keyof TransferOptions)[]
const PUSH_OPTIONS = [
  ...OPTIONS,
  'batchBytes',
  'concurrency',
  'vectorsOnly',
] as const satisfies readonly (keyof PushOptions)[]

/**
 * Returns the configuration of a store for the points of a Qdrant collection. Vectors of float16 stay float16. All others
 * are float32, because a server returns f32 whatever it stores. Sparse vectors beside a vector without a name are left
 * out, because a store does not have both.
 *
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { createCollection, deleteCollection } from 'maxsimd/qdrant'
 * import { storeConfigOf } from 'maxsimd/transfer'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * const vectors = { colbert: { size: 2, distance: 'Dot' } }
 * const collection = await createCollection(client, 'config-example', { vectors })
 * storeConfigOf(collection) // { vectors: { colbert: { size: 2, distance: 'Dot', datatype: 'float32' } } }
 * await deleteCollection(client, 'config-example')
 */
export function storeConfigOf(
  collection: Pick<QdrantCollection, 'config'>,
): Pick<StoreConfig, 'vectors' | 'sparse_vectors'> {
  const { vectors, sparse_vectors } = collection.config
  const converted = Object.entries(vectors).map(
    ([name, { size, distance, datatype, multivector_config }]): [string, StoreVectorConfig] => [
      name,
      {
        size,
        distance,
        datatype: datatype === 'float16' ? 'float16' : 'float32',
        ...(!multivector_config && { multivector_config: null }),
      },
    ],
  )
  return {
    vectors: withoutEmptyName(converted),
    ...(!Object.hasOwn(vectors, '') && sparseConfigOf(sparse_vectors)),
  }
}

/** The configuration of sparse vectors; an empty object without any. */
function sparseConfigOf(
  sparse: Readonly<Record<string, { readonly modifier?: unknown }>> = {},
): Pick<StoreConfig, 'sparse_vectors'> & Pick<CollectionConfig, 'sparse_vectors'> {
  const entries = Object.entries(sparse).map(
    ([name, { modifier }]) => [name, modifier === 'idf' ? ({ modifier } as const) : {}] as const,
  )
  return entries.length === 0 ? {} : { sparse_vectors: Object.fromEntries(entries) }
}

/**
 * Returns the configuration of a Qdrant collection for the points of a store. Vectors of float16 stay float16; all
 * others are float32.
 *
 * @example
 * import { createStore } from 'maxsimd/store'
 * import { collectionConfigOf } from 'maxsimd/transfer'
 *
 * const store = await createStore({ vectors: { colbert: { size: 128, distance: 'Dot' } } })
 * collectionConfigOf(store) // { vectors: { colbert: { size: 128, distance: 'Dot' } } }
 * await store.close()
 */
export function collectionConfigOf(store: Pick<Store, 'config'>): CollectionConfig {
  const converted = Object.entries(store.config.vectors).map(
    ([name, { size, distance, datatype, multivector_config, on_disk }]): [string, VectorConfig] => [
      name,
      {
        size,
        distance,
        ...(datatype === 'float16' && { datatype }),
        ...(on_disk && { on_disk }),
        ...(!multivector_config && { multivector_config: null }),
      },
    ],
  )
  return { vectors: withoutEmptyName(converted), ...sparseConfigOf(store.config.sparse_vectors) }
}

/** The names of a store's vectors. */
const namesIn = ({ config: { vectors, sparse_vectors } }: Pick<Store, 'config'>): readonly string[] => [
  ...Object.keys(vectors),
  ...Object.keys(sparse_vectors ?? {}),
]

/** Vectors by name, or the vector itself if it has no name. */
function withoutEmptyName<T>(vectors: readonly [string, T][]): Record<string, T> | T {
  const [first] = vectors
  return first?.[0] === '' ? first[1] : Object.fromEntries(vectors)
}

/**
 * Copies all points of a Qdrant collection into a store, with the vectors that the store has.
 *
 * @throws RangeError if an option is unknown
 * @throws UpsertError if the store refuses a point after at least one batch was written
 * @throws the error of the collection or of the store, or the signal's reason
 *
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { createCollection, deleteCollection } from 'maxsimd/qdrant'
 * import { createStore } from 'maxsimd/store'
 * import { pull, storeConfigOf } from 'maxsimd/transfer'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * const vectors = { colbert: { size: 2, distance: 'Dot' } }
 * const collection = await createCollection(client, 'pull-example', { vectors })
 * await collection.upsert([{ id: 1, vector: { colbert: [[1, 0], [0, 1]] } }])
 *
 * const store = await createStore(storeConfigOf(collection)) // in memory; with `path` in a folder
 * const { points } = await pull(collection, store, { onProgress: copied => console.log(copied) })
 * points // 1
 * await store.close()
 * await deleteCollection(client, 'pull-example')
 */
export async function pull(
  from: QdrantCollection,
  into: Store,
  options: TransferOptions = {},
): Promise<UpsertReport> {
  checkOptions(options, 'pull')
  const names = namesIn(into)
  if (options.resume !== 'skip') {
    const points = from.scroll({ ...EVERYTHING, shard_key: options.shard_key, signal: options.signal })
    return into.upsert(pointsWith(names, points), upsertOptions(options))
  }
  let skipped = 0
  const withSkipped = (report: UpsertReport) => ({ ...report, skipped: report.skipped + skipped })
  const { signal, onProgress } = options
  let reported = 0
  const reportProgress = ({ points, skipped: skippedByStore }: UpsertReport) => {
    const done = points + skippedByStore + skipped
    if (done > reported) onProgress?.(done)
    reported = done
  }
  const missing = missingPoints(from, into, options, count => {
    skipped += count
  })
  try {
    const report = await into.upsert(pointsWith(names, missing), {
      signal,
      resume: 'skip',
      onProgress: reportProgress,
    })
    // those that were skipped after the last batch
    reportProgress(report)
    return withSkipped(report)
  } catch (error) {
    throw error instanceof UpsertError ? new UpsertError(error.cause, withSkipped(error.report)) : error
  }
}

/**
 * Copies all points of a store into a Qdrant collection, with all vectors of the store. A point with the same id is
 * replaced, with its payload and its other vectors; `vectorsOnly: true` keeps these.
 *
 * @throws TypeError or RangeError if an option is wrong
 * @throws UpsertError if the server refuses a point after at least one batch was written
 * @throws the error of the store or of the collection, or the signal's reason
 *
 * @example
 * import { QdrantClient } from '@qdrant/js-client-rest'
 * import { createCollection, deleteCollection } from 'maxsimd/qdrant'
 * import { createStore } from 'maxsimd/store'
 * import { collectionConfigOf, push } from 'maxsimd/transfer'
 *
 * const client = new QdrantClient({ url: 'http://127.0.0.1:6333', checkCompatibility: false })
 * const vectors = { colbert: { size: 2, distance: 'Dot' } }
 * const store = await createStore({ vectors })
 * await store.upsert([{ id: 1, vector: { colbert: [[1, 0], [0, 1]] } }])
 *
 * const collection = await createCollection(client, 'push-example', collectionConfigOf(store))
 * const { points } = await push(store, collection, { resume: 'skip' })
 * points // 1
 * await store.close()
 * await deleteCollection(client, 'push-example')
 */
export async function push(
  from: Store,
  into: QdrantCollection,
  options: PushOptions = {},
): Promise<UpsertReport> {
  checkOptions(options, 'push', PUSH_OPTIONS)
  const { batchBytes, concurrency, shard_key, signal, vectorsOnly = false } = options
  checkBoolean(vectorsOnly, 'vectorsOnly')
  const names = namesIn(from)
  const settings = { ...upsertOptions(options), batchBytes, concurrency, shard_key }
  const points = pointsWith(names, from.scroll({ with_payload: !vectorsOnly, with_vector: true, signal }))
  return vectorsOnly ? into.updateVectors(withVectors(points), settings) : into.upsert(points, settings)
}

function checkOptions(options: TransferOptions, of: string, known: readonly string[] = OPTIONS): void {
  checkKnownOptions(options, known, of)
  checkCallback(options.onProgress, 'onProgress')
}

const EVERYTHING = { with_payload: true, with_vector: true } as const

/** Ids that are looked up in the store at a time. */
const PAGE_SIZE = 256

/**
 * The points of a collection that a store does not have. Only their ids are read of those that it has.
 *
 * @param onSkipped called with the number of points of each page that the store has
 */
async function* missingPoints(
  from: QdrantCollection,
  into: Store,
  { shard_key, signal }: TransferOptions,
  onSkipped: (count: number) => void,
): AsyncGenerator<StoredPoint> {
  let page: PointId[] = []

  async function* readMissing(): AsyncGenerator<StoredPoint> {
    const found = await into.retrieve(page, { with_payload: false, signal })
    const existing = new Set(found.map(({ id }) => id))
    const missing = page.filter(id => !existing.has(id))
    onSkipped(page.length - missing.length)
    page = []
    yield* await from.retrieve(missing, { ...EVERYTHING, shard_key, signal })
  }

  for await (const { id } of from.scroll({ with_payload: false, with_vector: false, shard_key, signal })) {
    page.push(id)
    if (page.length === PAGE_SIZE) yield* readMissing()
  }
  yield* readMissing()
}

const upsertOptions = ({ signal, onProgress, resume }: TransferOptions) => ({
  signal,
  resume,
  onProgress: onProgress && ((report: UpsertReport) => onProgress(report.points + report.skipped)),
})

/** Stored points as points to upsert, with the vectors in `names`. */
async function* pointsWith(
  names: readonly string[],
  stored: AsyncIterable<StoredPoint>,
): AsyncGenerator<Point> {
  for await (const { id, payload, vector = {} } of stored) {
    const kept = Object.entries(vector).filter(([name]) => names.includes(name))
    yield { id, payload, vector: withoutEmptyName(kept) as Point['vector'] }
  }
}

/** The points that have a vector, without their payloads. */
async function* withVectors(points: AsyncIterable<Point>): AsyncGenerator<PointVectors> {
  for await (const { id, vector } of points) {
    if (Object.keys(vector).length > 0) yield { id, vector }
  }
}
