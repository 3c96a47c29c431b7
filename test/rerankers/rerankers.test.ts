// The adapters for frameworks with a fake encoder, without the frameworks. test/frameworks runs them in the real packages.

import { describe, expect, it } from 'vitest'
import { createRerankingModel } from '../../src/frameworks/ai-sdk.js'
import { createRerankerFunction } from '../../src/frameworks/genkit.js'
import { createDocumentCompressor } from '../../src/frameworks/langchain.js'
import { createNodePostprocessor } from '../../src/frameworks/llamaindex.js'
import { createRelevanceScorer } from '../../src/frameworks/mastra.js'
import type { RerankerScorer } from '../../src/frameworks/reranker-config.js'
import type { MultiVector } from '../../src/index.js'

type CallOptions = { readonly signal?: AbortSignal | undefined }

/**
 * An encoder whose texts are numbers: `3` has the row [3, 1]. `-` has no rows, and `=` neither, in a list. `!` is refused, as a model refuses a text
 * without tokens, and `long` is refused for another reason.
 */
function fakeEncoder() {
  const calls: string[][] = []
  const queries: string[] = []
  const signals: unknown[] = []
  const withoutRows: Readonly<Record<string, MultiVector>> = {
    '-': { data: new Float32Array(0), dim: 2 },
    '=': [],
  }
  return {
    calls,
    queries,
    signals,
    query(text: string, { signal }: CallOptions = {}): MultiVector {
      queries.push(text)
      signals.push(signal)
      return withoutRows[text] ?? [[1, 0]]
    },
    documents(texts: readonly string[], { signal }: CallOptions = {}): MultiVector[] {
      calls.push([...texts])
      signals.push(signal)
      for (const [index, text] of texts.entries()) {
        if (text === '!') throw Object.assign(new RangeError('no tokens'), { reason: 'empty', index })
        if (text === 'long') throw Object.assign(new RangeError('too long'), { reason: 'long', index })
      }
      return texts.map(text => withoutRows[text] ?? [[Number(text), 1]])
    },
  }
}

const rankTexts = async (values: readonly string[], options: object = {}, config: object = {}) => {
  const model = createRerankingModel({ encoder: fakeEncoder(), ...config })
  const { ranking } = await model.doRerank({ query: 'q', documents: { type: 'text', values }, ...options })
  return ranking.map(({ index, relevanceScore }) => [index, relevanceScore])
}

