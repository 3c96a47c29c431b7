// A page index in a folder: the pages of PDF files and images, found by what they show.
//
//   <path>/pages.json   the catalog (page-catalog.ts)        <path>/store/   the store, with the vector "page"

import { checkKnownOptions, oneOf, wholeNumber } from '../../base/check-options.js'
import { plural } from '../../base/plural.js'
import { typeName } from '../../base/type-name.js'
import type { Filter, PointId } from '../../collection/collection.js'
import type { PageLayout } from '../../collection/page-layout.js'
import type { RowMatch, RowToken } from '../../collection/row-match.js'
import { fieldIn } from '../../collection/vector-fields.js'
import type { FlatMultiVector, MultiVector } from '../../core/multivector.js'
import { createStore, openStore, type Store } from '../../store/index.js'
import { createMutex } from '../../store/mutex.js'
import { drawHeatMap, type HeatMapPicture } from '../heat-map/draw-heat-map.js'
import { patchHeat } from '../heat-map/patch-heat.js'
import { encodePng } from '../heat-map/png.js'
import { openPdf } from '../pdf/pdf-file.js'
import { readPageFile } from './find-page-files.js'
import { type PageCatalog, readPageCatalog, writePageCatalog } from './page-catalog.js'
import {
  PAGE_VECTOR,
  type PageEncoder,
  type PageUpdateOptions,
  type PageUpdateReport,
  updatePages,
} from './update-pages.js'

/** The options of `openPageIndex`. */
export interface PageIndexOptions {
  /** Turns images and questions into rows. An index must always be opened with the encoder that created it. */
  readonly encoder: PageEncoder
  /** Name of the encoder, for example its model. The index records it and refuses other names. */
  readonly encoderName: string
  /** Pixels per inch at which PDF pages are rendered. Default: as the index was created; 150 for a new one. */
  readonly resolution?: number | undefined
  /** Storage type of a new index. Default: as the index was created; `float16` for a new one. */
  readonly datatype?: 'float32' | 'float16' | 'i8' | undefined
  /** Maximum memory for vectors, such as `512 MB`. Vectors beyond it are read from the disk. Default: 1 GiB. */
  readonly memory?: number | string | undefined
  /** Opens an existing index for reading. Default: false. */
  readonly readOnly?: boolean | undefined
}

/** The options of `search` of a page index. */
export interface PageSearchOptions {
  /** Maximum number of pages. Default: 10. */
  readonly limit?: number | undefined
  /** A filter on `file`, `page` and `text`. */
  readonly filter?: Filter | undefined
  /** Cancels the search. */
  readonly signal?: AbortSignal | undefined
}

/** A page that was found. */
export interface PageHit {
  readonly id: PointId
  /** Path of the file. */
  readonly file: string
  /** Number of the page, from 1; 1 for an image. */
  readonly page: number
  readonly score: number
  /** The text layer of a PDF page; empty if there is none. */
  readonly text: string
  readonly layout: PageLayout
  /** For each row of the question the row of the page that it matched, with its patch and its token. */
  readonly matches: readonly RowMatch[]
  /** The rows of the question, for `heatMap`. */
  readonly query: MultiVector
}

/** An open page index. */
export interface PageIndex {
  /** The folder. */
  readonly path: string
  readonly store: Store
  readonly catalog: Readonly<PageCatalog>
  /**
   * Brings the index up to date with the PDF files and images in these folders, and with these files. Files of other paths
   * stay in the index. A file or page with a problem is left out and reported. Calls run one after another.
   *
   * @throws the error of Node if a path does not exist, or the reason of the signal
   */
  update(paths: readonly string[], options?: PageUpdateOptions): Promise<PageUpdateReport>
  /** Returns the pages that answer a question best, best first. */
  search(question: string, options?: PageSearchOptions): Promise<PageHit[]>
  /**
   * Draws why a page was found, as the text of an SVG file: the heat of its patches over its picture. Tokens of the
   * question that are not part of its text do not count.
   */
  heatMap(hit: PageHit): Promise<string>
  /** Closes the store. */
  close(): Promise<void>
}

const OPTIONS = ['encoder', 'encoderName', 'resolution', 'datatype', 'memory', 'readOnly'] as const

