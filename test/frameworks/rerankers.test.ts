// The rerankers inside the real frameworks, whose own functions call them, with the static encoder. One test compiles
// this file against the frameworks' type declarations.

import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ContextualCompressionRetriever } from '@langchain/classic/retrievers/contextual_compression'
import { Document } from '@langchain/core/documents'
import { BaseRetriever } from '@langchain/core/retrievers'
import { BaseDocumentCompressor } from '@langchain/core/retrievers/document_compressors'
import type { BaseNodePostprocessor } from '@llamaindex/core/postprocessor'
import { RetrieverQueryEngine } from '@llamaindex/core/query-engine'
import { BaseRetriever as LlamaRetriever } from '@llamaindex/core/retriever'
import { MetadataMode, type NodeWithScore, TextNode } from '@llamaindex/core/schema'
import type { RelevanceScoreProvider } from '@mastra/core/relevance'
import { rerankWithScorer } from '@mastra/rag'
import { rerank } from 'ai'
import { rerank as rerank6 } from 'ai-6'
import { Document as GenkitDocument, genkit } from 'genkit'
import { describe, expect, it } from 'vitest'
import { createStaticEncoder, type ModelEncoder, TextError } from '../../src/encode/index.js'
import { createRerankingModel } from '../../src/frameworks/ai-sdk.js'
import { createRerankerFunction } from '../../src/frameworks/genkit.js'
import { createDocumentCompressor } from '../../src/frameworks/langchain.js'
import { createNodePostprocessor } from '../../src/frameworks/llamaindex.js'
import { createRelevanceScorer } from '../../src/frameworks/mastra.js'
import { createScorer, type MultiVector } from '../../src/index.js'

const encoder = createStaticEncoder(readFileSync('data/words.bin'))
const query = 'talk about rain'
const texts = [
  'sunny day at the beach',
  'rainy afternoon in the city',
  'xyzzyq', // the encoder has no row for this word
  'snowy night in the mountains',
]

const scorer = await createScorer()
const scores = texts.map(text => {
  const document = encoder.documents([text])[0]!
  return document.tokens.length > 0 ? scorer.score(encoder.query(query), document) : 0
})
/** The result that every framework must return: all texts, best first. */
const expected = texts
  .map((text, index) => ({ text, index, score: scores[index]! }))
  .sort((a, b) => b.score - a.score)

it('expects the matching text first and the text without rows last', () => {
  expect(expected[0]!.text).toBe('rainy afternoon in the city')
  expect(expected.at(-1)!.text).toBe('xyzzyq')
})

/** The text of the error that `run` throws or rejects with. */
const errorOf = async (run: () => unknown): Promise<string> => {
  try {
    await run()
  } catch (error) {
    return String(error)
  }
  return 'no error'
}

it.each<[() => unknown, string]>([
  [
    () => createDocumentCompressor({ encoder, topn: 1 } as never),
    'RangeError: unknown option "config.topn"; valid options of createDocumentCompressor: encoder, scorer, metric, instruction, topN',
  ],
  [
    () => createDocumentCompressor(undefined as never),
    'TypeError: "config" expected an object, got undefined; valid options of createDocumentCompressor: encoder, scorer, metric, instruction, topN',
  ],
  [
    () => createDocumentCompressor({ topN: 1 } as never),
    'TypeError: "encoder" is required: an encoder of maxsimd/encode, for example of createEncoder()',
  ],
  [
    () => createNodePostprocessor({ encoder, topN: '1' as never }),
    'TypeError: "topN" expected a number, got string',
  ],
  [
    () => createNodePostprocessor({ encoder, metadataMode: 'embed' as never }),
    'RangeError: "metadataMode" expected one of ALL, EMBED, LLM, NONE, got "embed"',
  ],
  [
    () => createDocumentCompressor({ encoder }).compressDocuments(null as never, query),
    'TypeError: "documents" expected an array, got null',
  ],
  [
    () => createNodePostprocessor({ encoder }).postprocessNodes('a' as never, query),
    'TypeError: "nodes" expected an array, got string',
  ],
])('refuses wrong options and arguments with an error that names them: %#', async (make, message) => {
  expect(await errorOf(async () => make())).toBe(message)
})

