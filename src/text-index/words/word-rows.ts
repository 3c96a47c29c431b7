// The rows of the words of an index, for the search of similar words: without the direction that all function words share
// (common-direction.ts), and of unit length, as whole numbers of 8 bits with a scale: the cosine of two words changes by about
// 0.001. An update writes them beside the words, so that a search neither encodes all words nor loads the encoder, unless the
// question has a word that the index does not have. Little-endian. A damaged file, or one of another version, is not used:
// the words are encoded again.
//
//   | 'MAXTROWS' | version u32 | dim u32 | words u32 | known u32 | checksum u32 | 0 u32 |
//   | direction f32 | known words u32 | their scales f32 | their rows i8 |

import { alignedBytes } from '../../base/aligned-bytes.js'
import { concatBytes } from '../../base/concat-bytes.js'
import type { TokenEncoder } from '../../encode/index.js'
import { checksumOf } from '../../kernel/checksum.js'
import { commonDirection, removeDirection } from './common-direction.js'

/** The rows of words. */
export interface WordRows {
  readonly dim: number
  /** What was removed from the rows: `dim` numbers, or zeros. A word that the index does not have is compared without it, too. */
  readonly direction: Float32Array
  /** The numbers of the words that the encoder knows, ascending. */
  readonly known: Uint32Array
  /** An element of the row of `known[i]` is one of `rows` times `scales[i]`. */
  readonly scales: Float32Array
  /** `known.length` rows of `dim` whole numbers from -127 to 127. */
  readonly rows: Int8Array
}

const MAGIC = 'MAXTROWS'
const VERSION = 3
const HEADER_BYTES = 32

/** Words encoded in one call, so that their rows are freed early. */
const ENCODE_BATCH = 512