/**
 * Opens the page index in a folder, or creates one. Needs Node, and the package @hyzyla/pdfium for PDF files. Close the
 * index at the end.
 *
 * @param path the folder; a new index needs a new or empty folder
 * @throws RangeError if the index was created with another encoder, dim, datatype or resolution, if the folder has no index
 *   and `readOnly` is true, or if an option is unknown
 * @throws TypeError if an option has the wrong type
 *
 * @example
 * import { mkdtemp, rm, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { encodePng, openPageIndex } from 'maxsimd/pages'
 *
 * // createEncoder of maxsimd/encode loads a real one; this one knows only how long the file of an image is
 * const layout = { width: 1, height: 1, rows: 1, tiles: { rows: 0, columns: 0 }, side: 1, starts: [0] }
 * const encoder = {
 *   dim: 2,
 *   images: async images => images.map(({ length }) => ({ data: Float32Array.of(length, 1), dim: 2, layout })),
 *   query: async text => [text === 'large' ? [1, 0] : [-1, 0]],
 * }
 * const folder = await mkdtemp(join(tmpdir(), 'maxsimd-'))
 * const save = async (name, side) =>
 *   writeFile(join(folder, name), await encodePng({ data: new Uint8Array(side * side * 3), width: side, height: side }))
 * await save('small.png', 1)
 * await save('large.png', 999)
 *
 * const index = await openPageIndex(join(folder, 'index'), { encoder, encoderName: 'length' })
 * const { encoded } = await index.update([join(folder, 'small.png'), join(folder, 'large.png')])
 * encoded // 2
 * const [hit] = await index.search('large')
 * hit.file.endsWith('large.png') // true
 * await index.close()
 * await rm(folder, { recursive: true })
 */
export async function openPageIndex(path: string, options: PageIndexOptions): Promise<PageIndex> {
  checkKnownOptions(options, OPTIONS, 'openPageIndex')
  const { encoder, encoderName, readOnly = false, datatype = 'float16' } = options
  if (typeof encoder?.images !== 'function' || typeof encoder.query !== 'function') {
    throw new TypeError(`"encoder" expected an encoder with images() and query(), got ${typeName(encoder)}`)
  }
  oneOf(datatype, ['float32', 'float16', 'i8'], 'datatype')
  const existing = await readPageCatalog(path)
  const resolution = options.resolution ?? existing?.resolution ?? 150
  wholeNumber(resolution, 'resolution', 1, 2400)
  if (existing) checkCatalog(path, existing, encoderName, resolution)
  else if (readOnly)
    throw new RangeError(`"${path}" has no page index; create one with openPageIndex() and update()`)
  const catalog = existing ?? { version: 1 as const, encoder: encoderName, resolution, files: {} }
  const store = existing ? await openPageStore(path, options) : await createPageStore(path, catalog, options)
  const context = { path, store, encoder, catalog }
  const change = createMutex()
  return {
    path,
    store,
    catalog,
    async update(paths, updateOptions = {}) {
      checkKnownOptions(updateOptions, ['signal', 'onProgress'], 'update')
      return change(() => updatePages(context, paths, updateOptions))
    },
    async search(question, searchOptions = {}) {
      checkKnownOptions(searchOptions, ['limit', 'filter', 'signal'], 'search')
      return searchPages(context, question, searchOptions)
    },
    heatMap: hit => drawHit(context, hit),
    close: () => store.close(),
  }
}

function checkCatalog(path: string, catalog: PageCatalog, encoderName: string, resolution: number): void {
  if (catalog.encoder !== encoderName) {
    throw new RangeError(
      `"${path}" was made with the encoder ${JSON.stringify(catalog.encoder)}, got ${JSON.stringify(encoderName)}; ` +
        'use that encoder, or another folder',
    )
  }
  if (catalog.resolution === resolution) return
  throw new RangeError(
    `"${path}" was made with the resolution ${catalog.resolution}, got ${resolution}; omit "resolution", or use another folder`,
  )
}

/**
 * Creates the store of a new index and writes its catalog. An empty store is used again: a process that was killed between
 * the two leaves one.
 *
 * @throws RangeError if there is a store with points or with other vectors; it is closed then
 */
