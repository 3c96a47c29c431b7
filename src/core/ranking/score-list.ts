// A list of documents through a small window of the kernel's memory: written, scored, overwritten by the next.
// The window stays in the second-level cache, so what was just written is scored from there.

import type { Kernel } from '../../kernel/kernel.js'
import { ENTRY } from '../memory/document-table.js'
import { BLOCK } from '../memory/load-query.js'
import { writeDocument } from '../memory/write-document.js'
import type { Metric } from '../metric.js'
import { type MultiVector, type Shape, shapeOf } from '../multivector.js'
import type { LoadedQueries } from './score-blocks.js'

/** What is staged at a time, unless a single document is larger. */
const WINDOW_BYTES = 256 * 1024

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
export function blocksOf(shapes: readonly Shape[], dim: number): Block[] {
  const total = shapes.reduce((sum, { rows }) => sum + rows, 0)
  const longest = shapes.reduce((most, { rows }) => Math.max(most, rows), 0)
  const windowRows = Math.max(longest, Math.min(total, Math.floor(WINDOW_BYTES / (4 * dim))))
  const blocks: Block[] = []
  for (let first = 0; first < shapes.length; ) {
    let count = 0
    let rows = 0
    while (count < BLOCK && first + count < shapes.length) {
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

/**
 * Scores `documents`, whose names in errors `place` gives, and calls `done` for each block that is finished: its
 * scores are where `loaded.scoresOf` says. `only`: for this query alone. `known`: the blocks, if they were made elsewhere.
 */
export function scoreList(
  kernel: Kernel,
  loaded: LoadedQueries,
  metric: Metric,
  documents: readonly MultiVector[],
  place: (index: number) => string,
  done: (first: number, count: number) => void,
  only?: number,
  known?: readonly Block[],
): void {
  const shapes = documents.map((document, index) => shapeOf(document, place(index), loaded.dim))
  const blocks = known ?? blocksOf(shapes, loaded.dim)
  const rowBytes = 4 * loaded.dim
  const window = kernel.memory.allocate(blocks.reduce((most, { rows }) => Math.max(most, rows), 0) * rowBytes)
  const table = new Uint32Array(ENTRY * Math.min(BLOCK, documents.length))
  try {
    for (const { first, count } of blocks) {
      let address = window
      let largest = 0
      for (let i = 0; i < count; i++) {
        const index = first + i
        const shape = shapes[index]!
        const most = writeDocument(kernel, metric, documents[index]!, shape, place(index), address)
        largest = Math.max(largest, most)
        table[ENTRY * i] = address
        table[ENTRY * i + 1] = shape.rows
        address += shape.rows * rowBytes
      }
      loaded.score('f32', table.subarray(0, ENTRY * count), largest, i => `"${place(first + i)}"`, only)
      done(first, count)
    }
  } finally {
    kernel.memory.free(window)
  }
}
