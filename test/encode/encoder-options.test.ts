// The options of createEncoder: their defaults, and the error for each value that is not valid.

import { beforeEach, expect, it, vi } from 'vitest'
import { type EncoderOptions, MODELS } from '../../src/encode/index.js'
import { parseEncoderOptions } from '../../src/encode/model/model-options.js'

beforeEach(() => {
  for (const name of ['HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE']) vi.stubEnv(name, '')
  return () => void vi.unstubAllEnvs()
})

const defaults = {
  dtype: undefined,
  device: undefined,
  cacheDir: undefined,
  localFilesOnly: false,
  forbiddenBy: '"localFilesOnly"',
  revision: 'main',
  longText: 'cut',
  onTruncate: undefined,
  emptyText: 'error',
  batchTokens: 512,
  replaced: {},
  settings: undefined,
  signal: undefined,
  onProgress: undefined,
}

it('the options have their defaults', () => {
  expect(parseEncoderOptions({ model: 'a/b' })).toEqual(defaults)
})

it('every option that is given replaces its default', () => {
  const { signal } = new AbortController()
  const [onTruncate, onProgress] = [() => undefined, () => undefined]
  const settings = { ...MODELS['colbert-ir/colbertv2.0']!, queryLength: 64 }
  const given = {
    dtype: 'q8',
    device: 'webgpu',
    cacheDir: '/cache',
    localFilesOnly: true,
    revision: 'v2',
    longText: 'windows',
    onTruncate,
    emptyText: 'encode',
    batchTokens: 7,
    settings,
    signal,
    onProgress,
  } as const
  const replaced = { maxQueryTokens: 1, maxDocumentTokens: 2, queryPrompt: 'q: ', documentPrompt: '' }
  expect(parseEncoderOptions({ model: 'a/b', ...given, ...replaced })).toEqual({
    ...defaults,
    ...given,
    replaced,
  })
})

it('a variable of the environment forbids downloads, unless the option says otherwise', () => {
  vi.stubEnv('TRANSFORMERS_OFFLINE', '1')
  const forbidden = { ...defaults, localFilesOnly: true, forbiddenBy: 'TRANSFORMERS_OFFLINE' }
  expect(parseEncoderOptions({ model: 'a/b' })).toEqual(forbidden)
  expect(parseEncoderOptions({ model: 'a/b', localFilesOnly: false })).toEqual(defaults)
  expect(parseEncoderOptions({ model: 'a/b', localFilesOnly: true })).toEqual({
    ...defaults,
    localFilesOnly: true,
  })
})

it('the settings of a known model are used without its dim', () => {
  const { dim, ...rest } = MODELS['colbert-ir/colbertv2.0']!
  expect(dim).toBe(128)
  expect(parseEncoderOptions({ model: 'a', settings: 'ColBERT-IR/colbertv2.0' }).settings).toEqual(rest)
})

const OPTIONS =
  'model, settings, maxQueryTokens, maxDocumentTokens, queryPrompt, documentPrompt, dtype, device, cacheDir, localFilesOnly, ' +
  'revision, longText, onTruncate, emptyText, batchTokens, onProgress, signal, transformers'
const remedy = "extend one of MODELS: { ...MODELS['colbert-ir/colbertv2.0'], queryLength: 64 }"
const wholeNumber = (name: string, min: number) => `"${name}" expected a whole number of at least ${min}, got`
const base = MODELS['colbert-ir/colbertv2.0']!
const normalizes = `"settings.normalizes" expected { query, document }, each true or false; ${remedy}`

