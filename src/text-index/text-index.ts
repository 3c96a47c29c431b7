// A text index in a folder: a store of passages, and a catalog of the files that they come from. `update` reads new and
// changed files only. An update that ends early leaves an index that the next update completes. With a model, rows are
// encoded after everything else (rows/), because models are slow.
//
//   <path>/index.json   the catalog (catalog.ts)        <path>/store/   the store
//   <path>/words-N.bin  the words (words/)                  <path>/words-N.rows   their rows, with word vectors

import { checkKnownOptions, oneOf } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import { fieldIn } from '../collection/vector-fields.js'
import type { TokenEncoder } from '../encode/index.js'
import { checkColumns } from '../formats/file-columns.js'
import { openStagedStore } from '../stages/stored/stored-stages.js'
import { createStore, openStore, readStoreConfig, type Store } from '../store/index.js'
import { createMutex } from '../store/mutex.js'
import { type Catalog, createCatalog, readCatalog, writeCatalog } from './catalog.js'
import { createIndexSearch } from './index-search.js'
import type { TextColumns } from './passage-items.js'
import { type EncodeRowsOptions, type EncodeRowsReport, encodeMissingRows } from './rows/encode-rows.js'
import { namesIn } from './text-files.js'
import { checkEncoder, checkEncoderDim, type TextSearch } from './text-search.js'
import { type UpdateOptions, type UpdateReport, updateIndex, VECTOR } from './update.js'
import { isWordFile } from './words/index-words.js'

/** How elements of the rows are stored. */
export type TextDatatype = 'float32' | 'float16' | 'i16' | 'i8' | 'binary'

/** Options of `openTextIndex`. */
export interface TextIndexOptions {
  /** Turns texts into rows. An index must always be opened with the encoder that created it. */
  readonly encoder: TokenEncoder
  /** Name of the encoder, for example `static` or the name of its model. The index records it and refuses other names. */
  readonly encoderName: string
  /** Whether rare words get a higher weight. Use true for a static encoder, where a word has the same row in every text. */
  readonly weighted: boolean
  /** Whether each line is a passage. Default: as the index was created; false, each paragraph, for a new one. */
  readonly lines?: boolean | undefined
  /** Storage type. Default: as the index was created; `float16` for a new one. */
  readonly datatype?: TextDatatype | undefined
  /**
   * The fields of JSON lines, or columns of Parquet, with the ids and the texts. Default: as the index was created; "id" or
   * "_id", and "text", for a new one.
   */
  readonly columns?: TextColumns | undefined
  /** Opens an existing index for reading. Default: false. Any number of readers and one writer can be open. */
  readonly readOnly?: boolean | undefined
}

/** An open text index. */
export interface TextIndex extends TextSearch {
  /** The folder. */
  readonly path: string
  readonly store: Store
  readonly catalog: Readonly<Catalog>
  /**
   * Brings the index up to date with the text files in these folders, and with these files. Files of other paths stay in
   * the index. With a model, it then encodes all missing rows, unless `lazy`.
   *
   * @throws the error of Node if a path does not exist, or the reason of the signal
   * @throws RangeError or TypeError if an option is unknown
   */
  update(paths: readonly string[], options?: UpdateOptions): Promise<UpdateReport>
  /**
   * Encodes the missing rows of passages, because an update was `lazy` or did not finish. Searches can run
   * meanwhile. Changes of the index run one after another.
   *
   * @throws the reason of the signal; what is encoded stays, and the next call continues
   * @throws RangeError or TypeError if an option is unknown
   */
  encodeRows(options?: EncodeRowsOptions): Promise<EncodeRowsReport>
  /** Closes the store. */
  close(): Promise<void>
}

const OPTIONS = ['encoder', 'encoderName', 'weighted', 'lines', 'datatype', 'columns', 'readOnly'] as const
const DATATYPES = ['float32', 'float16', 'i16', 'i8', 'binary'] as const

/**
 * Whether a folder has a text index.
 *
 * @throws RangeError if its index.json is damaged, has another version, or belongs to another program
 *
 * @example
 * import { tmpdir } from 'node:os'
 * import { isTextIndex } from 'maxsimd/texts'
 *
 * console.log(await isTextIndex(tmpdir())) // false
 */
export const isTextIndex = async (path: string): Promise<boolean> => (await readCatalog(path)) !== undefined

