// The static encoder: a word's row is its vector in a word file, whatever stands around it. No model, no download, no
// context either: `bank` has one row. Query and document are encoded alike.
//
//   text -> words -> row number of each known word -> int8 row x (1 / its length) -> unit rows in f32
//
// It must not know where the bytes come from.

import type { Encoded, TokenEncoder } from '../encoder-types.js'
import { checkText, checkTexts } from '../model/check-texts.js'
import { readVocabulary } from './vocabulary.js'
import { alternatives, type Token, tokenize } from './words.js'

/** An encoder that answers at once, from a table of word vectors. */
export interface StaticEncoder extends TokenEncoder {
  /** How many words it has vectors for. */
  readonly size: number
  /** Encodes a text that is searched for; a text without a known word has no rows. */
  query(text: string): Encoded
  /**
   * Encodes texts that are searched through; a text without a known word has no rows, which a corpus would refuse.
   *
   * Rows take 4 x dim bytes each: pass many texts in batches of about a thousand, which is also three times faster.
   */
  documents(texts: readonly string[]): Encoded[]
}

/**
 * Makes an encoder from the bytes of a word file, such as `maxsimd/words.bin`: 50,000 English words, 100 numbers each.
 *
 * A row is of unit length to within 1e-7. A word is looked up as it stands, then without its accents, without its
 * possessive or other clitic, and last in its parts, each of which becomes a row. Copies what it needs of `bytes`.
 *
 * @throws TypeError where `bytes` is not an ArrayBuffer or a Uint8Array; from `query` and `documents`, where a text is
 * not a string
 * @throws RangeError where the bytes are not a whole, sound word file
 *
 * @example
 * ```ts
 * const encoder = createStaticEncoder(await readFile('node_modules/maxsimd/data/words.bin'))
 * const { data, dim, tokens } = encoder.query('fear of spiders')   // 3 rows of 100 numbers
 * ```
 */
export function createStaticEncoder(bytes: ArrayBuffer | Uint8Array): StaticEncoder {
  const { dim, rows, values, inverseLengths } = readVocabulary(bytes)

  function encode(text: string): Encoded {
    const found: number[] = []
    const tokens: Token[] = []
    const unknown: string[] = []

    const take = (token: Token): boolean => {
      const row = rows.get(token.text)
      if (row === undefined) return false
      found.push(row)
      tokens.push(token)
      return true
    }
    for (const token of tokenize(text)) {
      if (!take(token)) takeAnother(alternatives(text, token), token, take, unknown)
    }
    return { data: gather(found), dim, tokens, unknown }
  }

  function gather(found: readonly number[]): Float32Array {
    const data = new Float32Array(found.length * dim)
    let at = 0
    for (const row of found) {
      const inverse = inverseLengths[row]!
      const start = row * dim
      for (let d = 0; d < dim; d++) data[at++] = values[start + d]! * inverse
    }
    return data
  }

  return {
    dim,
    size: rows.size,
    query(text) {
      checkText(text)
      return encode(text)
    },
    documents(texts) {
      checkTexts(texts)
      return texts.map(encode)
    },
  }
}

/** Takes the first way in which anything is known, and notes what is not. */
function takeAnother(
  ways: readonly Token[][],
  token: Token,
  take: (token: Token) => boolean,
  unknown: string[],
): void {
  for (const way of ways) {
    const missing = way.filter(part => !take(part))
    if (missing.length < way.length) {
      unknown.push(...missing.map(part => part.text))
      return
    }
  }
  unknown.push(token.text)
}
