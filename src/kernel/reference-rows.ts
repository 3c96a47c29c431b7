// Stored rows of the reference kernel: `assembly/dtype.ts` and `assembly/encode.ts` in TypeScript.

import { float16ToNumber } from '../base/float16.js'
import {
  BITS,
  BYTES,
  type DtypeCode,
  F16,
  F32,
  I8,
  I16,
  LIMB,
  MAX_FIXED_DOCUMENT_LENGTH,
  QUADS,
  U8,
  UNIT,
} from './constants.generated.js'
import { unsupported } from './reference-metric.js'
import { fixedScale, largestOf, lengthOf, nearest } from './reference-numbers.js'

/** Qdrant's rule for Cosine: f32's epsilon, and the distance from 1 within which a squared length counts as 1. */
const EPSILON = 2 ** -23
const NEAR_ONE = 1e-6

/** Rows in memory, in the format of their dtype. */
export interface StoredRows {
  readonly buffer: ArrayBufferLike
  readonly dtype: DtypeCode
  readonly address: number
  readonly rows: number
  readonly dim: number
  readonly scale: number
}

/** Reads the stored number of element `k` of the row at an address: the whole number, or the float. */
type ElementReader = (row: number, k: number) => number

/** Stores element `k` of the row at an address, and returns the value that it is read as. */
type ElementWriter = (row: number, k: number, value: number) => number

/** Returns the number of bytes of a stored row. */
function rowBytes(dtype: DtypeCode, dim: number): number {
  switch (dtype) {
    case F32:
      return 4 * dim
    case F16:
      return 2 * dim
    case I16:
      return 4 * Math.ceil(dim / 2)
    case BITS:
      return Math.ceil(dim / 8)
    case I8:
    case QUADS:
    case LIMB:
    case BYTES:
    case U8:
    case UNIT:
      return dim
    default:
      return unsupported(dtype satisfies never)
  }
}

function elementReader(dtype: DtypeCode, view: DataView): ElementReader {
  switch (dtype) {
    case F32:
      return (row, k) => view.getFloat32(row + 4 * k, true)
    case F16:
      return (row, k) => float16ToNumber(view.getUint16(row + 2 * k, true))
    case I16:
      return (row, k) => view.getInt16(row + 2 * k, true)
    case I8:
    case QUADS:
    case LIMB:
    case BYTES:
      return (row, k) => view.getInt8(row + k)
    case U8:
    case UNIT:
      return (row, k) => view.getUint8(row + k)
    case BITS:
      return (row, k) => (view.getUint8(row + (k >> 3)) & (1 << (k & 7)) ? 1 : -1)
    default:
      return unsupported(dtype satisfies never)
  }
}

function elementWriter(dtype: DtypeCode, view: DataView, scale: number): ElementWriter {
  const wholeOf = (value: number) => nearest(Math.fround(value * scale))
  switch (dtype) {
    case F32:
      // not stored: the tiles round it as they read it
      return (_row, _k, value) => Math.fround(wholeOf(value) / scale)
    case F16:
      return (row, k, value) => {
        const half = roundToHalf(value)
        view.setUint16(row + 2 * k, halfBits(half), true)
        return half
      }
    case I16:
      return (row, k, value) => {
        view.setInt16(row + 2 * k, wholeOf(value), true)
        return Math.fround(wholeOf(value) / scale)
      }
    case I8:
      return (row, k, value) => {
        const whole = Math.max(-127, Math.min(127, wholeOf(value)))
        view.setInt8(row + k, whole)
        return Math.fround(whole / scale)
      }
    case U8:
      return (row, k, value) => {
        const byte = Math.trunc(Math.min(Math.max(value, 0), 255))
        view.setUint8(row + k, byte)
        return byte
      }
    case BITS:
      return (row, k, value) => {
        const byte = k % 8 === 0 ? 0 : view.getUint8(row + (k >> 3))
        view.setUint8(row + (k >> 3), byte | (Number(value >= 0) << (k & 7)))
        return (value >= 0 ? 1 : -1) * Math.fround(1 / scale)
      }
    case QUADS:
    case LIMB:
    case BYTES:
    case UNIT:
      return unsupported(dtype)
    default:
      return unsupported(dtype satisfies never)
  }
}

