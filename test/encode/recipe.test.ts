// The recipe of a model, derived from files in memory; its dense layers and the files of their weights.
// test/encode/models/recipes compares rows with those of PyLate and of Sentence Transformers.

import { describe, expect, it } from 'vitest'
import type { ModelFiles } from '../../src/encode/model/files/model-files.js'
import type { OpenedFile } from '../../src/encode/model/files/model-location.js'
import type { ModelSettings } from '../../src/encode/model/known-models.js'
import type { ModelSession } from '../../src/encode/model/model-session.js'
import { createPieceFinder } from '../../src/encode/model/prompted-text.js'
import { readDeclaration, readStanfordDeclaration } from '../../src/encode/model/recipe/declaration.js'
import { applyDense } from '../../src/encode/model/recipe/dense-layer.js'
import { projectSession } from '../../src/encode/model/recipe/projected-session.js'
import type { Projection } from '../../src/encode/model/recipe/projection.js'
import { recipeOf } from '../../src/encode/model/recipe/recipe.js'
import { readTensors } from '../../src/encode/model/recipe/safetensors.js'
import { specialTokensOf } from '../../src/encode/model/recipe/special-tokens.js'
import { createSequencer } from '../../src/encode/model/sequence.js'
import { readTokenizer } from '../../src/encode/tokenizer/tokenizer.js'

const markers = ['[Q] ', '[D] ', '[unused0]', '[unused1]']
const words = ['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', '.', 'query', ':', ...markers]
const added = (id: number) => ({ id, content: words[id]!, special: false, normalized: false })
const tokenizer = readTokenizer(
  {
    model: { type: 'WordPiece', vocab: Object.fromEntries(words.slice(0, 9).map((word, id) => [word, id])) },
    added_tokens: [2, 3, 4, 9, 10, 11, 12].map(added),
    normalizer: { type: 'BertNormalizer', lowercase: false, strip_accents: false },
    pre_tokenizer: { type: 'BertPreTokenizer' },
    post_processor: { type: 'BertProcessing', cls: ['[CLS]', 2], sep: ['[SEP]', 3] },
  },
  'tokenizer.json',
)

const inMemory = (bytes: Uint8Array): OpenedFile => ({
  size: bytes.length,
  read: async (start, length) => bytes.slice(start, start + length),
  close: async () => undefined,
})

/** The files of a model: JSON values, or bytes. */
const filesOf = (contents: Readonly<Record<string, unknown>>): ModelFiles => ({
  nameOf: file => file,
  json: async file => contents[file] as Readonly<Record<string, unknown>> | undefined,
  list: async file => contents[file] as readonly unknown[] | undefined,
  open: async file => (contents[file] ? inMemory(contents[file] as Uint8Array) : undefined),
})

async function recipe(contents: Readonly<Record<string, unknown>>) {
  const files = filesOf(contents)
  const declaration = (await readDeclaration(files)) ?? (await readStanfordDeclaration(files))
  const special = specialTokensOf(tokenizer, contents['tokenizer_config.json'] as object as never)
  return declaration && recipeOf(declaration, { files, tokenizer, special })
}

const punctuation = [...'!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~']
const PYLATE = {
  type: 'colbert',
  queryMarker: 9,
  documentMarker: 10,
  countsMarker: true,
  maxQueryTokens: 32,
  maxDocumentTokens: 180,
  queryLength: 32,
  maskToken: '[MASK]',
  attendsToMask: false,
  skipsPunctuation: false,
  // the vocabulary lacks most of them, and PyLate then drops the rows of the unknown token
  skippedTokens: [...punctuation, '[UNK]'],
  trims: true,
  skipsPadding: false,
  skipsSpecial: false,
  normalizes: { query: true, document: true },
}

