// Regular forms with -s as one word: `connections` and `connection` share a row, and so do `prevents` and `prevent`. Word
// vectors keep such forms apart, with cosines of 0.6 to 0.8, so the same word in another form would count less than 1.
// They share the row of the more frequent form, because its vector was trained on more text.
//
// Two forms count as one word only if their vectors are similar, because not every word with -s is a form of the word
// without it: `means` is, with a cosine of 0.79; `news` (0.53), `goods` (0.29) and `jeans` (0.11) are not.

import type { WordVectors } from './word-file.js'

/** Chosen on the word pairs of data/words.bin: above it, nearly all pairs are forms of one word; `news` is below. */
const MIN_COSINE = 0.55

/** Returns the rows of words, one row for both forms of a word. Rows are in the order of frequency. */
export function mergeInflections(vectors: WordVectors): Map<string, number> {
  const merged = new Map(vectors.rows)
  for (const [word, row] of vectors.rows) {
    // most words do not end in -s
    if (word.charCodeAt(word.length - 1) !== 0x73) continue
    for (const stem of stemsOf(word)) {
      const stemRow = vectors.rows.get(stem)
      if (stemRow === undefined || cosine(vectors, row, stemRow) < MIN_COSINE) continue
      const shared = Math.min(row, stemRow)
      merged.set(word, shared).set(stem, shared)
      break
    }
  }
  return merged
}

/** Returns the words of which `word` may be a form: `boxes` of `boxe` or `box`, `cities` of `citie` or `city`. */
function stemsOf(word: string): string[] {
  if (word.length < 4 || !word.endsWith('s') || word.endsWith('ss')) return []
  const stems = [word.slice(0, -1)]
  if (/(?:s|x|z|ch|sh|o)es$/.test(word)) stems.push(word.slice(0, -2))
  if (word.endsWith('ies')) stems.push(`${word.slice(0, -3)}y`)
  return stems
}

function cosine({ dim, values, inverseLengths }: WordVectors, first: number, second: number): number {
  let sum = 0
  for (let d = 0; d < dim; d++) sum += values[first * dim + d]! * values[second * dim + d]!
  return sum * inverseLengths[first]! * inverseLengths[second]!
}
