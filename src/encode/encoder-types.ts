// What every encoder of `maxsimd/encode` has in common, and the shape of what it makes. Types only.
import type { Token } from './static/words.js'

/** What a row stands for. */
export interface RowToken extends Token {
  /** It stands for no part of the text: [CLS], the marker of queries or documents, [MASK]. Its place is where it was put. */
  readonly special?: true
}

/**
 * A text as a multi-vector: a flat `{ data, dim }`, which the scorer and the stores take as it is, and what each of
 * its rows stands for.
 *
 * The caller owns it; the encoder keeps no reference.
 */
export interface Encoded {
  /**
   * `tokens.length` rows of `dim` numbers, one after the other. Of unit length, but for the query rows of ColBERT models,
   * which are as the model gives them.
   */
  readonly data: Float32Array
  /** Numbers in a row. */
  readonly dim: number
  /**
   * `tokens[i]` is what row `i` stands for: `source.slice(start, end)` is that part of the text. Empty where nothing in the
   * text could be encoded: then there are no rows.
   */
  readonly tokens: readonly RowToken[]
  /**
   * Words of the text that the encoder does not know, in order, as often as they occur. The static encoder has no row for
   * them; a model has the row of its unknown token.
   */
  readonly unknown: readonly string[]
  /** Present where the text was longer than its model: how many tokens it has, and how many of them were encoded. */
  readonly truncated?: { readonly tokens: number; readonly kept: number }
}

/** Turns texts into multi-vectors. An encoder with a model behind it answers with promises: `await` either kind. */
export interface TokenEncoder {
  /** Numbers in a row of everything that this encoder makes. */
  readonly dim: number
  /** Encodes a text that is searched for. */
  query(text: string): Encoded | Promise<Encoded>
  /** Encodes texts that are searched through; `result[i]` is of `texts[i]`. */
  documents(texts: readonly string[]): Encoded[] | Promise<Encoded[]>
}
