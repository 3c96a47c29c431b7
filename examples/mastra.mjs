// Needs the packages maxsimd, maxsimd-words, @mastra/core and @mastra/rag; README.md says how to run it.
//
// A late-interaction relevance scorer for Mastra.
// The static encoder needs no model. For a ColBERT model, use `createEncoder` of maxsimd/encode.

import { readFile } from 'node:fs/promises'
import { rerankWithScorer } from '@mastra/rag'
import { createStaticEncoder } from 'maxsimd/encode/static'
import { createRelevanceScorer } from 'maxsimd/mastra'
import wordFile from 'maxsimd-words'

const encoder = createStaticEncoder(await readFile(wordFile))
const scorer = createRelevanceScorer({ encoder })

const texts = ['sunny day at the beach', 'rainy afternoon in the city', 'snowy night in the mountains']
const results = texts.map((text, i) => ({ id: String(i), score: 0.5, metadata: { text } }))
const weights = { semantic: 1, vector: 0, position: 0 }
const options = { topK: 2, weights }
for (const { score, result } of await rerankWithScorer({
  results,
  query: 'talk about rain',
  scorer,
  options,
})) {
  console.log(score.toFixed(3), result.metadata.text)
}
