import { beforeAll, describe, expect, it } from 'vitest'
import { DTYPES } from '../../src/core/dtype.js'
import { METRICS } from '../../src/core/metric.js'
import {
  type Corpus,
  createScorer,
  type Dtype,
  type FlatMultiVector,
  type Metric,
  type RankReport,
  type Scorer,
} from '../../src/index.js'
import { normalized, oracle } from '../support/oracle.js'
import { between, pick, random, randomRows } from '../support/random.js'
import { errorOf } from '../support/refusal.js'

const metrics = Object.keys(METRICS) as Metric[]
/** The dtypes that round or scale elements. u8 has a test file of its own. */
const STORED = (Object.keys(DTYPES) as Dtype[]).filter(dtype => dtype !== 'f32' && dtype !== 'u8')
/** The metrics that a dtype supports. */
const metricsOf = (dtype: Dtype) => metrics.filter(metric => dtype !== 'binary' || metric !== 'manhattan')

let scorer: Scorer
let reference: Scorer
beforeAll(async () => {
  scorer = await createScorer()
  reference = await createScorer({ kernel: 'reference' })
})

function filled(on: Scorer, dtype: Dtype, metric: Metric, documents: readonly FlatMultiVector[]): Corpus {
  const corpus = on.corpus({ dim: documents[0]!.dim, dtype, metric })
  for (const document of documents) corpus.add(document)
  return corpus
}

/** Rounds to the nearest integer, ties to even. */
function nearest(value: number): number {
  const below = Math.floor(value)
  const up = value - below > 0.5 || (value - below === 0.5 && below % 2 !== 0)
  return up ? below + 1 : below
}

/** Rounds to half precision, by its definition. */
function half(value: number): number {
  const unit = 2 ** (Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 1))) - 10)
  return nearest(value / unit) * unit
}

const ofF32 = (values: Float64Array, dim: number) => ({ data: Float32Array.from(values), dim })

const longestRow = ({ data, dim }: FlatMultiVector) =>
  Math.max(
    ...Array.from({ length: data.length / dim }, (_, row) =>
      Math.hypot(...data.subarray(row * dim, (row + 1) * dim)),
    ),
  )

/** The rows that a corpus stores, by the definition of its dtype. */
function stored(dtype: Dtype, metric: Metric, document: FlatMultiVector): FlatMultiVector {
  const { data, dim } = metric === 'cosine' ? ofF32(normalized(document), document.dim) : document
  const values = Array.from(data)
  if (dtype === 'f16') return { data: Float32Array.from(values, half), dim }
  if (dtype === 'binary') {
    const mean = values.reduce((sum, value) => sum + Math.abs(value), 0) / values.length
    return { data: Float32Array.from(values, value => (value >= 0 ? mean : -mean)), dim }
  }
  const largest = Math.max(...values.map(Math.abs))
  const rows = Array.from({ length: values.length / dim }, (_, row) =>
    values.slice(row * dim, (row + 1) * dim),
  )
  const longest = Math.max(...rows.map(row => Math.hypot(...row)))
  let scale = Math.fround(127 / largest)
  if (dtype === 'i16') {
    const maxScale = Math.min(32767 / largest, 60000 / longest)
    scale = 2 ** Math.floor(Math.log2(maxScale))
  }
  return { data: Float32Array.from(values, value => nearest(Math.fround(value * scale)) / scale), dim }
}

