// The documents that can be in the top k, from the bounds of their scores in several parts.

import { expect, it } from 'vitest'
import { mergeCandidates } from '../../src/core/ranking/candidate-filter.js'

it('a document is a candidate if its upper bound reaches the limit-th largest lower bound of all parts, or is NaN', () => {
  const part = (positions: number[], uppers: number[], lowers: number[]) => ({
    positions: Uint32Array.from(positions),
    uppers: Float32Array.from(uppers),
    lowers: Float32Array.from(lowers),
  })
  const parts = [part([1, 11, 21], [5, 3, NaN], [4, 2]), part([0, 30], [2.5, 3], [2, 3])]
  // the lower bounds are 4, 3, 2, 2
  expect([...mergeCandidates(parts, 2)]).toEqual([1, 11, 21, 30])
  expect([...mergeCandidates(parts, 3)]).toEqual([0, 1, 11, 21, 30])
  expect([...mergeCandidates([part([1, 11], [1, NaN], [])], 2)]).toEqual([11])
})
