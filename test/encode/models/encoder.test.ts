// Tests encoders beyond their rows: tokens and their positions, weights of several types, long texts, cancellation.

import { spawnSync } from 'node:child_process'
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import {
  createEncoder,
  type Encoded,
  MODELS,
  type ModelEncoder,
  type Truncation,
} from '../../../src/encode/index.js'
import { createScorer } from '../../../src/index.js'
import { models } from './fixtures.js'
import { copyOf, runInstalled } from './support.js'

const folder = join(models, 'colbert')
let encoder: ModelEncoder
beforeAll(async () => {
  encoder = await createEncoder({ model: folder })
})

interface Added {
  readonly content: string
  readonly id: number
}

/** The parts of a text from which its rows come. */
const written = (text: string, { tokens }: Encoded) => tokens.map(({ start, end }) => text.slice(start, end))

it('the types of transformers.js match those of the package', () => {
  const tsc = createRequire(import.meta.url)
    .resolve('typescript/package.json')
    .replace('package.json', 'bin/tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'test/encode/models', '--noEmit'], {
    encoding: 'utf8',
  })
  expect([stdout, status]).toEqual(['', 0])
})

describe('the encoder of a folder', () => {
  it('takes its settings from config.json', async () => {
    const { files: _, dim: __, ...colbert } = MODELS['colbert-ir/colbertv2.0']!
    expect([encoder.type, encoder.dim, encoder.maxTokens, encoder.settings]).toEqual([
      'colbert',
      2,
      61,
      colbert,
    ])
    const jina = await createEncoder({ model: join(models, 'jina') })
    expect(jina.settings.queryMarker).toBe(250002)
    // a folder called lateon would be refused: no file says how it is used
    const plain = await createEncoder({ model: copyOf('lateon', 'plain') })
    expect(plain.type).toBe('tokens')
    const named = copyOf('lateon')
    const config = JSON.parse(readFileSync(join(named, 'config.json'), 'utf8'))
    writeFileSync(
      join(named, 'config.json'),
      JSON.stringify({ ...config, _name_or_path: 'lightonai/lateon' }),
    )
    const found = await createEncoder({ model: named })
    expect(found.settings.queryMarker).toBe(50368)
    for (const made of [jina, plain, found]) await made.dispose()
  })

  it('loads the only ONNX file, and accepts a file URL', async () => {
    const other = await createEncoder({ model: new URL(`file://${join(models, 'answerai')}`).href })
    expect(other.dim).toBe(2)
    await other.dispose()
  })

  it('returns the rows of all tokens if the model was not made for late interaction', async () => {
    const plain = await createEncoder({ model: copyOf('lateon', 'plain') })
    const text = 'connection pool'
    const query = await plain.query(text)
    expect(written(text, query).join('|')).toMatch(/^con.*\|.*pool$/)
    expect(query.tokens.some(({ special }) => special)).toBe(false)
    const [document] = await plain.documents([text])
    expect(document).toEqual(query)
    for (let i = 0; i < query.data.length; i += 2) {
      expect(Math.hypot(query.data[i]!, query.data[i + 1]!)).toBeCloseTo(1, 6)
    }
    await plain.dispose()
  })
})

describe('the tokens of an encoded text', () => {
  it('name the origin of each row of a query', async () => {
    const text = 'Database POOL?'
    const query = await encoder.query(text)
    expect(query.tokens.slice(0, 8)).toEqual([
      { text: '[CLS]', start: 0, end: 0, special: true },
      { text: '[unused0]', start: 0, end: 0, special: true },
      { text: 'database', start: 0, end: 8 },
      { text: 'pool', start: 9, end: 13 },
      { text: '?', start: 13, end: 14 },
      { text: '[SEP]', start: 14, end: 14, special: true },
      { text: '[MASK]', start: 14, end: 14, special: true },
      { text: '[MASK]', start: 14, end: 14, special: true },
    ])
    expect(query.tokens).toHaveLength(32)
    expect(query.data).toHaveLength(64)
  })

  it('do not include punctuation in documents; unknown words are listed', async () => {
    const text = 'Naïve “CAFÉ” 👍🏽, ꙮ… pool.'
    const [document] = await encoder.documents([text])
    expect(written(text, document!)).not.toContain('.')
    expect(written(text, document!).at(-2)).toBe('pool')
    expect(document!.unknown.join()).toContain('ꙮ')
  })

  it('map the matches of an explanation to the text', async () => {
    const texts = ['A python swallowed a rabbit.', 'The pool of database connections is exhausted.']
    const [question, documents] = [await encoder.query('exhausted pool'), await encoder.documents(texts)]
    const scorer = await createScorer()
    const corpus = scorer.corpus({ dim: encoder.dim })
    for (const document of documents) corpus.add(document)
    const { matches } = corpus.explain(question, 1)
    for (const [i, { row }] of matches.entries()) {
      const { start, end } = documents[1]!.tokens[row]!
      expect(texts[1]!.slice(start, end).length, question.tokens[i]!.text).toBe(end - start)
    }
    scorer.dispose()
  })
})

