// The model encoder on a fake of transformers.js, whose model returns for each token the row [id + 1, position, attention].
// So each row shows where it comes from. test/encode/models runs real models.

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { inspect } from 'node:util'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest'
import {
  createEncoder,
  DisposedError,
  type Encoded,
  type EncoderOptions,
  MODELS,
  type ModelEncoder,
  type ModelSettings,
  TextError,
  type Truncation,
} from '../../src/encode/index.js'
import { openBrowserCache } from '../../src/encode/model/files/hub-download.js'
import { checkConsistency } from '../../src/encode/model/files/model-consistency.js'
import { guessSettings, settingsOf, TOKEN_ROWS } from '../../src/encode/model/known-models.js'
import { planBatches } from '../../src/encode/model/plan-batches.js'
import { toUnitLength } from '../../src/encode/model/token-rows.js'
import type {
  LoadingOptions,
  ModelTensor,
  TransformersEnvironment,
} from '../../src/encode/model/transformers.js'
import { readTokenizer, type Tokenizer } from '../../src/encode/tokenizer/tokenizer.js'

const words = [
  '[PAD]',
  '[unused0]',
  '[unused1]',
  '[CLS]',
  '[SEP]',
  '[MASK]',
  '[UNK]',
  'a',
  'b',
  '.',
  'c',
  ',',
]
const special = (id: number) => ({ id, content: words[id]!, special: true, normalized: false })
const tokenizerJson = {
  model: {
    type: 'WordPiece',
    vocab: Object.fromEntries(words.map((word, id) => [word, id])),
    continuing_subword_prefix: '##',
  },
  added_tokens: [0, 3, 4, 5].map(special),
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: { type: 'BertProcessing', cls: ['[CLS]', 3], sep: ['[SEP]', 4] },
}
const files: Readonly<Record<string, object>> = {
  'config.json': { architectures: ['HF_ColBERT'], vocab_size: 12, pad_token_id: 0 },
  'tokenizer.json': tokenizerJson,
  'tokenizer_config.json': { model_max_length: 12 },
}

const root = mkdtempSync(join(tmpdir(), 'maxsimd-model-'))
afterAll(() => rmSync(root, { recursive: true }))
let folders = 0

/** Writes a model into a new folder below `parent`. Its ONNX file is empty. */
function writeModel(
  changes: Readonly<Record<string, object>> = {},
  onnx = 'model.onnx',
  name?: string,
): string {
  const folder = join(root, name ?? `model-${folders++}`)
  mkdirSync(join(folder, onnx, '..'), { recursive: true })
  for (const [file, json] of Object.entries({ ...files, ...changes })) {
    writeFileSync(join(folder, file), JSON.stringify(json))
  }
  writeFileSync(join(folder, onnx), '')
  return folder
}

interface FakeOptions {
  readonly inputNames?: readonly string[]
  /** The type of the model's inputs. */
  readonly inputType?: string
  /** Converts the rows that the model returns. */
  readonly output?: (rows: Float32Array) => { readonly type: string; readonly data: unknown }
  /** Outputs before that of the rows, with numbers of this dim. */
  readonly othersOfDim?: number
}

/** The runs and loads of a fake, and how often it was disposed of. */
let runs: { ids: number[][]; attention: number[][]; inputs: Readonly<Record<string, ModelTensor>> }[] = []
let loads: { model: string; options: LoadingOptions }[] = []
let disposals = 0
beforeEach(() => {
  runs = []
  loads = []
  disposals = 0
})

const sequencesOf = ({ dims, data }: ModelTensor): number[][] => {
  const numbers = Array.from(data as BigInt64Array, Number)
  const [count, length] = [dims[0]!, dims[1]!]
  return Array.from({ length: count }, (_, i) => numbers.slice(i * length, (i + 1) * length))
}

function fakeTransformers({ inputNames, inputType = 'int64', output, othersOfDim }: FakeOptions = {}) {
  const names = inputNames ?? ['input_ids', 'attention_mask']
  const run = async (inputs: Readonly<Record<string, ModelTensor>>) => {
    const ids = sequencesOf(inputs.input_ids!)
    const attention = inputs.attention_mask ? sequencesOf(inputs.attention_mask) : ids
    runs.push({ ids, attention, inputs })
    const rows = Float32Array.from(
      ids.flatMap((sequence, i) => sequence.flatMap((id, at) => [id + 1, at, attention[i]![at]!])),
    )
    const { type, data } = output?.(rows) ?? { type: 'float32', data: rows }
    const { dims } = inputs.input_ids!
    const other = othersOfDim && {
      pooled: { type, dims: [dims[0]!, 3], data },
      hidden: { type, dims: [...dims, othersOfDim], data: new Float32Array(rows.length * othersOfDim) },
    }
    return { ...other, last_hidden_state: { type, dims: [...dims, 3], data } }
  }
  const session = {
    inputNames: names,
    outputNames: [...(othersOfDim ? ['pooled', 'hidden'] : []), 'last_hidden_state'],
    inputMetadata: names.map(name => ({ name, type: inputType })),
  }
  const dispose = async () => {
    disposals++
  }
  return {
    AutoModel: {
      async from_pretrained(model: string, options: LoadingOptions) {
        loads.push({ model, options })
        return Object.assign(run, { sessions: { model: session }, dispose })
      },
    },
    Tensor: class {
      constructor(
        readonly type: string,
        readonly data: unknown,
        readonly dims: number[],
      ) {}
    },
    env: {
      version: '4.0.0',
      allowRemoteModels: true,
      remoteHost: 'https://hub.invalid/',
      remotePathTemplate: '{model}/resolve/{revision}/',
      localModelPath: join(root, 'local'),
      cacheDir: null,
    },
  }
}

const folder = writeModel()
const open = (options: Partial<EncoderOptions> = {}, fake: FakeOptions = {}) =>
  createEncoder({ model: folder, transformers: fakeTransformers(fake) as never, ...options })

/** The id and the position of each row, whatever its length. */
const origins = ({ data, dim, tokens }: Encoded) =>
  tokens.map((token, i) => {
    const [id, at, attention] = data.subarray(i * dim, (i + 1) * dim)
    const scale = attention === 0 ? 1 : attention!
    return [token.text, Math.round(id! / scale) - 1, Math.round(at! / scale)]
  })

