// Certified ranking returns the ranking of f32. The slow suite compares a million rankings.

import { describe, expect, it } from 'vitest'
import { isWorthScreening } from '../../src/core/ranking/rank-strategy.js'
import { SCREENS } from '../../src/core/screen.js'
import { availableKernels, createScorer, type RankReport } from '../../src/index.js'
import { attackCertifiedRanking, hardRows } from '../support/hard-cases.js'
import { random, randomRows } from '../support/random.js'

it('a certified ranking equals the f32 ranking in 20,000 hard cases', async () => {
  const parts = await attackCertifiedRanking(20_000, 2026)
  expect(parts.f32 ?? 0, 'the part that no screen ranked').toBeLessThan(0.05)
  for (const screens of ['i8', 'i8 i16', 'i16']) {
    expect(parts[screens] ?? 0, `the part that was ranked by ${screens}`).toBeGreaterThan(0.002)
  }
})

// The steps at which the kernels round the largest element of a query to 1: in one limb, in signed
// bytes, in two limbs, and in int16.
describe.each([63, 124, 8191, 16384])(
  'a query whose elements are just below half of a step of 1/%i',
  steps => {
    const [half, first, rest] = [0.499 / steps, 2, 127]
    // the elements that are rounded to 0 add or subtract 1.25, or a little more, where the first element adds 2
    const others = Math.ceil(1.25 / (half * rest))
    const query = Array(12).fill([1, ...Array(others).fill(half)])
    const overrated = [[first, ...Array(others).fill(-rest)]]
    const underrated = [[0, ...Array(others).fill(rest)]]

    it.each(SCREENS)('does not mislead the screen %s, whatever the weights of its rows', async screen => {
      using scorer = await createScorer()
      using corpus = scorer.corpus({ dim: 1 + others, screen })
      for (let i = 0; i < 20; i++) for (const document of [overrated, underrated]) corpus.add(document)
      const indices = (weight: number | undefined) => {
        const weights = weight === undefined ? undefined : Array(query.length).fill(weight)
        return corpus.rank(query, { weights }).map(({ index }) => index)
      }
      const ofKind = (first: number) => Array.from({ length: 10 }, (_, i) => 2 * i + first)
      for (const weight of [undefined, 1000, 0.001])
        expect(indices(weight), `weight ${weight}`).toEqual(ofKind(1))
      // with a negative weight the worst are the best
      for (const weight of [-1, -1000]) expect(indices(weight), `weight ${weight}`).toEqual(ofKind(0))
    })
  },
)

it.each([
  ['i8', 2 / 127],
  ['i16', 2 ** -13],
  ['convert', 2 ** -13],
] as const)(
  'the rounding of documents does not mislead the screen %s, whatever the weights',
  async (screen, step) => {
    using scorer = await createScorer()
    using corpus = scorer.corpus({ dim: 102, screen })
    // a hundred elements are rounded to 0; the first element, which the query ignores, decides the step
    const half = 0.499 * step
    const underrated = [[2, 1, ...Array(100).fill(half)]]
    const overrated = [[2, 1 + 50 * half, ...Array(100).fill(0)]]
    for (let i = 0; i < 20; i++) for (const document of [overrated, underrated]) corpus.add(document)
    const query = Array(12).fill([0, ...Array(101).fill(1)])
    for (const weight of [1, 1000, 0.001]) {
      const best = corpus.rank(query, { weights: Array(12).fill(weight) })
      expect(best.map(({ index }) => index)).toEqual(Array.from({ length: 10 }, (_, i) => 2 * i + 1))
    }
  },
)

it.each(SCREENS)('documents whose bounds are equal rank by index: screen %s', async screen => {
  // rows of zeros have a score and bounds of 0, and the others score less
  using scorer = await createScorer()
  for (const worse of [0, 40]) {
    using corpus = scorer.corpus({ dim: 8, screen })
    for (let i = 0; i < worse; i++) corpus.add([Array(8).fill(-1)])
    for (let i = 0; i < 40; i++) corpus.add([Array(8).fill(0)])
    expect(corpus.rank([Array(8).fill(1), Array(8).fill(2)])).toEqual(
      Array.from({ length: 10 }, (_, i) => ({ index: worse + i, score: 0 })),
    )
  }
})

it('the int8 screen finds the best document at every position, also of a subset', async () => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 16 })
  const next = random(32)
  const documents = Array.from({ length: 150 }, () => randomRows(next, 3, 16).data.map(value => value / 8))
  for (const data of documents) corpus.add({ data, dim: 16 })
  const odd = Array.from({ length: 75 }, (_, i) => 2 * i + 1)
  let screened = 0
  for (const [index, data] of documents.entries()) {
    const query = { data: data.map(value => 8 * value), dim: 16 }
    const onReport = ({ screens }: RankReport) => {
      if (screens[0]?.screen === 'i8') screened++
    }
    expect(corpus.rank(query, { limit: 1, onReport })[0]?.index, `document ${index}`).toBe(index)
    const best = corpus.rank(query, { limit: 1, subset: odd })[0]
    if (index % 2 === 1) expect(best?.index, `document ${index} of the subset`).toBe(index)
    else expect(odd).toContain(best?.index)
  }
  expect(screened, 'rankings that the int8 screen was used for').toBeGreaterThan(75)
})

