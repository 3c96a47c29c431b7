// Certified ranking returns the ranking of f32. The slow suite compares a million rankings.

import { expect, it } from 'vitest'
import { isWorthScreening } from '../../src/core/ranking/rank-strategy.js'
import { createScorer, type RankReport } from '../../src/index.js'
import { attackCertifiedRanking, hardRows } from '../support/hard-cases.js'
import { random } from '../support/random.js'

it('a certified ranking equals the f32 ranking in 20,000 hard cases', async () => {
  expect(await attackCertifiedRanking(20_000, 2026)).toBeGreaterThan(0.95)
})

it('a report tells how a ranking was computed', async () => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 8 })
  const next = random(1)
  const rows = (count: number) => hardRows(next, () => next() - 0.5, count, 8)
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

it('a report counts all documents that were scored in f32: every one if all are equal', async () => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 8 })
  const next = random(2)
  const rows = (count: number) => hardRows(next, () => next() - 0.5, count, 8)
  const document = rows(5)
  for (let i = 0; i < 50; i++) corpus.add(document)
  const reports: RankReport[] = []
  corpus.rank(rows(32), { limit: 3, onReport: report => reports.push(report) })
  expect(reports).toEqual([{ method: 'certified', considered: 50, rescored: 50 }])
})

it.each([
  ['convert', 12, 10, 40, true],
  ['convert', 11, 10, 40, false],
  ['convert', 12, 11, 40, false],
  ['copy', 5, 1, 4, true],
  ['copy', 4, 1, 4, false],
  ['off', 1000, 1, 1000, false],
] as const)(
  'whether the screen %s pays with %i query rows and %i of %i documents is %s',
  (screen, rows, limit, considered, expected) => {
    expect(isWorthScreening(screen, rows, limit, considered)).toBe(expected)
  },
)
