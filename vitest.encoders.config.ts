// The encoders with transformers.js and real ONNX files: `npm run test:encoders`, which installs them first.

import { fileURLToPath } from 'node:url'
import { defineConfig } from 'vitest/config'

const peer = './test/encode/models/node_modules/@huggingface/transformers/dist/transformers.node.mjs'

export default defineConfig({
  resolve: {
    alias: { '@huggingface/transformers': fileURLToPath(new URL(peer, import.meta.url)) },
  },
  test: { include: ['test/encode/models/*.test.ts'], testTimeout: 120_000, hookTimeout: 120_000 },
})
