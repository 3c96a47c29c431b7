// Compares the dtype u8 with its definition, which is the server's, and with recorded answers of servers.

import { readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { METRICS } from '../../src/core/metric.js'
import { availableKernels, createScorer, type FlatMultiVector, type Metric } from '../../src/index.js'
import { between, pick, random } from '../support/random.js'

const metrics = Object.keys(METRICS) as Metric[]

const byte = (value: number) => Math.trunc(Math.min(255, Math.max(0, value)))

const rowsOf = ({ data, dim }: FlatMultiVector) =>
  Array.from({ length: data.length / dim }, (_, row) => Array.from(data.subarray(row * dim, (row + 1) * dim)))

/** Rows with fractions, some of them outside 0 ... 255, some of zeros. */
function rows(next: () => number, count: number, dim: number): FlatMultiVector {
  const data = Float32Array.from({ length: count * dim }, () => 300 * next() - 20)
  if (next() < 0.2) data.fill(0.9, 0, dim)
  return { data, dim }
}

/** The similarity of two rows of bytes, by the server's definition. */
function similarity(metric: Metric, a: readonly number[], b: readonly number[]): number {
  const sum = (term: (x: number, y: number) => number) => a.reduce((s, x, k) => s + term(x, b[k]!), 0)
  if (metric === 'euclid') return -sum((x, y) => (x - y) ** 2)
  if (metric === 'manhattan') return -sum((x, y) => Math.abs(x - y))
  const dot = sum((x, y) => x * y)
  if (metric === 'dot') return dot
  const squares = sum(x => x * x) * sum((_, y) => y * y)
  return squares === 0 ? 0 : dot / Math.sqrt(squares)
}

function score(metric: Metric, query: FlatMultiVector, document: FlatMultiVector): number {
  const stored = rowsOf(document).map(row => row.map(byte))
  const total = rowsOf(query)
    .map(row => row.map(byte))
    .reduce((sum, row) => sum + Math.max(...stored.map(d => similarity(metric, row, d))), 0)
  if (metric === 'euclid') return Math.sqrt(-total)
  return metric === 'manhattan' ? -total : total
}

it.each(availableKernels())('a corpus of u8 scores integers exactly on %s', async kernel => {
  using scorer = await createScorer({ kernel })
  const next = random(41)
  for (const metric of metrics) {
    for (let round = 0; round < (kernel === 'reference' ? 8 : 20); round++) {
      // beyond 258 dims f32 could not hold the sums
      const dim = pick(next, [1, 2, 3, 8, 17, 100, 128, 258, 259, 700])
      const query = rows(next, between(next, 1, 20), dim)
      using corpus = scorer.corpus({ dim, metric, dtype: 'u8' })
      const documents = Array.from({ length: 4 }, () => rows(next, between(next, 1, 19), dim))
      for (const document of documents) corpus.add(document)
      corpus.scores(query).forEach((actual, i) => {
        const expected = score(metric, query, documents[i]!)
        if (metric === 'cosine') expect(actual).toBeCloseTo(expected, 4)
        else expect(actual).toBe(Math.fround(expected))
      })
      const { score: explained } = corpus.explain(query, 2)
      expect(explained).toBe(corpus.scores(query)[2])
    }
  }
})

it('a corpus of u8 takes one byte per element', async () => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 100, dtype: 'u8' })
  for (let i = 0; i < 100; i++) corpus.add(rows(random(i), 50, 100))
  expect(corpus.byteLength / (corpus.rows * 100)).toBeLessThan(1.02)
})

it('a corpus of u8 ranks exactly as f32 does if it gets the originals', async () => {
  using scorer = await createScorer()
  const next = random(42)
  for (let round = 0; round < 30; round++) {
    const dim = pick(next, [2, 16, 100])
    const documents = Array.from({ length: 80 }, () => rows(next, between(next, 1, 9), dim))
    const query = rows(next, between(next, 1, 14), dim)
    using plain = scorer.corpus({ dim })
    using corpus = scorer.corpus({ dim, dtype: 'u8' })
    for (const document of documents) {
      plain.add(document)
      corpus.add(document)
    }
    const originals = (index: number) => documents[index]!
    expect(corpus.rank(query, { originals })).toEqual(plain.rank(query))
    const oversampled = corpus.rank(query, { originals, oversampling: 8 })
    expect(oversampled).toEqual(plain.rank(query))
  }
})

it('a certified ranking of u8 with cosine is refused', async () => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 1, dtype: 'u8', metric: 'cosine' })
  corpus.add([[7]])
  expect(() => corpus.rank([[1]], { originals: () => [[7]] })).toThrow(
    new RangeError('a certified ranking of u8 supports dot, got cosine; pass "oversampling"'),
  )
})

interface Recorded {
  readonly title: string
  readonly body: string | null
  readonly status: number
  readonly response: string
}

type Rows = readonly (readonly number[])[]

it.each(['1.18.3', '1.19.0'])(
  'a corpus of u8 has the scores of a uint8 collection on Qdrant %s',
  async release => {
    const recordings: Recorded[] = JSON.parse(readFileSync(`test/recordings/qdrant-${release}.json`, 'utf8'))
    using scorer = await createScorer()
    let metric: Metric | undefined
    let points = new Map<unknown, Rows>()
    let judged = 0
    for (const { title, body, status, response } of recordings) {
      if (status !== 200 || !body?.startsWith('{')) continue
      const request = JSON.parse(body)
      if (title.startsWith('create')) {
        const { datatype, distance } = request.vectors?.colbert ?? {}
        metric = datatype === 'uint8' ? (distance.toLowerCase() as Metric) : undefined
        points = new Map()
      }
      if (metric === undefined) continue
      for (const { id, vector } of request.points ?? []) points.set(id, vector.colbert)
      const hits: readonly { id: unknown; score: number }[] = JSON.parse(response).result?.points ?? []
      if (!Array.isArray(request.query?.[0])) continue
      for (const hit of hits) {
        using corpus = scorer.corpus({ dim: request.query[0].length, metric, dtype: 'u8' })
        corpus.add(points.get(hit.id)!.map(row => [...row]))
        const score = corpus.scores(request.query)[0]!
        if (metric === 'cosine') expect(score).toBeCloseTo(hit.score, 5)
        else expect(score).toBe(Math.fround(hit.score))
        judged++
      }
    }
    expect(judged).toBeGreaterThan(10)
  },
)