describe('the recipe of a model', () => {
  it('of PyLate has PyLate’s defaults, whatever its version', async () => {
    const file = 'config_sentence_transformers.json'
    for (const declared of [{ model_type: 'ColBERT' }, { query_prefix: '[Q] ' }, { skiplist_words: null }]) {
      expect((await recipe({ [file]: declared }))?.settings, JSON.stringify(declared)).toEqual(PYLATE)
    }
    const modules = [{ type: 'pylate.models.Dense.Dense', path: '1_Dense' }]
    expect((await recipe({ [file]: {}, 'modules.json': modules }))?.settings).toEqual(PYLATE)
    // the exporter's file alone
    expect((await recipe({ 'onnx_config.json': { query_prefix: '[Q] ' } }))?.settings).toEqual(PYLATE)
    expect(await recipe({ 'onnx_config.json': { query_length: 32 } })).toBeUndefined()
    expect(
      await recipe({ [file]: { model_type: 'SentenceTransformer', prompts: { query: 'query: ' } } }),
    ).toBeUndefined()
  })

  it('of PyLate has the values of its files, those of onnx_config.json last', async () => {
    const saved = {
      model_type: 'ColBERT',
      query_length: 48,
      do_query_expansion: false,
      attend_to_expansion_tokens: true,
      skiplist_words: ['.'],
      document_prefix: '',
      prompts: { query: 'query: ', passage: 'a' },
    }
    const exported = { query_length: 16, document_length: 512, embedding_dim: 64, do_lower_case: true }
    const files = { 'config_sentence_transformers.json': saved, 'onnx_config.json': exported }
    const { queryLength: _, maskToken: __, documentMarker: ___, ...rest } = PYLATE
    expect((await recipe(files))?.settings).toEqual({
      ...rest,
      dim: 64,
      queryPrompt: 'query: ',
      documentPrompt: 'a',
      maxQueryTokens: 48,
      maxDocumentTokens: 512,
      skippedTokens: ['.'],
      lowercases: true,
    })
    const expanding = { ...saved, do_query_expansion: true, default_prompt_name: 'passage' }
    const found = await recipe({
      'config_sentence_transformers.json': { ...expanding, prompts: { passage: 'a' } },
    })
    expect(found?.settings).toMatchObject({ queryLength: 48, attendsToMask: true, queryPrompt: 'a' })
  })

  it('of Stanford’s ColBERT has the values of artifact.metadata', async () => {
    const metadata = {
      query_token_id: '[Q] ',
      doc_token_id: '[D] ',
      query_maxlen: 24,
      doc_maxlen: 220,
      dim: 96,
    }
    const files = { 'artifact.metadata': { ...metadata, attend_to_mask_tokens: true } }
    const expected = {
      ...PYLATE,
      dim: 96,
      queryLength: 24,
      maxQueryTokens: 24,
      maxDocumentTokens: 220,
      attendsToMask: true,
      skippedTokens: punctuation,
      trims: undefined,
    }
    expect((await recipe(files))?.settings).toEqual(expected)
    expect(await recipe({})).toBeUndefined()
    const kept = { 'artifact.metadata': { ...metadata, mask_punctuation: false } }
    expect((await recipe(kept))?.settings.skippedTokens).toEqual([])
    const defaults = { maxQueryTokens: 32, queryLength: 32, maxDocumentTokens: 180 }
    const unnamed = { queryMarker: 11, documentMarker: 12, attendsToMask: false, skippedTokens: punctuation }
    expect((await recipe({ 'artifact.metadata': {} }))?.settings).toMatchObject({ ...defaults, ...unnamed })
    await expect(recipe({ 'artifact.metadata': { query_token_id: '[M]' } })).rejects.toThrow(
      'tokenizer.json has no token "[M]", the marker of queries',
    )
  })

  it('of a MultiVectorEncoder has the values of its modules', async () => {
    const files = {
      'config_sentence_transformers.json': { model_type: 'MultiVectorEncoder', prompts: { query: '[Q] ' } },
      'modules.json': [
        { type: 'sentence_transformers.base.modules.transformer.Transformer', path: '' },
        {
          type: 'sentence_transformers.multi_vector_encoder.modules.multi_vector_mask.MultiVectorMask',
          path: '1',
        },
      ],
      'sentence_bert_config.json': {
        document_length: 100,
        query_length: 20,
        query_expansion: { strategy: 'min', length: 24, token: 'a', attend: true },
      },
      '1/config.json': { skiplist_words: ['.'] },
    }
    const { queryMarker: _, documentMarker: __, ...rest } = PYLATE
    const settings = {
      ...rest,
      queryPrompt: '[Q] ',
      queryLength: 24,
      maxQueryTokens: 24,
      maxDocumentTokens: 100,
      maskToken: 'a',
      attendsToMask: true,
      skippedTokens: ['.'],
      trims: undefined,
      normalizes: { query: false, document: false },
    }
    expect((await recipe(files))?.settings).toEqual(settings)
    const fixed = { query_expansion: { strategy: 'fixed', length: 16 } }
    expect((await recipe({ ...files, 'sentence_bert_config.json': fixed }))?.settings).toMatchObject({
      maxQueryTokens: 16,
      queryLength: 16,
      maskToken: '[MASK]',
      attendsToMask: false,
    })
    const capped = { max_seq_length: 60, query_expansion: { strategy: 'min', length: 24 } }
    expect((await recipe({ ...files, 'sentence_bert_config.json': capped }))?.settings).toMatchObject({
      maxQueryTokens: 60,
      queryLength: 24,
      maxDocumentTokens: 60,
    })
    await expect(recipe({ ...files, '1/config.json': { keep_only_token_ids: [5] } })).rejects.toThrow(
      '1/config.json drops rows of queries, or all rows but those of images, which cannot be run here; pass "settings" for it',
    )
  })
})

describe('a value that a file of a model declares', () => {
  const ST_FILE = 'config_sentence_transformers.json'

  it.each<[file: string, name: string, value: unknown, expected: string]>([
    [ST_FILE, 'query_length', 0, 'a whole number of at least 1, got 0'],
    [ST_FILE, 'query_length', 1.5, 'a whole number of at least 1, got 1.5'],
    [ST_FILE, 'document_length', '180', 'a whole number of at least 1, got string'],
    [ST_FILE, 'embedding_dim', -8, 'a whole number of at least 1, got -8'],
    [ST_FILE, 'mask_token_id', -1, 'a whole number of at least 0, got -1'],
    [ST_FILE, 'query_prefix_id', 0.5, 'a whole number of at least 0, got 0.5'],
    [ST_FILE, 'query_prefix', 9, 'a string, got 9'],
    [ST_FILE, 'document_prefix', [], 'a string, got array'],
    [ST_FILE, 'default_prompt_name', {}, 'a string, got object'],
    [ST_FILE, 'do_query_expansion', 'yes', 'true or false, got string'],
    [ST_FILE, 'attend_to_expansion_tokens', 1, 'true or false, got 1'],
    [ST_FILE, 'skiplist_words', '.', 'a list of strings, got string'],
    [ST_FILE, 'skiplist_words', ['.', 1], 'a list of strings, got array'],
    [ST_FILE, 'prompts', ['query: '], 'an object, got array'],
    [ST_FILE, 'prompts', 'query: ', 'an object, got string'],
    ['artifact.metadata', 'query_maxlen', 0, 'a whole number of at least 1, got 0'],
    ['artifact.metadata', 'doc_maxlen', '180', 'a whole number of at least 1, got string'],
    ['artifact.metadata', 'dim', null, ''],
    ['artifact.metadata', 'mask_punctuation', 0, 'true or false, got 0'],
  ])('has a type: %s, "%s": %j', async (file, name, value, expected) => {
    const values = file === ST_FILE ? { model_type: 'ColBERT' } : {}
    const found = recipe({ [file]: { ...values, [name]: value } })
    // null counts as missing
    if (expected === '') await expect(found).resolves.toBeDefined()
    else await expect(found).rejects.toThrow(new RangeError(`"${name}" in ${file} expected ${expected}`))
  })

  it('may be the id of a marker that the tokenizer does not have', async () => {
    const values = { model_type: 'ColBERT', query_prefix: '<q>', document_prefix: '<d>' }
    const ids = { query_prefix_id: 0, document_prefix_id: 77 }
    const found = await recipe({ [ST_FILE]: { ...values, ...ids } })
    expect(found?.settings).toMatchObject({ queryMarker: 0, documentMarker: 77 })
    const { document_prefix_id: _, ...queryId } = ids
    await expect(recipe({ [ST_FILE]: { ...values, ...queryId } })).rejects.toThrow(
      new RangeError(
        'tokenizer.json has no token "<d>", the marker of documents; save the tokenizer with PyLate, which adds it, and ' +
          'export the model again',
      ),
    )
  })

  it('has a prompt for each task, the default where the task has no prompt', async () => {
    const promptsOf = async (values: object) => {
      const { settings } = (await recipe({ [ST_FILE]: { model_type: 'ColBERT', ...values } }))!
      return [settings.queryPrompt, settings.documentPrompt]
    }
    const all = { corpus: 'c', passage: 'p', document: 'd', other: 'o' }
    expect(await promptsOf({ prompts: all })).toEqual([undefined, 'd'])
    expect(await promptsOf({ prompts: { corpus: 'c', passage: 'p' } })).toEqual([undefined, 'p'])
    expect(await promptsOf({ prompts: { corpus: 'c', query: 'q' } })).toEqual(['q', 'c'])
    expect(await promptsOf({ prompts: all, default_prompt_name: 'other' })).toEqual(['o', 'd'])
    // an empty prompt is one
    const empty = { prompts: { query: '', other: 'o' }, default_prompt_name: 'other' }
    expect(await promptsOf(empty)).toEqual([undefined, 'o'])
  })
})

