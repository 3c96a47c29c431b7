import { expect, it } from 'vitest'
import { availableKernels, createScorer } from '../../src/index.js'
import { random, randomRows } from '../support/random.js'
import { cases } from './kernel.cases.js'

for (const { name, run } of cases) it(name, run)

it('runs a SIMD kernel on this engine, by default the fastest one', async () => {
  expect(availableKernels()).toContain('simd')
  using scorer = await createScorer()
  expect(scorer.kernel).toBe(availableKernels()[0])
})

it.each(availableKernels())('%s leaks nothing over 2,000 corpora', async kernel => {
  using scorer = await createScorer({ kernel })
  const documents = [1, 3, 40].map(rows => randomRows(random(rows), rows, 8))
  const query = randomRows(random(9), 2, 8)
  const before = scorer.memoryBytes
  for (let i = 0; i < 2_000; i++) {
    const corpus = scorer.corpus({ dim: 8 })
    for (const document of documents) corpus.add(document)
    if (i % 100 === 0) corpus.rank(query, { limit: 1 })
    corpus.dispose()
  }
  expect(scorer.memoryBytes).toBe(before)
})

it('frees a large memory when its last corpus is disposed', async () => {
  using scorer = await createScorer()
  for (let i = 0; i < 3; i++) {
    const corpus = scorer.corpus({ dim: 65536 })
    for (let j = 0; j < 10; j++) corpus.add({ data: new Float32Array(65536 * 32), dim: 65536 })
    expect(scorer.memoryBytes).toBeGreaterThan(80e6)
    corpus.dispose()
    expect(scorer.memoryBytes).toBe(65536)
  }
})
