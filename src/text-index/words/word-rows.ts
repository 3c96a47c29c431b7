// The rows of the words of an index, for the search of similar words: without the direction that all function words share
// (common-direction.ts), and of unit length. An update writes them beside the words, so that a search neither encodes all words
// nor loads the encoder, unless the question has a word that the index does not have. Little-endian. A damaged file, or one
// of another version, is not used: the words are encoded again.
//
//   | 'MAXTROWS' | version u32 | dim u32 | words u32 | known u32 | checksum u32 | 0 u32 | known words u32 | their rows f32 |

import { concatBytes } from '../../base/concat-bytes.js'
import type { TokenEncoder } from '../../encode/index.js'
import { checksumOf } from '../../kernel/checksum.js'
import { commonDirection, removeDirection } from './common-direction.js'

/** The rows of words. */
export interface WordRows {
  readonly dim: number
  /** The numbers of the words that the encoder knows, ascending. */
  readonly known: Uint32Array
  /** `known.length` rows of `dim` elements. */
  readonly rows: Float32Array
}

const MAGIC = 'MAXTROWS'
const VERSION = 1
const HEADER_BYTES = 32

/** Words encoded in one call, so that their rows are freed early. */
const ENCODE_BATCH = 512

/** Encodes words. Those that the encoder does not know, or that become several rows, are left out. */
export async function encodeWords(encoder: TokenEncoder, words: readonly string[]): Promise<WordRows> {
  const { dim } = encoder
  const direction = await commonDirection(encoder)
  const known: number[] = []
  const rows = new Float32Array(words.length * dim)
  for (let start = 0; start < words.length; start += ENCODE_BATCH) {
    const encoded = await encoder.documents(words.slice(start, start + ENCODE_BATCH))
    for (const [index, { data }] of encoded.entries()) {
      // a word of several rows is a compound of known words
      if (data.length !== dim) continue
      const row = rows.subarray(known.length * dim, (known.length + 1) * dim)
      row.set(data)
      if (direction) removeDirection(row, direction)
      known.push(start + index)
    }
  }
  return { dim, known: Uint32Array.from(known), rows: rows.slice(0, known.length * dim) }
}

/** The bytes of a file with the rows of `wordCount` words. */
export function writeWordRows({ dim, known, rows }: WordRows, wordCount: number): Uint8Array {
  const bytesOf = (array: Uint32Array | Float32Array) =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
  const body = concatBytes([bytesOf(known), bytesOf(rows)])
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
  if (words !== wordCount || bytes.length !== HEADER_BYTES + 4 * count * (1 + dim)) return undefined
  // views need an address that is a multiple of four
  const aligned = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice()
  if (checksumOf(aligned.subarray(HEADER_BYTES)) !== number(4)) return undefined
  const start = aligned.byteOffset + HEADER_BYTES
  const known = new Uint32Array(aligned.buffer, start, count)
  // a checksum does not show who wrote the bytes
  if (!known.every((word, i) => word < wordCount && (i === 0 || word > known[i - 1]!))) return undefined
  return { dim, known, rows: new Float32Array(aligned.buffer, start + 4 * count, count * dim) }
}
