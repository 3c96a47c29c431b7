// The interface of a codec. The SIMD module and the reference in TypeScript implement it.

import type { WireDatatype } from '../../base/float16.js'

/** A multi-vector of a response: `data.length / dim` rows, one after the other. The array is the caller's. */
export interface DecodedRows {
  readonly data: Float32Array
  readonly dim: number
}

/**
 * The implementation: WebAssembly SIMD128, or TypeScript. Both write the same bytes, and return the same values and
 * errors.
 */
export type CodecKernel = 'simd' | 'reference'

/** A compiled `maxsimd/codec.wasm`: a `WebAssembly.Module`, as `KernelModule` is one. */
export type CodecModule = object

/** Writes rows as JSON for a Qdrant server, and reads its responses. */
export interface Codec {
  readonly kernel: CodecKernel
  /**
   * Returns rows of `dim` numbers as JSON text in UTF-8, for example `[[0.1,-2.5e-8],[3.0,-0.0]]`. Each number is the
   * shortest decimal, with a point, that a server with this datatype reads as the same value (`roundToDatatype`). A
   * `float32` is read as the same bits, whether the parser rounds to f64 first or not. The text may be a view into the
   * codec's memory: it is valid until the next call.
   *
   * @throws TypeError if `rows` is not a Float32Array
   * @throws RangeError if there are no rows, a row is incomplete, or a number is NaN, infinite or too large for float16
   */
  writeRows(rows: Float32Array, dim: number, datatype: WireDatatype): Uint8Array
  /**
   * Returns a response as JSON.parse does, with two differences:
   *
   * - In a point's `vector` (in `result`, its elements, `points`, `groups`, `hits` and `lookup`), a vector is a
   *   `Float32Array` and a multi-vector is `DecodedRows`, alone or by name. Each number has the bits of
   *   `Math.fround(Number(text))`. `null` is NaN: a server writes it for an infinity that it stores.
   * - An integer that a number cannot hold exactly is a bigint, as with js-client-rest.
   *
   * Sparse vectors and payloads are not changed. Nothing refers to `text` or to the codec's memory afterwards.
   *
   * @throws TypeError if `text` is not a Uint8Array
   * @throws SyntaxError if it is not valid JSON, is nested deeper than 512 levels, or has a malformed vector. The
   * message names the byte and what was expected.
   * @throws RangeError if it is larger than WebAssembly memory
   */
  readResponse(text: Uint8Array): unknown
}
