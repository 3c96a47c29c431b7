// Options of the commands that use a store or a text index in a folder, and the functions that open it.

import type { Command } from 'commander'
import { type OpenStoreOptions, openStore, readStoreConfig, type Store } from '../store/index.js'
import { createTextSearch, isTextIndex, openTextIndex, type TextSearch } from '../text-index/index.js'
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
 * The folder of the store at `path`, which may be a store or a text index with a store inside.
 *
 * @throws UsageError if there is neither
 */
export async function storeFolder(path: string): Promise<string> {
  const folder = (await isTextIndex(path)) ? `${path}/store` : path
  if (await readStoreConfig(folder)) return folder
  throw new UsageError(
    `no index or store at "${path}"; create one with "maxsimd index <folder>", or choose another with --store`,
  )
}

/**
 * Opens a text index or a store for reading.
 *
 * @throws UsageError if there is neither
 */
export async function openForReading(
  path: string,
  options: Pick<OpenStoreOptions, 'salvage'> = {},
): Promise<Store> {
  return openStore(await storeFolder(path), { ...options, readOnly: true })
}

/** The text search over an index or a store. `close` releases its files. */
export type OpenSearch = TextSearch & { readonly store: Store; close(): Promise<void> }

/**
 * Opens a text index or a store to search it by text.
 *
 * @throws UsageError if there is neither, or if `using` is given for a text index
 */
export async function openSearch(
  path: string,
  loaded: LoadedEncoder,
  using: string | undefined,
): Promise<OpenSearch> {
  if (await isTextIndex(path)) {
    if (using === undefined) return openTextIndex(path, { ...loaded, readOnly: true })
    throw new UsageError(`"--using" is for stores of vectors, and "${path}" is a text index`)
  }
  const store = await openForReading(path)
  try {
    return {
      ...createTextSearch(store, { encoder: loaded.encoder, using }),
      store,
      close: () => store.close(),
    }
  } catch (error) {
    await store.close()
    throw error
  }
}
