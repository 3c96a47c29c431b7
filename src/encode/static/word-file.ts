// Reads a word file: words and their vectors in int8, such as data/words.bin. Little-endian, not compressed:
//
//   | 'MAXWORDS' | version u32 | dim u32 | count u32 | text bytes u32 | words | 0 … | rows |
//   0            8             12        16          20               24            16-byte boundary
//
// `words` is UTF-8, one word per line, most frequent first. `rows` is count x dim int8, one row per word. A row is only
// a direction: it is divided by its length when it is used, so the file stores no scale.
import { isA } from '../../base/is-a.js'
import { typeName } from '../../base/type-name.js'
import { createWordTable, type WordTable } from './word-table.js'

const MAGIC = 'MAXWORDS'
const VERSION = 1
const HEADER_BYTES = 24
const REMEDY =
  'pass the contents of a word file, for example words.bin of the package maxsimd-words (npm install maxsimd-words)'

/** The contents of a word file. */
export interface WordVectors {
  /** Elements in each row. */
  readonly dim: number
  /** Row index of each word. */
  readonly rows: WordTable
  /** `rows.size` rows of `dim` integers from -128 to 127. */
  readonly values: Int8Array
  /** 1 / length of a row. Computed when it is first asked for: a search needs the rows of a few words. */
  inverseLength(row: number): number
}

/**
 * Reads a word file. Copies what it needs; the bytes can be reused afterwards.
 *
 * @throws TypeError if `bytes` is not an ArrayBuffer or a Uint8Array
 * @throws RangeError if the bytes are not a complete and valid word file of version 1
 */
export function readWordFile(bytes: ArrayBuffer | Uint8Array): WordVectors {
  const file = toBytes(bytes)
  const { dim, count, textBytes } = readHeader(file)
  const rowsStart = Math.ceil((HEADER_BYTES + textBytes) / 16) * 16
  const length = rowsStart + count * dim
  if (file.length !== length) {
    const state = file.length < length ? 'cut short' : 'longer than its header says'
    throw new RangeError(`"bytes" expected ${length} bytes, got ${file.length}: the file is ${state}`)
  }
  const rows = createWordTable(decodeText(file.subarray(HEADER_BYTES, HEADER_BYTES + textBytes)), count)
  const values = new Int8Array(file.buffer, file.byteOffset + rowsStart, count * dim).slice()
  checkRows(values, dim, rows)
  return { dim, rows, values, inverseLength: inverseLengthsOf(values, dim, count) }
}

function toBytes(bytes: unknown): Uint8Array {
  if (isA(bytes, 'Uint8Array')) return bytes
  if (isA(bytes, 'ArrayBuffer')) return new Uint8Array(bytes)
  throw new TypeError(`"bytes" expected an ArrayBuffer or a Uint8Array, got ${typeName(bytes)}; ${REMEDY}`)
}

function readHeader(file: Uint8Array): {
  readonly dim: number
  readonly count: number
  readonly textBytes: number
} {
  if (file.length < HEADER_BYTES) {
    throw new RangeError(
      `"bytes" expected a header of ${HEADER_BYTES} bytes, got a file of ${file.length} bytes`,
    )
  }
  if (!MAGIC.split('').every((letter, i) => letter.charCodeAt(0) === file[i])) {
    throw new RangeError(`"bytes" expected a word file, which begins with "${MAGIC}"; ${REMEDY}`)
  }
  const header = new DataView(file.buffer, file.byteOffset, HEADER_BYTES)
  const version = header.getUint32(8, true)
  if (version !== VERSION) throw new RangeError(`"bytes" expected version ${VERSION}, got ${version}`)
  const dim = header.getUint32(12, true)
  const count = header.getUint32(16, true)
  if (dim === 0 || count === 0) {
    throw new RangeError(`"bytes" expected at least 1 word of dim 1, got ${count} words of dim ${dim}`)
  }
  return { dim, count, textBytes: header.getUint32(20, true) }
}

function decodeText(text: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(text)
  } catch (cause) {
    throw new RangeError('"bytes" expected words in UTF-8', { cause })
  }
}

/** @throws RangeError if a row has no direction */
function checkRows(values: Int8Array, dim: number, rows: WordTable): void {
  for (let row = 0; row < rows.size; row++) {
    let d = row * dim
    while (d < (row + 1) * dim && values[d] === 0) d++
    if (d < (row + 1) * dim) continue
    const word = [...rows.keys()][row]
    throw new RangeError(`"bytes" has only zeros in row ${row}, for "${word}": it has no direction`)
  }
}

function inverseLengthsOf(values: Int8Array, dim: number, count: number): WordVectors['inverseLength'] {
  // 0: not computed yet
  const known = new Float64Array(count)
  return row => {
    if (known[row] === 0) {
      let square = 0
      for (let d = row * dim; d < (row + 1) * dim; d++) square += values[d]! * values[d]!
      known[row] = 1 / Math.sqrt(square)
    }
    return known[row]!
  }
}