it('ranks texts without a token last, and rejects a text that is too long', async () => {
  // like createEncoder, it refuses the first text at fault
  const strict = {
    query: encoder.query,
    documents(given: readonly string[]) {
      for (const [index, text] of given.entries()) {
        if (/^\p{Cc}+$/u.test(text)) throw new TextError(index, 'has no token in it', 'empty')
        if (text.length > 100) throw new TextError(index, 'is too long', 'long')
      }
      return encoder.documents(given)
    },
  }
  const model = createRerankingModel({ encoder: strict })
  const documents = ['\u0007', 'rain', '\u0000\u0001', 'snow']
  const { ranking } = await rerank({ model, query, documents })
  expect(ranking.map(({ originalIndex }) => originalIndex)).toEqual([1, 3, 0, 2])
  expect((await rerank({ model, query, documents: ['\u0007'] })).ranking).toHaveLength(1)
  expect(
    await errorOf(() => rerank({ model, query, documents: ['rain '.repeat(30)], maxRetries: 0 })),
  ).toContain('TextError: "texts[0]" is too long')
})

const inOrder = expected.map(({ text, index, score }) => ({ document: text, originalIndex: index, score }))

describe('the AI SDK', () => {
  const model = createRerankingModel({ encoder })

  it('ranks texts in version 7', async () => {
    expect((await rerank({ model, query, documents: texts })).ranking).toEqual(inOrder)
    expect((await rerank({ model, query, documents: texts, topN: 2 })).ranking).toEqual(inOrder.slice(0, 2))
    expect((await rerank({ model, query, documents: texts, topN: 99 })).ranking).toEqual(inOrder)
  })

  it('ranks texts in version 6 with the same model', async () => {
    expect((await rerank6({ model, query, documents: texts })).ranking).toEqual(inOrder)
  })

  it('ranks objects by all their fields, or by the text that the option returns', async () => {
    const documents = texts.map((body, id) => ({ id, body, seen: { by: ['Ann'] } }))
    const byField = await rerank({
      model: createRerankingModel({ encoder, text: ({ body }) => String(body) }),
      query,
      documents,
    })
    expect(byField.ranking.map(({ originalIndex, score }) => ({ originalIndex, score }))).toEqual(
      inOrder.map(({ originalIndex, score }) => ({ originalIndex, score })),
    )
    const encodedTexts: string[] = []
    const recording = {
      ...encoder,
      documents(given: readonly string[]) {
        encodedTexts.push(...given)
        return encoder.documents(given)
      },
    }
    const whole = await rerank({ model: createRerankingModel({ encoder: recording }), query, documents })
    expect(whole.ranking[0]!.document).toBe(documents[1])
    expect(encodedTexts[1]).toBe('id: 1\nbody: rainy afternoon in the city\nseen: {"by":["Ann"]}')
  })

  it('returns an empty ranking without documents', async () => {
    expect((await rerank({ model, query, documents: [] as string[] })).ranking).toEqual([])
    const empty = await model.doRerank({ query: 'xyzzyq', documents: { type: 'text', values: [] } })
    expect(empty).toEqual({ ranking: [] })
  })

  it('ranks empty texts last without passing them to the encoder', async () => {
    const strict = {
      query: encoder.query,
      documents(given: readonly string[]) {
        if (given.some(text => text.trim() === '')) throw new RangeError('an empty text')
        return encoder.documents(given)
      },
    }
    const { ranking } = await rerank({
      model: createRerankingModel({ encoder: strict }),
      query,
      documents: ['', texts[0]!, ' \n', texts[1]!],
    })
    expect(ranking.map(({ originalIndex }) => originalIndex)).toEqual([3, 1, 0, 2])
    const blank = await rerank({
      model: createRerankingModel({ encoder: strict }),
      query,
      documents: ['', ''],
    })
    expect(blank.ranking.map(({ score }) => score)).toEqual([0, 0])
  })
})

