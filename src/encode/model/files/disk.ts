// Node's modules for files and paths, which a browser does not have.

import { nodeModule } from '../../../base/node-module.js'

interface FileSystem {
  statSync(path: string, options: { throwIfNoEntry: false }): FileStatus | undefined
  readFileSync(path: string, encoding: 'utf8'): string
  readdirSync(path: string, options: { recursive: true; encoding: 'utf8' }): string[]
  readonly promises: {
    readFile(path: string, encoding: 'utf8'): Promise<string>
    writeFile(path: string, content: string | Uint8Array): Promise<void>
    open(path: string, flags: 'r'): Promise<OpenFile>
    mkdir(path: string, options: { recursive: true }): Promise<unknown>
    rename(from: string, to: string): Promise<void>
    rm(path: string, options: { force: true }): Promise<void>
  }
}

interface OpenFile {
  read(buffer: Uint8Array, offset: number, length: number, position: number): Promise<{ bytesRead: number }>
  close(): Promise<void>
}

export interface FileStatus {
  readonly size: number
  isDirectory(): boolean
}

interface Paths {
  resolve(...parts: string[]): string
  join(...parts: string[]): string
}

/** Node's modules for files and paths. */
export interface Disk {
  readonly fs: FileSystem
  readonly path: Paths
  fileURLToPath(url: string): string
}

/** Loads the modules. Returns undefined in a browser. */
export async function openDisk(): Promise<Disk | undefined> {
  const [fs, path, url] = await Promise.all([
    nodeModule<FileSystem>('node:fs'),
    nodeModule<Paths>('node:path'),
    nodeModule<Pick<Disk, 'fileURLToPath'>>('node:url'),
  ])
  return fs && path && url ? { fs, path, fileURLToPath: url.fileURLToPath } : undefined
}