describe('a query of a ColBERT model', () => {
  it('is filled up with mask tokens to 32 rows, which are as the model returns them', async () => {
    const encoder = await open()
    expect([encoder.type, encoder.dim, encoder.maxTokens, encoder.model]).toEqual(['colbert', 3, 9, folder])
    const query = await encoder.query('a b.')
    const ids = [3, 1, 7, 8, 9, 4, ...Array(26).fill(5)]
    expect(runs.at(-1)).toMatchObject({
      ids: [ids],
      attention: [[1, 1, 1, 1, 1, 1, ...Array(26).fill(0)]],
    })
    expect([...query.data]).toEqual(ids.flatMap((id, at) => [id + 1, at, at < 6 ? 1 : 0]))
    expect(query.tokens.slice(0, 7)).toEqual([
      { text: '[CLS]', start: 0, end: 0, special: true },
      { text: '[unused0]', start: 0, end: 0, special: true },
      { text: 'a', start: 0, end: 1 },
      { text: 'b', start: 2, end: 3 },
      { text: '.', start: 3, end: 4 },
      { text: '[SEP]', start: 4, end: 4, special: true },
      { text: '[MASK]', start: 4, end: 4, special: true },
    ])
    expect(query).toMatchObject({ dim: 3, unknown: [] })
    expect(query).not.toHaveProperty('truncated')
  })

  it('has the rows of the output with the dim of its settings, otherwise of the first with a row for each token', async () => {
    const settings = { ...MODELS['colbert-ir/colbertv2.0']!, dim: 3 }
    const encoder = await open({ settings }, { othersOfDim: 8 })
    expect([...(await encoder.query('a')).data.slice(0, 3)]).toEqual([4, 0, 1])
    const first = await open({ settings: { ...settings, dim: 8 } }, { othersOfDim: 8 })
    expect([first.dim, (await first.query('a')).data[0]]).toEqual([8, 0])
  })

  it('has the mask tokens that its settings attend to, up to its length and not beyond', async () => {
    const settings = { ...MODELS['colbert-ir/colbertv2.0']!, dim: 3, queryLength: 6, attendsToMask: true }
    const encoder = await open({ settings })
    await encoder.query('a b')
    await encoder.query('a b c')
    await encoder.query('a b c a')
    expect(runs.slice(1).map(({ ids, attention }) => [...ids, ...attention])).toEqual([
      [[3, 1, 7, 8, 4, 5], Array(6).fill(1)],
      [[3, 1, 7, 8, 10, 4], Array(6).fill(1)],
      [[3, 1, 7, 8, 10, 7, 4], Array(7).fill(1)],
    ])
  })
})

describe('documents of a ColBERT model', () => {
  it('have unit rows without punctuation and padding, in the order of the texts', async () => {
    const encoder = await open({ batchTokens: 16 })
    const texts = ['a', 'a . b c b', '[PAD] x b,', 'c c c']
    const progress: number[][] = []
    const documents = await encoder.documents(texts, { onProgress: (...done) => progress.push(done) })
    expect(documents.map(origins)).toEqual([
      [
        ['[CLS]', 3, 0],
        ['[unused1]', 2, 1],
        ['a', 7, 2],
        ['[SEP]', 4, 3],
      ],
      [
        ['[CLS]', 3, 0],
        ['[unused1]', 2, 1],
        ['a', 7, 2],
        ['b', 8, 4],
        ['c', 10, 5],
        ['b', 8, 6],
        ['[SEP]', 4, 7],
      ],
      [
        ['[CLS]', 3, 0],
        ['[unused1]', 2, 1],
        ['b', 8, 4],
        ['[SEP]', 4, 6],
      ],
      [
        ['[CLS]', 3, 0],
        ['[unused1]', 2, 1],
        ['c', 10, 2],
        ['c', 10, 3],
        ['c', 10, 4],
        ['[SEP]', 4, 5],
      ],
    ])
    expect(documents.map(({ unknown }) => unknown)).toEqual([[], [], ['x'], []])
    for (const { data } of documents) {
      for (let row = 0; row < data.length; row += 3) {
        expect(Math.hypot(...data.subarray(row, row + 3))).toBeCloseTo(1, 6)
      }
    }
    // [UNK] counts as punctuation, because it is the token of ! in this vocabulary. The longest texts come first;
    // padding has id 0 and no attention
    expect(runs.slice(1).map(({ ids }) => ids)).toEqual([
      [
        [3, 2, 7, 9, 8, 10, 8, 4],
        [3, 2, 0, 6, 8, 11, 4, 0],
      ],
      [
        [3, 2, 10, 10, 10, 4],
        [3, 2, 7, 4, 0, 0],
      ],
    ])
    expect(runs[2]!.attention).toEqual([Array(6).fill(1), [1, 1, 1, 1, 0, 0]])
    expect(progress).toEqual([
      [2, 4],
      [4, 4],
    ])
  })

  it('are scaled only if the settings normalize documents', async () => {
    const base = MODELS['colbert-ir/colbertv2.0']!
    const settings = { ...base, dim: 3, normalizes: { query: true, document: false } }
    const encoder = await open({ settings })
    const [document] = await encoder.documents(['a'])
    expect([...document!.data.subarray(0, 3)]).toEqual([4, 0, 1])
    const query = await encoder.query('a')
    expect(Math.hypot(...query.data.subarray(0, 3))).toBeCloseTo(1, 6)
  })

  it('of another model have one row for each token that is not special', async () => {
    const encoder = await open({ model: writeModel({ 'config.json': { vocab_size: 12 } }) })
    expect([encoder.type, encoder.maxTokens]).toEqual(['tokens', 10])
    const [document] = await encoder.documents(['a . [MASK]'])
    expect(origins(document!)).toEqual([
      ['a', 7, 1],
      ['.', 9, 2],
      ['[MASK]', 5, 3],
    ])
  })
})

it('shorter documents of a batch are padded with the padding token of the model', async () => {
  const padding = { pad_id: 5, direction: 'Right' }
  const encoder = await open({ model: writeModel({ 'tokenizer.json': { ...tokenizerJson, padding } }) })
  await encoder.documents(['a', 'a b'])
  expect(runs.at(-1)).toMatchObject({
    ids: [
      [3, 2, 7, 8, 4],
      [3, 2, 7, 4, 5],
    ],
    attention: [
      [1, 1, 1, 1, 1],
      [1, 1, 1, 1, 0],
    ],
  })
})

it('no documents have no rows, and do not run the model', async () => {
  const encoder = await open()
  runs = []
  expect(await encoder.documents([], { onProgress: () => expect.unreachable() })).toEqual([])
  expect(runs).toEqual([])
})

describe('the settings of an encoder', () => {
  const base = { ...MODELS['colbert-ir/colbertv2.0']!, dim: 3 }
  const textsOf = (encoded: Encoded) => encoded.tokens.map(({ text }) => text)

  it('say which tokens have no row in documents; in queries all have one', async () => {
    const settings = { ...base, skipsPunctuation: false, skippedTokens: ['.', 'none', 'b'] }
    const encoder = await open({ settings })
    const [document] = await encoder.documents(['a b . , c'])
    expect(textsOf(document!)).toEqual(['[CLS]', '[unused1]', 'a', ',', 'c', '[SEP]'])
    expect(encoder.documentTokens(['a b . , c'])).toEqual([document!.tokens])
    expect(textsOf(await encoder.query('a b . x')).slice(0, 7)).toEqual([
      ...['[CLS]', '[unused0]', 'a', 'b', '.', '[UNK]', '[SEP]'],
    ])
    expect((await encoder.query('a b . x')).unknown).toEqual(['x'])
  })

  it('say whether padding in a text has rows, and whether texts are put into lower case', async () => {
    const [document] = await (await open({ settings: { ...base, skipsPadding: false } })).documents([
      'a [PAD]',
    ])
    expect(textsOf(document!)).toEqual(['[CLS]', '[unused1]', 'a', '[PAD]', '[SEP]'])
    const [lower] = await (await open({ settings: { ...base, lowercases: true } })).documents(['A'])
    expect(lower!.tokens[2]).toEqual({ text: 'a', start: 0, end: 1 })
  })
})

