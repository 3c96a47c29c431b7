// Safetensors: the length of a JSON header, the header, then the tensors in C order, little endian. Its promises (offsets
// rise without a gap and end with the file) are held. Source: safetensors/src/tensor.rs.

import { typeName } from '../../base/type-name.js'
import { type ByteSource, formatError, regionStream } from '../bytes/byte-source.js'
import type { FilePoint } from '../file-point.js'
import type { StoredArray } from './array-rows.js'
import { BYTES, type ElementType } from './elements.js'
import { byteLengthOf } from './npy.js'
import { pointsOf } from './points-of-arrays.js'

const MOST_HEADER = 100_000_000

const TYPES: Readonly<Record<string, ElementType>> = {
  F16: 'f16',
  F32: 'f32',
  F64: 'f64',
  BF16: 'bf16',
  I8: 'i8',
  U8: 'u8',
  I16: 'i16',
  U16: 'u16',
  I32: 'i32',
  U32: 'u32',
  I64: 'i64',
  U64: 'u64',
}

/** The points of a safetensors file. */
export async function* readSafetensors(source: ByteSource): AsyncGenerator<FilePoint> {
  yield* pointsOf(await readTensors(source), source.name)
}

async function readTensors(source: ByteSource): Promise<StoredArray[]> {
  if (source.size < 8) throw formatError(source.name, 'is too short for safetensors')
  const start = await source.read(0, 8)
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true))
  if (length > MOST_HEADER || 8 + length > source.size) {
    throw formatError(
      source.name,
      `expected a header of at most ${Math.min(MOST_HEADER, source.size - 8)} bytes, got ${length}`,
    )
  }
  const header = parseHeader(await source.read(8, length), source.name)
  const data = 8 + length
  const arrays: StoredArray[] = []
  const spans: (readonly [begin: number, end: number, place: string])[] = []
  for (const [name, told] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const place = `${source.name}: ${name}`
    const { type, shape, begin, end } = parseTensor(told, place)
    if (end < begin || data + end > source.size) throw formatError(place, 'lies outside of the file')
    const byteLength = byteLengthOf(shape, BYTES[type], place)
    if (byteLength !== end - begin) {
      throw formatError(
        place,
        `expected ${byteLength} bytes for the shape (${shape.join(', ')}), got ${end - begin}`,
      )
    }
    spans.push([begin, end, place])
    arrays.push({
      name,
      place,
      type,
      characters: 0,
      little: true,
      fortran: false,
      shape,
      byteLength,
      open: async () => regionStream(source, data + begin, byteLength, place),
      read: undefined,
    })
  }
  let at = 0
  for (const [begin, end, place] of spans.sort(([a, b], [c, d]) => a - c || b - d)) {
    if (begin !== at)
      throw formatError(
        place,
        `expected to begin at byte ${at} of the data, where the one before it ends, got ${begin}`,
      )
    at = end
  }
  if (data + at !== source.size) {
    throw formatError(
      source.name,
      `has ${source.size - data - at} bytes after its last tensor, expected none`,
    )
  }
  return arrays
}

function parseHeader(bytes: Uint8Array, name: string): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw formatError(name, `its header is no JSON: ${(cause as Error).message}`, cause)
  }
  if (typeof header === 'object' && header !== null && !Array.isArray(header))
    return header as Record<string, unknown>
  throw formatError(name, `expected an object as its header, got ${typeName(header)}`)
}

interface Tensor {
  readonly type: ElementType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

function parseTensor(told: unknown, place: string): Tensor {
  const { dtype, shape, data_offsets: offsets } = (told ?? {}) as Readonly<Record<string, unknown>>
  const areCounts = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every(count => Number.isSafeInteger(count) && count >= 0)
  if (!areCounts(shape) || !areCounts(offsets) || offsets.length !== 2) {
    throw formatError(place, 'expected a dtype, a shape and two data_offsets')
  }
  const type = TYPES[String(dtype)]
  if (type === undefined) {
    throw formatError(place, `expected one of ${Object.keys(TYPES).join(', ')}, got ${JSON.stringify(dtype)}`)
  }
  return { type, shape, begin: offsets[0]!, end: offsets[1]! }
}
