// The catalog of a page index: which encoder made its rows, at which resolution pages were rendered, and which files it has.
// Stored as pages.json beside the store; each write replaces the whole file.

import { codeOf } from '../../base/node-files.js'
import { nodeModule } from '../../base/node-module.js'
import { readWholeFile, replaceWholeFile, type WholeFileSystem } from '../../base/whole-files.js'

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

const FILE_NAME = 'pages.json'

async function fileSystem(): Promise<WholeFileSystem> {
  const found = await nodeModule<WholeFileSystem>('node:fs/promises')
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
  const bytes = await readWholeFile(await fileSystem(), path).catch((error: unknown) => {
    if (codeOf(error) === 'ENOTDIR') return undefined
    throw error
  })
  if (!bytes) return undefined
  let catalog: Partial<PageCatalog> | undefined
  try {
    catalog = JSON.parse(new TextDecoder().decode(bytes)) as Partial<PageCatalog>
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
export const writePageCatalog = async (folder: string, catalog: PageCatalog): Promise<void> =>
  replaceWholeFile(await fileSystem(), folder, FILE_NAME, `${JSON.stringify(catalog)}\n`)

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
