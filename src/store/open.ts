// Making and opening stores.

import { checkKnownOptions } from '../base/check-options.js'
import { DTYPES } from '../core/dtype.js'
import { type PackedMemory, startPackedMemory } from '../core/packed-documents.js'
import { createPointDirectory } from './columns/point-directory.js'
import type { Segment } from './columns/segment.js'
import {
  dtypeOf,
  parseMemory,
  parseStoreVectors,
  type StoreOptions,
  type StoreVectorConfig,
  type StoreVectors,
} from './config.js'
import { StoreDamageError } from './files/damage.js'
import { isOwn, segmentOf } from './files/file-names.js'
import { createFileStorage } from './files/file-storage.js'
import { type Folder, folderAt } from './files/folder.js'
import { MANIFEST, MANIFEST_COPY, type Manifest, readManifest, writeManifest } from './files/manifest.js'
import { replay } from './files/replay.js'
import { closeSegment, createSegmentFiles } from './files/segment-files.js'
import { createMemoryStorage } from './files/storage.js'
import { createHandle, type Store } from './store.js'

export interface StoreConfig extends StoreOptions {
  /** The folder to keep it in, made where there is none; in a browser, a folder of the origin's private file system. Left out: in memory. */
  readonly path?: string | undefined
  /** By name; or the parameters themselves, for a store whose only vector has no name. */
  readonly vectors: Readonly<Record<string, StoreVectorConfig>> | StoreVectorConfig
  /** What to do if there is one: left out, `fail`. `reuse` compares the vectors, `recreate` deletes it with its points. */
  readonly ifExists?: 'fail' | 'reuse' | 'recreate' | undefined
}

export interface OpenStoreOptions extends StoreOptions {
  /** Changes nothing and needs no lock: as many processes as wish may read, also while one writes. They see what was there. */
  readonly readOnly?: boolean | undefined
  /** Opens a damaged store and leaves out what cannot be read; `info().damage` lists it. */
  readonly salvage?: boolean | undefined
}

const COMMON = ['memory', 'encoder', 'kernel', 'module']
const CONFIG = ['path', 'vectors', 'ifExists', ...COMMON]
const OPEN = ['readOnly', 'salvage', ...COMMON]

/** For tests: stores of many small segments. */
interface Inner {
  readonly segmentBytes?: number | undefined
}

/** What WebAssembly's memory can hold, less what queries need. */
const MOST_BUDGET = 3.5 * 2 ** 30
const budgetOf = ({ memory }: StoreOptions) => Math.min(parseMemory(memory), MOST_BUDGET)

/** Bytes of a row of each vector. */
const rowBytesOf = (vectors: StoreVectors) =>
  Object.values(vectors).map(({ size, datatype }) => DTYPES[dtypeOf(datatype)].rowBytes(size))

/**
 * Makes a store: in memory, or in a folder.
 *
 * @throws TypeError or RangeError that names the place in `config`
 * @throws RangeError if there is one and `ifExists` does not say what to do
 * @example
 * const store = await createStore({ vectors: { colbert: { size: 128, distance: 'Dot' } } })
 * await store.upsert([{ id: 1, vector: { colbert: [row, row] }, payload: { title: 'one' } }])
 * await store.query([row], { limit: 10, with_payload: true })
 */
export async function createStore(config: StoreConfig): Promise<Store> {
  checkKnownOptions(config, CONFIG, 'createStore', 'config')
  const { path, ifExists = 'fail' } = config
  if (!['fail', 'reuse', 'recreate'].includes(ifExists)) {
    throw new RangeError(`"ifExists" expected fail, reuse or recreate, got ${String(ifExists)}`)
  }
  const vectors = parseStoreVectors(config.vectors)
  const budget = budgetOf(config)
  if (path !== undefined) return createStoreIn(await folderAt(path), config)
  const memory = await startPackedMemory(config)
  const segments = new Map<number, Segment>()
  const points = createPointDirectory(segments)
  const home = createMemoryStorage(memory, segments, rowBytesOf(vectors))
  const { encoder } = config
  const common = { name: 'a store in memory', path: undefined, readOnly: false, version: 0 }
  return createHandle({ ...common, vectors, memory, budget, segments, points, home, encoder })
}