/** Returns the scale at which rows are stored: see `assembly/dtype.ts`. */
function documentScale(dtype: DtypeCode, rows: readonly Float32Array[], largest: number): number {
  switch (dtype) {
    case F16:
    case U8:
      return 1
    case I8:
      return Math.min(Math.fround(127 / largest), Math.fround(1e30))
    case BITS: {
      const values = rows.flatMap(row => Array.from(row, Math.abs))
      return Math.fround(values.length / values.reduce((sum, value) => sum + value, 0))
    }
    case F32:
    case I16:
      return fixedScale(largest, largestOf(rows.map(lengthOf)), MAX_FIXED_DOCUMENT_LENGTH)
    case QUADS:
    case LIMB:
    case BYTES:
    case UNIT:
      return unsupported(dtype)
    default:
      return unsupported(dtype satisfies never)
  }
}

/** Returns an f32 rounded to half precision, to nearest, ties to even; the sign stays. It must not overflow. */
function roundToHalf(value: number): number {
  const magnitude = Math.abs(value)
  const exponent = Math.max(-14, Math.floor(Math.log2(magnitude || 1)))
  const unit = 2 ** (exponent - 10)
  const half = nearest(magnitude / unit) * unit
  return isNegative(value) ? -half : half
}

const isNegative = (value: number) => value < 0 || Object.is(value, -0)

/** Returns the bits of a number in half precision. */
function halfBits(value: number): number {
  const sign = isNegative(value) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24)
  const exponent = Math.floor(Math.log2(magnitude))
  return sign | ((exponent + 15) << 10) | ((magnitude / 2 ** exponent - 1) * 1024)
}

/** Writes the stored numbers to `out`, each changed by `convert`, row after row. Returns `out`. */
function readRows<T extends Float32Array | Float64Array>(
  { buffer, dtype, address, rows, dim }: StoredRows,
  out: T,
  convert: (stored: number) => number,
): T {
  const read = elementReader(dtype, new DataView(buffer))
  for (let row = 0; row < rows; row++) {
    const first = address + row * rowBytes(dtype, dim)
    for (let k = 0; k < dim; k++) out[row * dim + k] = convert(read(first, k))
  }
  return out
}

/** Returns stored rows as f32, row after row. */
export function decodeRows(stored: StoredRows): Float32Array {
  const { dtype, rows, dim, scale } = stored
  const step = Math.fround(1 / scale)
  const isScaled = dtype === I16 || dtype === I8 || dtype === BITS
  const out = readRows(stored, new Float32Array(rows * dim), value => (isScaled ? value * step : value))
  if (dtype === UNIT) normalizeRows(out, dim)
  return out
}

/** Returns rows as the whole numbers that the fixed-point tiles multiply: f32 rounded at `scale`, others as stored. */
export function fixedRows(stored: StoredRows): Float64Array {
  const { dtype, rows, dim, scale } = stored
  return readRows(stored, new Float64Array(rows * dim), value =>
    dtype === F32 ? nearest(value * scale) : value,
  )
}

/** Divides rows by their length, in place: `normalize` of `assembly/rows.ts`. */
export function normalizeRows(values: Float32Array, dim: number): void {
  for (let first = 0; first < values.length; first += dim) {
    let sum = 0
    for (let k = 0; k < dim; k++) sum += values[first + k]! ** 2
    const square = Math.fround(sum)
    if (square < EPSILON || Math.abs(square - 1) <= NEAR_ONE) continue
    const length = Math.sqrt(sum)
    for (let k = 0; k < dim; k++) values[first + k] = values[first + k]! / length
  }
}

/**
 * Stores f32 rows, whose largest absolute value is `largest`, in the buffer at `out`. Returns the scale, the length of
 * the longest row, original or stored, and the largest error of a row, both rounded up.
 */
export function encodeRows(
  rows: readonly Float32Array[],
  dtype: DtypeCode,
  largest: number,
  buffer: ArrayBufferLike,
  out: number,
): [scale: number, length: number, error: number] {
  const scale = documentScale(dtype, rows, largest)
  const write = elementWriter(dtype, new DataView(buffer), scale)
  let longest = 0
  let error = 0
  rows.forEach((row, r) => {
    const first = out + r * rowBytes(dtype, row.length)
    const original = Array.from(row)
    const stored = original.map((value, k) => write(first, k, value))
    longest = Math.max(longest, lengthOf(original), lengthOf(stored))
    error = Math.max(error, lengthOf(stored.map((value, k) => value - original[k]!)))
  })
  const length = longest * 1.000001
  return [scale, length, error * 1.000001 + (dtype === I8 || dtype === BITS ? length * 2.4e-7 : 0)]
}