describe('a reranker', () => {
  it('returns positions in the list of texts, and puts texts without rows last, in their order', async () => {
    expect(await rankTexts(['-', '2', ' \n', '5', '!', '=', '3'])).toEqual([
      [3, 5],
      [6, 3],
      [1, 2],
      [0, 0],
      [2, 0],
      [4, 0],
      [5, 0],
    ])
    // not above any other score, nor above 0
    expect(await rankTexts(['-', '-7', '4', '-2'])).toEqual([
      [2, 4],
      [3, -2],
      [1, -7],
      [0, -7],
    ])
  })

  it('returns at most topN results, also if texts without rows are among them', async () => {
    const texts = ['1', '-', '2', '-']
    expect(await rankTexts(texts, { topN: 1 })).toEqual([[2, 2]])
    expect(await rankTexts(texts, { topN: 3 })).toEqual([
      [2, 2],
      [0, 1],
      [1, 0],
    ])
    expect(await rankTexts(texts, { topN: 9 })).toHaveLength(4)
  })

  it('compares by dot product, or by cosine', async () => {
    expect((await rankTexts(['3', '1'])).map(([, score]) => score)).toEqual([3, 1])
    const [first] = await rankTexts(['3', '1'], {}, { metric: 'cosine' })
    expect(first![1]).toBeCloseTo(3 / Math.sqrt(10), 6)
  })

  it('encodes every text once, 32 at a time, and again without those that the encoder refuses', async () => {
    const encoder = fakeEncoder()
    const values = Array.from({ length: 70 }, (_, i) => String(i))
    const ranking = await rankTexts(values, {}, { encoder })
    expect(encoder.calls.map(({ length }) => length)).toEqual([32, 32, 6])
    expect(encoder.calls.flat()).toEqual(values)
    expect(ranking.map(([index]) => index)).toEqual([...values.keys()].reverse())

    encoder.calls.length = 0
    await rankTexts(['1', '!', '2', '!', ''], {}, { encoder })
    expect(encoder.calls).toEqual([
      ['1', '!', '2', '!'],
      ['1', '2', '!'],
      ['1', '2'],
    ])
    await expect(rankTexts(['1', 'long'], {}, { encoder })).rejects.toThrow('too long')
  })

  it('passes the signal to the encoder, and ends between two batches', async () => {
    const controller = new AbortController()
    const encoder = fakeEncoder()
    const reason = new Error('the user has left')
    await rankTexts(['1'], { abortSignal: controller.signal }, { encoder })
    expect(encoder.signals).toEqual([controller.signal, controller.signal])
    const leaving = {
      ...encoder,
      documents(texts: readonly string[]) {
        controller.abort(reason)
        return encoder.documents(texts)
      },
    }
    encoder.calls.length = 0
    const many = Array<string>(40).fill('1')
    await expect(rankTexts(many, { abortSignal: controller.signal }, { encoder: leaving })).rejects.toBe(
      reason,
    )
    expect(encoder.calls).toHaveLength(1)
    const queries = encoder.queries.length
    await expect(rankTexts(['1'], { abortSignal: controller.signal }, { encoder })).rejects.toBe(reason)
    expect([encoder.calls.length, encoder.queries.length]).toEqual([1, queries])
  })

  it('does not rank if the signal is aborted by then, and returns nothing if it is aborted meanwhile', async () => {
    const reason = new Error('the user has left')
    for (const moment of ['encode', 'rank']) {
      const controller = new AbortController()
      const at = (name: string) => name === moment && controller.abort(reason)
      const calls: string[] = []
      const scorer: RerankerScorer = {
        rank() {
          calls.push('rank')
          at('rank')
          return [{ index: 0, score: 1 }]
        },
      }
      const encoder = {
        ...fakeEncoder(),
        documents(): MultiVector[] {
          at('encode')
          return [[[1, 0]]]
        },
      }
      const ranked = rankTexts(['1'], { abortSignal: controller.signal }, { encoder, scorer })
      await expect(ranked, moment).rejects.toBe(reason)
      expect(calls).toEqual(moment === 'rank' ? ['rank'] : [])
    }
  })

  it('refuses wrong options, and what is not an encoder', async () => {
    await expect(rankTexts(['1'], { topN: 0 })).rejects.toThrow(
      '"topN" expected a whole number of at least 1, got 0',
    )
    expect(() => createDocumentCompressor({ encoder: fakeEncoder(), topN: 0 })).toThrow(
      '"topN" expected a whole number of at least 1, got 0',
    )
    await expect(rankTexts(['1'], {}, { metric: 'euclid' })).rejects.toThrow(
      '"metric" expected one of dot, cosine, got "euclid"',
    )
    await expect(rankTexts(['1'], {}, { encoder: { query: fakeEncoder().query } })).rejects.toThrow(
      '"encoder" expected an object with the methods query and documents, got object',
    )
    await expect(rankTexts(['1'], { query: 7 })).rejects.toThrow('"query" expected a string, got number')
    const lost = () => {
      throw Object.assign(new RangeError('no tokens'), { reason: 'empty', index: 7 })
    }
    const encoder = { ...fakeEncoder(), documents: lost }
    await expect(rankTexts(['1'], {}, { encoder })).rejects.toThrow('no tokens')
  })

  it('uses the given scorer for each call', async () => {
    const calls: unknown[] = []
    const scorer: RerankerScorer = {
      rank(query, documents, options) {
        calls.push([query, documents, options])
        return [{ index: 1, score: 9 }]
      },
    }
    const options = { scorer, metric: 'cosine' }
    expect(await rankTexts(['-', '4', '6'], { topN: 1 }, options)).toEqual([[2, 9]])
    expect(calls).toEqual([[[[1, 0]], [[[4, 1]], [[6, 1]]], { limit: 1, metric: 'cosine' }]])
  })

  it('keeps its own scorer for later calls', async () => {
    const model = createRerankingModel({ encoder: fakeEncoder() })
    const { Instance } = WebAssembly
    let started = 0
    WebAssembly.Instance = new Proxy(Instance, {
      construct(target, request: ConstructorParameters<typeof Instance>) {
        started++
        return new target(...request)
      },
    })
    try {
      for (const query of ['1', '2', '3']) {
        await model.doRerank({ query, documents: { type: 'text', values: ['1'] } })
      }
    } finally {
      WebAssembly.Instance = Instance
    }
    expect(started).toBe(1)
  })

  it('refuses a query without rows and an encoder that returns too few multi-vectors', async () => {
    for (const query of ['-', '=']) {
      await expect(rankTexts(['1'], { query })).rejects.toThrow(
        `"query" expected a text that has rows, got "${query}"`,
      )
    }
    const encoder = { ...fakeEncoder(), documents: () => [] }
    await expect(rankTexts(['1'], {}, { encoder })).rejects.toThrow('expected to return 1 multi-vectors')
    expect(await rankTexts([], { query: '-' })).toEqual([])
  })
})

