// The types that all encoders of `maxsimd/encode` share.

import type { EncodeCallOptions, Encoder } from '../collection/embed-texts.js'
import type { FlatMultiVector } from '../core/multivector.js'

/** A word or token of a text. */
export interface Token {
  /**
   * The token as the vocabulary spells it. For a word of `tokenize`: normalized (NFKC, lower case), while
   * `source.slice(start, end)` is the word as written.
   */
  readonly text: string
  /** Index of its first UTF-16 unit in the source text. */
  readonly start: number
  /** Index after its last UTF-16 unit in the source text. */
  readonly end: number
  /** True if the token is not part of the text: [CLS], [SEP], [MASK], or the marker of queries or documents. */
  readonly special?: true
}

/**
 * A text as a multi-vector, with the token of each row. Scorers and stores accept it as a `{ data, dim }`.
 *
 * The caller owns it; the encoder keeps no reference.
 */
export interface Encoded extends FlatMultiVector {
  /**
   * `tokens.length` rows of `dim` elements, one row after another. Rows have unit length, except the query rows of
   * ColBERT models, which are as the model returns them.
   */
  readonly data: Float32Array
  /** Elements in each row. */
  readonly dim: number
  /** `tokens[i]` is the token of row `i`. Empty, with no rows, if nothing in the text could be encoded. */
  readonly tokens: readonly Token[]
  /**
   * Words of the text that are not in the vocabulary, in order, with repetitions. The static encoder has no row for
   * them; a model has the row of its unknown token.
   */
  readonly unknown: readonly string[]
  /** Present if the text was cut: the number of its tokens, and how many of them were encoded. */
  readonly truncated?: { readonly tokens: number; readonly kept: number }
}

/**
 * An encoder that also returns the token of each row. `createStaticEncoder` returns results at once, `createEncoder`
 * returns promises; `await` works with both.
 */
export interface TokenEncoder extends Encoder {
  /** Elements in each row. */
  readonly dim: number
  /** Encodes a query. */
  query(text: string, options?: EncodeCallOptions): Encoded | Promise<Encoded>
  /** Encodes documents. `result[i]` belongs to `texts[i]`. */
  documents(texts: readonly string[], options?: EncodeCallOptions): Encoded[] | Promise<Encoded[]>
}
