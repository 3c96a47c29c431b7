// Scores documents block by block. After each block, its scores are in the kernel's memory until the next block.

import { MAX_BLOCK_DOCUMENTS } from '../memory/blocks.js'
import type { ScorableDocuments } from '../memory/document-table.js'
import type { LoadedQueries } from './loaded-queries.js'
import { beyondF32, scoreBlock, scoreInIntegers } from './score-block.js'

/** Which documents are scored, and how. */
export interface ScoreRequest {
  /** Sorted indices. Default: all documents. */
  readonly subset?: Uint32Array | undefined
  /** Whether to screen: scores in integers that are only good for bounds. The queries must be fixable. */
  readonly isScreen?: boolean
}

/**
 * Scores documents and calls `onBlock` after each block of `count`. `first` is the position of the block's first document
 * in `subset`, or its index without one.
 *
 * @throws RangeError if a score is beyond f32
 */
export function scoreDocuments(
  queries: LoadedQueries,
  documents: ScorableDocuments,
  { subset, isScreen = false }: ScoreRequest,
  onBlock: (first: number, count: number) => void,
): void {
  const { dtype, length, largest } = documents
  const total = subset?.length ?? length
  for (let first = 0; first < total; first += MAX_BLOCK_DOCUMENTS) {
    const count = Math.min(MAX_BLOCK_DOCUMENTS, total - first)
    const entries = documents.entries(first, count, subset)
    if (isScreen) scoreInIntegers(queries, dtype, entries)
    else {
      const beyond = scoreBlock(queries, dtype, entries, largest)
      if (beyond >= 0) throw beyondF32(documents.nameOf(subset?.[first + beyond] ?? first + beyond))
    }
    onBlock(first, count)
  }
}
