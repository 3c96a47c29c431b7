// Text files in folders, as an index wants them: in a stable order, without what nobody wrote to be read (hidden files,
// node_modules, binaries). The only file of this folder that knows Node.

import { builtin } from '../builtin.js'

/** A file that was found. */
export interface TextFile {
  /** As errors and results name it: the path that was given, and what is below it. */
  readonly path: string
  /** Bytes, and when it was changed: enough to see that it was not. */
  readonly size: number
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
  readdir(path: string): Promise<string[]>
  readFile(path: string): Promise<Uint8Array>
  writeFile(path: string, text: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  mkdir(path: string, options: { readonly recursive: true }): Promise<unknown>
}

interface Hashing {
  createHash(name: string): { update(bytes: Uint8Array): { digest(form: 'hex'): string } }
}

/** What in a folder is read as text; a file that is named itself is read whatever it is called. */
const TEXTS = /\.(?:md|markdown|mdx|txt|text|rst|org|adoc|asciidoc|tex|jsonl|ndjson)$/i

/** More bytes than any text that somebody reads. */
const MOST_BYTES = 1 << 28

async function system(): Promise<FileSystem> {
  const found = await builtin<FileSystem>('node:fs/promises')
  if (found) return found
  throw new Error('folders of text are indexed in Node only; a page has createStore() and an encoder')
}

/**
 * The text files of these paths, each file once: folders with all that is below them, in the order of their names.
 *
 * @throws Node's own error if a path is not there
 */
export async function findTextFiles(paths: readonly string[], signal?: AbortSignal): Promise<TextFile[]> {
  const { stat, readdir } = await system()
  const found = new Map<string, TextFile>()
  async function visit(path: string, isNamed: boolean): Promise<void> {
    signal?.throwIfAborted()
    const stats = await stat(path).catch((error: unknown) => {
      // a link to nowhere is no file
      if (isNamed) throw error
    })
    if (stats?.isDirectory()) {
      for (const name of (await readdir(path)).sort()) {
        if (!name.startsWith('.') && name !== 'node_modules') await visit(joined(path, name), false)
      }
    } else if (stats?.isFile() && (isNamed || TEXTS.test(path))) {
      const name = plainPath(path)
      found.set(name, { path: name, size: stats.size, modified: stats.mtimeMs })
    }
  }
  for (const path of paths) await visit(path, true)
  return [...found.values()]
}

const plainPath = (path: string) =>
  path
    .replace(/\\/g, '/')
    .replace(/\/{2,}/g, '/')
    .replace(/^(?:\.\/)+(?=.)/, '')

const joined = (folder: string, name: string) => (/[/\\]$/.test(folder) ? folder + name : `${folder}/${name}`)

/** Whether `path` is `folder`, or below it. */
export function isBelow(path: string, folder: string): boolean {
  const plain = plainPath(folder).replace(/(?<=.)\/$/, '')
  return plain === '.' ? !/^(?:\/|\.\.\/)/.test(path) : path === plain || path.startsWith(`${plain}/`)
}

/** A file's text and what it hashes to; undefined where it is no text. */
export async function readText(
  file: TextFile,
): Promise<{ readonly text: string; readonly hash: string } | undefined> {
  const { readFile } = await system()
  if (file.size > MOST_BYTES) return undefined
  const bytes = await readFile(file.path)
  if (bytes.subarray(0, 8192).includes(0)) return undefined
  const { createHash } = (await builtin<Hashing>('node:crypto'))!
  return { text: new TextDecoder().decode(bytes), hash: createHash('sha256').update(bytes).digest('hex') }
}

/** The text of a file, or undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  const { readFile } = await system()
  try {
    return new TextDecoder().decode(await readFile(path))
  } catch (error) {
    if ((error as { code?: unknown }).code === 'ENOENT') return undefined
    throw error
  }
}

/** Replaces a file as a whole: who reads it sees the old text or the new one. */
export async function replaceFile(folder: string, name: string, text: string): Promise<void> {
  const { mkdir, writeFile, rename } = await system()
  await mkdir(folder, { recursive: true })
  const path = joined(folder, name)
  await writeFile(`${path}.new`, text)
  await rename(`${path}.new`, path)
}
