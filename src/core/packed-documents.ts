// Documents in the form in which they are stored: encoded once, kept as bytes by the caller, copied back to any address of
// a kernel's memory without encoding them again, and ranked there. A store uses this as `createCorpus` is used for documents
// that stay in memory. The scores are those of a corpus.
//
//   document ──pack──▶ stored rows + entry ──▶ file ──▶ any address ──rank──▶ ranking

import type { Kernel } from '../kernel/kernel.js'
import { chooseScorerKernel } from './choose-kernel.js'
import { checkStorable, DTYPES, type Dtype } from './dtype.js'
import type { Explanation } from './explanation.js'
import { decodeEntry, type StorageFormat, selectEntries, storeRows } from './memory/directory-entry.js'
import type { ScorableDocuments } from './memory/document-table.js'
import { storedMetric } from './memory/query-rounding.js'
import { writeDocument } from './memory/write-document.js'
import { METRICS, type Metric } from './metric.js'
import { copyRows, type MultiVector } from './multivector.js'
import { explainDocument } from './ranking/explain-document.js'
import { firstScores, type LoadedQueries, withQueries } from './ranking/loaded-queries.js'
import { rankQueries } from './ranking/rank-strategy.js'
import { scoreDocuments } from './ranking/score-documents.js'
import type { ScoredDocument } from './ranking/top-k.js'
import type { ScorerOptions } from './scorer-options.js'
import type { Screen } from './screen.js'

export { checksumOf } from '../kernel/checksum.js'
export { ENTRY_WORDS } from './memory/directory-entry.js'
export { createGrowableBlock } from './memory/growable-block.js'

/** The options of `createScorer` that apply to packed documents. */
export type PackedOptions = Pick<ScorerOptions, 'kernel' | 'module' | 'maxBytes'>

/** A kernel and its memory, for packed documents. */
export interface PackedMemory {
  readonly kernel: Kernel
  /** The bytes at an address: a view that is valid until the memory grows. */
  bytes(address: number, length: number): Uint8Array<ArrayBuffer>
  /** The checksum of bytes in the memory, as `checksumOf` computes it. */
  checksum(address: number, length: number): number
}

/** Packed documents in the memory: their directory, and which of its entries are meant. */
export interface PackedDocuments {
  /** The entries of all slots. */
  readonly directory: Uint32Array
  /** The slots to consider, sorted. Default: the first `length`. */
  readonly slots?: Uint32Array | undefined
  /** The number of documents to consider. */
  readonly length: number
  /** At least the largest absolute value in any document before it was stored. */
  readonly largest: number
  /** The name of the document in a slot, in error messages. */
  nameOf(slot: number): string
}

/** A document to pack, and where. */
export interface PackRequest {
  readonly document: MultiVector
  /** The number of rows, which have the format's dim. */
  readonly rows: number
  /** The name of the document in error messages. */
  readonly path: string
  /** The address for the stored rows: `rows` x `rowBytes` bytes. */
  readonly address: number
}

/** Packed documents of one dim, metric and dtype. */
export interface PackedFormat {
  readonly dim: number
  readonly metric: Metric
  readonly dtype: Dtype
  /** The size of a stored row in bytes. */
  readonly rowBytes: number
  /**
   * Stores a document and writes its entry to `entry`, whose first `ENTRY_WORDS` words are replaced. Returns the largest
   * absolute value in the document.
   *
   * @throws TypeError or RangeError that names the row and number at fault
   */
  pack(request: PackRequest, entry: Uint32Array): number
  /** The rows of an entry as f32: rows x `dim`, in row-major order. A copy. */
  unpack(entry: Uint32Array): Float32Array
  /**
   * The best `limit` documents, best first, equal scores by slot. `index` is the slot. Documents that score less than
   * `floor`, which is only for metrics where larger is better, may be missing.
   */
  rank(query: MultiVector, documents: PackedDocuments, limit: number, floor?: number): ScoredDocument[]
  /**
   * Scores documents of one row by their first `numbers` numbers alone, and those of the query. Calls `onScores` with some
   * scores at a time, which are valid until it returns, and the position of the first.
   */
  leadingScores(
    query: MultiVector,
    documents: PackedDocuments,
    numbers: number,
    onScores: (scores: Float32Array, first: number) => void,
  ): void
  /** Explains the score of one document, called `name` in error messages. `largest` is as in `PackedDocuments`. */
  explain(query: MultiVector, entry: Uint32Array, largest: number, name: string): Explanation
}

