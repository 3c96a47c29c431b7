// The encoder of texts that a command loads with --model: how it is loaded, what it passes on, and when a service loads it again. The
// encoder of pages is in page-encoder.test.ts.

import { mkdirSync, writeFileSync } from 'node:fs'
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { loadEncoder } from '../../src/cli/encoder-options.js'
import { createTextService } from '../../src/cli/service/text-service.js'
import { createEncoder } from '../../src/encode/index.js'
import { openTextIndex } from '../../src/text-index/index.js'
import { runCli, temporaryFolder } from './run-cli.js'

vi.mock('../../src/encode/index.js', async importOriginal => ({
  ...(await importOriginal<object>()),
  createEncoder: vi.fn(),
}))
const create = vi.mocked(createEncoder)
afterEach(() => create.mockReset())

const at = temporaryFolder()
const { signal } = new AbortController()
let shown = ''
const terminal = {
  stdout: { write() {} },
  stderr: { isTTY: true, write: (text: string) => (shown += text) },
  environment: {},
  signal,
}

/** A model with a row for the text, after a row of a special token; an empty text has the special token only. */
function createModel(calls: unknown[] = []) {
  const encode = (text: string) => {
    const special = { text: '[CLS]', start: 0, end: 0, special: true }
    const tokens = text === '' ? [special] : [special, { text, start: 0, end: text.length }]
    return { data: new Float32Array(2 * tokens.length).fill(1), dim: 2, tokens, unknown: [] }
  }
  return {
    dim: 2,
    query: (text: string, options?: object) => {
      calls.push(['query', text, options])
      return encode(text)
    },
    documents: (texts: readonly string[], options?: object) => {
      calls.push(['documents', texts, options])
      return texts.map(encode)
    },
    documentTokens: (texts: readonly string[]) => texts.map(text => encode(text).tokens),
  } as never
}

it('is loaded with the signal of the command, and shows that it is being loaded until it is', async () => {
  shown = ''
  create.mockResolvedValueOnce(createModel())
  const { encoder, encoderName, weighted } = await loadEncoder({ model: 'a/model' }, terminal)
  expect([encoder.dim, encoderName, weighted]).toEqual([2, 'a/model', false])
  expect(create.mock.calls).toEqual([
    [
      {
        model: 'a/model',
        emptyText: 'encode',
        longText: 'windows',
        onTruncate: expect.any(Function),
        signal,
      },
    ],
  ])
  expect(shown).toBe('\r\x1b[2Kloading a/model …\r\x1b[2K')
})

it('passes the options of each call on, and returns no rows for a text with special tokens only', async () => {
  const calls: unknown[] = []
  create.mockResolvedValueOnce(createModel(calls))
  const { encoder } = await loadEncoder({ model: 'm' }, terminal)
  const options = { signal }
  const [some, none] = await encoder.documents(['a', ''], options)
  expect([some!.tokens.length, some!.data.length, none!.tokens, none!.data]).toEqual([
    2,
    4,
    [],
    new Float32Array(0),
  ])
  expect((await encoder.query('', options)).tokens).toEqual([])
  expect((await encoder.query('b')).tokens).toHaveLength(2)
  expect(calls).toEqual([
    ['documents', ['a', ''], options],
    ['query', '', options],
    ['query', 'b', undefined],
  ])
  expect((await encoder.documentTokens!(['a', ''])).map(tokens => tokens.length)).toEqual([2, 1])
})

it('that cannot be loaded is the error of the model', async () => {
  const cause = new Error('no such model')
  create.mockRejectedValueOnce(cause)
  await expect(loadEncoder({ model: 'm' }, terminal)).rejects.toBe(cause)
})

describe('a service', () => {
  const indexWith = async (encoderName: string, path: string) => {
    const model = { encoder: createModel(), encoderName, weighted: false }
    const index = await openTextIndex(path, model)
    await index.update([at('notes')])
    await index.close()
  }
  const texts = { query: 'a', documents: ['b'] }
  const loads = () => create.mock.calls.map(([{ model }]) => model)

  beforeAll(() => {
    mkdirSync(at('notes'))
    writeFileSync(at('notes/a.md'), 'A spider sat.\n')
  })

  it('loads the model of its index once', async () => {
    await indexWith('first', at('once'))
    create.mockResolvedValue(createModel())
    const service = await createTextService({ folder: at('once'), mustExist: true }, terminal)
    await service.rerank(texts)
    await service.search({ query: 'spider' })
    // another state of the index with the same model
    writeFileSync(at('notes/b.md'), 'Wolves hunt.\n')
    await indexWith('first', at('once'))
    await service.rerank(texts)
    expect((await service.search({ query: 'spider' })).hits).toHaveLength(2)
    expect(loads()).toEqual(['first'])
    await service.close()
  })

  it('loads the model that it was told to, whatever the index has', async () => {
    create.mockResolvedValue(createModel())
    const options = { folder: at('later'), mustExist: false, model: 'chosen' }
    const service = await createTextService(options, terminal)
    await indexWith('other', at('later'))
    await service.rerank(texts)
    expect(loads()).toEqual(['chosen'])
    await service.close()
  })

  it('loads the model of an index that is created later, again after it could not be loaded', async () => {
    const service = await createTextService({ folder: at('created'), mustExist: false }, terminal)
    await service.rerank(texts)
    expect(loads()).toEqual([])
    await indexWith('late', at('created'))
    create.mockRejectedValueOnce(new Error('no network')).mockResolvedValueOnce(createModel())
    await expect(service.rerank(texts)).rejects.toThrow('no network')
    expect((await service.rerank(texts)).results).toHaveLength(1)
    expect(loads()).toEqual(['late', 'late'])
    await service.close()
  })
})

it('index says how many passages were encoded, and how many were cut', async () => {
  mkdirSync(at('few'))
  writeFileSync(at('few/a.md'), 'One spider.\n\nTwo wolves.\n')
  create.mockImplementation(async ({ onTruncate }) => {
    const model = createModel() as { documents(texts: readonly string[]): object[] }
    const documents = (texts: readonly string[]) => {
      onTruncate!({ index: 0, tokens: 1000, kept: 300 } as never)
      return model.documents(texts).map((rows, i) => (i === 0 ? { ...rows, truncated: true } : rows))
    }
    return { ...model, documents } as never
  })
  const { stdout, stderr } = await runCli(['index', at('few'), '--model', 'm', '--store', at('few-index')])
  expect(stdout).toMatch(
    /\nencoding 2 passages, which can be found by their words meanwhile\n2 passages encoded, [\d.]+ s, 1 cut\n$/,
  )
  expect(stderr).toBe(
    'a document of 1,000 tokens was cut to 300, the maximum of the model; --long-text windows encodes all of it\n',
  )
})
