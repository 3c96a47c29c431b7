// A folder in memory, for tests that read and change its files directly. `simulated-disk.ts` is for crashes.

import { parseDescription } from '../../src/store/config.js'
import { type Folder, type StoreFile, StoreLockedError } from '../../src/store/folders/folder.js'
import type { Store, StoreConfig } from '../../src/store/index.js'
import { createStoreIn } from '../../src/store/open-folder.js'

/** The contents of files by name. */
export type Files = Map<string, Uint8Array>

/** A folder in memory. */
export interface MemoryFolder extends Folder {
  readonly files: Files
}

function resized(bytes: Uint8Array, size: number): Uint8Array {
  const copy = new Uint8Array(size)
  copy.set(bytes.subarray(0, size))
  return copy
}

/** Creates a folder with these files. A write replaces a file's bytes by a changed copy. */
export function createMemoryFolder(files: Files = new Map()): MemoryFolder {
  let isLocked = false

  const contentsOf = (name: string): StoreFile => ({
    async read(target, position) {
      const bytes = files.get(name)!.subarray(position, position + target.length)
      target.set(bytes)
      return bytes.length
    },
    async write(bytes, position) {
      const old = files.get(name)!
      const changed = resized(old, Math.max(old.length, position + bytes.length))
      changed.set(bytes, position)
      files.set(name, changed)
    },
    size: async () => files.get(name)!.length,
    async truncate(size) {
      files.set(name, resized(files.get(name)!, size))
    },
    async sync() {},
    async close() {},
  })

  /** An open file. As on a disk, a call after it was closed fails. */
  const fileOf = (name: string): StoreFile => {
    const file = contentsOf(name)
    let isClosed = false
    const whileOpen = async <T>(call: () => Promise<T>): Promise<T> => {
      if (isClosed) throw new Error(`${name} was closed`)
      return call()
    }
    return {
      read: (target, position) => whileOpen(() => file.read(target, position)),
      write: (bytes, position) => whileOpen(() => file.write(bytes, position)),
      size: () => whileOpen(file.size),
      truncate: size => whileOpen(() => file.truncate(size)),
      sync: () => whileOpen(file.sync),
      async close() {
        isClosed = true
      },
    }
  }

  return {
    path: 'a folder in memory',
    files,
    list: async () => [...files.keys()],
    open: async name => (files.has(name) ? fileOf(name) : undefined),
    async create(name) {
      files.set(name, new Uint8Array(0))
      return fileOf(name)
    },
    async replace(name, bytes) {
      files.set(name, bytes.slice())
    },
    async remove(name) {
      files.delete(name)
    },
    async sync() {},
    async lock() {
      if (isLocked) throw new StoreLockedError('the store in memory is locked')
      isLocked = true
      return {
        async check() {},
        async release() {
          isLocked = false
        },
      }
    },
  }
}

/** Creates a store in a folder, with segments of this size. */
export const createSmallSegments = (
  folder: Folder,
  vectors: NonNullable<StoreConfig['vectors']>,
  segmentBytes: number,
  sparse_vectors?: StoreConfig['sparse_vectors'],
): Promise<Store> =>
  createStoreIn(folder, {
    ...parseDescription({ vectors, sparse_vectors }),
    ifExists: 'fail',
    segmentBytes,
  })
