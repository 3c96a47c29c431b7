// Documents of one dtype in the kernel's memory, and their directory. The rows are packed in blocks that grow at the end.

import type { Kernel } from '../../kernel/kernel.js'
import { DTYPES, type Dtype } from '../dtype.js'
import { ENTRY_WORDS, type StorageFormat, selectEntries, storeRows } from './directory-entry.js'
import { createGrowableBlock } from './growable-block.js'

/** State that the tables of a corpus share, and the shards of a corpus that is spread over several kernels. */
export interface CorpusContext {
  /** At least the largest absolute value in any document before it was stored. The arithmetic depends on it. */
  largest: number
  /** The name of a document in error messages. */
  nameOf(index: number): string
}

export const createCorpusContext = (): CorpusContext => ({ largest: 0, nameOf: index => `document ${index}` })

/** Documents that can be scored, wherever their directory is kept. */
export interface ScorableDocuments {
  readonly dtype: Dtype
  /** The number of documents. */
  readonly length: number
  /** At least the largest absolute value in any document before it was stored. */
  readonly largest: number
  /** The name of a document in error messages. */
  nameOf(index: number): string
  /** The entries of `count` documents from `first` on, or of those that `subset` selects at these positions. */
  entries(first: number, count: number, subset?: Uint32Array): Uint32Array
}

export interface DocumentTable extends ScorableDocuments {
  /** The number of rows of all documents. */
  readonly rows: number
  /** The size of the rows and the directory in bytes. */
  readonly byteLength: number
  /**
   * Adds a document. `write` writes its rows as f32 to an address and returns the largest absolute value in them. `then`
   * is called while these f32 rows are in memory. If one of them throws, or if there is no room, nothing changes.
   */
  append(
    rows: number,
    write: (address: number) => number,
    then?: (address: number, largest: number) => void,
  ): void
  /** Frees the memory. */
  dispose(): void
}

/** Creates an empty table. `isMeasured`: whether f32 rows get score bounds, see `StorageFormat`. */
export function createDocumentTable(
  kernel: Kernel,
  dim: number,
  dtype: Dtype,
  isMeasured: boolean,
  context: CorpusContext,
): DocumentTable {
  const { memory } = kernel
  const format: StorageFormat = { kernel, dim, dtype, isMeasured }
  const blocks = createGrowableBlock(memory)
  let directory = new Uint32Array(4 * ENTRY_WORDS)
  let length = 0
  let totalRows = 0

  /** The offset of the next entry in the directory, which grows by an eighth if it is full. */
  function nextOffset(): number {
    const offset = ENTRY_WORDS * length
    if (offset === directory.length) {
      const longer = new Uint32Array(ENTRY_WORDS * (length + Math.ceil(length / 8)))
      longer.set(directory)
      directory = longer
    }
    return offset
  }

  return {
    dtype,
    get length() {
      return length
    },
    get rows() {
      return totalRows
    },
    get largest() {
      return context.largest
    },
    get byteLength() {
      return blocks.byteLength + directory.byteLength
    },
    nameOf: context.nameOf,
    append(rows, write, then) {
      const staging = dtype === 'f32' ? 0 : memory.allocate(4 * rows * dim)
      try {
        blocks.append(rows * DTYPES[dtype].rowBytes(dim), target => {
          const source = staging || target
          const largest = write(source)
          const offset = nextOffset()
          storeRows(format, { source, target, rows, largest }, directory, offset)
          then?.(source, largest)
          length++
          totalRows += rows
          context.largest = Math.max(context.largest, largest)
        })
      } finally {
        if (staging) memory.free(staging)
      }
    },
    entries: (first, count, subset) => selectEntries(directory, first, count, { subset }),
    dispose() {
      blocks.dispose()
      directory = new Uint32Array(0)
      length = totalRows = 0
    },
  }
}
