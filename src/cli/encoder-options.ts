// The option that chooses an encoder, and the encoder that it describes.

import { readFileSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { type Command, Option } from 'commander'
import { MissingPackageError } from '../base/errors.js'
import type { Encoded, LongText, ModelEncoder, TokenEncoder, Truncation } from '../encode/index.js'
import { createStaticEncoder } from '../encode/static/index.js'
import { readCatalog } from '../text-index/index.js'
import { formatWhole } from './output/format-figures.js'
import { printNotice, progressOn, type Terminal } from './terminal.js'

export interface EncoderArguments {
  readonly model?: string | undefined
  /** The treatment of documents that are longer than the model accepts. Default: `windows`. */
  readonly longText?: LongText | undefined
}

const WORD_VECTORS = 'the word vectors of maxsimd-words'

/** The default encoder of commands that use an index. */
export const INDEX_ENCODER = `the model of the index, or ${WORD_VECTORS}`

/** Adds the choice of an encoder to a command; `defaultText` describes the default in the help. */
export const withEncoder = (command: Command, defaultText = WORD_VECTORS): Command =>
  command.option(
    '--model <model>',
    `ColBERT model: a folder, or a name on the Hugging Face hub (default: ${defaultText})`,
  )

/** `--long-text`: the treatment of documents that are longer than the model accepts. */
export const longTextOption = (defaultValue: LongText): Option =>
  new Option(
    '--long-text <how>',
    'document longer than the model accepts: encode all of it in overlapping windows, cut it, or stop with an error',
  )
    .choices(['windows', 'cut', 'error'] satisfies LongText[])
    .default(defaultValue)

export interface LoadedEncoder {
  readonly encoder: TokenEncoder
  /** The name that a text index records: `static`, or the model. */
  readonly encoderName: string
  /** Whether rare words get a higher weight. True for static vectors, where a word has the same row in every text. */
  readonly weighted: boolean
}

const STATIC = 'static'

/** Loads the encoder that the options name, or that made the index at `store`, or the word vectors of maxsimd-words. */
export async function loadEncoder(
  { model: chosen, longText = 'windows' }: EncoderArguments,
  terminal: Terminal,
  store?: string,
): Promise<LoadedEncoder> {
  const catalog = chosen === undefined && store !== undefined ? await readCatalog(store) : undefined
  const model = chosen ?? catalog?.encoder ?? STATIC
  if (model === STATIC) {
    // several times as fast as readFile, which reads half a megabyte at a time
    const encoder = createStaticEncoder(readFileSync(findWordFile()))
    return { encoder, encoderName: STATIC, weighted: true }
  }
  const progress = progressOn(terminal)
  progress.phase('loading', model)
  const { createEncoder } = await import('../encode/index.js')
  const encoder = await createEncoder({
    model,
    emptyText: 'encode',
    longText,
    onTruncate: noticeOf(terminal),
    signal: terminal.signal,
  }).catch(error => {
    throw error instanceof MissingPackageError ? missingPackage(error.packageName, '--model', error) : error
  })
  progress.clear()
  // a relative path and an absolute one name the same model
  const encoderName = await realpath(model).catch(() => model)
  return { encoder: dropEmptyTexts(encoder), encoderName, weighted: false }
}

/** Returns a function that reports the first document and the first query that is cut. */
function noticeOf(terminal: Terminal): (truncation: Truncation) => void {
  const reported = new Set<string>()
  return ({ index, tokens, kept }) => {
    const [subject, remedy] =
      index === undefined ? ['a query', ''] : ['a document', '; --long-text windows encodes all of it']
    if (reported.has(subject)) return
    reported.add(subject)
    const cut = `${formatWhole(kept)}, the maximum of the model`
    printNotice(terminal, `${subject} of ${formatWhole(tokens)} tokens was cut to ${cut}${remedy}`)
  }
}

/** The path of words.bin: beside this package, or in the project that the command runs in. */
function findWordFile(): string {
  const paths = [import.meta.dirname, process.cwd()]
  try {
    return createRequire(import.meta.url).resolve('maxsimd-words/words.bin', { paths })
  } catch (error) {
    throw missingPackage('maxsimd-words', 'the default encoder', error)
  }
}

/** The error of a command without the package `name`. */
export const missingPackage = (name: string, purpose: string, cause: unknown): MissingPackageError =>
  new MissingPackageError(
    name,
    purpose,
    `or run the command without an installation: npx -p maxsimd -p ${name} maxsimd ...`,
    cause,
  )

/** An encoder that returns no rows, as the static encoder does, for a text with special tokens only. */
function dropEmptyTexts(encoder: ModelEncoder): TokenEncoder {
  const rowsOf = (encoded: Encoded): Encoded =>
    encoded.tokens.every(({ special }) => special)
      ? { ...encoded, data: new Float32Array(0), tokens: [] }
      : encoded
  return {
    dim: encoder.dim,
    query: async (text, options) => rowsOf(await encoder.query(text, options)),
    documents: async (texts, options) => (await encoder.documents(texts, options)).map(rowsOf),
    documentTokens: texts => encoder.documentTokens(texts),
  }
}
