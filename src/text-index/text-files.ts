// Text files in folders, as an index wants them: in a stable order, without what nobody wrote to be read (hidden files,
// node_modules, binaries). The only file of this folder that knows Node.

import { nodeModule } from '../base/node-module.js'

/** What is in the folders that were named. */
export interface TextFiles {
  readonly files: readonly TextFile[]
  /** What could not be looked into, and why. */
  readonly closed: readonly { readonly path: string; readonly why: string }[]
}

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

interface Entry {
  readonly name: string
  isSymbolicLink(): boolean
}

interface FileSystem {
  stat(path: string): Promise<Stats>
  readdir(path: string, options: { readonly withFileTypes: true }): Promise<Entry[]>
  realpath(path: string): Promise<string>
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
  const found = await nodeModule<FileSystem>('node:fs/promises')
  if (found) return found
  throw new Error('folders of text are indexed in Node only; a page has createStore() and an encoder')
}

/**
 * The text files of these paths, each file once: folders with all that is below them, in the order of their names. Links
 * are followed when all else was seen, so that a file goes by its own name if it has one here, and a circle has an end.
 * Of `known` files those that lie below these paths and still exist are among them, whatever they are called.
 *
 * @throws Node's own error if a path is neither there nor known, or may not be read
 */
export async function findTextFiles(
  paths: readonly string[],
  known: readonly string[],
  signal?: AbortSignal,
): Promise<TextFiles> {
  const { stat, readdir, realpath } = await system()
  const files = new Map<string, TextFile>()
  const closed: { path: string; why: string }[] = []
  const seen = new Set<string>()
  const links: string[] = []
  async function visit(path: string, as: 'named' | 'found' | 'known'): Promise<void> {
    signal?.throwIfAborted()
    try {
      const stats = await stat(path)
      const isText = stats.isFile() && (as !== 'found' || TEXTS.test(path))
      if (!isText && (as === 'known' || !stats.isDirectory())) return
      const real = await realpath(path)
      if (seen.has(real)) return
      seen.add(real)
      if (isText) {
        const name = plainPath(path)
        files.set(name, { path: name, size: stats.size, modified: stats.mtimeMs })
      } else await enter(path)
    } catch (error) {
      if (!isSystemError(error)) throw error
      const isGone = /^(?:ENOENT|ENOTDIR|ELOOP)$/.test(error.code)
      if (as === 'named' && !(isGone && known.includes(plainPath(path)))) throw error
      // a link to nowhere is no file
      if (!isGone) closed.push({ path, why: error.message })
    }
  }
  async function enter(folder: string): Promise<void> {
    const entries = await readdir(folder, { withFileTypes: true })
    for (const entry of entries.sort((a, b) => (a.name < b.name ? -1 : 1))) {
      if (entry.name.startsWith('.') || entry.name === 'node_modules') continue
      const path = joined(folder, entry.name)
      if (entry.isSymbolicLink()) links.push(path)
      else await visit(path, 'found')
    }
  }
  for (const path of paths) await visit(path, 'named')
  for (const path of links) await visit(path, 'found')
  for (const path of known) {
    const isAbove = ({ path: folder }: { readonly path: string }) => isBelow(path, folder)
    if (files.has(path) || !paths.some(each => isBelow(path, each)) || closed.some(isAbove)) continue
    await visit(path, 'known')
  }
  return { files: [...files.values()], closed }
}

/** Whether this is an error of the file system, and no fault of ours. */
export const isSystemError = (error: unknown): error is Error & { readonly code: string } =>
  error instanceof Error && typeof (error as { code?: unknown }).code === 'string'

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

/**
 * A file's text and what it hashes to, or why it has none.
 *
 * @throws Node's own error if it cannot be read
 */
export async function readText(
  file: TextFile,
): Promise<{ readonly text: string; readonly hash: string } | string> {
  const { readFile } = await system()
  if (file.size > MOST_BYTES) return `${file.path} has more than ${MOST_BYTES / 2 ** 20} MB`
  const bytes = await readFile(file.path)
  const text = decode(bytes)
  if (text === undefined) return `${file.path} is no text`
  const { createHash } = (await nodeModule<Hashing>('node:crypto'))!
  return { text, hash: createHash('sha256').update(bytes).digest('hex') }
}

/** UTF-16 where its mark stands first, else UTF-8; Windows' Latin where most that is not ASCII is none. */
function decode(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  const start = bytes.subarray(0, 8192)
  if (start.includes(0) || String.fromCharCode(...start.subarray(0, 5)) === '%PDF-') return undefined
  const text = new TextDecoder().decode(bytes)
  return isBroken(text) ? new TextDecoder('windows-1252').decode(bytes) : text
}

function isBroken(text: string): boolean {
  if (!text.includes('\ufffd')) return false
  let [broken, sound] = [0, 0]
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code === 0xfffd) broken++
    else if (code > 127) sound++
  }
  return broken > sound
}

/** The names in a folder; none where there is no folder. */
export async function namesIn(folder: string): Promise<string[]> {
  const { readdir } = await system()
  try {
    return (await readdir(folder, { withFileTypes: true })).map(({ name }) => name)
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return []
    throw error
  }
}

/** The text of a file, or undefined where there is none. */
export async function readIfThere(path: string): Promise<string | undefined> {
  const { readFile } = await system()
  try {
    return new TextDecoder().decode(await readFile(path))
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return undefined
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