describe('the AI SDK, in calls that fail or end early', () => {
  const model = createRerankingModel({ encoder })

  it('stops between two batches when the signal is aborted', async () => {
    const controller = new AbortController()
    let batches = 0
    const slow = {
      query: encoder.query,
      async documents(
        given: readonly string[],
        { signal }: { readonly signal?: AbortSignal | undefined } = {},
      ) {
        expect(signal).toBe(controller.signal)
        batches++
        controller.abort(new Error('the user left'))
        return encoder.documents(given)
      },
    }
    const call = rerank({
      model: createRerankingModel({ encoder: slow }),
      query,
      documents: Array.from({ length: 100 }, () => texts[0]!),
      abortSignal: controller.signal,
    })
    expect(await errorOf(() => call)).toContain('the user left')
    expect(batches).toBe(1)
  })

  it('rejects wrong arguments without a retry', async () => {
    let calls = 0
    const broken = {
      query: encoder.query,
      documents: (): MultiVector[] => {
        calls++
        return []
      },
    }
    expect(
      await errorOf(() =>
        rerank({ model: createRerankingModel({ encoder: broken }), query, documents: texts }),
      ),
    ).toBe('RangeError: "encoder.documents" expected to return 4 multi-vectors, one for each text, got 0')
    expect(calls).toBe(1)
    expect(await errorOf(() => rerank({ model, query: 'xyzzyq', documents: texts }))).toBe(
      'RangeError: "query" expected a text that has rows, got "xyzzyq"; the encoder has no row for any of its words',
    )
    expect(await errorOf(() => rerank({ model, query, documents: texts, topN: 0 }))).toBe(
      'RangeError: "topN" expected a whole number of at least 1, got 0',
    )
    expect(
      await errorOf(() => rerank({ model, query, documents: [texts[0]!, 7 as unknown as string] })),
    ).toBe('TypeError: "documents[1]" expected a string, got number')
    expect(await errorOf(() => createRerankingModel({ encoder: {} as typeof encoder }))).toBe(
      'TypeError: "encoder" expected an object with the methods query and documents, got object; use an encoder of maxsimd/encode',
    )
    expect(await errorOf(() => createRerankingModel({ encoder, metric: 'euclid' as 'dot' }))).toBe(
      'RangeError: "metric" expected one of dot, cosine, got "euclid"',
    )
  })

  it('uses the given scorer, here one with threads', async () => {
    const threaded = await createScorer({ threads: 2 })
    try {
      const { ranking } = await rerank({
        model: createRerankingModel({ encoder, scorer: threaded }),
        query,
        documents: texts,
      })
      expect(ranking).toEqual(inOrder)
    } finally {
      await threaded.dispose()
    }
  })
})

/** A retriever that returns all texts, in their order. */
class AllDocuments extends BaseRetriever {
  lc_namespace = ['maxsimd', 'test']
  override async _getRelevantDocuments() {
    return texts.map((pageContent, id) => new Document({ pageContent, id: String(id), metadata: { id } }))
  }
}

