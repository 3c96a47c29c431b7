// Creates and opens stores in a folder that is given. `createStore` and `openStore` find the folder at a path; tests
// give a folder in memory.

import { type PackedMemory, startPackedMemory } from '../core/packed-documents.js'
import { columnShapesOf } from './columns/copies.js'
import { createPointDirectory } from './columns/point-directory.js'
import type { Segment } from './columns/segment.js'
import { parseMemory, type StoreDescription, type StoreOptions } from './config.js'
import { StoreDamageError } from './files/damage.js'
import { isStoreFile, isUnfinished, segmentNumberOf } from './files/file-names.js'
import { createFileStorage } from './files/file-storage.js'
import {
  checkSize,
  type FoundManifest,
  MANIFEST,
  MANIFEST_COPY,
  type Manifest,
  readManifest,
  writeManifest,
} from './files/manifest.js'
import { replay } from './files/replay.js'
import { closeSegment, createSegmentFiles } from './files/segment-files.js'
import { SEGMENT_BYTES } from './files/storage.js'
import type { Folder, Lock } from './folders/folder.js'
import { createStoreHandle, type Store } from './store.js'
import type { StoreParts } from './store-context.js'

/** How `createStore` treats a store that exists. */
export type IfExists = 'fail' | 'reuse' | 'recreate'

/** Options of `openStore`, and the size of segments for tests. */
export interface OpenFolderOptions extends StoreOptions {
  readonly readOnly?: boolean | undefined
  readonly salvage?: boolean | undefined
  /** A segment of this size is full. Default: 512 MiB. Tests use small segments. */
  readonly segmentBytes?: number | undefined
}

/** Options of `createStoreIn`. */
export interface CreateFolderOptions extends OpenFolderOptions, StoreDescription {
  readonly ifExists: IfExists
}

/** WebAssembly's 4 GiB, less what queries need. */
const MAX_BUDGET = 3.5 * 2 ** 30
/** How often a reader opens a store again whose segments were replaced while it was opened. */
const MAX_ATTEMPTS = 5

/** Returns the memory budget for vectors in bytes. */
export const budgetOf = ({ memory }: StoreOptions): number => Math.min(parseMemory(memory), MAX_BUDGET)

/**
 * Creates a store in a folder.
 *
 * @internal
 * @throws RangeError if the folder has other files, or a store that `ifExists` does not allow, or the vectors are too many
 */
export async function createStoreIn(folder: Folder, options: CreateFolderOptions): Promise<Store> {
  const { vectors, sparse_vectors, ifExists } = options
  const manifest = { generation: 1, vectors, sparse_vectors, segments: [{ number: 1 }] }
  checkSize(manifest)
  if ((await checkFolder(folder, ifExists)) && ifExists === 'reuse') return reuseStore(folder, options)
  const lock = await folder.lock()
  try {
    // another process may have created one meanwhile
    if ((await checkFolder(folder, ifExists)) && ifExists === 'reuse') {
      await lock.release()
      return await reuseStore(folder, options)
    }
    await removeStore(folder, await folder.list())
    await closeSegment(await createSegmentFiles(folder, 1, columnShapesOf(options)))
    await writeManifest(folder, manifest)
  } finally {
    await lock.release()
  }
  return openStoreIn(folder, options)
}

/** Returns true if there is a store. Throws if the folder does not allow a new one. */
async function checkFolder(folder: Folder, ifExists: IfExists): Promise<boolean> {
  const names = await folder.list()
  const exists = names.includes(MANIFEST) || names.includes(MANIFEST_COPY)
  const foreign = names.find(name => !isStoreFile(name))
  if (foreign !== undefined && !exists) {
    throw new RangeError(
      `"path" expected a new folder, or one with a store, got "${folder.path}", which has other files (${foreign})`,
    )
  }
  if (exists && ifExists === 'fail') {
    throw new RangeError(
      `there is a store at "${folder.path}"; open it with openStore(), or create it with ifExists: 'reuse' or ` +
        "'recreate', which deletes its points",
    )
  }
  return exists
}

/** Opens the store of a folder if it has the vectors of `options`. */
async function reuseStore(folder: Folder, options: CreateFolderOptions): Promise<Store> {
  const store = await openStoreIn(folder, options)
  const { vectors, sparse_vectors } = options
  const difference =
    describeDifference(vectors, await withoutStages(folder, vectors, store.config.vectors)) ??
    describeDifference(sparse_vectors ?? {}, store.config.sparse_vectors ?? {})
  if (difference === undefined) return store
  await store.close()
  throw new RangeError(
    `the store at "${folder.path}" has other vectors: ${difference}; choose another path, or ifExists: ` +
      "'recreate', which deletes its points",
  )
}

