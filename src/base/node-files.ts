// Node's files: types of the parts of node:fs/promises that are used here, and reads and writes of whole ranges. The
// library has no dependency on @types/node, because it is also compiled for browsers.

import { nodeModule } from './node-module.js'

/** An open file (FileHandle). */
export interface NodeFileHandle {
  read(target: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
  write(
    bytes: Uint8Array,
    offset: number,
    length: number,
    position: number,
  ): Promise<{ bytesWritten: number }>
  stat(): Promise<{ readonly size: number; isFile(): boolean; isDirectory(): boolean }>
  truncate(size: number): Promise<void>
  /** The number of the open file; a simulated one has no number. */
  readonly fd?: number | undefined
  datasync(): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** The module node:fs/promises. */
export interface NodeFileSystem {
  open(path: string, flags: string | number): Promise<NodeFileHandle>
  readFile(path: string, encoding: 'utf8'): Promise<string>
  readdir(path: string): Promise<string[]>
  mkdir(path: string, options: { readonly recursive: true }): Promise<unknown>
  readlink(path: string): Promise<string>
  link(existing: string, path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  rm(path: string, options: { readonly force: boolean; readonly recursive?: boolean }): Promise<void>
  stat(path: string): Promise<{ isDirectory(): boolean }>
  lstat(path: string): Promise<{ isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }>
  /** The flags of `open`. Windows has no `O_NOFOLLOW` and `O_NONBLOCK`. */
  readonly constants: Readonly<Partial<Record<'O_RDONLY' | 'O_RDWR' | 'O_NOFOLLOW' | 'O_NONBLOCK', number>>>
}

/** Returns node:fs/promises, or undefined outside of Node. */
export const nodeFileSystem = (): Promise<NodeFileSystem | undefined> =>
  nodeModule<NodeFileSystem>('node:fs/promises')

/** Returns the `code` of an error of Node, such as `ENOENT`. */
export const codeOf = (error: unknown): string | undefined => (error as { code?: string } | undefined)?.code

/** Returns undefined in place of a file that does not exist. */
export async function unlessMissing<T>(operation: Promise<T>): Promise<T | undefined> {
  try {
    return await operation
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Node ends the process for a read or write of 2^31 bytes. */
const MAX_BYTES = 2 ** 30

/** Reads from `position` on until `target` is full or the file ends. Returns the number of bytes read. */
export async function readFully(
  file: Pick<NodeFileHandle, 'read'>,
  target: Uint8Array,
  position: number,
): Promise<number> {
  let filled = 0
  while (filled < target.length) {
    const length = Math.min(MAX_BYTES, target.length - filled)
    const { bytesRead } = await file.read(target, filled, length, position + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return filled
}

/** Writes all `bytes` from `position` on. */
export async function writeFully(file: NodeFileHandle, bytes: Uint8Array, position: number): Promise<void> {
  for (let written = 0; written < bytes.length; ) {
    const length = Math.min(MAX_BYTES, bytes.length - written)
    const { bytesWritten } = await file.write(bytes, written, length, position + written)
    if (bytesWritten === 0) throw new Error(`the disk took ${written} of ${bytes.length} bytes`)
    written += bytesWritten
  }
}

/** Reads a small text: at most 64 KiB of a file, and nothing of a named pipe or a device, which might never end. */
export async function readSmallText(fileSystem: NodeFileSystem, path: string): Promise<string> {
  const { O_RDONLY = 0, O_NONBLOCK = 0 } = fileSystem.constants
  const handle = await fileSystem.open(path, O_RDONLY | O_NONBLOCK)
  try {
    const found = await handle.stat()
    // to read a folder fails
    const size = found.isFile() ? Math.min(found.size, 65_536) : found.isDirectory() ? 1 : 0
    const bytes = new Uint8Array(size)
    return new TextDecoder().decode(bytes.subarray(0, await readFully(handle, bytes, 0)))
  } finally {
    await handle.close()
  }
}
