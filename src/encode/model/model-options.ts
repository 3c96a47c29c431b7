// Checks the options of createEncoder.

import {
  checkAbortSignal,
  checkBoolean,
  checkCallback,
  checkKnownOptions,
  oneOf,
  wholeNumber,
} from '../../base/check-options.js'
import { typeName } from '../../base/type-name.js'
import { offlineVariable } from './files/hub-environment.js'
import type { DownloadProgress } from './files/model-location.js'
import { MODELS, type ModelDtype, type ModelSettings, settingsOf } from './known-models.js'
import type { ModelDevice } from './model-session.js'
import type { Transformers } from './transformers.js'

/** A text that was cut because it is longer than the model accepts. */
export interface Truncation {
  /** Index of the document; undefined for a query. */
  readonly index: number | undefined
  /** Tokens of the text, without special tokens. */
  readonly tokens: number
  /** Tokens that were encoded, without special tokens. */
  readonly kept: number
}

/** The treatment of a text that is longer than a model accepts. */
export type LongText = 'cut' | 'windows' | 'error'

/** The options of `createEncoder`. */
export interface EncoderOptions {
  /**
   * A folder with config.json, tokenizer.json and an ONNX file; or the name of a model on the Hugging Face hub, such as
   * colbert-ir/colbertv2.0, which is downloaded once, into the cache folder.
   */
  readonly model: string
  /**
   * How the model is used: settings, or the name of one of `MODELS`. Default: the settings of its name, otherwise what
   * its files declare.
   */
  readonly settings?: ModelSettings | string | undefined
  /**
   * Maximum number of tokens of a query, special tokens included; what is beyond is cut. It replaces that of the
   * settings. Default: as the model's files say.
   */
  readonly maxQueryTokens?: number | undefined
  /** The same for a document: the context that the model is given, up to what it accepts. */
  readonly maxDocumentTokens?: number | undefined
  /**
   * Text that is put before every query, such as the instruction of a model that was trained with one, with the space or
   * line break at its end. It replaces that of the settings. Default: as the model's files say.
   */
  readonly queryPrompt?: string | undefined
  /** The same for documents. */
  readonly documentPrompt?: string | undefined
  /** The type of the weights. Default: `fp32`, or the only ONNX file of a folder. */
  readonly dtype?: ModelDtype | undefined
  /** Where the model runs. Default: `cpu` in Node, `wasm` in a browser. */
  readonly device?: ModelDevice | undefined
  /**
   * The cache folder of downloads (Node only). Default: the one of transformers.js; a model that Python programs have
   * downloaded is taken from their cache, if HF_HOME or HF_HUB_CACHE says where that is.
   */
  readonly cacheDir?: string | undefined
  /**
   * Whether downloads are forbidden: a file that is not in the cache is an error. Default: false, or true if the
   * environment variable HF_HUB_OFFLINE is 1.
   */
  readonly localFilesOnly?: boolean | undefined
  /** The version on the hub: a branch, a tag or a commit. Default: `main`. */
  readonly revision?: string | undefined
  /**
   * The treatment of a text that is longer than the model accepts. `cut` encodes its beginning, sets `truncated` of the
   * result and calls `onTruncate`. `windows` encodes the whole document in overlapping windows and joins their rows; a
   * query is cut. `error` throws a `TextError`. Default: `cut`, as PyLate and FastEmbed do.
   */
  readonly longText?: LongText | undefined
  /** Called for each text that is cut, before it is encoded. */
  readonly onTruncate?: ((truncation: Truncation) => void) | undefined
  /**
   * The treatment of a text without tokens, such as '' and ' ': `error` throws a `TextError`, `encode` returns the rows
   * of its special tokens, as FastEmbed does. Default: `error`.
   */
  readonly emptyText?: 'error' | 'encode' | undefined
  /**
   * Maximum number of tokens in a batch, padding included. It bounds the memory; a longer text is a batch alone. Default:
   * 512, which a CPU encodes fastest; 8,192 with the device `webgpu`, where each batch costs a round trip.
   */
  readonly batchTokens?: number | undefined
  /** Called while files are downloaded. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  /** Cancels loading. */
  readonly signal?: AbortSignal | undefined
  /**
   * The module @huggingface/transformers. Default: it is imported by that name when the encoder is created. A bundler
   * does not see that import, so a bundled program passes the module.
   */
  readonly transformers?: Transformers | undefined
}

