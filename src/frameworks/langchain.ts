// LangChain's document compressor: what `BaseDocumentCompressor` of `@langchain/core` declares, as a plain object, which
// is all that `ContextualCompressionRetriever` and `isBaseDocumentCompressor` look for.

import { checkList, createReranker, documentText, type RerankerConfig } from './reranker.js'

export interface DocumentCompressorConfig extends RerankerConfig {
  /** Documents to give. Left out: all of them, in their new order. */
  readonly topN?: number | undefined
}

/** What of LangChain's documents is read. */
export interface DocumentLike {
  readonly pageContent: string
  readonly metadata: Record<string, unknown>
}

/** What LangChain takes as a `BaseDocumentCompressor`. */
export interface DocumentCompressor {
  /** The best documents, best first: copies of their class, with the score as `metadata.relevanceScore`. */
  compressDocuments<T extends DocumentLike>(documents: readonly T[], query: string): Promise<T[]>
}

/**
 * A document compressor for LangChain that keeps the best documents by late interaction.
 *
 * A document without rows comes last, with a score no higher than any other. The documents given are left as they are.
 *
 * @throws TypeError or RangeError that names the option; from `compressDocuments`, one that names the document
 * @example
 * const compressor = createDocumentCompressor({ encoder, topN: 3 })
 * const retriever = new ContextualCompressionRetriever({ baseCompressor: compressor, baseRetriever })
 */
export function createDocumentCompressor(config: DocumentCompressorConfig): DocumentCompressor {
  const reranker = createReranker(config, ['topN'], 'createDocumentCompressor')
  return {
    async compressDocuments(documents, query) {
      checkList(documents, 'documents')
      const texts = documents.map(({ pageContent }, i) =>
        documentText(pageContent, `documents[${i}].pageContent`),
      )
      const ranked = await reranker.rank(query, texts, config.topN)
      return ranked.map(({ index, score }) => {
        const document = documents[index]!
        const metadata = { ...document.metadata, relevanceScore: score }
        return Object.assign(Object.create(Object.getPrototypeOf(document)), document, { metadata })
      })
    },
  }
}
