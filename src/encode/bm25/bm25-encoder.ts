// BM25 as sparse vectors, equal to those of Qdrant's model `qdrant/bm25`. A document's value of a token is the part of BM25
// that depends on the document:
//
//   count (k + 1) / (count + k (1 - b + b length / avgLen))      computed in f64, rounded to f32
//
// The other part, how rare the token is, is computed by the collection (`modifier: 'idf'`) when it is searched. A query's
// value of a token is 1.

import type { SparseVector } from '../../collection/collection.js'
import { checkText } from '../model/check-texts.js'
import { createAnalyzer } from './analyzer.js'
import { type Bm25Options, type ResolvedBm25Options, resolveBm25Options } from './bm25-options.js'
import { multiplyAdd } from './multiply-add.js'
import { tokenIndex } from './token-index.js'

/** A token of a text, and its place. */
export interface Bm25Token {
  /** The token: a word in lower case, stemmed. */
  readonly token: string
  /** Its dimension in sparse vectors: a hash of the token. Different tokens rarely have the same. */
  readonly index: number
  /** Index of the first UTF-16 unit of its word in the text. */
  readonly start: number
  /** Index after the last UTF-16 unit of its word. */
  readonly end: number
}

/** Turns texts into sparse vectors. Its methods return results at once. */
export interface Bm25Encoder {
  /** The name of Qdrant's model, which returns the same vectors. */
  readonly model: 'qdrant/bm25'
  /**
   * The sparse vector of a document, with ascending indices. Empty if the text has no tokens.
   *
   * @throws TypeError if `text` is not a string
   */
  document(text: string): SparseVector
  /**
   * The sparse vector of a query, with ascending indices. All values are 1. Empty if the text has no tokens.
   *
   * @throws TypeError if `text` is not a string
   */
  query(text: string): SparseVector
  /**
   * The tokens of a document, in order. A stop word has no token. With the tokenizer `prefix`, a word has several.
   *
   * @throws TypeError if `text` is not a string
   */
  tokens(text: string): Bm25Token[]
}

/**
 * Creates an encoder that returns the sparse vectors of Qdrant's model `qdrant/bm25`, so that a collection can have points
 * that were encoded here and points that a server encoded. Store them in a sparse vector with `modifier: 'idf'`.
 *
 * The stop words and the stemmer are loaded now; after that, 100,000 short texts take a few seconds.
 *
 * @throws TypeError if an option has a wrong type
 * @throws RangeError if an option is unknown or out of range, or the language is unknown
 *
 * @example
 * import { createBm25Encoder } from 'maxsimd/encode'
 *
 * const bm25 = await createBm25Encoder({ language: 'english', avgLen: 20 })
 * bm25.query('the running dogs') // { indices: [243905464, 1312749093], values: [1, 1] }
 * bm25.tokens('The running dogs').map(({ token }) => token) // ['run', 'dog']
 * bm25.document('A dog is a dog.') // { indices: [1312749093], values: [1.8410041332244873] }
 */
export async function createBm25Encoder(options: Bm25Options = {}): Promise<Bm25Encoder> {
  const resolved = resolveBm25Options(options)
  const analyzer = await createAnalyzer(resolved)
  const indexOf = remember(tokenIndex)
  const documentTokens = remember(analyzer.documentTokens)
  const queryTokens = remember(analyzer.queryTokens)
  return {
    model: 'qdrant/bm25',
    document(text) {
      checkText(text)
      const counts = new Map<string, number>()
      let length = 0
      for (const word of analyzer.words(text)) {
        for (const token of documentTokens(word.text)) {
          counts.set(token, (counts.get(token) ?? 0) + 1)
          length++
        }
      }
      const weightOf = termWeights(resolved, length)
      const weights = new Map<number, number>()
      for (const [token, count] of counts) weights.set(indexOf(token), weightOf(count))
      const indices = ascending(weights.keys())
      return { indices, values: indices.map(index => weights.get(index)!) }
    },
    query(text) {
      checkText(text)
      const found = new Set<number>()
      for (const word of analyzer.words(text)) {
        // Qdrant's mark between the texts of an array
        for (const token of queryTokens(word.text)) if (token !== '\0') found.add(indexOf(token))
      }
      const indices = ascending(found)
      return { indices, values: indices.map(() => 1) }
    },
    tokens(text) {
      checkText(text)
      return [...analyzer.words(text)].flatMap(({ text: word, start }) =>
        documentTokens(word).map(token => ({
          token,
          index: indexOf(token),
          start,
          end: start + word.length,
        })),
      )
    },
  }
}

const ascending = (indices: Iterable<number>): number[] => [...indices].sort((a, b) => a - b)

/** Words that results are remembered for. A text of any language has fewer, except for identifiers. */
const REMEMBERED_WORDS = 100_000

/** The function, with its last results: most words of a text have occurred before. */
function remember<T>(compute: (word: string) => T): (word: string) => T {
  const results = new Map<string, T>()
  return word => {
    const known = results.get(word)
    if (known !== undefined) return known
    const result = compute(word)
    if (results.size >= REMEMBERED_WORDS) results.clear()
    results.set(word, result)
    return result
  }
}

/** The value of a token that occurs `count` times in a document of `length` tokens. */
function termWeights({ k, b, avgLen }: ResolvedBm25Options, length: number): (count: number) => number {
  const scale = 1 - b + (b * length) / avgLen
  return count => Math.fround((count * (k + 1)) / multiplyAdd(k, scale, count))
}
