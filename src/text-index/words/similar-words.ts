// The words of an index whose meanings are similar to those of a question: without the direction that all function words
// share (common-direction.ts), the cosine of their rows is at least 0.4. For encoders that give a word the same row in every
// text.

import { createPauses } from '../../base/sleep.js'
import type { TokenEncoder } from '../../encode/index.js'
import { removeDirection } from './common-direction.js'
import type { Term } from './terms.js'
import type { WordLookup } from './word-lookup.js'
import { type RoundedRow, roundedRow, rowOfWord, type WordRows } from './word-rows.js'

/** Below it, words are usually not related: "fear" and "people" have 0.27. */
export const MIN_COSINE = 0.4

/** For words of a question: the stems of similar words, with the cosine of the most similar word of each. */
export type SimilarStems = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Finds similar words in an index. Rejects with the reason of the signal. */
export type FindSimilar = (terms: readonly Term[], signal?: AbortSignal) => Promise<SimilarStems>

/** Rows that are compared before other work of the process gets a turn: some 20 ms. A short question in a small index needs none. */
const PAUSE_ROWS = 200_000

/**
 * The search of similar words.
 *
 * @param loadEncoder is called for a word of a question that the index does not have
 */
export function createFindSimilar(
  { index: { words }, stemOf, wordsOf }: Pick<WordLookup, 'index' | 'stemOf' | 'wordsOf'>,
  wordRows: WordRows,
  loadEncoder: () => Promise<TokenEncoder>,
): FindSimilar {
  const { dim, direction, known, scales, rows } = wordRows
  const similarTo = ({ values, scale }: RoundedRow): Map<string, number> => {
    const found = new Map<string, number>()
    for (let row = 0; row < known.length; row++) {
      const cosine = scale * scales[row]! * dotOf(values, rows, row * dim)
      if (!(cosine >= MIN_COSINE)) continue
      const stem = stemOf(known[row]!)
      found.set(stem, Math.max(cosine, found.get(stem) ?? 0))
    }
    return found
  }
  const encodeMissing = async (texts: readonly string[], signal: AbortSignal | undefined) => {
    if (texts.length === 0) return new Map<string, RoundedRow>()
    return encodeQueries(await loadEncoder(), texts, direction, signal)
  }
  /** The position of a word in the index; undefined if no passage has it. */
  const numberOf = ({ text, stem }: Term) => wordsOf(stem).find(word => words.at(word) === text)

  return async (terms, signal) => {
    const missing = terms.filter(term => numberOf(term) === undefined).map(({ text }) => text)
    const encoded = await encodeMissing(missing, signal)
    const found = new Map<string, ReadonlyMap<string, number>>()
    const pause = createPauses(PAUSE_ROWS, signal)
    for (const term of terms) {
      const number = numberOf(term)
      const row = number === undefined ? encoded.get(term.text) : rowOfWord(wordRows, number)
      if (row?.values.length !== dim) continue
      await pause(known.length)
      found.set(term.text, similarTo(row))
    }
    return found
  }
}

/**
 * The dot product of a row and another one. Four sums do not wait for each other. Sums of whole numbers of 32 bits need no
 * memory before the engine optimizes, unlike sums of fractions: a search from the shell ends soon after.
 */
function dotOf(query: Int8Array, rows: Int8Array, start: number): number {
  let a = 0
  let b = 0
  let c = 0
  let e = 0
  const whole = query.length & ~3
  for (let d = 0; d < whole; d += 4) {
    a = (a + query[d]! * rows[start + d]!) | 0
    b = (b + query[d + 1]! * rows[start + d + 1]!) | 0
    c = (c + query[d + 2]! * rows[start + d + 2]!) | 0
    e = (e + query[d + 3]! * rows[start + d + 3]!) | 0
  }
  for (let d = whole; d < query.length; d++) a = (a + query[d]! * rows[start + d]!) | 0
  return a + b + c + e
}

/** The rows of words of a question. A word that the encoder does not know has an empty row, a compound several. */
async function encodeQueries(
  encoder: TokenEncoder,
  texts: readonly string[],
  direction: Float32Array,
  signal: AbortSignal | undefined,
): Promise<Map<string, RoundedRow>> {
  const encoded = await encoder.documents(texts, { signal })
  return new Map(
    texts.map((text, i) => {
      const row = Float32Array.from(encoded[i]!.data)
      removeDirection(row, direction)
      return [text, roundedRow(row)]
    }),
  )
}
