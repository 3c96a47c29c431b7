// Tests corpora of gigabytes, and many corpora in sequence. They need 3 GB of memory.

import { expect, it } from 'vitest'
import { availableKernels, createScorer } from '../../src/index.js'
import { random, randomRows } from '../support/random.js'
import { freesLargeMemory, leaksNothing } from './memory.cases.js'

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

it.each(availableKernels())('the %s kernel leaks nothing over 100,000 corpora', kernel =>
  leaksNothing(kernel, 100_000, 1000),
)

it('frees a large memory when its last corpus is disposed, 50 times', () => freesLargeMemory(50))
