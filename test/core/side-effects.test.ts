// Calls leave the kernel's memory as it was. `arguments.test.ts` checks the caller's data.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { chooseScorerKernel } from '../../src/core/choose-kernel.js'
import { createCorpus } from '../../src/core/corpus.js'
import { DTYPES } from '../../src/core/dtype.js'
import { METRICS } from '../../src/core/metric.js'
import { parseCorpusConfig } from '../../src/core/scorer-options.js'
import { createScorer, type Dtype, type Metric } from '../../src/index.js'
import { random, randomRows } from '../support/random.js'

const DIM = 16
const documents = Array.from({ length: 100 }, (_, i) => randomRows(random(i + 1), 3, DIM))
const query = randomRows(random(99), 3, DIM)

async function corpusOf(dtype: Dtype = 'f32') {
  const scorer = await createScorer()
  const corpus = scorer.corpus({ dim: DIM, dtype })
  for (const document of documents) corpus.add(document)
  return { scorer, corpus }
}

describe('the memory of a scorer does not grow', () => {
  const originals = (index: number) => documents[index]!
  type Made = Awaited<ReturnType<typeof corpusOf>>
  const calls: readonly (readonly [string, Dtype, (made: Made) => unknown])[] = [
    ['rankings', 'f32', ({ corpus }) => corpus.rank(query, { limit: 100 })],
    ['rankings of a subset', 'f32', ({ corpus }) => corpus.rank(query, { subset: [5, 1, 9] })],
    ['rankings from originals', 'i8', ({ corpus }) => corpus.rank(query, { originals })],
    ['oversampled rankings', 'i8', ({ corpus }) => corpus.rank(query, { originals, oversampling: 2 })],
    ['batches', 'f32', ({ corpus }) => corpus.rankBatch([query, query], { limit: 100 })],
    ['scores', 'f16', ({ corpus }) => corpus.scores(query)],
    ['explanations', 'u8', ({ corpus }) => corpus.explain(query, 3).matrix()],
    ['lists', 'f32', ({ scorer }) => scorer.rank(query, documents)],
    ['corpora', 'f32', ({ scorer }) => scorer.corpus({ dim: 2 }).dispose()],
    [
      'corpora whose scores need f64',
      'f32',
      ({ scorer }) => {
        using corpus = scorer.corpus({ dim: DIM, dtype: 'i8' })
        corpus.add([Array(DIM).fill(2 ** 62)])
        return corpus.scores([Array(DIM).fill(2 ** 61)])
      },
    ],
  ]
  it.each(calls)('over 2,000 %s', async (_, dtype, call) => {
    const made = await corpusOf(dtype)
    call(made)
    const before = made.scorer.memoryBytes
    for (let i = 0; i < 2000; i++) call(made)
    expect(made.scorer.memoryBytes).toBe(before)
    made.scorer.dispose()
  })

  const bad = Array.from({ length: 200 }, () => Array(DIM).fill(Number.NaN))
  const refusals: readonly (readonly [string, (made: Made) => unknown])[] = [
    ['queries', ({ corpus }) => corpus.rank(bad)],
    ['documents of an empty corpus', ({ scorer }) => scorer.corpus({ dim: DIM, dtype: 'i8' }).add(bad)],
    ['weights', ({ corpus }) => corpus.rank(query, { weights: [1, 2] })],
    ['documents', ({ corpus }) => corpus.add(bad)],
    ['documents of a list', ({ scorer }) => scorer.rank(query, [documents[0]!, bad])],
    ['batches', ({ corpus }) => corpus.rankBatch([query, bad])],
    [
      'originals',
      ({ corpus }) =>
        corpus.rank(query, {
          originals: () => {
            throw new RangeError('no original')
          },
        }),
    ],
  ]
  it.each(refusals)('over 500 refused %s', async (_, call) => {
    const made = await corpusOf('i8')
    expect(() => call(made)).toThrow()
    const before = made.scorer.memoryBytes
    for (let i = 0; i < 500; i++) expect(() => call(made)).toThrow()
    expect(made.scorer.memoryBytes).toBe(before)
    made.scorer.dispose()
  })
})

