// A corpus from a server into a store, and from a store to a server: configurations put into the other's words, points
// passed on page by page.

import type { Point, StoredPoint } from '../collection/collection.js'
import type { UpsertReport } from '../collection/upsert-report.js'
import type { CollectionConfig, QdrantCollection, VectorConfig } from '../qdrant/index.js'
import type { Store, StoreConfig, StoreVectorConfig } from '../store/index.js'

export interface TransferOptions {
  readonly signal?: AbortSignal | undefined
  /** Called after each batch with the points that are across. */
  readonly onProgress?: ((points: number) => void) | undefined
  /** Leaves points alone that are there already, so that what was interrupted goes on. */
  readonly resume?: 'skip' | undefined
}

/** The vectors of a store that holds what a server's collection holds; sparse vectors have no place in it. */
export function storeVectorsOf(collection: Pick<QdrantCollection, 'config'>): StoreConfig['vectors'] {
  const { vectors } = collection.config
  const mapped = Object.entries(vectors).map(
    ([name, { size, distance, datatype, multivector_config }]): [string, StoreVectorConfig] => [
      name,
      {
        size,
        distance,
        // what a server gives back is f32, whatever it keeps; halves stay halves
        datatype: datatype === 'float16' ? 'float16' : 'float32',
        ...(!multivector_config && { multivector_config: null }),
      },
    ],
  )
  return unnamed(mapped)
}

/** The configuration of a collection for what a store holds; elements smaller than halves become f32. */
export function collectionConfigOf(store: Pick<Store, 'config'>): CollectionConfig {
  const mapped = Object.entries(store.config.vectors).map(
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
  return { vectors: unnamed(mapped) }
}

/** A vector without a name stands by itself. */
function unnamed<T>(vectors: readonly [string, T][]): Record<string, T> | T {
  const [first] = vectors
  return first?.[0] === '' ? first[1] : Object.fromEntries(vectors)
}

/** Copies every point of a server's collection into a store. */
export function pull(
  from: QdrantCollection,
  into: Store,
  options: TransferOptions = {},
): Promise<UpsertReport> {
  const names = new Set(Object.keys(into.config.vectors))
  return into.upsert(
    points(from.scroll({ with_payload: true, with_vector: true, signal: options.signal }), names),
    upsertOptions(options),
  )
}

/** Copies every point of a store into a server's collection. */
export function push(
  from: Store,
  into: QdrantCollection,
  options: TransferOptions = {},
): Promise<UpsertReport> {
  const names = new Set(Object.keys(from.config.vectors))
  return into.upsert(
    points(from.scroll({ with_payload: true, with_vector: true, signal: options.signal }), names),
    upsertOptions(options),
  )
}

const upsertOptions = ({ signal, onProgress, resume }: TransferOptions) => ({
  signal,
  resume,
  onProgress: onProgress && ((report: UpsertReport) => onProgress(report.points + report.skipped)),
})

/** Stored points as points to store, with the vectors that the other side has. */
async function* points(
  stored: AsyncIterable<StoredPoint>,
  names: ReadonlySet<string>,
): AsyncGenerator<Point> {
  for await (const { id, payload, vector = {} } of stored) {
    const kept = Object.entries(vector).filter(([name]) => names.has(name))
    yield { id, payload, vector: unnamed(kept) as Point['vector'] }
  }
}
