// Needs the packages maxsimd, maxsimd-words and @langchain/core; README.md says how to run it.
//
// A late-interaction document compressor for LangChain.
// The static encoder needs no model. For a ColBERT model, use `createEncoder` of maxsimd/encode. As the `baseCompressor`
// of a ContextualCompressionRetriever, it reranks the results of another retriever.

import { readFile } from 'node:fs/promises'
import { Document } from '@langchain/core/documents'
import { createStaticEncoder } from 'maxsimd/encode/static'
import { createDocumentCompressor } from 'maxsimd/langchain'
import wordFile from 'maxsimd-words'

const encoder = createStaticEncoder(await readFile(wordFile))
const compressor = createDocumentCompressor({ encoder, topN: 2 })

const texts = ['sunny day at the beach', 'rainy afternoon in the city', 'snowy night in the mountains']
const documents = texts.map(pageContent => new Document({ pageContent }))
for (const { pageContent, metadata } of await compressor.compressDocuments(documents, 'talk about rain')) {
  console.log(metadata.relevanceScore.toFixed(3), pageContent)
}
