// Stored rows in plain TypeScript: the twin of `assembly/dtype.ts` and `assembly/encode.ts`, for the reference kernel.

import { float16ToNumber } from '../base/float16.js'

const [F32, F16, I16] = [0, 1, 2] as const
export const I8 = 3
export const BITS = 4
const U8 = 6
/** U8 with cosine. */
const UNIT = 7
/** Qdrant's rule for Cosine: f32's epsilon, and how near to 1 a squared length counts as 1. */
const EPSILON = 2 ** -23
const NEAR_ONE = 1e-6

/** Lengths that products of int16 rows may have: see `assembly/fixed.ts`. */
const LONGEST_DOCUMENT = 60_000
export const LONGEST_QUERY = 32_768

/** The largest power of two that keeps elements within int16 and rows within `longest`. */
export function fixedScale(largest: number, length: number, longest: number): number {
  let scale = 1
  while (scale < 1.3e36 && largest * scale * 2 <= 32767 && length * scale * 2 <= longest) scale *= 2
  while (scale > 1e-30 && (largest * scale > 32767 || length * scale > longest)) scale /= 2
  return scale
}

/** The scale of a query's row for documents of int8: 14 bits and a sign. */
export function quadScale(largest: number, length: number): number {
  return largest === 0 ? 1 : Math.min(8191 / largest, LONGEST_QUERY / length)
}

/** The scale of a query's row against documents of bits: see `assembly/bits.ts`. */
export function bitsScale(row: ArrayLike<number>): number {
  let most = 0
  for (let k = 0; k < row.length; k += 8) {
    let sum = 0
    for (let i = k; i < Math.min(k + 8, row.length); i++) sum += Math.abs(row[i]!)
    most = Math.max(most, sum)
  }
  return most === 0 ? 1 : 248 / most
}

/** To the nearest whole number, ties to even. */
export function nearest(value: number): number {
  const below = Math.floor(value)
  const gap = value - below
  return gap < 0.5 || (gap === 0.5 && below % 2 === 0) ? below : below + 1
}

/** An f32 that half precision holds, to nearest, ties to even. */
function roundToHalf(value: number): number {
  const exponent = Math.max(-14, Math.floor(Math.log2(Math.abs(value) || 1)))
  const unit = 2 ** (exponent - 10)
  return nearest(value / unit) * unit
}

function halfBits(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const magnitude = Math.abs(value)
  if (magnitude < 2 ** -14) return sign | (magnitude * 2 ** 24)
  const exponent = Math.floor(Math.log2(magnitude))
  return sign | ((exponent + 15) << 10) | ((magnitude / 2 ** exponent - 1) * 1024)
}

/** Bytes of a stored row. */
function rowBytes(dtype: number, dim: number): number {
  if (dtype === F32) return 4 * dim
  if (dtype === F16) return 2 * dim
  if (dtype === I16) return 4 * Math.ceil(dim / 2)
  return dtype === BITS ? Math.ceil(dim / 8) : dim
}

/** `rows` stored rows as f32. */
export function decodeRows(
  buffer: ArrayBufferLike,
  dtype: number,
  address: number,
  rows: number,
  dim: number,
  scale: number,
): Float32Array {
  const view = new DataView(buffer)
  const out = new Float32Array(rows * dim)
  for (let row = 0; row < rows; row++) {
    const first = address + row * rowBytes(dtype, dim)
    for (let k = 0; k < dim; k++) {
      const at = row * dim + k
      if (dtype === F16) out[at] = float16ToNumber(view.getUint16(first + 2 * k, true))
      else if (dtype === I16) out[at] = view.getInt16(first + 2 * k, true) * Math.fround(1 / scale)
      else if (dtype === I8) out[at] = view.getInt8(first + k) * Math.fround(1 / scale)
      else if (dtype === U8 || dtype === UNIT) out[at] = view.getUint8(first + k)
      else out[at] = signAt(view, first, k) * Math.fround(1 / scale)
    }
  }
  if (dtype === UNIT) normalizeRows(out, dim)
  return out
}