describe('options at their edges', () => {
  it('explains a weight of 0 as a contribution of 0', async () => {
    using scorer = await createScorer()
    const corpus = scorer.corpus({ dim: 2 })
    corpus.add([
      [1, 0],
      [0, 1],
    ])
    const { matches } = corpus.explain(
      [
        [1, 0],
        [0, 1],
      ],
      0,
      { weights: [0, 1] },
    )
    expect(matches.map(({ contribution }) => contribution)).toEqual([0, 1])
  })

  it.each([
    [1, 3],
    [1.5, 5],
    [2, 6],
  ])('oversampling %d rescores %d documents for a limit of 3', async (oversampling, expected) => {
    const { scorer, corpus } = await corpusOf('i8')
    let rescored = 0
    const best = corpus.rank(query, {
      limit: 3,
      originals: index => documents[index]!,
      oversampling,
      onReport: report => {
        rescored = report.rescored
      },
    })
    expect(best).toHaveLength(3)
    expect(rescored).toBe(expected)
    scorer.dispose()
  })

  it('an oversampled ranking has equal scores by index, also where the stored scores differ', async () => {
    using scorer = await createScorer()
    using corpus = scorer.corpus({ dim: 2, dtype: 'i8' })
    // the stored scores increase, so that the candidates are found in the opposite order
    for (let i = 0; i < 6; i++) corpus.add([[1 + i / 100, 0]])
    const best = corpus.rank([[1, 0]], { limit: 3, oversampling: 2, originals: () => [[1, 0]] })
    expect(best).toEqual([0, 1, 2].map(index => ({ index, score: 1 })))
  })

  it('names a weight that f32 cannot hold', async () => {
    using scorer = await createScorer()
    const corpus = scorer.corpus({ dim: 2 })
    corpus.add([[0, 0]])
    expect(() => corpus.rank([[1, 0]], { weights: [1e39] })).toThrow(/^"weights\[0\]" /)
  })

  it('sums many large terms that cancel without an overflow', async () => {
    using scorer = await createScorer()
    const data = Float32Array.from({ length: 128 }, (_, k) => (k % 2 ? -1 : 1) * 2 ** 62)
    expect(scorer.score({ data: new Float32Array(128).fill(2 ** 62), dim: 128 }, { data, dim: 128 })).toBe(0)
  })

  it('divides a row whose squared length is 1 + 5e-6, with cosine', async () => {
    using scorer = await createScorer()
    const length = Math.sqrt(1 + 5e-6)
    const score = scorer.score([[1, 0]], [[length, 0]], { metric: 'cosine' })
    expect(Math.abs(score - 1)).toBeLessThan(1e-6)
  })
})

it('a scorer keeps no reference to a corpus that was disposed', async () => {
  setFlagsFromString('--expose-gc')
  const collect: () => void = runInNewContext('gc')
  using scorer = await createScorer()
  const disposed = (() => {
    const corpus = scorer.corpus({ dim: 2 })
    corpus.dispose()
    return new WeakRef(corpus)
  })()
  for (let i = 0; i < 5 && disposed.deref(); i++) {
    await new Promise(resolve => setTimeout(resolve))
    collect()
  }
  expect(disposed.deref()).toBeUndefined()
})

describe.each(Object.keys(METRICS) as Metric[])(
  'results with %s do not depend on what freed memory holds',
  metric => {
    it.each(Object.keys(DTYPES) as Dtype[])('%s', async dtype => {
      if (metric === 'manhattan' && dtype === 'binary') return
      const { start } = await chooseScorerKernel({})
      const kernel = await start()
      const settings = parseCorpusConfig({ dim: DIM, metric, dtype })
      const results = (fill: number) => {
        // queries of 1 to 9 rows have every number of rows in their last vector
        const queries = Array.from({ length: 9 }, (_, i) => randomRows(random(i + 50), i + 1, DIM))
        const dirty = () => {
          const address = kernel.memory.allocate(2 ** 20)
          kernel.memory.u32(address, 2 ** 18).fill(fill)
          kernel.memory.free(address)
        }
        dirty()
        using corpus = createCorpus(kernel, settings)
        for (const document of documents) corpus.add(document)
        return queries.map(rows => {
          dirty()
          const ranked = corpus.rank(rows, { limit: 5 })
          dirty()
          return { ranked, matrix: corpus.explain(rows, 3).matrix() }
        })
      }
      const expected = results(0)
      for (const fill of [0x7fc0_0000, 0x7f80_0000, 0xffff_ffff]) expect(results(fill)).toEqual(expected)
      kernel.memory.release()
    })
  },
)