describe('the adapter for the AI SDK', () => {
  it('makes lines of the fields of an object, or calls the option for its text', async () => {
    const encoder = { ...fakeEncoder() }
    const texts: string[] = []
    const recording = {
      ...encoder,
      documents(given: readonly string[]) {
        texts.push(...given)
        return given.map((_, i): MultiVector => [[i, 1]])
      },
    }
    const documents = { type: 'object', values: [{ id: 1, body: 'a "b"', seen: { by: ['Ann'] } }] } as const
    await createRerankingModel({ encoder: recording }).doRerank({ query: 'q', documents })
    const text = ({ body }: Readonly<Record<string, unknown>>) => `<${body}>`
    await createRerankingModel({ encoder: recording, text }).doRerank({ query: 'q', documents })
    expect(texts).toEqual(['id: 1\nbody: a "b"\nseen: {"by":["Ann"]}', '<a "b">'])
    expect(createRerankingModel({ encoder })).toMatchObject({
      specificationVersion: 'v3',
      provider: 'maxsimd',
      modelId: 'late-interaction',
    })
    expect(createRerankingModel({ encoder, modelId: 'mine' }).modelId).toBe('mine')
  })

  it('names the text that is not a string', async () => {
    await expect(rankTexts(['1', 2 as never])).rejects.toThrow(
      new TypeError('"documents[1]" expected a string, got number'),
    )
    const model = createRerankingModel({ encoder: fakeEncoder(), text: () => undefined as never })
    await expect(model.doRerank({ query: 'q', documents: { type: 'object', values: [{}] } })).rejects.toThrow(
      new TypeError('"text(documents[0])" expected a string, got undefined'),
    )
  })
})

describe('the adapter for LangChain', () => {
  class Page {
    constructor(
      readonly pageContent: string,
      readonly metadata: Record<string, unknown>,
    ) {}
  }

  it('returns copies of the best documents, of the same class, with their scores', async () => {
    const documents = ['1', '3', '2'].map((text, id) => new Page(text, { id }))
    const compressor = createDocumentCompressor({ encoder: fakeEncoder(), topN: 2 })
    const found = await compressor.compressDocuments(documents, 'q')
    expect(found).toEqual([
      new Page('3', { id: 1, relevanceScore: 3 }),
      new Page('2', { id: 2, relevanceScore: 2 }),
    ])
    for (const page of found) expect(page).toBeInstanceOf(Page)
    expect(documents.map(({ metadata }) => metadata)).toEqual([{ id: 0 }, { id: 1 }, { id: 2 }])
    expect(
      await createDocumentCompressor({ encoder: fakeEncoder() }).compressDocuments(documents, 'q'),
    ).toHaveLength(3)
  })

  it('names the documents that are not an array, or not pages', async () => {
    const compressor = createDocumentCompressor({ encoder: fakeEncoder() })
    await expect(compressor.compressDocuments('1' as never, 'q')).rejects.toThrow(
      new TypeError('"documents" expected an array, got string'),
    )
    await expect(compressor.compressDocuments([{ pageContent: 1 } as never], 'q')).rejects.toThrow(
      new TypeError('"documents[0].pageContent" expected a string, got number'),
    )
  })
})

