// TensorFlow.js on its WebAssembly backend: matMul, max and sum for each document. The scores are read once, at the end.

import { createRequire } from 'node:module'
import { dirname, join, sep } from 'node:path'
import { setThreadsCount, setWasmPaths } from '@tensorflow/tfjs-backend-wasm'
import * as tf from '@tensorflow/tfjs-core'
import { versionOf } from './version.mjs'

export async function create({ query, documents }, { threads }) {
  const entry = createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm')
  setWasmPaths(join(dirname(entry), sep))
  setThreadsCount(threads)
  if (!(await tf.setBackend('wasm'))) throw new Error('its WebAssembly backend did not start')
  const tensor = ({ data, dim }) => tf.tensor2d(data, [data.length / dim, dim])
  const held = documents.map(tensor)
  return {
    version: versionOf('@tensorflow/tfjs-core'),
    scores: () =>
      tf.tidy(() => {
        const rows = tensor(query)
        const scores = held.map(document => tf.sum(tf.max(tf.matMul(rows, document, false, true), 1)))
        return tf.stack(scores).dataSync()
      }),
  }
}
