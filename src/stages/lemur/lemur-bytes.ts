// The bytes of a LEMUR map, little-endian:
//
//   0   "LEMUR" and the version of the layout, 8 bytes
//   8   u32 checksum of everything after it | u32 dim | u32 size | u32 sample rows | u32 metric: 0 dot, 1 cosine | u32 0
//   32  f64 error
//   40  f32: anchors | transform, lower triangle | mean | deviation | sample rows

import { typeName } from '../../base/type-name.js'
import { checksumOf } from '../../kernel/checksum.js'
import type { LemurParts } from './lemur-map.js'

const MAGIC = [0x4c, 0x45, 0x4d, 0x55, 0x52, 0, 0, 2]
const CHECKED = 12
const HEADER = 40

const triangle = (size: number) => (size * (size + 1)) / 2

/** The numbers of each part, in order. */
const lengthsOf = (dim: number, size: number, samples: number) => [
  size * dim,
  triangle(size),
  size,
  size,
  samples * dim,
]

/** Writes a map as bytes. The same map has the same bytes. */
export function writeLemur(parts: LemurParts): Uint8Array<ArrayBuffer> {
  const { dim, size, metric, anchors, transform, mean, deviation, samples, error } = parts
  const numbers = [anchors, pack(transform, size), mean, deviation, samples]
  const bytes = new Uint8Array(HEADER + 4 * numbers.reduce((sum, { length }) => sum + length, 0))
  bytes.set(MAGIC)
  const view = new DataView(bytes.buffer)
  ;[dim, size, samples.length / dim, metric === 'cosine' ? 1 : 0].forEach((value, i) => {
    view.setUint32(CHECKED + 4 * i, value, true)
  })
  view.setFloat64(32, error, true)
  let offset = HEADER
  for (const part of numbers) {
    new Float32Array(bytes.buffer, offset, part.length).set(part)
    offset += 4 * part.length
  }
  view.setUint32(8, checksumOf(bytes.subarray(CHECKED)), true)
  return bytes
}

/** The checksum in the bytes of a map, which names it: eight hexadecimal digits. */
export const nameOfLemur = (bytes: Uint8Array): string =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(8, true).toString(16).padStart(8, '0')

/**
 * Reads the bytes of a map.
 *
 * @throws TypeError or RangeError if they are not those of `writeLemur`
 */
export function readLemur(bytes: Uint8Array): LemurParts {
  if (!(bytes instanceof Uint8Array)) {
    throw new TypeError(
      `"bytes" expected a Uint8Array, got ${typeName(bytes)}; pass what lemur.toBytes() returned`,
    )
  }
  const fail = (got: string): never => {
    throw new RangeError(
      `"bytes" expected the bytes of a LEMUR map, got ${got}; pass what lemur.toBytes() returned, or fit the map again`,
    )
  }
  if (bytes.length < HEADER || MAGIC.slice(0, 5).some((value, i) => bytes[i] !== value)) fail('other bytes')
  if (MAGIC.some((value, i) => bytes[i] !== value)) fail('those of another version of maxsimd')
  // a copy, because f32 views need an aligned start; Buffer.slice would return a view of the same memory
  const copy = new Uint8Array(bytes)
  const view = new DataView(copy.buffer)
  const [dim = 0, size = 0, count = 0, metric] = [0, 1, 2, 3].map(i => view.getUint32(CHECKED + 4 * i, true))
  const lengths = lengthsOf(dim, size, count)
  const expected = HEADER + 4 * lengths.reduce((sum, length) => sum + length, 0)
  if (expected !== bytes.length) fail(`${bytes.length} of ${expected} bytes`)
  if (checksumOf(copy.subarray(CHECKED)) !== view.getUint32(8, true)) fail('bytes that were changed')
  let offset = HEADER
  const [anchors, transform, mean, deviation, samples] = lengths.map(length => {
    const part = new Float32Array(copy.buffer, offset, length)
    offset += 4 * length
    return part
  }) as [Float32Array, Float32Array, Float32Array, Float32Array, Float32Array]
  return {
    ...{ dim, size, anchors, mean, deviation, samples },
    metric: metric === 1 ? 'cosine' : 'dot',
    transform: unpack(transform, size),
    error: view.getFloat64(32, true),
  }
}

/** The lower triangle of a square matrix, row after row. */
function pack(matrix: Float32Array, size: number): Float32Array {
  const packed = new Float32Array(triangle(size))
  for (let i = 0; i < size; i++) packed.set(matrix.subarray(i * size, i * size + i + 1), triangle(i))
  return packed
}

function unpack(packed: Float32Array, size: number): Float32Array {
  const matrix = new Float32Array(size * size)
  for (let i = 0; i < size; i++) matrix.set(packed.subarray(triangle(i), triangle(i + 1)), i * size)
  return matrix
}
