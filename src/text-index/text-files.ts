// Finds and reads the text files of folders, in a stable order, without hidden files, node_modules and binary files; and
// reads and writes the files of an index. The only file of this folder that uses Node's file system.

import { isError } from '../base/is-a.js'
import { nodeModule } from '../base/node-module.js'
import { readWholeFile, replaceWholeFile, sha256Of, type WholeFileSystem } from '../base/whole-files.js'
import { endingOf, folderKind } from './file-kinds.js'

/** The result of `findTextFiles`. */
export interface FoundFiles {
  readonly files: readonly TextFile[]
  /** Files and folders that cannot be read, with the reason. */
  readonly unreadable: readonly { readonly path: string; readonly reason: string }[]
  /** Number of files and folders that are not read, by reason: an ending such as `.png`, or `hidden`. */
  readonly ignored: ReadonlyMap<string, number>
}

/** A file that was found. */
export interface TextFile {
  /** The path that the caller gave, and the path below it, with slashes. */
  readonly path: string
  /** Bytes. */
  readonly size: number
  /** Time of the last modification, in milliseconds since 1970. */
  readonly modified: number
  /** Whether the caller named the file itself, not a folder. */
  readonly isNamed: boolean
}

/** The parts of an index that are used here. */
interface KnownFiles {
  /** The folder of the index, which is not searched for texts. */
  readonly path: string
  readonly files: Readonly<Record<string, unknown>>
  readonly endings?: readonly string[]
}

