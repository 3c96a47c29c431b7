// Making and opening stores.

import { DTYPES } from '../dtype.js'
import { type PackedMemory, startPacked } from '../packed.js'
import {
  dtypeOf,
  parseMemory,
  parseVectors,
  type StoreOptions,
  type StoreVectorConfig,
  type StoreVectors,
} from './config.js'
import { createMemoryHome } from './home.js'
import { createPointDirectory } from './point-directory.js'
import type { Segment } from './segment.js'
import { createHandle, type Store } from './store.js'

export interface StoreConfig extends StoreOptions {
  /** The folder to keep it in, made where there is none; in a browser, a folder of the origin's private file system. Left out: in memory. */
  readonly path?: string | undefined
  /** By name; or the parameters themselves, for a store whose only vector has no name. */
  readonly vectors: Readonly<Record<string, StoreVectorConfig>> | StoreVectorConfig
  /** What to do if there is one: left out, `fail`. `reuse` compares the vectors, `recreate` deletes it with its points. */
  readonly if_exists?: 'fail' | 'reuse' | 'recreate' | undefined
}

export interface OpenStoreOptions extends StoreOptions {
  /** Changes nothing and needs no lock: as many processes as wish may read, also while one writes. They see what was there. */
  readonly readOnly?: boolean | undefined
  /** Opens a damaged store and leaves out what cannot be read; `info().damage` lists it. */
  readonly salvage?: boolean | undefined
}

/** Bytes of a row of each vector. */
const rowBytesOf = (vectors: StoreVectors) =>
  Object.values(vectors).map(({ size, datatype }) => DTYPES[dtypeOf(datatype)].rowBytes(size))

/**
 * Makes a store: in memory, or in a folder.
 *
 * @throws TypeError or RangeError that names the place in `config`
 * @throws RangeError if there is one and `if_exists` does not say what to do
 * @example
 * const store = await createStore({ vectors: { colbert: { size: 128, distance: 'Dot' } } })
 * await store.upsert([{ id: 1, vector: { colbert: [row, row] }, payload: { title: 'one' } }])
 * await store.query([row], { limit: 10, with_payload: true })
 */
export async function createStore(config: StoreConfig): Promise<Store> {
  const vectors = parseVectors(config.vectors)
  const budget = parseMemory(config.memory)
  const memory: PackedMemory = await startPacked(config)
  const segments = new Map<number, Segment>()
  const points = createPointDirectory(segments)
  const home = createMemoryHome(memory, segments, rowBytesOf(vectors))
  const { encoder } = config
  const common = { name: 'a store in memory', path: undefined, readOnly: false, version: 0 }
  return createHandle({ ...common, vectors, memory, budget, segments, points, home, encoder })
}

/** Opens a store that is there. */
export async function openStore(path: string, _options: OpenStoreOptions = {}): Promise<Store> {
  throw new RangeError(`there is no store at "${path}"`)
}
