// Tests errors for invalid input: each names the file, option or text, and a remedy.

import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env, LogLevel } from '@huggingface/transformers'
import { describe, expect, it } from 'vitest'
import { createEncoder, DisposedError, type EncoderOptions, MODELS } from '../../../src/encode/index.js'
import { createStore } from '../../../src/store/index.js'
import { build, models } from './fixtures.js'
import { afterTest, copyOf, freshFolder } from './support.js'

const tiny = join(models, 'colbert')
const OPTIONS =
  'model, settings, maxQueryTokens, maxDocumentTokens, queryPrompt, documentPrompt, dtype, device, cacheDir, localFilesOnly, revision, longText, onTruncate, emptyText, batchTokens, ' +
  'onProgress, signal, transformers'

/** The name and message of the error with which a promise is rejected. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  return 'nothing'
}

describe('createEncoder refuses', () => {
  it('a model that is neither a folder nor a name', async () => {
    const folder = freshFolder()
    expect(await refusal(createEncoder({ model: join(folder, 'none') }))).toBe(
      `RangeError: "model" expected a folder that exists, got ${folder}/none; a name is written as in colbert-ir/colbertv2.0`,
    )
    expect(await refusal(createEncoder({ model: 'colbert' }))).toBe(
      'RangeError: "model" expected a folder or a name such as colbert-ir/colbertv2.0, got "colbert"',
    )
    expect(await refusal(createEncoder({ model: join(tiny, 'model.onnx') }))).toBe(
      `RangeError: "model" expected a folder, got the file ${tiny}/model.onnx; pass the folder that contains config.json`,
    )
    expect(await refusal(createEncoder({ model: 'https://huggingface.co/colbert-ir/colbertv2.0' }))).toBe(
      'RangeError: "model" expected a folder or a name such as colbert-ir/colbertv2.0, got the URL ' +
        'https://huggingface.co/colbert-ir/colbertv2.0; pass only the name',
    )
    expect(await refusal(createEncoder({ model: 7 as unknown as string }))).toBe(
      'TypeError: "model" expected the name or the folder of a model, got number',
    )
    expect(await refusal(createEncoder(undefined as unknown as EncoderOptions))).toBe(
      `TypeError: "options" expected an object, got undefined; valid options of createEncoder: ${OPTIONS}`,
    )
    expect(await refusal(createEncoder({} as EncoderOptions))).toBe(
      'TypeError: "model" is required: a folder, or a name such as colbert-ir/colbertv2.0',
    )
  })

  it.each(['config.json', 'tokenizer.json'])('a model without %s', async file => {
    const folder = copyOf('colbert')
    rmSync(join(folder, file))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/${file} does not exist; a model needs config.json, tokenizer.json and an ONNX file`,
    )
  })

  it.each(['config.json', 'tokenizer.json', 'tokenizer_config.json'])(
    'a model with half of %s',
    async file => {
      const folder = copyOf('colbert')
      truncateSync(join(folder, file), 60)
      expect(await refusal(createEncoder({ model: folder }))).toMatch(
        new RegExp(
          `^RangeError: ${folder}/${file} is not valid JSON \\(.*\\), maybe because its download was interrupted; replace it by a complete file$`,
          's',
        ),
      )
    },
  )

  it('a tokenizer.json with other contents', async () => {
    const folder = copyOf('colbert')
    const path = `${folder}/tokenizer.json`
    writeFileSync(path, '[]')
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${path} expected an object; replace it by a complete file`,
    )
    writeFileSync(path, '{}')
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${path} is not a tokenizer: it has no "model"`,
    )
    const whole = JSON.parse(readFileSync(`${tiny}/tokenizer.json`, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...whole, normalizer: { type: 'Frobnicate' } }))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${path} has a normalizer of type "Frobnicate"; supported types: BertNormalizer, ByteLevel, Lowercase, NFC, NFD, NFKC, ` +
        'NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip, StripAccents; use another model',
    )
  })

  it('a model without an ONNX file, or without the requested dtype', async () => {
    const folder = copyOf('colbert')
    rmSync(join(folder, 'onnx'), { recursive: true })
    expect(await refusal(createEncoder({ model: folder, dtype: 'q8' }))).toBe(
      `RangeError: ${folder} has no ONNX file of dtype "q8": expected onnx/model_quantized.onnx or model_quantized.onnx or onnx/model_int8.onnx or model_int8.onnx or onnx/model_uint8.onnx or model_uint8.onnx, found model.onnx`,
    )
    rmSync(join(folder, 'model.onnx'))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder} has no ONNX file of dtype "fp32": expected onnx/model.onnx or model.onnx, found none`,
    )
  })

  it('a model with half of its ONNX file', async () => {
    const folder = copyOf('colbert')
    truncateSync(join(folder, 'model.onnx'), 20_000)
    expect(await refusal(createEncoder({ model: folder }))).toMatch(
      new RegExp(
        `^RangeError: ${folder}/model.onnx, 20000 bytes, cannot be loaded \\(.*\\): it may be incomplete or not an ONNX file; replace it by a complete file$`,
        's',
      ),
    )
  })

  it('a model with missing or incomplete weights beside its ONNX file', async () => {
    const folder = copyOf('jina')
    truncateSync(join(folder, 'onnx/model.onnx_data'), 1000)
    const expected = new RegExp(
      `^RangeError: ${folder}/onnx/model.onnx cannot be loaded \\(.*\\): its weights are in a second file, which is missing or incomplete; put the complete file beside it$`,
      's',
    )
    expect(await refusal(createEncoder({ model: folder }))).toMatch(expected)
    rmSync(join(folder, 'onnx/model.onnx_data'))
    expect(await refusal(createEncoder({ model: folder }))).toMatch(expected)
  })

  it('the tokenizer of another model', async () => {
    const folder = copyOf('colbert')
    cpSync(join(models, 'jina/tokenizer.json'), join(folder, 'tokenizer.json'))
    const { vocab_size } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))
    expect(await refusal(createEncoder({ model: folder }))).toMatch(
      new RegExp(
        `^RangeError: ${folder}/tokenizer.json has ids up to \\d+, but "vocab_size" in config.json is ${vocab_size}; the files belong to different models$`,
      ),
    )
    writeFileSync(join(folder, 'config.json'), '{}')
    expect(await refusal(createEncoder({ model: folder, settings: 'colbert-ir/colbertv2.0' }))).toBe(
      `RangeError: ${folder}/tokenizer.json has no token "[MASK]", which fills up queries; use the tokenizer of this model, or other "settings"`,
    )
  })

  it.runIf(existsSync(join(build, 'minilm')))(
    'a model whose embedding table is smaller than its vocabulary',
    async () => {
      const folder = freshFolder()
      cpSync(join(build, 'minilm'), folder, { recursive: true })
      const whole = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'))
      whole.model.vocab['.'] = 40_000
      writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(whole))
      writeFileSync(join(folder, 'config.json'), '{}')
      // transformers.js also prints the errors that it throws
      const { logLevel } = env
      afterTest(() => Object.assign(env, { logLevel }))
      env.logLevel = LogLevel.NONE
      expect(await refusal(createEncoder({ model: folder }))).toMatch(
        /^Error: .*\/onnx\/model_quantized.onnx could not encode 1 x 3 tokens \(.*\); if ids exceed its embedding table, tokenizer.json belongs to another model; if there are more tokens than the model accepts, lower maxQueryTokens or maxDocumentTokens$/s,
      )
    },
  )

  it('a model that is not a text encoder', async () => {
    const folder = copyOf('colbert')
    rmSync(join(folder, 'onnx'), { recursive: true })
    cpSync(join(models, 'odd/pixels.onnx'), join(folder, 'model.onnx'))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/model.onnx expected the inputs "input_ids", "attention_mask" and optionally "token_type_ids" of a ` +
        'text encoder, got "pixel_values"; export the model for feature extraction',
    )
    cpSync(join(models, 'odd/pooled.onnx'), join(folder, 'model.onnx'))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/model.onnx expected an output with a row for each of 1 x 4 tokens, got "sentence_embedding" of ` +
        '1 x 1; export the model without pooling',
    )
  })

  it('several texts at a time if the model takes only one', async () => {
    const folder = copyOf('colbert')
    rmSync(join(folder, 'onnx'), { recursive: true })
    cpSync(join(models, 'odd/single.onnx'), join(folder, 'model.onnx'))
    const { logLevel } = env
    afterTest(() => Object.assign(env, { logLevel }))
    env.logLevel = LogLevel.NONE
    const encoder = await createEncoder({ model: folder })
    expect(await refusal(encoder.documents(['a', 'b']))).toMatch(
      /^Error: .*\/model.onnx could not encode 2 x 4 tokens \(.*\); export the model with dynamic batch size and length; a model for one text at a time needs batchTokens: 1$/s,
    )
    await encoder.dispose()
    const single = await createEncoder({ model: folder, batchTokens: 1 })
    expect(await single.documents(['a', 'b'])).toHaveLength(2)
    await single.dispose()
  })

  it('a model whose rows have another dim than in its settings', async () => {
    expect(await refusal(createEncoder({ model: tiny, settings: MODELS['colbert-ir/colbertv2.0'] }))).toBe(
      `RangeError: ${tiny}/model.onnx expected rows of dim 128, as in its settings, got 2; it is another model`,
    )
  })

  it('a model that accepts too few tokens, or does not define how many', async () => {
    const folder = copyOf('colbert')
    rmSync(join(folder, 'tokenizer_config.json'))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/tokenizer.json does not define how many tokens the model accepts; set "model_max_length" in tokenizer_config.json`,
    )
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"model_max_length": 3}')
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/tokenizer.json: a maximum of 3 tokens leaves no room for a text; check the lengths in the model's files`,
    )
  })
})

describe('createEncoder refuses', () => {
  it.each<[string, object, string]>([
    [
      'an unknown dtype',
      { dtype: 'int4' },
      'RangeError: "dtype" expected one of fp32, fp16, q8, int8, uint8, got "int4"',
    ],
    [
      'an unknown device',
      { device: 'tpu' },
      'RangeError: "device" expected one of cpu, wasm, webgpu, got "tpu"',
    ],
    [
      'an unknown value of longText',
      { longText: 'warn' },
      'RangeError: "longText" expected one of cut, windows, error, got "warn"',
    ],
    [
      'an unknown value of emptyText',
      { emptyText: '' },
      'RangeError: "emptyText" expected one of error, encode, got ""',
    ],
    [
      'zero batchTokens',
      { batchTokens: 0 },
      'RangeError: "batchTokens" expected a whole number of at least 1, got 0',
    ],
    ['a number as cacheDir', { cacheDir: 1 }, 'TypeError: "cacheDir" expected a string, got number'],
    ['an empty revision', { revision: '' }, 'TypeError: "revision" expected a string, got an empty string'],
    [
      'an unknown option',
      { cache_dir: '/models' },
      `RangeError: unknown option "options.cache_dir"; valid options of createEncoder: ${OPTIONS}`,
    ],
    [
      'a string as localFilesOnly',
      { localFilesOnly: 'yes' },
      'TypeError: "localFilesOnly" expected true or false, got string',
    ],
    ['a number as signal', { signal: 5 }, 'TypeError: "signal" expected an AbortSignal, got number'],
    [
      'a boolean as onTruncate',
      { onTruncate: true },
      'TypeError: "onTruncate" expected a function, got boolean',
    ],
    [
      'a module without AutoModel',
      { transformers: {} },
      'TypeError: "transformers" expected the module @huggingface/transformers, got object without AutoModel',
    ],
    [
      'incomplete settings',
      { settings: { type: 'colbert' } },
      `TypeError: "settings.normalizes" expected { query, document }, each true or false; extend one of MODELS: { ...MODELS['colbert-ir/colbertv2.0'], queryLength: 64 }`,
    ],
    [
      'settings of another type',
      { settings: { ...MODELS['colbert-ir/colbertv2.0'], type: 'dense' } },
      `RangeError: "settings.type" expected colbert or tokens, got "dense"; extend one of MODELS: { ...MODELS['colbert-ir/colbertv2.0'], queryLength: 64 }`,
    ],
    [
      'settings with a marker that is not an id',
      { settings: { ...MODELS['colbert-ir/colbertv2.0'], queryMarker: '[Q]' } },
      'TypeError: "settings.queryMarker" expected a number, got string',
    ],
    [
      'settings of an unknown model',
      { settings: 'bert' },
      `RangeError: "settings" expected an object or one of ${Object.keys(MODELS).join(', ')}, got "bert"`,
    ],
  ])('%s', async (_, options, expected) => {
    expect(await refusal(createEncoder({ model: tiny, ...options } as EncoderOptions))).toBe(expected)
  })

  it('a device that the engine does not have', async () => {
    expect(await refusal(createEncoder({ model: tiny, device: 'wasm' }))).toMatch(
      /^RangeError: "device" "wasm" is not available: Unsupported device: "wasm". Should be one of: .*cpu/,
    )
  })
})

describe('an encoder refuses', () => {
  it('texts that are not strings, empty or too long, and all calls after dispose', async () => {
    const encoder = await createEncoder({ model: tiny, longText: 'error' })
    expect(await refusal(encoder.query(null as unknown as string))).toBe(
      'TypeError: "text" expected a string, got null',
    )
    expect(await refusal(encoder.documents('text' as unknown as string[]))).toBe(
      'TypeError: "texts" expected an array of strings, got string',
    )
    expect(await refusal(encoder.documents(['a', 7 as unknown as string]))).toBe(
      'TypeError: "texts[1]" expected a string, got number',
    )
    expect(await refusal(encoder.documents(['a', ' \n']))).toBe(
      `TextError: "texts[1]" has no tokens: " \\n"; remove such texts, or pass emptyText: 'encode' to createEncoder`,
    )
    expect(await refusal(encoder.query(''))).toBe(
      `TextError: "text" has no tokens: ""; remove such texts, or pass emptyText: 'encode' to createEncoder`,
    )
    expect(await refusal(encoder.documents(['pool '.repeat(62)]))).toBe(
      `TextError: "texts[0]" has 62 tokens, more than the 61 that the model accepts; pass longText: 'windows' to createEncoder ` +
        `to encode all of it, or 'cut' for its beginning`,
    )
    expect((await encoder.documents(['pool '.repeat(61)]))[0]!.tokens).toHaveLength(64)
    expect(await refusal(encoder.query('a', { sginal: undefined } as object))).toBe(
      'RangeError: unknown option "options.sginal"; valid options of query: signal',
    )
    expect(await refusal(encoder.documents(['a'], { onProgress: 5 as never }))).toBe(
      'TypeError: "onProgress" expected a function, got number',
    )
    const store = await createStore({ vectors: { colbert: { size: encoder.dim, distance: 'Dot' } }, encoder })
    const points = ['pool', ''].map((text, i) => ({ id: 70 + i, vector: { colbert: { text } } }))
    expect(await refusal(store.upsert(points))).toBe(
      `RangeError: point 71: "texts[1]" has no tokens: ""; remove such texts, or pass emptyText: 'encode' to createEncoder`,
    )
    await store.close()
    await encoder.dispose()
    await encoder.dispose()
    const disposed = 'DisposedError: "encoder" was disposed; create a new one with createEncoder()'
    expect(await refusal(encoder.query('a'))).toBe(disposed)
    expect(await refusal(encoder.documents([]))).toBe(disposed)
    expect(() => encoder.split('a')).toThrow(DisposedError)
  })
})
