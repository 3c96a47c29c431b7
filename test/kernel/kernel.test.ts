import { describe, expect, it } from 'vitest'
import { availableKernels, createScorer } from '../../src/index.js'
import { relaxedBinaryForEveryEngine } from '../support/relaxed-binary.js'
import { cases, casesFor } from './kernel.cases.js'
import { freesLargeMemory, leaksNothing } from './memory.cases.js'

for (const { name, run } of cases) it(name, run)

describe.runIf(!availableKernels().includes('relaxed-simd'))('without relaxed SIMD in this engine', () => {
  const module = new WebAssembly.Module(relaxedBinaryForEveryEngine())
  for (const { name, run } of casesFor('relaxed-simd', () => createScorer({ module }))) it(name, run)
})

it('runs a SIMD kernel on this engine, by default the fastest one', async () => {
  expect(availableKernels()).toContain('simd')
  using scorer = await createScorer()
  expect(scorer.kernel).toBe(availableKernels()[0])
})

it.each(availableKernels())('%s leaks nothing over 500 corpora', kernel => leaksNothing(kernel, 500, 50))

it('frees a large memory when its last corpus is disposed', () => freesLargeMemory(1))
