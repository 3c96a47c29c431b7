// Finds the text files of folders, in a stable order, without hidden files, node_modules and binary files; and reads and
// writes the files of an index.

import { isBelow, joinPath, plainPath } from '../base/paths.js'
import { readWholeFile, replaceWholeFile } from '../base/whole-files.js'
import { endingOf, folderKind } from './file-kinds.js'
import { type FileSystem, fileSystem, isGone, isSystemError } from './file-system.js'

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
  return isBelow(await system.realpath(parent), folder)
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
