// Rounding and scales of the reference kernel.

import {
  BITS,
  BYTE_LANE_SUM,
  BYTE_SUM,
  BYTES,
  type DtypeCode,
  F16,
  F32,
  I8,
  I16,
  LIMB,
  LIMB_OFFSET,
  MAX_FIXED_QUERY_LENGTH,
  QUADS,
  SINGLE_LIMB_OFFSET,
  U8,
  UNIT,
} from './constants.generated.js'
import { unsupported } from './reference-metric.js'

/** Returns the nearest whole number, of two the even one. */
export function nearest(value: number): number {
  const below = Math.floor(value)
  const difference = value - below
  return difference < 0.5 || (difference === 0.5 && below % 2 === 0) ? below : below + 1
}

/** Returns the Euclidean length of a row. */
export const lengthOf = (row: ArrayLike<number>): number =>
  Math.sqrt(Array.from(row).reduce((sum, value) => sum + value * value, 0))

/** Returns the largest absolute value of a row. */
export const largestOf = (row: ArrayLike<number>): number =>
  Array.from(row).reduce((largest, value) => Math.max(largest, Math.abs(value)), 0)

/** Returns the largest power of two that keeps elements within int16 and rows within `maxLength`. */
export function fixedScale(largest: number, length: number, maxLength: number): number {
  let scale = 1
  while (scale < 1.3e36 && largest * scale * 2 <= 32767 && length * scale * 2 <= maxLength) scale *= 2
  while (scale > 1e-30 && (largest * scale > 32767 || length * scale > maxLength)) scale /= 2
  return scale
}

/** Returns the scale at which a query row is rounded for documents of `dtype`: `assembly/fixed.ts` and `bits.ts`. */
export function queryScale(dtype: DtypeCode, row: Float32Array): number {
  switch (dtype) {
    case F32:
    case F16:
    case I16:
    case U8:
      return fixedScale(largestOf(row), lengthOf(row), MAX_FIXED_QUERY_LENGTH)
    case I8:
    case QUADS: {
      const largest = largestOf(row)
      if (largest === 0) return 1
      return Math.min((LIMB_OFFSET - 1) / largest, MAX_FIXED_QUERY_LENGTH / lengthOf(row))
    }
    case LIMB: {
      const largest = largestOf(row)
      return largest === 0 ? 1 : (SINGLE_LIMB_OFFSET - 1) / largest
    }
    case BYTES: {
      const largest = Math.max(...laneSums(row))
      return largest === 0 ? 1 : BYTE_LANE_SUM / largest
    }
    case BITS: {
      const largest = Math.max(...byteSums(row))
      return largest === 0 ? 1 : BYTE_SUM / largest
    }
    case UNIT:
      return unsupported(dtype)
    default:
      return unsupported(dtype satisfies never)
  }
}

/** Returns the sums of absolute values of every eight elements. */
function byteSums(row: Float32Array): number[] {
  return Array.from({ length: Math.ceil(row.length / 8) }, (_, i) =>
    row.subarray(8 * i, 8 * i + 8).reduce((sum, value) => sum + Math.abs(value), 0),
  )
}

/** Returns the larger of the sums of positive and of negative elements in each lane of `assembly/byte-tile.ts`. */
function laneSums(row: Float32Array): number[] {
  return Array.from({ length: 2 * Math.ceil(row.length / 16) }, (_, lane) => {
    const elements = row.filter((_value, k) => k >> 4 === lane >> 1 && ((k >> 1) & 1) === (lane & 1))
    const sum = elements.reduce((total, value) => total + value, 0)
    return (elements.reduce((total, value) => total + Math.abs(value), 0) + Math.abs(sum)) / 2
  })
}
