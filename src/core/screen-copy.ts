// The int8 copy of packed f32 documents. It finds the documents that can be among the best without their rows, as the
// screen `i8` of a corpus does.

import type { Kernel } from '../kernel/kernel.js'
import { DTYPES } from './dtype.js'
import { type StorageFormat, storeRows } from './memory/directory-entry.js'
import type { Metric } from './metric.js'
import type { MultiVector } from './multivector.js'
import { type PackedDocuments, scorable } from './packed-documents.js'
import { isFixable } from './ranking/arithmetic.js'
import { type Candidates, filterByBounds } from './ranking/candidate-filter.js'
import { coarseQueries, withQueries } from './ranking/loaded-queries.js'

/** Stored f32 rows of a document in the kernel's memory. */
export interface RowsToCopy {
  readonly address: number
  readonly rows: number
}

/** The format of the copies of documents of one dim and metric. */
export interface CopyFormat {
  /** The size of a copied row in bytes. */
  readonly rowBytes: number
  /** Writes the copy of stored rows to `target`, and its entry to `entry`, whose first `ENTRY_WORDS` words are replaced. */
  pack(source: RowsToCopy, target: number, entry: Uint32Array): void
  /**
   * The documents that can be among the best `limit` of these copies and score at least `floor`, with the bounds of their
   * scores. `positions` are slots. Returns undefined if numbers are too large for a screen.
   */
  candidates(
    query: MultiVector,
    copies: PackedDocuments,
    limit: number,
    floor: number,
  ): Candidates | undefined
}

/** Creates the format of copies in the memory of `kernel`. Only for metrics where larger is better. */
export function createCopyFormat(kernel: Kernel, dim: number, metric: Metric): CopyFormat {
  const format: StorageFormat = { kernel, dim, dtype: 'i8', isMeasured: true }
  return {
    rowBytes: DTYPES.i8.rowBytes(dim),
    pack({ address: source, rows }, target, entry) {
      const largest = kernel.functions.largest(source, rows * dim)
      storeRows(format, { source, target, rows, largest }, entry, 0)
    },
    candidates(query, copies, limit, floor) {
      const input = { queries: [query], metric, dtype: 'f32', screen: 'i8', dim } as const
      return withQueries(kernel, input, queries => {
        if (!isFixable(queries, copies.largest)) return undefined
        const request = { limit, floor, isScreen: true }
        const found = filterByBounds(coarseQueries(queries), scorable(copies, 'i8'), request)[0]!
        const { slots } = copies
        return slots ? { ...found, positions: found.positions.map(position => slots[position]!) } : found
      })
    },
  }
}
