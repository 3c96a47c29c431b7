// The interface of a codec: the SIMD module and the plain-TypeScript reference both implement it.

import type { WireDatatype } from '../../base/float16.js'

/** A multi-vector of a response: `data.length / dim` rows, one after another. A fresh array, the caller's own. */
export interface DecodedRows {
  readonly data: Float32Array
  readonly dim: number
}

/** Which implementation reads and writes: SIMD128, or plain TypeScript. They give the same bytes, values and errors. */
export type CodecKernel = 'simd' | 'reference'

/** A compiled `maxsimd/codec.wasm`: `WebAssembly.Module`. */
export type CodecModule = WebAssembly.Module

export interface Codec {
  readonly kernel: CodecKernel
  /**
   * Rows of `dim` numbers as JSON text, `[[0.1,-2.5e-8],[3.0,-0.0]]`: each number the shortest decimal, with a point,
   * that a server with this datatype reads as the same value (`roundToDatatype`). Of `float32` it gives the same bits
   * back, whether a parser goes through f64 or not. UTF-8, a view into the codec's memory: valid until its next call.
   *
   * @throws TypeError if `rows` is no Float32Array
   * @throws RangeError if there are no rows, a row is incomplete, or a number is NaN, infinite or beyond float16
   */
  writeRows(rows: Float32Array, dim: number, datatype: WireDatatype): Uint8Array
  /**
   * A response as JSON.parse reads it, but for two things. Where a point's `vector` stands (`result`, its elements, its
   * `points`, `groups`, `hits` and `lookup`), a vector is a `Float32Array` and a multi-vector `DecodedRows`, alone or by
   * name; each number has the bits of `Math.fround(Number(text))`, and `null`, which is how a server writes an infinity
   * that it was made to store, is NaN. And a whole number that JavaScript's cannot hold exactly is a bigint, as with
   * js-client-rest. Sparse vectors and payloads stay as they are. Nothing refers to `text` or to the codec's memory.
   *
   * @throws TypeError if `text` is no Uint8Array
   * @throws SyntaxError if it is no JSON, is nested deeper than 512, or a vector is none: names the byte and what was expected
   * @throws RangeError if it is larger than WebAssembly memory
   */
  readResponse(text: Uint8Array): unknown
}
