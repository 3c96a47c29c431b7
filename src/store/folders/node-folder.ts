// A folder on disk, in Node. This file and `node-lock.ts` are the only parts of the store that use Node; they are
// loaded on demand.

import {
  codeOf,
  type NodeFileHandle,
  type NodeFileSystem,
  nodeFileSystem,
  readFully,
  unlessMissing,
  writeFully,
} from '../../base/node-files.js'
import { nodeModule } from '../../base/node-module.js'
import {
  type Folder,
  type Lock,
  NotAFileError,
  noFileSystem,
  type StoreFile,
  StoreLockedError,
} from './folder.js'
import { StoreFolderError } from './folder-error.js'
import { viewProcesses } from './lock-holder.js'
import { describeError, withPath } from './node-errors.js'
import { acquireLock } from './node-lock.js'
import { probeFolder } from './node-probe.js'

interface NodePaths {
  join(...parts: string[]): string
  resolve(path: string): string
}

/** The functions of node:fs that sync an open file. */
interface NodeSync {
  fdatasync(file: number, done: (error: Error | null) => void): void
  fsync(file: number, done: (error: Error | null) => void): void
}

/**
 * Syncs a file by a method of its handle. Yarn's Plug'n'Play replaces handles, and its own lack both methods; node:fs
 * syncs those.
 */
async function syncHandle(handle: NodeFileHandle, method: 'datasync' | 'sync'): Promise<void> {
  try {
    return await handle[method]()
  } catch (error) {
    const isMissing =
      typeof handle[method] !== 'function' || /not implemented/i.test((error as Error).message)
    if (!isMissing || handle.fd === undefined) throw error
  }
  const node = (await nodeModule<NodeSync>('node:fs'))!
  const { fd } = handle
  await new Promise<void>((resolve, reject) => {
    node[`f${method}`](fd, error => (error ? reject(error) : resolve()))
  })
}

function fileOf(handle: NodeFileHandle, path: string): StoreFile {
  return {
    read: (target, position) => withPath(path, readFully(handle, target, position)),
    write: (bytes, position) => withPath(path, writeFully(handle, bytes, position)),
    size: async () => (await handle.stat()).size,
    truncate: size => withPath(path, handle.truncate(size)),
    sync: () => withPath(path, syncHandle(handle, 'datasync')),
    close: () => handle.close(),
  }
}

/** Some runtimes for the edge name a version of Node, and have no files. */
async function findFileSystem(): Promise<NodeFileSystem> {
  const fileSystem = await nodeFileSystem().catch(() => undefined)
  if (typeof fileSystem?.open === 'function') return fileSystem
  throw noFileSystem()
}

/**
 * Opens a file that exists, and nothing else: a link may lead out of the folder, and opening a named pipe may wait
 * forever.
 *
 * @throws NotAFileError
 */
async function openFile(
  fileSystem: NodeFileSystem,
  path: string,
  name: string,
  writable: boolean,
): Promise<StoreFile> {
  const { O_RDONLY = 0, O_RDWR = 2, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = fileSystem.constants
  const refuse = async (cause?: unknown) => {
    const found = await fileSystem.lstat(path)
    if (found.isFile() && cause) throw describeError(path, cause)
    const type = found.isSymbolicLink() ? 'a symbolic link' : found.isDirectory() ? 'a folder' : 'not a file'
    throw new NotAFileError(name, type)
  }
  // without O_NOFOLLOW, links are only found before the file is opened
  if (O_NOFOLLOW === 0 && !(await fileSystem.lstat(path)).isFile()) return refuse()
  let handle: NodeFileHandle
  try {
    handle = await fileSystem.open(path, (writable ? O_RDWR : O_RDONLY) | O_NOFOLLOW | O_NONBLOCK)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') throw error
    return refuse(error)
  }
  if ((await handle.stat()).isFile()) return fileOf(handle, path)
  await handle.close()
  return refuse()
}

/**
 * Returns the folder at `path`, which need not exist.
 *
 * @param disk the file system; tests pass a simulated one
 * @throws RangeError if `path` is a file
 * @throws TypeError if this runtime has no file system
 */
export async function createNodeFolder(path: string, disk?: NodeFileSystem): Promise<Folder> {
  const fileSystem = disk ?? (await findFileSystem())
  const { join, resolve } = (await nodeModule<NodePaths>('node:path'))!
  const { process } = globalThis as unknown as { process: { readonly platform: string } }
  const folder = resolve(path)
  const pathOf = (name: string) => join(folder, name)
  if ((await withPath(folder, unlessMissing(fileSystem.stat(folder))))?.isDirectory() === false) {
    throw new RangeError(`"path" expected a folder, got "${folder}", which is a file`)
  }

  async function syncFolder(): Promise<void> {
    // Windows cannot open a folder, and does not need to sync it
    if (process.platform === 'win32') return
    const handle = await fileSystem.open(folder, 'r')
    await syncHandle(handle, 'sync').finally(() => handle.close())
  }

  const openAny = async (file: string, flags: string) => fileOf(await fileSystem.open(file, flags), file)

  async function lockFolder(): Promise<Lock> {
    try {
      await createFolder()
      return await acquireLock({ fileSystem, path: folder, view: await viewProcesses(fileSystem), pathOf })
    } catch (error) {
      throw error instanceof StoreLockedError ? error : new StoreFolderError(folder, 'create a lock', error)
    }
  }

  /** Creates a file in place of whatever has the name. A link is removed, and not followed. */
  async function createFile(name: string): Promise<StoreFile> {
    const path = pathOf(name)
    return withPath(
      path,
      fileSystem
        .rm(path, { force: true })
        .then(() => fileSystem.open(path, 'wx+'))
        .then(handle => fileOf(handle, path)),
    )
  }

  const createFolder = () => withPath(folder, fileSystem.mkdir(folder, { recursive: true }))

  return {
    path: folder,
    list: async () => (await withPath(folder, unlessMissing(fileSystem.readdir(folder)))) ?? [],
    open: (name, writable) => unlessMissing(openFile(fileSystem, pathOf(name), name, writable)),
    async create(name) {
      await createFolder()
      return createFile(name)
    },
    async replace(name, bytes) {
      const file = await createFile(`${name}.new`)
      try {
        await file.write(bytes, 0)
        await file.sync()
      } finally {
        await file.close()
      }
      const path = pathOf(name)
      await withPath(path, fileSystem.rename(pathOf(`${name}.new`), path))
      await withPath(folder, syncFolder())
    },
    remove: name => withPath(pathOf(name), fileSystem.rm(pathOf(name), { force: true })),
    sync: () => withPath(folder, syncFolder()),
    async lock() {
      const lock = await lockFolder()
      try {
        await probeFolder({ fileSystem, path: folder, openFile: openAny, syncFolder }, pathOf('lock.probe'))
        return lock
      } catch (error) {
        await lock.release().catch(() => undefined)
        throw error
      }
    },
  }
}