/** The vectors of a store without those of its first stages, which are added to a store and not in the program that creates it. */
async function withoutStages(
  folder: Folder,
  expected: object,
  found: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, unknown>>> {
  const files = new Set(await folder.list())
  const isStage = (name: string) => !Object.hasOwn(expected, name) && files.has(`${name}.stage`)
  return Object.fromEntries(Object.entries(found).filter(([name]) => !isStage(name)))
}

/** Deletes the files of a store. The manifest is deleted first, so that a partly deleted store is not opened. */
async function removeStore(folder: Folder, names: readonly string[]): Promise<void> {
  const order = (name: string) => (name === MANIFEST ? 0 : name === MANIFEST_COPY ? 1 : 2)
  const old = names.filter(name => isStoreFile(name) && !name.startsWith('lock'))
  for (const name of old.sort((a, b) => order(a) - order(b))) await folder.remove(name)
}

/** Describes the first vector that differs; undefined if none does. A screen does not count: the store keeps its own. */
function describeDifference(
  expected: Readonly<Record<string, unknown>>,
  found: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const name of new Set([...Object.keys(expected), ...Object.keys(found)])) {
    const textOf = (vector: unknown) => vector && JSON.stringify({ ...vector, screen: undefined })
    const [expectedText, foundText] = [textOf(expected[name]), textOf(found[name])]
    if (expectedText === foundText) continue
    return `"${name}" is ${foundText ?? 'missing'}, but the configuration has ${expectedText ?? 'no such vector'}`
  }
  return undefined
}

/**
 * Opens the store in a folder. See `openStore`.
 *
 * @internal
 */
export const openStoreIn = (folder: Folder, options: OpenFolderOptions = {}): Promise<Store> =>
  openPartsIn(folder, options, createStoreHandle)

/**
 * Opens the parts of the store in a folder, and makes something of them.
 *
 * @internal
 */
export async function openPartsIn<T>(
  folder: Folder,
  options: OpenFolderOptions,
  make: (parts: StoreParts) => T,
): Promise<T> {
  const { readOnly = false } = options
  const budget = budgetOf(options)
  const found = await readManifest(folder)
  if (!found.manifest) await refuseMissing(folder)
  const lock = readOnly ? undefined : await folder.lock()
  // the kernel is compiled while files are read
  const starting = startPackedMemory(options)
  // its error is thrown where it is awaited, which may be later
  starting.catch(() => undefined)
  try {
    const opening = { folder, lock, starting, budget, options, found: lock ? undefined : found }
    return make(await openWithRetry(opening))
  } catch (error) {
    await starting.then(
      ({ kernel }) => kernel.memory.release(),
      () => undefined,
    )
    await lock?.release().catch(() => undefined)
    throw error
  }
}

/** A store that is being opened. */
interface Opening {
  readonly folder: Folder
  /** Undefined for reading only. */
  readonly lock: Lock | undefined
  readonly starting: Promise<PackedMemory>
  /** The manifest, if it was read after the folder was locked, or is only read. */
  readonly found: FoundManifest | undefined
  readonly budget: number
  readonly options: OpenFolderOptions
}

/**
 * Opens a store. A reader tries again if it fails because a writer has meanwhile replaced a segment, which shows in the
 * generation of the manifest.
 */
async function openWithRetry(opening: Opening): Promise<StoreParts> {
  const { folder, lock, found } = opening
  for (let attempt = 0; ; attempt++) {
    const read = attempt === 0 ? found : undefined
    const { manifest, damage, isComplete } = read ?? (await readManifest(folder))
    if (!manifest) return refuseMissing(folder)
    if (lock) {
      await removeLeftovers(folder, manifest)
      if (!isComplete) await writeManifest(folder, manifest)
    }
    try {
      return await openSegments(opening, manifest, damage)
    } catch (error) {
      const current = lock || attempt >= MAX_ATTEMPTS ? undefined : (await readManifest(folder)).manifest
      if (!current || current.generation === manifest.generation) throw error
    }
  }
}

/** Opens the segments that a manifest lists. */
async function openSegments(
  { folder, lock, starting, budget, options }: Opening,
  manifest: Manifest,
  damage: FoundManifest['damage'],
): Promise<StoreParts> {
  const { readOnly = false, salvage = false, segmentBytes = SEGMENT_BYTES } = options
  const { encoder, sparseEncoder } = options
  const { vectors, sparse_vectors } = manifest
  const config = { vectors, ...(sparse_vectors && { sparse_vectors }) }
  const shapes = columnShapesOf(config)
  const segments = new Map<number, Segment>()
  const points = createPointDirectory(segments)
  const shared = { folder, manifest, shapes, segments, points, salvage, damage }
  const { version, ...opened } = await replay({ ...shared, writable: !readOnly })
  const memory = await starting.catch(async error => {
    for (const files of opened.files.values()) await closeSegment(files)
    throw error
  })
  const storage = createFileStorage({ ...shared, ...opened, lock, memory, segmentBytes })
  // nothing is appended to damaged files. They stay as they are until a compaction
  if (lock && opened.active.isDamaged) {
    await storage.rotate().catch(async error => {
      await storage.close().catch(() => undefined)
      throw error
    })
  }
  const { path } = folder
  return {
    ...{ name: path, path, readOnly, config, version },
    ...{ memory, budget, segments, points, storage, encoder, sparseEncoder },
  }
}

/** Throws the reason why there is no store to open. */
async function refuseMissing(folder: Folder): Promise<never> {
  const { damage } = await readManifest(folder)
  if (damage.length > 0) throw new StoreDamageError(folder.path, damage)
  throw new RangeError(`there is no store at "${folder.path}"; create one with createStore()`)
}

/** Removes files that the manifest does not list, which an interrupted compaction leaves. */
async function removeLeftovers(folder: Folder, { segments }: Manifest): Promise<void> {
  const listed = new Set(segments.map(({ number }) => number))
  for (const name of await folder.list()) {
    const number = segmentNumberOf(name)
    const isLeftover = number === undefined ? isUnfinished(name) : !listed.has(number)
    // what cannot be removed, such as a folder, is in nobody's way
    if (isLeftover) await folder.remove(name).catch(() => undefined)
  }
}
