// A folder on disk, in Node. This file and `node-lock.ts` are the only parts of the store that use Node; they are
// loaded on demand.

import {
  type NodeFileHandle,
  type NodeFileSystem,
  nodeFileSystem,
  readFully,
  unlessMissing,
  writeFully,
} from '../../base/node-files.js'
import { nodeModule } from '../../base/node-module.js'
import type { Folder, StoreFile } from './folder.js'
import { viewProcesses } from './lock-holder.js'
import { acquireLock } from './node-lock.js'

interface NodePaths {
  join(...parts: string[]): string
  resolve(path: string): string
}

function fileOf(handle: NodeFileHandle): StoreFile {
  return {
    read: (target, position) => readFully(handle, target, position),
    write: (bytes, position) => writeFully(handle, bytes, position),
    size: async () => (await handle.stat()).size,
    truncate: size => handle.truncate(size),
    sync: () => handle.datasync(),
    close: () => handle.close(),
  }
}

/**
 * Returns the folder at `path`, which need not exist.
 *
 * @param disk the file system; tests pass a simulated one
 * @throws RangeError if `path` is a file
 */
export async function createNodeFolder(path: string, disk?: NodeFileSystem): Promise<Folder> {
  const fileSystem = disk ?? (await nodeFileSystem())!
  const { join, resolve } = (await nodeModule<NodePaths>('node:path'))!
  const { process } = globalThis as unknown as { process: { readonly platform: string } }
  const folder = resolve(path)
  const pathOf = (name: string) => join(folder, name)
  if ((await unlessMissing(fileSystem.stat(folder)))?.isDirectory() === false) {
    throw new RangeError(`"path" expected a folder, got "${folder}", which is a file`)
  }

  async function syncFolder(): Promise<void> {
    // Windows cannot open a folder, and does not need to sync it
    if (process.platform === 'win32') return
    const handle = await fileSystem.open(folder, 'r')
    await handle.sync().finally(() => handle.close())
  }

  return {
    path: folder,
    list: async () => (await unlessMissing(fileSystem.readdir(folder))) ?? [],
    async open(name, writable) {
      const handle = await unlessMissing(fileSystem.open(pathOf(name), writable ? 'r+' : 'r'))
      return handle && fileOf(handle)
    },
    async create(name) {
      await fileSystem.mkdir(folder, { recursive: true })
      return fileOf(await fileSystem.open(pathOf(name), 'w+'))
    },
    async replace(name, bytes) {
      const file = fileOf(await fileSystem.open(pathOf(`${name}.new`), 'w'))
      try {
        await file.write(bytes, 0)
        await file.sync()
      } finally {
        await file.close()
      }
      await fileSystem.rename(pathOf(`${name}.new`), pathOf(name))
      await syncFolder()
    },
    remove: name => fileSystem.rm(pathOf(name), { force: true }),
    sync: syncFolder,
    async lock() {
      await fileSystem.mkdir(folder, { recursive: true })
      return acquireLock({ fileSystem, path: folder, view: await viewProcesses(fileSystem), pathOf })
    },
  }
}
