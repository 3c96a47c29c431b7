// A page's patches to one row for each line and one for each column of the grid that an image model (ColPali, ColQwen)
// lays over it, as Qdrant's tutorial on PDF retrieval at scale does.
//
//   prefix | patch (0,0) (0,1) … (0,columns-1) (1,0) … | suffix       patches lie line after line
//   byRows:    prefix | the mean of each line's patches   | suffix
//   byColumns: prefix | the mean of each column's patches | suffix

import { wholeNumber } from '../../base/check-options.js'
import { copyRows, type FlatMultiVector, type MultiVector } from '../../core/multivector.js'
import { checkOptions } from '../../core/options.js'

export interface PageGrid {
  /** Lines of the grid. ColPali: 32, which is what is left out; ColQwen: what its processor says for the page. */
  readonly rows?: number | undefined
  /** Patches in a line. Left out: 32. */
  readonly columns?: number | undefined
  /** Rows before the patches, kept as they are: 0 for ColPali, if left out. What follows the patches is kept too. */
  readonly prefix?: number | undefined
}

/** A page twice, each time with one row for many; each in an array of its own. */
export interface PooledPage {
  readonly byRows: FlatMultiVector
  readonly byColumns: FlatMultiVector
}

/** The grid with what stands in for what was left out, or an error that names it. */
export function parseGrid(grid: PageGrid) {
  checkOptions(grid)
  return {
    rows: wholeNumber(grid.rows ?? 32, 'rows', 1, 65_536),
    columns: wholeNumber(grid.columns ?? 32, 'columns', 1, 65_536),
    prefix: wholeNumber(grid.prefix ?? 0, 'prefix', 0, 65_536),
  }
}

/**
 * Pools a page's patches by line and by column: ColPali's 1,030 rows become 38 and 38.
 *
 * @throws RangeError where the page has fewer rows than the grid
 * @example
 * const { byRows, byColumns } = poolPage(page) // ColPali: 1,024 patches, then 6 tokens of text
 */
export function poolPage(page: MultiVector, grid: PageGrid = {}): PooledPage {
  const { rows, columns, prefix } = parseGrid(grid)
  const { data, dim, rows: count } = copyRows(page, 'page')
  const end = prefix + rows * columns
  if (count < end) {
    throw new RangeError(
      `"page" expected at least ${end} rows (${prefix} before ${rows} x ${columns} patches), got ${count}; ` +
        "take the grid from the model's processor",
    )
  }

  /** `groups` means of `size` patches each. */
  function pooled(groups: number, size: number, groupOf: (patch: number) => number): FlatMultiVector {
    const sums = new Float64Array(groups * dim)
    for (let patch = 0; patch < rows * columns; patch++) {
      const to = groupOf(patch) * dim
      for (let k = 0, from = (prefix + patch) * dim; k < dim; k++) sums[to + k]! += data[from + k]! / size
    }
    const all = new Float32Array((prefix + groups + count - end) * dim)
    all.set(data.subarray(0, prefix * dim))
    all.set(sums, prefix * dim)
    all.set(data.subarray(end * dim), (prefix + groups) * dim)
    return { data: all, dim }
  }

  return {
    byRows: pooled(rows, columns, patch => Math.floor(patch / columns)),
    byColumns: pooled(columns, rows, patch => patch % columns),
  }
}
