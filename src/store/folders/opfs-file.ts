// Files of a browser's origin private file system. A worker writes them in place. A page has no such access: there each
// write replaces the file by a changed copy, which is slow for large files.

import type { StoreFile } from './folder.js'

/** A file that a worker has open. */
interface SyncHandle {
  read(target: Uint8Array, options: { at: number }): number
  write(bytes: Uint8Array, options: { at: number }): number
  getSize(): number
  truncate(size: number): void
  flush(): void
  close(): void
}

/** A file handle. `createSyncAccessHandle` exists in workers only. */
export type OpfsHandle = FileSystemFileHandle & { createSyncAccessHandle?(): Promise<SyncHandle> }

/** Opens a file for reading. It can be read while another writer changes it. */
export function readableFile(handle: OpfsHandle): StoreFile {
  const refuse = async () => {
    throw new TypeError('this file was opened for reading only')
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

/** Opens a file for reading and writing. */
export async function writableFile(handle: OpfsHandle): Promise<StoreFile> {
  return handle.createSyncAccessHandle
    ? fileInPlace(await handle.createSyncAccessHandle())
    : fileByCopy(handle)
}

/** Replaces the contents of a file. */
export async function replaceContents(handle: OpfsHandle, bytes: Uint8Array): Promise<void> {
  if (typeof handle.createWritable === 'function') {
    return writeStream(await handle.createWritable(), stream => stream.write(bytes.slice()))
  }
  // not atomic, but every file that is replaced has a second copy
  const file = await writableFile(handle)
  try {
    await file.truncate(0)
    await file.write(bytes, 0)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Writes to a stream and closes it, which replaces the file. After an error the file stays as it is. */
async function writeStream(
  stream: FileSystemWritableFileStream,
  write: (stream: FileSystemWritableFileStream) => Promise<void>,
): Promise<void> {
  try {
    await write(stream)
  } catch (error) {
    await stream.abort().catch(() => undefined)
    throw error
  }
  await stream.close()
}

/** A file on a page. A write is on the disk once the copy has replaced the file. */
function fileByCopy(handle: OpfsHandle): StoreFile {
  const change = async (run: (stream: FileSystemWritableFileStream) => Promise<void>) =>
    writeStream(await handle.createWritable({ keepExistingData: true }), run)
  return {
    ...readableFile(handle),
    // a copy of the bytes, because the stream may read them later, and they may be the kernel's memory
    write: (bytes, position) =>
      change(stream => stream.write({ type: 'write', position, data: bytes.slice() })),
    truncate: size => change(stream => stream.truncate(size)),
  }
}

/** A file in a worker. */
function fileInPlace(file: SyncHandle): StoreFile {
  return {
    read: async (target, position) => file.read(target, { at: position }),
    async write(bytes, position) {
      if (file.write(bytes, { at: position }) < bytes.length) {
        throw new DOMException('the storage quota of the origin is exceeded', 'QuotaExceededError')
      }
    },
    size: async () => file.getSize(),
    truncate: async size => file.truncate(size),
    sync: async () => file.flush(),
    close: async () => file.close(),
  }
}
