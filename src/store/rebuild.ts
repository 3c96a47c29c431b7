// Adds vectors to a store in a folder, and removes vectors, in place: the types, and the call. The rest is loaded late.

import type { VectorInput } from '../collection/collection.js'
import type { FlatMultiVector } from '../core/multivector.js'
import type { StoreVectorConfig } from './config.js'
import { folderAt } from './folders/folder.js'

/** A vector that `rebuildStore` adds. */
export interface AddedVector {
  readonly config: StoreVectorConfig
  /** Name of the vector that it is made of. Points without that vector do not get the new one. */
  readonly from: string
  /** Makes the vector of a point. */
  make(rows: FlatMultiVector): VectorInput
}

/** The options of `rebuildStore`. */
export interface RebuildOptions {
  /** The vectors to add, by name. */
  readonly add?: Readonly<Record<string, AddedVector>> | undefined
  /** The names of dense vectors to remove. */
  readonly remove?: readonly string[] | undefined
  /** Cancels the call, which leaves the store as it was and rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called from time to time with the number of points that are done, and the number of all. */
  readonly onProgress?: ((points: number, total: number) => void) | undefined
}

/**
 * Adds vectors to the store in a folder, and removes vectors. The store is written anew beside its old files, which are
 * replaced at once at the end: if the call fails or the process dies, the store is as it was. It needs the disk space twice
 * meanwhile. Readers that have the store open keep reading the old one. The other vectors, payloads and versions stay as
 * they are stored.
 *
 * @throws TypeError or RangeError if an option is wrong, a vector to add exists, or one to remove or to read does not
 * @throws StoreLockedError if another process has the store open for writing
 * @throws StoreDamageError if its files are damaged
 * @example
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { createStore, openStore, rebuildStore } from 'maxsimd/store'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'store-')), 'library')
 * const created = await createStore({ path, vectors: { colbert: { size: 2, distance: 'Dot' } } })
 * await created.upsert([{ id: 1, vector: { colbert: [[1, 0], [0.6, 0.8]] } }])
 * await created.close()
 *
 * const first = { config: { size: 2, distance: 'Dot', multivector_config: null }, from: 'colbert' }
 * await rebuildStore(path, { add: { first: { ...first, make: ({ data, dim }) => data.subarray(0, dim) } } })
 * const store = await openStore(path)
 * const [point] = await store.retrieve([1], { with_vector: ['first'] })
 * console.log([...point.vector.first]) // [1, 0]
 * await store.close()
 * await rm(path, { recursive: true })
 */
export async function rebuildStore(path: string, options: RebuildOptions): Promise<void> {
  const folder = await folderAt(path)
  const { rebuildStoreIn } = await import('./rebuild-segments.js')
  return rebuildStoreIn(folder, options)
}
