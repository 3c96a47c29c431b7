// Options of the commands that use a store or a text index in a folder, and the functions that open it.

import type { Command } from 'commander'
import { loadOnce } from '../base/load-once.js'
import { type Field, fieldIn } from '../collection/vector-fields.js'
import type { TokenEncoder } from '../encode/index.js'
import { isPageIndex } from '../pages/page-index/page-catalog.js'
import { lostStageIn } from '../stages/stored/stage-file.js'
import { openStagedStore } from '../stages/stored/stored-stages.js'
import { type OpenStoreOptions, openStore, readStoreConfig, type Store } from '../store/index.js'
import {
  createTextSearch,
  isTextIndex,
  readCatalog,
  type SearchedCollection,
  type TextSearch,
} from '../text-index/index.js'
import { createIndexSearch } from '../text-index/index-search.js'
import { checkCatalog } from '../text-index/text-index.js'
import type { LoadedEncoder } from './encoder-options.js'
import { JSON_OPTION } from './options.js'
import { UsageError } from './terminal.js'

export const DEFAULT_FOLDER = '.maxsimd'

export interface StoreArguments {
  readonly store: string
  readonly json?: boolean
}

/** Adds the options of a store to a command. */
export const withStore = (command: Command): Command =>
  command
    .option('--store <folder>', 'folder of the text index or store', DEFAULT_FOLDER)
    .option(...JSON_OPTION)

/**
 * The folder of the store at `path`, which may be a store, or an index of texts or of pages with a store inside.
 *
 * @throws UsageError if there is none
 */
export async function storeFolder(path: string): Promise<string> {
  const isIndex = (await isTextIndex(path)) || (await isPageIndex(path))
  return existingStore(path, isIndex ? `${path}/store` : path)
}

/** Returns `folder`. @throws UsageError, which names `path`, if the folder has no store */
async function existingStore(path: string, folder: string): Promise<string> {
  if (await readStoreConfig(folder)) return folder
  throw new UsageError(
    `no index or store at "${path}"; create one with "npx maxsimd index <folder>", or choose another with --store`,
  )
}

/**
 * Opens the store of an index, or a store, for reading.
 *
 * @throws UsageError if there is none
 */
export async function openForReading(
  path: string,
  options: Pick<OpenStoreOptions, 'salvage'> = {},
): Promise<Store> {
  return openStore(await storeFolder(path), { ...options, readOnly: true })
}

/** A search of an index, a store or a collection on a server, by text or by vector. `close` releases its files. */
export interface OpenSearch extends TextSearch {
  readonly collection: SearchedCollection
  /** The vector that is searched. */
  readonly field: Field
  /** The vector of a first stage whose file is lost. */
  readonly lostStage?: string | undefined
  close(): Promise<void>
}

/** Loads an encoder: the one that the user has chosen, or the one of this name, or the default one. */
export type LoadEncoder = (name: string | undefined) => Promise<LoadedEncoder>

/**
 * Opens a text index or a store to search it.
 *
 * @param load is called for the first text that needs an encoder
 * @param isChosen whether the user has chosen the encoder, which may be wrong: it is then loaded for the first text
 * @throws UsageError if there is neither, or if `using` is given for a text index
 */
export async function openSearch(
  path: string,
  load: LoadEncoder,
  using: string | undefined,
  isChosen = true,
): Promise<OpenSearch> {
  const catalog = await readCatalog(path)
  if (catalog && using !== undefined) {
    throw new UsageError(`"--using" is for stores of vectors, and "${path}" is a text index`)
  }
  const folder = catalog ? `${path}/store` : path
  const opened = await openStore(folder, { readOnly: true }).catch(async error => {
    await existingStore(path, folder)
    throw error
  })
  const store = await openStagedStore(opened)
  const close = () => store.close()
  try {
    const field = fieldIn(store, using)
    const loadEncoder = async () => {
      const loaded = await load(catalog?.encoder)
      if (catalog) checkCatalog(path, catalog, loaded)
      checkDim(path, field, loaded)
      return loaded
    }
    const { search } = catalog
      ? createIndexSearch({ path, store, catalog, using: field.name, loadEncoder, isChecked: isChosen })
      : {
          search: searchOf(async () =>
            createTextSearch(store, { encoder: (await loadEncoder()).encoder, using: field.name }),
          ),
        }
    const lostStage = await lostStageIn(folder, store.config.vectors)
    return { collection: store, field, lostStage, search, close }
  } catch (error) {
    await close()
    throw error
  }
}

/**
 * Searches a collection on a server.
 *
 * @param open opens the collection, with an encoder for its texts
 */
export async function openServerSearch(
  name: string,
  open: (encoder?: TokenEncoder) => Promise<SearchedCollection>,
  load: () => Promise<LoadedEncoder>,
  using: string | undefined,
): Promise<OpenSearch> {
  const collection = await open()
  const field = fieldIn(collection, using)
  const openTexts = async () => {
    const loaded = await load()
    checkDim(name, field, loaded)
    const { encoder } = loaded
    return createTextSearch(await open(encoder), { encoder, using: field.name })
  }
  return { collection, field, search: searchOf(openTexts), close: async () => undefined }
}

/** Opens the search of texts for the first text. */
function searchOf(open: () => Promise<TextSearch>): TextSearch['search'] {
  const texts = loadOnce(open)
  return async (text, options) => (await texts()).search(text, options)
}

function checkDim(path: string, { size }: Field, { encoder, encoderName }: LoadedEncoder): void {
  if (encoder.dim === size) return
  throw new UsageError(
    `the vectors of "${path}" have ${size} numbers a row, and the encoder ("${encoderName}") makes ${encoder.dim}; ` +
      'choose the model that made them with --model, or search with vectors: --queries <file>',
  )
}
