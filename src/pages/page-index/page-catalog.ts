// The catalog of a page index: which encoder made its rows, at which resolution pages were rendered, and which files it has.
// Stored as pages.json beside the store; each write replaces the whole file.

import { codeOf } from '../../base/node-files.js'
import { nodeModule } from '../../base/node-module.js'

/** A file in a page index. */
export interface PageFileEntry {
  /** Bytes. */
  readonly size: number
  /** Time of the last modification, in milliseconds since 1970. */
  readonly modified: number
  /** SHA-256 of the content, in hex. */
  readonly hash: string
  /** Number of its pages in the index. */
  readonly pages: number
  /** Why pages, or the whole file, are not in the index. */
  readonly problems: readonly string[]
}

/** The content of pages.json. */
export interface PageCatalog {
  readonly version: 1
  /** Name of the encoder: the model's folder or name. */
  readonly encoder: string
  /** Pixels per inch at which PDF pages are rendered. */
  readonly resolution: number
  /** By path. Files that an interrupted update has begun are not in it. */
  readonly files: Record<string, PageFileEntry>
}

interface FileSystem {
  readFile(path: string, encoding: 'utf8'): Promise<string>
  writeFile(path: string, content: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  mkdir(path: string, options: { readonly recursive: true }): Promise<unknown>
}

const FILE_NAME = 'pages.json'

async function fileSystem(): Promise<FileSystem> {
  const found = await nodeModule<FileSystem>('node:fs/promises')
  if (found) return found
  throw new Error(
    'a page index needs the file system of Node; in a browser, use createStore with an encoder of pages',
  )
}

/**
 * Reads the catalog in a folder. Returns undefined if there is none.
 *
 * @throws RangeError if it is damaged or has another version
 */
export async function readPageCatalog(folder: string): Promise<PageCatalog | undefined> {
  const path = `${folder}/${FILE_NAME}`
  const { readFile } = await fileSystem()
  let text: string
  try {
    text = await readFile(path, 'utf8')
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined
    throw error
  }
  let catalog: Partial<PageCatalog> | undefined
  try {
    catalog = JSON.parse(text) as Partial<PageCatalog>
  } catch (cause) {
    throw new RangeError(`"${path}" is not valid JSON; remove the folder "${folder}" and index again`, {
      cause,
    })
  }
  const { version, encoder, resolution, files } = catalog ?? {}
  const isComplete =
    typeof encoder === 'string' && typeof resolution === 'number' && typeof files === 'object'
  if (version !== 1 || !isComplete || files === null) {
    throw new RangeError(`"${path}" is not a page index of this version of maxsimd; choose another folder`)
  }
  // file names such as "constructor" must not find members of Object.prototype
  return { version, encoder, resolution, files: Object.assign(Object.create(null), files) }
}

/** Replaces the catalog in a folder. */
export async function writePageCatalog(folder: string, catalog: PageCatalog): Promise<void> {
  const { writeFile, rename, mkdir } = await fileSystem()
  await mkdir(folder, { recursive: true })
  const path = `${folder}/${FILE_NAME}`
  await writeFile(`${path}.new`, `${JSON.stringify(catalog)}\n`)
  await rename(`${path}.new`, path)
}

/**
 * Whether a folder has a page index.
 *
 * @throws RangeError if its pages.json is damaged or has another version
 *
 * @example
 * import { tmpdir } from 'node:os'
 * import { isPageIndex } from 'maxsimd/pages'
 *
 * console.log(await isPageIndex(tmpdir())) // false
 */
export const isPageIndex = async (path: string): Promise<boolean> =>
  (await readPageCatalog(path)) !== undefined
