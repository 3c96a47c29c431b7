// The word file: words and their vectors in int8, as data/words.bin has them. Little-endian, no compression:
//
//   | 'MAXWORDS' | version u32 | dim u32 | count u32 | text bytes u32 | words | 0 … | rows |
//   0            8             12        16          20               24            16-byte boundary
//
// `words` is UTF-8, one word a line, commonest first; `rows` is count x dim int8, one row a word. A row stands for a
// direction: it is divided by its own length when it is used, so that no scale is stored.
//
// It must not know about texts, tokens or scores.
import { typeName } from '../../base/type-name.js'

const magic = 'MAXWORDS'
const version = 1
const headerBytes = 24

/** Words with a direction each. */
export interface Vocabulary {
  readonly dim: number
  /** Row number of each word. */
  readonly rows: ReadonlyMap<string, number>
  /** `rows.size` x `dim` numbers from -128 to 127. */
  readonly values: Int8Array
  /** One per row: 1 / its length. */
  readonly inverseLengths: Float64Array
}

/**
 * Reads a word file. Copies what it needs; the bytes may be reused afterwards.
 *
 * @throws TypeError where `bytes` is not an ArrayBuffer or a Uint8Array
 * @throws RangeError where the bytes are not a whole, sound word file of version 1
 */
export function readVocabulary(bytes: ArrayBuffer | Uint8Array): Vocabulary {
  const file = viewOf(bytes)
  const header = new DataView(file.buffer, file.byteOffset, file.byteLength)
  if (file.length < headerBytes) {
    throw new RangeError(`"bytes" expected a header of ${headerBytes} bytes, got ${file.length} bytes in all`)
  }
  if (!magic.split('').every((letter, i) => letter.charCodeAt(0) === file[i])) {
    throw new RangeError(`"bytes" expected a word file, which begins with "${magic}"`)
  }
  const [found, dim, count, textBytes] = [8, 12, 16, 20].map(offset => header.getUint32(offset, true))
  if (found !== version) throw new RangeError(`"bytes" expected version ${version}, got ${found}`)
  if (!dim || !count)
    throw new RangeError(`"bytes" expected at least one word and one number, got ${count} x ${dim}`)

  const rowsStart = Math.ceil((headerBytes + textBytes!) / 16) * 16
  const length = rowsStart + count * dim
  if (file.length !== length) {
    const state = file.length < length ? 'cut short' : 'longer than its header says'
    throw new RangeError(`"bytes" expected ${length} bytes, got ${file.length}: the file is ${state}`)
  }
  const rows = readWords(file.subarray(headerBytes, headerBytes + textBytes!), count)
  const values = new Int8Array(file.buffer, file.byteOffset + rowsStart, count * dim).slice()
  return { dim, rows, values, inverseLengths: invertLengths(values, dim, rows) }
}

function viewOf(bytes: unknown): Uint8Array {
  if (bytes instanceof Uint8Array) return bytes
  if (bytes instanceof ArrayBuffer) return new Uint8Array(bytes)
  throw new TypeError(`"bytes" expected an ArrayBuffer or a Uint8Array, got ${typeName(bytes)}`)
}

function readWords(text: Uint8Array, count: number): Map<string, number> {
  const words = decodeText(text).split('\n')
  if (words.length !== count) throw new RangeError(`"bytes" expected ${count} words, got ${words.length}`)
  const rows = new Map<string, number>()
  words.forEach((word, row) => {
    if (word === '') throw new RangeError(`"bytes" has no word for row ${row}`)
    const earlier = rows.get(word)
    if (earlier !== undefined)
      throw new RangeError(`"bytes" has "${word}" twice, in rows ${earlier} and ${row}`)
    rows.set(word, row)
  })
  return rows
}

function decodeText(text: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)
  } catch (cause) {
    throw new RangeError('"bytes" expected words in UTF-8', { cause })
  }
}

function invertLengths(values: Int8Array, dim: number, rows: ReadonlyMap<string, number>): Float64Array {
  const inverse = new Float64Array(rows.size)
  for (const [word, row] of rows) {
    let square = 0
    for (let d = row * dim; d < (row + 1) * dim; d++) square += values[d]! * values[d]!
    if (square === 0) throw new RangeError(`"bytes" has only zeros for "${word}", row ${row}: no direction`)
    inverse[row] = 1 / Math.sqrt(square)
  }
  return inverse
}
