// Needs the packages maxsimd, maxsimd-words and @llamaindex/core; README.md says how to run it.
//
// A late-interaction node postprocessor for LlamaIndex.TS.
// The static encoder needs no model. For a ColBERT model, use `createEncoder` of maxsimd/encode. A query engine takes it
// in `nodePostprocessors`.

import { readFile } from 'node:fs/promises'
import { TextNode } from '@llamaindex/core/schema'
import { createStaticEncoder } from 'maxsimd/encode/static'
import { createNodePostprocessor } from 'maxsimd/llamaindex'
import wordFile from 'maxsimd-words'

const encoder = createStaticEncoder(await readFile(wordFile))
const postprocessor = createNodePostprocessor({ encoder, topN: 2 })

const texts = ['sunny day at the beach', 'rainy afternoon in the city', 'snowy night in the mountains']
const nodes = texts.map(text => ({ node: new TextNode({ text }) }))
for (const { node, score } of await postprocessor.postprocessNodes(nodes, 'talk about rain')) {
  console.log(score.toFixed(3), node.getText())
}
