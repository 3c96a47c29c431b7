// The rerankers in the frameworks that they are for, which lie in test/frameworks with a package.json of their own.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/frameworks/*.test.ts'],
    globalSetup: ['test/frameworks/setup.ts'],
    testTimeout: 60_000,
  },
})
