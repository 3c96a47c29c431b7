// What createEncoder is asked, checked.

import { checkKnownOptions } from '../../base/check-options.js'
import { typeName } from '../../base/type-name.js'
import { MODELS, type ModelDtype, type ModelSettings, settingsOf } from './known-models.js'
import type { DownloadProgress } from './model-location.js'
import type { ModelDevice } from './model-session.js'
import type { Transformers } from './transformers.js'

/** A text that was longer than its model. */
export interface Truncation {
  /** Index of the document; undefined for a query. */
  readonly index: number | undefined
  /** Tokens that the text has, and how many of them were encoded; special ones are not counted. */
  readonly tokens: number
  readonly kept: number
}

export interface EncoderOptions {
  /**
   * A folder with config.json, tokenizer.json and an ONNX file; or a model's name on the Hugging Face hub, such as
   * colbert-ir/colbertv2.0, which asks for its download, once, into the cache folder.
   */
  readonly model: string
  /** How the model is used, where its name does not say it: settings, or the name of one of `MODELS`. */
  readonly settings?: ModelSettings | string | undefined
  /** Which weights; left out: fp32, or the only ONNX file that a folder has. */
  readonly dtype?: ModelDtype | undefined
  /** Where it computes; left out: `cpu` in Node, `wasm` in a browser. */
  readonly device?: ModelDevice | undefined
  /** Where downloads are kept (Node only); left out: the folder of transformers.js. */
  readonly cacheDir?: string | undefined
  /** Downloads nothing: what is not in the cache is an error. */
  readonly localFilesOnly?: boolean | undefined
  /** The version on the hub: a branch, a tag or a commit; left out: main. */
  readonly revision?: string | undefined
  /**
   * What becomes of a text that is longer than its model: `warn` cuts it and calls `onTruncate`, `error` refuses it.
   * `split` of an encoder cuts such texts into windows.
   */
  readonly longText?: 'cut' | 'error' | undefined
  readonly onTruncate?: ((truncation: Truncation) => void) | undefined
  /**
   * What becomes of a text without any token, as '' and ' ': `error` refuses it, `encode` gives the rows of its special
   * tokens, as FastEmbed does.
   */
  readonly emptyText?: 'error' | 'encode' | undefined
  /** The most tokens encoded at a time, padding included: a bound on memory. Left out: 8,192. */
  readonly batchTokens?: number | undefined
  /** Called while files are downloaded. */
  readonly onProgress?: ((progress: DownloadProgress) => void) | undefined
  /** Gives loading up. */
  readonly signal?: AbortSignal | undefined
  /** The module @huggingface/transformers, where it cannot be imported by that name. */
  readonly transformers?: Transformers | undefined
}

export interface CheckedOptions {
  readonly dtype: ModelDtype | undefined
  readonly device: ModelDevice | undefined
  readonly cacheDir: string | undefined
  readonly localFilesOnly: boolean
  readonly revision: string
  readonly longText: 'cut' | 'error'
  readonly emptyText: 'error' | 'encode'
  readonly batchTokens: number
  /** Undefined: to be found out. */
  readonly settings: ModelSettings | undefined
  readonly signal: AbortSignal | undefined
  readonly onProgress: ((progress: DownloadProgress) => void) | undefined
}

