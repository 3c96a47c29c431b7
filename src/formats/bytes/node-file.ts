// Files of Node as sources and sinks: the only file of this folder that knows Node. A file that is written appears under
// its name when it is whole; until then it is beside it, as `.partial`.

import { type NodeFileSystem, nodeFileSystem, readFully, writeFully } from '../../base/node-files.js'
import type { ByteSink } from './byte-sink.js'
import { type ByteSource, FormatError } from './byte-source.js'

async function fileSystem(): Promise<NodeFileSystem> {
  const system = await nodeFileSystem()
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
      if ((await readFully(file, bytes, offset)) < length) {
        throw new FormatError(`${path}: became shorter while it was read`)
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
  return {
    async write(bytes) {
      await writeFully(file, bytes, end)
      end += bytes.length
    },
    writeAt: (offset, bytes) => writeFully(file, bytes, offset),
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