describe('files that declare a model for late interaction', () => {
  const multi = 'sentence_transformers.multi_vector_encoder.modules.multi_vector_mask.MultiVectorMask'
  const modules = [{ type: multi, path: '1' }]

  it.each([
    ['query_prefix', '[Q] '],
    ['document_prefix', '[D] '],
    ['do_query_expansion', true],
    ['attend_to_expansion_tokens', false],
    ['skiplist_words', punctuation],
  ])('are those of PyLate by a single value: %s', async (name, value) => {
    expect((await recipe({ [ST]: { [name]: value } }))?.settings).toEqual(PYLATE)
  })

  it('are enough without the others where those have defaults', async () => {
    const pylate = [{ type: 'pylate.models.Dense.Dense', path: '1_Dense' }]
    expect((await recipe({ 'modules.json': pylate }))?.settings).toEqual(PYLATE)
    const plain = [{ type: 'sentence_transformers.models.Pooling', path: '1_Pooling' }]
    expect(await recipe({ 'modules.json': plain })).toBeUndefined()
    // modules.json decides, whatever the other file calls the model
    const other = { 'modules.json': modules, [ST]: { model_type: 'SentenceTransformer', prompts: {} } }
    expect((await recipe(other))?.settings.type).toBe('colbert')
  })

  it('are refused if modules.json has an entry without a type or a path, or a module that cannot be run', async () => {
    for (const entry of [{ type: multi }, { path: '1' }, { type: 1, path: '1' }]) {
      await expect(recipe({ 'modules.json': [...modules, entry] })).rejects.toThrow(
        new RangeError('modules.json expected "type" and "path" in entry 1'),
      )
    }
    const files = { [ST]: { model_type: 'MultiVectorEncoder' } }
    await expect(
      recipe({ ...files, 'modules.json': [...modules, { type: 'a.b.Pooling', path: '2' }] }),
    ).rejects.toThrow(
      new RangeError(
        'modules.json has the module a.b.Pooling, which cannot be run here; supported modules: Transformer, Dense, ' +
          'MultiVectorMask, Normalize',
      ),
    )
  })

  it('say whether rows are scaled, and which words have no rows, by their modules', async () => {
    const normalize = { type: 'a.Normalize', path: '2' }
    const settingsWith = async (contents: object) =>
      (await recipe({
        [ST]: { model_type: 'MultiVectorEncoder' },
        'modules.json': [...modules, normalize],
        ...contents,
      }))!.settings
    const unit = { '2/config.json': { module_input_name: 'token_embeddings' } }
    expect((await settingsWith(unit)).normalizes).toEqual({ query: true, document: true })
    const pooled = { '2/config.json': { module_input_name: 'sentence_embedding' } }
    for (const contents of [pooled, {}]) {
      expect((await settingsWith(contents)).normalizes).toEqual({ query: false, document: false })
    }
    expect((await settingsWith({})).skippedTokens).toEqual([])
    const masked = { '1/config.json': { skiplist_tasks: ['document'], skiplist_words: ['.'] } }
    expect((await settingsWith(masked)).skippedTokens).toEqual(['.'])
    for (const tasks of [[], ['query'], ['document', 'query']]) {
      await expect(settingsWith({ '1/config.json': { skiplist_tasks: tasks } })).rejects.toThrow(
        new RangeError(
          '1/config.json drops rows of queries, or all rows but those of images, which cannot be run here; pass "settings" for it',
        ),
      )
    }
  })

  it('are refused if queries are filled up and the tokenizer has no token for it', async () => {
    const plain = readTokenizer(
      { model: { type: 'WordPiece', vocab: { '[UNK]': 0, '[Q] ': 1, '[D] ': 2 } } },
      'a',
    )
    const files = filesOf({ [ST]: { model_type: 'ColBERT' } })
    const declaration = (await readDeclaration(files))!
    const sources = { files, tokenizer: plain, special: specialTokensOf(plain) }
    await expect(recipeOf(declaration, sources)).rejects.toThrow(
      new RangeError(
        `${ST} declares that queries are filled up to 32 tokens, but the tokenizer has no mask token and no end token; add ` +
          '"mask_token" to tokenizer_config.json',
      ),
    )
  })

  it('are refused without those that say how it is used', async () => {
    const needs = (file: string, other: string) =>
      `${file} is of a MultiVectorEncoder of Sentence Transformers, which also needs ${other}; copy all files of the model`
    await expect(recipe({ 'modules.json': modules })).rejects.toThrow(needs('modules.json', ST))
    await expect(recipe({ [ST]: { model_type: 'MultiVectorEncoder' } })).rejects.toThrow(
      needs(ST, 'modules.json'),
    )
  })

  it('are refused if they fill up queries in an unknown way, or on the left', async () => {
    const saved = { [ST]: { model_type: 'MultiVectorEncoder' }, 'modules.json': [] }
    for (const [expansion, got] of [
      [{ strategy: 'wide', length: 8 }, '{"strategy":"wide","length":8}'],
      [{ strategy: 'min' }, '{"strategy":"min"}'],
      [{ length: 8 }, '{"length":8}'],
    ] as const) {
      await expect(recipe({ ...saved, [BERT]: { query_expansion: expansion } })).rejects.toThrow(
        `"query_expansion" in ${BERT} expected the "strategy" fixed or min and a "length", got ${got}; a newer version may have written it`,
      )
    }
    const left = { 'tokenizer_config.json': { padding_side: 'left' } }
    await expect(recipe({ ...left, [ST]: { model_type: 'ColBERT' } })).rejects.toThrow(
      `${ST} declares that queries are filled up to 32 tokens, and the tokenizer does so on the left ("padding_side"), which cannot be run here; pass "settings" for it`,
    )
    const unfilled = { model_type: 'ColBERT', do_query_expansion: false }
    expect((await recipe({ ...left, [ST]: unfilled }))?.settings.queryLength).toBeUndefined()
    await expect(recipe({ [ST]: { model_type: 'ColBERT' }, [BERT]: { do_lower_case: 1 } })).rejects.toThrow(
      `"do_lower_case" in ${BERT} expected true or false, got 1`,
    )
  })
})