/** The parts of node:fs/promises that are used here. */
interface FileSystem extends WholeFileSystem {
  stat(path: string): Promise<Stats>
  readdir(
    path: string,
    options: { readonly withFileTypes: true; readonly encoding: 'buffer' },
  ): Promise<DirectoryEntry[]>
  realpath(path: string): Promise<string>
  open(path: string, flags: 'r'): Promise<OpenFile>
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

/** Larger files are skipped. */
const MAX_FILE_BYTES = 256 * 2 ** 20

async function fileSystem(): Promise<FileSystem> {
  const found = await nodeModule<FileSystem>('node:fs/promises')
  if (found) return found
  throw new Error('a text index needs the file system of Node; in a browser, use createStore with an encoder')
}

/** The state of one search for files. */
interface FileWalk {
  readonly system: FileSystem
  /** Paths of the files that are in the index already. */
  readonly known: readonly string[]
  /** Endings that are read as plain text, beside the usual ones. */
  readonly endings: readonly string[]
  readonly signal: AbortSignal | undefined
  readonly files: Map<string, TextFile>
  readonly unreadable: { path: string; reason: string }[]
  readonly ignored: Map<string, number>
  /** Real paths of the visited files and folders. */
  readonly visited: Set<string>
  /** Symbolic links, visited at the end. */
  readonly links: string[]
}

/**
 * The text files of these paths, each file once; folders with all files below them, sorted by name. Symbolic links are
 * followed after everything else, so that a file is listed by its own path if possible, and a cycle of links ends. Known
 * files below the paths are listed whatever their names are, if they still exist.
 *
 * @param index the files in the index, and the endings that are read as plain text beside the usual ones
 * @throws the error of Node if a path can be neither read nor found in `known`
 */
export async function findTextFiles(
  paths: readonly string[],
  index: KnownFiles,
  signal?: AbortSignal,
): Promise<FoundFiles> {
  const known = Object.keys(index.files)
  const system = await fileSystem()
  const walk: FileWalk = {
    system,
    known,
    endings: index.endings ?? [],
    signal,
    files: new Map(),
    unreadable: [],
    ignored: new Map(),
    visited: new Set([await system.realpath(index.path)]),
    links: [],
  }
  const { files, unreadable, links, ignored } = walk
  for (const path of paths) await visit(walk, path, 'named')
  for (const path of links) await visit(walk, path, 'linked')
  for (const path of known) {
    const isUnreadable = unreadable.some(folder => isBelow(path, folder.path))
    if (files.has(path) || isUnreadable || !paths.some(folder => isBelow(path, folder))) continue
    await visit(walk, path, 'known')
  }
  return { files: [...files.values()], unreadable, ignored }
}

/** Where a path comes from: from the caller, from a folder, from a folder as a symbolic link, or from the index. */
type Origin = 'named' | 'found' | 'linked' | 'known'

async function visit(walk: FileWalk, path: string, origin: Origin): Promise<void> {
  const { system, known, signal, files, visited, unreadable } = walk
  signal?.throwIfAborted()
  try {
    const stats = await system.stat(path)
    const isChosen = origin === 'named' || origin === 'known'
    const isText = stats.isFile() && (isChosen || folderKind(path, walk.endings) !== undefined)
    if (!isText && stats.isFile()) countIgnored(walk, endingOf(path) || 'no ending')
    if (!isText && (origin === 'known' || !stats.isDirectory())) return
    const realPath = await system.realpath(path)
    if (visited.has(realPath) || (origin === 'linked' && (await isAncestor(system, realPath, path)))) return
    visited.add(realPath)
    if (isText) {
      const name = plainPath(path)
      files.set(name, { path: name, size: stats.size, modified: stats.mtimeMs, isNamed: origin === 'named' })
    } else await visitFolder(walk, path)
  } catch (error) {
    if (!isSystemError(error)) throw error
    if (origin === 'named' && !(isGone(error) && known.includes(plainPath(path)))) throw error
    if (!isGone(error)) unreadable.push({ path, reason: error.message })
    else if (origin === 'linked' && mayHaveTexts(walk, path)) {
      unreadable.push({ path, reason: `${path} is a link to a file that does not exist` })
    }
  }
}

/** Whether a path can be a text file or a folder. */
const mayHaveTexts = ({ endings }: FileWalk, path: string) =>
  folderKind(path, endings) !== undefined || !/\.[^./]*$/.test(path)

const countIgnored = ({ ignored }: FileWalk, reason: string) =>
  void ignored.set(reason, (ignored.get(reason) ?? 0) + 1)

/** Whether a folder contains a link. A link to such a folder would add files beside the folders that were named. */
async function isAncestor(system: FileSystem, folder: string, link: string): Promise<boolean> {
  // not `link/..`, which is the parent of the target
  const parent = link.replace(/[^/\\]*$/, '')
  return isBelow(plainPath(await system.realpath(parent)), folder)
}

async function visitFolder(walk: FileWalk, folder: string): Promise<void> {
  const entries = await walk.system.readdir(folder, { withFileTypes: true, encoding: 'buffer' })
  const named = entries.map(entry => ({ ...nameOf(entry.name), isLink: entry.isSymbolicLink() }))
  for (const { name, isValid, isLink } of named.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    if (name.startsWith('.') || name === 'node_modules') {
      countIgnored(walk, name === 'node_modules' ? name : 'hidden')
      continue
    }
    const path = joinPath(folder, name)
    if (!isValid) {
      if (!mayHaveTexts(walk, name)) continue
      const reason = `${path} has a name that is not valid UTF-8; rename it`
      walk.unreadable.push({ path, reason })
    } else if (isLink) walk.links.push(path)
    else await visit(walk, path, 'found')
  }
}

/** The name of a file. A name that is not valid UTF-8 has U+FFFD where it is not, and would lead to no file. */
function nameOf(bytes: Uint8Array): { readonly name: string; readonly isValid: boolean } {
  const name = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const encoded = new TextEncoder().encode(name)
  return { name, isValid: encoded.every((byte, index) => byte === bytes[index]) }
}

/** Whether an error comes from the file system. Errors of Node's system calls have an `errno`. */
export const isSystemError = (error: unknown): error is Error & { readonly code: string } =>
  isError(error) && typeof (error as { errno?: unknown }).errno === 'number'

const plainPath = (path: string) =>
  path
    .replace(/\\/g, '/')
    .replace(/\/{2,}/g, '/')
    .replace(/^(?:\.\/)+(?=.)/, '')

const joinPath = (folder: string, name: string) =>
  /[/\\]$/.test(folder) ? folder + name : `${folder}/${name}`

/** Whether `path` is `folder` or below it. */
export function isBelow(path: string, folder: string): boolean {
  const plain = plainPath(folder).replace(/\/$/, '')
  return plain === '.' ? !/^(?:\/|\.\.\/)/.test(path) : path === plain || path.startsWith(`${plain}/`)
}

/** Whether an error of the file system says that there is no such file. */
export const isGone = (error: unknown): boolean =>
  isSystemError(error) && /^(?:ENOENT|ENOTDIR|ELOOP)$/.test(error.code)

/** The bytes of a file, or the reason why it cannot be used. */
export type FileBytes = ReadFile | { readonly reason: string }

/** A file as it was read. */
export interface ReadFile {
  readonly bytes: Uint8Array
  /** The SHA-256 of the bytes in hex. */
  readonly hash: string
  /** Number of bytes. */
  readonly size: number
  /** Time of the last modification, or `CHANGING`. */
  readonly modified: number
  /** Whether the file changed while it was read, each time. The bytes may be parts of several states. */
  readonly isTorn: boolean
}

/** In place of the time of a file whose next change might not be seen: the next update reads it again. */
const CHANGING = -1

/** How often a file is read that changes while it is read. */
const READS = 3

/** File systems keep times in steps of up to two seconds: within a step, another text of the same size has the same time. */
const TIME_STEP = 2000

/**
 * Reads a file.
 *
 * @throws the error of Node if the file cannot be read
 */
export async function readBytes({ path }: Pick<TextFile, 'path'>): Promise<FileBytes> {
  const { open } = await fileSystem()
  for (let read = 1; ; read++) {
    const handle = await open(path, 'r')
    try {
      const before = await handle.stat()
      if (!before.isFile()) return { reason: `${path} is not a file any more` }
      if (before.size > MAX_FILE_BYTES) {
        return { reason: `${path} is larger than ${MAX_FILE_BYTES / 2 ** 20} MiB` }
      }
      const started = Date.now()
      const bytes = await handle.readFile()
      const after = await handle.stat()
      const { size, mtimeMs } = after
      const isTorn = bytes.length !== size || mtimeMs !== before.mtimeMs || size !== before.size
      if (isTorn && read < READS) continue
      const modified = isTorn || Math.abs(started - mtimeMs) < TIME_STEP ? CHANGING : mtimeMs
      return { bytes, hash: await sha256Of(bytes), size: bytes.length, modified, isTorn }
    } finally {
      await handle.close()
    }
  }
}

/**
 * Decodes UTF-16 with a byte order mark, or UTF-8, or windows-1252 if most of the bytes beyond ASCII are not valid UTF-8.
 * Returns undefined for a binary file.
 */
export function decodeText(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes)
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes)
  const start = bytes.subarray(0, 8192)
  if (start.includes(0) || String.fromCharCode(...start.subarray(0, 5)) === '%PDF-') return undefined
  const text = new TextDecoder().decode(bytes)
  return isMostlyInvalid(text) ? new TextDecoder('windows-1252').decode(bytes) : text
}

