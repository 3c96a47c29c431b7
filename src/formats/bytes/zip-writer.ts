// Writes zip files of stored entries in one pass. This is our own code because no library can do it: the header of the
// first array contains the number of all rows, which is known only after the last row, so the first bytes of an entry
// are overwritten and its checksum is combined from two parts. All entries have zip64 sizes, so that one layout fits
// any size, and the date 1980-01-01, so that the bytes depend on the content only. Layout: PKWARE's APPNOTE.TXT,
// sections 4.3 and 4.5.3. Checksums: zlib's crc32 and crc32_combine.

import { concatBytes } from '../../base/concat-bytes.js'

/** The name, size and checksum of an entry. */
export interface StoredEntry {
  readonly name: string
  readonly size: number
  readonly crc: number
}

/** A field of a record: its value and its bytes. */
type NumberField = readonly [value: number, bytes: 2 | 4 | 8]

const [LOCAL, CENTRAL, END, END64, LOCATOR64] = [0x04034b50, 0x02014b50, 0x06054b50, 0x06064b50, 0x07064b50]
const ZIP64_VERSION: NumberField = [45, 2]
const JANUARY_1980 = 0x21
/** In a field of 32 bits: the value is in the zip64 record. */
const IN_ZIP64: NumberField = [0xffffffff, 4]
const NONE_2: NumberField = [0, 2]
const NONE_4: NumberField = [0, 4]

function record(fields: readonly NumberField[], ...rest: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(fields.reduce((sum, [, length]) => sum + length, 0))
  const view = new DataView(bytes.buffer)
  let offset = 0
  for (const [value, length] of fields) {
    if (length === 8) view.setBigUint64(offset, BigInt(value), true)
    else if (length === 4) view.setUint32(offset, value, true)
    else view.setUint16(offset, value, true)
    offset += length
  }
  return concatBytes([bytes, ...rest])
}

/** The zip64 record: the size twice, because stored entries are not compressed, then the offset in the directory. */
const zip64Record = (...values: readonly number[]) =>
  record([[1, 2], [8 * values.length, 2], ...values.map((value): NumberField => [value, 8])])

/** The fields that a local header and an entry of the directory share. */
const commonFields = (crc: number, name: Uint8Array, extra: Uint8Array): readonly NumberField[] => [
  ZIP64_VERSION,
  NONE_2, // flags
  NONE_2, // method: stored
  NONE_2, // time
  [JANUARY_1980, 2],
  [crc, 4],
  IN_ZIP64, // compressed size
  IN_ZIP64, // size
  [name.length, 2],
  [extra.length, 2],
]

/** The header before the bytes of an entry. Its length depends on the name only. */
export function localHeader({ name, size, crc }: StoredEntry): Uint8Array {
  const [nameBytes, extra] = [new TextEncoder().encode(name), zip64Record(size, size)]
  return record([[LOCAL, 4], ...commonFields(crc, nameBytes, extra)], nameBytes, extra)
}

/** The directory at the end of a zip file, `end` bytes after its start, for entries that lie one after the other. */
export function zipDirectory(entries: readonly StoredEntry[], end: number): Uint8Array {
  let offset = 0
  const central = concatBytes(
    entries.map(entry => {
      const record = centralEntry(entry, offset)
      offset += localHeader(entry).length + entry.size
      return record
    }),
  )
  const count = entries.length
  return concatBytes([
    central,
    record([
      [END64, 4],
      [44, 8], // bytes that follow
      ZIP64_VERSION,
      ZIP64_VERSION,
      NONE_4, // disk
      NONE_4, // disk of the directory
      [count, 8],
      [count, 8],
      [central.length, 8],
      [end, 8],
    ]),
    record([[LOCATOR64, 4], NONE_4, [end + central.length, 8], [1, 4]]),
    record([[END, 4], NONE_2, NONE_2, [count, 2], [count, 2], [central.length, 4], IN_ZIP64, NONE_2]),
  ])
}

function centralEntry({ name, size, crc }: StoredEntry, offset: number): Uint8Array {
  const [nameBytes, extra] = [new TextEncoder().encode(name), zip64Record(size, size, offset)]
  return record(
    [
      [CENTRAL, 4],
      ZIP64_VERSION, // made by
      ...commonFields(crc, nameBytes, extra),
      NONE_2, // comment
      NONE_2, // disk
      NONE_2, // internal attributes
      NONE_4, // external attributes
      IN_ZIP64, // offset
    ],
    nameBytes,
    extra,
  )
}

const POLYNOMIAL = 0xedb88320

const TABLE = /* @__PURE__ */ (() => {
  const table = new Uint32Array(256)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ POLYNOMIAL : crc >>> 1
    table[byte] = crc >>> 0
  }
  return table
})()

/** The CRC-32 of `bytes`, appended to bytes with the checksum `crc`. Default: 0, the checksum of no bytes. */
export function crc32(bytes: Uint8Array, crc = 0): number {
  let state = ~crc
  for (let i = 0; i < bytes.length; i++) state = TABLE[(state ^ bytes[i]!) & 255]! ^ (state >>> 8)
  return ~state >>> 0
}

/** The product of two polynomials modulo the polynomial of CRC-32. */
function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = 0x80000000; bit !== 0; bit >>>= 1) {
    if (a & bit) product ^= b
    b = b & 1 ? (b >>> 1) ^ POLYNOMIAL : b >>> 1
  }
  return product >>> 0
}

/** The CRC-32 of two joined parts, from the checksums of both; the second has `length` bytes. */
export function combineCrc32(first: number, second: number, length: number): number {
  // x^(8 * length) by squaring; the highest bit is x^0
  let [power, square] = [0x80000000, 0x00800000]
  for (let left = length; left > 0; left = Math.floor(left / 2)) {
    if (left % 2 === 1) power = multiply(power, square)
    square = multiply(square, square)
  }
  return (multiply(power, first) ^ second) >>> 0
}
