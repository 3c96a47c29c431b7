// Needs the packages maxsimd, maxsimd-words, ai and zod; README.md says how to run it.
//
// A late-interaction reranking model for the AI SDK.
// The static encoder needs no model. For a ColBERT model, use `createEncoder` of maxsimd/encode.

import { readFile } from 'node:fs/promises'
import { rerank } from 'ai'
import { createRerankingModel } from 'maxsimd/ai-sdk'
import { createStaticEncoder } from 'maxsimd/encode/static'
import wordFile from 'maxsimd-words'

const encoder = createStaticEncoder(await readFile(wordFile))
const model = createRerankingModel({ encoder })

const { ranking } = await rerank({
  model,
  query: 'talk about rain',
  documents: ['sunny day at the beach', 'rainy afternoon in the city', 'snowy night in the mountains'],
  topN: 2,
})
for (const { score, document } of ranking) console.log(score.toFixed(3), document)
