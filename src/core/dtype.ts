// The dtypes: how a corpus stores its elements, their codes in the kernel, their size and their range.

import { BITS, type DtypeCode, F16, F32, I8, I16, U8 } from '../kernel/constants.generated.js'

/**
 * How the elements of documents are stored.
 *
 * - `f32`: 4 bytes, exact.
 * - `f16`: 2 bytes, half precision, rounded as Qdrant rounds float16. Queries are rounded too, as in Qdrant.
 * - `i16`: 2 bytes, fixed point with a power of two per document. The error is at most 2^-16 of the longest row.
 * - `i8`: 1 byte, fixed point with a scale per document. The error is at most 1/254 of the document's largest element.
 * - `u8`: 1 byte, truncated and clamped to 0 ... 255 as in Qdrant's uint8. Queries are rounded too, as in Qdrant. Scores
 *   are exact sums of integers. For rows that were scaled to that range.
 * - `binary`: 1 bit, the sign. An element is read as plus or minus the mean absolute value of its document. Not for
 *   `manhattan`.
 */
export type Dtype = 'f32' | 'f16' | 'i16' | 'i8' | 'u8' | 'binary'

interface DtypeTraits {
  /** The code in `assembly/dtype.ts`. */
  readonly code: DtypeCode
  /** The maximum dim for which dot products are computed in integers; for bits see `assembly/bits.ts`. */
  readonly fixedDims: number
  /** The largest absolute value that is stored as a finite number. */
  readonly largest: number
  /** Whether queries are rounded as documents are, and when: before or after rows are divided by their length. */
  readonly queryRounding: 'none' | 'before' | 'after'
  /** Bytes of a stored row of `dim` elements. */
  rowBytes(dim: number): number
  /** Bytes of a query row of `dim` elements that is packed for integer products. */
  queryRowBytes(dim: number): number
}

/** The largest value that is accepted for dtypes with a scale. */
const MAX_FIXED = 2 ** 100

/** Vectors of eight int16. */
const int16Bytes = (dim: number) => 16 * Math.ceil(dim / 8)

export const DTYPES: Readonly<Record<Dtype, DtypeTraits>> = {
  f32: {
    code: F32,
    fixedDims: 0,
    largest: Infinity,
    queryRounding: 'none',
    rowBytes: dim => 4 * dim,
    queryRowBytes: int16Bytes,
  },
  f16: {
    code: F16,
    fixedDims: 0,
    largest: 65519.99,
    queryRounding: 'after',
    rowBytes: dim => 2 * dim,
    queryRowBytes: int16Bytes,
  },
  i16: {
    code: I16,
    fixedDims: Infinity,
    largest: MAX_FIXED,
    queryRounding: 'none',
    rowBytes: dim => 4 * Math.ceil(dim / 2),
    queryRowBytes: int16Bytes,
  },
  i8: {
    code: I8,
    fixedDims: Infinity,
    largest: MAX_FIXED,
    queryRounding: 'none',
    rowBytes: dim => dim,
    queryRowBytes: int16Bytes,
  },
  u8: {
    code: U8,
    // up to this dim no query row has to be scaled down: 255 sqrt(16,512) <= 32,768
    fixedDims: 16512,
    largest: MAX_FIXED,
    queryRounding: 'before',
    rowBytes: dim => dim,
    queryRowBytes: int16Bytes,
  },
  binary: {
    code: BITS,
    fixedDims: 2048,
    largest: MAX_FIXED,
    queryRounding: 'none',
    rowBytes: dim => Math.ceil(dim / 8),
    // tables of 16 sums for every four dims, and their total
    queryRowBytes: dim => 32 * Math.ceil(dim / 8) + 4,
  },
}

/** @throws RangeError if rows whose largest absolute value is `largest` cannot be stored as `dtype` */
export function checkStorable(dtype: Dtype, largest: number, path: string): void {
  if (largest <= DTYPES[dtype].largest) return
  const isHalf = dtype === 'f16'
  throw new RangeError(
    `"${path}" expected numbers that ${dtype} holds (up to ${isHalf ? '65504' : '1e30'}), got ${largest}; ` +
      `use dtype ${isHalf ? 'i16 or ' : ''}f32, or scale the rows down`,
  )
}
