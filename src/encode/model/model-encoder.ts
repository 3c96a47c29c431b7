// The model encoder: runs an ONNX text encoder with transformers.js. Each token becomes a row, equal to FastEmbed's row
// for the same model.
//
//   text -> tokenizer -> ids with markers -> batches of similar length -> ONNX -> rows that are kept, scaled to unit length
import { checkAbortSignal, checkCallback, checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import { DisposedError } from '../../base/errors.js'
import { rethrowImportError } from '../../base/import-error.js'
import { unlessAborted } from '../../base/unless-aborted.js'
import { checkSignal } from '../../collection/call-options.js'
import type { EncodeCallOptions } from '../../collection/embed-texts.js'
import type { PageLayout } from '../../collection/page-layout.js'
import type { Encoded, Token, TokenEncoder } from '../encoder-types.js'
import type { DecodeOptions, ImageSource } from '../images/image-types.js'
import type { EncodedImage } from '../pages/page-types.js'
import { checkText, checkTexts, TextError } from './check-texts.js'
import type { ModelSettings } from './known-models.js'
import { loadModel, type ModelParts } from './load-model.js'
import { type EncoderOptions, parseEncoderOptions } from './model-options.js'
import { findPageKind, takesNoImages } from './page-kind.js'
import { planBatches } from './plan-batches.js'
import type { Sequence } from './sequence.js'
import { cutWindows, type TextWindow } from './text-windows.js'
import { gatherRows, joinWindows, padSequences, toUnitLength } from './token-rows.js'
import { loadTransformers, type TransformersPeer } from './transformers.js'

/** The options of `documents` of a model encoder. */
export interface EncodeDocumentsOptions extends EncodeCallOptions {
  /** Called after each batch with the number of texts that are encoded, and of all texts. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** The options of `split` of a model encoder. */
export interface SplitOptions {
  /** Maximum number of tokens in a window, from 1 to `maxTokens`. Default: `maxTokens`. */
  readonly length?: number | undefined
  /** Tokens that a window shares with the previous one, from 0 to `length` - 1. Default: an eighth of `length`. */
  readonly overlap?: number | undefined
}

/** The options of `images` of a model encoder. */
export interface EncodeImagesOptions extends EncodeCallOptions, DecodeOptions {
  /** Called after each image with the number of images that are encoded, and of all images. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** An encoder that runs a model. Its methods return promises. */
export interface ModelEncoder extends TokenEncoder {
  /** The `model` that was passed to `createEncoder`: a folder or a name. */
  readonly model: string
  /**
   * `colbert`: the model was made for late interaction. `tokens`: the rows are the contextual rows of a model that was
   * trained for something else.
   */
  readonly type: 'colbert' | 'tokens'
  /** Whether the model encodes images. Then its texts are queries, also those of `documents`. */
  readonly takesImages: boolean
  /** How the model is used. */
  readonly settings: ModelSettings
  /** Maximum number of tokens of a document, without special tokens and prompt. What is beyond is cut. */
  readonly maxTokens: number
  /**
   * Encodes a query. A call that is cancelled rejects at once; the model finishes its run in the background.
   *
   * @throws TypeError if `text` is not a string or an option is invalid
   * @throws TextError if the text is empty or too long, see `emptyText` and `longText` of `createEncoder`
   * @throws DisposedError after `dispose`
   */
  query(text: string, options?: EncodeCallOptions): Promise<Encoded>
  /**
   * Encodes documents in batches of similar length. `result[i]` belongs to `texts[i]`. A call that is cancelled rejects
   * at once; the model finishes the batch in the background.
   *
   * @throws TypeError if a text is not a string or an option is invalid
   * @throws TextError if a text is empty or too long, see `emptyText` and `longText` of `createEncoder`
   * @throws DisposedError after `dispose`
   */
  documents(texts: readonly string[], options?: EncodeDocumentsOptions): Promise<Encoded[]>
  /**
   * Encodes images of pages, one after another. `result[i]` belongs to `images[i]`, and has a row for each patch of the image
   * and each token of the model's prompt.
   *
   * Files are decoded by the package sharp in Node, which comes with @huggingface/transformers, and by the browser
   * elsewhere.
   *
   * @throws TypeError if an image or an option is invalid
   * @throws RangeError if the model takes no images
   * @throws ImageError if an image cannot be read or decoded, or has too many pixels
   * @throws MissingPackageError if sharp is needed and not installed
   * @throws DisposedError after `dispose`
   */
  images(images: readonly ImageSource[], options?: EncodeImagesOptions): Promise<EncodedImage[]>
  /**
   * Returns where the rows of an image of a size would be on it, without running the model. Its `rows` is their number, for
   * estimates.
   *
   * @throws TypeError or RangeError if the size is invalid, or the model takes no images
   * @throws DisposedError after `dispose`
   */
  imageLayout(size: { readonly width: number; readonly height: number }): PageLayout
  /**
   * Returns the token of each row that `documents` returns, without running the model. `with_matches` of collections uses
   * it.
   *
   * @throws TypeError if a text is not a string
   * @throws DisposedError after `dispose`
   */
  documentTokens(texts: readonly string[]): (readonly Token[])[]
  /**
   * Splits a long text into windows that fit into the model. Encode the texts of the windows as separate documents.
   *
   * @throws TypeError if `text` is not a string
   * @throws RangeError if an option is out of range
   * @throws DisposedError after `dispose`
   */
  split(text: string, options?: SplitOptions): TextWindow[]
  /**
   * Frees the model, after the batches that it is encoding. The encoder cannot be used afterwards; a second call has no
   * effect.
   */
  dispose(): Promise<void>
}

/**
 * Loads a model and creates an encoder. Needs the package @huggingface/transformers, 3.8 or 4, which it imports.
 *
 * For the models in `MODELS` the rows and their order equal those of FastEmbed 0.9.1 to within 1e-5. With `dtype: 'q8'`
 * a row may depend slightly on the other texts of its batch, because such models scale whole batches.
 *
 * @throws TypeError or RangeError if an option or a file of the model is invalid; the message names it
 * @throws MissingPackageError if @huggingface/transformers is not installed
 * @throws Error if a file cannot be downloaded
 *
 * @example
 * import { createEncoder } from 'maxsimd/encode'
 *
 * const encoder = await createEncoder({ model: 'colbert-ir/colbertv2.0' })
 * const query = await encoder.query('fear of spiders')
 * query.data.length === query.tokens.length * encoder.dim // true
 * const documents = await encoder.documents(['Arachnophobia is the fear of spiders.', 'Snakes shed their skin.'])
 * documents.length // 2
 * await encoder.dispose()
 */
export async function createEncoder(options: EncoderOptions): Promise<ModelEncoder> {
  const parsed = parseEncoderOptions(options)
  parsed.signal?.throwIfAborted()
  const transformers = (options.transformers as unknown as TransformersPeer) ?? (await loadTransformers())
  const kind = await findPageKind(options.model, transformers.env, parsed)
  if (kind) {
    const { createPageEncoder } = await import('../pages/page-encoder.js').catch(rethrowImportError)
    return createPageEncoder(options.model, kind, transformers, parsed)
  }
  return createModelEncoder(options.model, await loadModel(options.model, transformers, parsed))
}

function createModelEncoder(model: string, parts: ModelParts): ModelEncoder {
  const { dim, settings, sequencer, session } = parts
  let isDisposed = false
  const checkUsable = () => {
    if (isDisposed) throw new DisposedError('encoder', 'create a new one with createEncoder()')
  }
  return {
    dim,
    model,
    type: settings.type,
    takesImages: false,
    settings,
    maxTokens: sequencer.maxTextTokens,
    async query(text, options = {}) {
      checkUsable()
      checkText(text)
      checkSignal(options, 'query')
      options.signal?.throwIfAborted()
      const sequence = checkLength(parts, sequencer.query(text), text, undefined)
      const [encoded] = await encodeBatch(parts, [sequence], settings.normalizes.query, options.signal)
      return encoded!
    },
    async documents(texts, options = {}) {
      checkUsable()
      checkTexts(texts)
      checkKnownOptions(options, ['signal', 'onProgress'], 'documents')
      checkAbortSignal(options.signal)
      checkCallback(options.onProgress, 'onProgress')
      const sequences = texts.map((text, i) =>
        sequencesOf(parts, text).map(sequence => checkLength(parts, sequence, text, i)),
      )
      return encodeDocuments(parts, sequences, options, checkUsable)
    },
    async images() {
      checkUsable()
      throw takesNoImages(model)
    },
    imageLayout() {
      checkUsable()
      throw takesNoImages(model)
    },
    documentTokens(texts) {
      checkUsable()
      checkTexts(texts)
      return texts.map(text => sequencesOf(parts, text).flatMap(({ tokens }) => tokens))
    },
    split(text, options = {}) {
      checkUsable()
      checkText(text)
      return splitText(parts, text, options)
    },
    async dispose() {
      if (isDisposed) return
      isDisposed = true
      await session.dispose()
    },
  }
}

/** The sequences of a document: one for each of its windows. */
const sequencesOf = ({ sequencer, options }: ModelParts, text: string): readonly Sequence[] =>
  options.longText === 'windows' ? sequencer.windows(text) : [sequencer.document(text)]

/**
 * Returns the sequence of a text. If the text is cut, calls `onTruncate`.
 *
 * @throws TextError if the text is empty or too long, and such texts are errors
 */
function checkLength(
  { options }: ModelParts,
  sequence: Sequence,
  text: string,
  index: number | undefined,
): Sequence {
  const { textTokens: tokens, keptTokens: kept } = sequence
  if (tokens === 0 && options.emptyText === 'error') {
    const beginning = JSON.stringify(text.slice(0, 20))
    throw new TextError(
      index,
      `has no tokens: ${beginning}; remove such texts, or pass emptyText: 'encode' to createEncoder`,
      'empty',
    )
  }
  if (kept < tokens) {
    if (options.longText === 'error') {
      const remedy =
        index === undefined
          ? "shorten it, or pass longText: 'cut' to createEncoder"
          : "pass longText: 'windows' to createEncoder to encode all of it, or 'cut' for its beginning"
      const problem = `has ${tokens} tokens, more than the ${kept} that the model accepts; ${remedy}`
      throw new TextError(index, problem, 'long')
    }
    options.onTruncate?.({ index, tokens, kept })
  }
  return sequence
}

/**
 * Encodes the sequences of each document in batches and joins them. `checkUsable` throws if the encoder was disposed in
 * the meantime.
 */
async function encodeDocuments(
  parts: ModelParts,
  documents: readonly (readonly Sequence[])[],
  { signal, onProgress }: EncodeDocumentsOptions,
  checkUsable: () => void,
): Promise<Encoded[]> {
  const sequences = documents.flat()
  const owners = documents.flatMap((windows, document) => windows.map(() => document))
  const missing = documents.map(windows => windows.length)
  const result = new Array<Encoded>(sequences.length)
  const lengths = sequences.map(({ ids }) => ids.length)
  let done = 0
  for (const batch of planBatches(lengths, parts.options.batchTokens)) {
    checkUsable()
    signal?.throwIfAborted()
    const batchSequences = batch.map(i => sequences[i]!)
    const encoded = await encodeBatch(parts, batchSequences, parts.settings.normalizes.document, signal)
    for (const [j, i] of batch.entries()) {
      result[i] = encoded[j]!
      if (--missing[owners[i]!]! === 0) done++
    }
    onProgress?.(done, documents.length)
  }
  let first = 0
  return documents.map(({ length }) => {
    first += length
    return joinWindows(result.slice(first - length, first))
  })
}

/** Runs the model on one batch. `normalizes`: whether rows are scaled to unit length. */
async function encodeBatch(
  { dim, padId, session }: ModelParts,
  sequences: readonly Sequence[],
  normalizes: boolean,
  signal: AbortSignal | undefined,
): Promise<Encoded[]> {
  const batch = padSequences(sequences, padId)
  // the engine cannot be interrupted: a batch that is under way ends, and its rows are dropped
  const { data } = await unlessAborted(session.run(batch), signal)
  return sequences.map(({ rows, tokens, unknown, textTokens, keptTokens }, i) => {
    const kept = gatherRows(data, dim, i * batch.length, rows)
    if (normalizes) toUnitLength(kept, dim)
    const truncated = keptTokens < textTokens && { truncated: { tokens: textTokens, kept: keptTokens } }
    return { data: kept, dim, tokens, unknown, ...truncated }
  })
}

function splitText({ sequencer }: ModelParts, text: string, options: SplitOptions): TextWindow[] {
  checkKnownOptions(options, ['length', 'overlap'], 'split')
  const { maxTextTokens } = sequencer
  const length = wholeNumber(options.length ?? maxTextTokens, 'length', 1, maxTextTokens)
  const overlap = wholeNumber(options.overlap ?? Math.floor(length / 8), 'overlap', 0, length - 1)
  return cutWindows(text, sequencer.pieces, length, overlap)
}
