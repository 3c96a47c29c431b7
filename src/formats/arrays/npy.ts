// NumPy's .npy: a magic, a version, and a Python dict that says what follows. Nothing of it is evaluated: the three
// entries are read by their exact form. Source: numpy/lib/format.py.

import { type ByteStream, formatError } from '../bytes/byte-source.js'
import { BYTES, type ElementType } from './elements.js'

/** What an array's header says. */
export interface ArrayHeader {
  /** What one element is; `text` is UTF-32 of `characters` each. */
  readonly type: ElementType | 'text'
  readonly characters: number
  readonly little: boolean
  /** Whether the first index changes fastest. */
  readonly fortran: boolean
  readonly shape: readonly number[]
  /** Bytes of the elements. */
  readonly byteLength: number
}

const TYPES: Readonly<Record<string, ElementType>> = {
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

/** The header at the start of a stream, and the bytes it took. */
export async function readHeader(
  stream: ByteStream,
  place: string,
): Promise<ArrayHeader & { readonly size: number }> {
  const start = await stream.take(8)
  if (String.fromCharCode(...start.subarray(0, 6)) !== '\x93NUMPY')
    throw formatError(place, 'is no .npy array')
  const [major] = start.subarray(6)
  if (major !== 1 && major !== 2 && major !== 3)
    throw formatError(place, `expected version 1 to 3 of .npy, got ${major}`)
  const counts = await stream.take(major === 1 ? 2 : 4)
  const view = new DataView(counts.buffer, counts.byteOffset)
  const length = major === 1 ? view.getUint16(0, true) : view.getUint32(0, true)
  if (length > 65_535) throw formatError(place, `expected a header of at most 65,535 bytes, got ${length}`)
  const text = new TextDecoder('latin1').decode(await stream.take(length))
  return { ...parseHeader(text, place), size: 8 + counts.length + length }
}

function parseHeader(text: string, place: string): ArrayHeader {
  const entry = (name: string, value: RegExp) =>
    new RegExp(`['"]${name}['"]\\s*:\\s*${value.source}`).exec(text)?.[1]
  const descr = entry('descr', /['"]([^'"]*)['"]/)
  const order = entry('fortran_order', /(True|False)/)
  const shape = entry('shape', /\(([\d\s,L]*)\)/)
  if (descr === undefined || order === undefined || shape === undefined) {
    throw formatError(
      place,
      `expected a header with descr, fortran_order and shape, got ${JSON.stringify(text.trim().slice(0, 200))}`,
    )
  }
  const [, endian, kind] = /^([<>|=])(\w+)$/.exec(descr) ?? []
  const characters = Number(/^U(\d+)$/.exec(kind ?? '')?.[1] ?? 0)
  const type = characters > 0 ? 'text' : TYPES[kind ?? '']
  if (type === undefined) {
    throw formatError(
      place,
      `expected numbers of type f2, f4, f8 or of 8 to 64 bit integers, got ${JSON.stringify(descr)}`,
    )
  }
  const counts = shape
    .split(',')
    .filter(part => part.trim() !== '')
    .map(part => Number.parseInt(part, 10))
  const size = type === 'text' ? 4 * characters : BYTES[type]
  const byteLength = byteLengthOf(counts, size, place)
  return { type, characters, little: endian !== '>', fortran: order === 'True', shape: counts, byteLength }
}

/** Bytes of an array of this shape. */
export function byteLengthOf(shape: readonly number[], size: number, place: string): number {
  if (shape.length > 8) throw formatError(place, `expected at most 8 dimensions, got ${shape.length}`)
  let bytes = size
  for (const count of shape) {
    bytes *= count
    if (!Number.isSafeInteger(count) || !Number.isSafeInteger(bytes)) {
      throw formatError(place, `expected a shape of an array that fits a file, got (${shape.join(', ')})`)
    }
  }
  return bytes
}

/** Bytes of every header that is written here: a multiple of 64, as NumPy wants it. */
export const HEADER_SIZE = 128

/** The header of an array in C order, always of the same length, so that it can be written again when the shape is known. */
export function writeHeader(descr: string, shape: readonly number[]): Uint8Array {
  const counts = shape.length === 1 ? `${shape[0]},` : shape.join(', ')
  const dict = `{'descr': '${descr}', 'fortran_order': False, 'shape': (${counts}), }`
  const header = `\x93NUMPY\x01\0\0\0${dict.padEnd(HEADER_SIZE - 11)}\n`
  const bytes = Uint8Array.from(header, character => character.charCodeAt(0))
  new DataView(bytes.buffer).setUint16(8, HEADER_SIZE - 10, true)
  return bytes
}
