// Pooling of pages by their layout: the grid of the whole page, whatever its tiles and the rows of text between them are.

import { expect, it } from 'vitest'
import { isPageLayout, type PageLayout, patchAt } from '../../src/collection/page-layout.js'
import { pageFirst } from '../../src/stages/index.js'
import { poolPage } from '../../src/stages/pooling/index.js'
import { random, randomRows } from '../support/random.js'

const next = random(63)

/** A page of R x C tiles with side x side patches, a row of text before each tile, and the tile of the whole page. */
function layoutOf(rows: number, columns: number, side: number): PageLayout {
  const count = rows * columns + 1
  const starts = Array.from({ length: count }, (_, tile) => 1 + tile * (side * side + 1))
  return {
    width: 120,
    height: 80,
    rows: starts.at(-1)! + side * side + 2,
    tiles: { rows, columns },
    side,
    starts,
  }
}

it.each([
  [3, 2, 4],
  [1, 3, 2],
  [4, 4, 8],
  [0, 0, 5],
])('a page of %i x %i tiles is pooled by the lines and columns of its grid', (rows, columns, side) => {
  const layout = layoutOf(rows, columns, side)
  const { data, dim } = randomRows(next, layout.rows, 8, 1)
  const { byRows, byColumns } = poolPage({ data, dim, layout } as { data: Float32Array; dim: number })
  const isPooled = (row: number) => {
    const patch = patchAt(layout, row)
    return patch && (rows === 0 || patch.tile < rows * columns) ? patch.rectangle : undefined
  }
  for (const [pooled, axis, groups] of [
    [byRows, 'y', rows === 0 ? side : rows * side],
    [byColumns, 'x', rows === 0 ? side : columns * side],
  ] as const) {
    // by the rectangles of patches, which know nothing of tiles
    const sums = new Map<number, number[]>()
    const kept: number[][] = []
    for (let row = 0; row < layout.rows; row++) {
      const values = [...data.subarray(row * dim, (row + 1) * dim)]
      const place = isPooled(row)
      if (!place) {
        kept.push(values)
        continue
      }
      const key = Math.round(place[axis] * 1000)
      const sum = sums.get(key) ?? Array(dim).fill(0)
      sums.set(
        key,
        sum.map((value, k) => value + values[k]!),
      )
    }
    const patches = layout.rows - kept.length
    const means = [...sums]
      .sort(([a], [b]) => a - b)
      .map(([, sum]) => sum.map(value => value / (patches / groups)))
    const expected = [kept[0]!, ...means, ...kept.slice(1)].flat()
    expect(means.length).toBe(groups)
    expect(pooled.data.length).toBe(expected.length)
    for (const [i, value] of pooled.data.entries()) expect(value).toBeCloseTo(expected[i]!, 5)
  }
})

it('pageFirst takes the grid from the layout, and from its options if they are given', () => {
  const layout = layoutOf(0, 0, 4)
  const rows = randomRows(next, layout.rows, 4, 1)
  const page = { ...rows, layout } as { data: Float32Array; dim: number }
  const { byRows, byColumns } = poolPage(page)
  expect(pageFirst({ size: 4 }).document(page)).toEqual({ full: rows, lines: byRows, columns: byColumns })
  const grid = { rows: 2, columns: 8, prefix: 1 }
  expect(pageFirst({ size: 4, ...grid }).document(page).lines).toEqual(poolPage(rows, grid).byRows)
  expect(() => pageFirst({ size: 4 }).document(rows)).toThrow('"page" expected at least 1024 rows')
})

it('a layout that does not fit is not used', () => {
  const layout = layoutOf(2, 2, 2)
  expect(isPageLayout(layout, layout.rows)).toBe(true)
  const wrong = [
    { ...layout, rows: 3 },
    { ...layout, side: 0 },
    { ...layout, width: 0 },
    { ...layout, starts: layout.starts.slice(1) },
    { ...layout, starts: layout.starts.toReversed() },
    // the patches of the last tile, or of the first, exceed the rows that they may have
    { ...layout, starts: layout.starts.with(-1, layout.rows - layout.side ** 2 + 1) },
    { ...layout, starts: layout.starts.with(0, layout.starts[1]! - layout.side ** 2 + 1) },
    { ...layout, tiles: { rows: 2, columns: 1 } },
    { ...layout, tiles: undefined },
    null,
    'layout',
  ]
  for (const value of wrong) expect(isPageLayout(value, layout.rows), JSON.stringify(value)).toBe(false)
})
