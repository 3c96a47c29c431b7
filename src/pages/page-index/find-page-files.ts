// Finds the PDF files and images in folders, in a stable order, without hidden files, node_modules and symbolic links.

import { nodeModule } from '../../base/node-module.js'
import { joinPath, plainPath } from '../../base/paths.js'
import { sha256Of } from '../../base/whole-files.js'

/** A file that was found. */
export interface FoundPageFile {
  /** The path that the caller gave, and the path below it, as `plainPath` writes them. */
  readonly path: string
  readonly kind: 'pdf' | 'image'
  /** Bytes. */
  readonly size: number
  /** Time of the last modification, in milliseconds since 1970. */
  readonly modified: number
}

interface Stats {
  readonly size: number
  readonly mtimeMs: number
  isFile(): boolean
  isDirectory(): boolean
}

interface FileSystem {
  stat(path: string): Promise<Stats>
  lstat(path: string): Promise<Stats>
  readdir(path: string): Promise<string[]>
  readFile(path: string): Promise<Uint8Array>
}

const IMAGE = /\.(?:png|jpe?g|webp|gif|tiff?|avif)$/i
const PDF = /\.pdf$/i

const fileSystem = async (): Promise<FileSystem> => (await nodeModule<FileSystem>('node:fs/promises'))!

/**
 * The files of these paths, each once, and folders with all files below them, sorted by name.
 *
 * @throws the error of Node if a path cannot be read
 */
export async function findPageFiles(
  paths: readonly string[],
  signal?: AbortSignal,
): Promise<FoundPageFile[]> {
  const { stat, lstat, readdir } = await fileSystem()
  const files = new Map<string, FoundPageFile>()
  const visit = async (path: string, isNamed: boolean): Promise<void> => {
    signal?.throwIfAborted()
    // a link that the caller names is followed; others could lead in circles
    const stats = await (isNamed ? stat : lstat)(path)
    if (stats.isDirectory()) {
      for (const name of (await readdir(path)).sort()) {
        if (!name.startsWith('.') && name !== 'node_modules')
          await visit(plainPath(joinPath(path, name)), false)
      }
    }
    if (!stats.isFile()) return
    const kind = PDF.test(path) ? 'pdf' : IMAGE.test(path) ? 'image' : undefined
    if (kind) files.set(path, { path, kind, size: stats.size, modified: stats.mtimeMs })
  }
  for (const path of paths) await visit(plainPath(path), true)
  return [...files.values()]
}

/** Reads a file; `hash` is the SHA-256 of its bytes in hex. */
export async function readPageFile(
  path: string,
): Promise<{ readonly bytes: Uint8Array; readonly hash: string }> {
  const bytes = await (await fileSystem()).readFile(path)
  return { bytes, hash: await sha256Of(bytes) }
}