describe('prompts', () => {
  it('stand before the texts of their own kind, as special tokens after the marker', async () => {
    const encoder = await open({ queryPrompt: 'b ', documentPrompt: 'c. ' })
    const query = await encoder.query('a')
    expect(runs.at(-1)!.ids[0]!.slice(0, 6)).toEqual([3, 1, 8, 7, 4, 5])
    expect(query.tokens.slice(1, 5)).toEqual([
      { text: '[unused0]', start: 0, end: 0, special: true },
      { text: 'b', start: 0, end: 0, special: true },
      { text: 'a', start: 0, end: 1 },
      { text: '[SEP]', start: 1, end: 1, special: true },
    ])
    const [document] = await encoder.documents(['a'])
    expect(runs.at(-1)!.ids).toEqual([[3, 2, 10, 9, 7, 4]])
    expect(origins(document!)).toEqual([
      ['[CLS]', 3, 0],
      ['[unused1]', 2, 1],
      ['c', 10, 2],
      ['a', 7, 4],
      ['[SEP]', 4, 5],
    ])
    // windows are of the text alone
    expect(encoder.split('a b')).toEqual([{ text: 'a b', start: 0, end: 3 }])
  })

  it('leave less room for a text, and are no part of it', async () => {
    const cuts: Truncation[] = []
    const encoder = await open({
      queryPrompt: 'b ',
      documentPrompt: 'c. ',
      onTruncate: cut => cuts.push(cut),
    })
    expect(encoder.maxTokens).toBe(7)
    const text = 'a b c a b c a b c'
    await encoder.documents([text])
    await encoder.query(text)
    expect(cuts).toEqual([
      { index: 0, tokens: 9, kept: 7 },
      { index: undefined, tokens: 9, kept: 8 },
    ])
    await expect(encoder.query('')).rejects.toThrow(
      `"text" has no tokens: ""; remove such texts, or pass emptyText: 'encode' to createEncoder`,
    )
    await expect(encoder.documents(['a', ' \n'])).rejects.toThrow(
      `"texts[1]" has no tokens: " \\n"; remove such texts, or pass emptyText: 'encode' to createEncoder`,
    )
  })

  it('stand before each window, and have rows in the first', async () => {
    const encoder = await open({ longText: 'windows', documentPrompt: 'c ' })
    runs = []
    const [document] = await encoder.documents(['a b c '.repeat(4)])
    const ids = runs.flatMap(run => run.ids)
    expect(ids.length).toBeGreaterThan(1)
    for (const sequence of ids) {
      expect(sequence.slice(0, 3)).toEqual([3, 2, 10])
      expect(sequence.length).toBeLessThanOrEqual(12)
    }
    expect(document!.tokens.map(({ text }) => text)).toEqual([
      ...['[CLS]', '[unused1]', 'c'],
      ...'abcabcabcabc',
      '[SEP]',
    ])
  })

  it('of the options replace those of the settings', async () => {
    const settings = { ...MODELS['colbert-ir/colbertv2.0']!, dim: 3, queryPrompt: 'c ', documentPrompt: 'c ' }
    const encoder = await open({ settings, queryPrompt: '' })
    await encoder.query('a')
    await encoder.documents(['a'])
    const [query, document] = runs.slice(-2).map(({ ids }) => ids[0]!.slice(0, 4))
    expect([query, document]).toEqual([
      [3, 1, 7, 4],
      [3, 2, 10, 7],
    ])
  })

  it('of a plain encoder are those that Sentence Transformers has saved', async () => {
    const saved = { prompts: { query: 'b ', passage: 'c ' } }
    const config = { vocab_size: 12 }
    const encoder = await open({
      model: writeModel({ 'config.json': config, 'config_sentence_transformers.json': saved }),
    })
    const query = await encoder.query('a')
    expect(query.tokens).toEqual([{ text: 'a', start: 0, end: 1 }])
    await encoder.documents(['a'])
    expect(runs.slice(-2).map(({ ids }) => ids)).toEqual([[[3, 8, 7, 4]], [[3, 10, 7, 4]]])
  })

  it.each<[Partial<EncoderOptions>, number]>([
    [{ maxQueryTokens: 3 }, 3],
    [{ maxDocumentTokens: 2 }, 2],
    [{ documentPrompt: 'a b c a b c a b c ' }, 12],
    [{ queryPrompt: 'a b c a b c a b c ' }, 12],
  ])('and maximum lengths that leave no room for a text are refused: %j', async (options, most) => {
    await expect(open(options)).rejects.toThrow(
      new RangeError(
        `${folder}/tokenizer.json: a maximum of ${most} tokens leaves no room for a text; check the lengths in the model's files`,
      ),
    )
    expect(loads).toEqual([])
  })
})

it('a query is filled up to its maximum length if that is shorter, and never beyond its usual one', async () => {
  for (const [maxQueryTokens, length] of [
    [8, 8],
    [40, 32],
  ] as const) {
    const encoder = await open({ maxQueryTokens })
    expect((await encoder.query('a')).tokens).toHaveLength(length)
    expect([encoder.settings.queryLength, encoder.maxTokens]).toEqual([length, 9])
  }
})

it('a filled query that is longer than the model may accept is tried when the model is loaded', async () => {
  const config = { ...files['config.json'], max_position_embeddings: 31 }
  const model = writeModel({ 'config.json': config })
  await open({ model })
  expect(runs.map(({ ids }) => ids[0]!.length)).toEqual([4, 32])
  const output = (rows: Float32Array) => {
    if (rows.length > 31 * 3) throw new Error('index out of bounds')
    return { type: 'float32', data: rows }
  }
  await expect(open({ model }, { output })).rejects.toThrow(
    `${model}/model.onnx could not encode 1 x 32 tokens (index out of bounds); if ids exceed its embedding table, ` +
      'tokenizer.json belongs to another model; if there are more tokens than the model accepts, lower maxQueryTokens or ' +
      'maxDocumentTokens',
  )
  expect(disposals).toBe(1)
  runs = []
  await open({ model: writeModel({ 'config.json': { ...config, max_position_embeddings: 32 } }) })
  expect(runs).toHaveLength(1)
})

describe('a model that calls itself one for late interaction', () => {
  const config = { vocab_size: 12 }

  it.each([
    ['my-colbert', config, 'my-colbert'],
    ['plain', { ...config, _name_or_path: 'someone/LateOn-2' }, 'LateOn-2'],
    ['late-interaction-base', { ...config, _name_or_path: 'bert' }, 'late-interaction-base'],
  ])('is refused if no file says how it is used: %s', async (name, config, claim) => {
    const model = writeModel({ 'config.json': config }, 'model.onnx', `claims/${name}`)
    await expect(open({ model })).rejects.toThrow(
      new RangeError(
        `"${model}" is a model for late interaction by its name (${claim}), but no file says how it is used: ` +
          'config_sentence_transformers.json, onnx_config.json and artifact.metadata are missing; add the file, ' +
          'or pass "settings", such as \'colbert-ir/colbertv2.0\', or TOKEN_ROWS for the rows of a plain encoder',
      ),
    )
    expect(loads).toEqual([])
    expect((await open({ model, settings: TOKEN_ROWS })).type).toBe('tokens')
  })

  it('does so by its own name, not by that of a folder around it', async () => {
    const model = writeModel({ 'config.json': config }, 'model.onnx', 'colbert-models/plain')
    expect((await open({ model })).type).toBe('tokens')
  })
})

