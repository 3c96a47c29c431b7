// Pools the patches of a page: one row for each row and one for each column of the grid that an image model (ColPali,
// ColQwen) puts over a page, as in Qdrant's tutorial on PDF retrieval at scale.
//
//   page       prefix | patch (0,0) (0,1) … (0,columns-1) (1,0) … | suffix
//   byRows     prefix | the mean of the patches in each grid row    | suffix
//   byColumns  prefix | the mean of the patches in each grid column | suffix

import { checkKnownOptions, wholeNumber } from '../../base/check-options.js'
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
 * Rows before the patches (`prefix`) and after them are kept. The page is not modified.
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
  const { rows, columns, prefix } = parseGrid(grid)
  const flat = copyRows(page, 'page')
  const end = prefix + rows * columns
  if (flat.rows < end) {
    throw new RangeError(
      `"page" expected at least ${end} rows (${prefix} before ${rows} x ${columns} patches), got ${flat.rows}; ` +
        "take the grid from the model's processor",
    )
  }
  const patches = { start: prefix, end }
  return {
    byRows: averagePatches(flat, patches, rows, patch => Math.floor(patch / columns)),
    byColumns: averagePatches(flat, patches, columns, patch => patch % columns),
  }
}

/** Replaces the patches, which are the rows from `start` to `end`, by `groups` means of equally many patches. */
function averagePatches(
  { data, dim, rows }: FlatRows,
  { start, end }: { readonly start: number; readonly end: number },
  groups: number,
  groupOf: (patch: number) => number,
): FlatMultiVector {
  const patchCount = end - start
  const groupSize = patchCount / groups
  const means = new Float64Array(groups * dim)
  for (let patch = 0; patch < patchCount; patch++) {
    const to = groupOf(patch) * dim
    for (let k = 0, from = (start + patch) * dim; k < dim; k++) means[to + k]! += data[from + k]! / groupSize
  }
  const pooled = new Float32Array((start + groups + rows - end) * dim)
  pooled.set(data.subarray(0, start * dim))
  pooled.set(means, start * dim)
  pooled.set(data.subarray(end * dim), (start + groups) * dim)
  return { data: pooled, dim }
}