it.each(['fp16', 'q8'] as const)('an encoder runs weights in %s', async dtype => {
  const other = await createEncoder({ model: folder, dtype })
  const [exact] = await encoder.documents(['connection pool exhaustion'])
  const [near] = await other.documents(['connection pool exhaustion'])
  expect(near!.data).not.toEqual(exact!.data)
  for (const [i, value] of near!.data.entries()) expect(Math.abs(value - exact!.data[i]!)).toBeLessThan(0.05)
  await other.dispose()
})

it('an encoder passes ids in 32 bits to a model that takes int32', async () => {
  const other = copyOf('colbert')
  rmSync(join(other, 'onnx'), { recursive: true })
  cpSync(join(models, 'odd/int32.onnx'), join(other, 'model.onnx'))
  const narrow = await createEncoder({ model: other })
  const { data, tokens } = await narrow.query('connection pool')
  // the rows of this model are the ids
  const { model, added_tokens } = JSON.parse(readFileSync(join(other, 'tokenizer.json'), 'utf8'))
  const ids = {
    ...model.vocab,
    ...Object.fromEntries(added_tokens.map(({ content, id }: Added) => [content, id])),
  }
  expect([...data]).toEqual(tokens.map(({ text }) => ids[text]))
  await narrow.dispose()
})

it('an encoder with emptyText: encode returns the special rows of an empty text, as FastEmbed does', async () => {
  const lenient = await createEncoder({ model: folder, emptyText: 'encode' })
  const [document] = await lenient.documents(['\u0007 '])
  expect(document!.tokens.map(({ text }) => text)).toEqual(['[CLS]', '[unused1]', '[SEP]'])
  expect(await lenient.documents([])).toEqual([])
  await lenient.dispose()
})

describe('a text that is longer than the model', () => {
  const long = Array.from({ length: 100 }, (_, i) => `pool connection ${i}`).join(' ')

  it('is cut, and reported to onTruncate', async () => {
    const reported: Truncation[] = []
    const cutting = await createEncoder({
      model: folder,
      onTruncate: truncation => reported.push(truncation),
    })
    const [short, document] = await cutting.documents(['pool', long])
    await cutting.query(long)
    const tokens = reported[0]!.tokens
    expect(reported).toEqual([
      { index: 1, tokens, kept: 61 },
      { index: undefined, tokens, kept: 61 },
    ])
    expect([short!.tokens.length, document!.tokens.length]).toEqual([4, 64])
    expect([short!.truncated, document!.truncated]).toEqual([undefined, { tokens, kept: 61 }])
    await cutting.dispose()
  })

  it('is split between words into windows that overlap', async () => {
    const windows = encoder.split(long, { length: 20, overlap: 5 })
    expect(windows[0]!.start).toBe(0)
    expect(windows.at(-1)!.end).toBe(long.length)
    for (const [i, { text, start, end }] of windows.entries()) {
      expect(long.slice(start, end)).toBe(text)
      expect(start === 0 || long[start - 1] === ' ', `window ${i} begins with a word`).toBe(true)
      expect(end === long.length || long[end] === ' ', `window ${i} ends with a word`).toBe(true)
      if (i > 0) expect(start).toBeLessThan(windows[i - 1]!.end)
    }
    const strict = await createEncoder({ model: folder, longText: 'error' })
    const encoded = await strict.documents(encoder.split(long).map(({ text }) => text))
    expect(encoded.length).toBeGreaterThan(1)
    expect(encoder.split('short')).toEqual([{ text: 'short', start: 0, end: 5 }])
    expect(() => encoder.split(long, { length: 62 })).toThrow(
      '"length" expected a whole number from 1 to 61, got 62',
    )
    expect(() => encoder.split(long, { length: 8, overlap: 8 })).toThrow(
      '"overlap" expected a whole number from 0 to 7, got 8',
    )
    await strict.dispose()
  })
})

it('documents reports its progress and can be cancelled between batches', async () => {
  const small = await createEncoder({ model: folder, batchTokens: 10 })
  const texts = ['a', 'b', 'c d e f g h i j k l', 'd']
  const reported: [number, number][] = []
  await small.documents(texts, { onProgress: (done, total) => reported.push([done, total]) })
  expect(reported).toEqual([
    [1, 4],
    [3, 4],
    [4, 4],
  ])
  const controller = new AbortController()
  const stopped = small.documents(texts, {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  })
  await expect(stopped).rejects.toThrow('enough')
  await expect(small.query('a', { signal: AbortSignal.abort(new Error('no')) })).rejects.toThrow('no')
  await small.dispose()
})

it('createEncoder imports transformers.js, and names the package if it is not installed', () => {
  const program = `
    import { createEncoder } from 'maxsimd/encode'
    try {
      const encoder = await createEncoder({ model: ${JSON.stringify(folder)} })
      console.log((await encoder.query('pool')).tokens.length)
    } catch (error) { console.log(error.code, error.message) }`
  expect(runInstalled(program, { withPeer: false })).toMatch(
    new RegExp(
      '^ERR_MISSING_PACKAGE createEncoder needs the package @huggingface/transformers; install it with: ' +
        'npm install @huggingface/transformers, and in a bundled program pass the module as the option "transformers" ' +
        "\\(Cannot find package '@huggingface/transformers' imported from .*\\)$",
    ),
  )
  expect(runInstalled(program)).toBe('32')
})