describe('LangChain', () => {
  const baseRetriever = new AllDocuments()

  it('recognizes the object as a document compressor', () => {
    expect(BaseDocumentCompressor.isBaseDocumentCompressor(createDocumentCompressor({ encoder }))).toBe(true)
  })

  it('compresses the documents of a retriever', async () => {
    const baseCompressor: BaseDocumentCompressor = createDocumentCompressor({ encoder, topN: 2 })
    const found = await new ContextualCompressionRetriever({ baseCompressor, baseRetriever }).invoke(query)
    expect(found.map(({ pageContent }) => pageContent)).toEqual(expected.slice(0, 2).map(({ text }) => text))
    expect(found.map(({ id }) => Number(id))).toEqual(expected.slice(0, 2).map(({ index }) => index))
    expect(found[0]!.metadata).toEqual({ id: expected[0]!.index, relevanceScore: expected[0]!.score })
    expect(found[0]).toBeInstanceOf(Document)
  })

  it('returns all documents without topN and does not change the given ones', async () => {
    const documents = await baseRetriever.invoke(query)
    const found = await createDocumentCompressor({ encoder }).compressDocuments(documents, query)
    expect(found.map(({ pageContent }) => pageContent)).toEqual(expected.map(({ text }) => text))
    expect(documents[0]!.metadata).toEqual({ id: 0 })
    expect(await createDocumentCompressor({ encoder }).compressDocuments([], query)).toEqual([])
  })

  it('names the document without a text in the error', async () => {
    const documents = [new Document({ pageContent: 'rain' }), { metadata: {} } as Document]
    expect(
      await errorOf(() => createDocumentCompressor({ encoder }).compressDocuments(documents, query)),
    ).toBe('TypeError: "documents[1].pageContent" expected a string, got undefined')
  })
})

/** A retriever that returns all texts as nodes, in their order. */
class AllNodes extends LlamaRetriever {
  // biome-ignore lint/complexity/noUselessConstructor: the constructor of the base class is protected
  constructor() {
    super()
  }

  override async _retrieve(): Promise<NodeWithScore[]> {
    return texts.map((text, id) => ({ node: new TextNode({ text, metadata: { id } }), score: 0.5 }))
  }
}

describe('LlamaIndex.TS', () => {
  const options = { encoder, metadataMode: 'NONE' } as const

  it('postprocesses the nodes of a query engine', async () => {
    const postprocessor: BaseNodePostprocessor = createNodePostprocessor({ ...options, topN: 2 })
    // @ts-expect-error the engine needs a response synthesizer, which retrieve() does not use
    const engine = new RetrieverQueryEngine(new AllNodes(), {}, [postprocessor])
    const found = await engine.retrieve(query)
    expect(found.map(({ score }) => score)).toEqual(expected.slice(0, 2).map(({ score }) => score))
    expect(found.map(({ node }) => node.getContent(MetadataMode.NONE))).toEqual(
      expected.slice(0, 2).map(({ text }) => text),
    )
  })

  it('uses the text parts of a message as the query and does not change the nodes', async () => {
    const nodes = await new AllNodes()._retrieve()
    const message = [
      { type: 'text' as const, text: 'talk about' },
      { type: 'image_url' as const, image_url: { url: 'rain.png' } },
      { type: 'text' as const, text: 'rain' },
    ]
    const found = await createNodePostprocessor(options).postprocessNodes(nodes, message)
    expect(found.map(({ score }) => score)).toEqual(expected.map(({ score }) => score))
    expect(nodes.map(({ score }) => score)).toEqual([0.5, 0.5, 0.5, 0.5])
    expect(await createNodePostprocessor(options).postprocessNodes([], query)).toEqual([])
  })

  it('includes the metadata that an index embeds by default', async () => {
    const node = new TextNode({ text: 'a page', metadata: { topic: 'rain', secret: 'umbrella' } })
    node.excludedEmbedMetadataKeys = ['secret']
    const other = new TextNode({ text: 'a page', metadata: { topic: 'sun' } })
    const found = await createNodePostprocessor({ encoder }).postprocessNodes(
      [{ node: other }, { node }],
      query,
    )
    expect(found[0]!.node).toBe(node)
  })

  it('refuses a call without a query', async () => {
    const nodes = await new AllNodes()._retrieve()
    expect(await errorOf(() => createNodePostprocessor(options).postprocessNodes(nodes))).toBe(
      'TypeError: "query" expected a text to rank the nodes by, got undefined; pass it to postprocessNodes',
    )
  })
})

