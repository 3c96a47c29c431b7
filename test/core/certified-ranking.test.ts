// An attack on certified ranking: rows made to be told apart only by f32, ranked with and without a screen. The results
// must be the same, scores and ties included, in every case.

import { expect, it } from 'vitest'
import { isWorthScreening } from '../../src/core/ranking/rank-strategy.js'
import { createScorer, type FlatMultiVector, type RankReport } from '../../src/index.js'
import { between, pick, type Random, random } from '../support/random.js'

const sign = (next: Random) => (next() < 0.5 ? -1 : 1)

/** Numbers that are hard on a fixed point, by what makes them so. */
const kinds: Record<string, (next: Random) => () => number> = {
  'of all magnitudes in one row': next => () => sign(next) * 10 ** (45 * next() - 30),
  denormal: next => () => sign(next) * between(next, 0, 1000) * 2 ** -149,
  tied: next => () => between(next, -1, 1),
  'a rounding apart': next => () => Math.fround(0.7 + between(next, 0, 3) * 2 ** -24),
  'small but for one': next => () => (next() < 0.1 ? 1 : 1e-6 * next()),
  ordinary: next => () => next() + next() + next() - 1.5,
  'halves of a step apart': next => () => (between(next, -40, 40) + 0.5) * 2 ** -16,
}

function rowsOf(next: Random, value: () => number, rows: number, dim: number): FlatMultiVector {
  const data = Float32Array.from({ length: rows * dim }, value)
  // now and then all rows of a multi-vector are one, give or take the last bit
  if (next() < 0.2)
    for (let i = dim; i < data.length; i++)
      data[i] = Math.fround(data[i - dim]! * (next() < 0.5 ? 1 : 1 + 2 ** -23))
  return { data, dim }
}

const CASES = 1_000_000

it(`agrees with plain f32 in ${CASES.toLocaleString('en')} hard cases`, { timeout: 600_000 }, async () => {
  using scorer = await createScorer()
  const next = random(2026)
  const methods: Record<string, number> = {}
  const onReport = ({ method }: RankReport) => {
    methods[method] = (methods[method] ?? 0) + 1
  }
  let cases = 0
  let wrong = 0
  while (cases < CASES) {
    const kind = pick(next, Object.keys(kinds))
    const value = kinds[kind]!(next)
    const dim = pick(next, [1, 2, 3, 4, 5, 8, 15])
    const metric = pick(next, ['dot', 'cosine'] as const)
    const corpora = (['off', 'convert', 'copy'] as const).map(screen =>
      scorer.corpus({ dim, metric, screen }),
    )
    const documents = Array.from({ length: between(next, 40, 90) }, () =>
      rowsOf(next, value, between(next, 1, 3), dim),
    )
    for (const document of documents) for (const corpus of corpora) corpus.add(document)
    const queries = Array.from({ length: 20 }, () => rowsOf(next, value, 12, dim))
    const weights = queries.map(() =>
      next() < 0.3 ? Float32Array.from({ length: 12 }, () => next() - 0.3) : undefined,
    )
    for (let i = 0; i < 5; i++) {
      const limit = between(next, 1, 10)
      const subset = next() < 0.3 ? [...documents.keys()].filter(() => next() < 0.95) : undefined
      const [plain, ...screened] = corpora.map(corpus =>
        corpus.rankBatch(queries, { limit, weights, subset, onReport }),
      )
      for (const rankings of screened) {
        cases += rankings.length
        const same = rankings.every((ranking, q) =>
          ranking.every(
            ({ index, score }, r) => plain![q]![r]!.index === index && Object.is(plain![q]![r]!.score, score),
          ),
        )
        if (!same) wrong++
      }
    }
    for (const corpus of corpora) corpus.dispose()
  }
  expect(wrong).toBe(0)
  // the attack is on the certificate, not on what stands in for it
  expect(methods.certified).toBeGreaterThan(0.95 * CASES)
})

it('says how a ranking was made', async () => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 8 })
  const next = random(1)
  const rows = (count: number) => rowsOf(next, () => next() - 0.5, count, 8)
  for (let i = 0; i < 200; i++) corpus.add(rows(5))
  const reports: RankReport[] = []
  const onReport = (report: RankReport) => reports.push(report)
  corpus.rank(rows(32), { limit: 10, onReport })
  corpus.rank(rows(32), { limit: 100, onReport })
  corpus.rank(rows(4), { limit: 10, onReport })
  corpus.rank(rows(32), { limit: 1, subset: [1, 2, 3, 4, 5], onReport })
  expect(reports.map(({ method, considered }) => [method, considered])).toEqual([
    ['certified', 200],
    ['exact', 200],
    ['exact', 200],
    ['certified', 5],
  ])
  expect(reports[0]!.rescored).toBeGreaterThanOrEqual(10)
  expect(reports[0]!.rescored).toBeLessThan(50)
})

it.each([
  ['convert', 12, 10, 40, true],
  ['convert', 11, 10, 40, false],
  ['convert', 12, 11, 40, false],
  ['copy', 5, 1, 4, true],
  ['copy', 4, 1, 4, false],
  ['off', 1000, 1, 1000, false],
] as const)(
  'screen %s with %i query rows and %i of %i documents: %s',
  (screen, rows, limit, considered, expected) => {
    expect(isWorthScreening(screen, rows, limit, considered)).toBe(expected)
  },
)
