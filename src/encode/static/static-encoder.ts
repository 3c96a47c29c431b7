// The static encoder: the row of a word is its vector in a word file, independent of the words around it. It needs no
// model and no download, but it ignores context: `bank` has one row. Queries and documents are encoded alike.
//
//   text -> words -> row index of each known word -> int8 row x (1 / its length) -> unit rows in f32
//
// Regular forms with -s share a row (inflections.ts).
import { checkSignal } from '../../collection/call-options.js'
import type { EncodeCallOptions } from '../../collection/embed-texts.js'
import type { Encoded, Token, TokenEncoder } from '../encoder-types.js'
import { checkText, checkTexts } from '../model/check-texts.js'
import { createFindRow, type FindRow } from './inflections.js'
import { readWordFile, type WordVectors } from './word-file.js'
import { alternatives, tokenize } from './words.js'

/** An encoder with a fixed vector for each word. Its methods return results at once, not promises. */
export interface StaticEncoder extends TokenEncoder {
  /** The name of this encoder. A text `{ text, model }` that names another model is refused. */
  readonly model: 'static'
  /** The number of words in its vocabulary. */
  readonly size: number
  /**
   * Encodes a query. A text without a known word has no rows.
   *
   * @throws TypeError if `text` is not a string
   */
  query(text: string, options?: EncodeCallOptions): Encoded
  /**
   * Encodes documents. `result[i]` belongs to `texts[i]`. A text without a known word has no rows, and a corpus refuses
   * it.
   *
   * A row takes 4 x dim bytes. Encode many texts in batches of about a thousand, which is also three times faster.
   *
   * @throws TypeError if a text is not a string
   */
  documents(texts: readonly string[], options?: EncodeCallOptions): Encoded[]
  /**
   * Returns the token of each row that `documents` returns. `with_matches` of collections uses it.
   *
   * @throws TypeError if a text is not a string
   */
  documentTokens(texts: readonly string[]): (readonly Token[])[]
}

/**
 * Creates an encoder from the bytes of a word file, such as the one of the package `maxsimd-words`: 50,000 English words with
 * vectors of dim 100.
 *
 * Rows have unit length to within 1e-7. A word is looked up as written, then without its accents, without its
 * possessive or other clitic, and last in its parts, each of which becomes a row. Regular forms with -s share a row with
 * the word without it, if their vectors are similar: `connections` equals `connection`, but `news` differs from `new`.
 * Copies what it needs of `bytes`.
 *
 * @throws TypeError if `bytes` is not an ArrayBuffer or a Uint8Array
 * @throws RangeError if the bytes are not a complete and valid word file
 *
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { createStaticEncoder } from 'maxsimd/encode/static'
 * import wordFile from 'maxsimd-words'
 *
 * const encoder = createStaticEncoder(await readFile(wordFile))
 * const { data, dim, tokens, unknown } = encoder.query('fear of spiders and xyzzy')
 * tokens.map(token => token.text) // ['fear', 'of', 'spiders', 'and']
 * data.length / dim // 4
 * unknown // ['xyzzy']
 */
export function createStaticEncoder(bytes: ArrayBuffer | Uint8Array): StaticEncoder {
  const file = readWordFile(bytes)
  const vectors = { ...file, findRow: createFindRow(file) }
  return {
    model: 'static',
    dim: vectors.dim,
    size: vectors.rows.size,
    query(text, options = {}) {
      checkText(text)
      checkSignal(options, 'query')
      options.signal?.throwIfAborted()
      return encodeText(vectors, text)
    },
    documents(texts, options = {}) {
      checkTexts(texts)
      checkSignal(options, 'documents')
      options.signal?.throwIfAborted()
      return texts.map(text => encodeText(vectors, text))
    },
    documentTokens(texts) {
      checkTexts(texts)
      return texts.map(text => encodeText(vectors, text).tokens)
    },
  }
}

interface EncoderVectors extends WordVectors {
  readonly findRow: FindRow
}

function encodeText(vectors: EncoderVectors, text: string): Encoded {
  const rows: number[] = []
  const tokens: Token[] = []
  const unknown: string[] = []
  /** Adds the row of a token and returns true, if its text is in the vocabulary. */
  const add = (token: Token): boolean => {
    const row = vectors.findRow(token.text)
    if (row === undefined) return false
    rows.push(row)
    tokens.push(token)
    return true
  }
  for (const token of tokenize(text)) {
    if (!add(token)) unknown.push(...addAlternative(alternatives(text, token), token, add))
  }
  return { data: gatherRows(vectors, rows), dim: vectors.dim, tokens, unknown }
}

/** Adds the first way to look a word up of which any part is known. Returns the unknown parts. */
function addAlternative(
  ways: readonly Token[][],
  token: Token,
  add: (token: Token) => boolean,
): readonly string[] {
  for (const way of ways) {
    const missing = way.filter(part => !add(part))
    if (missing.length < way.length) return missing.map(part => part.text)
  }
  return [token.text]
}

/** Copies rows, scaled to unit length, into a new array. */
function gatherRows({ dim, values, inverseLength }: WordVectors, rows: readonly number[]): Float32Array {
  const data = new Float32Array(rows.length * dim)
  let next = 0
  for (const row of rows) {
    const scale = inverseLength(row)
    const start = row * dim
    for (let d = 0; d < dim; d++) data[next++] = values[start + d]! * scale
  }
  return data
}