/**
 * Opens the text index in a folder, or creates one. Needs Node. Close the index at the end.
 *
 * @param path the folder; a new index needs a new or empty folder
 * @throws RangeError if the index was created with another encoder, datatype or `lines`; if the folder has other files; if
 *   the folder has no index and `readOnly` is true; or if an option is unknown
 * @throws TypeError if an option has the wrong type
 * @throws StoreLockedError if another writer is open
 *
 * @example
 * import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { createStaticEncoder } from 'maxsimd/encode/static'
 * import { openTextIndex } from 'maxsimd/texts'
 * import wordFile from 'maxsimd-words'
 *
 * const folder = await mkdtemp(join(tmpdir(), 'maxsimd-'))
 * const notes = join(folder, 'notes.md')
 * await writeFile(notes, '# Animals\n\nA spider sat on the wall.\n\nWolves hunt in packs.\n')
 *
 * const encoder = createStaticEncoder(await readFile(wordFile))
 * const options = { encoder, encoderName: 'static', weighted: true }
 * const index = await openTextIndex(join(folder, 'index'), options)
 * const { added, passages } = await index.update([notes])
 * console.log([added, passages]) // [1, 3]
 *
 * const { hits } = await index.search('fear of spiders', { limit: 1 })
 * console.log(hits[0].line) // 3
 * console.log(hits[0].text) // 'A spider sat on the wall.'
 * console.log(hits[0].matches[0].document) // 'spider'
 * await index.close()
 * await rm(folder, { recursive: true })
 */
export async function openTextIndex(path: string, options: TextIndexOptions): Promise<TextIndex> {
  checkOptions(options)
  const { encoder, encoderName, weighted, lines = false, columns, readOnly = false } = options
  const existing = await readCatalog(path)
  if (existing) checkCatalog(path, existing, options)
  else if (readOnly) {
    throw new RangeError(`there is no text index at "${path}"; create it with: npx maxsimd index <folder>`)
  } else await checkNewFolder(path)
  const catalog = existing ?? createCatalog(encoderName, lines, columns)
  const store = existing ? await openIndexStore(path, options) : await createIndexStore(path, options)
  if (!existing) {
    if (!weighted) catalog.rowsBelow = 1
    await writeCatalog(path, catalog)
  }
  const { search, setWords } = createIndexSearch({
    path,
    store,
    catalog,
    using: VECTOR,
    loadEncoder: async () => ({ encoder, weighted }),
  })
  const change = createMutex()
  const encodeRows = (rowOptions: EncodeRowsOptions) =>
    encodeMissingRows({ path, store, catalog, encoder, using: VECTOR }, rowOptions)
  return {
    search,
    path,
    store,
    catalog,
    async update(paths, updateOptions = {}) {
      checkUpdateOptions(updateOptions)
      return change(async () => {
        const report = await updateIndex(
          { path, store, catalog, encoder, weighted },
          paths,
          updateOptions,
          setWords,
        )
        if (updateOptions.lazy || report.withoutRows === 0) return report
        const { cut } = await encodeRows(rowsOptionsOf(updateOptions, report))
        return { ...report, withoutRows: 0, cut }
      })
    },
    async encodeRows(rowOptions = {}) {
      checkKnownOptions(rowOptions, ['signal', 'onProgress'], 'encodeRows')
      return change(() => encodeRows(rowOptions))
    },
    close: () => store.close(),
  }
}

function checkOptions(options: TextIndexOptions): void {
  checkKnownOptions(options, OPTIONS, 'openTextIndex')
  const { encoder, encoderName, datatype } = options
  checkEncoder(encoder)
  if (typeof encoderName !== 'string') {
    throw new TypeError(
      `"encoderName" expected a string, for example "static" or the name of the model, got ${typeName(encoderName)}`,
    )
  }
  for (const name of ['weighted', 'lines', 'readOnly'] as const) {
    const value = options[name]
    if (value === undefined ? name !== 'weighted' : typeof value === 'boolean') continue
    throw new TypeError(`"${name}" expected true or false, got ${typeName(value)}`)
  }
  if (options.columns !== undefined) {
    checkKnownOptions(options.columns, ['id', 'text'], 'columns', 'columns')
    checkColumns(options.columns)
  }
  if (datatype !== undefined) oneOf(datatype, DATATYPES, 'datatype')
}

