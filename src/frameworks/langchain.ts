// A document compressor for LangChain: a plain object with the methods of `BaseDocumentCompressor` of `@langchain/core`.
// `ContextualCompressionRetriever` and `isBaseDocumentCompressor` check for nothing else.

import { checkList, checkQueryText, createReranker } from './reranker.js'
import type { RerankerConfig } from './reranker-config.js'

export type * from './reranker-config.js'

/** Options of `createDocumentCompressor`. */
export interface DocumentCompressorConfig extends RerankerConfig {
  /** The maximum number of documents, at least 1. Default: all, in their new order. */
  readonly topN?: number | undefined
}

/** The fields of LangChain's `Document` that are read. */
export interface DocumentLike {
  readonly pageContent: string
  readonly metadata: Record<string, unknown>
}

/** A LangChain `BaseDocumentCompressor`. */
export interface DocumentCompressor {
  /**
   * Returns the best documents, best first. They are copies, of the same class, with the score as
   * `metadata.relevanceScore`; the given documents do not change.
   *
   * @throws TypeError or RangeError that names the document at fault
   */
  compressDocuments<T extends DocumentLike>(documents: readonly T[], query: string): Promise<T[]>
}

/**
 * Creates a document compressor for LangChain, which keeps the best documents by late interaction. Documents without
 * rows come last, with a score that is at most 0 and not above any other.
 *
 * @throws TypeError or RangeError that names the option at fault
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { createStaticEncoder } from 'maxsimd/encode/static'
 * import { createDocumentCompressor } from 'maxsimd/langchain'
 * import wordFile from 'maxsimd-words'
 *
 * const encoder = createStaticEncoder(await readFile(wordFile))
 * const compressor = createDocumentCompressor({ encoder, topN: 1 })
 * // with LangChain: new ContextualCompressionRetriever({ baseCompressor: compressor, baseRetriever })
 * const texts = ['sunny day at the beach', 'rainy afternoon in the city']
 * const documents = texts.map(pageContent => ({ pageContent, metadata: {} }))
 * const [best] = await compressor.compressDocuments(documents, 'talk about rain')
 * best.pageContent // 'rainy afternoon in the city'
 */
export function createDocumentCompressor(config: DocumentCompressorConfig): DocumentCompressor {
  const reranker = createReranker(config, ['topN'], 'createDocumentCompressor')
  return {
    async compressDocuments(documents, query) {
      checkList(documents, 'documents')
      const texts = documents.map(({ pageContent }, i) =>
        checkQueryText(pageContent, `documents[${i}].pageContent`),
      )
      const ranked = await reranker.rank(query, texts, { topN: config.topN })
      return ranked.map(({ index, score }) => {
        const document = documents[index]!
        const metadata = { ...document.metadata, relevanceScore: score }
        return Object.assign(Object.create(Object.getPrototypeOf(document)), document, { metadata })
      })
    },
  }
}
