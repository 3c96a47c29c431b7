// How documents are split into blocks. A block is scored in one kernel call and has one table and one arithmetic.

import type { Shape } from '../multivector.js'

/** The maximum number of documents in a block. Their table and scores stay in the first-level cache. */
export const MAX_BLOCK_DOCUMENTS = 1024

/** The size of a block of a list in bytes of f32. It is larger if a single document is larger. */
const BLOCK_BYTES = 256 * 1024

/** Consecutive documents of a list that are scored together: `count` from `first` on, with `rows` rows in total. */
export interface Block {
  readonly first: number
  readonly count: number
  readonly rows: number
}

/**
 * Splits a list into blocks, in order. The arithmetic that scores a document depends on the largest value in its block, so
 * the same blocks must be used wherever scores must have the same bits.
 */
export function splitIntoBlocks(shapes: readonly Shape[], dim: number): Block[] {
  const maxRows = shapes.reduce((max, { rows }) => Math.max(max, rows), Math.floor(BLOCK_BYTES / (4 * dim)))
  const blocks: Block[] = []
  for (let first = 0; first < shapes.length; ) {
    let [rows, count] = [0, 0]
    while (count < MAX_BLOCK_DOCUMENTS && first + count < shapes.length) {
      const next = rows + shapes[first + count]!.rows
      if (next > maxRows) break
      rows = next
      count++
    }
    blocks.push({ first, count, rows })
    first += count
  }
  return blocks
}
