// Queries of one row against documents of int8, which have a way of their own: every kernel has the same scores, bit for bit.

import { expect, it } from 'vitest'
import { availableKernels, createScorer, type FlatMultiVector } from '../../src/index.js'
import { MIN_FETCHED_BYTES } from '../../src/kernel/constants.generated.js'
import { bitsOf } from '../support/floats.js'
import { random, randomRows } from '../support/random.js'

const WEIGHTS = [1, -0.5, 0]

/** The bits of the scores of documents, for each weight, on each kernel. */
async function scoreOnAll(query: FlatMultiVector, documents: readonly FlatMultiVector[]) {
  const found: number[][][] = []
  for (const kernel of availableKernels()) {
    using scorer = await createScorer({ kernel })
    const corpus = scorer.corpus({ dim: query.dim, dtype: 'i8' })
    for (const document of documents) corpus.add(document)
    found.push(WEIGHTS.map(weight => [...bitsOf(corpus.scores(query, { weights: [weight] }))]))
  }
  return found
}

/** Expects the same scores of random documents with these numbers of rows on each kernel, and returns those of weight 1. */
async function expectSame(dim: number, documentRows: readonly number[]): Promise<number[]> {
  const next = random(75)
  const documents = documentRows.map(rows => randomRows(next, rows, dim))
  const [first, ...others] = await scoreOnAll(randomRows(next, 1, dim), documents)
  for (const each of others) expect(each, `dim ${dim}, documents of ${documentRows} rows`).toEqual(first)
  return first![0]!
}

// four documents of one row are scored together
const AROUND_FOUR = [1, 1, 1, 1, 3, 1, 1, 1, 1, 1, 2, 1, 1, 1, 5, 1, 1, 2, 1, 1, 1, 1, 1, 1, 1, 1]

it('all kernels have the same scores for every remainder of dims', async () => {
  for (let dim = 1; dim <= 40; dim++) {
    const scores = await expectSame(dim, AROUND_FOUR)
    if (dim > 1) expect(new Set(scores).size, `dim ${dim}`).toBeGreaterThan(20)
  }
})

it('all kernels have the same scores of one to nine documents', async () => {
  for (let count = 1; count < 10; count++)
    expect(await expectSame(40, Array(count).fill(1))).toHaveLength(count)
})

it('all kernels have the same scores of documents that are fetched ahead, and of shorter ones', async () => {
  for (const dim of [MIN_FETCHED_BYTES - 1, MIN_FETCHED_BYTES, MIN_FETCHED_BYTES + 65, 2100, 8200]) {
    await expectSame(dim, AROUND_FOUR)
  }
})

it('a score of 0 is never -0', async () => {
  const zeros = (rows: number) => ({ data: new Float32Array(rows * 24), dim: 24 })
  for (const scores of await scoreOnAll(zeros(1), AROUND_FOUR.map(zeros))) {
    expect(new Set(scores.flat())).toEqual(new Set([0]))
  }
})