const ST = 'config_sentence_transformers.json'
const BERT = 'sentence_bert_config.json'
const pylateValues = (query_length: number, document_length: number, more: object = {}) => ({
  query_prefix: '[Q] ',
  document_prefix: '[D] ',
  query_length,
  document_length,
  attend_to_expansion_tokens: false,
  skiplist_words: punctuation,
  ...more,
})
const codeValues = pylateValues(256, 2048, {
  model_type: 'ColBERT',
  prompts: { query: '', document: '' },
  default_prompt_name: null,
  similarity_fn_name: 'MaxSim',
  do_query_expansion: false,
})
const unused = { query_prefix: '[unused0]', document_prefix: '[unused1]' }
const stanfordValues = {
  query_token_id: '[unused0]',
  doc_token_id: '[unused1]',
  attend_to_mask_tokens: false,
}

it('the token that fills up queries is the mask token, otherwise the declared one, otherwise one that ends texts', () => {
  const tokens = (...names: string[]) =>
    readTokenizer(
      { model: { type: 'WordLevel', vocab: Object.fromEntries(names.map((name, id) => [name, id])) } },
      'a.json',
    )
  const own = { mask_token: { content: '<m>' }, eos_token: '</s>', pad_token: '<p>' }
  const fillerOf = (names: string[], id: number | undefined, ...files: object[]) =>
    specialTokensOf(tokens(...names), ...(files as never[])).fillerOf(id)
  const all = ['a', '<m>', '[MASK]', '<mask>', '</s>', '<p>']
  expect(fillerOf(all, 0, own)).toBe('<m>')
  // a later file has what an earlier one lacks
  expect(fillerOf(all, 0, {}, own)).toBe('<m>')
  expect(fillerOf(all, 0, { mask_token: '[MASK]' }, own)).toBe('[MASK]')
  // files have null for a token that a model does not have
  expect(fillerOf(all, 0, { mask_token: null }, { mask_token: { content: 3 } }, own)).toBe('<m>')
  // tokens that the vocabulary lacks do not count
  expect(fillerOf(['a', '[MASK]', '</s>'], 0, own)).toBe('a')
  expect(fillerOf(['a', '[MASK]', '</s>'], undefined, own)).toBe('[MASK]')
  expect(fillerOf(['a', '<mask>', '</s>'], 9, own)).toBe('<mask>')
  expect(fillerOf(['a', '</s>', '<p>'], undefined, own)).toBe('</s>')
  expect(fillerOf(['a', '<p>'], undefined, own)).toBe('<p>')
  expect(fillerOf(['a'], undefined, own)).toBeUndefined()
  expect(specialTokensOf(tokens('a', '<unk>')).unknown).toBe('<unk>')
  // tokenizer_config.json says at which side texts are filled up, otherwise tokenizer.json
  const padsLeft = (inConfig: string | undefined, paddingSide: 'left' | 'right') =>
    specialTokensOf({ ...tokens('a'), paddingSide }, { padding_side: inConfig } as never).padsLeft
  expect([padsLeft('left', 'right'), padsLeft('right', 'left')]).toEqual([true, false])
  expect([padsLeft(undefined, 'left'), padsLeft(undefined, 'right')]).toEqual([true, false])
  expect(specialTokensOf(tokens('a', '[UNK]', '<unk>'), { unk_token: 'a' }).unknown).toBe('a')
})

it.each([
  ['Left', undefined, true],
  ['Right', undefined, false],
  [undefined, undefined, false],
  ['Left', 'right', false],
  ['Right', 'left', true],
])(
  'a tokenizer whose padding is %s, with the side %s in its configuration, pads on the left: %s',
  (direction, side, isLeft) => {
    const padded = readTokenizer(
      { model: { type: 'WordLevel', vocab: { a: 0 } }, ...(direction && { padding: { direction } }) },
      'a.json',
    )
    expect(specialTokensOf(padded, side ? { padding_side: side } : undefined).padsLeft).toBe(isLeft)
  },
)

/** The dense layer of a model, as modules.json and 1_Dense/config.json declare it. */
const dense = (in_features: number, out_features: number) => ({
  'modules.json': [
    { type: 'sentence_transformers.models.Transformer', path: '' },
    { type: 'pylate.models.Dense.Dense', path: '1_Dense' },
  ],
  '1_Dense/config.json': {
    in_features,
    out_features,
    bias: false,
    activation_function: 'torch.nn.modules.linear.Identity',
  },
})

interface KnownModel {
  readonly files: Readonly<Record<string, unknown>>
  readonly expected: Readonly<Record<string, unknown>>
  /** Settings that it does not have. */
  readonly absent?: readonly string[]
  /** Elements of a row after the projection. */
  readonly dim?: number
}