/**
 * Starts a kernel for packed documents.
 *
 * @throws TypeError or RangeError like `createScorer`
 */
export async function startPackedMemory({
  kernel: name,
  module,
  maxBytes,
}: PackedOptions): Promise<PackedMemory> {
  const { start } = await chooseScorerKernel({ kernel: name, module, maxBytes })
  const kernel = await start()
  const { memory } = kernel
  return {
    kernel,
    bytes: (address, length) => new Uint8Array(memory.u32(0, 0).buffer as ArrayBuffer, address, length),
    checksum: (address, length) => kernel.functions.checksum(address, length) >>> 0,
  }
}

/** Creates the format for documents of one dim, metric and dtype in the memory of `kernel`. */
export function createPackedFormat(kernel: Kernel, dim: number, metric: Metric, dtype: Dtype): PackedFormat {
  // f32 rows get the bounds that screening needs
  const format: StorageFormat = { kernel, dim, dtype, isMeasured: !METRICS[metric].ascending }
  const screen: Screen = format.isMeasured && dtype === 'f32' ? 'convert' : 'off'
  const inputOf = (query: MultiVector) => ({ queries: [query], metric, dtype, dim })
  return {
    dim,
    metric,
    dtype,
    rowBytes: DTYPES[dtype].rowBytes(dim),
    pack: (request, entry) => packDocument(format, metric, request, entry),
    unpack: entry => unpackRows(format, entry),
    rank(query, documents, limit, floor) {
      const view = { documents: scorable(documents, dtype), copy: undefined, screen }
      const rank = (queries: LoadedQueries) => rankQueries(view, queries, { limit }, floor)
      const [ranking = []] = withQueries(kernel, inputOf(query), rank)
      const { slots } = documents
      return slots ? ranking.map(({ index, score }) => ({ index: slots[index]!, score })) : ranking
    },
    leadingScores(query, documents, numbers, onScores) {
      const data = copyRows(query, 'query', dim).data.subarray(0, numbers)
      withQueries(kernel, { ...inputOf({ data, dim: numbers }), dim: numbers }, queries =>
        scoreDocuments(queries, scorable(documents, dtype), {}, (first, count) =>
          onScores(firstScores(queries, count), first),
        ),
      )
    },
    explain(query, entry, largest, name) {
      const documents = scorable({ directory: entry, length: 1, largest, nameOf: () => name }, dtype)
      return withQueries(kernel, inputOf(query), queries => explainDocument(queries, documents, 0))
    },
  }
}

/** Packed documents as the ranking sees them: by position among the slots. */
export function scorable(
  { directory, slots, length, largest, nameOf }: PackedDocuments,
  dtype: Dtype,
): ScorableDocuments {
  return {
    dtype,
    length,
    largest,
    nameOf: position => nameOf(slots?.[position] ?? position),
    entries: (first, count, subset) => selectEntries(directory, first, count, { subset, slots }),
  }
}

function packDocument(
  format: StorageFormat,
  metric: Metric,
  { document, rows, path, address }: PackRequest,
  entry: Uint32Array,
): number {
  const { kernel, dim, dtype } = format
  const source = dtype === 'f32' ? address : kernel.memory.allocate(4 * rows * dim)
  try {
    const target = { kernel, metric: storedMetric(dtype, metric), dim }
    const largest = writeDocument(target, document, rows, path, source)
    checkStorable(dtype, largest, path)
    storeRows(format, { source, target: address, rows, largest }, entry, 0)
    return largest
  } finally {
    if (dtype !== 'f32') kernel.memory.free(source)
  }
}

function unpackRows({ kernel, dim, dtype }: StorageFormat, entry: Uint32Array): Float32Array {
  const { memory } = kernel
  const [stored = 0, rows = 0] = entry
  const address = dtype === 'f32' ? stored : decodeEntry(kernel, DTYPES[dtype].code, dim, entry)
  const copy = memory.f32(address, rows * dim).slice()
  if (dtype !== 'f32') memory.free(address)
  return copy
}
