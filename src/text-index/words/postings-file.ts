// The file of a word index, little-endian. A file of another version, or a damaged one, is made again from the passages.
//
//   | 'MAXTERMS' | version u32 | passages u32 | words u32 | stems u32 | postings u32 | text bytes u32 | checksum u32 | 0 |
//   | ids | lengths | stemOf | starts | slots u32 each | counts u8 | words and stems, each with a line end, in UTF-8 |

import { alignedBytes } from '../../base/aligned-bytes.js'
import { concatBytes } from '../../base/concat-bytes.js'
import { checksumOf } from '../../kernel/checksum.js'
import { readTextLists } from './text-list.js'
import type { WordIndex } from './word-index.js'

const MAGIC = 'MAXTERMS'
const VERSION = 2
const HEADER_BYTES = 40

/** The bytes of a word file. */
export function writePostings(index: WordIndex): Uint8Array {
  const { ids, lengths, words, stems, stemOf, starts, slots, counts } = index
  const lines = [...words.all(), ...stems.all()].map(line => `${line}\n`)
  const text = new TextEncoder().encode(lines.join(''))
  const body = concatBytes([
    ...[ids, lengths, stemOf, starts, slots].map(
      array => new Uint8Array(array.buffer, array.byteOffset, array.byteLength),
    ),
    counts,
    text,
  ])
  const header = new DataView(new ArrayBuffer(HEADER_BYTES))
  for (let i = 0; i < MAGIC.length; i++) header.setUint8(i, MAGIC.charCodeAt(i))
  const numbers = [
    VERSION,
    ids.length,
    words.length,
    stems.length,
    slots.length,
    text.length,
    checksumOf(body),
  ]
  for (const [i, value] of numbers.entries()) header.setUint32(8 + 4 * i, value, true)
  return concatBytes([new Uint8Array(header.buffer), body])
}

/** The index in a file; undefined if the file is damaged or of another version. */
export function readPostings(bytes: Uint8Array): WordIndex | undefined {
  if (bytes.length < HEADER_BYTES) return undefined
  const header = new DataView(bytes.buffer, bytes.byteOffset)
  const number = (i: number) => header.getUint32(8 + 4 * i, true)
  const magic = String.fromCharCode(...bytes.subarray(0, 8))
  if (magic !== MAGIC || number(0) !== VERSION) return undefined
  const [passages, wordCount, stemCount, postings, textBytes] = [1, 2, 3, 4, 5].map(number) as [
    number,
    number,
    number,
    number,
    number,
  ]
  const length = 4 * (2 * passages + 2 * wordCount + 1 + postings) + postings + textBytes
  const body = alignedBytes(bytes).subarray(HEADER_BYTES)
  if (body.length !== length || checksumOf(body) !== number(6)) return undefined
  let next = 0
  const take = (count: number) => {
    const array = new Uint32Array(body.buffer, body.byteOffset + next, count)
    next += 4 * count
    return array
  }
  const arrays = {
    ids: take(passages),
    lengths: take(passages),
    stemOf: take(wordCount),
    starts: take(wordCount + 1),
    slots: take(postings),
  }
  const counts = body.subarray(next, next + postings)
  const [words, stems] = readTextLists(body.subarray(next + postings), [wordCount, stemCount]) ?? []
  if (!words || !stems || !areSound(arrays, stemCount)) return undefined
  return { ...arrays, counts, words, stems }
}

type Numbers = Pick<WordIndex, 'ids' | 'stemOf' | 'starts' | 'slots'>

/** Whether the numbers refer to what exists. A checksum shows that they are those that were written, but not by what. */
function areSound({ ids, stemOf, starts, slots }: Numbers, stemCount: number): boolean {
  return (
    ascends(ids) &&
    areBelow(stemOf, stemCount) &&
    starts[0] === 0 &&
    ascends(starts) &&
    starts.at(-1) === slots.length &&
    areBelow(slots, ids.length)
  )
}

function ascends(array: Uint32Array): boolean {
  for (let i = 1; i < array.length; i++) if (array[i]! < array[i - 1]!) return false
  return true
}

function areBelow(array: Uint32Array, limit: number): boolean {
  for (let i = 0; i < array.length; i++) if (array[i]! >= limit) return false
  return true
}
