// How well each patch of a page matches a query: for each row of the query, its similarity to each patch.
//
// All values are scaled together from the smallest to the largest, because a map of a single token would stretch its
// noise. Of several tokens the largest value counts, as their mean hides what a single token matched.

import { checkKnownOptions, wholeNumber } from '../../base/check-options.js'
import { isPageLayout, type PageLayout, type PagePatch, patchAt } from '../../collection/page-layout.js'
import { copyRows, type MultiVector } from '../../core/multivector.js'

/** The heat of a patch. */
export interface PatchHeat {
  readonly patch: PagePatch
  /** From 0, the least similar patch, to 1. */
  readonly heat: number
  /** Index of the query row that is most similar to the patch. */
  readonly queryRow: number
}

/** The options of `patchHeat`. */
export interface PatchHeatOptions {
  /** The query rows that count, for example those of a single word. Default: all. */
  readonly queryRows?: readonly number[] | undefined
}

/**
 * Computes how well each patch of a page matches a query. The similarity of two rows is their dot product. Rows of text
 * tokens have no place on the page and are left out.
 *
 * @param page the rows of the page, as the encoder returned them
 * @returns one value for each patch, in the order of the rows
 * @throws TypeError or RangeError if an argument is invalid, or `layout` is of another page
 *
 * @example
 * import { patchHeat } from 'maxsimd/pages'
 *
 * // a page of 2 x 2 patches
 * const layout = { width: 200, height: 100, rows: 4, tiles: { rows: 0, columns: 0 }, side: 2, starts: [0] }
 * const page = [[1, 0], [0, 1], [1, 0], [1, 0]]
 * const [best] = patchHeat([[0, 1]], page, layout).sort((a, b) => b.heat - a.heat)
 * best.patch.rectangle // { x: 100, y: 0, width: 100, height: 50 }
 */
export function patchHeat(
  query: MultiVector,
  page: MultiVector,
  layout: PageLayout,
  options: PatchHeatOptions = {},
): PatchHeat[] {
  checkKnownOptions(options, ['queryRows'], 'patchHeat')
  const queries = copyRows(query, 'query')
  const { data, dim, rows } = copyRows(page, 'page', queries.dim)
  if (!isPageLayout(layout, rows)) {
    throw new RangeError(
      `"layout" expected the layout of a page of ${rows} rows; pass that of the encoded image`,
    )
  }
  const chosen = options.queryRows ?? Array.from({ length: queries.rows }, (_, row) => row)
  if (chosen.length === 0) throw new RangeError('"queryRows" expected at least 1 row of the query, got 0')
  for (const row of chosen) wholeNumber(row, 'queryRows', 0, queries.rows - 1)
  const found: { patch: PagePatch; value: number; queryRow: number }[] = []
  for (let row = 0; row < rows; row++) {
    const patch = patchAt(layout, row)
    if (!patch) continue
    let best = { value: Number.NEGATIVE_INFINITY, queryRow: -1 }
    for (const queryRow of chosen) {
      let value = 0
      for (let k = 0; k < dim; k++) value += queries.data[queryRow * dim + k]! * data[row * dim + k]!
      if (value > best.value) best = { value, queryRow }
    }
    found.push({ patch, ...best })
  }
  let [least, most] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  for (const { value } of found) {
    least = Math.min(least, value)
    most = Math.max(most, value)
  }
  const range = most > least ? most - least : 1
  return found.map(({ patch, value, queryRow }) => ({ patch, heat: (value - least) / range, queryRow }))
}
