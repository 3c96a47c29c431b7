// Options and arithmetic at their edges: values at which the code takes another path.

import { beforeAll, describe, expect, it } from 'vitest'
import { copyRows } from '../../src/core/multivector.js'
import { createScorer, type Scorer } from '../../src/index.js'
import { METRIC_NAMES } from '../support/names.js'
import { errorOf } from '../support/refusal.js'

let scorer: Scorer
beforeAll(async () => {
  scorer = await createScorer()
})

const filled = (dim: number, value: number, rows = 1) => ({
  data: new Float32Array(rows * dim).fill(value),
  dim,
})

describe('an explanation', () => {
  it.each(['dot', 'cosine', 'euclid', 'manhattan'] as const)(
    'with %s names the first of equal rows',
    metric => {
      using corpus = scorer.corpus({ dim: 2, metric })
      corpus.add([
        [0, 9],
        [3, 4],
        [3, 4],
      ])
      expect(corpus.explain([[3, 4]], 0).matches[0]!.row).toBe(metric === 'dot' ? 0 : 1)
      corpus.add([
        [3, 4],
        [3, 4],
      ])
      expect(corpus.explain([[3, 4]], 1).matches[0]!.row).toBe(0)
    },
  )

  it('has similarities of sums that only f64 holds on the way', () => {
    using corpus = scorer.corpus({ dim: 3 })
    corpus.add([[3e19, 3e19, 1]])
    const { score, matches, matrix } = corpus.explain([[2e19, -2e19, 5]], 0)
    expect(score).toBe(5)
    expect([matches[0]!.similarity, ...matrix()]).toEqual([5, 5])
  })

  it('with euclid has distances, whose squares add up to the square of the score', () => {
    using corpus = scorer.corpus({ dim: 2, metric: 'euclid' })
    corpus.add([[3, 4]])
    const { score, matches, matrix } = corpus.explain(
      [
        [0, 0],
        [3, 16],
      ],
      0,
    )
    expect(matches).toEqual([
      { row: 0, similarity: 5, contribution: 25 },
      { row: 0, similarity: 12, contribution: 144 },
    ])
    expect([...matrix()]).toEqual([5, 12])
    expect(score).toBe(13)
  })
})

it.each([1, 3])('refuses %i weights for a batch of 2 queries', count => {
  using corpus = scorer.corpus({ dim: 1 })
  corpus.add([[1]])
  expect(() => corpus.rankBatch([[[1]], [[2]]], { weights: Array(count).fill([1]) })).toThrow(
    new RangeError(`"weights" expected 2 entries, one for each query, got ${count}`),
  )
})

it.each([2040, 2048, 2049, 2056, 4096, 65536])('scores the largest sums of bits at dim %i', dim => {
  using corpus = scorer.corpus({ dim, dtype: 'binary' })
  corpus.add(filled(dim, 1))
  corpus.add(filled(dim, -1))
  expect([...corpus.scores(filled(dim, 1))]).toEqual([dim, -dim])
})

it('sums in f64 if a partial sum is beyond f32', () => {
  const [q, d] = [2 ** 64, 2 ** 63]
  expect(scorer.score([[q, q, q]], [[d, d, -d]])).toBe(2 ** 127)
})

it('sums squares of bytes exactly at the largest dim', () => {
  using corpus = scorer.corpus({ dim: 65536, dtype: 'u8', metric: 'euclid' })
  corpus.add(filled(65536, 255))
  expect(corpus.scores({ data: new Float32Array(2 * 65536), dim: 65536 })[0]).toBe(
    Math.fround(Math.sqrt(2 * 65536 * 255 ** 2)),
  )
})

it('takes a memory of one page, and refuses less', async () => {
  const small = await createScorer({ maxBytes: 65536 })
  expect(small.score([[2]], [[3]])).toBe(6)
  small.dispose()
  await expect(createScorer({ maxBytes: 65535 })).rejects.toThrow(
    new RangeError('"maxBytes" expected a number of at least 65536, got 65535'),
  )
})

it.each([
  [Number.NaN, 'a finite number, got NaN; check the encoder that made it'],
  [Infinity, 'a finite number, got Infinity; check the encoder that made it'],
  [1e39, 'a number that f32 holds (up to 3.4e38), got 1e+39; scale the rows down'],
])('a copy of rows refuses %s', (value, message) => {
  expect(() => copyRows([[1, value]], 'rows')).toThrow(new RangeError(`"rows[0][1]" expected ${message}`))
})

it('names the column of a number of flat rows', () => {
  const data = Float32Array.of(1, 2, 3, 4, 5, Number.NaN)
  expect(() => copyRows({ data, dim: 3 }, 'rows')).toThrow(
    new RangeError(
      '"rows.data[5]" (row 1, column 2) expected a finite number, got NaN; check the encoder that made it',
    ),
  )
})

