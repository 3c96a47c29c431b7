// Files of Node as sources and sinks: the only file of this folder that knows Node. A file that is written appears under
// its name when it is whole; until then it is beside it, as `.partial`.

import { nodeModule } from '../../base/node-module.js'
import type { ByteSink } from './byte-sink.js'
import { type ByteSource, FormatError } from './byte-source.js'

/** The part of `node:fs/promises` that is used here. */
interface FileSystem {
  open(path: string, flags: string): Promise<FileHandle>
  rename(from: string, to: string): Promise<void>
  rm(path: string, options: { readonly force: boolean }): Promise<void>
}

interface FileHandle {
  stat(): Promise<{ readonly size: number; isFile(): boolean }>
  read(into: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>
  sync(): Promise<void>
  close(): Promise<void>
}

async function fileSystem(): Promise<FileSystem> {
  const system = await nodeModule<FileSystem>('node:fs/promises')
  if (system) return system
  throw new Error('files are opened by path in Node only; a page has blobSource() and memorySink()')
}

/**
 * A file as a source; it stays open until `close`.
 *
 * @throws Node's own error if it cannot be opened, FormatError if it is a folder or the like
 */
export async function openFile(path: string): Promise<ByteSource> {
  const file = await (await fileSystem()).open(path, 'r')
  const stat = await file.stat()
  if (!stat.isFile()) {
    await file.close()
    throw new FormatError(`${path}: expected a file`)
  }
  return {
    name: path,
    size: stat.size,
    async read(offset, length) {
      const bytes = new Uint8Array(length)
      for (let at = 0; at < length; ) {
        const { bytesRead } = await file.read(bytes, at, length - at, offset + at)
        if (bytesRead === 0) throw new FormatError(`${path}: became shorter while it was read`)
        at += bytesRead
      }
      return bytes
    },
    close: () => file.close(),
  }
}

/** A file to write; it has its name once `close` has returned, and nothing is left of it after `abort`. */
export async function createFile(path: string): Promise<ByteSink> {
  const system = await fileSystem()
  const partial = `${path}.partial`
  const file = await system.open(partial, 'w')
  let end = 0
  const write = async (bytes: Uint8Array, position: number) => {
    for (let at = 0; at < bytes.length; ) {
      at += (await file.write(bytes, at, bytes.length - at, position + at)).bytesWritten
    }
  }
  return {
    async write(bytes) {
      await write(bytes, end)
      end += bytes.length
    },
    writeAt: (offset, bytes) => write(bytes, offset),
    async close() {
      await file.sync()
      await file.close()
      await system.rename(partial, path)
    },
    async abort() {
      await file.close()
      await system.rm(partial, { force: true })
    },
  }
}
