// The tests that StrykerJS runs against each mutant: the unit suite without tests of the built package, which mutants do
// not reach, and without tests that take seconds.

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: [
      '**/node_modules/**',
      '**/*.slow.test.ts',
      'test/encode/models/**',
      'test/qdrant/engine/**',
      'test/frameworks/**',
      'test/mcp/**',
      'test/package/**',
      'test/demo/**',
      'test/bench/**',
      'test/store/kills.test.ts',
      'test/store/lock.test.ts',
    ],
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
})
