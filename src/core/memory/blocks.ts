// How documents are split into blocks. A block is scored in one kernel call and shares one table and one arithmetic.

import type { Shape } from '../multivector.js'

/** The most documents that are scored at a time: their table and scores stay in the first-level cache. */
export const MAX_BLOCK_DOCUMENTS = 1024

/** Calls `use` with the first and the count of each block of `total` documents. */
export function forEachBlock(total: number, use: (first: number, count: number) => void): void {
  for (let first = 0; first < total; first += MAX_BLOCK_DOCUMENTS)
    use(first, Math.min(MAX_BLOCK_DOCUMENTS, total - first))
}

/** What is staged at a time, unless a single document is larger. */
export const WINDOW_BYTES = 256 * 1024

/** Documents that are scored together: `count` of the list, from `first` on, with `rows` rows in all. */
export interface Block {
  readonly first: number
  readonly count: number
  readonly rows: number
}

/**
 * The blocks of a list, in order. Which arithmetic scores a document depends on the largest value in its block, so
 * the bits of a score rest on these.
 */
export function splitIntoBlocks(shapes: readonly Shape[], dim: number): Block[] {
  const total = shapes.reduce((sum, { rows }) => sum + rows, 0)
  const longest = shapes.reduce((most, { rows }) => Math.max(most, rows), 0)
  const windowRows = Math.max(longest, Math.min(total, Math.floor(WINDOW_BYTES / (4 * dim))))
  const blocks: Block[] = []
  for (let first = 0; first < shapes.length; ) {
    let count = 0
    let rows = 0
    while (count < MAX_BLOCK_DOCUMENTS && first + count < shapes.length) {
      const next = rows + shapes[first + count]!.rows
      if (next > windowRows) break
      rows = next
      count++
    }
    blocks.push({ first, count, rows })
    first += count
  }
  return blocks
}