describe('a corpus with an int16 copy', () => {
  const add = (screen: 'i16' | 'off', count: number) => {
    const corpus = scorer.corpus({ dim: 64, screen })
    for (let i = 0; i < count; i++) corpus.add({ data: new Float32Array(64 * 20).fill(i), dim: 64 })
    return corpus
  }

  it('has the size of its rows and of the copy', () => {
    using plain = add('off', 100)
    using copied = add('i16', 100)
    expect(copied.byteLength / plain.byteLength).toBeGreaterThan(1.45)
  })

  it('frees both when it is disposed', () => {
    add('i16', 100).dispose()
    const before = scorer.memoryBytes
    for (let i = 0; i < 50; i++) add('i16', 100).dispose()
    expect(scorer.memoryBytes).toBe(before)
  })
})

it('names an original by its index, not by its position among the candidates', () => {
  using corpus = scorer.corpus({ dim: 1, dtype: 'i8' })
  for (let i = 0; i < 5; i++) corpus.add([[i]])
  const originals = (index: number) => [[index === 3 ? Number.NaN : index]]
  expect(() => corpus.rank([[1]], { originals, subset: [3, 4], limit: 2 })).toThrow(
    new RangeError('"originals(3)[0][0]" expected a finite number, got NaN; check the encoder that made it'),
  )
})

it('scores a large document of a list in f64 whatever its place', () => {
  const large = [[2 ** 63, 2 ** 63, -(2 ** 63)]]
  const small = [[0, 0, 0]]
  const query = [[2 ** 64, 2 ** 64, 2 ** 64]]
  for (const documents of [
    [large, small],
    [small, large],
  ]) {
    const best = { index: documents.indexOf(large), score: 2 ** 127 }
    expect(scorer.rank(query, documents)).toEqual([best, { index: documents.indexOf(small), score: 0 }])
  }
})

it('scores a large document in f64 also after a small one was added', () => {
  using corpus = scorer.corpus({ dim: 3 })
  corpus.add([[2 ** 63, 2 ** 63, -(2 ** 63)]])
  corpus.add([[0, 0, 0]])
  expect([...corpus.scores([[2 ** 64, 2 ** 64, 2 ** 64]])]).toEqual([2 ** 127, 0])
})

it.each(['i8', 'i16', 'convert'] as const)(
  'a document for which the memory has no room leaves a corpus with screen %s as it was',
  async screen => {
    using small = await createScorer({ maxBytes: 16 * 65536 })
    using corpus = small.corpus({ dim: 64, screen })
    let added = 0
    expect(() => {
      for (;;) {
        corpus.add({ data: new Float32Array(64 * 100).fill(1), dim: 64 })
        added++
      }
    }).toThrow(/^the kernel's memory cannot hold/)
    expect(added).toBeGreaterThan(5)
    expect([corpus.length, corpus.rows]).toEqual([added, 100 * added])
    expect([...corpus.scores({ data: new Float32Array(64).fill(1), dim: 64 })]).toEqual(Array(added).fill(64))
  },
)

it('explanations for which the memory has no room leave it as it was', async () => {
  using small = await createScorer({ maxBytes: 2 ** 21 })
  using corpus = small.corpus({ dim: 256, dtype: 'i8' })
  const rows = (count: number) => filled(256, 1, count)
  corpus.add(rows(700))
  const one = corpus.explain(rows(20), 0)
  for (let i = 0; i < 10; i++) {
    expect(() => corpus.explain(rows(400), 0)).toThrow(/^the kernel's memory cannot hold/)
  }
  expect(corpus.explain(rows(20), 0).score).toBe(one.score)
  expect(() => {
    for (;;) corpus.add(rows(60))
  }).toThrow(/^the kernel's memory cannot hold/)
  for (let i = 0; i < 10; i++) {
    expect(() => corpus.explain(rows(20), 0)).toThrow(/^the kernel's memory cannot hold/)
  }
  expect(corpus.explain(rows(20), 1).score).toBe(one.score)
})

it.each(METRIC_NAMES)('%s takes weights, screens and certified rankings only if larger is better', metric => {
  const isDistance = metric === 'euclid' || metric === 'manhattan'
  const query = [[1, 2]]
  const options = { weights: [2] }
  using corpus = scorer.corpus({ dim: 2, metric })
  corpus.add(query)
  using stored = scorer.corpus({ dim: 2, metric, dtype: 'i8' })
  stored.add(query)
  const weighted = `"weights" support the metrics dot and cosine, got ${metric}; omit them`
  const calls: readonly (readonly [() => unknown, string])[] = [
    [() => scorer.score(query, query, { metric, ...options }), weighted],
    [() => scorer.rank(query, [query], { metric, ...options }), weighted],
    [() => corpus.scores(query, options), weighted],
    [() => corpus.rank(query, options), weighted],
    [() => corpus.rankBatch([query], { weights: [[2]] }), weighted],
    [() => corpus.explain(query, 0, options), weighted],
    ...(['i8', 'i16', 'convert'] as const).map(screen => {
      const problem = `"screen" ${screen} supports dtype f32 and the metrics dot and cosine, got f32 and ${metric}; omit it`
      return [() => scorer.corpus({ dim: 2, metric, screen }).dispose(), problem] as const
    }),
    [
      () => stored.rank(query, { originals: () => query }),
      `a certified ranking of i8 supports dot and cosine, got ${metric}; pass "oversampling"`,
    ],
  ]
  for (const [call, problem] of calls) {
    expect((errorOf(call) as Error | undefined)?.message).toBe(isDistance ? problem : undefined)
  }
})