async function createPageStore(
  path: string,
  catalog: PageCatalog,
  { encoder, memory, datatype = 'float16' }: PageIndexOptions,
): Promise<Store> {
  const vectors = { [PAGE_VECTOR]: { size: encoder.dim, distance: 'Dot', datatype } } as const
  const store = await createStore({ path: `${path}/store`, memory, vectors, ifExists: 'reuse' })
  try {
    const points = await store.count()
    if (points > 0) {
      throw new RangeError(
        `"${path}" has no page index, but a store with ${plural(points, 'point')}; choose another folder`,
      )
    }
    await writePageCatalog(path, catalog)
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

/** @throws RangeError if the store has no pages, or rows of another datatype or dim; it is closed then */
async function openPageStore(
  path: string,
  { encoder, datatype, memory, readOnly = false }: PageIndexOptions,
): Promise<Store> {
  const store = await openStore(`${path}/store`, { readOnly, memory })
  try {
    checkPageStore(path, store, { encoder, datatype })
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

function checkPageStore(
  path: string,
  store: Store,
  { encoder, datatype }: Pick<PageIndexOptions, 'encoder' | 'datatype'>,
): void {
  const { size, datatype: stored } = fieldIn(store, PAGE_VECTOR)
  if (size !== encoder.dim) {
    throw new RangeError(
      `"encoder" expected an encoder of dim ${size}, as the index at "${path}" has, got dim ${encoder.dim}; use the encoder that ` +
        'made the index, or another folder',
    )
  }
  if ((datatype ?? stored) === stored) return
  throw new RangeError(
    `"datatype" expected ${stored}, as the index at "${path}" was created, got ${datatype}; omit it, or use another folder`,
  )
}

interface SearchContext {
  readonly store: Store
  readonly encoder: PageEncoder
  readonly catalog: PageCatalog
}

async function searchPages(
  { store, encoder }: SearchContext,
  question: string,
  { limit = 10, filter, signal }: PageSearchOptions,
): Promise<PageHit[]> {
  const query = await encoder.query(question, { signal })
  const search = { using: PAGE_VECTOR, limit, filter, signal, with_payload: true, with_matches: true }
  const hits = await store.query(query, search)
  return hits.map(({ id, score, payload, matches = [] }) => {
    const { file, page, text, layout } = payload as unknown as Pick<
      PageHit,
      'file' | 'page' | 'text' | 'layout'
    >
    return { id, file, page, score, text, layout, matches, query }
  })
}

async function drawHit(context: SearchContext, hit: PageHit): Promise<string> {
  const [point] = await context.store.retrieve([hit.id], { with_payload: false, with_vector: true })
  if (!point) throw new RangeError(`${hit.file}, page ${hit.page}, is no longer in the index; search again`)
  const rows = point.vector![PAGE_VECTOR] as FlatMultiVector
  const { tokens } = hit.query as { readonly tokens?: readonly RowToken[] }
  const words = tokens?.flatMap(({ special }, row) => (special ? [] : [row])) ?? []
  const heat = patchHeat(hit.query, rows, hit.layout, words.length > 0 ? { queryRows: words } : {})
  const title = `${hit.file}, page ${hit.page}: ${
    tokens
      ?.filter(({ special }) => !special)
      .map(({ text }) => text)
      .join(' ') ?? ''
  }`
  return drawHeatMap(heat, hit.layout, { picture: await pictureOf(context.catalog, hit), title })
}

const TYPES: Readonly<Record<string, NonNullable<HeatMapPicture['type']>>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
}

/** The picture of a page; undefined if its file is gone, has changed, or cannot be shown in an SVG file. */
async function pictureOf(
  { files, resolution }: PageCatalog,
  { file, page }: PageHit,
): Promise<HeatMapPicture | undefined> {
  const read = await readPageFile(file).catch(() => undefined)
  if (!read || read.hash !== files[file]?.hash) return undefined
  const type = TYPES[/\.(\w+)$/.exec(file)?.[1]?.toLowerCase() ?? '']
  if (type) return { bytes: read.bytes, type }
  if (!/\.pdf$/i.test(file)) return undefined
  const pdf = await openPdf(read.bytes, { file, resolution })
  try {
    return { bytes: await encodePng(await pdf.render(page)), type: 'image/png' }
  } finally {
    pdf.close()
  }
}