function checkUpdateOptions(options: UpdateOptions): void {
  checkKnownOptions(options, ['signal', 'onProgress', 'endings', 'lazy'], 'update')
  checkEndings(options.endings)
  const { lazy } = options
  if (lazy === undefined || typeof lazy === 'boolean') return
  throw new TypeError(`"lazy" expected true or false, got ${typeName(lazy)}`)
}

/** The options of `encodeRows` at the end of an update. */
function rowsOptionsOf(
  { signal, onProgress }: UpdateOptions,
  { added, changed, unchanged }: UpdateReport,
): EncodeRowsOptions {
  const total = added + changed + unchanged
  return { signal, onProgress: progress => onProgress?.({ phase: 'rows', files: total, total, ...progress }) }
}

/** @throws TypeError or RangeError if endings of files are given and one of them is not an ending */
function checkEndings(endings: unknown): void {
  if (endings === undefined) return
  if (!Array.isArray(endings)) {
    throw new TypeError(`"endings" expected an array of endings such as ".log", got ${typeName(endings)}`)
  }
  for (const [index, ending] of endings.entries()) {
    if (typeof ending === 'string' && /^\.[^./\\\s]+$/.test(ending) && ending === ending.toLowerCase())
      continue
    const got = typeof ending === 'string' ? JSON.stringify(ending) : typeName(ending)
    throw new RangeError(
      `"endings[${index}]" expected a dot and the ending of a file name in lower case, such as ".log", got ${got}`,
    )
  }
}

/** @throws RangeError if the options do not fit the index */
export function checkCatalog(
  path: string,
  catalog: Catalog,
  { encoderName, lines, columns }: Pick<TextIndexOptions, 'encoderName' | 'lines' | 'columns'>,
): void {
  if (catalog.encoder !== encoderName) {
    throw new RangeError(
      `"encoderName" expected "${catalog.encoder}", the encoder of the index at "${path}", got "${encoderName}"; use that encoder or another folder`,
    )
  }
  if (lines !== undefined && catalog.lines !== lines) {
    throw new RangeError(
      `"lines" expected ${catalog.lines}, as the index at "${path}" was created, got ${lines}; use another folder`,
    )
  }
  for (const name of ['id', 'text'] as const) {
    const [chosen, found] = [columns?.[name], catalog.columns?.[name]]
    if (chosen === undefined || chosen === found) continue
    throw new RangeError(
      `"columns.${name}" expected ${found === undefined ? 'the usual name' : `"${found}"`}, as the index at "${path}" was created, got "${chosen}"; use another folder`,
    )
  }
}

/** @throws RangeError if the store has rows of another datatype or dim; it is closed then */
async function openIndexStore(
  path: string,
  { encoder, datatype, readOnly }: TextIndexOptions,
): Promise<Store> {
  const store = await openStagedStore(await openStore(`${path}/store`, { readOnly: readOnly ?? false }))
  try {
    const stored = fieldIn(store, VECTOR)
    if (datatype !== undefined && datatype !== stored.datatype) {
      throw new RangeError(
        `"datatype" expected ${stored.datatype}, as the index at "${path}" was created, got ${datatype}; use another folder`,
      )
    }
    checkEncoderDim(stored.size, encoder)
    return store
  } catch (error) {
    await store.close()
    throw error
  }
}

const createIndexStore = (
  path: string,
  { encoder, datatype = 'float16' }: TextIndexOptions,
): Promise<Store> =>
  createStore({
    path: `${path}/store`,
    vectors: { [VECTOR]: { size: encoder.dim, distance: 'Dot', datatype } },
    ifExists: 'recreate',
  })

/** @throws RangeError if the folder has files that are not left over from a first update that was killed */
async function checkNewFolder(path: string): Promise<void> {
  const names = await namesIn(path)
  const foreign = names.find(name => name !== 'store' && !name.startsWith('index.json') && !isWordFile(name))
  // the store is created again: only one of a text index may be lost
  const { vectors = {} } = (await readStoreConfig(`${path}/store`).catch(() => undefined)) ?? {}
  const found = foreign ?? (Object.keys(vectors).every(name => name === VECTOR) ? undefined : 'store')
  if (found === undefined) return
  throw new RangeError(
    `"${path}" expected a new folder or a text index, got a folder with other files (${found}); use another folder`,
  )
}