describe.each(STORED)('a corpus of %s', dtype => {
  it.each(metricsOf(dtype))(
    'scores its stored rows with %s, up to the rounding of f32 and of the query',
    metric => {
      const next = random(31)
      for (let round = 0; round < 30; round++) {
        const dim = pick(next, [1, 2, 3, 5, 8, 15, 16, 31, 33, 100, 128])
        const query = randomRows(next, between(next, 1, 21), dim)
        const documents = Array.from({ length: 5 }, () => randomRows(next, between(next, 1, 20), dim))
        using corpus = filled(scorer, dtype, metric, documents)
        const asStored = dtype === 'f16' ? stored('f16', metric, query) : query
        corpus.scores(query).forEach((score, i) => {
          // cosine has normalised the stored rows already
          const plain = metric === 'cosine' ? 'dot' : metric
          const scored = metric === 'cosine' && dtype !== 'f16' ? ofF32(normalized(query), dim) : asStored
          const document = stored(dtype, metric, documents[i]!)
          const { low, high } = oracle(plain, scored, document)
          // each element of an int16 query is rounded by at most half a step of 2^-15 of the row's length; for bits, by half
          // a step of 1/248 of the sum of eight elements, which is at most sqrt(8) times the length
          const rows = query.data.length / dim
          const longest = longestRow(document)
          const step = dtype === 'binary' ? (0.5 * Math.sqrt(8)) / 248 : 2 ** -15
          const error = rows * Math.sqrt(dim) * step * longestRow(scored) * longest
          const queryError = dtype === 'f16' ? 0 : error
          const slack = (plain === 'dot' ? queryError : 0) + 1e-4 * Math.abs(score) * 0.01
          expect(score).toBeGreaterThanOrEqual(low - slack - 1e-6)
          expect(score).toBeLessThanOrEqual(high + slack + 1e-6)
        })
      }
    },
  )

  it('has the same integer scores, bit for bit, on every kernel', () => {
    if (dtype === 'f16') return
    const next = random(32)
    for (let round = 0; round < 20; round++) {
      const dim = between(next, 1, 40)
      const query = randomRows(next, between(next, 1, 20), dim, 10 ** between(next, -5, 5))
      const documents = Array.from({ length: 6 }, () =>
        randomRows(next, between(next, 1, 9), dim, 10 ** between(next, -5, 5)),
      )
      using here = filled(scorer, dtype, 'dot', documents)
      using there = filled(reference, dtype, 'dot', documents)
      expect([...here.scores(query)]).toEqual([...there.scores(query)])
    }
  })

  it('ranks its documents exactly as f32 does if it gets the originals', () => {
    const next = random(33)
    for (let round = 0; round < 20; round++) {
      const dim = pick(next, [3, 16, 100])
      const metric = pick(next, ['dot', 'cosine'] as const)
      const documents = Array.from({ length: 120 }, () => randomRows(next, between(next, 1, 12), dim))
      const query = randomRows(next, between(next, 1, 20), dim)
      using exact = filled(scorer, 'f32', metric, documents)
      using corpus = filled(scorer, dtype, metric, documents)
      const subset = next() < 0.5 ? [...documents.keys()].filter(() => next() < 0.6) : undefined
      const limit = between(next, 1, 20)
      const reports: RankReport[] = []
      const ranked = corpus.rank(query, {
        limit,
        subset,
        originals: index => documents[index]!,
        onReport: report => reports.push(report),
      })
      expect(ranked).toEqual(exact.rank(query, { limit, subset }))
      expect(reports).toEqual([
        expect.objectContaining({ method: 'certified', considered: subset?.length ?? 120 }),
      ])
    }
  })

  it.each(metricsOf(dtype))('rescores the best of an oversampled ranking with %s', metric => {
    const next = random(34)
    const documents = Array.from({ length: 60 }, () => randomRows(next, between(next, 1, 9), 24))
    const query = randomRows(next, 7, 24)
    using corpus = filled(scorer, dtype, metric, documents)
    using exact = filled(scorer, 'f32', metric, documents)
    const reports: RankReport[] = []
    const options = { limit: 5, originals: (index: number) => documents[index]!, oversampling: 3 }
    const ranked = corpus.rank(query, { ...options, onReport: report => reports.push(report) })
    expect(reports).toEqual([{ method: 'oversampled', considered: 60, rescored: 15, screens: [] }])
    const candidates = corpus.rank(query, { limit: 15 }).map(({ index }) => index)
    expect(ranked).toEqual(exact.rank(query, { limit: 5, subset: candidates }))
  })

  it('explains a score by its stored rows', () => {
    const next = random(35)
    const documents = [randomRows(next, 9, 20), randomRows(next, 4, 20)]
    using corpus = filled(scorer, dtype, 'dot', documents)
    const { score, matches } = corpus.explain(randomRows(next, 6, 20), 1)
    const sum = matches.reduce((total, { contribution }) => total + contribution, 0)
    // similarities are those of the unrounded query, but bits are scored with the rounded query
    expect(Math.abs(sum - score)).toBeLessThan(dtype === 'binary' ? 0.02 * score : 0.005)
  })

  it('takes at most 2 % more bytes than its elements', () => {
    const next = random(36)
    using corpus = scorer.corpus({ dim: 128, dtype })
    for (let i = 0; i < 300; i++) corpus.add(randomRows(next, between(next, 64, 192), 128))
    const bytes = { f16: 2, i16: 2, i8: 1, f32: 4, u8: 1, binary: 1 / 8 }[dtype]
    expect(corpus.byteLength / (corpus.rows * 128 * bytes)).toBeLessThan(1.02)
  })
})