// compiled only: an encoder with a model is accepted wherever the static one is
export const withModel = (encoder: ModelEncoder) => [
  createRerankingModel({ encoder }),
  createDocumentCompressor({ encoder }),
  createNodePostprocessor({ encoder }),
  createRerankerFunction({ encoder }),
  createRelevanceScorer({ encoder }),
]

it('compiles against the type declarations of the frameworks', () => {
  const tsc = join('node_modules', 'typescript', 'bin', 'tsc')
  const { status, stdout } = spawnSync(process.execPath, [tsc, '-p', 'test/frameworks'], { encoding: 'utf8' })
  expect(stdout).toBe('')
  expect(status).toBe(0)
})

describe('Genkit', () => {
  const ai = genkit({})
  const reranker = ai.defineReranker({ name: 'maxsimd/test' }, createRerankerFunction({ encoder }))
  const documents = texts.map((text, id) => GenkitDocument.fromText(text, { id }))

  it('ranks documents with the action that it makes of the function', async () => {
    const ranked = await ai.rerank({ reranker, query, documents })
    expect(ranked.map(document => [document.text, document.metadata.score])).toEqual(
      expected.map(({ text, score }) => [text, score]),
    )
    expect(ranked[0]!.metadata).toMatchObject({ id: expected[0]!.index })
    const two = await ai.rerank({ reranker, query, documents, options: { k: 2 } })
    expect(two.map(({ text }) => text)).toEqual(expected.slice(0, 2).map(({ text }) => text))
  })

  it('reports the error of a query without rows', async () => {
    expect(await errorOf(() => ai.rerank({ reranker, query: 'xyzzyq', documents }))).toContain(
      '"query" expected a text that has rows, got "xyzzyq"; the encoder has no row for any of its words',
    )
  })
})

describe('Mastra', () => {
  const results = texts.map((text, i) => ({ id: String(i), score: 0.5, metadata: { text } }))
  const weights = { semantic: 1, vector: 0, position: 0 }

  it('ranks the results of a vector store with the scorer, whose texts are encoded in one call', async () => {
    const calls: number[] = []
    const counting = {
      ...encoder,
      documents(given: readonly string[]) {
        calls.push(given.length)
        return encoder.documents(given)
      },
    }
    const scorer: RelevanceScoreProvider = createRelevanceScorer({ encoder: counting })
    const ranked = await rerankWithScorer({ results, query, scorer, options: { topK: 4, weights } })
    const rows = encoder.query(query).tokens.length
    expect(ranked.map(({ result, score }) => [result.metadata?.text, score])).toEqual(
      expected.map(({ text, score }) => [text, score / rows]),
    )
    expect(calls).toEqual([4])
  })
})

describe('programs in examples/ and docs/frameworks.md', () => {
  const folder = join(import.meta.dirname, 'build')
  const shown = [...readFileSync('docs/frameworks.md', 'utf8').matchAll(/^```js framework\n([\s\S]*?)^```/gm)]
  const names = ['ai-sdk', 'langchain', 'genkit', 'mastra', 'llamaindex']
  const programs = names.flatMap((name, i) => [
    { name: `examples/${name}.mjs`, code: readFileSync(`examples/${name}.mjs`, 'utf8'), lines: 2 },
    { name: `docs/frameworks.md: ${name}`, code: shown[i]?.[1] ?? '', lines: 1 },
  ])

  it.each(programs)('prints the best text: $name', ({ code, lines }) => {
    mkdirSync(folder, { recursive: true })
    try {
      const program = join(folder, 'program.mjs')
      writeFileSync(program, code)
      const printed = execFileSync(process.execPath, [program], { encoding: 'utf8' }).trim().split('\n')
      expect(printed).toHaveLength(lines)
      expect(printed[0]).toMatch(/rainy afternoon in the city$/)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
