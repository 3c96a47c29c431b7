// Brings a page index up to date with its files. Pages are rendered, encoded and stored one by one, so the memory is bounded,
// and an update that is interrupted loses one page: the id of a point follows from the file's content and the page, so the
// next update finds what is stored.

import { messageOf } from '../../base/is-a.js'
import { isBelow } from '../../base/paths.js'
import type { PointId } from '../../collection/collection.js'
import type { EncodeCallOptions } from '../../collection/embed-texts.js'
import { pointIdOfFile } from '../../collection/file-id.js'
import type { PageLayout } from '../../collection/page-layout.js'
import type { FlatMultiVector, MultiVector } from '../../core/multivector.js'
import type { Store } from '../../store/index.js'
import { openPdf, PageError, type PdfPage } from '../pdf/pdf-file.js'
import { type FoundPageFile, findPageFiles, readPageFile } from './find-page-files.js'
import { type PageCatalog, writePageCatalog } from './page-catalog.js'

/** An encoder of pages: that of `createEncoder` for a model that takes images, or another object with these members. */
export interface PageEncoder {
  /** Elements in each row. */
  readonly dim: number
  /** Encodes images: bytes of files, or pixels. */
  images(
    images: readonly (Uint8Array | PdfPage)[],
    options?: EncodeCallOptions,
  ): Promise<readonly (FlatMultiVector & { readonly layout: PageLayout })[]>
  /** Encodes a question. */
  query(text: string, options?: EncodeCallOptions): Promise<MultiVector> | MultiVector
}

/** The options of `update` of a page index. */
export interface PageUpdateOptions {
  /** Cancels the update. What is stored stays, and the next update continues. */
  readonly signal?: AbortSignal | undefined
  /** Called after each page: the share of all files that is done, from 0 to 1, and the number of pages encoded so far. */
  readonly onProgress?:
    | ((progress: { readonly share: number; readonly pages: number; readonly file: string }) => void)
    | undefined
}

/** What an update has done. */
export interface PageUpdateReport {
  /** Number of new files. */
  readonly added: number
  /** Number of changed files. */
  readonly changed: number
  readonly unchanged: number
  /** Number of files that no longer exist. */
  readonly removed: number
  /** Number of pages that were encoded. */
  readonly encoded: number
  /** Number of pages that an interrupted update had stored. */
  readonly resumed: number
  /** Files and pages that are not in the index, each with the reason. */
  readonly problems: readonly string[]
}

/** What an update works with. */
export interface PageUpdateContext {
  /** The folder of the index. */
  readonly path: string
  readonly store: Store
  readonly encoder: PageEncoder
  readonly catalog: PageCatalog
}

/** The name of the vector. */
export const PAGE_VECTOR = 'page'

interface Counts {
  encoded: number
  resumed: number
}

/** @throws the error of Node if a path cannot be read, or the reason of the signal */
export async function updatePages(
  context: PageUpdateContext,
  paths: readonly string[],
  { signal, onProgress }: PageUpdateOptions,
): Promise<PageUpdateReport> {
  const { catalog, path, store } = context
  const found = await findPageFiles(paths, signal)
  const report = { added: 0, changed: 0, unchanged: 0, removed: 0, encoded: 0, resumed: 0 }
  const problems: string[] = []
  for (const [i, file] of found.entries()) {
    signal?.throwIfAborted()
    const entry = catalog.files[file.path]
    const isSame = entry?.size === file.size && entry.modified === file.modified
    const read = isSame ? undefined : await readPageFile(file.path)
    if (entry && (isSame || read?.hash === entry.hash)) {
      // a file that was only touched need not be read by the next update
      if (!isSame) {
        catalog.files[file.path] = { ...entry, size: file.size, modified: file.modified }
        await writePageCatalog(path, catalog)
      }
      report.unchanged++
      problems.push(...entry.problems)
      continue
    }
    const progress = (share: number) =>
      onProgress?.({ share: (i + share) / found.length, pages: report.encoded, file: file.path })
    const outcome = await indexFile(context, { ...file, ...read! }, report, progress, signal)
    problems.push(...outcome.problems)
    report[entry ? 'changed' : 'added']++
    await deletePoints(store, file.path, read!.hash)
    // a file that only lacks a package is read again
    if (outcome.isFinal) {
      const { size, modified } = file
      catalog.files[file.path] = {
        size,
        modified,
        hash: read!.hash,
        pages: outcome.pages,
        problems: outcome.problems,
      }
    } else delete catalog.files[file.path]
    await writePageCatalog(path, catalog)
  }
  const names = new Set(found.map(file => file.path))
  for (const name of Object.keys(catalog.files)) {
    if (names.has(name) || !paths.some(folder => isBelow(name, folder))) continue
    await deletePoints(store, name, undefined)
    delete catalog.files[name]
    await writePageCatalog(path, catalog)
    report.removed++
  }
  return { ...report, problems }
}

