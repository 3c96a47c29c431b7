// The largest numbers that a dtype stores and that a screen rounds: the limit itself is accepted, and the next number is not.

import { beforeAll, describe, expect, it } from 'vitest'
import { createScorer, type RankReport, type Scorer } from '../../src/index.js'

let scorer: Scorer
beforeAll(async () => {
  scorer = await createScorer()
  return () => scorer.dispose()
})

/** The next larger f32. */
const nextUp = (value: number) => value * (1 + 2 ** -23)

it.each(['i16', 'i8', 'u8', 'binary'] as const)('%s stores numbers up to 2^100', dtype => {
  using corpus = scorer.corpus({ dim: 1, dtype })
  corpus.add([[2 ** 100]])
  expect(() => corpus.add([[nextUp(2 ** 100)]])).toThrow(
    `expected numbers that ${dtype} holds (up to 1e30), got`,
  )
  expect(corpus.length).toBe(1)
})

describe('a screen', () => {
  const methodFor = (largestQuery: number, largestRow: number, screen: 'i8' | 'i16' | 'convert') => {
    using corpus = scorer.corpus({ dim: 2, screen })
    for (let i = 0; i < 60; i++) corpus.add([[i === 3 ? largestRow : 1, i]])
    const reports: RankReport[] = []
    const query = Array.from({ length: 12 }, (_, i) => [i === 2 ? largestQuery : 1, 0])
    corpus.rank(query, { limit: 1, onReport: report => reports.push(report) })
    return reports.map(({ method }) => method)
  }

  it.each(['i8', 'i16', 'convert'] as const)('%s rounds queries and documents up to 2^60', screen => {
    const large = 2 ** 60
    expect(methodFor(large, 1, screen)).toEqual(['certified'])
    expect(methodFor(1, large, screen)).toEqual(['certified'])
    expect(methodFor(nextUp(large), 1, screen)).toEqual(['exact'])
    expect(methodFor(1, nextUp(large), screen)).toEqual(['exact'])
  })
})
