// An encoder with a model behind it: texts in, one row for each token out, as FastEmbed gives them for the same model.
//
//   text -> tokenizer -> ids with markers -> batches of like length -> ONNX -> rows that are kept, of unit length
//
// It must not know where files lie, or how a text is cut.
import { checkKnownOptions } from '../../base/check-options.js'
import type { Encoded, TokenEncoder } from '../encoder-types.js'
import { readTokenizer } from '../tokenizer/tokenizer.js'
import { checkText, checkTexts, TextError } from './check-texts.js'
import { guessSettings, type ModelSettings, settingsOf } from './known-models.js'
import { checkConsistency } from './model-consistency.js'
import { createModelFiles } from './model-files.js'
import { locateModel } from './model-location.js'
import {
  checkEncodeSignal,
  checkFunction,
  type EncoderOptions,
  parseEncoderOptions,
} from './model-options.js'
import { loadSession, type ModelSession, type TokenBatch } from './model-session.js'
import { planBatches } from './plan-batches.js'
import { createSequencer, type Sequence } from './sequence.js'
import { cutWindows, type TextWindow } from './text-windows.js'
import { loadTransformers, type TransformersPeer } from './transformers.js'

export interface EncodeOptions {
  /** Gives the call up between two batches. */
  readonly signal?: AbortSignal | undefined
}

export interface EncodeDocumentsOptions extends EncodeOptions {
  /** Told after every batch how many of the texts are encoded. */
  readonly onProgress?: ((done: number, total: number) => void) | undefined
}

/** An encoder that answers with promises, from a model. */
export interface ModelEncoder extends TokenEncoder {
  /** The folder or the name, as it was given. */
  readonly model: string
  /** `colbert`: rows made for late interaction. `tokens`: the contextual rows of a model that was trained for something else. */
  readonly kind: 'colbert' | 'tokens'
  readonly settings: ModelSettings
  /** How many tokens of its own a document may have; what is beyond is cut off. */
  readonly maxTokens: number
  /** Encodes a text that is searched for. */
  query(text: string, options?: EncodeOptions): Promise<Encoded>
  /** Encodes texts that are searched through, in batches of like length; `result[i]` is of `texts[i]`. */
  documents(texts: readonly string[], options?: EncodeDocumentsOptions): Promise<Encoded[]>
  /**
   * A long text in windows of at most `length` tokens (left out: `maxTokens`), each beginning with the last `overlap` tokens
   * (left out: an eighth of `length`) of the one before. Encode the windows' texts as documents of their own.
   */
  split(text: string, options?: { readonly length?: number; readonly overlap?: number }): TextWindow[]
  /** Frees the model. The encoder is of no use afterwards. */
  dispose(): Promise<void>
}

/**
 * Loads a model and makes an encoder of it. Needs the package @huggingface/transformers 4, which it imports here.
 *
 * Rows and their order are those of FastEmbed 0.9.1 for the models of `MODELS`, to within 1e-5. With `dtype: 'q8'` a row
 * may depend on what else is in its batch, because such models scale whole batches.
 *
 * @throws TypeError, RangeError for an option or a file that is not what it must be; the error names it
 * @throws Error where the package or the network is missing
 *
 * @example
 * ```ts
 * const encoder = await createEncoder({ model: 'colbert-ir/colbertv2.0' })
 * const query = await encoder.query('fear of spiders')        // 32 rows of 128 numbers
 * const documents = await encoder.documents(['Arachnophobia is …'])
 * ```
 */
