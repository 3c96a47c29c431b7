// Needs the packages maxsimd, maxsimd-words and genkit; README.md says how to run it.
//
// A late-interaction reranker for Genkit.
// The static encoder needs no model. For a ColBERT model, use `createEncoder` of maxsimd/encode.

import { readFile } from 'node:fs/promises'
import { Document, genkit } from 'genkit'
import { createStaticEncoder } from 'maxsimd/encode/static'
import { createRerankerFunction } from 'maxsimd/genkit'
import wordFile from 'maxsimd-words'

const encoder = createStaticEncoder(await readFile(wordFile))
const ai = genkit({})
const reranker = ai.defineReranker({ name: 'maxsimd/late-interaction' }, createRerankerFunction({ encoder }))

const texts = ['sunny day at the beach', 'rainy afternoon in the city', 'snowy night in the mountains']
const documents = texts.map(text => Document.fromText(text))
const ranked = await ai.rerank({ reranker, query: 'talk about rain', documents, options: { k: 2 } })
for (const { metadata, text } of ranked) console.log(metadata.score.toFixed(3), text)
