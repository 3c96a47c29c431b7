// Tests corpora of gigabytes, and many corpora in sequence. They need 3 GB of memory.

import { expect, it } from 'vitest'
import { availableKernels, createScorer } from '../../src/index.js'
import { random, randomRows } from '../support/random.js'

it('a corpus grows across 1 GiB, and past 2 GiB, where addresses are negative as 32-bit integers', {
  timeout: 120_000,
}, async () => {
  using scorer = await createScorer()
  const dim = 65536
  const document = randomRows(random(1), 1024, dim)
  const query = randomRows(random(2), 2, dim)
  const corpus = scorer.corpus({ dim })
  const expected = scorer.score(query, document)
  for (let i = 0; i < 9; i++) corpus.add(document)
  expect(corpus.byteLength).toBeGreaterThan(2.2e9)
  expect([...corpus.scores(query)]).toEqual(Array(9).fill(expected))
  expect(corpus.rank(query, { limit: 2 }).map(({ index }) => index)).toEqual([0, 1])
})

it.each(availableKernels())('the %s kernel leaks nothing over 100,000 corpora', async kernel => {
  using scorer = await createScorer({ kernel })
  const documents = [1, 3, 40].map(rows => randomRows(random(rows), rows, 8))
  const query = randomRows(random(9), 2, 8)
  const before = scorer.memoryBytes
  for (let i = 0; i < 100_000; i++) {
    const corpus = scorer.corpus({ dim: 8 })
    for (const document of documents) corpus.add(document)
    if (i % 1000 === 0) corpus.rank(query, { limit: 1 })
    corpus.dispose()
  }
  expect(scorer.memoryBytes).toBe(before)
})

it('frees a large memory when its last corpus is disposed, 50 times', async () => {
  using scorer = await createScorer()
  for (let i = 0; i < 50; i++) {
    const corpus = scorer.corpus({ dim: 65536 })
    for (let j = 0; j < 10; j++) corpus.add({ data: new Float32Array(65536 * 32), dim: 65536 })
    expect(scorer.memoryBytes).toBeGreaterThan(80e6)
    corpus.dispose()
    expect(scorer.memoryBytes).toBe(65536)
  }
})
