// A folder of files, as far as a store needs one. `node-folder.ts` is one on a disk, `opfs-folder.ts` one in a browser;
// neither knows what is in the files.

export interface StoreFile {
  /** Fills `target` from `position` on, as far as the file goes; returns how many bytes there were. */
  read(target: Uint8Array, position: number): Promise<number>
  write(bytes: Uint8Array, position: number): Promise<void>
  size(): Promise<number>
  truncate(size: number): Promise<void>
  /** Returns when everything written is on the disk. */
  sync(): Promise<void>
  close(): Promise<void>
}

export interface Folder {
  /** Where it is, for errors. */
  readonly place: string
  /** The names of its files; none where there is no folder. */
  list(): Promise<readonly string[]>
  /** A file that is there, or undefined. */
  open(name: string, writable: boolean): Promise<StoreFile | undefined>
  /** A new, empty file, in place of one of that name; the folder is made if there is none. */
  create(name: string): Promise<StoreFile>
  /** Puts bytes in place of a file, all or nothing, and returns when they are on the disk. */
  replace(name: string, bytes: Uint8Array): Promise<void>
  remove(name: string): Promise<void>
  /** Returns when the names of new files are on the disk. */
  sync(): Promise<void>
  /**
   * Makes this the only writer, until the lock is released.
   *
   * @throws StoreLockedError if there is another
   */
  lock(): Promise<Lock>
}

export interface Lock {
  /** @throws StoreLockedError if someone else has taken it away */
  check(): Promise<void>
  release(): Promise<void>
}

/** Another process writes to the store. */
export class StoreLockedError extends Error {
  override readonly name = 'StoreLockedError'
}

interface Globals {
  readonly process?: { readonly versions?: { readonly node?: string } }
  readonly navigator?: { readonly storage?: { getDirectory?: unknown } }
}

/** The folder at a path: on the disk, or in a browser in the origin's private file system. */
export async function folderAt(path: string): Promise<Folder> {
  if (typeof path !== 'string' || path === '') {
    throw new TypeError('"path" expected the path of a folder; leave it out for a store in memory')
  }
  const { process, navigator } = globalThis as Globals
  if (process?.versions?.node) return (await import('./node-folder.js')).createNodeFolder(path)
  if (navigator?.storage?.getDirectory) return (await import('./opfs-folder.js')).createOpfsFolder(path)
  throw new TypeError(
    '"path" needs a file system, and there is none here; leave it out for a store in memory',
  )
}