/** The options of `createEncoder`, with their defaults filled in. */
export interface ParsedEncoderOptions {
  readonly dtype: ModelDtype | undefined
  readonly device: ModelDevice | undefined
  readonly cacheDir: string | undefined
  readonly localFilesOnly: boolean
  /** What forbids downloads, for error messages. */
  readonly forbiddenBy: string
  readonly revision: string
  readonly longText: LongText
  readonly onTruncate: ((truncation: Truncation) => void) | undefined
  readonly emptyText: 'error' | 'encode'
  readonly batchTokens: number
  /** The values that replace those of the settings. */
  readonly replaced: Pick<
    ModelSettings,
    'maxQueryTokens' | 'maxDocumentTokens' | 'queryPrompt' | 'documentPrompt'
  >
  /** Undefined: derived from the name or the files of the model. */
  readonly settings: ModelSettings | undefined
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined
}

const OPTION_NAMES: readonly (keyof EncoderOptions)[] = [
  'model',
  'settings',
  'maxQueryTokens',
  'maxDocumentTokens',
  'queryPrompt',
  'documentPrompt',
  'dtype',
  'device',
  'cacheDir',
  'localFilesOnly',
  'revision',
  'longText',
  'onTruncate',
  'emptyText',
  'batchTokens',
  'onProgress',
  'signal',
  'transformers',
]
/** The default of `batchTokens`: the values of a small batch stay in the caches of a CPU. */
const BATCH_TOKENS = { cpu: 512, wasm: 512, webgpu: 8192 } as const
const DTYPES: readonly ModelDtype[] = ['fp32', 'fp16', 'q8', 'int8', 'uint8']
const DEVICES: readonly ModelDevice[] = ['cpu', 'wasm', 'webgpu']
const LONG_TEXT: readonly LongText[] = ['cut', 'windows', 'error']
const EMPTY_TEXT = ['error', 'encode'] as const

/** @throws TypeError or RangeError if an option is missing, unknown or invalid; the message names it */
export function parseEncoderOptions(options: EncoderOptions): ParsedEncoderOptions {
  checkKnownOptions(options, OPTION_NAMES, 'createEncoder')
  if (options.model === undefined) {
    throw new TypeError('"model" is required: a folder, or a name such as colbert-ir/colbertv2.0')
  }
  const { dtype, device, cacheDir, revision = 'main', transformers } = options
  const { longText = 'cut', emptyText = 'error' } = options
  const variable = options.localFilesOnly === undefined ? offlineVariable() : undefined
  const { localFilesOnly = variable !== undefined } = options
  if (transformers !== undefined && typeof transformers?.AutoModel?.from_pretrained !== 'function') {
    throw new TypeError(
      `"transformers" expected the module @huggingface/transformers, got ${typeName(transformers)} without AutoModel`,
    )
  }
  checkAbortSignal(options.signal)
  checkCallback(options.onProgress, 'onProgress')
  checkCallback(options.onTruncate, 'onTruncate')
  const chosenDevice = device === undefined ? undefined : oneOf(device, DEVICES, 'device')
  // the default devices, `cpu` and `wasm`, have the same default
  const { batchTokens = BATCH_TOKENS[chosenDevice ?? 'cpu'] } = options
  return {
    dtype: dtype === undefined ? undefined : oneOf(dtype, DTYPES, 'dtype'),
    device: chosenDevice,
    cacheDir: cacheDir === undefined ? undefined : nonEmptyString(cacheDir, 'cacheDir'),
    localFilesOnly: checkBoolean(localFilesOnly, 'localFilesOnly'),
    forbiddenBy: variable ?? '"localFilesOnly"',
    revision: nonEmptyString(revision, 'revision'),
    longText: oneOf(longText, LONG_TEXT, 'longText'),
    onTruncate: options.onTruncate,
    emptyText: oneOf(emptyText, EMPTY_TEXT, 'emptyText'),
    batchTokens: wholeNumber(batchTokens, 'batchTokens', 1),
    replaced: {
      ...limitOf('maxQueryTokens', options),
      ...limitOf('maxDocumentTokens', options),
      ...promptOf('queryPrompt', options),
      ...promptOf('documentPrompt', options),
    },
    settings: parseSettings(options.settings),
    signal: options.signal,
    onProgress: options.onProgress,
  }
}