interface EncodeWordsOptions {
  readonly direction?: Float32Array | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Encodes words. Those that the encoder does not know, or that become several rows, are left out.
 *
 * @param direction the direction of earlier rows of this encoder. Default: it is computed
 */
export async function encodeWords(
  encoder: TokenEncoder,
  words: readonly string[],
  { direction: earlier, signal }: EncodeWordsOptions = {},
): Promise<WordRows> {
  const { dim } = encoder
  const direction = earlier ?? (await commonDirection(encoder, signal))
  const known: number[] = []
  const scales: number[] = []
  const rows = new Int8Array(words.length * dim)
  const row = new Float32Array(dim)
  for (let start = 0; start < words.length; start += ENCODE_BATCH) {
    const encoded = await encoder.documents(words.slice(start, start + ENCODE_BATCH), { signal })
    for (const [index, { data }] of encoded.entries()) {
      // a word of several rows is a compound of known words
      if (data.length !== dim) continue
      row.set(data)
      removeDirection(row, direction)
      scales.push(roundRow(row, rows.subarray(known.length * dim, (known.length + 1) * dim)))
      known.push(start + index)
    }
  }
  return {
    dim,
    direction,
    known: Uint32Array.from(known),
    scales: Float32Array.from(scales),
    rows: rows.slice(0, known.length * dim),
  }
}

/** Words in order, and their rows. */
export interface EncodedWords {
  readonly words: readonly string[]
  readonly rows: WordRows
}

/**
 * The rows of words, which are in order. Those of `earlier` words are copied, the others encoded: an encoder gives a word the
 * same row at any time.
 */
export async function updateWordRows(
  encoder: TokenEncoder,
  words: readonly string[],
  earlier: EncodedWords,
): Promise<WordRows> {
  /** The number of each word among the earlier ones; -1 if it is new. */
  const numbers = new Int32Array(words.length)
  let at = 0
  for (const [i, word] of words.entries()) {
    while (at < earlier.words.length && earlier.words[at]! < word) at++
    numbers[i] = earlier.words[at] === word ? at : -1
  }
  const added = words.filter((_, i) => numbers[i]! < 0)
  return joinRows(numbers, earlier, {
    words: added,
    rows: await encodeWords(encoder, added, { direction: earlier.rows.direction }),
  })
}

/** The rows of words: of the earlier word with the number `numbers[i]`, or of the next added word if that is -1. */
function joinRows(numbers: Int32Array, earlier: EncodedWords, added: EncodedWords): WordRows {
  const { dim, direction } = added.rows
  const [earlierRows, addedRows] = [earlier, added].map(rowNumbers) as [Int32Array, Int32Array]
  const known: number[] = []
  const scales = new Float32Array(numbers.length)
  const rows = new Int8Array(numbers.length * dim)
  let next = 0
  for (const [i, number] of numbers.entries()) {
    const [from, row] = number < 0 ? [added.rows, addedRows[next++]!] : [earlier.rows, earlierRows[number]!]
    if (row < 0) continue
    rows.set(from.rows.subarray(row * dim, (row + 1) * dim), known.length * dim)
    scales[known.length] = from.scales[row]!
    known.push(i)
  }
  const count = known.length
  return {
    dim,
    direction,
    known: Uint32Array.from(known),
    scales: scales.slice(0, count),
    rows: rows.slice(0, count * dim),
  }
}

/** The row of each word; -1 if the encoder does not know it. */
function rowNumbers({ words, rows }: EncodedWords): Int32Array {
  const numbers = new Int32Array(words.length).fill(-1)
  for (const [row, word] of rows.known.entries()) numbers[word] = row
  return numbers
}

/** Rounds a row to whole numbers, the largest of which is 127. Returns their scale, with which the row keeps unit length. */
function roundRow(row: Float32Array, target: Int8Array): number {
  let largest = 0
  for (let d = 0; d < row.length; d++) largest = Math.max(largest, Math.abs(row[d]!))
  if (largest === 0) return 0
  let square = 0
  for (let d = 0; d < row.length; d++) {
    // Math.round takes five times as long
    const value = Math.floor((127 * row[d]!) / largest + 0.5)
    target[d] = value
    square += value * value
  }
  return 1 / Math.sqrt(square)
}

/** A row of whole numbers of 8 bits. An element is a value times the scale. */
export interface RoundedRow {
  readonly values: Int8Array
  readonly scale: number
}

/** The row of a word of the index; undefined if the encoder does not know it. */
export function rowOfWord({ dim, known, scales, rows }: WordRows, word: number): RoundedRow | undefined {
  const row = known.indexOf(word)
  if (row < 0) return undefined
  return { values: rows.subarray(row * dim, (row + 1) * dim), scale: scales[row]! }
}

/** Rounds a row as those of the index are. */
export function roundedRow(row: Float32Array): RoundedRow {
  const values = new Int8Array(row.length)
  return { values, scale: roundRow(row, values) }
}

/** The bytes of a file with the rows of `wordCount` words. */
export function writeWordRows(
  { dim, direction, known, scales, rows }: WordRows,
  wordCount: number,
): Uint8Array {
  const bytesOf = (array: Uint32Array | Float32Array | Int8Array) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  const body = concatBytes([bytesOf(direction), bytesOf(known), bytesOf(scales), bytesOf(rows)])
  const header = new DataView(new ArrayBuffer(HEADER_BYTES))
  for (let i = 0; i < MAGIC.length; i++) header.setUint8(i, MAGIC.charCodeAt(i))
  const numbers = [VERSION, dim, wordCount, known.length, checksumOf(body)]
  for (const [i, value] of numbers.entries()) header.setUint32(8 + 4 * i, value, true)
  return concatBytes([new Uint8Array(header.buffer), body])
}

/** The rows in a file; undefined if it is damaged, of another version, or of another number of words. */
export function readWordRows(bytes: Uint8Array, wordCount: number): WordRows | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const header = new DataView(bytes.buffer, bytes.byteOffset)
  const number = (i: number) => header.getUint32(8 + 4 * i, true)
  const [dim, words, count] = [number(1), number(2), number(3)]
  if (String.fromCharCode(...bytes.subarray(0, 8)) !== MAGIC || number(0) !== VERSION) return undefined
  if (words !== wordCount || bytes.length !== HEADER_BYTES + 4 * dim + count * (8 + dim)) return undefined
  const aligned = alignedBytes(bytes)
  if (checksumOf(aligned.subarray(HEADER_BYTES)) !== number(4)) return undefined
  const direction = new Float32Array(aligned.buffer, aligned.byteOffset + HEADER_BYTES, dim)
  const start = aligned.byteOffset + HEADER_BYTES + 4 * dim
  const known = new Uint32Array(aligned.buffer, start, count)
  // a checksum does not show who wrote the bytes
  for (let i = 0; i < count; i++) {
    if (known[i]! >= wordCount || (i > 0 && known[i]! <= known[i - 1]!)) return undefined
  }
  const scales = new Float32Array(aligned.buffer, start + 4 * count, count)
  return {
    dim,
    direction,
    known,
    scales,
    rows: new Int8Array(aligned.buffer, start + 8 * count, count * dim),
  }
}
