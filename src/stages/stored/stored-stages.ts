// The first stage of a store in a folder: the calls. What they do is loaded late, because it has the store in it.

import type { Store } from '../../store/index.js'
import type { AddStageOptions } from './add-first-stage.js'
import type { StagedStore } from './first-stage.js'
import type { StageSettings } from './stage-file.js'

/**
 * Opens the first stage that `addFirstStage` added to a store. The returned store has the same points. Its queries select
 * candidates by the first stage and score them exactly; points that are inserted or changed with it get the vector of the
 * first stage. Use it instead of the store that was passed. Without a first stage it does what the store does.
 *
 * Queries with `params: { exact: true }`, of other vectors, or with an own `prefetch` are not changed. A text that the store
 * itself encodes gets no vector of the first stage until `firstStage.complete()` is called.
 *
 * @throws RangeError if the file of the first stage was cut or changed, or has the map of another collection
 *
 * @example
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { addFirstStage, withFirstStage } from 'maxsimd/stages'
 * import { createStore, openStore } from 'maxsimd/store'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'store-')), 'library')
 * const row = i => [Math.cos(i), Math.sin(i)]
 * const created = await createStore({ path, vectors: { colbert: { size: 2, distance: 'Dot' } } })
 * await created.upsert(Array.from({ length: 300 }, (_, id) => ({ id, vector: { colbert: [row(id), row(2 * id)] } })))
 * await created.close()
 *
 * await addFirstStage(path, { stage: 'lemur', size: 16 })
 * const store = await withFirstStage(await openStore(path))
 * await store.upsert([{ id: 300, vector: { colbert: [row(300)] } }])
 * console.log(store.firstStage.stage, await store.firstStage.missing()) // lemur 0
 * const [hit] = await store.query([row(7), row(14)], { limit: 1 })
 * console.log(hit.id) // 7
 * await store.close()
 * await rm(path, { recursive: true })
 */
export async function withFirstStage(store: Store): Promise<StagedStore> {
  const { openWithFirstStage } = await import('./first-stage.js')
  return openWithFirstStage(store)
}

/**
 * Adds a first stage to the store in a folder, in place of an earlier one. Fits a LEMUR map to ten thousand documents that
 * are drawn from the whole store, and makes the vector of every document: some minutes for 100,000 documents. Open the store
 * with `withFirstStage` to use it; the command line does. The map is kept in the file `VECTOR.stage` of the folder.
 *
 * If the call fails or the process dies, the store is as it was. It needs the disk space twice meanwhile.
 *
 * @throws TypeError or RangeError if an option is wrong, the vector is not a named multi-vector with Dot or Cosine, or there
 * are too few documents
 * @throws StoreLockedError if another process has the store open for writing
 *
 * @example
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { addFirstStage } from 'maxsimd/stages'
 * import { createStore } from 'maxsimd/store'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'store-')), 'library')
 * const row = i => [Math.cos(i), Math.sin(i)]
 * const store = await createStore({ path, vectors: { colbert: { size: 2, distance: 'Dot' } } })
 * await store.upsert(Array.from({ length: 100 }, (_, id) => ({ id, vector: { colbert: [row(id), row(2 * id)] } })))
 * await store.close()
 *
 * const { using, documents } = await addFirstStage(path, { size: 16, candidates: 50 })
 * console.log(using, documents) // colbert 100
 * await rm(path, { recursive: true })
 */
export async function addFirstStage(path: string, options: AddStageOptions = {}): Promise<StageSettings> {
  const { addStageTo } = await import('./add-first-stage.js')
  return addStageTo(path, options)
}

/**
 * Removes the first stage of the store in a folder: its vector and its file. Returns false if there is none.
 *
 * @throws StoreLockedError if another process has the store open for writing
 *
 * @example
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { addFirstStage, removeFirstStage } from 'maxsimd/stages'
 * import { createStore, readStoreConfig } from 'maxsimd/store'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'store-')), 'library')
 * const store = await createStore({ path, vectors: { colbert: { size: 2, distance: 'Dot' } } })
 * await store.upsert([{ id: 1, vector: { colbert: [[1, 0], [0.6, 0.8]] } }])
 * await store.close()
 * await addFirstStage(path, { stage: 'mean' })
 * console.log(Object.keys((await readStoreConfig(path)).vectors)) // ['colbert', 'mean']
 * console.log(await removeFirstStage(path)) // true
 * console.log(Object.keys((await readStoreConfig(path)).vectors)) // ['colbert']
 * await rm(path, { recursive: true })
 */
export async function removeFirstStage(
  path: string,
  options: Pick<AddStageOptions, 'signal'> = {},
): Promise<boolean> {
  const { removeStageFrom } = await import('./add-first-stage.js')
  return removeStageFrom(path, options)
}

/**
 * Reads the first stage of the store in a folder as bytes, to keep them elsewhere. Returns undefined if it does not have one. Write them
 * with `writeFirstStage` beside a copy of the store that has the same vectors.
 *
 * @throws RangeError if its file was cut or changed
 *
 * @example
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { addFirstStage, readFirstStage, writeFirstStage } from 'maxsimd/stages'
 * import { createStore } from 'maxsimd/store'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'store-')), 'library')
 * const store = await createStore({ path, vectors: { colbert: { size: 2, distance: 'Dot' } } })
 * await store.upsert([{ id: 1, vector: { colbert: [[1, 0], [0.6, 0.8]] } }])
 * await store.close()
 * await addFirstStage(path, { stage: 'mean' })
 * const bytes = await readFirstStage(path)
 * console.log((await writeFirstStage(path, bytes)).stage) // mean
 * await rm(path, { recursive: true })
 */
export async function readFirstStage(path: string): Promise<Uint8Array | undefined> {
  const { readStageOf } = await import('./add-first-stage.js')
  return readStageOf(path)
}

/**
 * Writes the bytes of `readFirstStage` beside a store. Returns the settings.
 *
 * @throws RangeError if the bytes were cut or changed, or the store does not have the vector of the stage
 *
 * @example
 * import { writeFirstStage } from 'maxsimd/stages'
 *
 * const error = await writeFirstStage('nowhere', new Uint8Array(0)).catch(reason => reason)
 * console.log(error.message) // there is no store at "nowhere"; create one with createStore()
 */
export async function writeFirstStage(path: string, bytes: Uint8Array): Promise<StageSettings> {
  const { writeStageTo } = await import('./add-first-stage.js')
  return writeStageTo(path, bytes)
}

/**
 * Opens the first stage of a store that may have one. Closes the store if that fails.
 *
 * @internal
 */
export async function openStagedStore(store: Store): Promise<Store> {
  // the first stage is a vector of its own
  if (Object.keys(store.config.vectors).length < 2) return store
  try {
    return await withFirstStage(store)
  } catch (error) {
    await store.close()
    throw error
  }
}
