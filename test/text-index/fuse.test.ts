// The scale of fused scores.

import { expect, it } from 'vitest'
import { fuseScores } from '../../src/text-index/fuse.js'

/** A list of `count` passages whose scores fall from 300 by 1. */
function listOf(count: number) {
  const best = Array.from({ length: count }, (_, id) => ({ id, score: 300 - id }))
  return { best, scoreOf: (id: number) => best[id]?.score }
}

const noLength = () => 0

it.each([100, 101, 250])('the hundredth passage of %i has 0 and the best one 1', count => {
  const fused = fuseScores([listOf(count)], noLength)
  expect([fused[0], fused[99]]).toEqual([
    { id: 0, score: 1 },
    { id: 99, score: 0 },
  ])
  expect(fused).toHaveLength(count)
})

it('without a hundredth passage, 0 is a score of 0', () => {
  expect(fuseScores([listOf(2)], noLength).map(({ score }) => score)).toEqual([1, 299 / 300])
})

it.each([
  [2, Math.log(100) / Math.log(2)],
  [10, 2],
  [99, Math.log(100) / Math.log(99)],
])('of %i passages that all have a score, 0 is below the worst', (count, factor) => {
  const fused = fuseScores([{ ...listOf(count), scoresAll: true }], noLength)
  expect(fused[0]!.score).toBeCloseTo(1, 10)
  expect(fused[count - 1]!.score).toBeCloseTo(1 - 1 / factor, 10)
})

it('the only passage has 1, and of a hundred the worst has 0, also if all have a score', () => {
  expect(fuseScores([{ ...listOf(1), scoresAll: true }], noLength)).toEqual([{ id: 0, score: 1 }])
  expect(fuseScores([{ ...listOf(100), scoresAll: true }], noLength)[99]!.score).toBe(0)
})

it('of negative scores the best has 1 and the worst 0, and of equal ones all have 0', () => {
  const all = (...scores: number[]) => {
    const best = scores.map((score, id) => ({ id, score }))
    return fuseScores([{ best, scoresAll: true, scoreOf: id => scores[id] }], noLength).map(
      ({ score }) => score,
    )
  }
  expect(all(-1, -2, -3)).toEqual([1, 0.5, 0])
  expect(all(5, 5)).toEqual([0, 0])
})

it('a word decides between two passages whose rows are nearly as good', () => {
  const rows = {
    best: [
      { id: 1, score: 9 },
      { id: 2, score: 8.9 },
    ],
    scoreOf: (id: number) => (id === 1 ? 9 : 8.9),
  }
  const words = { best: [{ id: 2, score: 0.6 }], scoreOf: (id: number) => (id === 2 ? 0.6 : 0) }
  expect(fuseScores([words, { ...rows, scoresAll: true }], noLength).map(({ id }) => id)).toEqual([2, 1])
})

it('a passage that one list has not counts 0 there', () => {
  const other = { best: [{ id: 5, score: 7 }], scoreOf: (id: number) => (id === 5 ? 7 : undefined) }
  expect(fuseScores([listOf(1), other], noLength)).toEqual([
    { id: 0, score: 0.5 },
    { id: 5, score: 0.5 },
  ])
})

it('of equal scores the shorter passage comes first, then the smaller id', () => {
  const lists = [1, 2, 3, 4].map(id => ({
    best: [{ id, score: 1 }],
    scoreOf: (of: number) => (of === id ? 1 : 0),
  }))
  const lengths = [0, 9, 5, 9, 3]
  expect(fuseScores(lists, id => lengths[id]!).map(({ id }) => id)).toEqual([4, 2, 1, 3])
})