describe('the adapter for LlamaIndex.TS', () => {
  const nodeOf = (texts: Readonly<Record<string, string>>) => ({
    node: { getContent: (mode: string) => texts[mode]! },
    score: 0.5,
  })
  const nodes = [
    nodeOf({ EMBED: '1', NONE: '9' }),
    nodeOf({ EMBED: '2', NONE: '8' }),
    nodeOf({ EMBED: '3', NONE: '7' }),
  ]

  it('ranks nodes with the metadata that is embedded, or with the requested metadata', async () => {
    const encoder = fakeEncoder()
    const found = await createNodePostprocessor({ encoder, topN: 2 }).postprocessNodes(nodes, 'q')
    expect(found.map(({ node, score }) => [nodes.findIndex(given => given.node === node), score])).toEqual([
      [2, 3],
      [1, 2],
    ])
    expect(nodes.map(({ score }) => score)).toEqual([0.5, 0.5, 0.5])
    const bare = await createNodePostprocessor({ encoder, metadataMode: 'NONE' }).postprocessNodes(nodes, 'q')
    expect(bare.map(({ score }) => score)).toEqual([9, 8, 7])
  })

  it('joins the text parts of a query with line breaks', async () => {
    const queries: string[] = []
    const encoder = {
      ...fakeEncoder(),
      query(text: string): MultiVector {
        queries.push(text)
        return [[1, 0]]
      },
    }
    const message = [
      { type: 'text', text: 'talk' },
      { type: 'image', url: 'a.png' },
      { type: 'text', text: 'rain' },
    ]
    await createNodePostprocessor({ encoder }).postprocessNodes(nodes, message)
    expect(queries).toEqual(['talk\nrain'])
  })

  it('refuses a query that is missing or no text, wrong nodes, and unknown metadata', async () => {
    const postprocessor = createNodePostprocessor({ encoder: fakeEncoder() })
    for (const [query, got] of [[undefined, 'undefined'], [5, 'number']]) // biome-ignore format: one line
      await expect(postprocessor.postprocessNodes(nodes, query as never)).rejects.toThrow(
        `"query" expected a text to rank the nodes by, got ${got}; pass it to postprocessNodes`,
      )
    for (const [wrong, message] of [
      [null, '"nodes" expected an array, got null'],
      [[nodeOf({})], '"nodes[0].node.getContent()" expected a string, got undefined'],
    ] as const) {
      await expect(postprocessor.postprocessNodes(wrong as never, 'q')).rejects.toThrow(
        new TypeError(message),
      )
    }
    expect(() => createNodePostprocessor({ encoder: fakeEncoder(), metadataMode: 'EACH' as never })).toThrow(
      '"metadataMode" expected one of ALL, EMBED, LLM, NONE, got "EACH"',
    )
  })
})

describe('the instruction of a reranker', () => {
  it('is put before every query, and a call of the AI SDK can replace it', async () => {
    const encoder = fakeEncoder()
    const model = createRerankingModel({ encoder, instruction: 'Find: ' })
    const documents = { type: 'text', values: ['1'] } as const
    await model.doRerank({ query: 'a', documents })
    const providerOptions = { maxsimd: { instruction: 'Compare: ' }, other: {} }
    await model.doRerank({ query: 'a', documents, providerOptions })
    await model.doRerank({ query: 'a', documents, providerOptions: { maxsimd: { instruction: '' } } })
    const compressor = createDocumentCompressor({ encoder, instruction: 'Sort: ' })
    await compressor.compressDocuments([{ pageContent: '1', metadata: {} }], 'a')
    expect(encoder.queries).toEqual(['Find: a', 'Compare: a', 'a', 'Sort: a'])
  })

  it('is a string', async () => {
    const encoder = fakeEncoder()
    expect(() => createNodePostprocessor({ encoder, instruction: 5 as never })).toThrow(
      new TypeError('"instruction" expected a string, got number'),
    )
    const model = createRerankingModel({ encoder })
    const call = model.doRerank({
      query: 'a',
      documents: { type: 'text', values: ['1'] },
      providerOptions: { maxsimd: { instruction: ['Find'] } },
    })
    await expect(call).rejects.toThrow(
      new TypeError('"providerOptions.maxsimd.instruction" expected a string, got array'),
    )
  })
})

it('a query that is repeated is encoded once', async () => {
  const encoder = fakeEncoder()
  const model = createRerankingModel({ encoder })
  const documents = { type: 'text', values: ['1'] } as const
  for (const query of ['a', 'a', 'b', 'a']) await model.doRerank({ query, documents })
  expect(encoder.queries).toEqual(['a', 'b', 'a'])
})

it('a query that was refused or has failed is encoded again', async () => {
  const encoder = fakeEncoder()
  let failures = 1
  const failing = {
    ...encoder,
    query(text: string): MultiVector {
      if (failures-- > 0) throw new Error('busy')
      return encoder.query(text)
    },
  }
  const model = createRerankingModel({ encoder: failing })
  const documents = { type: 'text', values: ['1'] } as const
  await expect(model.doRerank({ query: 'a', documents })).rejects.toThrow('busy')
  expect((await model.doRerank({ query: 'a', documents })).ranking).toHaveLength(1)
  for (const _ of [1, 2]) await expect(model.doRerank({ query: '-', documents })).rejects.toThrow(RangeError)
  expect(encoder.queries).toEqual(['a', '-', '-'])
})

