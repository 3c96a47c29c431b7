// What bad input gets: an error that names the file or the text, and what to do.

import { cpSync, existsSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { env, LogLevel } from '@huggingface/transformers'
import { describe, expect, it } from 'vitest'
import { createEncoder, type EncoderOptions, MODELS } from '../../../src/encode/index.js'
import { createStore } from '../../../src/store/index.js'
import { build, models } from './fixtures.js'
import { afterTest, copyOf, freshFolder } from './support.js'

const tiny = join(models, 'colbert')

/** The text of what a promise is rejected with. */
async function refusal(promise: Promise<unknown>): Promise<string> {
  try {
    await promise
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message}`
  }
  return 'nothing'
}

describe('a model', () => {
  it('that is no folder and no name', async () => {
    const folder = freshFolder()
    expect(await refusal(createEncoder({ model: join(folder, 'none') }))).toBe(
      `RangeError: "model" names a folder that is not there: ${folder}/none; a model's name is like colbert-ir/colbertv2.0`,
    )
    expect(await refusal(createEncoder({ model: 'colbert' }))).toBe(
      'RangeError: "model" expected a folder, or a name like colbert-ir/colbertv2.0, got "colbert"',
    )
    expect(await refusal(createEncoder({ model: join(tiny, 'model.onnx') }))).toBe(
      `RangeError: "model" expected a folder, got the file ${tiny}/model.onnx; give the folder that has config.json`,
    )
    expect(await refusal(createEncoder({ model: 'https://huggingface.co/colbert-ir/colbertv2.0' }))).toBe(
      'RangeError: "model" expected a folder, or a name like colbert-ir/colbertv2.0, got the address ' +
        'https://huggingface.co/colbert-ir/colbertv2.0; give the name alone',
    )
    expect(await refusal(createEncoder({ model: 7 as unknown as string }))).toBe(
      'TypeError: "model" expected the name or the folder of a model, got number',
    )
    expect(await refusal(createEncoder(undefined as unknown as EncoderOptions))).toBe(
      'TypeError: "options" expected an object with a "model", got undefined',
    )
  })

  it.each(['config.json', 'tokenizer.json'])('without %s', async file => {
    const folder = copyOf('colbert')
    rmSync(join(folder, file))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/${file} is not there; a model's folder has config.json, tokenizer.json and an ONNX file`,
    )
  })

  it.each(['config.json', 'tokenizer.json', 'tokenizer_config.json'])('with half of %s', async file => {
    const folder = copyOf('colbert')
    truncateSync(join(folder, file), 60)
    expect(await refusal(createEncoder({ model: folder }))).toMatch(
      new RegExp(
        `^RangeError: ${folder}/${file} is no JSON \\(.*\\): it may be half-downloaded; put the whole file there$`,
        's',
      ),
    )
  })

  it('with a file of another kind', async () => {
    const folder = copyOf('colbert')
    const path = `${folder}/tokenizer.json`
    writeFileSync(path, '[]')
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${path} expected an object; put the whole file there`,
    )
    writeFileSync(path, '{}')
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${path} is no tokenizer: it has no "model"`,
    )
    const whole = JSON.parse(readFileSync(`${tiny}/tokenizer.json`, 'utf8'))
    writeFileSync(path, JSON.stringify({ ...whole, normalizer: { type: 'Frobnicate' } }))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${path} has a normalizer of type "Frobnicate"; known are BertNormalizer, Lowercase, NFC, NFD, NFKC, ` +
        'NFKD, Nmt, Precompiled, Prepend, Replace, Sequence, Strip, StripAccents. Take another model, or encode elsewhere',
    )
  })

  it('without an ONNX file, or without the dtype that was asked for', async () => {
    const folder = copyOf('colbert')
    rmSync(join(folder, 'onnx'), { recursive: true })
    expect(await refusal(createEncoder({ model: folder, dtype: 'q8' }))).toBe(
      `RangeError: ${folder} has no ONNX file of dtype "q8": expected onnx/model_quantized.onnx or model_quantized.onnx, found model.onnx`,
    )
    rmSync(join(folder, 'model.onnx'))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder} has no ONNX file of dtype "fp32": expected onnx/model.onnx or model.onnx, found none`,
    )
  })

  it('with half of its ONNX file', async () => {
    const folder = copyOf('colbert')
    truncateSync(join(folder, 'model.onnx'), 20_000)
    expect(await refusal(createEncoder({ model: folder }))).toMatch(
      new RegExp(
        `^RangeError: ${folder}/model.onnx, 20000 bytes, cannot be loaded \\(.*\\): it may be no ONNX file or half-downloaded; put the whole file there$`,
        's',
      ),
    )
  })

  it('without the weights beside its ONNX file, or with half of them', async () => {
    const folder = copyOf('jina')
    truncateSync(join(folder, 'onnx/model.onnx_data'), 1000)
    const expected = new RegExp(
      `^RangeError: ${folder}/onnx/model.onnx, \\d+ bytes, cannot be loaded \\(.*\\): its weights, onnx/model.onnx_data, may be missing or half-downloaded; put the whole file there$`,
      's',
    )
    expect(await refusal(createEncoder({ model: folder }))).toMatch(expected)
    rmSync(join(folder, 'onnx/model.onnx_data'))
    expect(await refusal(createEncoder({ model: folder }))).toMatch(expected)
  })

  it('with the tokenizer of another', async () => {
    const folder = copyOf('colbert')
    cpSync(join(models, 'jina/tokenizer.json'), join(folder, 'tokenizer.json'))
    const { vocab_size } = JSON.parse(readFileSync(join(folder, 'config.json'), 'utf8'))
    expect(await refusal(createEncoder({ model: folder }))).toMatch(
      new RegExp(
        `^RangeError: ${folder}/tokenizer.json has ids up to \\d+, and config.json says that the model knows ${vocab_size}: they are of different models$`,
      ),
    )
    writeFileSync(join(folder, 'config.json'), '{}')
    expect(await refusal(createEncoder({ model: folder, settings: 'colbert-ir/colbertv2.0' }))).toBe(
      `RangeError: ${folder}/tokenizer.json has no "[MASK]", which queries are filled up with: it is not the tokenizer of such a model`,
    )
  })

  it.runIf(existsSync(join(build, 'minilm')))(
    'whose table is smaller than its vocabulary, which nothing says',
    async () => {
      const folder = freshFolder()
      cpSync(join(build, 'minilm'), folder, { recursive: true })
      const whole = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8'))
      whole.model.vocab['.'] = 40_000
      writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(whole))
      writeFileSync(join(folder, 'config.json'), '{}')
      // transformers.js prints what it throws
      const { logLevel } = env
      afterTest(() => Object.assign(env, { logLevel }))
      env.logLevel = LogLevel.NONE
      expect(await refusal(createEncoder({ model: folder }))).toMatch(
        /^Error: .*\/onnx\/model_quantized.onnx could not encode 1 x 3 tokens \(.*\); if the ids are beyond its table, tokenizer.json is of another model$/s,
      )
    },
  )

  it('whose graph is no text encoder', async () => {
    const folder = copyOf('colbert')
    rmSync(join(folder, 'onnx'), { recursive: true })
    cpSync(join(models, 'odd/pixels.onnx'), join(folder, 'model.onnx'))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/model.onnx takes "pixel_values", and a text encoder takes "input_ids", "attention_mask" and ` +
        'maybe "token_type_ids"; export the model for feature extraction',
    )
    cpSync(join(models, 'odd/pooled.onnx'), join(folder, 'model.onnx'))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/model.onnx gives "sentence_embedding" 1 x 1 for 1 x 4 tokens, and a row for each token is needed; ` +
        'export the model without pooling',
    )
  })

  it('whose graph takes one text at a time', async () => {
    const folder = copyOf('colbert')
    rmSync(join(folder, 'onnx'), { recursive: true })
    cpSync(join(models, 'odd/single.onnx'), join(folder, 'model.onnx'))
    const { logLevel } = env
    afterTest(() => Object.assign(env, { logLevel }))
    env.logLevel = LogLevel.NONE
    const encoder = await createEncoder({ model: folder })
    expect(await refusal(encoder.documents(['a', 'b']))).toMatch(
      /^Error: .*\/model.onnx could not encode 2 x 4 tokens \(.*\); export the model with a batch and a length that may vary; one that takes a single text at a time needs batchTokens: 1$/s,
    )
    await encoder.dispose()
    const single = await createEncoder({ model: folder, batchTokens: 1 })
    expect(await single.documents(['a', 'b'])).toHaveLength(2)
    await single.dispose()
  })

  it('whose rows are of another length than its settings say', async () => {
    expect(await refusal(createEncoder({ model: tiny, settings: MODELS['colbert-ir/colbertv2.0'] }))).toBe(
      `RangeError: ${tiny}/model.onnx gives rows of 2, expected "dim" 128: it is another model`,
    )
  })

  it('that takes no tokens, or does not say how many', async () => {
    const folder = copyOf('colbert')
    rmSync(join(folder, 'tokenizer_config.json'))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/tokenizer.json says nothing of how many tokens the model takes: set "model_max_length" in tokenizer_config.json`,
    )
    writeFileSync(join(folder, 'tokenizer_config.json'), '{"model_max_length": 3}')
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/tokenizer.json: a model of 3 tokens has no room for a text; check "model_max_length"`,
    )
  })
})

