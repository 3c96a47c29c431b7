// The tensors of transformers.js: matmul (which runs in ONNX Runtime), max and sum for each document.

import { matmul, Tensor } from '@huggingface/transformers'
import { transpose } from './transpose.mjs'
import { versionOf } from './version.mjs'

export function create({ query, documents }) {
  const { dim } = query
  const held = documents.map(
    document => new Tensor('float32', transpose(document), [dim, document.data.length / dim]),
  )
  return {
    version: versionOf('@huggingface/transformers'),
    async scores() {
      const rows = new Tensor('float32', query.data, [query.data.length / dim, dim])
      const scores = []
      for (const document of held) scores.push((await matmul(rows, document)).max(1).sum().item())
      return scores
    },
  }
}