it.each([
  [{ do_lower_case: true }, [3, 7, 5, 4]],
  [{ do_lower_case: false }, [3, 6, 5, 4]],
  [{}, [3, 6, 5, 4]],
])('a MultiVectorEncoder with %j encodes A [MASK] as the ids %j', async (transformer, ids) => {
  const model = writeModel({
    'config_sentence_transformers.json': { model_type: 'MultiVectorEncoder' },
    'modules.json': [{ type: 'sentence_transformers.models.Transformer', path: '' }],
    'sentence_bert_config.json': transformer,
  })
  await (await open({ model })).query('A [MASK]')
  expect(runs.at(-1)!.ids).toEqual([ids])
})

it.each([
  [undefined, 512],
  ['cpu', 512],
  ['wasm', 512],
  ['webgpu', 8192],
] as const)(
  'on the device %s, a batch has at most %i tokens by default, padding included',
  async (device, tokens) => {
    const encoder = await open({ device })
    // [CLS] [D] a [SEP]
    await encoder.documents(Array<string>(tokens / 4 + 1).fill('a'))
    expect(runs.slice(1).map(({ ids }) => ids.length)).toEqual([tokens / 4, 1])
  },
)

describe('texts that are too long or empty', () => {
  const long = 'a b c '.repeat(4)

  it('are cut to the maximum, and onTruncate is called for each', async () => {
    const cuts: Truncation[] = []
    const encoder = await open({ onTruncate: cut => cuts.push(cut) })
    const [, document] = await encoder.documents(['a b c a b c a b c', long])
    const query = await encoder.query(long)
    expect(cuts).toEqual([
      { index: 1, tokens: 12, kept: 9 },
      { index: undefined, tokens: 12, kept: 9 },
    ])
    for (const { truncated } of [document!, query]) expect(truncated).toEqual({ tokens: 12, kept: 9 })
    expect(document!.tokens.at(-1)).toEqual({ text: '[SEP]', start: 17, end: 17, special: true })
    expect(runs.at(-1)!.ids[0]!.slice(0, 12)).toEqual([3, 1, 7, 8, 10, 7, 8, 10, 7, 8, 10, 4])
  })

  it('are encoded in overlapping windows, whose rows are joined as those of one document', async () => {
    const cuts: Truncation[] = []
    const encoder = await open({
      longText: 'windows',
      onTruncate: cut => cuts.push(cut),
      batchTokens: 12,
    })
    const progress: number[][] = []
    const onProgress = (...done: [number, number]) => progress.push(done)
    const texts = ['a', `${long}x . b`, 'a b c a b c a b c']
    const documents = await encoder.documents(texts, { onProgress })
    expect(runs.slice(1).flatMap(({ ids }) => ids)).toEqual([
      [3, 2, 7, 8, 10, 7, 8, 10, 7, 8, 10, 4],
      [3, 2, 7, 8, 10, 7, 8, 10, 7, 8, 10, 4],
      [3, 2, 10, 7, 8, 10, 6, 9, 8, 4],
      [3, 2, 7, 4],
    ])
    expect(progress).toEqual([
      [0, 3],
      [1, 3],
      [2, 3],
      [3, 3],
    ])
    // tokens 0 to 7 of the text are those of the first window; [UNK] and . have no rows
    expect(origins(documents[1]!)).toEqual([
      ['[CLS]', 3, 0],
      ['[unused1]', 2, 1],
      ...[7, 8, 10, 7, 8, 10, 7, 8].map((id, i) => [words[id], id, i + 2]),
      ...[10, 7, 8, 10].map((id, i) => [words[id], id, i + 2]),
      ['b', 8, 8],
      ['[SEP]', 4, 9],
    ])
    const { tokens, unknown } = documents[1]!
    expect(tokens.slice(2, -1).map(({ start }) => start)).toEqual([
      ...Array.from({ length: 12 }, (_, i) => 2 * i),
      28,
    ])
    expect(tokens.at(-1)).toEqual({ text: '[SEP]', start: 29, end: 29, special: true })
    expect(unknown).toEqual(['x'])
    expect(documents[1]).not.toHaveProperty('truncated')
    expect(encoder.documentTokens(texts)).toEqual(documents.map(({ tokens }) => tokens))
    expect(cuts).toEqual([])
    // a query has the length that the model was trained with
    expect((await encoder.query(long)).truncated).toEqual({ tokens: 12, kept: 9 })
    expect(cuts).toEqual([{ index: undefined, tokens: 12, kept: 9 }])
  })

  it('are refused if the options say so; the error names the text', async () => {
    const encoder = await open({ longText: 'error' })
    await expect(encoder.documents(['a', long])).rejects.toMatchObject({
      name: 'TextError',
      code: 'ERR_TEXT',
      index: 1,
      reason: 'long',
    })
    await expect(encoder.query(long)).rejects.toThrow(
      '"text" has 12 tokens, more than the 9 that the model accepts; shorten it, or pass longText: \'cut\' to createEncoder',
    )
    await expect(encoder.documents([long])).rejects.toThrow(
      '"texts[0]" has 12 tokens, more than the 9 that the model accepts; pass longText: \'windows\' to createEncoder to ' +
        "encode all of it, or 'cut' for its beginning",
    )
    await expect(encoder.documents(['a', ' '])).rejects.toMatchObject({ index: 1, reason: 'empty' })
    await expect(encoder.query('')).rejects.toBeInstanceOf(TextError)
  })

  it('have the rows of their special tokens with emptyText: encode', async () => {
    const encoder = await open({ emptyText: 'encode' })
    const [document] = await encoder.documents([' '])
    expect(origins(document!)).toEqual([
      ['[CLS]', 3, 0],
      ['[unused1]', 2, 1],
      ['[SEP]', 4, 2],
    ])
  })

  it('have room for one more token if the marker does not count', async () => {
    const model = writeModel({ 'tokenizer_config.json': { model_max_length: 19 } })
    const { dim } = await open({ model })
    const lengths: number[] = []
    for (const countsMarker of [true, false]) {
      const settings = { ...MODELS['colbert-ir/colbertv2.0']!, dim, countsMarker }
      lengths.push((await open({ model, settings })).maxTokens)
    }
    expect(lengths).toEqual([16, 17])
  })

  it('are split into windows that overlap by an eighth', async () => {
    const encoder = await open({ model: writeModel({ 'tokenizer_config.json': { model_max_length: 19 } }) })
    expect(encoder.maxTokens).toBe(16)
    const text = 'abc'.repeat(10).split('').join(' ')
    expect(encoder.split(text).map(({ start, end }) => [start, end])).toEqual([
      [0, 31],
      [28, 59],
    ])
    // an eighth of the length, rounded down, not of the maximum
    expect(encoder.split(text, { length: 15 })).toEqual(encoder.split(text, { length: 15, overlap: 1 }))
    expect(encoder.split(text, { length: 8 })).toEqual(encoder.split(text, { length: 8, overlap: 1 }))
    expect(encoder.split(text, { overlap: 0, length: 15 }).map(({ start }) => start)).toEqual([0, 29])
    expect(encoder.split(text, { overlap: 14, length: 15 })).toHaveLength(16)
    expect(() => encoder.split(text, { overlap: 15, length: 15 })).toThrow(
      '"overlap" expected a whole number from 0 to 14',
    )
    expect(() => encoder.split(text, { length: 17 })).toThrow('"length" expected a whole number from 1 to 16')
  })
})

