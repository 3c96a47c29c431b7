// Documents as they are stored, in a kernel's memory: made once from rows, kept as bytes wherever the caller keeps them,
// brought back without being encoded again, and ranked where they are.
//
//   document ──pack──▶ stored rows + entry ──▶ file ──▶ any address of the memory ──rank──▶ the scores of a corpus
//
// An entry has four words, as the kernel's tables: address | rows | scale | length and error. What `createCorpus` is for
// documents that stay in memory, this is for a store. Knows no files and no points.

import { oneOf } from '../base/check-options.js'
import type { Kernel, KernelModule, KernelName } from '../kernel/kernel.js'
import { chooseKernel, KERNEL_NAMES, startKernel } from '../kernel/load-kernel.js'
import { checkStorable, DTYPES, type Dtype } from './dtype.js'
import { type Explanation, explain } from './explanation.js'
import { ENTRY_WORDS, roundUpToHalf, type ScorableDocuments, storeRows } from './memory/document-table.js'
import { writeDocument } from './memory/write-document.js'
import { METRICS, type Metric } from './metric.js'
import type { MultiVector } from './multivector.js'
import { parseScreen } from './ranking/rank-options.js'
import { rankQueries } from './ranking/rank-strategy.js'
import { type LoadedQueries, withQueries } from './ranking/score-blocks.js'
import type { ScoredDocument } from './ranking/top-k.js'

export { checksumOf } from '../kernel/checksum.js'
export { ENTRY_WORDS } from './memory/document-table.js'
export { createGrowableBlock } from './memory/growable-block.js'

export interface PackedOptions {
  readonly kernel?: KernelName | undefined
  readonly module?: KernelModule | undefined
  readonly maxBytes?: number | undefined
}

/** A kernel's memory, for bytes that come and go. */
export interface PackedMemory {
  readonly kernel: Kernel
  /** Bytes at an address; a view for this call only, as growing the memory detaches it. */
  bytes(address: number, length: number): Uint8Array<ArrayBuffer>
  /** The checksum of bytes in the memory, as `checksumOf` has it. */
  checksum(address: number, length: number): number
}

/** Documents that are in the memory: their directory, and which of its entries are meant. */
export interface PackedDocuments {
  /** The entries of all slots. */
  readonly directory: Uint32Array
  /** The slots to consider, rising; left out: the first `length`. */
  readonly slots?: Uint32Array | undefined
  readonly length: number
  /** At least the largest absolute value in any of them, before it was stored. */
  readonly largest: number
  /** How an error names the document of a slot. */
  nameOf(slot: number): string
}

/** One kind of documents: of one dim, metric and dtype. */
export interface PackedFormat {
  readonly dim: number
  readonly metric: Metric
  readonly dtype: Dtype
  readonly rowBytes: number
  /**
   * Stores a document's rows at `address`, where there is room for them, and writes its entry to `entry[at ...]`, with
   * that address. Returns the largest absolute value in it.
   *
   * @throws TypeError or RangeError that names the row and number at fault
   */
  pack(
    document: MultiVector,
    rows: number,
    place: string,
    address: number,
    entry: Uint32Array,
    at: number,
  ): number
  /** The rows of an entry as f32, as they are scored. A fresh copy. */
  unpack(entry: Uint32Array): Float32Array
  /**
   * The best `limit` (at most as many as there are), best first, equal scores by slot. `index` is the slot. Those that
   * score less than `floor`, which is for metrics where larger is better, may be left out.
   */
  rank(query: MultiVector, documents: PackedDocuments, limit: number, floor?: number): ScoredDocument[]
  explain(query: MultiVector, entry: Uint32Array, largest: number, name: string): Explanation
}

/** Starts a kernel for stored documents. See `createScorer` for what the options mean and what is thrown. */
export async function startPackedMemory({
  kernel: asked,
  module,
  maxBytes,
}: PackedOptions): Promise<PackedMemory> {
  const name = asked === undefined ? undefined : oneOf(asked, KERNEL_NAMES, 'kernel')
  const kernel = await startKernel((await chooseKernel(name, module)).module, maxBytes)
  const { memory } = kernel
  return {
    kernel,
    bytes: (address, length) => new Uint8Array(memory.u32(0, 0).buffer as ArrayBuffer, address, length),
    checksum: (address, length) => kernel.functions.checksum(address, length) >>> 0,
  }
}

