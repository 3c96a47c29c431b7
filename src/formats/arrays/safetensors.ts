// Reads safetensors files: the length of a JSON header, the header, then the tensors in C order, little endian. The
// tensors must follow each other without gaps and end with the file. Source: safetensors/src/tensor.rs.

import { plural } from '../../base/plural.js'
import { type ByteSource, formatError } from '../bytes/byte-source.js'
import { regionStream } from '../bytes/byte-stream.js'
import type { FileColumns } from '../file-columns.js'
import type { FilePoint } from '../file-point.js'
import { checkObject } from '../text/json-object.js'
import { ELEMENT_BYTES, type ElementType } from './element-types.js'
import { pointsOfArrays } from './points-of-arrays.js'
import {
  type ArrayHeader,
  byteLengthOf,
  checkByteLength,
  elementBytes,
  type StoredArray,
} from './stored-array.js'

/** The limit of the safetensors library. */
const MAX_HEADER_BYTES = 100_000_000

type TensorType = Exclude<ArrayHeader['type'], 'text'>

const TENSOR_TYPES: ReadonlyMap<unknown, TensorType> = new Map(
  [...(Object.keys(ELEMENT_BYTES) as ElementType[]), 'bool' as const].map(type => [type.toUpperCase(), type]),
)

/** The header's entry of one tensor. `begin` and `end` count bytes from the end of the header. */
interface TensorEntry {
  readonly type: TensorType
  readonly shape: readonly number[]
  readonly begin: number
  readonly end: number
}

/** The points of a safetensors file. */
export async function* readSafetensors(
  source: ByteSource,
  columns: FileColumns = {},
): AsyncGenerator<FilePoint> {
  const arrays = await readTensors(source)
  const entries = arrays.map(array => ({ name: array.name, load: async () => array }))
  // the library sorts tensors by type and name
  yield* pointsOfArrays(entries, source.name, { isOrdered: false, columns })
}

async function readTensors(source: ByteSource): Promise<StoredArray[]> {
  const { header, size } = await readHeader(source)
  const tensors = Object.entries(header)
    .filter(([name]) => name !== '__metadata__')
    .map(([name, entry]) => {
      const path = `${source.name}: ${name}`
      return { ...parseTensor(entry, path), name, path }
    })
  for (const { end, begin, path } of tensors) {
    if (end < begin || size + end > source.size) throw formatError(path, 'is outside of the file')
  }
  const arrays = tensors.map(({ name, path, type, shape, begin, end }): StoredArray => {
    const byteLength = byteLengthOf(shape, elementBytes({ type, characters: 0 }), path)
    checkByteLength({ byteLength, shape }, end - begin, path)
    return {
      name,
      path,
      type,
      characters: 0,
      littleEndian: true,
      fortranOrder: false,
      shape,
      byteLength,
      open: async () => regionStream(source, size + begin, byteLength, path),
      read: undefined,
    }
  })
  checkLayout(tensors, source.size - size, source.name)
  return arrays
}

async function readHeader(source: ByteSource) {
  if (source.size < 8) throw formatError(source.name, 'is too short for a safetensors file')
  const start = await source.read(0, 8)
  const length = Number(new DataView(start.buffer, start.byteOffset).getBigUint64(0, true))
  const limit = Math.min(MAX_HEADER_BYTES, source.size - 8)
  if (length > limit) {
    throw formatError(source.name, `expected a header of at most ${limit} bytes, got ${length}`)
  }
  return { header: parseHeader(await source.read(8, length), source.name), size: 8 + length }
}

function parseHeader(bytes: Uint8Array, path: string): Record<string, unknown> {
  let header: unknown
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
  } catch (cause) {
    throw formatError(path, `its header is not valid JSON: ${(cause as Error).message}`, cause)
  }
  return checkObject(header, path, 'an object as its header')
}

function parseTensor(entry: unknown, path: string): TensorEntry {
  const { dtype, shape, data_offsets: offsets } = (entry ?? {}) as Readonly<Record<string, unknown>>
  const areCounts = (value: unknown): value is number[] =>
    Array.isArray(value) && value.every(count => Number.isSafeInteger(count) && count >= 0)
  if (!areCounts(shape) || !areCounts(offsets) || offsets.length !== 2) {
    throw formatError(path, 'expected a dtype, a shape and two data_offsets')
  }
  const type = TENSOR_TYPES.get(dtype)
  if (type === undefined) {
    const types = [...TENSOR_TYPES.keys()].join(', ')
    throw formatError(path, `expected one of ${types}, got ${JSON.stringify(dtype)}`)
  }
  return { type, shape, begin: offsets[0]!, end: offsets[1]! }
}

/** Checks that the tensors follow each other without gaps and fill `size` bytes. */
function checkLayout(
  tensors: readonly (TensorEntry & { readonly path: string })[],
  size: number,
  file: string,
): void {
  let offset = 0
  for (const { begin, end, path } of tensors.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (begin !== offset) {
      throw formatError(path, `expected to begin at byte ${offset} of the data, got ${begin}`)
    }
    offset = end
  }
  if (offset !== size) throw formatError(file, `has ${plural(size - offset, 'byte')} after its last tensor`)
}
