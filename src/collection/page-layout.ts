// Where the rows of a page are on its image. An image model returns a row for each patch, between rows of text tokens:
//
//   ColPali          patches of the whole image, 32 x 32 | text
//   ColModernVBERT   text, patches of tile (0,0), text, patches of tile (0,1), …, text, patches of the whole image, text
//
// The image is stretched to the grid, never padded, so a fraction of the grid is the same fraction of the image.

import type { RowPatch } from './row-match.js'

/** Where the rows of a page's multi-vector are on its image. It is plain JSON, to be stored in the payload of a point. */
export interface PageLayout {
  /** Width of the image in pixels. */
  readonly width: number
  /** Height of the image in pixels. */
  readonly height: number
  /** Number of rows of the multi-vector, rows of text tokens included. */
  readonly rows: number
  /** The grid of tiles into which the image was cut. 0 x 0: it was not cut. */
  readonly tiles: { readonly rows: number; readonly columns: number }
  /** Patches in each line of a tile, and lines of patches in it. */
  readonly side: number
  /** Index of the first patch row of each tile: those of the grid in reading order, then that of the whole image. */
  readonly starts: readonly number[]
}

/** The patch of a row, with all of its members. */
export type PagePatch = { readonly [Name in keyof RowPatch]-?: NonNullable<RowPatch[Name]> }

/**
 * Returns the patch of a row: its tile, its line and column there, and its rectangle in pixels of the image. Returns
 * undefined for the row of a text token. The tile of the whole image is the last one, `starts.length - 1`.
 *
 * @example
 * import { patchAt } from 'maxsimd/encode'
 *
 * // ColPali: 32 x 32 patches, then 6 tokens of text
 * const layout = { width: 640, height: 320, rows: 1030, tiles: { rows: 0, columns: 0 }, side: 32, starts: [0] }
 * patchAt(layout, 33) // { tile: 0, line: 1, column: 1, rectangle: { x: 20, y: 10, width: 20, height: 10 } }
 * patchAt(layout, 1024) // undefined
 */
export function patchAt(layout: PageLayout, row: number): PagePatch | undefined {
  const { side, starts } = layout
  const tile = starts.findLastIndex(start => start <= row)
  const index = row - (starts[tile] ?? 0)
  if (tile < 0 || index >= side * side) return undefined
  const line = Math.floor(index / side)
  const column = index % side
  return { tile, line, column, rectangle: rectangleOf(layout, tile, line, column) }
}

function rectangleOf(
  { width, height, side, tiles, starts }: PageLayout,
  tile: number,
  line: number,
  column: number,
) {
  const isWhole = tile === starts.length - 1
  const lines = isWhole ? side : side * tiles.rows
  const columns = isWhole ? side : side * tiles.columns
  const y = isWhole ? line : Math.floor(tile / tiles.columns) * side + line
  const x = isWhole ? column : (tile % tiles.columns) * side + column
  return {
    x: (x * width) / columns,
    y: (y * height) / lines,
    width: width / columns,
    height: height / lines,
  }
}

/** Whether a value, for example of a payload, is a layout for a number of rows. */
export function isPageLayout(value: unknown, rows: number): value is PageLayout {
  if (typeof value !== 'object' || value === null) return false
  const layout = value as Partial<PageLayout>
  const { tiles, side, starts } = layout
  if (layout.rows !== rows || !isCount(side) || side < 1 || !isCount(tiles?.rows) || !isCount(tiles.columns))
    return false
  if (![layout.width, layout.height].every(size => typeof size === 'number' && size > 0)) return false
  if (!Array.isArray(starts) || starts.length !== tiles.rows * tiles.columns + 1) return false
  // the patches of the tiles follow one another
  return starts.every((start, tile) => isCount(start) && start + side * side <= (starts[tile + 1] ?? rows))
}

const isCount = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0