describe('the inputs and outputs of a model', () => {
  it('are 32-bit integers if the model takes them, with token types of 0 if it has such an input', async () => {
    const inputNames = ['input_ids', 'token_type_ids']
    const encoder = await open({}, { inputNames, inputType: 'int32' })
    await encoder.documents(['a'])
    const { inputs } = runs.at(-1)!
    expect(Object.keys(inputs)).toEqual(inputNames)
    expect(inputs.input_ids).toMatchObject({ type: 'int32', data: Int32Array.of(3, 2, 7, 4), dims: [1, 4] })
    expect(inputs.token_type_ids).toMatchObject({ type: 'int32', data: new Int32Array(4), dims: [1, 4] })
  })

  it('of 32 bits need version 4 of transformers.js, whose engine says which type a model takes', async () => {
    const output = () => {
      throw new Error('Unexpected input data type. Actual: (tensor(int64)) , expected: (tensor(int32))')
    }
    await expect(open({}, { output })).rejects.toThrow(
      '; a model that takes ids of 32 bits needs version 4 of @huggingface/transformers',
    )
  })

  it('may be half floats, as integers or as numbers', async () => {
    // the halves of 1 and 2 are 0x3c00 and 0x4000
    const halves = (rows: Float32Array) => ({
      type: 'float16',
      data: Uint16Array.from(rows, value => (value === 0 ? 0x3c00 : 0x4000)),
    })
    const query = await (await open({}, { output: halves })).query('a')
    expect([...query.data.subarray(0, 6)]).toEqual([2, 1, 2, 2, 2, 2])
    const numbers = (rows: Float32Array) => ({ type: 'float16', data: Array.from(rows) })
    expect([...(await (await open({}, { output: numbers })).query('a')).data.subarray(0, 3)]).toEqual([
      4, 0, 1,
    ])
    const whole = (rows: Float32Array) => ({ type: 'int8', data: Int8Array.from(rows) })
    await expect(open({}, { output: whole })).rejects.toThrow(
      'expected rows of type float32 or float16, got int8',
    )
  })

  it('of another model are refused, and the model is freed', async () => {
    await expect(open({}, { inputNames: ['pixels'] })).rejects.toThrow('expected the inputs "input_ids"')
    expect(disposals).toBe(1)
    const settings = { ...MODELS['colbert-ir/colbertv2.0']!, dim: 4 }
    await expect(open({ settings })).rejects.toThrow('expected rows of dim 4, as in its settings, got 3')
    expect(disposals).toBe(2)
  })
})

