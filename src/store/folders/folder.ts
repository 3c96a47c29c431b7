// The folder of files that a store needs. `node-folder.ts` implements it on disk, `opfs-folder.ts` in a browser. This
// layer does not depend on the contents of the files.

import { rethrowImportError } from '../../base/import-error.js'
import { isNode } from '../../base/node-module.js'

/** An open file. */
export interface StoreFile {
  /** Fills `target` with the bytes from `position` on, as far as the file goes. Returns the number of bytes read. */
  read(target: Uint8Array, position: number): Promise<number>
  /** Writes all `bytes` at `position`. */
  write(bytes: Uint8Array, position: number): Promise<void>
  /** Returns the size in bytes. */
  size(): Promise<number>
  /** Shortens the file to `size` bytes. */
  truncate(size: number): Promise<void>
  /** Returns once everything written is on the disk. */
  sync(): Promise<void>
  /** Closes the file. */
  close(): Promise<void>
}

/** A folder of files. */
export interface Folder {
  /** The path, for error messages. */
  readonly path: string
  /** Returns the names of the files; none if the folder does not exist. */
  list(): Promise<readonly string[]>
  /**
   * Opens a file. Returns undefined if it does not exist.
   *
   * @throws NotAFileError for anything but a file in the folder, such as a folder or a symbolic link
   */
  open(name: string, writable: boolean): Promise<StoreFile | undefined>
  /** Creates an empty file, or empties an existing one. Creates the folder if it does not exist. */
  create(name: string): Promise<StoreFile>
  /** Replaces the contents of a file atomically. Returns once they are on the disk. */
  replace(name: string, bytes: Uint8Array): Promise<void>
  /** Deletes a file. Does nothing if it does not exist. */
  remove(name: string): Promise<void>
  /** Returns once the names of new files are on the disk. */
  sync(): Promise<void>
  /**
   * Locks the folder for a single writer until the lock is released.
   *
   * @throws StoreLockedError if another writer has the lock
   */
  lock(): Promise<Lock>
}

/** The lock of a folder's writer. */
export interface Lock {
  /** @throws StoreLockedError if the lock is lost, because someone deleted or replaced it */
  check(): Promise<void>
  /** Unlocks the folder. */
  release(): Promise<void>
}

/** Thrown if something else has the name of a file. Links are not followed: they may lead out of the folder. */
export class NotAFileError extends Error {
  /** @param found what it is, such as `a symbolic link` */
  constructor(
    name: string,
    readonly found: string,
  ) {
    super(`${name} is ${found}`)
  }
}

/** Thrown if another process, or another browser tab, has the store open for writing. */
export class StoreLockedError extends Error {
  override readonly name = 'StoreLockedError'
  readonly code = 'ERR_STORE_LOCKED'
}

interface Globals {
  readonly navigator?: { readonly storage?: { getDirectory?: unknown } }
}

/**
 * Returns the folder at a path: on the disk in Node, in the origin's private file system in a browser.
 *
 * @throws TypeError if `path` is not a string, is empty, or there is no file system
 */
export async function folderAt(path: string): Promise<Folder> {
  if (typeof path !== 'string' || path === '') {
    throw new TypeError('"path" expected the path of a folder; omit it for a store in memory')
  }
  const { navigator } = globalThis as Globals
  if (isNode()) return (await import('./node-folder.js').catch(rethrowImportError)).createNodeFolder(path)
  if (navigator?.storage?.getDirectory) {
    return (await import('./opfs-folder.js').catch(rethrowImportError)).createOpfsFolder(path)
  }
  throw noFileSystem()
}

/** The error of a runtime without files, such as workers for the edge. */
export const noFileSystem = (): TypeError =>
  new TypeError(
    '"path" needs a file system, and this runtime has no file system; leave out "path" for a store in memory',
  )