export function createPackedFormat(kernel: Kernel, dim: number, metric: Metric, dtype: Dtype): PackedFormat {
  const { memory } = kernel
  const screen = parseScreen(undefined, metric, dtype)
  const rowBytes = DTYPES[dtype].rowBytes(dim)
  const entryName = (documents: PackedDocuments) => (position: number) =>
    documents.nameOf(documents.slots?.[position] ?? position)

  function scored(documents: PackedDocuments): ScorableDocuments {
    const { directory, slots, length, largest } = documents
    return {
      dtype,
      length,
      largest,
      nameOf: entryName(documents),
      table(first, count, subset) {
        if (!slots && !subset) return directory.subarray(ENTRY_WORDS * first, ENTRY_WORDS * (first + count))
        const gathered = new Uint32Array(ENTRY_WORDS * count)
        for (let i = 0; i < count; i++) {
          const position = subset?.[first + i] ?? first + i
          const from = ENTRY_WORDS * (slots?.[position] ?? position)
          for (let word = 0; word < ENTRY_WORDS; word++)
            gathered[ENTRY_WORDS * i + word] = directory[from + word]!
        }
        return gathered
      },
    }
  }

  function ask<T>(query: MultiVector, use: (loaded: LoadedQueries) => T): T {
    const questions = { queries: [query], place: () => 'query', weights: [undefined] }
    return withQueries(kernel, { ...questions, metric, dtype, dim }, use)
  }

  return {
    dim,
    metric,
    dtype,
    rowBytes,
    pack(document, rows, place, address, entry, at) {
      const source = dtype === 'f32' ? address : memory.allocate(4 * rows * dim)
      try {
        // u8 rows are kept as they come, and divided by their length when they are read, as on a server
        const written = dtype === 'u8' ? 'dot' : metric
        const largest = writeDocument(kernel, written, document, { rows, dim }, place, source)
        checkStorable(dtype, largest, place)
        const isMeasured = dtype !== 'f32' || !METRICS[metric].ascending
        const [scale = 1, longest = 0, error = 0] = isMeasured
          ? storeRows(kernel, dtype, source, rows, dim, largest, address)
          : []
        entry[at] = address
        entry[at + 1] = rows
        entry[at + 2] = new Uint32Array(Float32Array.of(scale).buffer)[0]!
        entry[at + 3] = ((roundUpToHalf(longest) << 16) | roundUpToHalf(error)) >>> 0
        return largest
      } finally {
        if (dtype !== 'f32') memory.free(source)
      }
    },
    unpack(entry) {
      const [address = 0, rows = 0] = entry
      if (dtype === 'f32') return memory.f32(address, rows * dim).slice()
      const out = memory.allocate(4 * rows * dim + 16)
      const scale = new Float32Array(entry.slice(2, 3).buffer)[0]!
      kernel.functions.decode(DTYPES[dtype].code, address, rows, dim, scale, out)
      const copy = memory.f32(out, rows * dim).slice()
      memory.free(out)
      return copy
    },
    rank(query, documents, limit, floor) {
      const stored = { kernel, metric, documents: scored(documents), copy: undefined, screen }
      const { slots } = documents
      return ask(query, loaded => {
        const [ranked = []] = rankQueries(stored, loaded, { limit }, floor)
        return slots ? ranked.map(({ index, score }) => ({ index: slots[index]!, score })) : ranked
      })
    },
    explain(query, entry, largest, name) {
      return ask(query, loaded => {
        loaded.score(dtype, entry, largest, () => name)
        const score = memory.f32(loaded.scoresOf(0, 1), 1)[0]!
        const similarities = loaded.similarities(dtype, entry, largest)
        return explain(metric, score, similarities, loaded.rowsOf(0), entry[1]!, undefined)
      })
    },
  }
}
