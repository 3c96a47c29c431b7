// A list of documents through a small window of the kernel's memory: written, scored, overwritten by the next.
// The window stays in the second-level cache, so what was just written is scored from there.

import { writeDocument } from './document.js'
import { ENTRY } from './documents.js'
import type { Kernel } from './kernel/kernel.js'
import type { Metric } from './metric.js'
import { type MultiVector, shapeOf } from './multivector.js'
import { BLOCK, type LoadedQueries } from './query.js'

/** What is staged at a time, unless a single document is larger. */
const WINDOW_BYTES = 256 * 1024

/**
 * Scores `documents`, whose names in errors `place` gives, and calls `done` for each block that is finished: its
 * scores are where `loaded.scoresOf` says. `only`: for this query alone.
 */
export function scoreList(
  kernel: Kernel,
  loaded: LoadedQueries,
  metric: Metric,
  documents: readonly MultiVector[],
  place: (index: number) => string,
  done: (first: number, count: number) => void,
  only?: number,
): void {
  const shapes = documents.map((document, index) => shapeOf(document, place(index), loaded.dim))
  const total = shapes.reduce((sum, { rows }) => sum + rows, 0)
  const longest = shapes.reduce((most, { rows }) => Math.max(most, rows), 0)
  const rowBytes = 4 * loaded.dim
  const windowRows = Math.max(longest, Math.min(total, Math.floor(WINDOW_BYTES / rowBytes)))
  const window = kernel.memory.allocate(windowRows * rowBytes)
  const table = new Uint32Array(ENTRY * Math.min(BLOCK, documents.length))
  try {
    for (let first = 0; first < documents.length; ) {
      let count = 0
      let largest = 0
      for (let used = 0; count < BLOCK && first + count < documents.length; count++) {
        const index = first + count
        const shape = shapes[index]!
        if (used + shape.rows > windowRows) break
        const address = window + used * rowBytes
        largest = Math.max(
          largest,
          writeDocument(kernel, metric, documents[index]!, shape, place(index), address),
        )
        table[ENTRY * count] = address
        table[ENTRY * count + 1] = shape.rows
        used += shape.rows
      }
      loaded.score('f32', table.subarray(0, ENTRY * count), largest, i => `"${place(first + i)}"`, only)
      done(first, count)
      first += count
    }
  } finally {
    kernel.memory.free(window)
  }
}
