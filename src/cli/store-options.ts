// Options of the commands that work on a store beside the program: which folder, which encoder. And the two opened.

import { readFile, realpath } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import {
  createEncoder,
  createStaticEncoder,
  type Encoded,
  type ModelEncoder,
  type TokenEncoder,
} from '../encode/index.js'
import { type OpenStoreOptions, openStore, readStoreConfig, type Store } from '../store/index.js'
import { isTextIndex, openTextIndex, readCatalog, storeSearch, type TextSearch } from '../text-index/index.js'
import { progressOn, type Terminal, UsageError } from './terminal.js'

export const defaultFolder = '.maxsimd'

export interface StoreArguments {
  readonly store: string
  readonly json?: boolean
}

export interface EncoderArguments {
  readonly model?: string
}

/** Adds the options of a store to a command. */
export const withStore = (command: Command): Command =>
  command
    .option('--store <folder>', 'the store, or the index of texts', defaultFolder)
    .option('--json', 'print JSON on standard output, and nothing else')

/** Adds the choice of an encoder to a command. */
export const withEncoder = (command: Command): Command =>
  command.option(
    '--model <model>',
    "a ColBERT model's folder, or its name on the Hugging Face hub; left out: that of the index, else the word vectors of this package",
  )

export interface LoadedEncoder {
  readonly encoder: TokenEncoder
  /** What an index calls it. */
  readonly encoderName: string
  /** Whether rare words have to count more: they do where a word has the same row everywhere. */
  readonly weighted: boolean
}

/** The encoder that the options name, or else the one that the index at `store` was made with. */
export async function loadEncoder(
  { model: named }: EncoderArguments,
  terminal: Terminal,
  store?: string,
): Promise<LoadedEncoder> {
  const catalog = named === undefined && store !== undefined ? await readCatalog(store) : undefined
  const model = named ?? catalog?.encoder ?? STATIC
  if (model === STATIC) {
    // the same from src/cli and from dist/cli
    const bytes = await readFile(fileURLToPath(new URL('../../data/words.bin', import.meta.url)))
    return { encoder: createStaticEncoder(bytes), encoderName: STATIC, weighted: true }
  }
  const progress = progressOn(terminal)
  progress.stage(`loading ${model}`)
  const encoder = await createEncoder({ model, emptyText: 'encode', signal: terminal.signal })
  progress.clear()
  // a folder goes by one name, wherever it is seen from
  const encoderName = await realpath(model).catch(() => model)
  return { encoder: withoutEmpty(encoder), encoderName, weighted: false }
}

const STATIC = 'static'

/** The encoder, with no rows for a text that has no token of its own, as the static encoder has it. */
function withoutEmpty(encoder: ModelEncoder): TokenEncoder {
  const own = (encoded: Encoded): Encoded =>
    encoded.tokens.every(({ special }) => special)
      ? { ...encoded, data: new Float32Array(0), tokens: [] }
      : encoded
  return {
    dim: encoder.dim,
    query: async text => own(await encoder.query(text)),
    documents: async texts => (await encoder.documents(texts)).map(own),
  }
}

/**
 * The folder of a store: that of an index of texts, or the folder itself.
 *
 * @throws UsageError if there is neither
 */
export async function storeAt(path: string): Promise<string> {
  const place = (await isTextIndex(path)) ? `${path}/store` : path
  if (await readStoreConfig(place)) return place
  throw new UsageError(
    `there is no index or store at "${path}"; "maxsimd index <folder>" makes one, --store names another`,
  )
}

/** Opens a folder for reading: an index of texts, or a store. */
export async function openForReading(
  path: string,
  options: Pick<OpenStoreOptions, 'salvage'> = {},
): Promise<Store> {
  return openStore(await storeAt(path), { ...options, readOnly: true })
}

/** A folder to search by text, and how to close it. */
export async function openSearch(
  path: string,
  loaded: LoadedEncoder,
  using: string | undefined,
): Promise<TextSearch & { readonly store: Store; close(): Promise<void> }> {
  if (await isTextIndex(path)) {
    if (using !== undefined) {
      throw new UsageError(`"--using" goes with a store of vectors, and "${path}" is an index of texts`)
    }
    return openTextIndex(path, { ...loaded, readOnly: true })
  }
  const store = await openForReading(path)
  try {
    return { ...storeSearch(store, loaded.encoder, using), store, close: () => store.close() }
  } catch (error) {
    await store.close()
    throw error
  }
}
