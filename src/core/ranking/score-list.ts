// A list of documents through a small window of the kernel's memory: written, scored, overwritten by the next.
// The window stays in the second-level cache, so what was just written is scored from there.

import type { Kernel } from '../../kernel/kernel.js'
import { type Block, MAX_BLOCK_DOCUMENTS, splitIntoBlocks } from '../memory/blocks.js'
import { ENTRY_WORDS } from '../memory/document-table.js'
import { writeDocument } from '../memory/write-document.js'
import type { Metric } from '../metric.js'
import { type MultiVector, shapeOf } from '../multivector.js'
import type { LoadedQueries } from './score-blocks.js'

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
  const blocks = known ?? splitIntoBlocks(shapes, loaded.dim)
  const rowBytes = 4 * loaded.dim
  const window = kernel.memory.allocate(blocks.reduce((most, { rows }) => Math.max(most, rows), 0) * rowBytes)
  const table = new Uint32Array(ENTRY_WORDS * Math.min(MAX_BLOCK_DOCUMENTS, documents.length))
  try {
    for (const { first, count } of blocks) {
      let address = window
      let largest = 0
      for (let i = 0; i < count; i++) {
        const index = first + i
        const shape = shapes[index]!
        const most = writeDocument(kernel, metric, documents[index]!, shape, place(index), address)
        largest = Math.max(largest, most)
        table[ENTRY_WORDS * i] = address
        table[ENTRY_WORDS * i + 1] = shape.rows
        address += shape.rows * rowBytes
      }
      loaded.score('f32', table.subarray(0, ENTRY_WORDS * count), largest, i => `"${place(first + i)}"`, only)
      done(first, count)
    }
  } finally {
    kernel.memory.free(window)
  }
}