/** Divides rows by their length, in place, as `normalize` of `assembly/rows.ts`. */
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

/** 1 or -1, for the `k`-th bit of a row. */
function signAt(view: DataView, row: number, k: number): number {
  return view.getUint8(row + (k >> 3)) & (1 << (k & 7)) ? 1 : -1
}

/** Stores f32 rows; returns the scale, the length of the longest row, and the largest error of a row. */
export function encodeRows(
  buffer: ArrayBufferLike,
  dtype: number,
  source: number,
  rows: number,
  dim: number,
  largest: number,
  out: number,
): [number, number, number] {
  const view = new DataView(buffer)
  const values = new Float32Array(buffer, source, rows * dim)
  const lengthOf = (row: ArrayLike<number>) =>
    Math.sqrt(Array.from(row).reduce((sum, value) => sum + value * value, 0))
  const rowsOf = Array.from({ length: rows }, (_, row) => values.subarray(row * dim, (row + 1) * dim))
  let scale = 1
  if (dtype === I8) scale = Math.min(Math.fround(127 / largest), Math.fround(1e30))
  else if (dtype === BITS)
    scale = Math.fround(values.length / values.reduce((sum, value) => sum + Math.abs(value), 0))
  else if (dtype !== F16 && dtype !== U8)
    scale = fixedScale(largest, Math.max(...rowsOf.map(lengthOf)), LONGEST_DOCUMENT)
  let longest = 0
  let error = 0
  rowsOf.forEach((row, r) => {
    const first = out + r * rowBytes(dtype, dim)
    if (dtype === BITS) new Uint8Array(buffer, first, rowBytes(dtype, dim)).fill(0)
    const stored = Array.from(row, (value, k) => {
      if (dtype === F16) {
        const half = roundToHalf(value)
        view.setUint16(first + 2 * k, halfBits(half), true)
        return half
      }
      if (dtype === BITS) {
        if (value >= 0) view.setUint8(first + (k >> 3), view.getUint8(first + (k >> 3)) | (1 << (k & 7)))
        return (value >= 0 ? 1 : -1) * Math.fround(1 / scale)
      }
      if (dtype === U8) {
        const byte = Math.trunc(Math.min(Math.max(value, 0), 255))
        view.setUint8(first + k, byte)
        return byte
      }
      const whole = nearest(Math.fround(value * scale))
      if (dtype === I8) view.setInt8(first + k, Math.max(-127, Math.min(127, whole)))
      else if (dtype === I16) view.setInt16(first + 2 * k, whole, true)
      return Math.fround((dtype === I8 ? Math.max(-127, Math.min(127, whole)) : whole) / scale)
    })
    longest = Math.max(longest, lengthOf(row), lengthOf(stored))
    error = Math.max(error, lengthOf(stored.map((value, k) => value - row[k]!)))
  })
  const length = longest * 1.000001
  return [scale, length, error * 1.000001 + (dtype === I8 || dtype === BITS ? length * 2.4e-7 : 0)]
}

/** `rows` rows as the whole numbers that the fixed-point tiles multiply: f32 rounded at `scale`, others as stored. */
export function fixedRows(
  buffer: ArrayBufferLike,
  dtype: number,
  address: number,
  rows: number,
  dim: number,
  scale: number,
): Float64Array {
  const view = new DataView(buffer)
  const out = new Float64Array(rows * dim)
  for (let i = 0; i < out.length; i++) {
    const first = address + Math.floor(i / dim) * rowBytes(dtype, dim)
    const k = i % dim
    if (dtype === F32) out[i] = nearest(view.getFloat32(first + 4 * k, true) * scale)
    else if (dtype === I16) out[i] = view.getInt16(first + 2 * k, true)
    else if (dtype === U8) out[i] = view.getUint8(first + k)
    else out[i] = dtype === I8 ? view.getInt8(first + k) : signAt(view, first, k)
  }
  return out
}
