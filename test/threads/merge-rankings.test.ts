// The report of a ranking whose parts were made by several workers.

import { expect, it } from 'vitest'
import type { RankReport } from '../../src/core/ranking/rank-options.js'
import { mergeReports } from '../../src/threads/merge-rankings.js'

const exact: RankReport = { method: 'exact', considered: 3, rescored: 0 }
const certified: RankReport = { method: 'certified', considered: 40, rescored: 7 }

it('a ranking is certified if any part of it is, and its numbers are those of all parts', () => {
  expect(mergeReports('f32', [exact, certified])).toEqual({
    method: 'certified',
    considered: 43,
    rescored: 7,
  })
  expect(mergeReports('f32', [certified, exact])).toEqual({
    method: 'certified',
    considered: 43,
    rescored: 7,
  })
  expect(mergeReports('f32', [exact, exact])).toEqual({ method: 'exact', considered: 6, rescored: 0 })
})

it('a ranking without parts is exact for f32, and from stored rows for every other dtype', () => {
  expect(mergeReports('f32', [])).toEqual({ method: 'exact', considered: 0, rescored: 0 })
  expect(mergeReports('i8', [])).toEqual({ method: 'stored', considered: 0, rescored: 0 })
})
