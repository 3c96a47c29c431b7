// Properties of every query and every corpus, on every kernel. fast-check finds the smallest counterexample.

import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { METRICS } from '../../src/core/metric.js'
import { availableKernels, createScorer, type KernelName, type Metric, type Scorer } from '../../src/index.js'

const metrics = Object.keys(METRICS) as Metric[]
const value = fc.float({ min: -100, max: 100, noNaN: true })
const multivector = (dim: number, maxLength = 12) =>
  fc.array(fc.array(value, { minLength: dim, maxLength: dim }), { minLength: 1, maxLength })

const corpora = fc
  .record({ metric: fc.constantFrom(...metrics), dim: fc.integer({ min: 1, max: 9 }) })
  .chain(({ metric, dim }) =>
    fc.record({
      metric: fc.constant(metric),
      dim: fc.constant(dim),
      query: multivector(dim, 20),
      documents: fc.array(multivector(dim), { minLength: 1, maxLength: 8 }),
    }),
  )

const seed = { seed: 20261122, numRuns: 300 }

describe.each(availableKernels())('on %s', (kernel: KernelName) => {
  let scorer: Scorer
  beforeAll(async () => {
    scorer = await createScorer({ kernel })
  })
  afterAll(() => scorer.dispose())

  function filled(metric: Metric, dim: number, documents: readonly number[][][]) {
    const corpus = scorer.corpus({ dim, metric })
    for (const document of documents) corpus.add(document)
    return corpus
  }

  it('a copy of a row changes no score', () => {
    fc.assert(
      fc.property(corpora, fc.nat(), ({ metric, query, documents }, at) => {
        for (const document of documents) {
          const copied = [...document, document[at % document.length]!]
          expect(scorer.score(query, copied, { metric })).toBe(scorer.score(query, document, { metric }))
        }
      }),
      seed,
    )
  })

  it('the order of rows changes no score', () => {
    fc.assert(
      fc.property(corpora, ({ metric, query, documents }) => {
        for (const document of documents) {
          const reversed = [...document].reverse()
          expect(scorer.score(query, reversed, { metric })).toBe(scorer.score(query, document, { metric }))
        }
      }),
      seed,
    )
  })

  it('the order of documents changes no score', () => {
    fc.assert(
      fc.property(corpora, ({ metric, dim, query, documents }) => {
        using corpus = filled(metric, dim, documents)
        using reversed = filled(metric, dim, [...documents].reverse())
        expect([...corpus.scores(query)]).toEqual([...reversed.scores(query)].reverse())
      }),
      seed,
    )
  })

  it('a ranking of a subset is part of the ranking of all documents', () => {
    fc.assert(
      fc.property(
        corpora,
        fc.array(fc.nat(), { maxLength: 8 }),
        ({ metric, dim, query, documents }, chosen) => {
          using corpus = filled(metric, dim, documents)
          const subset = chosen.map(index => index % documents.length)
          const whole = corpus.rank(query, { limit: documents.length })
          expect(corpus.rank(query, { limit: documents.length, subset })).toEqual(
            whole.filter(({ index }) => subset.includes(index)),
          )
        },
      ),
      seed,
    )
  })

  it('a shorter ranking is the beginning of a longer one', () => {
    fc.assert(
      fc.property(corpora, fc.nat(), ({ metric, dim, query, documents }, n) => {
        using corpus = filled(metric, dim, documents)
        const limit = 1 + (n % documents.length)
        const whole = corpus.rank(query, { limit: documents.length })
        expect(corpus.rank(query, { limit })).toEqual(whole.slice(0, limit))
      }),
      seed,
    )
  })

  it('the contributions of an explanation add up to the score', () => {
    fc.assert(
      fc.property(corpora, ({ metric, dim, query, documents }) => {
        using corpus = filled(metric, dim, documents)
        documents.forEach((_, index) => {
          const { score, matches } = corpus.explain(query, index)
          const sum = matches.reduce((total, { contribution }) => total + contribution, 0)
          const magnitude = matches.reduce((total, { contribution }) => total + Math.abs(contribution), 0)
          // f64 sums of the same f32 values in another order, one rounding to f32; squares may underflow f32
          const expected = metric === 'euclid' ? Math.sqrt(sum) : sum
          expect(Math.abs(score - expected)).toBeLessThanOrEqual(
            metric === 'euclid' ? 2 ** -23 * score + 2 ** -70 : 2 ** -23 * magnitude,
          )
        })
      }),
      seed,
    )
  })

  it('the score of one row against one row is the metric', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }).chain(dim => fc.tuple(multivector(dim, 1), multivector(dim, 1))),
        ([[q], [d]]) => {
          const pairs = q!.map((a, k) => [a, d![k]!] as const)
          const bound = (terms: number[]) =>
            (q!.length + 4) * 2 ** -24 * terms.reduce((sum, term) => sum + Math.abs(term), 0)
          const products = pairs.map(([a, b]) => a * b)
          const gaps = pairs.map(([a, b]) => Math.abs(a - b))
          const sum = (terms: number[]) => terms.reduce((total, term) => total + term, 0)
          expect(Math.abs(scorer.score([q!], [d!]) - sum(products))).toBeLessThanOrEqual(
            bound(products) + 2 ** -140,
          )
          expect(Math.abs(scorer.score([q!], [d!], { metric: 'manhattan' }) - sum(gaps))).toBeLessThanOrEqual(
            bound(gaps),
          )
          const distance = Math.hypot(...gaps)
          expect(Math.abs(scorer.score([q!], [d!], { metric: 'euclid' }) - distance)).toBeLessThanOrEqual(
            bound([distance]) + 2 ** -70,
          )
        },
      ),
      seed,
    )
  })

  it('weights of one change nothing, and a weight of zero ignores the row', () => {
    fc.assert(
      fc.property(corpora, ({ metric, query, documents }) => {
        if (METRICS[metric].ascending) return
        const [document] = documents
        const ones = query.map(() => 1)
        const plain = scorer.score(query, document!, { metric })
        expect(scorer.score(query, document!, { metric, weights: ones })).toBe(plain)
        const halved = query.map((_, i) => i % 2)
        const odd = query.filter((_, i) => i % 2 === 1)
        const expected = odd.length ? scorer.score(odd, document!, { metric }) : 0
        using corpus = filled(metric, query[0]!.length, [document!])
        const { matches } = corpus.explain(query, 0)
        const magnitude = matches.reduce((total, { contribution }) => total + Math.abs(contribution), 0)
        expect(
          Math.abs(scorer.score(query, document!, { metric, weights: halved }) - expected),
        ).toBeLessThanOrEqual(2 ** -23 * magnitude)
      }),
      seed,
    )
  })
})
