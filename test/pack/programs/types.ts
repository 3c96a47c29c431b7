// Imports every entry point, so that a compiler checks its declarations. Compiled by types.mjs, never run.

import { type Corpus, createScorer, type Scorer } from 'maxsimd'
import * as aiSdk from 'maxsimd/ai-sdk'
import codec from 'maxsimd/codec.wasm'
import * as encode from 'maxsimd/encode'
import * as words from 'maxsimd/encode/static'
import * as evaluation from 'maxsimd/evaluation'
import * as formats from 'maxsimd/formats'
import * as genkit from 'maxsimd/genkit'
import * as langchain from 'maxsimd/langchain'
import * as llamaindex from 'maxsimd/llamaindex'
import * as mastra from 'maxsimd/mastra'
import * as minified from 'maxsimd/maxsimd.min.js'
import * as muvera from 'maxsimd/muvera'
import * as pooling from 'maxsimd/pooling'
import * as qdrant from 'maxsimd/qdrant'
import relaxed from 'maxsimd/relaxed-simd.wasm'
import simd from 'maxsimd/simd.wasm'
import edge from 'maxsimd/simd.wasm?module'
import * as stages from 'maxsimd/stages'
import { createStore, type Store } from 'maxsimd/store'
import * as texts from 'maxsimd/texts'
import * as transfer from 'maxsimd/transfer'
import wordFile from 'maxsimd-words'
import bytes from 'maxsimd-words/words.bin'

export const all = [aiSdk, encode, evaluation, formats, langchain, llamaindex, minified, muvera]
export const others = [genkit, mastra, pooling, qdrant, stages, texts, transfer, words]
export const address: string = wordFile.href

export async function score(): Promise<number> {
  for (const module of [simd, relaxed, edge]) {
    const scorer: Scorer = await createScorer({ module })
    const corpus: Corpus = scorer.corpus({ dim: 2, metric: 'cosine', dtype: 'i8' })
    corpus.add([[1, 0]])
    corpus.add({ data: new Float32Array(4), dim: 2 })
    const [first] = corpus.rank([new Float32Array(2)], { limit: 1 })
    if (first) return first.score
  }
  const threaded = await createScorer({ threads: 'auto' })
  await threaded.corpus({ dim: 2 }).add([[1, 2]])
  await threaded.dispose()
  return words.createStaticEncoder(bytes).dim
}

export async function store(): Promise<number> {
  const opened: Store = await createStore({ vectors: { colbert: { size: 2, distance: 'Dot' } } })
  await opened.upsert([{ id: 1, vector: { colbert: [[1, 0]] }, payload: { year: 2000 } }])
  const hits = await opened.query([[1, 0]], { filter: { must: [{ key: 'year', range: { gte: 2000 } }] } })
  // @ts-expect-error a limit is a number
  await opened.query([[1, 0]], { limit: '3' })
  const collection = await qdrant.openCollection({ url: 'http://127.0.0.1:6333' }, 'name', { module: codec })
  const { points } = await transfer.pull(collection, opened)
  return hits.length + points
}