// The values of files of these repositories on the hub, of which public pages show the text or the model's card the numbers
// (docs/encoders.md says which). The tokenizer is the tiny one above.
const KNOWN: Readonly<Record<string, KnownModel>> = {
  'lightonai/GTE-ModernColBERT-v1': {
    files: { [ST]: pylateValues(32, 300), [BERT]: { max_seq_length: 299 }, ...dense(768, 128) },
    expected: { queryMarker: 9, documentMarker: 10, queryLength: 32, maxDocumentTokens: 300 },
    dim: 128,
  },
  'lightonai/LateOn-Code': {
    files: { [ST]: codeValues, [BERT]: { max_seq_length: 2047, do_lower_case: false }, ...dense(768, 128) },
    expected: { queryMarker: 9, maxQueryTokens: 256, maxDocumentTokens: 2048 },
    absent: ['queryLength', 'lowercases'],
    dim: 128,
  },
  'lightonai/LateOn-Code-edge': {
    files: { [ST]: codeValues, [BERT]: { max_seq_length: 2047, do_lower_case: true }, ...dense(256, 48) },
    expected: { lowercases: true, maxQueryTokens: 256, maxDocumentTokens: 2048 },
    absent: ['queryLength', 'queryPrompt'],
    dim: 48,
  },
  'lightonai/Reason-ModernColBERT': {
    files: { [ST]: pylateValues(128, 8192, { skiplist_words: [] }), ...dense(768, 128) },
    expected: { queryLength: 128, maxDocumentTokens: 8192, skippedTokens: [] },
    dim: 128,
  },
  'lightonai/mxbai-edge-colbert-v0-32m-onnx': {
    files: {
      'onnx_config.json': pylateValues(48, 512, {
        model_type: 'ColBERT',
        do_query_expansion: false,
        embedding_dim: 64,
        mask_token_id: 50284,
        query_prefix_id: 50368,
        document_prefix_id: 50369,
        do_lower_case: true,
      }),
    },
    expected: { dim: 64, queryMarker: 9, lowercases: true, maxQueryTokens: 48, maxDocumentTokens: 512 },
  },
  'LiquidAI/LFM2-ColBERT-350M': {
    files: {
      [ST]: pylateValues(32, 512),
      [BERT]: { max_seq_length: 511, do_lower_case: false },
      ...dense(1024, 128),
    },
    expected: { queryLength: 32, maxDocumentTokens: 512, attendsToMask: false },
    dim: 128,
  },
  'lightonai/answerai-colbert-small-v1': {
    files: { [ST]: pylateValues(32, 300, unused), ...dense(384, 96) },
    expected: { queryMarker: 11, documentMarker: 12, queryLength: 32, maxDocumentTokens: 300 },
    dim: 96,
  },
  'lightonai/colbertv2.0': {
    files: { [ST]: pylateValues(32, 300, unused), ...dense(768, 128) },
    expected: { queryMarker: 11, documentMarker: 12, queryLength: 32, maxDocumentTokens: 300 },
    dim: 128,
  },
  'mixedbread-ai/mxbai-colbert-large-v1': {
    files: {
      'artifact.metadata': {
        ...stanfordValues,
        query_maxlen: 128,
        doc_maxlen: 256,
        dim: 128,
        mask_punctuation: true,
      },
    },
    expected: { dim: 128, queryMarker: 11, queryLength: 128, maxDocumentTokens: 256, attendsToMask: false },
  },
}

it.each(Object.entries(KNOWN))('%s is used as its files say', async (_, { files, expected, absent, dim }) => {
  const found = await recipe(files)
  expect(found?.settings).toMatchObject({ type: 'colbert', ...expected })
  for (const name of absent ?? []) expect(found?.settings).not.toHaveProperty(name)
  if (dim !== undefined) expect(found?.projection).toMatchObject({ outDim: dim })
})

/** A safetensors file with the given tensors. */
function safetensors(
  tensors: Readonly<Record<string, readonly [dtype: string, shape: number[], bytes: ArrayBufferView]>>,
) {
  const header: Record<string, object> = {}
  const parts: Uint8Array[] = []
  let offset = 0
  for (const [name, [dtype, shape, view]] of Object.entries(tensors)) {
    const bytes = new Uint8Array(view.buffer)
    header[name] = { dtype, shape, data_offsets: [offset, offset + bytes.length] }
    parts.push(bytes)
    offset += bytes.length
  }
  const json = Buffer.from(JSON.stringify(header))
  const size = Buffer.alloc(8)
  size.writeBigUInt64LE(BigInt(json.length))
  return new Uint8Array(Buffer.concat([size, json, ...parts]))
}

