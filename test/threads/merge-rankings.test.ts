// The reports of a ranking whose parts were made by several workers.

import { expect, it } from 'vitest'
import type { RankReport } from '../../src/core/ranking/rank-options.js'
import { mergeReports } from '../../src/threads/merge-rankings.js'

const exact: RankReport = { method: 'exact', considered: 3, rescored: 0, screens: [] }
const certified: RankReport = {
  method: 'certified',
  considered: 40,
  rescored: 7,
  screens: [{ screen: 'i8', left: 7 }],
}
const certifiedTwice: RankReport = {
  method: 'certified',
  considered: 60,
  rescored: 6,
  screens: [
    { screen: 'i8', left: 30 },
    { screen: 'i16', left: 6 },
  ],
}

it('a ranking is certified if any part of it is, and its numbers are those of all parts', () => {
  expect(mergeReports('f32', [exact, certified])).toEqual({
    method: 'certified',
    considered: 43,
    rescored: 7,
    screens: [{ screen: 'i8', left: 7 }],
  })
  expect(mergeReports('f32', [certified, exact])).toEqual({
    method: 'certified',
    considered: 43,
    rescored: 7,
    screens: [{ screen: 'i8', left: 7 }],
  })
  expect(mergeReports('f32', [exact, exact])).toEqual({
    method: 'exact',
    considered: 6,
    rescored: 0,
    screens: [],
  })
})

it('what a screen left is summed over the parts that used it', () => {
  const { rescored, screens } = mergeReports('f32', [certified, certifiedTwice, exact])
  expect(rescored).toBe(13)
  expect(screens).toEqual([
    { screen: 'i8', left: 37 },
    { screen: 'i16', left: 6 },
  ])
})

it('a ranking without parts is exact for f32, and from stored rows for every other dtype', () => {
  expect(mergeReports('f32', [])).toEqual({ method: 'exact', considered: 0, rescored: 0, screens: [] })
  expect(mergeReports('i8', [])).toEqual({ method: 'stored', considered: 0, rescored: 0, screens: [] })
})
