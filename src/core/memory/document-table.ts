// Documents of one dtype in the kernel's memory, and the directory that says where each is and how exact.
//
//   directory, 16 bytes a document, as the kernel's tables:
//   u32 address | u32 rows | f32 scale | upper halves of two f32, rounded up: longest row, largest error of a row
//
//   rows: packed, in chunks

import type { Kernel } from '../../kernel/kernel.js'
import { DTYPES, type Dtype } from '../dtype.js'
import { createGrowableBlock } from './growable-block.js'

/** Words of a directory entry. */
export const ENTRY_WORDS = 4

/** What documents have to know of the whole that they are, or that they are a slice of. */
export interface CorpusContext {
  /** At least the largest absolute value in any document, before it was stored: the arithmetic depends on it. */
  largest: number
  /** How an error names the document of an index. */
  nameOf(index: number): string
}

export const createCorpusContext = (): CorpusContext => ({ largest: 0, nameOf: index => `document ${index}` })

/** Documents that can be scored, wherever their directory is kept. */
export interface ScorableDocuments {
  readonly dtype: Dtype
  readonly length: number
  /** At least the largest absolute value among all elements, before they were stored. */
  readonly largest: number
  /** How an error names the document of an index. */
  nameOf(index: number): string
  /** The entries of `count` documents from `first`, or of those that `subset` names there. */
  table(first: number, count: number, subset?: Uint32Array): Uint32Array
}

export interface DocumentTable extends ScorableDocuments {
  /** Rows of all documents together. */
  readonly rows: number
  readonly byteLength: number
  /**
   * Takes a document of f32. `write` puts its rows at an address and returns the largest absolute value among them;
   * if it throws, or there is no room, nothing has changed. `then` is called with the rows while they are there.
   */
  append(
    rows: number,
    write: (address: number) => number,
    then?: (rows: number, largest: number) => void,
  ): void
  dispose(): void
}

/** Stores f32 rows at `out`; with f32 only measures them. Gives scale, longest row and largest error; read them at once. */
export function storeRows(
  { memory, functions }: Kernel,
  dtype: Dtype,
  source: number,
  rows: number,
  dim: number,
  largest: number,
  out: number,
): Float32Array {
  const figures = memory.allocate(12)
  functions.encode(DTYPES[dtype].code, source, rows, dim, largest, out, figures)
  memory.free(figures)
  return memory.f32(figures, 3)
}

/** The upper half of the smallest f32 of 16 significant bits that is not below `value`. */
export function roundUpToHalf(value: number): number {
  const word = new Uint32Array(Float32Array.of(value).buffer)[0]!
  return (word + 0xffff) >>> 16
}

/** No documents yet. `measured`: scale and errors are wanted, though f32 needs none to be scored. Raises `whole.largest`. */
export function createDocumentTable(
  kernel: Kernel,
  dim: number,
  dtype: Dtype,
  measured: boolean,
  whole: CorpusContext,
): DocumentTable {
  const { memory } = kernel
  const { rowBytes } = DTYPES[dtype]
  const chunks = createGrowableBlock(memory)
  let directory = new Uint32Array(4 * ENTRY_WORDS)
  let length = 0
  let rows = 0

  function enter(address: number, documentRows: number, scale: number, longest: number, error: number): void {
    if (ENTRY_WORDS * length === directory.length) {
      const longer = new Uint32Array(ENTRY_WORDS * (length + Math.ceil(length / 8)))
      longer.set(directory)
      directory = longer
    }
    const at = ENTRY_WORDS * length++
    directory[at] = address
    directory[at + 1] = documentRows
    new Float32Array(directory.buffer)[at + 2] = scale
    directory[at + 3] = ((roundUpToHalf(longest) << 16) | roundUpToHalf(error)) >>> 0
    rows += documentRows
  }

  return {
    dtype,
    get length() {
      return length
    },
    get rows() {
      return rows
    },
    get largest() {
      return whole.largest
    },
    get byteLength() {
      return chunks.byteLength + directory.byteLength
    },
    nameOf: whole.nameOf,
    append(documentRows, write, then) {
      const bytes = documentRows * rowBytes(dim)
      const source = dtype === 'f32' ? 0 : memory.allocate(4 * documentRows * dim)
      try {
        chunks.append(bytes, address => {
          const from = source || address
          const most = write(from)
          const [scale = 1, longest = 0, error = 0] =
            measured || dtype !== 'f32'
              ? storeRows(kernel, dtype, from, documentRows, dim, most, address)
              : []
          then?.(from, most)
          enter(address, documentRows, scale, longest, error)
          whole.largest = Math.max(whole.largest, most)
        })
      } finally {
        if (source) memory.free(source)
      }
    },
    table(first, count, subset) {
      if (!subset) return directory.subarray(ENTRY_WORDS * first, ENTRY_WORDS * (first + count))
      const gathered = new Uint32Array(ENTRY_WORDS * count)
      for (let i = 0; i < count; i++) {
        const from = ENTRY_WORDS * subset[first + i]!
        for (let word = 0; word < ENTRY_WORDS; word++)
          gathered[ENTRY_WORDS * i + word] = directory[from + word]!
      }
      return gathered
    },
    dispose() {
      chunks.dispose()
      directory = new Uint32Array(0)
      length = rows = 0
    },
  }
}