function limitOf<Name extends 'maxQueryTokens' | 'maxDocumentTokens'>(
  name: Name,
  { [name]: value }: EncoderOptions,
): { readonly [N in Name]?: number } {
  return value === undefined
    ? {}
    : ({ [name]: wholeNumber(value, name, 1) } as { readonly [N in Name]: number })
}

function promptOf<Name extends 'queryPrompt' | 'documentPrompt'>(
  name: Name,
  { [name]: value }: EncoderOptions,
): { readonly [N in Name]?: string } {
  if (value === undefined) return {}
  if (typeof value !== 'string') throw new TypeError(`"${name}" expected a string, got ${typeName(value)}`)
  return { [name]: value } as { readonly [N in Name]: string }
}

function nonEmptyString(value: unknown, path: string): string {
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(
    `"${path}" expected a string, got ${value === '' ? 'an empty string' : typeName(value)}`,
  )
}

function parseSettings(settings: ModelSettings | string | undefined): ModelSettings | undefined {
  if (settings === undefined) return undefined
  if (typeof settings === 'string') {
    const known = settingsOf(settings)
    if (!known) {
      throw new RangeError(
        `"settings" expected an object or one of ${Object.keys(MODELS).join(', ')}, got ${JSON.stringify(settings)}`,
      )
    }
    // another model of the same type may have another dim
    const { dim: _, ...rest } = known
    return rest
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new TypeError(`"settings" expected an object or the name of a model, got ${typeName(settings)}`)
  }
  checkSettings(settings)
  return settings
}

/** @throws TypeError or RangeError if a required setting is missing, or a setting is invalid */
function checkSettings({ type, normalizes, ...settings }: ModelSettings): void {
  const remedy = "extend one of MODELS: { ...MODELS['colbert-ir/colbertv2.0'], queryLength: 64 }"
  if (type !== 'colbert' && type !== 'tokens') {
    throw new RangeError(`"settings.type" expected colbert or tokens, got ${JSON.stringify(type)}; ${remedy}`)
  }
  if (typeof normalizes?.query !== 'boolean' || typeof normalizes.document !== 'boolean') {
    throw new TypeError(`"settings.normalizes" expected { query, document }, each true or false; ${remedy}`)
  }
  const counts = [
    'dim',
    'queryMarker',
    'documentMarker',
    'queryLength',
    'maxQueryTokens',
    'maxDocumentTokens',
  ] as const
  for (const name of counts) {
    const value = settings[name]
    if (value !== undefined) wholeNumber(value, `settings.${name}`, 0, Number.MAX_SAFE_INTEGER)
  }
  for (const name of ['queryPrompt', 'documentPrompt'] as const) {
    const value: unknown = settings[name]
    if (value !== undefined && typeof value !== 'string') {
      throw new TypeError(`"settings.${name}" expected a string, got ${typeName(value)}`)
    }
  }
  const { skippedTokens } = settings
  if (skippedTokens !== undefined && !(Array.isArray(skippedTokens) && skippedTokens.every(isString))) {
    throw new TypeError(`"settings.skippedTokens" expected a list of strings, got ${typeName(skippedTokens)}`)
  }
}

const isString = (value: unknown): boolean => typeof value === 'string'
