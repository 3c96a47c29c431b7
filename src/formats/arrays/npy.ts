// The header of NumPy's .npy format: a magic number, a version, the length of the header, and a Python dict with
// `descr`, `fortran_order` and `shape`. The dict is not evaluated: the three entries are matched by their exact form.
// Source: numpy/lib/format.py.

import { formatError } from '../bytes/byte-source.js'
import type { ByteStream } from '../bytes/byte-stream.js'
import type { ElementType } from './element-types.js'
import { type ArrayHeader, byteLengthOf, elementBytes } from './stored-array.js'

const NUMPY_TYPES: Readonly<Record<string, ElementType>> = {
  f2: 'f16',
  f4: 'f32',
  f8: 'f64',
  i1: 'i8',
  u1: 'u8',
  i2: 'i16',
  u2: 'u16',
  i4: 'i32',
  u4: 'u32',
  i8: 'i64',
  u8: 'u64',
}

/** Bytes of the longest header that is read. NumPy's own limit is 10,000. */
const MAX_HEADER_BYTES = 65_535

/**
 * Reads the header at the start of a stream.
 *
 * @returns the header, and its size in bytes
 * @throws FormatError if it is not the header of an array of numbers or text
 */
export async function readHeader(
  stream: ByteStream,
  path: string,
): Promise<ArrayHeader & { readonly size: number }> {
  const start = await stream.take(8)
  if (String.fromCharCode(...start.subarray(0, 6)) !== '\x93NUMPY') {
    throw formatError(path, 'is not a .npy array')
  }
  const [major, minor] = start.subarray(6)
  if ((major !== 1 && major !== 2 && major !== 3) || minor !== 0) {
    throw formatError(path, `expected version 1.0, 2.0 or 3.0 of the .npy format, got ${major}.${minor}`)
  }
  const lengthBytes = await stream.take(major === 1 ? 2 : 4)
  const view = new DataView(lengthBytes.buffer, lengthBytes.byteOffset)
  const length = major === 1 ? view.getUint16(0, true) : view.getUint32(0, true)
  if (length > MAX_HEADER_BYTES) {
    throw formatError(path, `expected a header of at most ${MAX_HEADER_BYTES} bytes, got ${length}`)
  }
  const text = new TextDecoder('latin1').decode(await stream.take(length))
  return { ...parseHeader(text, path), size: 8 + lengthBytes.length + length }
}

function parseHeader(text: string, path: string): ArrayHeader {
  const entry = (name: string, value: RegExp) =>
    new RegExp(`['"]${name}['"]\\s*:\\s*${value.source}`).exec(text)?.[1]
  const descr = entry('descr', /['"]([^'"]*)['"]/)
  const order = entry('fortran_order', /(True|False)/)
  const shapeList = entry('shape', /\(([\d\s,L]*)\)/)
  if (descr === undefined || order === undefined || shapeList === undefined) {
    throw formatError(
      path,
      `expected a header with descr, fortran_order and shape, got ${JSON.stringify(text.trim().slice(0, 200))}`,
    )
  }
  const element = parseDescr(descr, path)
  const shape = shapeList
    .split(',')
    .filter(part => part.trim() !== '')
    .map(part => Number.parseInt(part, 10))
  const byteLength = byteLengthOf(shape, elementBytes(element), path)
  return { ...element, fortranOrder: order === 'True', shape, byteLength }
}

function parseDescr(
  descr: string,
  path: string,
): Pick<ArrayHeader, 'type' | 'characters' | 'characterBytes' | 'littleEndian'> {
  const [, byteOrder, code = ''] = /^([<>|=])(\w+)$/.exec(descr) ?? []
  const littleEndian = byteOrder !== '>'
  const [, textKind, count] = /^([US])(\d+)$/.exec(code) ?? []
  if (Number(count) > 0) {
    return { type: 'text', characters: Number(count), characterBytes: textKind === 'U' ? 4 : 1, littleEndian }
  }
  const type = code === 'b1' ? 'bool' : NUMPY_TYPES[code]
  if (type !== undefined) return { type, characters: 0, littleEndian }
  const remedy = REMEDIES.find(([pattern]) => pattern.test(code))?.[1] ?? ''
  throw formatError(
    path,
    `expected elements of type f2, f4, f8, i1 to i8 or u1 to u8, got ${JSON.stringify(descr)}${remedy}`,
  )
}

/** What to do about types that are not read. */
const REMEDIES = [
  [
    /^O$/,
    ' (Python objects); save one array per document, or all rows and their lengths; save ids with dtype=str',
  ],
  [/^V2$/, ' (perhaps bfloat16); save array.astype(numpy.float32)'],
  [/^V/, ' (records); save an array of numbers for each field'],
  [/^(?:c|f16)/, '; save array.astype(numpy.float32)'],
] as const

/** Bytes of every header that is written here. NumPy aligns the elements to 64 bytes. */
export const HEADER_SIZE = 128

/** A header for an array in C order. All headers have the same length, so that one can be overwritten by another. */
export function writeHeader(descr: string, shape: readonly number[]): Uint8Array {
  const counts = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${counts}), }`
  const header = `\x93NUMPY\x01\0\0\0${dict.padEnd(HEADER_SIZE - 11)}\n`
  const bytes = Uint8Array.from(header, character => character.charCodeAt(0))
  new DataView(bytes.buffer).setUint16(8, HEADER_SIZE - 10, true)
  return bytes
}