/** Deletes the points of a file that were made of another content. */
function deletePoints(store: Store, file: string, hash: string | undefined): Promise<void> {
  const other = hash === undefined ? {} : { must_not: [{ key: 'hash', match: { value: hash } }] }
  return store.delete({ must: [{ key: 'file', match: { value: file } }], ...other })
}

interface ReadFile extends FoundPageFile {
  readonly bytes: Uint8Array
  readonly hash: string
}

interface FileOutcome {
  readonly pages: number
  readonly problems: readonly string[]
  readonly isFinal: boolean
}

/** Encodes the pages of a file. A page with a problem is left out. */
async function indexFile(
  context: PageUpdateContext,
  file: ReadFile,
  counts: Counts,
  progress: (share: number) => void,
  signal: AbortSignal | undefined,
): Promise<FileOutcome> {
  const problems: string[] = []
  let [pages, isFinal] = [0, true]
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work()
    } catch (error) {
      signal?.throwIfAborted()
      const { code } = error as { readonly code?: unknown }
      if (!['ERR_PAGE', 'ERR_IMAGE', 'ERR_MISSING_PACKAGE'].includes(String(code))) throw error
      if (code === 'ERR_MISSING_PACKAGE') isFinal = false
      const message = messageOf(error).replace('"images[0]"', file.path)
      problems.push(message.startsWith(file.path) ? message : `${file.path}: ${message}`)
    }
  }
  const store = async (page: number, image: () => Promise<Uint8Array | PdfPage>, share: number) => {
    await attempt(async () => {
      signal?.throwIfAborted()
      if (!(await storePage(context, file, page, image, signal))) counts.resumed++
      else counts.encoded++
      pages++
    })
    progress(share)
  }
  if (file.kind === 'image') {
    await store(1, async () => file.bytes, 1)
    return { pages, problems, isFinal }
  }
  await attempt(async () => {
    const pdf = await openPdf(file.bytes, { file: file.path, resolution: context.catalog.resolution })
    try {
      if (pdf.pages === 0) throw new PageError(file.path, undefined, 'empty', 'has no pages')
      for (let page = 1; page <= pdf.pages; page++)
        await store(page, () => pdf.render(page), page / pdf.pages)
    } finally {
      pdf.close()
    }
  })
  return { pages, problems, isFinal }
}

/** The id of a page: it changes with everything that its rows depend on. */
const idOf = ({ encoder, resolution }: PageCatalog, { path, hash }: ReadFile, page: number): PointId =>
  pointIdOfFile(['page', encoder, resolution, hash, path, page].join('\n'))

/** Encodes and stores a page. Returns false if it is stored already. */
async function storePage(
  { store, encoder, catalog }: PageUpdateContext,
  file: ReadFile,
  page: number,
  image: () => Promise<Uint8Array | PdfPage>,
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const id = idOf(catalog, file, page)
  const [stored] = await store.retrieve([id], { with_payload: false })
  if (stored) return false
  const source = await image()
  const [rows] = await encoder.images([source], { signal })
  const { data, dim, layout } = rows!
  const text = 'text' in source ? source.text : ''
  const payload = { file: file.path, page, text, hash: file.hash, layout }
  await store.upsert([{ id, vector: { [PAGE_VECTOR]: { data, dim } }, payload }])
  return true
}
