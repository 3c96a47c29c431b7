// A batch of queries returns what single calls return, bit for bit, whatever the other queries in the batch are. The
// arithmetic that scores a query (integers, f32 or f64) depends on its largest value.

import { beforeAll, expect, it } from 'vitest'
import { DTYPES } from '../../src/core/dtype.js'
import { METRICS } from '../../src/core/metric.js'
import {
  availableKernels,
  createScorer,
  type Dtype,
  type FlatMultiVector,
  type Metric,
  type RankReport,
  type Scorer,
} from '../../src/index.js'
import { between, pick, type Random, random } from '../support/random.js'

const dtypes = Object.keys(DTYPES) as Dtype[]
const metrics = Object.keys(METRICS) as Metric[]

/** Metrics and dtypes that go together, with each screen. */
const configs = dtypes.flatMap(dtype =>
  metrics.flatMap(metric => {
    if (dtype === 'binary' && metric === 'manhattan') return []
    const hasScreen = dtype === 'f32' && !METRICS[metric].ascending
    const screens = hasScreen ? (['i8', 'convert', 'i16', 'off'] as const) : (['off'] as const)
    return screens.map(screen => ({ dtype, metric, screen }))
  }),
)

const scorers = new Map<string, Scorer>()
beforeAll(async () => {
  for (const kernel of availableKernels()) scorers.set(kernel, await createScorer({ kernel }))
})

function rowsOf(next: Random, rows: number, dim: number, largest: number): FlatMultiVector {
  return { data: Float32Array.from({ length: rows * dim }, () => largest * (2 * next() - 1)), dim }
}

/** A query that is ordinary, tiny, beyond 2^60, or so large that its sums need f64. f16 holds up to 65,504. */
function randomQuery(next: Random, dtype: Dtype, dim: number): FlatMultiVector {
  const huge = 1e38 / dim
  const largest = pick(next, dtype === 'f16' ? [1, 1e-7, 6e4] : [1, 1e-40, 2 ** 61, 1e19, huge])
  // the scores of more rows would be beyond f32
  return rowsOf(next, pick(next, largest === huge ? [1, 4] : [1, 4, 12, 20]), dim, largest)
}

const cases = availableKernels().flatMap(kernel => configs.map(config => ({ kernel, ...config })))

it.each(cases)(
  'ranks mixed queries on $kernel with $dtype, $metric and screen $screen as one by one',
  ({ kernel, dtype, metric, screen }) => {
    const next = random(71)
    const scorer = scorers.get(kernel)!
    for (let round = 0; round < (kernel === 'reference' ? 2 : 4); round++) {
      const dim = pick(next, [1, 3, 8, 32, 100])
      using corpus = scorer.corpus({ dim, dtype, metric, screen })
      const count = kernel === 'reference' ? 30 : pick(next, [1, 60, 1100])
      const documents = Array.from({ length: count }, () => rowsOf(next, between(next, 1, 5), dim, 1))
      for (const document of documents) corpus.add(document)
      const queries = Array.from({ length: between(next, 2, 6) }, () => randomQuery(next, dtype, dim))
      const weights = METRICS[metric].ascending
        ? undefined
        : queries.map(({ data }) =>
            next() < 0.3 ? Array.from({ length: data.length / dim }, () => next() - 0.3) : undefined,
          )
      const subset = next() < 0.3 ? [...documents.keys()].filter(() => next() < 0.7) : undefined
      const originals = (index: number) => documents[index]!
      const isCertified = !METRICS[metric].ascending && (dtype !== 'u8' || metric === 'dot')
      const ways = [
        {},
        ...(dtype === 'f32' ? [] : [{ originals, oversampling: 2 }]),
        ...(dtype !== 'f32' && isCertified ? [{ originals }] : []),
      ]
      for (const way of ways) {
        const options = { limit: between(next, 1, 12), subset, ...way }
        const single = queries.map((query, i) => corpus.rank(query, { ...options, weights: weights?.[i] }))
        expect(corpus.rankBatch(queries, { ...options, weights })).toStrictEqual(single)
      }
    }
  },
)