describe('a corpus of bits', () => {
  it('has the same scores on every kernel, for any dim and number of rows', () => {
    const next = random(38)
    for (const dim of [1, 3, 4, 7, 8, 9, 63, 127, 128, 129, 255, 257, 1000, 1025, 2048]) {
      const query = randomRows(next, between(next, 1, 9), dim)
      const documents = Array.from({ length: 3 }, () => randomRows(next, between(next, 1, 40), dim))
      using here = filled(scorer, 'binary', 'dot', documents)
      using there = filled(reference, 'binary', 'dot', documents)
      expect([...here.scores(query)], `dim ${dim}`).toEqual([...there.scores(query)])
    }
  })

  it.each([8, 16, 1024, 2048, 2056, 65536])(
    'scores queries of integers exactly and without overflow at dim %i',
    dim => {
      const ones = (value: number) => ({ data: new Float32Array(dim).fill(value), dim })
      using corpus = filled(scorer, 'binary', 'dot', [ones(2), ones(-2)])
      for (const value of [1, -1, 2 ** -140, 2 ** 40]) {
        const exact = 2 * dim * value
        expect([...corpus.scores(ones(value))]).toEqual([exact, -exact])
      }
    },
  )

  it('agrees with f64 at dim 65,536', () => {
    const next = random(39)
    const [query, document] = [randomRows(next, 2, 65536), randomRows(next, 3, 65536)]
    using corpus = filled(scorer, 'binary', 'dot', [document])
    const { low, high } = oracle('dot', query, stored('binary', 'dot', document))
    const [score] = corpus.scores(query)
    expect(score).toBeGreaterThanOrEqual(low)
    expect(score).toBeLessThanOrEqual(high)
  })

  it('reads zero as positive, and a document of zeros as zeros', () => {
    using corpus = filled(scorer, 'binary', 'dot', [
      { data: Float32Array.of(0, -0, 3, -3), dim: 4 },
      { data: new Float32Array(4), dim: 4 },
    ])
    const { matches } = corpus.explain([[1, 1, 1, 1]], 0)
    expect(matches[0]!.similarity).toBe(3)
    expect(corpus.scores([[1, 2, 3, 4]])[1]).toBeCloseTo(0, 12)
  })

  it('is scored in f32 if values are too large for integers', () => {
    const documents = [{ data: Float32Array.of(1e20, -2e20, 3e20), dim: 3 }]
    using corpus = filled(scorer, 'binary', 'dot', documents)
    expect(corpus.scores([[1e3, 1e3, 1e3]])[0]! / 2e23).toBeCloseTo(1, 6)
  })
})

it('a batch of queries returns what single calls return', () => {
  const next = random(37)
  for (const dtype of ['f32', ...STORED] as const) {
    for (const metric of metricsOf(dtype)) {
      const documents = Array.from({ length: 50 }, () => randomRows(next, between(next, 1, 9), 33))
      using corpus = filled(scorer, dtype, metric, documents)
      const queries = Array.from({ length: 7 }, () => randomRows(next, between(next, 1, 25), 33))
      const weights = queries.map(({ data }) =>
        metric === 'dot' && next() < 0.5 ? Array.from({ length: data.length / 33 }, next) : undefined,
      )
      const alone = queries.map((query, i) => corpus.rank(query, { limit: 4, weights: weights[i] }))
      expect(corpus.rankBatch(queries, { limit: 4, weights })).toEqual(alone)
    }
  }
  using empty = scorer.corpus({ dim: 2 })
  expect(empty.rankBatch([])).toEqual([])
})

