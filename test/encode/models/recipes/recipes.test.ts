// Compares rows with those of PyLate and of Sentence Transformers, for 500 texts and four tiny models that make.py made with
// them, and checks what is done with files that declare something else.

import { cpSync, mkdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { env } from '@huggingface/transformers'
import { describe, expect, it } from 'vitest'
import { createEncoder } from '../../../../src/encode/index.js'
import { readRows } from '../fixtures.js'
import { afterTest, freshFolder, startHub } from '../support.js'

const fixtures = fileURLToPath(new URL('./fixtures', import.meta.url))
const { texts } = readRows()

interface Counts {
  readonly dim: number
  readonly documents: readonly number[]
  readonly queries: readonly number[]
}

/** A copy of a model, which the test can change. */
function copyOf(name: string): string {
  const folder = join(freshFolder(), name)
  cpSync(join(fixtures, name), folder, { recursive: true })
  return folder
}

/** Changes values in a JSON file of a model; undefined removes one. */
function change(folder: string, file: string, values: object): void {
  const path = join(folder, file)
  writeFileSync(path, JSON.stringify({ ...JSON.parse(readFileSync(path, 'utf8')), ...values }))
}

const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => 'nothing',
    (error: Error) => `${error.name}: ${error.message}`,
  )

describe.each([
  ['pylate', 'PyLate', 'two dense layers, expansion, a skip list with an unknown word'],
  ['exported', 'PyLate', 'onnx_config.json, no config.json, lower case, no expansion'],
  ['stanford', 'PyLate', 'artifact.metadata, the projection among the weights, attention to [MASK]'],
  ['multi-vector', 'Sentence Transformers', 'markers and an instruction as text, expansion to a minimum'],
])('the rows of the folder %s', (name, program, features) => {
  it(`equal ${program}’s for 500 texts to within 1e-5 (${features})`, async () => {
    const { dim, documents, queries }: Counts = JSON.parse(
      readFileSync(join(fixtures, `${name}.json`), 'utf8'),
    )
    const bytes = readFileSync(join(fixtures, `${name}.bin`))
    const expected = new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
    const encoder = await createEncoder({ model: join(fixtures, name), emptyText: 'encode' })
    expect([encoder.type, encoder.dim, texts.length]).toEqual(['colbert', dim, 500])
    const found = await encoder.documents(texts)
    let [offset, largest] = [0, 0]
    for (const [i, text] of texts.entries()) {
      // PyLate takes Stanford's marker for a token also where it is part of a text; Stanford's own code does not
      if (name === 'stanford' && /\[unused[01]\]/i.test(text)) {
        offset += (documents[i]! + queries[i]!) * dim
        continue
      }
      for (const [encoded, count] of [
        [found[i]!, documents[i]!],
        [await encoder.query(text), queries[i]!],
      ] as const) {
        expect(encoded.tokens.length, `text ${i}: ${JSON.stringify(text)}`).toBe(count)
        for (const value of encoded.data) largest = Math.max(largest, Math.abs(value - expected[offset++]!))
      }
    }
    expect(offset).toBe(expected.length)
    console.log(`${name}: ${offset / dim} rows, largest difference ${largest.toExponential(1)}`)
    expect(largest).toBeLessThan(1e-5)
    await encoder.dispose()
  })
})

