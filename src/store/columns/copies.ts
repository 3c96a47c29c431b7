// The int8 copies of vectors: which columns they are, and how the documents of a batch are copied. A copy is always made
// from the stored rows, so damage of an older one does not last.
//
//   columns   vector | vector | sparse vector | copy of the first vector | copy of the second

import { DTYPES } from '../../core/dtype.js'
import { ENTRY_WORDS, type PackedMemory } from '../../core/packed-documents.js'
import { type CopyFormat, createCopyFormat } from '../../core/screen-copy.js'
import { dtypeOf, metricOfDistance, type StoreDescription } from '../config.js'
import type { EncodedBatch, MemoryRange } from './encode-batch.js'
import type { ColumnShape, EncodedDocuments } from './segment.js'
import { SPARSE_ROW_BYTES } from './sparse-documents.js'

/** The copy of a vector. */
export interface VectorCopy {
  /** The column of the vector, and that of its copy. */
  readonly fieldIndex: number
  readonly copyIndex: number
  readonly format: CopyFormat
}

/** Returns the columns of a store: those of its vectors, of its sparse vectors, and of the copies. */
export function columnShapesOf({ vectors, sparse_vectors = {} }: StoreDescription): ColumnShape[] {
  const described = Object.values(vectors)
  return [
    ...described.map(({ size, datatype }) => ({ rowBytes: DTYPES[dtypeOf(datatype)].rowBytes(size) })),
    ...Object.keys(sparse_vectors).map(() => ({ rowBytes: SPARSE_ROW_BYTES })),
    ...described.flatMap(({ size, screen }, copyOf) =>
      screen ? [{ rowBytes: DTYPES.i8.rowBytes(size), copyOf }] : [],
    ),
  ]
}

/** Returns the copies of a store. */
export function vectorCopiesOf({ kernel }: PackedMemory, description: StoreDescription): VectorCopy[] {
  const described = Object.values(description.vectors)
  return columnShapesOf(description).flatMap(({ copyOf }, copyIndex) => {
    if (copyOf === undefined) return []
    const { size, distance } = described[copyOf]!
    const format = createCopyFormat(kernel, size, metricOfDistance(distance))
    return [{ fieldIndex: copyOf, copyIndex, format }]
  })
}

/** Calls `use` with a batch of vectors and their copies, which are in memory during the call. */
export async function withCopies<T>(
  memory: PackedMemory,
  copies: readonly VectorCopy[],
  batch: EncodedBatch,
  use: (batch: EncodedBatch) => Promise<T>,
): Promise<T> {
  const fields = [...batch.fields]
  const documents = [...batch.documents]
  const made: MemoryRange[] = []
  try {
    for (const { fieldIndex, format } of copies) {
      const { range, encoded } = copyDocuments(
        memory,
        format,
        batch.fields[fieldIndex]!,
        documents[fieldIndex]!,
      )
      made.push(range)
      documents.push(range)
      fields.push(encoded)
    }
    return await use({ ...batch, fields, documents })
  } finally {
    for (const { address } of made) memory.kernel.memory.free(address)
  }
}

/** Copies the documents of one vector to newly allocated memory. */
function copyDocuments(
  memory: PackedMemory,
  format: CopyFormat,
  { entries, bytes, largest }: EncodedDocuments,
  source: MemoryRange,
): { readonly range: MemoryRange; readonly encoded: EncodedDocuments } {
  const copied = new Uint32Array(entries.length)
  const entry = new Uint32Array(ENTRY_WORDS)
  // the rows are f32
  const copyBytes = bytes / 4
  const start = memory.kernel.memory.allocate(copyBytes)
  let address = source.address
  let target = start
  for (let i = 0; i < entries.length; i += 4) {
    const rows = entries[i]!
    if (rows === 0) continue
    format.pack({ address, rows }, target, entry)
    const size = rows * format.rowBytes
    copied.set(entry.subarray(1), i)
    copied[i + 3] = memory.checksum(target, size)
    address += 4 * size
    target += size
  }
  return {
    range: { address: start, bytes: copyBytes },
    encoded: { offset: 0, bytes: copyBytes, largest, entries: copied },
  }
}