const known: readonly (keyof EncoderOptions)[] = [
  'model',
  'settings',
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

/** @throws TypeError, RangeError where an option is not what it can be */
export function parseEncoderOptions(options: EncoderOptions): CheckedOptions {
  if (typeof options !== 'object' || options === null) {
    throw new TypeError(`"options" expected an object with a "model", got ${typeName(options)}`)
  }
  checkKnownOptions(options, known, 'createEncoder')
  const { batchTokens = 8192, localFilesOnly = false, transformers } = options
  if (!Number.isInteger(batchTokens) || batchTokens < 1) {
    throw new RangeError(`"batchTokens" expected a whole number from 1 on, got ${String(batchTokens)}`)
  }
  // anything else taken for false would download what was to stay where it is
  if (typeof localFilesOnly !== 'boolean') {
    throw new TypeError(`"localFilesOnly" expected true or false, got ${typeName(localFilesOnly)}`)
  }
  if (transformers !== undefined && typeof transformers?.AutoModel?.from_pretrained !== 'function') {
    throw new TypeError(
      `"transformers" expected the module @huggingface/transformers, got ${typeName(transformers)} without its AutoModel`,
    )
  }
  checkEncodeSignal(options.signal)
  checkFunction(options.onProgress, 'onProgress')
  checkFunction(options.onTruncate, 'onTruncate')
  return {
    dtype: oneOf('dtype', options.dtype, ['fp32', 'fp16', 'q8'], undefined),
    device: oneOf('device', options.device, ['cpu', 'wasm', 'webgpu'], undefined),
    cacheDir: textOption('cacheDir', options.cacheDir, undefined),
    localFilesOnly,
    revision: textOption('revision', options.revision, 'main'),
    longText: oneOf('longText', options.longText, ['cut', 'error'], 'cut'),
    emptyText: oneOf('emptyText', options.emptyText, ['error', 'encode'], 'error'),
    batchTokens,
    settings: parseSettings(options.settings),
    signal: options.signal,
    onProgress: options.onProgress,
  }
}

/** @throws TypeError where it is no signal */
export function checkEncodeSignal(signal: unknown): void {
  if (signal === undefined || typeof (signal as Partial<AbortSignal> | null)?.throwIfAborted === 'function')
    return
  throw new TypeError(`"signal" expected an AbortSignal, got ${typeName(signal)}`)
}

/** @throws TypeError where it is neither left out nor a function */
export function checkFunction(value: unknown, name: string): void {
  if (value === undefined || typeof value === 'function') return
  throw new TypeError(`"${name}" expected a function, got ${typeName(value)}`)
}

function oneOf<const T extends string, const D>(
  name: string,
  value: unknown,
  known: readonly T[],
  otherwise: D,
): T | D {
  if (value === undefined) return otherwise
  if (known.includes(value as T)) return value as T
  throw new RangeError(`"${name}" expected ${known.join(', ')}, got ${JSON.stringify(value)}`)
}

function textOption<D extends string | undefined>(name: string, value: unknown, otherwise: D): string | D {
  if (value === undefined) return otherwise
  if (typeof value === 'string' && value !== '') return value
  throw new TypeError(`"${name}" expected a string, got ${value === '' ? 'an empty one' : typeName(value)}`)
}

function parseSettings(settings: ModelSettings | string | undefined): ModelSettings | undefined {
  if (settings === undefined) return undefined
  if (typeof settings === 'string') {
    const found = settingsOf(settings)
    if (!found) {
      throw new RangeError(
        `"settings" expected settings or one of ${Object.keys(MODELS).join(', ')}, got ${JSON.stringify(settings)}`,
      )
    }
    // a model of that make may have rows of another length
    const { dim: _, ...rest } = found
    return rest
  }
  if (typeof settings !== 'object' || settings === null || Array.isArray(settings)) {
    throw new TypeError(`"settings" expected an object or a model's name, got ${typeName(settings)}`)
  }
  checkSettings(settings)
  return settings
}

/** What settings cannot do without, and what each must be. */
function checkSettings(settings: ModelSettings): void {
  const remedy = "spread one of MODELS, as { ...MODELS['colbert-ir/colbertv2.0'], queryLength: 64 }"
  const { kind, normalizes } = settings
  if (kind !== 'colbert' && kind !== 'tokens') {
    throw new RangeError(`"settings.kind" expected colbert, tokens, got ${JSON.stringify(kind)}; ${remedy}`)
  }
  if (typeof normalizes?.query !== 'boolean' || typeof normalizes.document !== 'boolean') {
    throw new TypeError(`"settings.normalizes" expected { query, document }, each true or false; ${remedy}`)
  }
  for (const name of ['dim', 'queryMarker', 'documentMarker', 'queryLength'] as const) {
    const value = settings[name]
    if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) continue
    throw new RangeError(`"settings.${name}" expected a whole number, got ${String(value)}`)
  }
}
