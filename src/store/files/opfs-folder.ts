// A folder of the origin's private file system, in a browser. In a worker files are open for writing in place; on a page,
// which has no such files, each write replaces the file by a changed copy: right, but slow for what is large.

import { type Folder, type StoreFile, StoreLockedError } from './folder.js'

/** A file that is open in a worker. */
interface SyncHandle {
  read(target: Uint8Array, options: { at: number }): number
  write(bytes: Uint8Array, options: { at: number }): number
  getSize(): number
  truncate(size: number): void
  flush(): void
  close(): void
}

type Handle = FileSystemFileHandle & { createSyncAccessHandle?(): Promise<SyncHandle> }

const isMissing = (error: unknown) => error instanceof DOMException && error.name === 'NotFoundError'

/** A file that may be read while another one writes it. */
function readableFile(handle: Handle): StoreFile {
  const refuse = async () => {
    throw new TypeError('this file was opened to be read only')
  }
  return {
    async read(target, position) {
      const part = (await handle.getFile()).slice(position, position + target.length)
      const bytes = new Uint8Array(await part.arrayBuffer())
      target.set(bytes)
      return bytes.length
    },
    size: async () => (await handle.getFile()).size,
    write: refuse,
    truncate: refuse,
    sync: async () => {},
    close: async () => {},
  }
}

/** On a page: what is written is there, and safe, when the copy has taken the file's place. */
function replacedFile(handle: Handle): StoreFile {
  const change = async (run: (stream: FileSystemWritableFileStream) => Promise<void>) => {
    const stream = await handle.createWritable({ keepExistingData: true })
    await run(stream)
    await stream.close()
  }
  return {
    ...readableFile(handle),
    // a copy, because a stream may take its time over memory that is the kernel's
    write: (bytes, position) =>
      change(stream => stream.write({ type: 'write', position, data: bytes.slice() })),
    truncate: size => change(stream => stream.truncate(size)),
  }
}

/** In a worker. */
function openFile(file: SyncHandle): StoreFile {
  return {
    read: async (target, position) => file.read(target, { at: position }),
    async write(bytes, position) {
      if (file.write(bytes, { at: position }) < bytes.length) {
        throw new DOMException('the origin has no more room for files', 'QuotaExceededError')
      }
    },
    size: async () => file.getSize(),
    truncate: async size => file.truncate(size),
    sync: async () => file.flush(),
    close: async () => file.close(),
  }
}

async function writableFile(handle: Handle): Promise<StoreFile> {
  return handle.createSyncAccessHandle
    ? openFile(await handle.createSyncAccessHandle())
    : replacedFile(handle)
}

export async function createOpfsFolder(path: string): Promise<Folder> {
  const parts = path.split('/').filter(part => part !== '' && part !== '.')
  let folder: FileSystemDirectoryHandle | undefined

  /** The folder, made if it is to be written to; undefined where there is none. */
  async function find(create: boolean): Promise<FileSystemDirectoryHandle | undefined> {
    if (folder) return folder
    try {
      let found = await navigator.storage.getDirectory()
      for (const part of parts) found = await found.getDirectoryHandle(part, { create })
      folder = found
      return found
    } catch (error) {
      if (isMissing(error)) return undefined
      throw error
    }
  }

  async function fresh(name: string): Promise<Handle> {
    return (await find(true))!.getFileHandle(name, { create: true })
  }

  return {
    place: path,
    async list() {
      const names: string[] = []
      const found = await find(false)
      // typed as a folder that cannot be listed
      const keys = (found as unknown as { keys(): AsyncIterable<string> } | undefined)?.keys()
      if (keys) for await (const name of keys) names.push(name)
      return names
    },
    async open(name, writable) {
      try {
        const handle = (await (await find(false))?.getFileHandle(name)) as Handle | undefined
        if (!handle) return undefined
        return writable ? await writableFile(handle) : readableFile(handle)
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async create(name) {
      const file = await writableFile(await fresh(name))
      await file.truncate(0)
      return file
    },
    async replace(name, bytes) {
      const handle = await fresh(name)
      if (typeof handle.createWritable === 'function') {
        const stream = await handle.createWritable()
        await stream.write(bytes.slice())
        await stream.close()
        return
      }
      // in place: of what is replaced there is a second copy
      const file = await writableFile(handle)
      await file.truncate(0)
      await file.write(bytes, 0)
      await file.sync()
      await file.close()
    },
    async remove(name) {
      await (await find(false))?.removeEntry(name).catch(error => {
        if (!isMissing(error)) throw error
      })
    },
    async sync() {},
    lock: () =>
      new Promise((resolve, reject) => {
        // the engine gives the lock back when the page or the worker ends, however it ends
        const held = navigator.locks.request(
          `maxsimd store ${parts.join('/')}`,
          { ifAvailable: true },
          lock => {
            if (!lock)
              throw new StoreLockedError(`the store at "${path}" is written to elsewhere; close it there`)
            return new Promise<void>(release => {
              resolve({
                async check() {},
                async release() {
                  release()
                  await held
                },
              })
            })
          },
        )
        held.catch(reject)
      }),
  }
}