describe('a safetensors file', () => {
  it('has tensors in four dtypes, of which the wanted ones are read', async () => {
    const file = safetensors({
      f64: ['F64', [2], Float64Array.of(1.5, -2)],
      f32: ['F32', [1, 2], Float32Array.of(0.25, 8)],
      f16: ['F16', [2], Uint16Array.of(0x3c00, 0xc000)],
      bf16: ['BF16', [2], Uint16Array.of(0x3f80, 0xc000)],
      ids: ['I64', [1], BigInt64Array.of(7n)],
    })
    const tensors = await readTensors(inMemory(file), 'w', ['f64', 'f32', 'f16', 'bf16', 'none'])
    expect([...tensors].map(([name, { shape, data }]) => [name, shape, [...data]])).toEqual([
      ['f64', [2], [1.5, -2]],
      ['f32', [1, 2], [0.25, 8]],
      ['f16', [2], [1, -2]],
      ['bf16', [2], [1, -2]],
    ])
    await expect(readTensors(inMemory(file), 'w', ['ids'])).rejects.toThrow(
      'w has the tensor "ids" in I64, expected one of F64, F32, F16, BF16',
    )
  })

  it('whose header claims other sizes is refused', async () => {
    const damaged = 'w is not a complete safetensors file; replace it by a complete file'
    for (const shape of [[1], [3], [2, 2]]) {
      const file = safetensors({
        a: ['F32', shape, Float32Array.of(1, 2)],
        b: ['F32', [2], Float32Array.of(3, 4)],
      })
      await expect(readTensors(inMemory(file), 'w', ['a']), shape.join()).rejects.toThrow(damaged)
      expect([...(await readTensors(inMemory(file), 'w', ['b'])).get('b')!.data]).toEqual([3, 4])
    }
    const claiming = (length: bigint): OpenedFile => ({
      ...inMemory(new Uint8Array()),
      size: 1e9,
      read: async start =>
        start === 0 ? new Uint8Array(BigUint64Array.of(length).buffer) : Buffer.from('{}'),
    })
    for (const length of [0n, 1n, 100_000_001n])
      await expect(readTensors(claiming(length), 'w', []), String(length)).rejects.toThrow(damaged)
    for (const length of [2n, 100_000_000n])
      expect((await readTensors(claiming(length), 'w', ['a'])).size).toBe(0)
  })

  it('whose header is not valid JSON is refused', async () => {
    const file = safetensors({ a: ['F32', [2], Float32Array.of(1, 2)] })
    file[8] = '['.charCodeAt(0)
    await expect(readTensors(inMemory(file), 'w', ['a'])).rejects.toThrow(
      'w is not a complete safetensors file; replace it by a complete file',
    )
  })

  it('that is incomplete is refused, at whatever byte it ends', async () => {
    const file = safetensors({ a: ['F32', [2], Float32Array.of(1, 2)] })
    for (let length = 0; length < file.length; length++) {
      await expect(
        readTensors(inMemory(file.slice(0, length)), 'w', ['a']),
        `${length} bytes`,
      ).rejects.toThrow('w is not a complete safetensors file; replace it by a complete file')
    }
  })
})

describe('a dense layer', () => {
  const weights = Float32Array.from({ length: 10 }, (_, i) => i - 4)
  const layer = {
    inDim: 2,
    outDim: 5,
    weights,
    bias: undefined,
    activation: 'Identity',
    residual: undefined,
  } as const

  it('multiplies rows by its weights, adds its bias and applies its activation', () => {
    const rows = Float32Array.of(1, 2, -1, 0.5)
    const products = [-10, -4, 2, 8, 14, 2.5, 1.5, 0.5, -0.5, -1.5]
    expect([...applyDense(layer, rows)]).toEqual(products)
    const bias = Float32Array.of(1, 0, 0, 0, -20)
    expect([...applyDense({ ...layer, bias, activation: 'ReLU' }, rows)]).toEqual([
      0, 0, 2, 8, 0, 3.5, 1.5, 0.5, 0, 0,
    ])
    const bent = applyDense({ ...layer, activation: 'Tanh' }, rows)
    expect([...bent]).toEqual(products.map(x => Math.fround(Math.tanh(x))))
    const sigmoid = applyDense({ ...layer, activation: 'Sigmoid' }, rows)
    expect([...sigmoid]).toEqual(products.map(x => Math.fround(1 / (1 + Math.exp(-x)))))
  })

  it('adds the row, or its projection, if it has a residual', () => {
    const square = { ...layer, outDim: 2, weights: Float32Array.of(0, 1, 1, 0) }
    expect([...applyDense({ ...square, residual: 'identity' }, Float32Array.of(3, 4))]).toEqual([7, 7])
    const residual = Float32Array.of(2, 0, 0, 2)
    expect([...applyDense({ ...square, residual }, Float32Array.of(3, 4))]).toEqual([10, 11])
  })
})