describe('an option', () => {
  it.each<[string, object, string]>([
    ['dtype', { dtype: 'int4' }, 'RangeError: "dtype" expected fp32, fp16, q8, got "int4"'],
    ['device', { device: 'tpu' }, 'RangeError: "device" expected cpu, wasm, webgpu, got "tpu"'],
    ['longText', { longText: 'warn' }, 'RangeError: "longText" expected cut, error, got "warn"'],
    ['emptyText', { emptyText: '' }, 'RangeError: "emptyText" expected error, encode, got ""'],
    ['batchTokens', { batchTokens: 0 }, 'RangeError: "batchTokens" expected a whole number from 1 on, got 0'],
    ['cacheDir', { cacheDir: 1 }, 'TypeError: "cacheDir" expected a string, got number'],
    [
      'that is none',
      { cacheDir: '/models' },
      'RangeError: unknown option "options.cache_dir"; valid options of createEncoder: model, settings, dtype, device, cacheDir, ' +
        'localFilesOnly, revision, longText, onTruncate, emptyText, batchTokens, onProgress, signal, transformers',
    ],
    [
      'localFilesOnly',
      { localFilesOnly: 'yes' },
      'TypeError: "localFilesOnly" expected true or false, got string',
    ],
    ['signal', { signal: 5 }, 'TypeError: "signal" expected an AbortSignal, got number'],
    ['onTruncate', { onTruncate: true }, 'TypeError: "onTruncate" expected a function, got boolean'],
    [
      'transformers',
      { transformers: {} },
      'TypeError: "transformers" expected the module @huggingface/transformers, got object without its AutoModel',
    ],
    [
      'settings that lack a part',
      { settings: { kind: 'colbert' } },
      `TypeError: "settings.normalizes" expected { query, document }, each true or false; spread one of MODELS, as { ...MODELS['colbert-ir/colbertv2.0'], queryLength: 64 }`,
    ],
    [
      'settings of another kind',
      { settings: { ...MODELS['colbert-ir/colbertv2.0'], kind: 'dense' } },
      `RangeError: "settings.kind" expected colbert, tokens, got "dense"; spread one of MODELS, as { ...MODELS['colbert-ir/colbertv2.0'], queryLength: 64 }`,
    ],
    [
      'settings with a marker that is no id',
      { settings: { ...MODELS['colbert-ir/colbertv2.0'], queryMarker: '[Q]' } },
      'RangeError: "settings.queryMarker" expected a whole number, got [Q]',
    ],
    [
      'settings',
      { settings: 'bert' },
      `RangeError: "settings" expected settings or one of ${Object.keys(MODELS).join(', ')}, got "bert"`,
    ],
  ])('%s', async (_, options, expected) => {
    expect(await refusal(createEncoder({ model: tiny, ...options } as EncoderOptions))).toBe(expected)
  })

  it('device, where the engine has no such', async () => {
    expect(await refusal(createEncoder({ model: tiny, device: 'wasm' }))).toMatch(
      /^RangeError: "device" "wasm" is not to be had here: Unsupported device: "wasm". Should be one of: .*cpu/,
    )
  })
})

describe('a text', () => {
  it('that is none, or empty, or too long', async () => {
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
      `TextError: "texts[1]" has no token in it: " \\n"; leave such texts out, or have emptyText: 'encode'`,
    )
    expect(await refusal(encoder.query(''))).toBe(
      `TextError: "text" has no token in it: ""; leave such texts out, or have emptyText: 'encode'`,
    )
    expect(await refusal(encoder.documents(['pool '.repeat(62)]))).toBe(
      `TextError: "texts[0]" has 62 tokens, and the model takes 61; cut it with split(), or have longText: 'cut'`,
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
      `RangeError: point 71: "texts[1]" has no token in it: ""; leave such texts out, or have emptyText: 'encode'`,
    )
    await store.close()
    await encoder.dispose()
    await encoder.dispose()
    expect(await refusal(encoder.query('a'))).toBe('Error: the encoder was disposed of; make another one')
  })
})