it('an encoder is required', () => {
  expect(() => createRerankingModel({} as never)).toThrow(
    new TypeError('"encoder" is required: an encoder of maxsimd/encode, for example of createEncoder()'),
  )
  expect(() => createRerankingModel({ encoder: null } as never)).toThrow(
    new TypeError(
      '"encoder" expected an object with the methods query and documents, got null; use an encoder of maxsimd/encode',
    ),
  )
})

describe('the function of a Genkit reranker', () => {
  const documents = ['1', '-', '3'].map(text => ({ text, content: [{ text }], metadata: { from: text } }))

  it('returns contents with their scores, best first, and at most k', async () => {
    const rerank = createRerankerFunction({ encoder: fakeEncoder(), topN: 2 })
    const expected = [
      { content: [{ text: '3' }], metadata: { from: '3', score: 3 } },
      { content: [{ text: '1' }], metadata: { from: '1', score: 1 } },
      { content: [{ text: '-' }], metadata: { from: '-', score: 0 } },
    ]
    expect((await rerank({ text: 'q' }, documents)).documents).toEqual(expected.slice(0, 2))
    expect((await rerank({ text: 'q' }, documents, {})).documents).toEqual(expected.slice(0, 2))
    expect((await rerank({ text: 'q' }, documents, { k: 3 })).documents).toEqual(expected)
    expect((await rerank({ text: 'q' }, [])).documents).toEqual([])
    expect(documents.map(({ metadata }) => metadata)).toEqual([{ from: '1' }, { from: '-' }, { from: '3' }])
  })

  it('names the document without a text', async () => {
    const rerank = createRerankerFunction({ encoder: fakeEncoder() })
    await expect(rerank({ text: 'q' }, [documents[0]!, {} as never])).rejects.toThrow(
      new TypeError('"documents[1].text" expected a string, got undefined'),
    )
    await expect(rerank({ text: 'q' }, null as never)).rejects.toThrow(
      new TypeError('"documents" expected an array, got null'),
    )
  })
})

describe('a relevance scorer for Mastra', () => {
  /** An encoder whose queries have two rows. */
  const twoRows = () => ({ ...fakeEncoder(), query: (): MultiVector => [[1, 0], [0, 1]] }) // biome-ignore format: two rows

  it('divides by the rows of the query, and encodes calls of one turn together', async () => {
    const encoder = twoRows()
    const scorer = createRelevanceScorer({ encoder })
    const scores = await Promise.all(
      ['3', '-', '1']
        .map(text => scorer.getRelevanceScore('q', text))
        .concat(scorer.getRelevanceScore('r', '5')),
    )
    // the rows of a text are [number, 1]
    expect(scores).toEqual([(3 + 1) / 2, 0, (1 + 1) / 2, (5 + 1) / 2])
    expect(encoder.calls).toEqual([['3', '-', '1'], ['5']])
    expect(await scorer.getRelevanceScore('r', '7')).toBe(4)
    // rows in one array
    const flat = { ...twoRows(), query: () => ({ data: Float32Array.of(1, 0, 0, 1), dim: 2 }) }
    expect(await createRelevanceScorer({ encoder: flat }).getRelevanceScore('q', '3')).toBe(2)
  })

  it('rejects every call of a turn that fails, and none after it', async () => {
    const scorer = createRelevanceScorer({ encoder: twoRows() })
    const calls = ['1', 'long'].map(text => scorer.getRelevanceScore('q', text))
    const results = await Promise.allSettled(calls)
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(await scorer.getRelevanceScore('q', '1')).toBe(1)
    await expect(scorer.getRelevanceScore(5 as never, '1')).rejects.toThrow(
      new TypeError('"query" expected a string, got number'),
    )
    await expect(scorer.getRelevanceScore('q', undefined as never)).rejects.toThrow(
      new TypeError('"text" expected a string, got undefined'),
    )
    expect(() => createRelevanceScorer({ encoder: twoRows(), topN: 1 } as never)).toThrow(
      new RangeError(
        'unknown option "config.topN"; valid options of createRelevanceScorer: encoder, scorer, metric, instruction',
      ),
    )
  })
})
