import { describe, expect, it } from 'vitest'
import { availableKernels, createScorer } from '../../src/index.js'
import { relaxedBinaryForEveryEngine } from '../support/relaxed-binary.js'
import { cases, casesFor } from './kernel.cases.js'
import { freesLargeMemory, leaksNothing } from './memory.cases.js'

for (const { name, run } of cases) it(name, run)

describe.each(['one instruction', 'several instructions'] as const)(
  'relaxed SIMD on an engine that adds four int8 products with %s',
  products => {
    const module = new WebAssembly.Module(relaxedBinaryForEveryEngine(products))
    for (const { name, run } of casesFor('relaxed-simd', () => createScorer({ module }))) it(name, run)
  },
)

it('runs a SIMD kernel on this engine, by default the fastest one', async () => {
  expect(availableKernels()).toContain('simd')
  using scorer = await createScorer()
  expect(scorer.kernel).toBe(availableKernels()[0])
})

it.each(availableKernels())('%s leaks nothing over 500 corpora', kernel => leaksNothing(kernel, 500, 50))

it('frees a large memory when its last corpus is disposed', () => freesLargeMemory(1))
