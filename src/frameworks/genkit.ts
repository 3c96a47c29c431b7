// A reranker for Genkit: the function that `ai.defineReranker` takes. Genkit is not imported.

import { checkList, checkQueryText, createReranker } from './reranker.js'
import type { RerankerConfig } from './reranker-config.js'

export type * from './reranker-config.js'

/** Options of `createRerankerFunction`. */
export interface RerankerFunctionConfig extends RerankerConfig {
  /** The maximum number of documents, at least 1. `k` of a call replaces it. Default: all, in their new order. */
  readonly topN?: number | undefined
}

/** The fields of a Genkit `Document` that are read. A document of parts without text ranks last. */
export interface GenkitDocument<Content> {
  /** The text of all its parts. */
  readonly text: string
  readonly content: Content
  readonly metadata?: Record<string, unknown> | undefined
}

/** A document with its score, as Genkit's reranker actions return it. */
export interface RankedGenkitDocument<Content> {
  readonly content: Content
  readonly metadata: Record<string, unknown> & { readonly score: number }
}

/** The function that `ai.defineReranker` takes. */
export type RerankerFunction = <Content>(
  query: { readonly text: string },
  documents: readonly GenkitDocument<Content>[],
  options?: { readonly k?: number | undefined } | undefined,
) => Promise<{ documents: RankedGenkitDocument<Content>[] }>

/**
 * Creates the function of a Genkit reranker, which ranks documents by late interaction. The best documents come first, with
 * the MaxSim score in `metadata.score`. Documents without rows come last, with a score that is at most 0 and not above any
 * other. The option `k` of `ai.rerank` is the maximum number of documents.
 *
 * @throws TypeError or RangeError that names the option at fault
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { createStaticEncoder } from 'maxsimd/encode/static'
 * import { createRerankerFunction } from 'maxsimd/genkit'
 * import wordFile from 'maxsimd-words'
 *
 * const encoder = createStaticEncoder(await readFile(wordFile))
 * const rerank = createRerankerFunction({ encoder })
 * // with Genkit: const reranker = ai.defineReranker({ name: 'maxsimd/late-interaction' }, rerank)
 * const texts = ['sunny day at the beach', 'rainy afternoon in the city']
 * const documents = texts.map(text => ({ text, content: [{ text }] }))
 * const ranked = await rerank({ text: 'talk about rain' }, documents, { k: 1 })
 * ranked.documents[0].content[0].text // 'rainy afternoon in the city'
 */
export function createRerankerFunction(config: RerankerFunctionConfig): RerankerFunction {
  const reranker = createReranker(config, ['topN'], 'createRerankerFunction')
  return async (query, documents, options) => {
    checkList(documents, 'documents')
    const texts = documents.map(({ text }, i) => checkQueryText(text, `documents[${i}].text`))
    const ranked = await reranker.rank(query.text, texts, { topN: options?.k ?? config.topN })
    return {
      documents: ranked.map(({ index, score }) => {
        const { content, metadata } = documents[index]!
        return { content, metadata: { ...metadata, score } }
      }),
    }
  }
}
