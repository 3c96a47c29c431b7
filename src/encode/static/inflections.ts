// Regular forms with -s as one word: `connections` and `connection` share a row, and so do `prevents` and `prevent`. Word
// vectors keep such forms apart, with cosines of 0.6 to 0.8, so the same word in another form would count less than 1.
// They share the row of the more frequent form, because its vector was trained on more text.
//
// Two forms count as one word only if their vectors are similar, because not every word with -s is a form of the word
// without it: `means` is, with a cosine of 0.79; `news` (0.53), `goods` (0.29) and `jeans` (0.11) are not.

import type { WordVectors } from './word-file.js'

/** Chosen on the word pairs of data/words.bin: above it, nearly all pairs are forms of one word; `news` is below. */
const MIN_COSINE = 0.55

/** Returns the row of a word, one row for both forms of it; undefined for an unknown word. */
export type FindRow = (word: string) => number | undefined

/**
 * Returns a function that finds the rows of words. Rows are in the order of frequency. Each word of a text is compared with its
 * other forms when it is first looked up: to compare all words of a file takes longer than most searches.
 */
export function createFindRow(vectors: WordVectors): FindRow {
  const { rows } = vectors
  // -1: not compared yet
  const shared = new Int32Array(rows.size).fill(-1)
  return word => {
    const row = rows.get(word)
    if (row === undefined) return undefined
    if (shared[row] === -1) shared[row] = sharedRow(vectors, word, row)
    return shared[row]
  }
}

/**
 * The row that a word shares: with the word of which it is a form, or with one of its forms. If there are several, the
 * least frequent form with -s decides.
 */
function sharedRow(vectors: WordVectors, word: string, row: number): number {
  let [last, shared] = [-1, row]
  for (const form of [word, ...formsOf(word)]) {
    const formRow = vectors.rows.get(form)
    if (formRow === undefined || formRow < last) continue
    const stem = stemOf(vectors, form, formRow)
    if (stem === undefined || (form !== word && stem !== word)) continue
    last = formRow
    shared = Math.min(formRow, vectors.rows.get(stem)!)
  }
  return shared
}

/** The first word of which `word` is a form. Undefined without one. */
function stemOf(vectors: WordVectors, word: string, row: number): string | undefined {
  return stemsOf(word).find(stem => {
    const stemRow = vectors.rows.get(stem)
    return stemRow !== undefined && cosine(vectors, row, stemRow) >= MIN_COSINE
  })
}

/** Returns the words that may be forms of `word`: `boxs` and `boxes` of `box`. */
const formsOf = (word: string): string[] => [
  `${word}s`,
  `${word}es`,
  ...(word.endsWith('y') ? [`${word.slice(0, -1)}ies`] : []),
]

/** Returns the words of which `word` may be a form: `boxes` of `boxe` or `box`, `cities` of `citie` or `city`. */
function stemsOf(word: string): string[] {
  if (word.length < 4 || !word.endsWith('s') || word.endsWith('ss')) return []
  const stems = [word.slice(0, -1)]
  if (/(?:s|x|z|ch|sh|o)es$/.test(word)) stems.push(word.slice(0, -2))
  if (word.endsWith('ies')) stems.push(`${word.slice(0, -3)}y`)
  return stems
}

function cosine({ dim, values, inverseLength }: WordVectors, first: number, second: number): number {
  let sum = 0
  for (let d = 0; d < dim; d++) sum += values[first * dim + d]! * values[second * dim + d]!
  return sum * inverseLength(first) * inverseLength(second)
}
