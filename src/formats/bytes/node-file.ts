// Node's files as sources and sinks. A new file is written beside its final path, as `.partial`, and renamed once it is
// complete.

import { type NodeFileSystem, nodeFileSystem, readFully, writeFully } from '../../base/node-files.js'
import type { ByteSink } from './byte-sink.js'
import { type ByteSource, formatError } from './byte-source.js'

async function fileSystem(): Promise<NodeFileSystem> {
  const system = await nodeFileSystem()
  if (system) return system
  throw new Error('files can be opened by path in Node only; in a browser use blobSource() and memorySink()')
}

/**
 * Opens a file for reading (Node only). It stays open until `close` is called.
 *
 * @throws Node's own error, such as ENOENT, if the file cannot be opened
 * @throws FormatError if the path is not a file. `read` throws it if the file became shorter since it was opened
 *
 * @example
 * import { openFile } from 'maxsimd/formats'
 * import { mkdtemp, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'maxsimd-')), 'four.txt')
 * await writeFile(path, 'four')
 * const source = await openFile(path)
 * source.size // 4
 * await source.read(1, 2) // [111, 117]
 * await source.close()
 */
export async function openFile(path: string): Promise<ByteSource> {
  const system = await fileSystem()
  const { O_RDONLY = 0, O_NONBLOCK = 0 } = system.constants
  // to open a named pipe may wait forever
  const file = await system.open(path, O_RDONLY | O_NONBLOCK)
  const stat = await file.stat()
  if (!stat.isFile()) {
    await file.close()
    throw formatError(path, 'is not a file')
  }
  return {
    name: path,
    size: stat.size,
    async read(offset, length) {
      const bytes = new Uint8Array(length)
      if ((await readFully(file, bytes, offset)) < length) {
        throw formatError(path, 'the file became shorter while it was read')
      }
      return bytes
    },
    close: () => file.close(),
  }
}

/**
 * Creates a file, or replaces one (Node only). The file appears at `path` when `close` returns; until then the bytes
 * are in `path` + ".partial". `abort` removes that file.
 *
 * @throws Node's own error if the file cannot be created
 *
 * @example
 * import { createFile, writeText } from 'maxsimd/formats'
 * import { mkdtemp, readFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 *
 * const path = join(await mkdtemp(join(tmpdir(), 'maxsimd-')), 'a.txt')
 * await writeText(['a line\n'], await createFile(path))
 * await readFile(path, 'utf8') // 'a line\n'
 */
export async function createFile(path: string): Promise<ByteSink> {
  const system = await fileSystem()
  const partial = `${path}.partial`
  // a link is removed, and not followed
  await system.rm(partial, { force: true })
  const file = await system.open(partial, 'wx')
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
