// The option that chooses an encoder, and the encoder that it describes.

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
import { readCatalog } from '../text-index/index.js'
import { progressOn, type Terminal } from './terminal.js'

export interface EncoderArguments {
  readonly model?: string
}

const WORD_VECTORS = 'the word vectors in this package'

/** The default encoder of commands that use an index. */
export const INDEX_ENCODER = `the model of the index, or ${WORD_VECTORS}`

/** Adds the choice of an encoder to a command; `defaultText` describes the default in the help. */
export const withEncoder = (command: Command, defaultText = WORD_VECTORS): Command =>
  command.option(
    '--model <model>',
    `ColBERT model: a folder, or a name on the Hugging Face hub (default: ${defaultText})`,
  )

export interface LoadedEncoder {
  readonly encoder: TokenEncoder
  /** The name that a text index records: `static`, or the model. */
  readonly encoderName: string
  /** Whether rare words get a higher weight. True for static vectors, where a word has the same row in every text. */
  readonly weighted: boolean
}

const STATIC = 'static'

/** Loads the encoder that the options name, or that made the index at `store`, or the word vectors of this package. */
export async function loadEncoder(
  { model: chosen }: EncoderArguments,
  terminal: Terminal,
  store?: string,
): Promise<LoadedEncoder> {
  const catalog = chosen === undefined && store !== undefined ? await readCatalog(store) : undefined
  const model = chosen ?? catalog?.encoder ?? STATIC
  if (model === STATIC) {
    // two folders up from src/cli and from dist/cli
    const bytes = await readFile(fileURLToPath(new URL('../../data/words.bin', import.meta.url)))
    return { encoder: createStaticEncoder(bytes), encoderName: STATIC, weighted: true }
  }
  const progress = progressOn(terminal)
  progress.phase('loading', model)
  const encoder = await createEncoder({ model, emptyText: 'encode', signal: terminal.signal })
  progress.clear()
  // a relative path and an absolute one name the same model
  const encoderName = await realpath(model).catch(() => model)
  return { encoder: dropEmptyTexts(encoder), encoderName, weighted: false }
}

/** An encoder that returns no rows, as the static encoder does, for a text with special tokens only. */
function dropEmptyTexts(encoder: ModelEncoder): TokenEncoder {
  const rowsOf = (encoded: Encoded): Encoded =>
    encoded.tokens.every(({ special }) => special)
      ? { ...encoded, data: new Float32Array(0), tokens: [] }
      : encoded
  return {
    dim: encoder.dim,
    query: async text => rowsOf(await encoder.query(text)),
    documents: async texts => (await encoder.documents(texts)).map(rowsOf),
  }
}
