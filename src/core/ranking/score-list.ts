// Scores a list of documents that is not kept. Each block of documents is written to one buffer in the kernel's memory,
// scored, and overwritten by the next. The buffer stays in the second-level cache, so documents are scored from there.

import { type Block, MAX_BLOCK_DOCUMENTS, splitIntoBlocks } from '../memory/blocks.js'
import { ENTRY_WORDS } from '../memory/directory-entry.js'
import { writeDocument } from '../memory/write-document.js'
import { type MultiVector, shapeOf } from '../multivector.js'
import { type LoadedQueries, scoresAddress } from './loaded-queries.js'
import { beyondF32, scoreBlock } from './score-block.js'
import { type ScoredDocument, selectTopK } from './top-k.js'

/** A list of documents. */
export interface DocumentList {
  readonly documents: readonly MultiVector[]
  /** The name of a document in error messages. */
  readonly pathOf: (index: number) => string
  /** How the list is split into blocks. Default: `splitIntoBlocks`. */
  readonly blocks?: readonly Block[] | undefined
  /** Documents with values up to this are scored as in a corpus of it, with the same arithmetic. Default: 0. */
  readonly largest?: number | undefined
}

/**
 * Ranks a list of documents for the first of the queries. `limit` is at most the number of documents.
 *
 * @throws TypeError or RangeError that names the document at fault
 */
export function rankDocuments(queries: LoadedQueries, list: DocumentList, limit: number): ScoredDocument[] {
  const [ranking = []] = selectTopK(queries, limit, offer => {
    scoreList(queries, list, (first, count) => offer(0, scoresAddress(queries, 0, count), count, first))
  })
  return ranking
}

/**
 * Scores a list of documents and calls `onBlock` after each block, whose first document has the index `first`. Its scores
 * are in the kernel's memory until the next block.
 *
 * @throws TypeError or RangeError that names the document at fault
 */
export function scoreList(
  queries: LoadedQueries,
  { documents, pathOf, blocks, largest: least = 0 }: DocumentList,
  onBlock: (first: number, count: number) => void,
): void {
  const { kernel, dim } = queries
  const shapes = Array.from(documents, (document, index) => shapeOf(document, pathOf(index), dim))
  const split = blocks ?? splitIntoBlocks(shapes, dim)
  const buffer = kernel.memory.allocate(4 * dim * split.reduce((max, { rows }) => Math.max(max, rows), 0))
  const entries = new Uint32Array(ENTRY_WORDS * Math.min(MAX_BLOCK_DOCUMENTS, documents.length))
  try {
    for (const { first, count } of split) {
      let address = buffer
      let largest = least
      for (let i = 0; i < count; i++) {
        const index = first + i
        const { rows } = shapes[index]!
        const path = pathOf(index)
        largest = Math.max(largest, writeDocument(queries, documents[index]!, rows, path, address))
        entries[ENTRY_WORDS * i] = address
        entries[ENTRY_WORDS * i + 1] = rows
        address += 4 * rows * dim
      }
      const beyond = scoreBlock(queries, 'f32', entries.subarray(0, ENTRY_WORDS * count), largest)
      if (beyond >= 0) throw beyondF32(`"${pathOf(first + beyond)}"`)
      onBlock(first, count)
    }
  } finally {
    kernel.memory.free(buffer)
  }
}