describe('loading', () => {
  const expected = {
    local_files_only: true,
    subfolder: '',
    model_file_name: 'model',
    dtype: 'fp32',
    revision: 'main',
    session_options: { logSeverityLevel: 4 },
  }

  it('passes the file of a folder to transformers.js', async () => {
    await open()
    expect(loads).toEqual([{ model: folder, options: expect.objectContaining(expected) }])
    expect(loads[0]!.options).toMatchObject({ config: { vocab_size: 12, model_type: 'bert' } })
    for (const name of ['device', 'cache_dir', 'use_external_data_format']) {
      expect(loads[0]!.options).not.toHaveProperty(name)
    }
  })

  it('passes the file of the dtype, the device, the cache folder and the revision', async () => {
    const cacheDir = join(root, 'cache')
    writeModel({}, 'onnx/model_fp16.onnx', 'cache/some/model/v2')
    const options = {
      cacheDir,
      revision: 'v2',
      dtype: 'fp16',
      device: 'webgpu',
      localFilesOnly: true,
    } as const
    await open({ model: 'some/model', ...options })
    expect(loads[0]).toMatchObject({
      model: 'some/model',
      options: {
        ...expected,
        subfolder: 'onnx',
        model_file_name: 'model_fp16',
        revision: 'v2',
        device: 'webgpu',
        cache_dir: cacheDir,
      },
    })
  })

  it('uses the files and the external data in the settings of a name', async () => {
    const cacheDir = join(root, 'cache')
    const jina = structuredClone(tokenizerJson)
    jina.added_tokens.push({ id: 20, content: '<mask>', special: true, normalized: false })
    writeModel({ 'tokenizer.json': jina }, 'onnx/model.onnx', 'cache/jinaai/jina-colbert-v2')
    await expect(open({ model: 'jinaai/jina-colbert-v2', cacheDir, localFilesOnly: true })).rejects.toThrow(
      'expected rows of dim 128',
    )
    expect(loads[0]!.options).toMatchObject({ subfolder: 'onnx', use_external_data_format: true })
  })

  it('finds a quantized file in a folder, and the settings of a name that is not the folder', async () => {
    const quantized = writeModel({ 'config.json': { vocab_size: 12 } }, 'onnx/model_quantized.onnx')
    // a model with the settings of another one may have another dim
    const encoder = await open({ model: quantized, dtype: 'q8', settings: 'colbert-ir/colbertv2.0' })
    expect([encoder.type, encoder.dim]).toEqual(['colbert', 3])
    expect(loads[0]!.options).toMatchObject({ subfolder: 'onnx', model_file_name: 'model_quantized' })
    for (const name of [
      ...['dim', 'queryMarker', 'documentMarker', 'queryLength', 'maxQueryTokens', 'maxDocumentTokens'],
    ]) {
      await expect(open({ settings: { ...encoder.settings, [name]: -1 } })).rejects.toThrow(
        `"settings.${name}" expected a whole number`,
      )
    }
  })

  it('prefers the settings of the caller to those of a name, and finds models below the local path', async () => {
    writeModel({}, 'model.onnx', 'local/colbert-ir/colbertv2.0')
    const encoder = await open({
      model: 'colbert-ir/colbertv2.0',
      localFilesOnly: true,
      settings: { ...TOKEN_ROWS, dim: 3 },
    })
    expect(encoder.type).toBe('tokens')
  })

  it('downloads files of the revision, and needs no optional file', async () => {
    const urls: string[] = []
    const headers: unknown[] = []
    const answer = (status: number) => async (url: string, init?: RequestInit) => {
      urls.push(url)
      headers.push(init?.headers)
      const json = files[url.split('/').at(-1)!]
      return json ? new Response(JSON.stringify(json)) : new Response('', { status })
    }
    const withHub = (status: number) => {
      const fake = fakeTransformers()
      return { ...fake, env: { ...fake.env, fetch: answer(status) } } as never
    }
    const token = process.env.HF_TOKEN
    process.env.HF_TOKEN = 'a secret of the caller'
    try {
      await open({ model: 'some/other', revision: 'refs/pr/1', transformers: withHub(404) })
      expect(urls).toEqual(
        [
          'config.json',
          'onnx_config.json',
          'config_sentence_transformers.json',
          'modules.json',
          'tokenizer.json',
          'special_tokens_map.json',
          'tokenizer_config.json',
          'artifact.metadata',
        ].map(file => `https://hub.invalid/some/other/resolve/refs%2Fpr%2F1/${file}`),
      )
      // the token is for the Hugging Face hub only
      expect(new Set(headers)).toEqual(new Set([undefined]))
      await expect(open({ model: 'some/other', transformers: withHub(500) })).rejects.toThrow(
        'onnx_config.json of "some/other" could not be downloaded',
      )
    } finally {
      if (token === undefined) delete process.env.HF_TOKEN
      else process.env.HF_TOKEN = token
    }
  })

  it('never prints the token of the hub, nor the password of a mirror', async () => {
    const withHub = (remoteHost: string) => {
      const fake = fakeTransformers()
      return { ...fake, env: { ...fake.env, remoteHost, fetch: undefined } } as never
    }
    vi.stubEnv('HF_TOKEN', 'hf_SECRET\nhf_OTHER')
    try {
      const error = await open({
        model: 'some/other',
        transformers: withHub('https://huggingface.co/'),
      }).catch((error: Error) => error)
      expect(inspect(error, { depth: 9 })).not.toMatch(/SECRET|OTHER/)
      expect((error as Error).message).toContain(
        '"HF_TOKEN" expected text that a header can contain: one line, and no characters beyond Latin-1',
      )
    } finally {
      vi.unstubAllEnvs()
    }
    const mirrored = open({ model: 'some/other', transformers: withHub('https://me:SECRET@hub.invalid/') })
    const error = await mirrored.catch((error: Error) => error)
    expect(inspect(error, { depth: 9 })).not.toContain('SECRET')
    expect((error as Error).message).toContain(
      'could not be downloaded from https://hub.invalid/some/other/resolve/main/config.json: a URL with a user and a password cannot be requested',
    )
  })

  describe('with the environment variables of Python’s hub client', () => {
    const names = ['HF_HOME', 'HF_HUB_CACHE', 'HF_HUB_OFFLINE', 'TRANSFORMERS_OFFLINE'] as const
    const before = names.map(name => process.env[name])
    const restore = () => {
      for (const [i, name] of names.entries()) {
        if (before[i] === undefined) delete process.env[name]
        else process.env[name] = before[i]
      }
    }
    beforeEach(() => {
      for (const name of names) delete process.env[name]
      return restore
    })

    it('finds a model in the cache of Python, with the settings of its name', async () => {
      const snapshot = writeModel({}, 'model.onnx', 'home/hub/models--some--model/snapshots/abc')
      mkdirSync(join(root, 'home/hub/models--some--model/refs'), { recursive: true })
      writeFileSync(join(root, 'home/hub/models--some--model/refs/main'), 'abc\n')
      process.env.HF_HOME = join(root, 'home')
      expect((await open({ model: 'some/model' })).model).toBe('some/model')
      expect(loads).toMatchObject([{ model: snapshot, options: { local_files_only: true } }])
      await open({ model: 'some/model', revision: 'abc' })
      delete process.env.HF_HOME
      process.env.HF_HUB_CACHE = join(root, 'home/hub')
      await open({ model: 'some/model' })
      expect(loads.map(({ model }) => model)).toEqual([snapshot, snapshot, snapshot])
      const offline = { model: 'some/model', localFilesOnly: true }
      await expect(open({ ...offline, cacheDir: join(root, 'none') })).rejects.toThrow('is not in the cache')
      await expect(open({ ...offline, revision: 'v2' })).rejects.toThrow('is not in the cache')
      rmSync(join(snapshot, 'model.onnx'))
      await expect(open(offline)).rejects.toThrow('"localFilesOnly" forbids its download')
    })

    it('sends no request if HF_HUB_OFFLINE is set, unless localFilesOnly is false', async () => {
      process.env.HF_HUB_OFFLINE = '1'
      await expect(open({ model: 'some/other' })).rejects.toThrow(
        'config.json of "some/other" is not in the cache, and HF_HUB_OFFLINE forbids its download; ' +
          'allow it, or pass the folder of a model',
      )
      const requested: string[] = []
      const fake = fakeTransformers()
      const fetch = async (url: string) => {
        requested.push(url)
        return new Response('', { status: 404 })
      }
      const transformers = { ...fake, env: { ...fake.env, fetch } } as never
      await expect(open({ model: 'some/other', localFilesOnly: false, transformers })).rejects.toThrow(
        'the hub has no config.json for "some/other"',
      )
      expect(requested.length).toBeGreaterThan(0)
    })
  })

  it('ends with the reason of an aborted signal', async () => {
    const reason = new Error('the user has left')
    await expect(open({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    // while the files are read
    const stop = new AbortController()
    const opening = open({ signal: stop.signal })
    stop.abort(reason)
    await expect(opening).rejects.toBe(reason)
    expect(loads).toEqual([])
    // while the model is tried
    const late = new AbortController()
    const output = (rows: Float32Array) => {
      late.abort(reason)
      return { type: 'float32', data: rows }
    }
    await expect(open({ signal: late.signal }, { output })).rejects.toBe(reason)
    expect(disposals).toBe(1)
  })
})

it('an encoder stops between two batches, and cannot be used after dispose', async () => {
  const encoder = await open({ batchTokens: 1 })
  const controller = new AbortController()
  const reason = new Error('the user has left')
  const { signal } = controller
  const onProgress = () => controller.abort(reason)
  await expect(encoder.documents(['a', 'b', 'c'], { signal, onProgress })).rejects.toBe(reason)
  expect(runs).toHaveLength(2)
  await expect(encoder.query('a', { signal })).rejects.toBe(reason)
  const left = encoder.documents(['a', 'b'], { onProgress: () => void encoder.dispose() })
  await expect(left).rejects.toMatchObject({ name: 'DisposedError' })
  await encoder.dispose()
  expect(disposals).toBe(1)
  await expect(encoder.query('a')).rejects.toMatchObject({ name: 'DisposedError' })
  expect(() => encoder.split('a')).toThrow('create a new one with createEncoder()')
})

it('a call that was cancelled before it began runs nothing', async () => {
  const encoder = await open()
  runs = []
  const reason = new Error('the user has left')
  const signal = AbortSignal.abort(reason)
  await expect(encoder.query('a', { signal })).rejects.toBe(reason)
  await expect(encoder.documents(['a'], { signal })).rejects.toBe(reason)
  expect(runs).toEqual([])
})

it.each<[string, (encoder: ModelEncoder) => unknown]>([
  ['query', encoder => encoder.query('a')],
  ['documents', encoder => encoder.documents([])],
  ['images', encoder => encoder.images([])],
  ['imageLayout', encoder => encoder.imageLayout({ width: 1, height: 1 })],
  ['documentTokens', encoder => encoder.documentTokens([])],
  ['split', encoder => encoder.split('a')],
])('%s cannot be called after dispose, even before that has ended', async (_, call) => {
  const encoder = await open()
  const disposed = encoder.dispose()
  await expect((async () => call(encoder))()).rejects.toThrow(
    new DisposedError('encoder', 'create a new one with createEncoder()'),
  )
  await disposed
})

const takesNoImages =
  'takes no images; create an encoder of Qdrant/colmodernvbert or Qdrant/colpali-v1.3-fp16, or of a folder with one of them'

it.each<[string, (encoder: ModelEncoder) => unknown, Error]>([
  ['a query', encoder => encoder.query(7 as never), new TypeError('"text" expected a string, got number')],
  [
    'texts',
    encoder => encoder.documents('a' as never),
    new TypeError('"texts" expected an array of strings, got string'),
  ],
  [
    'holes in texts',
    encoder => encoder.documents(Array(2) as string[]),
    new TypeError('"texts[0]" expected a string, got undefined'),
  ],
  [
    'texts for tokens',
    encoder => encoder.documentTokens(['a', null as never]),
    new TypeError('"texts[1]" expected a string, got null'),
  ],
  [
    'a text to split',
    encoder => encoder.split(undefined as never),
    new TypeError('"text" expected a string, got undefined'),
  ],
  [
    'an option of query',
    encoder => encoder.query('a', { sginal: undefined } as object),
    new RangeError('unknown option "options.sginal"; valid options of query: signal'),
  ],
  [
    'an option of documents',
    encoder => encoder.documents(['a'], { sginal: undefined } as object),
    new RangeError('unknown option "options.sginal"; valid options of documents: signal, onProgress'),
  ],
  [
    'an option of split',
    encoder => encoder.split('a', { lenght: 1 } as object),
    new RangeError('unknown option "options.lenght"; valid options of split: length, overlap'),
  ],
  [
    'a signal of query',
    encoder => encoder.query('a', { signal: 5 as never }),
    new TypeError('"signal" expected an AbortSignal, got number'),
  ],
  [
    'a signal of documents',
    encoder => encoder.documents(['a'], { signal: 5 as never }),
    new TypeError('"signal" expected an AbortSignal, got number'),
  ],
  [
    'onProgress',
    encoder => encoder.documents(['a'], { onProgress: 5 as never }),
    new TypeError('"onProgress" expected a function, got number'),
  ],
  [
    'a length of zero',
    encoder => encoder.split('a', { length: 0 }),
    new RangeError('"length" expected a whole number from 1 to 9, got 0'),
  ],
  [
    'a negative overlap',
    encoder => encoder.split('a', { overlap: -1 }),
    new RangeError('"overlap" expected a whole number from 0 to 8, got -1'),
  ],
  ['images', encoder => encoder.images([]), new RangeError(`"${folder}" ${takesNoImages}`)],
  [
    'the size of an image',
    encoder => encoder.imageLayout({ width: 1, height: 1 }),
    new RangeError(`"${folder}" ${takesNoImages}`),
  ],
])(
  '%s that an encoder cannot use: the error says what it expects, and nothing runs',
  async (_, call, error) => {
    const encoder = await open()
    runs = []
    await expect((async () => call(encoder))()).rejects.toThrow(error)
    expect(runs).toEqual([])
  },
)

describe('a run of the model under way', () => {
  /** An encoder whose runs wait, once it is loaded. */
  async function openWaiting() {
    let release = () => {}
    const gate = new Promise<void>(resolve => {
      release = resolve
    })
    const fake = fakeTransformers()
    let isLoaded = false
    const AutoModel = {
      async from_pretrained(model: string, options: LoadingOptions) {
        const loaded = await fake.AutoModel.from_pretrained(model, options)
        const run = async (inputs: Parameters<typeof loaded>[0]) => {
          if (isLoaded) await gate
          return loaded(inputs)
        }
        return Object.assign(run, { sessions: loaded.sessions, dispose: loaded.dispose })
      },
    }
    const encoder = await createEncoder({ model: folder, transformers: { ...fake, AutoModel } as never })
    isLoaded = true
    return { encoder, release }
  }

  it('does not delay a call that is cancelled', async () => {
    const { encoder, release } = await openWaiting()
    const reason = new Error('the user has left')
    for (const start of [
      (signal: AbortSignal) => encoder.query('a', { signal }),
      (signal: AbortSignal) => encoder.documents(['a'], { signal }),
    ]) {
      const controller = new AbortController()
      const call = start(controller.signal)
      controller.abort(reason)
      await expect(call).rejects.toBe(reason)
    }
    release()
  })

  it('ends before the model is freed, with its rows', async () => {
    const { encoder, release } = await openWaiting()
    const call = encoder.documents(['a'])
    const disposed = encoder.dispose()
    await Promise.resolve()
    expect(disposals).toBe(0)
    release()
    expect((await call)[0]!.tokens.map(({ text }) => text)).toEqual(['[CLS]', '[unused1]', 'a', '[SEP]'])
    await disposed
    expect(disposals).toBe(1)
  })

  it('ends before dispose does', async () => {
    const { encoder, release } = await openWaiting()
    const call = encoder.query('a')
    let hasEnded = false
    const disposed = encoder.dispose().then(() => {
      hasEnded = true
    })
    await new Promise(resolve => setImmediate(resolve))
    expect(hasEnded).toBe(false)
    release()
    await call
    await disposed
    expect(disposals).toBe(1)
  })
})

describe('the limits of a model', () => {
  const tokenizer = readTokenizer(tokenizerJson, 'tokenizer.json')
  const limits = (
    config: object,
    tokenizerConfig?: object,
    changes: Partial<Tokenizer> = {},
    settings: ModelSettings = TOKEN_ROWS,
  ) =>
    checkConsistency(
      {
        config: config as never,
        tokenizerConfig: tokenizerConfig as never,
        tokenizer: { ...tokenizer, ...changes },
        tokenizerPath: 'tokenizer.json',
      },
      settings,
    )

  it('are the smallest length of tokenizer_config.json, otherwise that of tokenizer.json or config.json', () => {
    const config = { max_position_embeddings: 30 }
    expect(limits(config, { model_max_length: 20, max_length: 10 }, { maxLength: 5 }).maxDocumentTokens).toBe(
      10,
    )
    expect(limits(config, { model_max_length: 10, max_length: 20 }).maxDocumentTokens).toBe(10)
    expect(limits(config, { model_max_length: 1e30 }, { maxLength: 5 }).maxDocumentTokens).toBe(5)
    expect(limits(config).maxDocumentTokens).toBe(30)
    expect(() => limits({}, { model_max_length: 0 })).toThrow(
      'does not define how many tokens the model accepts',
    )
  })

  it('pad with the token of tokenizer.json, of config.json or of tokenizer_config.json', () => {
    const lengths = { model_max_length: 10 }
    const config = { pad_token_id: 2 }
    expect(limits(config, { ...lengths, pad_token: '[MASK]' }, { padId: 0 }).padId).toBe(0)
    expect(limits(config, { ...lengths, pad_token: '[MASK]' }).padId).toBe(2)
    expect(limits({}, { ...lengths, pad_token: '[MASK]' }).padId).toBe(5)
    expect(limits({}, { ...lengths, pad_token: { content: '[SEP]' } }).padId).toBe(4)
    expect(limits({}, lengths).padId).toBeUndefined()
  })

  it('refuse a tokenizer with ids beyond the model, or without the mask token', () => {
    const lengths = { model_max_length: 10 }
    expect(limits({ vocab_size: 12 }, lengths).maxDocumentTokens).toBe(10)
    expect(() => limits({ vocab_size: 11 }, lengths)).toThrow(
      'has ids up to 11, but "vocab_size" in config.json is 11',
    )
    const settings = MODELS['colbert-ir/colbertv2.0']!
    expect(limits({}, lengths, {}, settings).maskId).toBe(5)
    expect(() => limits({}, lengths, {}, { ...settings, maskToken: '<m>' })).toThrow('has no token "<m>"')
  })
})

describe('the settings of a model', () => {
  const has =
    (...tokens: string[]) =>
    (token: string) =>
      tokens.includes(token) ? 1 : undefined

  it('have the markers, lengths and mask tokens of FastEmbed 0.9.1', () => {
    const numbers = Object.entries(MODELS).map(
      ([name, { dim, queryMarker, documentMarker, ...settings }]) => [
        name,
        dim,
        queryMarker,
        documentMarker,
        settings.queryLength,
        settings.maskToken,
      ],
    )
    expect(numbers).toEqual([
      ['colbert-ir/colbertv2.0', 128, 1, 2, 32, '[MASK]'],
      ['answerdotai/answerai-colbert-small-v1', 96, 1, 2, 32, '[MASK]'],
      ['jinaai/jina-colbert-v2', 128, 250002, 250003, 32, '<mask>'],
      ['lightonai/LateOn', 128, 50368, 50369, undefined, undefined],
      ['lightonai/mLateOn', 128, 256000, 256001, undefined, undefined],
    ])
  })

  it('say which tokens count and have rows, and which rows are scaled, as FastEmbed 0.9.1 does', () => {
    const flags = ({ normalizes, externalData = false, ...settings }: ModelSettings) =>
      Object.entries({
        ...settings,
        externalData,
        normalizesQuery: normalizes.query,
        normalizesDocument: normalizes.document,
      })
        .filter(([, value]) => value === true)
        .map(([name]) => name)
    const colbert = ['countsMarker', 'skipsPunctuation', 'skipsPadding']
    expect(Object.fromEntries(Object.entries(MODELS).map(([name, model]) => [name, flags(model)]))).toEqual({
      'colbert-ir/colbertv2.0': [...colbert, 'normalizesDocument'],
      'answerdotai/answerai-colbert-small-v1': [...colbert, 'normalizesDocument'],
      'jinaai/jina-colbert-v2': [
        ...['countsMarker', 'attendsToMask', 'skipsPunctuation', 'skipsPadding'],
        ...['externalData', 'normalizesDocument'],
      ],
      'lightonai/LateOn': ['skipsPunctuation', 'normalizesQuery', 'normalizesDocument'],
      'lightonai/mLateOn': ['normalizesQuery', 'normalizesDocument'],
    })
    expect(flags(TOKEN_ROWS)).toEqual(['skipsSpecial', 'normalizesQuery', 'normalizesDocument'])
    expect(TOKEN_ROWS.type).toBe('tokens')
    for (const { type } of Object.values(MODELS)) expect(type).toBe('colbert')
  })

  it('name the ONNX file of each known model', () => {
    expect(Object.values(MODELS).map(({ files }) => files)).toEqual(
      ['model.onnx', 'vespa_colbert.onnx', 'onnx/model.onnx', 'model.onnx', 'model.onnx'].map(fp32 => ({
        fp32,
      })),
    )
  })

  it('are found by name, whatever its case', () => {
    expect(settingsOf('ColBERT-IR/ColBERTv2.0')).toBe(MODELS['colbert-ir/colbertv2.0'])
    expect(settingsOf('colbert-ir/colbertv2')).toBeUndefined()
  })

  it('are guessed from config.json, without files and dim', () => {
    const { files: _, dim: __, ...colbert } = MODELS['colbert-ir/colbertv2.0']!
    const { files: ___, dim: ____, externalData, ...jina } = MODELS['jinaai/jina-colbert-v2']!
    expect(externalData).toBe(true)
    const architectures = ['BertModel', 'HF_ColBERT']
    expect(guessSettings({ architectures }, has('[MASK]', '<mask>'))).toEqual(colbert)
    expect(guessSettings({ architectures }, has())).toEqual(colbert)
    expect(guessSettings({ architectures }, has('<mask>'))).toEqual(jina)
    expect(guessSettings({ architectures: ['BertModel'] }, has('[MASK]'))).toBe(TOKEN_ROWS)
    expect(guessSettings({ _name_or_path: 'jinaai/Jina-ColBERT-v2' }, has('[MASK]'))).toEqual(jina)
    expect(guessSettings({ _name_or_path: './mine', architectures }, has('[MASK]'))).toEqual(colbert)
  })
})

it('planBatches puts every text into one batch, the longest first, and no batch exceeds the maximum', () => {
  expect(planBatches([4, 8, 8, 2], 16)).toEqual([
    [1, 2],
    [0, 3],
  ])
  expect(planBatches([4, 4, 4], 11)).toEqual([[0, 1], [2]])
  expect(planBatches([99, 1], 10)).toEqual([[0], [1]])
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 30 })),
      fc.integer({ min: 1, max: 90 }),
      (lengths, most) => {
        const batches = planBatches(lengths, most)
        const order = batches.flat().map(i => lengths[i]!)
        expect(order).toEqual([...lengths].sort((a, b) => b - a))
        expect(batches.flat().sort((a, b) => a - b)).toEqual([...lengths.keys()])
        for (const [b, batch] of batches.entries()) {
          const longest = lengths[batch[0]!]!
          expect(batch.length === 1 || batch.length * longest <= most).toBe(true)
          // another text would not fit
          if (b + 1 < batches.length) expect((batch.length + 1) * longest).toBeGreaterThan(most)
        }
      },
    ),
    { seed: 2 },
  )
})

it.each([
  ['mine', 'mine'],
  [undefined, 'transformers-cache'],
])(
  'the browser’s cache has the name %s of transformers.js, in version 3 its constant name: %s',
  async (cacheKey, name) => {
    vi.stubGlobal('caches', { open: async (opened: string) => opened })
    onTestFinished(() => void vi.unstubAllGlobals())
    expect(await openBrowserCache({ useBrowserCache: true, cacheKey } as TransformersEnvironment)).toBe(name)
  },
)

it('toUnitLength divides a row that is nearly zero by 1e-12, as FastEmbed does', () => {
  const rows = Float32Array.of(3, 4, 0, 0, 3e-13, 4e-13)
  toUnitLength(rows, 2)
  expect([...rows].map(value => Math.fround(value * 1000) / 1000)).toEqual(
    [0.6, 0.8, 0, 0, 0.3, 0.4].map(value => expect.closeTo(value, 5)),
  )
})
