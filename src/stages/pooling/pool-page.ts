// Pools the patches of a page: one row for each row and one for each column of the grid that an image model (ColPali,
// ColQwen) puts over a page, as in Qdrant's tutorial on PDF retrieval at scale.
//
//   page       prefix | patch (0,0) (0,1) … (0,columns-1) (1,0) … | suffix
//   byRows     prefix | the mean of the patches in each grid row    | suffix
//   byColumns  prefix | the mean of the patches in each grid column | suffix

//
// The layout of an encoded image says where its patches are. Tiles are put together first: a grid row crosses all tiles beside
// one another. The patches of the whole image, which are larger, are kept like the rows of text.

import { checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import { isPageLayout, type PageLayout } from '../../collection/page-layout.js'
import { copyRows, type FlatMultiVector, type FlatRows, type MultiVector } from '../../core/multivector.js'

/** The grid of patches that an image model puts over a page. Take it from the model's processor. */
export interface PageGrid {
  /** Rows of the grid, from 1 to 65,536. Default: 32, as for ColPali. For ColQwen it depends on the page. */
  readonly rows?: number | undefined
  /** Patches in each grid row, from 1 to 65,536. Default: 32. */
  readonly columns?: number | undefined
  /** Rows of the multi-vector before the first patch, kept unchanged, up to 65,536. Default: 0, as for ColPali. */
  readonly prefix?: number | undefined
}

/** A page pooled twice. Each multi-vector has its own array, and all rows before and after the patches. */
export interface PooledPage {
  /** One row for each row of the grid. */
  readonly byRows: FlatMultiVector
  /** One row for each column of the grid. */
  readonly byColumns: FlatMultiVector
}

/** The names of the options of `poolPage`. */
export const GRID_NAMES: readonly (keyof PageGrid)[] = ['rows', 'columns', 'prefix']

/**
 * Fills in the defaults of a grid.
 *
 * @throws TypeError or RangeError that names the value
 */
export function parseGrid(grid: PageGrid): Required<Readonly<Record<keyof PageGrid, number>>> {
  return {
    rows: wholeNumber(grid.rows ?? 32, 'rows', 1, 65_536),
    columns: wholeNumber(grid.columns ?? 32, 'columns', 1, 65_536),
    prefix: wholeNumber(grid.prefix ?? 0, 'prefix', 0, 65_536),
  }
}

/**
 * Pools the patches of a page by grid row and by grid column: ColPali's 1,030 rows become 38 and 38.
 *
 * The grid of an image that `createEncoder` has encoded is taken from its `layout`, unless `grid` has a value. Rows before
 * the patches (`prefix`) and after them are kept. The page is not modified.
 *
 * @throws TypeError or RangeError if `page` is not a multi-vector, has fewer rows than the grid, or an option is
 * invalid
 *
 * @example
 * import { poolPage } from 'maxsimd/pooling'
 *
 * // ColPali: 32 x 32 patches, then 6 tokens of text
 * const page = { data: new Float32Array(1030 * 128).fill(0.1), dim: 128 }
 * const { byRows, byColumns } = poolPage(page)
 * byRows.data.length / byRows.dim // 38
 * byColumns.data.length / byColumns.dim // 38
 */
export function poolPage(page: MultiVector, grid: PageGrid = {}): PooledPage {
  checkKnownOptions(grid, GRID_NAMES, 'poolPage', 'grid')
  const flat = copyRows(page, 'page')
  const { layout } = page as { readonly layout?: unknown }
  if (!hasGrid(grid) && isPageLayout(layout, flat.rows)) return poolLayout(flat, layout)
  const { rows, columns, prefix } = parseGrid(grid)
  const end = prefix + rows * columns
  if (flat.rows < end) {
    throw new RangeError(
      `"page" expected at least ${end} rows (${prefix} before ${rows} x ${columns} patches), got ${flat.rows}; ` +
        "take the grid from the model's processor",
    )
  }
  const patchOf = (row: number) => (row < prefix || row >= end ? -1 : row - prefix)
  const byRow = (patch: number) => (patch < 0 ? -1 : Math.floor(patch / columns))
  const byColumn = (patch: number) => (patch < 0 ? -1 : patch % columns)
  return {
    byRows: averageRows(flat, rows, columns, row => byRow(patchOf(row))),
    byColumns: averageRows(flat, columns, rows, row => byColumn(patchOf(row))),
  }
}

/** Whether a grid has a value. */
export const hasGrid = ({ rows, columns, prefix }: PageGrid): boolean =>
  rows !== undefined || columns !== undefined || prefix !== undefined

function poolLayout(flat: FlatRows, { tiles, side, starts }: PageLayout): PooledPage {
  const isCut = starts.length > 1
  const lines = isCut ? tiles.rows * side : side
  const columns = isCut ? tiles.columns * side : side
  const across = isCut ? tiles.columns : 1
  const pooled = isCut ? starts.slice(0, -1) : starts
  const lineOf = new Int32Array(flat.rows).fill(-1)
  const columnOf = new Int32Array(flat.rows).fill(-1)
  for (const [tile, start] of pooled.entries()) {
    for (let patch = 0; patch < side * side; patch++) {
      lineOf[start + patch] = Math.floor(tile / across) * side + Math.floor(patch / side)
      columnOf[start + patch] = (tile % across) * side + (patch % side)
    }
  }
  return {
    byRows: averageRows(flat, lines, columns, row => lineOf[row]!),
    byColumns: averageRows(flat, columns, lines, row => columnOf[row]!),
  }
}

/**
 * Replaces rows by the means of `groups` groups of `groupSize` rows each, where the first of them was. `groupOf` returns the
 * group of a row, or -1 for a row that is kept.
 */
function averageRows(
  { data, dim, rows }: FlatRows,
  groups: number,
  groupSize: number,
  groupOf: (row: number) => number,
): FlatMultiVector {
  const means = new Float64Array(groups * dim)
  const pooled = new Float32Array((rows - groups * (groupSize - 1)) * dim)
  let [next, first] = [0, -1]
  for (let row = 0; row < rows; row++) {
    const group = groupOf(row)
    const from = row * dim
    if (group < 0) {
      pooled.set(data.subarray(from, from + dim), next * dim)
      next++
      continue
    }
    if (first < 0) {
      first = next
      next += groups
    }
    const to = group * dim
    for (let k = 0; k < dim; k++) means[to + k]! += data[from + k]! / groupSize
  }
  pooled.set(means, first * dim)
  return { data: pooled, dim }
}