describe('a model that declares itself one for late interaction', () => {
  it('has tokens with positions in the text, after the marker and the prompt', async () => {
    const encoder = await createEncoder({ model: join(fixtures, 'multi-vector') })
    const { tokens } = await encoder.query('pool')
    expect(tokens.map(({ text }) => text).slice(0, 2)).toEqual(['<s>', '[Q] '])
    const own = tokens.filter(({ special }) => !special)
    expect([own[0]!.start, own.at(-1)!.end]).toEqual([0, 4])
    expect(tokens.at(-1)).toEqual({ text: '<mask>', start: 4, end: 4, special: true })
    await encoder.dispose()
  })

  it('cuts queries and documents at its own lengths, or at those of the options', async () => {
    const long = 'pool connection '.repeat(60)
    const encoder = await createEncoder({ model: join(fixtures, 'stanford') })
    expect(encoder.maxTokens).toBe(37)
    const [document] = await encoder.documents([long])
    expect([document!.tokens.length, document!.truncated]).toEqual([40, { tokens: 120, kept: 37 }])
    expect((await encoder.query(long)).truncated).toEqual({ tokens: 120, kept: 13 })
    await encoder.dispose()
    const model = join(fixtures, 'stanford')
    const wide = await createEncoder({ model, maxQueryTokens: 20, maxDocumentTokens: 100 })
    expect((await wide.documents([long]))[0]!.tokens).toHaveLength(100)
    expect((await wide.query(long)).tokens).toHaveLength(20)
    expect(await refusal(createEncoder({ model, maxDocumentTokens: 0 }))).toBe(
      'RangeError: "maxDocumentTokens" expected a whole number of at least 1, got 0',
    )
    await wide.dispose()
  })

  it('is downloaded by name with its dense layers, and needs no network afterwards', async () => {
    const before = env.remoteHost
    afterTest(() => Object.assign(env, { remoteHost: before }))
    const { url, requests } = await startHub({ 'some/model': 'pylate' }, undefined, fixtures)
    Object.assign(env, { remoteHost: url })
    const options = { model: 'some/model', cacheDir: freshFolder() }
    const first = await createEncoder(options)
    expect(requests.map(path => path.replace('/some/model/resolve/main/', ''))).toEqual(
      expect.arrayContaining([
        'config_sentence_transformers.json',
        '2_Dense/model.safetensors',
        'onnx/model.onnx',
      ]),
    )
    requests.length = 0
    const second = await createEncoder(options)
    expect(requests).toEqual([])
    expect(await second.query('pool')).toEqual(await first.query('pool'))
    await Promise.all([first.dispose(), second.dispose()])
  })
})

describe('a model in an unusual folder', () => {
  it('is a plain encoder with its prompts, whose rows are dropped', async () => {
    const folder = copyOf('pylate')
    rmSync(join(folder, 'modules.json'))
    const open = async (prompts: object) => {
      writeFileSync(
        join(folder, 'config_sentence_transformers.json'),
        JSON.stringify({ model_type: 'SentenceTransformer', prompts }),
      )
      const encoder = await createEncoder({ model: folder })
      const query = await encoder.query('pool')
      await encoder.dispose()
      return [encoder.type, query.tokens.map(({ text }) => text), query.data] as const
    }
    const [type, tokens, data] = await open({ query: 'find ' })
    expect([type, tokens]).toEqual(['tokens', ['pool']])
    expect((await open({}))[2]).not.toEqual(data)
  })

  it('has the lower case of Sentence Transformers 6, which leaves its markers as they are', async () => {
    const folder = copyOf('multi-vector')
    change(folder, 'sentence_bert_config.json', { do_lower_case: true })
    const encoder = await createEncoder({ model: folder })
    const textsOf = async (text: string) => (await encoder.query(text)).tokens.map(({ text }) => text)
    expect((await textsOf('POOL')).slice(0, 2)).toEqual(['<s>', '[Q] '])
    expect(await textsOf('POOL')).toEqual(await textsOf('pool'))
    await encoder.dispose()
  })

  it('runs as Stanford’s ColBERT by artifact.metadata alone, whatever its architecture is called', async () => {
    const folder = copyOf('stanford')
    change(folder, 'config.json', { architectures: ['BertModel'] })
    const [renamed, first] = await Promise.all(
      [folder, join(fixtures, 'stanford')].map(model => createEncoder({ model })),
    )
    expect(await renamed!.query('pool')).toEqual(await first!.query('pool'))
    await Promise.all([renamed!.dispose(), first!.dispose()])
  })

  it('is refused if queries are filled up to more tokens than it accepts, until an option lowers them', async () => {
    const folder = copyOf('pylate')
    change(folder, 'config_sentence_transformers.json', { query_length: 200 })
    expect(await refusal(createEncoder({ model: folder }))).toMatch(
      /could not encode 1 x 200 tokens .* lower maxQueryTokens or maxDocumentTokens$/s,
    )
    const encoder = await createEncoder({ model: folder, maxQueryTokens: 20 })
    expect((await encoder.query('pool')).tokens).toHaveLength(20)
    await encoder.dispose()
  })
})