/** The same in a folder that is given. */
export async function createStoreIn(folder: Folder, config: StoreConfig & Inner): Promise<Store> {
  const vectors = parseStoreVectors(config.vectors)
  const { ifExists = 'fail' } = config
  const names = await folder.list()
  const foreign = names.find(name => !isOwn(name))
  const isThere = names.includes(MANIFEST) || names.includes(MANIFEST_COPY)
  if (foreign !== undefined && !isThere) {
    throw new RangeError(
      `"path" expected a new folder, or one with a store, got "${folder.place}", which has other files (${foreign})`,
    )
  }
  if (isThere && ifExists === 'fail') {
    throw new RangeError(
      `there is a store at "${folder.place}"; open it with openStore(), or create it with ifExists: 'reuse' or ` +
        "'recreate', which deletes its points",
    )
  }
  if (isThere && ifExists === 'reuse') {
    const store = await openStoreIn(folder, config)
    const difference = differenceOf(vectors, store.config.vectors)
    if (difference === undefined) return store
    await store.close()
    throw new RangeError(
      `the store at "${folder.place}" has other vectors: ${difference}; choose another path, or ifExists: ` +
        "'recreate', which deletes its points",
    )
  }
  const lock = await folder.lock()
  try {
    // the manifest goes first: half of a store that was removed is none
    const rank = (name: string) => (name === MANIFEST ? 0 : name === MANIFEST_COPY ? 1 : 2)
    const old = names.filter(name => isOwn(name) && !name.startsWith('lock'))
    for (const name of old.sort((a, b) => rank(a) - rank(b))) await folder.remove(name)
    const first = await createSegmentFiles(folder, 1, Object.keys(vectors).length)
    await closeSegment(first)
    await writeManifest(folder, { generation: 1, vectors, segments: [{ number: 1 }] })
  } finally {
    await lock.release()
  }
  return openStoreIn(folder, config)
}

/**
 * Opens a store that is there.
 *
 * @throws RangeError if there is none, or it has a newer format
 * @throws StoreLockedError if another process writes to it
 * @throws StoreDamageError if its files are not what was written, unless `salvage`
 */
export async function openStore(path: string, options: OpenStoreOptions = {}): Promise<Store> {
  checkKnownOptions(options, OPEN, 'openStore')
  return openStoreIn(await folderAt(path), options)
}

/**
 * The vectors of the store in a folder, which is not opened; undefined where there is none.
 *
 * @throws StoreDamageError if there is one and its manifest cannot be read
 */
export async function readStoreConfig(path: string): Promise<StoreVectors | undefined> {
  const folder = await folderAt(path)
  const { manifest, damage } = await readManifest(folder)
  if (!manifest && damage.length > 0) throw new StoreDamageError(folder.place, damage)
  return manifest?.vectors
}

/** The same in a folder that is given. */
export async function openStoreIn(folder: Folder, options: OpenStoreOptions & Inner = {}): Promise<Store> {
  const { readOnly = false, salvage = false, encoder, segmentBytes } = options
  const budget = budgetOf(options)
  if (!(await readManifest(folder)).manifest) await refuse(folder)
  const lock = readOnly ? undefined : await folder.lock()
  let memory: PackedMemory | undefined
  try {
    memory = await startPackedMemory(options)
    for (let attempt = 0; ; attempt++) {
      const { manifest, damage, isWhole } = await readManifest(folder)
      if (!manifest) return await refuse(folder)
      if (lock) await removeLeftovers(folder, manifest)
      if (lock && !isWhole) await writeManifest(folder, manifest)
      const { vectors } = manifest
      const rowBytes = rowBytesOf(vectors)
      const segments = new Map<number, Segment>()
      const points = createPointDirectory(segments)
      const context = { folder, manifest, rowBytes, writable: !readOnly, salvage, damage }
      try {
        const replayed = await replay(context, segments, points)
        const { sequence } = replayed
        const home = createFileStorage({
          ...{ folder, lock, memory, rowBytes, segments, points, manifest, damage, salvage, segmentBytes },
          ...replayed,
        })
        const common = { name: folder.place, path: folder.place, readOnly, version: sequence }
        return createHandle({ ...common, vectors, memory, budget, segments, points, home, encoder })
      } catch (error) {
        // a writer may have put another segment in place of one that was listed a moment ago
        const now = readOnly && attempt < 5 ? (await readManifest(folder)).manifest : undefined
        if (!now || now.generation === manifest.generation) throw error
      }
    }
  } catch (error) {
    await lock?.release()
    memory?.kernel.memory.release()
    throw error
  }
}

/** There is nothing to open: why. */
async function refuse(folder: Folder): Promise<never> {
  const { damage } = await readManifest(folder)
  if (damage.length > 0) throw new StoreDamageError(folder.place, damage)
  throw new RangeError(`there is no store at "${folder.place}"; createStore() makes one`)
}

/** Files that no manifest lists: what a compaction left when it was interrupted. */
async function removeLeftovers(folder: Folder, { segments }: Manifest): Promise<void> {
  const listed = new Set(segments.map(({ number }) => number))
  for (const name of await folder.list()) {
    const number = segmentOf(name)
    if ((number !== undefined && !listed.has(number)) || name.endsWith('.new')) await folder.remove(name)
  }
}

/** Where vectors differ, in words. */
function differenceOf(wanted: StoreVectors, there: StoreVectors): string | undefined {
  for (const name of new Set([...Object.keys(wanted), ...Object.keys(there)])) {
    const [a, b] = [JSON.stringify(wanted[name]), JSON.stringify(there[name])]
    if (a !== b) return `"${name}" is ${b ?? 'not there'}, and ${a ?? 'nothing'} was asked for`
  }
  return undefined
}
