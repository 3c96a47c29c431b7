// Node's file system, as this folder uses it, and its errors.

import { isError } from '../base/is-a.js'
import { nodeModule } from '../base/node-module.js'
import type { WholeFileSystem } from '../base/whole-files.js'

/** The parts of node:fs/promises that are used here. */
export interface FileSystem extends WholeFileSystem {
  stat(path: string): Promise<Stats>
  readdir(
    path: string,
    options: { readonly withFileTypes: true; readonly encoding: 'buffer' },
  ): Promise<DirectoryEntry[]>
  realpath(path: string): Promise<string>
  open(path: string, flags: 'r'): Promise<OpenFile & Awaited<ReturnType<WholeFileSystem['open']>>>
  unlink(path: string): Promise<void>
}

interface Stats {
  readonly size: number
  readonly mtimeMs: number
  isFile(): boolean
  isDirectory(): boolean
}

/** An open file (FileHandle). */
interface OpenFile {
  stat(): Promise<Stats>
  readFile(): Promise<Uint8Array>
  close(): Promise<void>
}

interface DirectoryEntry {
  readonly name: Uint8Array
  isSymbolicLink(): boolean
}

/** @throws Error if there is no file system */
export async function fileSystem(): Promise<FileSystem> {
  const found = await nodeModule<FileSystem>('node:fs/promises')
  if (found) return found
  throw new Error('a text index needs the file system of Node; in a browser, use createStore with an encoder')
}

/** Whether an error comes from the file system. Errors of Node's system calls have an `errno`. */
export const isSystemError = (error: unknown): error is Error & { readonly code: string } =>
  isError(error) && typeof (error as { errno?: unknown }).errno === 'number'

/** Whether an error says that a file does not exist. */
export const isGone = (error: unknown): boolean =>
  isSystemError(error) && /^(?:ENOENT|ENOTDIR|ELOOP)$/.test(error.code)
