// The minified bundles give properties of internal objects short names (scripts/bundle.mjs), so their results are compared
// with those of the library: every metric, dtype, screen and option, with one thread and with two.

import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, expect, it } from 'vitest'
import { type CorpusConfig, createScorer, type Metric } from '../../src/index.js'
import { random, randomRows } from '../support/random.js'

const minified = (await import(pathToFileURL(resolve('dist/maxsimd.min.js')).href)) as {
  createScorer: typeof createScorer
}

const next = random(41)
const dim = 24
const documents = Array.from({ length: 60 }, (_, i) => randomRows(next, 1 + (i % 70), dim))
const queries = [randomRows(next, 5, dim), randomRows(next, 1, dim)]
const metrics: readonly Metric[] = ['dot', 'cosine', 'euclid', 'manhattan']

const configs: CorpusConfig[] = [
  ...metrics.map(metric => ({ dim, metric })),
  { dim, screen: 'i16' },
  { dim, screen: 'off' },
  { dim, dtype: 'f16' },
  { dim, dtype: 'i16', metric: 'cosine' },
  { dim, dtype: 'i8' },
  { dim, dtype: 'u8', metric: 'euclid' },
  { dim, dtype: 'binary' },
]

/** The results of all methods. Both kinds of scorer have the same, with or without promises. */
async function resultsOf(create: typeof createScorer, config: CorpusConfig, threads?: number) {
  const scorer = await create(threads === undefined ? {} : ({ threads } as object))
  const corpus = scorer.corpus(config)
  for (const document of documents) await corpus.add(document)
  const isAscending = config.metric === 'euclid' || config.metric === 'manhattan'
  const weights = isAscending ? {} : { weights: [1, 0.5, 2, 0, 1] }
  const rescored = config.dtype && !isAscending ? { originals: (index: number) => documents[index]! } : {}
  const explanation = await corpus.explain(queries[0]!, 7, weights)
  const results = {
    rank: await corpus.rank(queries[0]!, { limit: 5, subset: [3, 9, 20, 41, 59, 7], ...weights }),
    rescored: await corpus.rank(queries[0]!, { limit: 5, ...rescored }),
    batch: await corpus.rankBatch(queries, { limit: 4 }),
    scores: await corpus.scores(queries[1]!),
    explanation: { ...explanation, matrix: explanation.matrix() },
    list: await scorer.rank(queries[0]!, documents.slice(0, 9), { metric: config.metric, limit: 3 }),
    score: await scorer.score(queries[0]!, documents[0]!),
    sizes: [corpus.length, corpus.rows],
  }
  await scorer.dispose()
  return results
}

describe.each(configs)('the minified core with %o', config => {
  it.each([undefined, 2])('returns what the library returns, with %s threads', async threads => {
    expect(await resultsOf(minified.createScorer, config, threads)).toEqual(
      await resultsOf(createScorer, config, threads),
    )
  })
})

it('the minified core reports errors as the library does', async () => {
  const scorer = await minified.createScorer()
  expect(() => scorer.corpus({ dim }).add([[Number.NaN, ...new Array(dim - 1).fill(0)]])).toThrow(
    '"document[0][0]" expected a finite number, got NaN; check the encoder that made it',
  )
  scorer.dispose()
})

it('the minified core runs without SIMD', async () => {
  const scorer = await minified.createScorer({ kernel: 'reference' })
  expect(scorer.score([[1, 0]], [[0.6, 0.8]])).toBeCloseTo(0.6, 6)
  scorer.dispose()
})
