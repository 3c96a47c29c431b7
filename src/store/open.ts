// Creates and opens stores.

import { checkKnownOptions, oneOf } from '../base/check-options.js'
import { startPackedMemory } from '../core/packed-documents.js'
import { columnShapesOf } from './columns/copies.js'
import { createPointDirectory } from './columns/point-directory.js'
import type { Segment } from './columns/segment.js'
import {
  type GivenVectors,
  parseDescription,
  STORE_OPTIONS,
  type StoreDescription,
  type StoreOptions,
} from './config.js'
import { StoreDamageError } from './files/damage.js'
import { readManifest } from './files/manifest.js'
import { createMemoryStorage } from './files/memory-storage.js'
import { folderAt } from './folders/folder.js'
import { budgetOf, createStoreIn, type IfExists, openStoreIn } from './open-folder.js'
import { createStoreHandle, type Store } from './store.js'

/** The configuration of a new store. */
export interface StoreConfig extends StoreOptions, GivenVectors {
  /**
   * The folder of the files, created if it does not exist. In a browser, a folder of the origin's private file system.
   * Default: the store is in memory only.
   */
  readonly path?: string | undefined
  /**
   * What to do if the folder has a store. `fail`: throw an error. `reuse`: open it if it has the same vectors, with or without
   * a `screen`, otherwise throw an error. `recreate`: delete it with all its points. Default: `fail`.
   */
  readonly ifExists?: IfExists | undefined
}

/** Options of `openStore`. */
export interface OpenStoreOptions extends StoreOptions {
  /**
   * True: opens the store for reading only, without a lock. Any number of processes can read a store, also while
   * another one writes it. A reader sees the store as it was when it was opened. Default: false.
   */
  readonly readOnly?: boolean | undefined
  /**
   * True: opens a damaged store and skips its unreadable parts, which `info().damage` lists. Default: false, damage is
   * an error.
   */
  readonly salvage?: boolean | undefined
}

const CREATE_OPTIONS = [
  'path',
  'vectors',
  'sparse_vectors',
  'ifExists',
  ...STORE_OPTIONS,
] as const satisfies readonly (keyof StoreConfig)[]

const OPEN_OPTIONS = [
  'readOnly',
  'salvage',
  ...STORE_OPTIONS,
] as const satisfies readonly (keyof OpenStoreOptions)[]

/**
 * Creates a store, in memory or in a folder.
 *
 * @throws TypeError or RangeError that names the wrong part of `config`
 * @throws RangeError if the folder has other files, or a store that `ifExists` does not allow
 * @throws StoreLockedError if another process has the store open for writing
 * @example
 * import { createStore } from 'maxsimd/store'
 *
 * const store = await createStore({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
 * await store.upsert([
 *   { id: 1, vector: { colbert: [[1, 0], [0, 1]] }, payload: { title: 'both' } },
 *   { id: 2, vector: { colbert: [[0.5, 0.5]] } },
 * ])
 * const [best] = await store.query([[1, 0]], { limit: 1, with_payload: true })
 * console.log(best) // { id: 1, payload: { title: 'both' }, score: 1, version: 1 }
 * await store.close()
 */
export async function createStore(config: StoreConfig): Promise<Store> {
  checkKnownOptions(config, CREATE_OPTIONS, 'createStore', 'config')
  const { path, encoder, sparseEncoder } = config
  const ifExists = oneOf(config.ifExists ?? 'fail', ['fail', 'reuse', 'recreate'], 'ifExists')
  const description = parseDescription(config)
  const budget = budgetOf(config)
  if (path !== undefined)
    return createStoreIn(await folderAt(path), {
      ...config,
      sparse_vectors: undefined,
      ...description,
      ifExists,
    })
  const memory = await startPackedMemory(config)
  const segments = new Map<number, Segment>()
  const points = createPointDirectory(segments)
  const storage = createMemoryStorage(memory, segments, columnShapesOf(description))
  return createStoreHandle({
    ...{ name: 'a store in memory', path, readOnly: false, config: description, version: 0 },
    ...{ memory, budget, segments, points, storage, encoder, sparseEncoder },
  })
}

/**
 * Opens the store in a folder. Its configuration is read from the files.
 *
 * @throws TypeError or RangeError for a wrong option
 * @throws RangeError if there is no store, or its format is newer than this version reads
 * @throws StoreLockedError if another process has it open for writing, unless `readOnly`
 * @throws StoreDamageError if its files are damaged, unless `salvage`
 * @example
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { createStore, openStore } from 'maxsimd/store'
 *
 * const folder = await mkdtemp(join(tmpdir(), 'store-'))
 * const path = join(folder, 'library')
 * const store = await createStore({ path, vectors: { colbert: { size: 2, distance: 'Dot' } } })
 * await store.upsert([{ id: 1, vector: { colbert: [[1, 0]] } }])
 * await store.close()
 *
 * const reader = await openStore(path, { readOnly: true, memory: '512 MB' })
 * console.log(await reader.count()) // 1
 * await reader.close()
 * await rm(folder, { recursive: true })
 */
export async function openStore(path: string, options: OpenStoreOptions = {}): Promise<Store> {
  checkKnownOptions(options, OPEN_OPTIONS, 'openStore')
  return openStoreIn(await folderAt(path), options)
}

/**
 * Reads the configuration of the store in a folder without opening it. Returns undefined if there is no store.
 *
 * @throws TypeError if `path` is not a string, or is empty
 * @throws RangeError if the format is newer than this version reads
 * @throws StoreDamageError if there is a store and its configuration is unreadable
 * @example
 * import { mkdtemp, rm } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { createStore, readStoreConfig } from 'maxsimd/store'
 *
 * const folder = await mkdtemp(join(tmpdir(), 'store-'))
 * const path = join(folder, 'library')
 * console.log(await readStoreConfig(path)) // undefined
 * await (await createStore({ path, vectors: { colbert: { size: 2, distance: 'Dot' } } })).close()
 * const config = await readStoreConfig(path)
 * console.log(config.vectors.colbert.datatype) // float32
 * await rm(folder, { recursive: true })
 */
export async function readStoreConfig(path: string): Promise<StoreDescription | undefined> {
  const folder = await folderAt(path)
  const { manifest, damage } = await readManifest(folder)
  if (manifest) {
    const { vectors, sparse_vectors } = manifest
    return { vectors, ...(sparse_vectors && { sparse_vectors }) }
  }
  if (damage.length > 0) throw new StoreDamageError(folder.path, damage)
  return undefined
}