describe('the projection of an ONNX file', () => {
  const batch = { count: 1, length: 1, ids: Int32Array.of(1), attention: Int32Array.of(1) }
  const dense = { 'linear.weight': ['F32', [2, 2], Float32Array.of(0, 1, 1, 0)] } as const
  const files = {
    'config_sentence_transformers.json': { model_type: 'ColBERT' },
    'modules.json': [{ type: 'pylate.models.Dense.Dense', path: '1_Dense' }],
    '1_Dense/config.json': { in_features: 2, out_features: 2, activation_function: 'torch.nn.Identity' },
    '1_Dense/model.safetensors': safetensors(dense as never),
  }
  let disposals = 0
  const sessionOf = (output: string): ModelSession => ({
    file: 'model.onnx',
    run: async () => ({ data: Float32Array.of(3, 4), dim: 2, output }),
    dispose: async () => void disposals++,
  })

  it('differs from the transformer by the output’s name where both have the same dim', async () => {
    const found = (await recipe(files))!
    for (const [output, row] of [
      ['last_hidden_state', [4, 3]],
      ['token_embeddings', [4, 3]],
      ['output', [3, 4]],
    ] as const) {
      const { session, dim } = await projectSession(
        { session: sessionOf(output), recipe: found, hiddenDim: 2 },
        [batch],
      )
      expect([dim, ...(await session.run(batch)).data]).toEqual([2, ...row])
    }
  })

  it('adds the row as it is, if the layer has a residual without weights and keeps the dim', async () => {
    const config = { ...files['1_Dense/config.json'], use_residual: true }
    const found = (await recipe({ ...files, '1_Dense/config.json': config }))!
    const source = { session: sessionOf('last_hidden_state'), recipe: found, hiddenDim: 2 }
    const { session } = await projectSession(source, [batch])
    expect([...(await session.run(batch)).data]).toEqual([7, 7])
    const wider = recipe({ ...files, '1_Dense/config.json': { ...config, out_features: 3 } })
    await expect(wider.then(wide => projectSession({ ...source, recipe: wide! }, [batch]))).rejects.toThrow(
      /linear\.weight/,
    )
  })

  it('has the layers in the order of modules.json, with the bias of each', async () => {
    const layers = {
      ...files,
      'modules.json': ['1_Dense', '2_Dense'].map(path => ({ type: 'pylate.models.Dense.Dense', path })),
      '2_Dense/config.json': { in_features: 2, out_features: 1, activation_function: 'torch.nn.Identity' },
      '2_Dense/model.safetensors': safetensors({
        'linear.weight': ['F32', [1, 2], Float32Array.of(10, 1)],
        'linear.bias': ['F32', [1], Float32Array.of(0.5)],
      }),
    }
    const found = (await recipe(layers))!
    expect(found.projection).toMatchObject({ inDim: 2, outDim: 1 })
    const { session, dim } = await projectSession(
      { session: sessionOf('last_hidden_state'), recipe: found, hiddenDim: 2 },
      [batch],
    )
    const rows = await session.run(batch)
    expect([dim, rows.dim, ...rows.data]).toEqual([1, 1, 43.5])
    // it frees the model of the transformer
    disposals = 0
    await session.dispose()
    expect(disposals).toBe(1)
  })

  it('bends the rows as Sentence Transformers does, if no activation is declared', async () => {
    const found = (await recipe({ ...files, '1_Dense/config.json': { in_features: 2, out_features: 2 } }))!
    const layers = await (found.projection as Projection).load()
    expect(layers.map(({ activation }) => activation)).toEqual(['Tanh'])
    const softmax = { in_features: 2, out_features: 2, activation_function: 'torch.nn.Softmax' }
    await expect(recipe({ ...files, '1_Dense/config.json': softmax })).rejects.toThrow(
      new RangeError(
        '1_Dense/config.json has the activation function "torch.nn.Softmax"; supported: Identity, Tanh, ReLU, Sigmoid; ' +
          'export the model to ONNX with its projection',
      ),
    )
  })

  it.each<[string, object, string]>([
    [
      'without weights',
      { '1_Dense/model.safetensors': undefined },
      '1_Dense/model.safetensors does not exist, and the ONNX file has no projection; save the model with ' +
        'safe_serialization, or export it to ONNX with its projection',
    ],
    [
      'with weights of another shape',
      {
        '1_Dense/model.safetensors': safetensors({ 'linear.weight': ['F32', [1, 2], Float32Array.of(0, 1)] }),
      },
      '1_Dense/model.safetensors expected the tensor "linear.weight" of 2 x 2, got 1 x 2',
    ],
    [
      'with a bias of another shape',
      {
        '1_Dense/model.safetensors': safetensors({
          ...dense,
          'linear.bias': ['F32', [1], Float32Array.of(1)],
        } as never),
      },
      '1_Dense/model.safetensors expected the tensor "linear.bias" of 2, got 1',
    ],
  ])('is refused %s, and the model is freed', async (_, change, message) => {
    const found = (await recipe({ ...files, ...change }))!
    const source = { session: sessionOf('last_hidden_state'), recipe: found, hiddenDim: 2 }
    disposals = 0
    await expect(projectSession(source, [batch])).rejects.toThrow(new RangeError(message))
    expect(disposals).toBe(1)
  })

  it('is refused without its dims, and missing if the folder of a layer is', async () => {
    for (const config of [{ in_features: 2 }, { out_features: 2 }]) {
      await expect(recipe({ ...files, '1_Dense/config.json': config })).rejects.toThrow(
        new RangeError('1_Dense/config.json expected "in_features" and "out_features"'),
      )
    }
    const found = (await recipe({ ...files, '1_Dense/config.json': undefined }))!
    expect(found.projection).toBe('missing')
    const source = { session: sessionOf('last_hidden_state'), recipe: found, hiddenDim: 2 }
    disposals = 0
    await expect(projectSession(source, [batch])).rejects.toThrow(
      new RangeError(
        'model.onnx returns the 2 elements of the transformer, and its projection is missing: modules.json lists no dense ' +
          'layer, or the folder of one has no config.json; add them, or export the model with its projection',
      ),
    )
    expect(disposals).toBe(1)
    // rows of another dim have been projected
    expect((await projectSession({ ...source, hiddenDim: 4 }, [batch])).dim).toBe(2)
  })

  it.each([
    ['1_Dense/model.safetensors', 'optional', files],
    ['model.safetensors', 'local', { 'artifact.metadata': { query_token_id: '[Q] ', doc_token_id: '[D] ' } }],
  ] as const)(
    'is read from %s, which is %s, and which is closed whatever happens',
    async (name, need, contents) => {
      let [opened, closed] = [0, 0]
      for (const bytes of [safetensors(dense as never), new Uint8Array(3)]) {
        const memory = filesOf(contents)
        const counting: ModelFiles = {
          ...memory,
          async open(file, requested) {
            expect([file, requested]).toEqual([name, need])
            opened++
            return { ...inMemory(bytes), close: async () => void closed++ }
          },
        }
        const declaration = (await readDeclaration(counting)) ?? (await readStanfordDeclaration(counting))
        const special = specialTokensOf(tokenizer)
        const found = await recipeOf(declaration!, { files: counting, tokenizer, special })
        // nothing is read before it is needed
        expect(opened).toBe(closed)
        const loading = (found.projection as Projection).load()
        if (bytes.length > 3) expect((await loading).map(({ outDim }) => outDim)).toEqual([2])
        else await expect(loading).rejects.toThrow(`${name} is not a complete safetensors file`)
      }
      expect([opened, closed]).toEqual([2, 2])
    },
  )

  it('of Stanford’s ColBERT is named where it is missing', async () => {
    const metadata = { query_token_id: '[Q] ', doc_token_id: '[D] ' }
    const other = safetensors({ other: ['F32', [1], Float32Array.of(1)] })
    for (const weights of [undefined, other]) {
      const found = (await recipe({ 'artifact.metadata': metadata, 'model.safetensors': weights }))!
      await expect((found.projection as Projection).load()).rejects.toThrow(
        new RangeError(
          'the ONNX file has no projection, and neither has model.safetensors ("linear.weight"); export the model to ONNX ' +
            'with its projection',
        ),
      )
    }
  })

  it('frees the model if a later batch fails', async () => {
    const found = (await recipe(files))!
    let calls = 0
    const session = sessionOf('output')
    const failing: ModelSession = {
      ...session,
      run: async one => {
        if (calls++ > 0) throw new Error('out of memory')
        return session.run(one)
      },
    }
    disposals = 0
    await expect(
      projectSession({ session: failing, recipe: found, hiddenDim: 2 }, [batch, batch]),
    ).rejects.toThrow('out of memory')
    expect([calls, disposals]).toEqual([2, 1])
  })

  it('is refused if it has another dim than the model, and the model is freed', async () => {
    const found = (await recipe(files))!
    const other = { ...found, settings: { ...found.settings, dim: 3 } }
    const source = { session: sessionOf('output'), recipe: other, hiddenDim: 4 }
    disposals = 0
    await expect(projectSession(source, [batch])).rejects.toThrow(
      'model.onnx expected rows of dim 3, as in its settings, got 2; it is another model',
    )
    expect(disposals).toBe(1)
  })
})