it('a report tells how a ranking was computed', async () => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 8, screen: 'convert' })
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

it('a report tells how many documents each screen left', async () => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 16 })
  const next = random(3)
  const direction = Array.from({ length: 16 }, () => next() - 0.5)
  const near = (distance: number) => [direction.map(value => value + distance * (next() - 0.5))]
  const reports: RankReport[] = []
  const rank = (limit: number) =>
    corpus.rank(Array(12).fill(direction), { limit, onReport: report => reports.push(report) })
  for (let i = 0; i < 300; i++) corpus.add(i < 40 ? near(0.001) : [direction.map(value => -value)])
  rank(5)
  rank(1)
  for (let i = 0; i < 300; i++) corpus.add([direction])
  rank(5)
  const [few, one, equal] = reports.map(({ screens }) => screens)
  expect(few!.map(({ screen }) => screen)).toEqual(['i8', 'i16'])
  expect(few![0]!.left).toBeGreaterThanOrEqual(20)
  expect(few![0]!.left).toBeLessThan(80)
  expect(few![1]!.left).toBeLessThanOrEqual(few![0]!.left)
  expect(one!.at(-1)!.left).toBe(reports[1]!.rescored)
  // int8 excludes fewer than half of these, and is given up
  expect(equal!.map(({ screen }) => screen)).toEqual(['i16'])
})

it('a report counts what int8 left as scored in f32 if it left too few for another screen', async () => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 16 })
  const rows = (sign: number) => Array(13).fill(Array(16).fill(sign))
  for (let i = 0; i < 640; i++) corpus.add(rows(i === 0 ? 1 : -1))
  const reports: RankReport[] = []
  corpus.rank(rows(1), { limit: 1, onReport: report => reports.push(report) })
  expect(reports).toEqual([
    { method: 'certified', considered: 640, rescored: 1, screens: [{ screen: 'i8', left: 1 }] },
  ])
})

it.each(availableKernels())(
  'the int8 screen of the kernel %s is given up where the next one is as fast',
  async kernel => {
    using scorer = await createScorer({ kernel })
    const screensWith = (similar: number) => {
      using corpus = scorer.corpus({ dim: 16 })
      const rows = (sign: number) => Array(13).fill(Array(16).fill(sign))
      for (let i = 0; i < 640; i++) corpus.add(rows(i < similar ? 1 : -1))
      const reports: RankReport[] = []
      corpus.rank(rows(1), { limit: 1, onReport: report => reports.push(report) })
      return reports[0]!.screens.map(({ screen }) => screen)
    }
    const isFast = kernel === 'relaxed-simd'
    expect(screensWith(64), 'a tenth is left').toEqual(['i8', 'i16'])
    expect(screensWith(192), 'three tenths are left').toEqual(isFast ? ['i8', 'i16'] : ['i16'])
    expect(screensWith(320), 'half is left').toEqual(isFast ? ['i8', 'i16'] : ['i16'])
    expect(screensWith(384), 'six tenths are left').toEqual(['i16'])
  },
)

it('a report counts all documents that were scored in f32: every one if all are equal', async () => {
  using scorer = await createScorer()
  using corpus = scorer.corpus({ dim: 8, screen: 'convert' })
  const next = random(2)
  const rows = (count: number) => hardRows(next, () => next() - 0.5, count, 8)
  const document = rows(5)
  for (let i = 0; i < 50; i++) corpus.add(document)
  const reports: RankReport[] = []
  corpus.rank(rows(32), { limit: 3, onReport: report => reports.push(report) })
  expect(reports).toEqual([
    { method: 'certified', considered: 50, rescored: 50, screens: [{ screen: 'i16', left: 50 }] },
  ])
})

it.each([
  ['convert', 12, 10, 40, true],
  ['convert', 11, 10, 40, false],
  ['convert', 12, 11, 40, false],
  ['i8', 1, 1, 4, true],
  ['i8', 1, 2, 7, false],
  ['i16', 5, 1, 4, true],
  ['i16', 4, 1, 4, false],
  ['off', 1000, 1, 1000, false],
] as const)(
  'whether the screen %s pays with %i query rows and %i of %i documents is %s',
  (screen, rows, limit, considered, expected) => {
    expect(isWorthScreening(screen, rows, limit, considered)).toBe(expected)
  },
)