/** Whether more characters beyond ASCII are replacement characters than not. */
function isMostlyInvalid(text: string): boolean {
  if (!text.includes('\ufffd')) return false
  let [invalid, valid] = [0, 0]
  for (let position = 0; position < text.length; position++) {
    const code = text.charCodeAt(position)
    if (code === 0xfffd) invalid++
    else if (code > 127) valid++
  }
  return invalid > valid
}

/** The names in a folder; an empty array if the folder does not exist. */
export async function namesIn(folder: string): Promise<string[]> {
  const { readdir } = await fileSystem()
  try {
    const entries = await readdir(folder, { withFileTypes: true, encoding: 'buffer' })
    return entries.map(entry => nameOf(entry.name).name)
  } catch (error) {
    if (isSystemError(error) && error.code === 'ENOENT') return []
    throw error
  }
}

/** The text of a file, or undefined if the file does not exist. */
export async function readFileIfExists(path: string): Promise<string | undefined> {
  const bytes = await readFileBytes(path)
  return bytes && new TextDecoder().decode(bytes)
}

/** The bytes of a file, or undefined if the file does not exist. See `readWholeFile`. */
export const readFileBytes = async (path: string): Promise<Uint8Array | undefined> =>
  readWholeFile(await fileSystem(), path)

/** Removes the files of a folder whose names pass the test. */
export async function removeFiles(folder: string, isRemoved: (name: string) => boolean): Promise<void> {
  const { unlink } = await fileSystem()
  for (const name of await namesIn(folder)) if (isRemoved(name)) await unlink(joinPath(folder, name))
}

/** Replaces a file as a whole. See `replaceWholeFile`. */
export const replaceFile = async (
  folder: string,
  name: string,
  content: string | Uint8Array,
): Promise<void> => replaceWholeFile(await fileSystem(), folder, name, content)