describe('createEncoder refuses a model for late interaction', () => {
  it('by its name alone, if no file says how it is used', async () => {
    const folder = copyOf('pylate')
    for (const file of ['config_sentence_transformers.json', 'modules.json']) rmSync(join(folder, file))
    const plain = await createEncoder({ model: folder })
    expect(plain.type).toBe('tokens')
    await plain.dispose()
    const named = join(freshFolder(), 'GTE-ModernColBERT-v1')
    cpSync(folder, named, { recursive: true })
    const remedy =
      'but no file says how it is used: config_sentence_transformers.json, onnx_config.json and artifact.metadata are missing; ' +
      `add the file, or pass "settings", such as 'colbert-ir/colbertv2.0', or TOKEN_ROWS for the rows of a plain encoder`
    expect(await refusal(createEncoder({ model: named }))).toBe(
      `RangeError: "${named}" is a model for late interaction by its name (GTE-ModernColBERT-v1), ${remedy}`,
    )
    change(folder, 'config.json', { _name_or_path: 'lightonai/LateOn-Code' })
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: "${folder}" is a model for late interaction by its name (LateOn-Code), ${remedy}`,
    )
  })

  it('whose projection is nowhere', async () => {
    const folder = copyOf('pylate')
    rmSync(join(folder, '2_Dense/model.safetensors'))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/2_Dense/model.safetensors does not exist, and the ONNX file has no projection; save the model with ` +
        'safe_serialization, or export it to ONNX with its projection',
    )
    rmSync(join(folder, 'modules.json'))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/onnx/model.onnx returns the 8 elements of the transformer, and its projection is missing: ` +
        'modules.json lists no dense layer, or the folder of one has no config.json; add them, or export the model with its projection',
    )
    const stanford = copyOf('stanford')
    rmSync(join(stanford, 'model.safetensors'))
    expect(await refusal(createEncoder({ model: stanford }))).toBe(
      `RangeError: the ONNX file has no projection, and neither has ${stanford}/model.safetensors ("linear.weight"); ` +
        'export the model to ONNX with its projection',
    )
  })

  it('with a damaged or another projection', async () => {
    const folder = copyOf('pylate')
    const file = join(folder, '1_Dense/model.safetensors')
    truncateSync(file, 150)
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${file} is not a complete safetensors file; replace it by a complete file`,
    )
    cpSync(join(folder, '2_Dense/model.safetensors'), file)
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${file} expected the tensor "linear.weight" of 6 x 8, got 4 x 6`,
    )
    change(folder, '1_Dense/config.json', { activation_function: 'torch.nn.modules.activation.GELU' })
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/1_Dense/config.json has the activation function "torch.nn.modules.activation.GELU"; supported: ` +
        'Identity, Tanh, ReLU, Sigmoid; export the model to ONNX with its projection',
    )
  })

  it('whose marker is not in the tokenizer, or whose values have another type', async () => {
    const folder = copyOf('pylate')
    const file = 'config_sentence_transformers.json'
    change(folder, file, { query_prefix: '[QUERY] ' })
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/tokenizer.json has no token "[QUERY] ", the marker of queries; ` +
        'save the tokenizer with PyLate, which adds it, and export the model again',
    )
    change(folder, file, { query_prefix: '', query_length: '32' })
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: "query_length" in ${folder}/${file} expected a whole number of at least 1, got string`,
    )
    change(folder, file, { query_length: 32 })
    const encoder = await createEncoder({ model: folder })
    expect((await encoder.query('pool')).tokens.map(({ text }) => text).slice(0, 3)).toEqual([
      '[CLS]',
      'pool',
      '[SEP]',
    ])
    await encoder.dispose()
  })

  it('with a module that is not run here', async () => {
    const folder = copyOf('multi-vector')
    const modules: object[] = JSON.parse(readFileSync(join(folder, 'modules.json'), 'utf8'))
    const router = { idx: 4, name: '4', path: '4_Router', type: 'sentence_transformers.models.Router' }
    writeFileSync(join(folder, 'modules.json'), JSON.stringify([...modules, router]))
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/modules.json has the module sentence_transformers.models.Router, which cannot be run here; ` +
        'supported modules: Transformer, Dense, MultiVectorMask, Normalize',
    )
    writeFileSync(join(folder, 'modules.json'), '[{}]')
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/modules.json expected "type" and "path" in entry 0`,
    )
    writeFileSync(join(folder, 'modules.json'), '{}')
    expect(await refusal(createEncoder({ model: folder }))).toBe(
      `RangeError: ${folder}/modules.json expected an array; replace it by a complete file`,
    )
  })
})

it('an exported model without its transformer runs from a folder with three files', async () => {
  const folder = join(freshFolder(), 'three')
  mkdirSync(folder)
  for (const file of ['onnx_config.json', 'tokenizer.json', 'model.onnx']) {
    cpSync(join(fixtures, 'exported', file), join(folder, file))
  }
  const encoder = await createEncoder({ model: folder })
  expect((await encoder.query('POOL')).tokens.at(-2)).toMatchObject({ start: 0, end: 4 })
  await encoder.dispose()
})
