// The scale of fused scores.

import { expect, it } from 'vitest'
import { fuseScores } from '../../src/text-index/fuse.js'

/** A list of `count` passages whose scores fall from 300 by 1. */
function listOf(count: number) {
  const best = Array.from({ length: count }, (_, id) => ({ id, score: 300 - id }))
  return { best, scoreOf: (id: number) => best[id]?.score }
}

it.each([100, 101, 250])('the hundredth passage of %i has 0 and the best one 1', count => {
  const fused = fuseScores(listOf(count))
  expect([fused[0], fused[99]]).toEqual([
    { id: 0, score: 1 },
    { id: 99, score: 0 },
  ])
  expect(fused).toHaveLength(count)
})

it('without a hundredth passage, 0 is a score of 0', () => {
  expect(fuseScores(listOf(2)).map(({ score }) => score)).toEqual([1, 299 / 300])
})

it('a passage that one list has not counts 0 there', () => {
  const other = { best: [{ id: 5, score: 7 }], scoreOf: (id: number) => (id === 5 ? 7 : undefined) }
  expect(fuseScores(listOf(1), other)).toEqual([
    { id: 0, score: 0.5 },
    { id: 5, score: 0.5 },
  ])
})
