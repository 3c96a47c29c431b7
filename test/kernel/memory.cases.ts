// Checks that a scorer's memory does not grow, and that it shrinks. The unit suite and the slow suite run them with other counts.

import { expect } from 'vitest'
import { createScorer, type KernelName } from '../../src/index.js'
import { random, randomRows } from '../support/random.js'

/** Creates and disposes `count` corpora, and ranks on every `rankEvery`-th of them. */
export async function leaksNothing(kernel: KernelName, count: number, rankEvery: number): Promise<void> {
  using scorer = await createScorer({ kernel })
  const documents = [1, 3, 40].map(rows => randomRows(random(rows), rows, 8))
  const query = randomRows(random(9), 2, 8)
  const before = scorer.memoryBytes
  for (let i = 0; i < count; i++) {
    const corpus = scorer.corpus({ dim: 8 })
    for (const document of documents) corpus.add(document)
    if (i % rankEvery === 0) corpus.rank(query, { limit: 1 })
    corpus.dispose()
  }
  expect(scorer.memoryBytes).toBe(before)
}

/** Fills more than 80 MB and disposes them, `times` times. */
export async function freesLargeMemory(times: number): Promise<void> {
  using scorer = await createScorer()
  for (let i = 0; i < times; i++) {
    const corpus = scorer.corpus({ dim: 65536 })
    for (let j = 0; j < 10; j++) corpus.add({ data: new Float32Array(65536 * 32), dim: 65536 })
    expect(scorer.memoryBytes).toBeGreaterThan(80e6)
    corpus.dispose()
    expect(scorer.memoryBytes).toBe(65536)
  }
}
