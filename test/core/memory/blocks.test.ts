// How lists are split into blocks: by their rows and their number, to the row.

import { expect, it } from 'vitest'
import { splitIntoBlocks } from '../../../src/core/memory/blocks.js'

const split = (rows: readonly number[], dim: number) =>
  splitIntoBlocks(
    rows.map(each => ({ rows: each, dim })),
    dim,
  ).map(({ first, count, rows: total }) => [first, count, total])

it('fills blocks of 256 KiB, or as large as the largest document, with at most 1,024 documents', () => {
  expect(split([], 8)).toEqual([])
  // 1,024 rows of 64 numbers
  expect(split([512, 512, 1, 1024], 64)).toEqual([
    [0, 2, 1024],
    [2, 1, 1],
    [3, 1, 1024],
  ])
  expect(split([100, 3000, 2900, 100], 64)).toEqual([
    [0, 1, 100],
    [1, 1, 3000],
    [2, 2, 3000],
  ])
  expect(split(Array(1025).fill(1), 1)).toEqual([
    [0, 1024, 1024],
    [1024, 1, 1],
  ])
})
