// Entries of a directory of documents: where the rows of a document are stored, and how exact they are.
//
//   16 bytes per document, as in the kernel's tables:
//   u32 address | u32 rows | f32 scale | upper halves of two f32, rounded up: longest row, largest error of a row

import { type DtypeCode, ENTRY_BYTES } from '../../kernel/constants.generated.js'
import type { Kernel } from '../../kernel/kernel.js'
import { DTYPES, type Dtype } from '../dtype.js'

/** The number of words in an entry. */
export const ENTRY_WORDS = ENTRY_BYTES / 4

/** How the rows of a directory are stored. */
export interface StorageFormat {
  readonly kernel: Kernel
  readonly dim: number
  readonly dtype: Dtype
  /** Whether entries of f32 rows need the length of the longest row, for score bounds. Other dtypes always have it. */
  readonly isMeasured: boolean
}

/** f32 rows in the kernel's memory, and where they will be stored. */
export interface UnstoredRows {
  readonly source: number
  /** The address for the stored rows. For f32 it is `source`. */
  readonly target: number
  readonly rows: number
  /** The largest absolute value in the rows. */
  readonly largest: number
}

/** The f32 bits of scale 1, length 0 and error 0. */
const UNMEASURED: ArrayLike<number> = [0x3f80_0000, 0, 0]

/** The upper half of the smallest f32 of 16 significant bits that is not below the positive f32 with the bits `word`. */
const roundUpToHalf = (word: number) => (word + 0xffff) >>> 16

/** Encodes f32 rows as the format's dtype and writes their entry to the words of `directory` from `offset` on. */
export function storeRows(
  { kernel: { memory, functions }, dim, dtype, isMeasured }: StorageFormat,
  { source, target, rows, largest }: UnstoredRows,
  directory: Uint32Array,
  offset: number,
): void {
  let figures = UNMEASURED
  if (isMeasured || dtype !== 'f32') {
    const address = memory.allocate(12)
    functions.encode(DTYPES[dtype].code, source, rows, dim, largest, target, address)
    memory.free(address)
    figures = memory.u32(address, 3)
  }
  directory[offset] = target
  directory[offset + 1] = rows
  directory[offset + 2] = figures[0]!
  directory[offset + 3] = ((roundUpToHalf(figures[1]!) << 16) | roundUpToHalf(figures[2]!)) >>> 0
}

/** Decodes the rows of an entry as f32 into a new block of memory and returns its address. */
export function decodeEntry(
  { memory, functions }: Kernel,
  code: DtypeCode,
  dim: number,
  entry: Uint32Array,
): number {
  const [address = 0, rows = 0] = entry
  const scale = new Float32Array(entry.slice(2).buffer)[0]!
  // the kernel writes up to 12 bytes past the last row
  const decoded = memory.allocate(4 * rows * dim + 16)
  functions.decode(code, address, rows, dim, scale, decoded)
  return decoded
}

/** Which entries of a directory are meant. */
export interface EntrySelection {
  /** Positions, in order. Default: all positions, from 0 on. */
  readonly subset?: Uint32Array | undefined
  /** The slot in the directory of each position. Default: the position itself. */
  readonly slots?: Uint32Array | undefined
}

/** The entries of `count` documents from `first` on: a view of the directory, or a copy if they are a selection. */
export function selectEntries(
  directory: Uint32Array,
  first: number,
  count: number,
  { subset, slots }: EntrySelection,
): Uint32Array {
  if (!subset && !slots) return directory.subarray(ENTRY_WORDS * first, ENTRY_WORDS * (first + count))
  const selected = new Uint32Array(ENTRY_WORDS * count)
  for (let i = 0; i < count; i++) {
    const position = subset ? subset[first + i]! : first + i
    const from = ENTRY_WORDS * (slots ? slots[position]! : position)
    const to = ENTRY_WORDS * i
    // the four words one by one: a loop over them slows the ranking of a large subset
    selected[to] = directory[from]!
    selected[to + 1] = directory[from + 1]!
    selected[to + 2] = directory[from + 2]!
    selected[to + 3] = directory[from + 3]!
  }
  return selected
}