it.each<[options: object, error: Error]>([
  [
    { modle: 'a' },
    new RangeError(`unknown option "options.modle"; valid options of createEncoder: ${OPTIONS}`),
  ],
  [{ dtype: 'int4' }, new RangeError('"dtype" expected one of fp32, fp16, q8, int8, uint8, got "int4"')],
  [{ device: 'tpu' }, new RangeError('"device" expected one of cpu, wasm, webgpu, got "tpu"')],
  [{ longText: 'warn' }, new RangeError('"longText" expected one of cut, windows, error, got "warn"')],
  [{ emptyText: '' }, new RangeError('"emptyText" expected one of error, encode, got ""')],
  [{ batchTokens: 0 }, new RangeError(`${wholeNumber('batchTokens', 1)} 0`)],
  [{ maxQueryTokens: 0 }, new RangeError(`${wholeNumber('maxQueryTokens', 1)} 0`)],
  [{ maxDocumentTokens: 1.5 }, new RangeError(`${wholeNumber('maxDocumentTokens', 1)} 1.5`)],
  [{ maxDocumentTokens: '9' }, new TypeError('"maxDocumentTokens" expected a number, got string')],
  [{ queryPrompt: 5 }, new TypeError('"queryPrompt" expected a string, got number')],
  [{ documentPrompt: null }, new TypeError('"documentPrompt" expected a string, got null')],
  [{ cacheDir: 1 }, new TypeError('"cacheDir" expected a string, got number')],
  [{ cacheDir: '' }, new TypeError('"cacheDir" expected a string, got an empty string')],
  [{ revision: '' }, new TypeError('"revision" expected a string, got an empty string')],
  [{ localFilesOnly: 'yes' }, new TypeError('"localFilesOnly" expected true or false, got string')],
  [{ signal: 5 }, new TypeError('"signal" expected an AbortSignal, got number')],
  [{ onTruncate: true }, new TypeError('"onTruncate" expected a function, got boolean')],
  [{ onProgress: {} }, new TypeError('"onProgress" expected a function, got object')],
  ...[{}, null, { AutoModel: {} }].map((transformers): [object, Error] => [
    { transformers },
    new TypeError(
      `"transformers" expected the module @huggingface/transformers, got ${transformers ? 'object' : 'null'} without AutoModel`,
    ),
  ]),
  [
    { settings: 'bert' },
    new RangeError(`"settings" expected an object or one of ${Object.keys(MODELS).join(', ')}, got "bert"`),
  ],
  [{ settings: null }, new TypeError('"settings" expected an object or the name of a model, got null')],
  [{ settings: [base] }, new TypeError('"settings" expected an object or the name of a model, got array')],
  [
    { settings: { ...base, type: 'dense' } },
    new RangeError(`"settings.type" expected colbert or tokens, got "dense"; ${remedy}`),
  ],
  ...[undefined, true, { query: true }, { document: true }, { query: 1, document: true }].map(
    (value): [object, Error] => [{ settings: { ...base, normalizes: value } }, new TypeError(normalizes)],
  ),
  ...['dim', 'queryMarker', 'documentMarker', 'queryLength', 'maxQueryTokens', 'maxDocumentTokens'].map(
    (name): [object, Error] => [
      { settings: { ...base, [name]: '[Q]' } },
      new TypeError(`"settings.${name}" expected a number, got string`),
    ],
  ),
  ...['queryPrompt', 'documentPrompt'].map((name): [object, Error] => [
    { settings: { ...base, [name]: 5 } },
    new TypeError(`"settings.${name}" expected a string, got number`),
  ]),
  [
    { settings: { ...base, skippedTokens: '.' } },
    new TypeError('"settings.skippedTokens" expected a list of strings, got string'),
  ],
  [
    { settings: { ...base, skippedTokens: ['.', 5] } },
    new TypeError('"settings.skippedTokens" expected a list of strings, got array'),
  ],
])('createEncoder refuses %j', (options, error) => {
  expect(() => parseEncoderOptions({ model: 'a/b', ...options } as EncoderOptions)).toThrow(error)
})

it('createEncoder refuses options without a model', () => {
  expect(() => parseEncoderOptions({} as EncoderOptions)).toThrow(
    new TypeError('"model" is required: a folder, or a name such as colbert-ir/colbertv2.0'),
  )
  expect(() => parseEncoderOptions(undefined as never)).toThrow(
    new TypeError(`"options" expected an object, got undefined; valid options of createEncoder: ${OPTIONS}`),
  )
})
