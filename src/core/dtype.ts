// How a corpus stores its elements: by name, the kernel's number for each, what it costs and what it can hold.

import { BITS, type DtypeCode, F16, F32, I8, I16, U8 } from '../kernel/constants.generated.js'

/**
 * How elements are stored.
 *
 * - `f32`: 4 bytes, exactly what was given
 * - `f16`: 2 bytes, half precision as Qdrant's float16 rounds; queries are rounded too, as Qdrant does
 * - `i16`: 2 bytes, fixed point with a power of two for each document: within 2^-16 of the document's longest row
 * - `i8`: 1 byte, fixed point with a scale for each document: within 1/254 of the document's largest element
 * - `u8`: 1 byte, truncated and clamped to 0 ... 255 as Qdrant's uint8; queries too, as Qdrant does. Scores are those of
 *   whole numbers, exactly. For rows that were scaled to that range
 * - `binary`: 1 bit, the sign; an element is read as plus or minus the mean absolute value of its document. Not for
 *   `manhattan`
 */
export type Dtype = 'f32' | 'f16' | 'i16' | 'i8' | 'u8' | 'binary'

interface DtypeTraits {
  /** The constant in `assembly/dtype.ts`. */
  readonly code: DtypeCode
  /** Up to how many dims dot products are taken in whole numbers; `assembly/bits.ts` says why not beyond for bits. */
  readonly fixedDims: number
  /** The largest absolute value that it stores as a finite number. */
  readonly largest: number
  /** Bytes of a row of `dim` elements. */
  rowBytes(dim: number): number
}

export const DTYPES: Readonly<Record<Dtype, DtypeTraits>> = {
  f32: { code: F32, fixedDims: 0, largest: Infinity, rowBytes: dim => 4 * dim },
  f16: { code: F16, fixedDims: 0, largest: 65519.99, rowBytes: dim => 2 * dim },
  i16: { code: I16, fixedDims: Infinity, largest: 2 ** 100, rowBytes: dim => 4 * Math.ceil(dim / 2) },
  i8: { code: I8, fixedDims: Infinity, largest: 2 ** 100, rowBytes: dim => dim },
  // so far no query has to be scaled down to whole numbers: 255 sqrt(16,512) <= 32,768
  u8: { code: U8, fixedDims: 16512, largest: 2 ** 100, rowBytes: dim => dim },
  binary: { code: BITS, fixedDims: 2048, largest: 2 ** 100, rowBytes: dim => Math.ceil(dim / 8) },
}

/** @throws RangeError if rows whose largest absolute value is `largest` cannot be stored as `dtype` */
export function checkStorable(dtype: Dtype, largest: number, place: string): void {
  if (largest <= DTYPES[dtype].largest) return
  const holds = dtype === 'f16' ? 'up to 65504' : 'up to 1e30'
  throw new RangeError(
    `"${place}" expected numbers that ${dtype} holds (${holds}), got ${largest}; ` +
      `use dtype ${dtype === 'f16' ? 'i16 or ' : ''}f32, or scale the rows down`,
  )
}
