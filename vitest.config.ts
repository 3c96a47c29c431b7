import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/*.test.ts', 'test/encode/*.test.ts', 'test/store/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