describe('a text after a prompt', () => {
  const unchanged = { prompt: '', lowercases: false, trims: false }

  it('is trimmed as Python trims it, with positions in the text as written', () => {
    const find = createPieceFinder(tokenizer, { ...unchanged, trims: true })
    const { pieces } = find('\x1c\u3000a .\x85\n')
    expect(pieces.map(({ text, start, end }) => [text, start, end])).toEqual([
      ['a', 2, 3],
      ['.', 4, 5],
    ])
    expect(find(' \n').pieces).toEqual([])
    // a tokenizer that keeps white space
    const letters = readTokenizer(
      { model: { type: 'BPE', vocab: { a: 0, b: 1, ' ': 2 }, merges: [] } },
      'tokenizer.json',
    )
    const { pieces: kept } = createPieceFinder(letters, { ...unchanged, trims: true })(' a b ')
    expect(kept.map(({ text, start, end }) => [text, start, end])).toEqual([
      ['a', 1, 2],
      [' ', 2, 3],
      ['b', 3, 4],
    ])
  })

  it('has positions without the prompt', () => {
    const { prompt, pieces } = createPieceFinder(tokenizer, { ...unchanged, prompt: 'query: ' })('a .a')
    expect(prompt.map(({ text }) => text)).toEqual(['query', ':'])
    expect(pieces.map(({ text, start, end }) => [text, start, end])).toEqual([
      ['a', 0, 1],
      ['.', 2, 3],
      ['a', 3, 4],
    ])
  })

  it('without tokens does not get the tokens of the prompt', () => {
    const find = createPieceFinder(tokenizer, { ...unchanged, prompt: 'query: ' })
    for (const text of ['', ' ', '\n']) {
      const { prompt, pieces } = find(text)
      expect([prompt.map(({ text }) => text), pieces]).toEqual([['query', ':'], []])
    }
    // another prompt replaces the usual one
    expect(find('a', '').prompt).toEqual([])
    expect(find('a', '. ').prompt.map(({ text }) => text)).toEqual(['.'])
    expect(createPieceFinder(tokenizer, { ...unchanged, trims: true })('')).toEqual({
      prompt: [],
      pieces: [],
    })
  })

  it('is trimmed together with its prompt', () => {
    const find = createPieceFinder(tokenizer, { ...unchanged, prompt: ' query: ', trims: true })
    const { prompt, pieces } = find('a . ')
    expect(prompt.map(({ text }) => text)).toEqual(['query', ':'])
    expect(pieces.map(({ text, start, end }) => [text, start, end])).toEqual([
      ['a', 0, 1],
      ['.', 2, 3],
    ])
  })

  it('is put into lower case, with positions in the text as written', () => {
    const { pieces } = createPieceFinder(tokenizer, { ...unchanged, lowercases: true })('İİ A')
    expect(pieces.map(({ text, start, end }) => [text, start, end])).toEqual([
      ['[UNK]', 0, 2],
      ['a', 3, 4],
    ])
    // a token of a part of a letter has the position of the letter
    const letters = readTokenizer(
      {
        model: {
          type: 'WordPiece',
          vocab: { '[UNK]': 0, a: 1, i: 2, '##\u0307': 3, '##a': 4 },
          unk_token: '[UNK]',
        },
        pre_tokenizer: { type: 'BertPreTokenizer' },
      },
      'tokenizer.json',
    )
    const find = createPieceFinder(letters, { prompt: 'A ', lowercases: true, trims: false })
    expect(find('İA a').pieces.map(({ text, start, end }) => [text, start, end])).toEqual([
      ['i', 0, 1],
      ['##\u0307', 0, 1],
      ['##a', 1, 2],
      ['a', 3, 4],
    ])
  })
})

describe('a model that changes its texts', () => {
  // a tokenizer that keeps white space
  const letters = readTokenizer(
    { model: { type: 'BPE', vocab: { a: 0, b: 1, ' ': 2, A: 3 }, merges: [] } },
    'tokenizer.json',
  )
  const limits = { maxQueryTokens: 9, maxDocumentTokens: 9, padId: undefined, maskId: undefined }
  const settings = {
    type: 'tokens',
    countsMarker: false,
    attendsToMask: false,
    skipsPunctuation: false,
    skipsSpecial: false,
    normalizes: { query: false, document: false },
  } as unknown as ModelSettings

  it.each<[changes: Partial<ModelSettings>, query: number[], document: number[]]>([
    [{}, [2, 3, 2, 1, 2], [2, 3, 2, 1, 2]],
    [{ trims: true }, [3, 2, 1], [3, 2, 1]],
    [{ lowercases: true }, [2, 0, 2, 1, 2], [2, 0, 2, 1, 2]],
    [{ trims: true, lowercases: true }, [0, 2, 1], [0, 2, 1]],
    [{ queryPrompt: 'b', trims: true }, [1, 2, 3, 2, 1], [3, 2, 1]],
    [{ documentPrompt: 'b', trims: true }, [3, 2, 1], [1, 2, 3, 2, 1]],
  ])('with the settings %j changes queries and documents alike', (changes, query, document) => {
    const sequencer = createSequencer(letters, { ...settings, ...changes }, limits)
    expect(sequencer.query(' A b ').ids).toEqual(query)
    expect(sequencer.document(' A b ').ids).toEqual(document)
    expect(sequencer.windows(' A b ').map(({ ids }) => ids)).toEqual([document])
  })
})
