// The content of a file that an update reads: its passages, or what becomes of it without them.

import { MissingPackageError } from '../base/errors.js'
import { FormatError } from '../formats/index.js'
import type { FileEntry } from './catalog.js'
import { isGone, isSystemError } from './file-system.js'
import { IgnoredFileError, type ItemOptions, itemsOf, type PassageItem } from './passage-items.js'
import { readBytes } from './read-text-file.js'
import type { TextFile } from './text-files.js'

/** The reason why PDF files of a folder are not read. */
const NO_PDF = '.pdf (to read them: npm install unpdf)'

/** The state of a file when it was read. */
type FileState = Pick<FileEntry, 'size' | 'modified' | 'hash'>

/** The passages of a file, or its unchanged entry, or that it has been removed since it was found, or why it is skipped. */
export type FileContent =
  | { readonly items: readonly PassageItem[]; readonly state: FileState }
  | { readonly isGone: true }
  | { readonly unchanged: FileEntry }
  | { readonly reason: string; readonly isUnreadable: boolean; readonly isIgnored?: true }

/** Reads a file. `known`: its entry in the catalog. An error of one file must not stop the others. */
export async function readContent(
  file: TextFile,
  known: FileEntry | undefined,
  options: ItemOptions,
): Promise<FileContent> {
  let isTorn = false
  try {
    const read = await readBytes(file)
    if ('reason' in read) return { ...read, isUnreadable: false }
    const { size, modified, hash } = read
    isTorn = read.isTorn
    if (known && hash === known.hash) return { unchanged: { ...known, size, modified } }
    return { items: await itemsOf(file.path, read.bytes, options), state: { size, modified, hash } }
  } catch (error) {
    if (isGone(error)) return { isGone: true }
    if (isSystemError(error)) return { reason: error.message, isUnreadable: true }
    // half of a PDF file is damaged, and the whole one may not be
    if (error instanceof FormatError) return { reason: error.message, isUnreadable: isTorn }
    if (error instanceof IgnoredFileError)
      return { reason: error.message, isUnreadable: false, isIgnored: true }
    if (error instanceof MissingPackageError) {
      if (known || file.isNamed) return { reason: `${file.path}: ${error.message}`, isUnreadable: true }
      return { reason: NO_PDF, isUnreadable: true, isIgnored: true }
    }
    throw error
  }
}