it('scores an ordinary query as alone when another query of the batch needs f64', async () => {
  using scorer = await createScorer()
  const next = random(72)
  const dim = 32
  using corpus = scorer.corpus({ dim, dtype: 'i8' })
  for (let i = 0; i < 400; i++) corpus.add(rowsOf(next, 2, dim, 1))
  const ordinary = rowsOf(next, 2, dim, 1)
  const huge = { data: new Float32Array(dim).fill(1e36), dim }
  const alone = corpus.rank(ordinary)
  for (const batch of [
    [ordinary, huge],
    [huge, ordinary],
    [huge, ordinary, huge],
  ]) {
    expect(corpus.rankBatch(batch)[batch.indexOf(ordinary)]).toStrictEqual(alone)
  }
})

it('reports how each query of a batch was ranked, in order', async () => {
  using scorer = await createScorer()
  const next = random(73)
  using corpus = scorer.corpus({ dim: 8 })
  for (let i = 0; i < 100; i++) corpus.add(rowsOf(next, 5, 8, 1))
  const [ordinary, huge] = [rowsOf(next, 20, 8, 1), rowsOf(next, 20, 8, 1e30)]
  const reports: RankReport[] = []
  corpus.rankBatch([ordinary, huge, ordinary, ordinary], {
    limit: 3,
    onReport: report => reports.push(report),
  })
  expect(reports.map(({ method }) => method)).toEqual(['certified', 'exact', 'certified', 'certified'])
})

it.each(['i16', 'i8', 'binary'] as const)(
  'certifies a ranking of %s if f32 cannot hold the length of a query row',
  async dtype => {
    using scorer = await createScorer()
    using corpus = scorer.corpus({ dim: 16, dtype })
    // i16 holds these rows exactly, so that the bound multiplies an infinite length with an error of 0
    const documents = Array.from({ length: 60 }, (_, i) => [Array(16).fill((1 + i) * 2 ** -10)])
    for (const document of documents) corpus.add(document)
    const query = [Array(16).fill(3e38), Array(16).fill(1)]
    const options = { limit: 2, weights: [1e-4, 1], originals: (index: number) => documents[index]! }
    expect(corpus.rank(query, options).map(({ index }) => index)).toEqual([59, 58])
  },
)

it.each([
  ['f32', 'exact'],
  ['i8', 'stored'],
] as const)('reports each query of a batch on %s that is ranked in one way', async (dtype, method) => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 2, dtype })
  corpus.add([[1, 0]])
  const reports: RankReport[] = []
  corpus.rankBatch([[[1, 0]], [[0, 1]], [[1, 1]]], { onReport: report => reports.push(report) })
  expect(reports).toEqual(Array(3).fill({ method, considered: 1, rescored: 0, screens: [] }))
})

it('names the document whose score is beyond f32 for any query of a batch, also in a subset', async () => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 2 })
  for (let i = 0; i < 7; i++) corpus.add([[i === 5 ? 3e38 : 1, 0]])
  const batch = [[[1, 0]], [[0, 1]], [[3e38, 0]]]
  const beyond = new RangeError(
    "the score of document 5 is beyond f32 (3.4e38); scale the query's or its rows down",
  )
  expect(() => corpus.rankBatch(batch)).toThrow(beyond)
  expect(() => corpus.rankBatch(batch, { subset: [1, 3, 5] })).toThrow(beyond)
})

it('scores rows whose products are below f32 as 0, within the bound for underflow', async () => {
  using scorer = await createScorer()
  const row = (value: number) => [Array(4).fill(value)]
  expect(scorer.score(row(1e-25), row(1e-25))).toBe(0)
  expect(scorer.score(row(1e-23), row(0), { metric: 'euclid' })).toBe(0)
  for (const value of [1e-22, 3e-23, 1e-20]) {
    const exact = 4 * Math.fround(value) ** 2
    expect(Math.abs(scorer.score(row(value), row(value)) - exact)).toBeLessThanOrEqual(4 * 2 ** -149)
  }
})