// biome-ignore lint/suspicious/noExplicitAny: what a caller without types may pass
const as = (value: unknown) => value as any
const query = [[1, 0]]
it.each<[string, () => unknown, string]>([
  [
    'f16 of a number beyond it',
    () => scorer.corpus({ dim: 2, dtype: 'f16' }).add([[70000, 1]]),
    'RangeError: "document" expected numbers that f16 holds (up to 65504), got 70000; use dtype i16 or f32, or scale the rows down',
  ],
  [
    'a query beyond f16',
    () => filled(scorer, 'f16', 'dot', [randomRows(random(1), 1, 2)]).scores([[1e6, 1]]),
    'RangeError: "query" expected numbers that f16 holds (up to 65504), got 1000000; use dtype i16 or f32, or scale the rows down',
  ],
  [
    'bits for distances that they do not keep',
    () => scorer.corpus({ dim: 2, dtype: 'binary', metric: 'manhattan' }),
    'RangeError: "dtype" binary supports dot, cosine and euclid, got manhattan; use i8 or f32',
  ],
  [
    'i8 of a number beyond it',
    () => scorer.corpus({ dim: 2, dtype: 'i8' }).add([[1e31, 1]]),
    `RangeError: "document" expected numbers that i8 holds (up to 1e30), got ${Math.fround(1e31)}; use dtype f32, or scale the rows down`,
  ],
  [
    'originals of f32',
    () => filled(scorer, 'f32', 'dot', [randomRows(random(1), 1, 2)]).rank(query, { originals: () => query }),
    'RangeError: "originals" supports every dtype but f32; omit it',
  ],
  [
    'originals that are not a function',
    () => filled(scorer, 'i8', 'dot', [randomRows(random(1), 1, 2)]).rank(query, { originals: as([]) }),
    'TypeError: "originals" expected a function from index to document, got array',
  ],
  [
    'an original of another dim',
    () => filled(scorer, 'i8', 'dot', [randomRows(random(1), 1, 2)]).rank(query, { originals: () => [[1]] }),
    'RangeError: "originals(0)[0]" expected 2 numbers, got 1; all rows have the same dim',
  ],
  [
    'oversampling without originals',
    () => filled(scorer, 'i8', 'dot', [randomRows(random(1), 1, 2)]).rank(query, { oversampling: 2 }),
    'TypeError: "oversampling" needs "originals"; pass both or neither',
  ],
  [
    'oversampling below 1',
    () =>
      filled(scorer, 'i8', 'dot', [randomRows(random(1), 1, 2)]).rank(query, {
        originals: () => query,
        oversampling: 0.5,
      }),
    'RangeError: "oversampling" expected a number of at least 1, got 0.5',
  ],
  [
    'infinite oversampling',
    () =>
      filled(scorer, 'i8', 'dot', [randomRows(random(1), 1, 2)]).rank(query, {
        originals: () => query,
        oversampling: Infinity,
      }),
    'RangeError: "oversampling" expected a number of at least 1, got Infinity',
  ],
  [
    'a certificate for a distance',
    () =>
      filled(scorer, 'i8', 'euclid', [randomRows(random(1), 1, 2)]).rank(query, { originals: () => query }),
    'RangeError: a certified ranking of i8 supports dot and cosine, got euclid; pass "oversampling"',
  ],
  [
    'a screen for a distance',
    () => scorer.corpus({ dim: 2, metric: 'euclid', screen: 'i16' }),
    'RangeError: "screen" i16 supports dtype f32 and the metrics dot and cosine, got f32 and euclid; omit it',
  ],
  [
    'a screen for i8',
    () => scorer.corpus({ dim: 2, dtype: 'i8', screen: 'convert' }),
    'RangeError: "screen" convert supports dtype f32 and the metrics dot and cosine, got i8 and dot; omit it',
  ],
  [
    'an unknown screen',
    () => scorer.corpus({ dim: 2, screen: as('yes') }),
    'RangeError: "screen" expected one of i8, i16, convert, off, got "yes"',
  ],
  [
    'a batch that is not an array',
    () => scorer.corpus({ dim: 2 }).rankBatch(as({})),
    'TypeError: "queries" expected an array of multi-vectors, got object',
  ],
  [
    'a batch with a bad query',
    () => scorer.corpus({ dim: 2 }).rankBatch([query, [[NaN, 1]]]),
    'RangeError: "queries[1][0][0]" expected a finite number, got NaN; check the encoder that made it',
  ],
  [
    'weights for another number of queries',
    () => scorer.corpus({ dim: 2 }).rankBatch([query], { weights: [] }),
    'RangeError: "weights" expected 1 entries, one for each query, got 0',
  ],
])('refuses %s', (_, call, message) => {
  expect(String(errorOf(call))).toBe(message)
})

it('stores numbers that f16 rounds to its largest one', () => {
  using corpus = scorer.corpus({ dim: 1, dtype: 'f16' })
  corpus.add([[65519]])
  expect([...corpus.scores([[1]])]).toEqual([65504])
  expect(() => corpus.add([[65520]])).toThrow('expected numbers that f16 holds (up to 65504), got 65520')
})

it('sums in f64 what could exceed f32 on the way', () => {
  using corpus = scorer.corpus({ dim: 3 })
  corpus.add([[2 ** 63, 2 ** 39, 2 ** 39]])
  // f32 would round each of the two small products off
  expect([...corpus.scores([Array(3).fill(2 ** 63)])]).toEqual([2 ** 126 + 2 ** 103])
})

it('scores originals with the arithmetic of their corpus', () => {
  const next = random(5)
  // with the last one, sums are computed in f64
  const documents = [...Array.from({ length: 20 }, () => randomRows(next, 3, 16)), [Array(16).fill(2 ** 99)]]
  const { data, dim } = randomRows(next, 4, 16)
  const rows = { data: data.map(value => value * 2 ** 30), dim }
  const options = { limit: 10, subset: documents.slice(1).map((_, i) => i) }
  const [exact, rescored] = (['f32', 'i8'] as const).map(dtype => {
    using corpus = scorer.corpus({ dim, dtype })
    for (const document of documents) corpus.add(document)
    const originals = (index: number) => documents[index]!
    return corpus.rank(rows, { ...options, ...(dtype === 'i8' && { originals, oversampling: 2 }) })
  })
  expect(rescored).toEqual(exact)
})
