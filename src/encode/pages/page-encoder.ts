// The encoder of pages: runs ColPali or ColModernVBERT with transformers.js. Images and texts become the rows that
// FastEmbed returns for them.
//
//   image -> pixels of Pillow -> resized as by Pillow, cut into tiles -> numbers -> ONNX -> a row for each patch and token
//
// Each image is a run of its own, because its tiles take 15 to 53 MB before the model begins. Texts are queries, also
// those that are passed to `documents`, as in FastEmbed.

import { checkAbortSignal, checkCallback, checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import { DisposedError } from '../../base/errors.js'
import { typeName } from '../../base/type-name.js'
import { unlessAborted } from '../../base/unless-aborted.js'
import { checkSignal } from '../../collection/call-options.js'
import { patchAt } from '../../collection/page-layout.js'
import { PixelMemoryError } from '../../kernel/pixels/pixel-kernel.js'
import type { Encoded } from '../encoder-types.js'
import { decodeImage, fileOf, type ParsedDecodeOptions, parseDecodeOptions } from '../images/decode-image.js'
import { ImageError, type ImageSource } from '../images/image-types.js'
import { checkText, checkTexts, TextError } from '../model/check-texts.js'
import type {
  EncodeDocumentsOptions,
  EncodeImagesOptions,
  ModelEncoder,
  SplitOptions,
} from '../model/model-encoder.js'
import type { ParsedEncoderOptions } from '../model/model-options.js'
import type { Sequence } from '../model/sequence.js'
import { cutWindows, type TextWindow } from '../model/text-windows.js'
import type { TransformersPeer } from '../model/transformers.js'
import { PAGE_DIM, PAGE_SETTINGS, type PageKind } from './known-page-models.js'
import { loadPageModel, type PageParts } from './load-page-model.js'
import type { EncodedImage, ImageSequence, PageModel } from './page-types.js'

/** Loads a model for pages and creates its encoder. */
export async function createPageEncoder(
  model: string,
  kind: PageKind,
  transformers: TransformersPeer,
  options: ParsedEncoderOptions,
): Promise<ModelEncoder> {
  const parts = await loadPageModel(model, kind, transformers, options)
  const { pages, session } = parts
  let isDisposed = false
  const checkUsable = () => {
    if (isDisposed) throw new DisposedError('encoder', 'create a new one with createEncoder()')
  }
  const context: PageContext = { ...parts, options, checkUsable }
  return {
    dim: PAGE_DIM,
    model,
    type: 'colbert',
    takesImages: true,
    settings: PAGE_SETTINGS[kind],
    maxTokens: pages.maxTextTokens,
    async query(text, callOptions = {}) {
      checkUsable()
      checkText(text)
      checkSignal(callOptions, 'query')
      callOptions.signal?.throwIfAborted()
      return encodeText(parts, checkLength(options, pages.text(text), text, undefined), callOptions.signal)
    },
    async documents(texts, callOptions = {}) {
      checkUsable()
      return encodeTexts(context, texts, callOptions)
    },
    async images(images, callOptions = {}) {
      checkUsable()
      return encodeImages(context, images, callOptions)
    },
    imageLayout({ width, height }) {
      checkUsable()
      wholeNumber(width, 'width', 1)
      wholeNumber(height, 'height', 1)
      return pages.ids(width, height).layout
    },
    documentTokens(texts) {
      checkUsable()
      checkTexts(texts)
      return texts.map(text => pages.text(text).tokens)
    },
    split(text, splitOptions = {}) {
      checkUsable()
      return splitText(pages, text, splitOptions)
    },
    async dispose() {
      if (isDisposed) return
      isDisposed = true
      await session.dispose()
    },
  }
}

/** What the calls of an encoder share. */
interface PageContext extends PageParts {
  readonly options: ParsedEncoderOptions
  /** Throws if the encoder was disposed. */
  checkUsable(): void
}

async function encodeTexts(
  { options, checkUsable, ...parts }: PageContext,
  texts: readonly string[],
  callOptions: EncodeDocumentsOptions,
): Promise<Encoded[]> {
  checkTexts(texts)
  checkKnownOptions(callOptions, ['signal', 'onProgress'], 'documents')
  checkCalls(callOptions)
  const sequences = texts.map((text, i) => checkLength(options, parts.pages.text(text), text, i))
  return oneByOne(sequences, callOptions, async sequence => {
    checkUsable()
    return encodeText(parts, sequence, callOptions.signal)
  })
}

async function encodeImages(
  { checkUsable, ...parts }: PageContext,
  images: readonly ImageSource[],
  callOptions: EncodeImagesOptions,
): Promise<EncodedImage[]> {
  if (!Array.isArray(images))
    throw new TypeError(`"images" expected an array of images, got ${typeName(images)}`)
  checkKnownOptions(callOptions, ['signal', 'onProgress', 'orient', 'maxPixels'], 'images')
  checkCalls(callOptions)
  const decoding = parseDecodeOptions(callOptions)
  return oneByOne(images as readonly ImageSource[], callOptions, async (image, i) => {
    checkUsable()
    return encodeImage(parts, await readImage(parts, image, decoding, i), callOptions.signal)
  })
}

function splitText({ maxTextTokens, pieces }: PageModel, text: string, options: SplitOptions): TextWindow[] {
  checkText(text)
  checkKnownOptions(options, ['length', 'overlap'], 'split')
  const length = wholeNumber(options.length ?? maxTextTokens, 'length', 1, maxTextTokens)
  const overlap = wholeNumber(options.overlap ?? Math.floor(length / 8), 'overlap', 0, length - 1)
  return cutWindows(text, pieces, length, overlap)
}

function checkCalls({ signal, onProgress }: EncodeDocumentsOptions): void {
  checkAbortSignal(signal)
  checkCallback(onProgress, 'onProgress')
}

/** Encodes items one after another. */
async function oneByOne<Item, Result>(
  items: readonly Item[],
  { signal, onProgress }: EncodeDocumentsOptions,
  encode: (item: Item, index: number) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  for (let i = 0; i < items.length; i++) {
    signal?.throwIfAborted()
    results.push(await encode(items[i]!, i))
    onProgress?.(i + 1, items.length)
  }
  return results
}

/**
 * Decodes an image and prepares it. The decoded pixels can be freed when this returns.
 *
 * @throws ImageError if it cannot be decoded, or needs more memory than WebAssembly has
 */
async function readImage(
  { pages }: PageParts,
  input: ImageSource,
  options: ParsedDecodeOptions,
  index: number,
): Promise<ImageSequence> {
  const image = await decodeImage(input, options, index)
  try {
    return pages.image(image)
  } catch (cause) {
    if (!(cause instanceof PixelMemoryError)) throw cause
    throw new ImageError({ index, file: fileOf(input) }, cause.problem, 'pixels', cause)
  }
}

async function encodeImage(
  { session }: PageParts,
  { ids, pixels, layout, textOf }: ImageSequence,
  signal: AbortSignal | undefined,
): Promise<EncodedImage> {
  // the engine cannot be interrupted: a run that is under way ends, and its rows are dropped
  const data = await unlessAborted(session.run(ids, pixels), signal)
  const rows = ids.map((_, row) => {
    const patch = patchAt(layout, row)
    return patch ? { type: 'patch' as const, ...patch } : { type: 'text' as const, text: textOf(row) }
  })
  return { data, dim: PAGE_DIM, rows, layout }
}

async function encodeText(
  { pages, session }: PageParts,
  { ids, tokens, unknown, textTokens, keptTokens }: Sequence,
  signal: AbortSignal | undefined,
): Promise<Encoded> {
  const data = await unlessAborted(session.run(ids, pages.noImage), signal)
  const truncated = keptTokens < textTokens && { truncated: { tokens: textTokens, kept: keptTokens } }
  return { data, dim: PAGE_DIM, tokens, unknown, ...truncated }
}

/**
 * Returns the sequence of a text. If the text is cut, calls `onTruncate`.
 *
 * @throws TextError if the text is empty or too long, and such texts are errors
 */
function checkLength(
  { emptyText, longText, onTruncate }: ParsedEncoderOptions,
  sequence: Sequence,
  text: string,
  index: number | undefined,
): Sequence {
  const { textTokens: tokens, keptTokens: kept } = sequence
  if (tokens === 0 && emptyText === 'error') {
    const remedy = "remove such texts, or pass emptyText: 'encode' to createEncoder"
    throw new TextError(index, `has no tokens: ${JSON.stringify(text.slice(0, 20))}; ${remedy}`, 'empty')
  }
  if (kept === tokens) return sequence
  if (longText === 'error') {
    const problem = `has ${tokens} tokens, more than the ${kept} that the model accepts`
    throw new TextError(index, `${problem}; shorten it, or pass longText: 'cut' to createEncoder`, 'long')
  }
  onTruncate?.({ index, tokens, kept })
  return sequence
}
