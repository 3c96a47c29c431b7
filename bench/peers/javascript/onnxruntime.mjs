// ONNX Runtime with a MaxSim graph, in WebAssembly or native. There is one run for each document, or one run for all
// documents, padded to the longest one and masked.

import { maxsimGraph } from './onnx-graph.mjs'
import { transpose } from './transpose.mjs'
import { versionOf } from './version.mjs'

export async function create({ query, documents }, { build, padded, threads }) {
  const name = `onnxruntime-${build}`
  const module = await import(name)
  const { env, InferenceSession, Tensor } = module.default ?? module
  if (build === 'web') env.wasm.numThreads = threads
  const session = await InferenceSession.create(maxsimGraph, {
    executionProviders: [build === 'web' ? 'wasm' : 'cpu'],
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
  })
  const { dim } = query
  const rowsOf = ({ data }) => data.length / dim

  /** Converts documents of at most `longest` rows to inputs of the graph. */
  function inputs(documents, longest) {
    const data = new Float32Array(documents.length * dim * longest)
    const mask = new Float32Array(documents.length * longest)
    documents.forEach((document, i) => {
      transpose(document, longest, data.subarray(i * dim * longest, (i + 1) * dim * longest))
      mask.fill(-Infinity, i * longest + rowsOf(document), (i + 1) * longest)
    })
    return {
      documents: new Tensor('float32', data, [documents.length, dim, longest]),
      mask: new Tensor('float32', mask, [documents.length, 1, longest]),
    }
  }

  const held = padded
    ? [inputs(documents, Math.max(...documents.map(rowsOf)))]
    : documents.map(document => inputs([document], rowsOf(document)))
  return {
    version: versionOf(name),
    async scores() {
      const rows = new Tensor('float32', query.data, [rowsOf(query), dim])
      const scores = []
      for (const feeds of held) {
        const answer = await session.run({ query: rows, ...feeds })
        scores.push(...answer.scores.data)
      }
      return scores
    },
  }
}