export async function createEncoder(options: EncoderOptions): Promise<ModelEncoder> {
  const checked = parseEncoderOptions(options)
  checked.signal?.throwIfAborted()
  const transformers = (options.transformers as unknown as TransformersPeer) ?? (await loadTransformers())
  const { env } = transformers
  const place = await locateModel(options.model, env, checked)
  const files = createModelFiles(place, env, checked)

  const config = (await files.json('config.json', 'required'))!
  const path = files.nameOf('tokenizer.json')
  const tokenizer = readTokenizer(
    await files.json('tokenizer.json', 'required'),
    path,
    await files.json('special_tokens_map.json', 'optional'),
  )
  const tokenizerConfig = await files.json('tokenizer_config.json', 'optional')
  const byName = place.kind === 'name' ? settingsOf(place.model) : undefined
  const settings = checked.settings ?? byName ?? guessSettings(config, tokenizer.idOf)
  const { limit, padId, maskId } = checkConsistency(tokenizer, settings, config, tokenizerConfig, path)
  const sequencer = createSequencer(tokenizer, settings, limit, padId, maskId)
  if (sequencer.documentRoom < 1) {
    throw new RangeError(
      `${path}: a model of ${limit} tokens has no room for a text; check "model_max_length"`,
    )
  }
  let isDisposed = false
  const session = await loadSession(transformers, place, settings, config, checked)
  const dim = await probe(session, sequencer.document('.'), settings, padId)

  /** The sequence of a text, which is refused or told of where it is empty or too long. */
  function prepare(text: string, index: number | undefined): Sequence {
    const sequence = index === undefined ? sequencer.query(text) : sequencer.document(text)
    const { pieces, kept } = sequence
    if (pieces === 0 && checked.emptyText === 'error') {
      const shown = JSON.stringify(text.slice(0, 20))
      throw new TextError(
        index,
        `has no token in it: ${shown}; leave such texts out, or have emptyText: 'encode'`,
        'empty',
      )
    }
    if (kept < pieces) {
      if (checked.longText === 'error') {
        throw new TextError(
          index,
          `has ${pieces} tokens, and the model takes ${kept}; cut it with split(), or have longText: 'cut'`,
          'long',
        )
      }
      options.onTruncate?.({ index, tokens: pieces, kept })
    }
    return sequence
  }

  async function encode(batch: readonly Sequence[], normalizes: boolean): Promise<Encoded[]> {
    if (isDisposed) throw new Error('the encoder was disposed of; make another one')
    const padded = pad(batch, padId ?? 0)
    const { data } = await session.run(padded)
    return batch.map(({ rows, tokens, unknown, pieces, kept: fitting }, i) => {
      const kept = gather(data, dim, i * padded.length, rows)
      if (normalizes) normalize(kept, dim)
      const truncated = fitting < pieces && { truncated: { tokens: pieces, kept: fitting } }
      return { data: kept, dim, tokens, unknown, ...truncated }
    })
  }

  return {
    dim,
    model: options.model,
    kind: settings.kind,
    settings,
    maxTokens: sequencer.documentRoom,
    async query(text, options = {}) {
      checkText(text)
      checkKnownOptions(options, ['signal'], 'query')
      const { signal } = options
      checkEncodeSignal(signal)
      signal?.throwIfAborted()
      const [encoded] = await encode([prepare(text, undefined)], settings.normalizes.query)
      return encoded!
    },
    async documents(texts, options = {}) {
      checkTexts(texts)
      checkKnownOptions(options, ['signal', 'onProgress'], 'documents')
      const { signal, onProgress } = options
      checkEncodeSignal(signal)
      checkFunction(onProgress, 'onProgress')
      const sequences = texts.map(prepare)
      const result = new Array<Encoded>(texts.length)
      let done = 0
      const lengths = sequences.map(({ ids }) => ids.length)
      for (const batch of planBatches(lengths, checked.batchTokens)) {
        signal?.throwIfAborted()
        const encoded = await encode(
          batch.map(i => sequences[i]!),
          settings.normalizes.document,
        )
        batch.forEach((i, j) => {
          result[i] = encoded[j]!
        })
        done += batch.length
        onProgress?.(done, texts.length)
      }
      return result
    },
    split(text, options = {}) {
      checkText(text)
      checkKnownOptions(options, ['length', 'overlap'], 'split')
      const { length = sequencer.documentRoom, overlap = Math.floor(length / 8) } = options
      if (!Number.isInteger(length) || length < 1 || length > sequencer.documentRoom) {
        throw new RangeError(`"length" expected 1 to ${sequencer.documentRoom} tokens, got ${String(length)}`)
      }
      if (!Number.isInteger(overlap) || overlap < 0 || overlap >= length) {
        throw new RangeError(`"overlap" expected 0 to ${length - 1} tokens, got ${String(overlap)}`)
      }
      return cutWindows(text, tokenizer.pieces, length, overlap)
    },
    async dispose() {
      if (isDisposed) return
      isDisposed = true
      await session.dispose()
    },
  }
}

/** Numbers in a row, from a first run, which also shows whether tokenizer and model go together. */
async function probe(
  session: ModelSession,
  sequence: Sequence,
  settings: ModelSettings,
  padId: number | undefined,
): Promise<number> {
  try {
    const { dim } = await session.run(pad([sequence], padId ?? 0))
    if (settings.dim !== undefined && dim !== settings.dim) {
      throw new RangeError(
        `${session.file} gives rows of ${dim}, expected "dim" ${settings.dim}: it is another model`,
      )
    }
    return dim
  } catch (error) {
    await session.dispose()
    throw error
  }
}

/** Sequences side by side, the shorter ones padded, which the model does not attend to. */
function pad(batch: readonly Sequence[], padId: number): TokenBatch {
  const length = batch.reduce((most, { ids }) => Math.max(most, ids.length), 0)
  const fill = (values: readonly number[], by: number) => [
    ...values,
    ...Array.from({ length: length - values.length }, () => by),
  ]
  return {
    count: batch.length,
    length,
    ids: batch.flatMap(({ ids }) => fill(ids, padId)),
    attention: batch.flatMap(({ attention }) => fill(attention, 0)),
  }
}

function gather(data: Float32Array, dim: number, first: number, rows: readonly number[]): Float32Array {
  const kept = new Float32Array(rows.length * dim)
  for (const [i, row] of rows.entries()) {
    kept.set(data.subarray((first + row) * dim, (first + row + 1) * dim), i * dim)
  }
  return kept
}

/** Brings rows to unit length, in place; a row of zeros stays. */
function normalize(data: Float32Array, dim: number): void {
  for (let start = 0; start < data.length; start += dim) {
    let square = 0
    for (let d = start; d < start + dim; d++) square += data[d]! * data[d]!
    const length = Math.max(Math.sqrt(square), 1e-12)
    for (let d = start; d < start + dim; d++) data[d]! /= length
  }
}
