// The words of an index whose meanings are similar to those of a question: without the direction that all function words
// share (common-direction.ts), the cosine of their rows is at least 0.4. For encoders that give a word the same row in every
// text.

import type { TokenEncoder } from '../../encode/index.js'
import { commonDirection, removeDirection } from './common-direction.js'
import type { Term } from './terms.js'
import type { WordIndex } from './word-index.js'

/** Below it, words are usually not related: "fear" and "people" have 0.27. */
const MIN_COSINE = 0.4

/** Words encoded in one call, so that their rows are freed early. */
const ENCODE_BATCH = 512

/** For words of a question: the stems of similar words, with the cosine of the most similar word of each. */
export type SimilarStems = ReadonlyMap<string, ReadonlyMap<string, number>>

/** Finds similar words in an index. */
export type FindSimilar = (terms: readonly Term[]) => Promise<SimilarStems>

/** Encodes the words of the index. */
export async function createFindSimilar(
  encoder: TokenEncoder,
  { words, stems, stemOf }: WordIndex,
): Promise<FindSimilar> {
  const { dim } = encoder
  const direction = await commonDirection(encoder)
  const known: number[] = []
  const rows = new Float32Array(words.length * dim)
  for (let start = 0; start < words.length; start += ENCODE_BATCH) {
    const encoded = await encoder.documents(words.slice(start, start + ENCODE_BATCH))
    for (const [index, { data }] of encoded.entries()) {
      // a word of several rows is a compound of known words
      if (data.length !== dim) continue
      const row = rows.subarray(known.length * dim, (known.length + 1) * dim)
      row.set(data)
      if (direction) removeDirection(row, direction)
      known.push(start + index)
    }
  }

  const similarTo = (query: Float32Array): Map<string, number> => {
    const found = new Map<string, number>()
    for (const [row, word] of known.entries()) {
      let cosine = 0
      for (let d = 0, at = row * dim; d < dim; d++, at++) cosine += query[d]! * rows[at]!
      if (cosine < MIN_COSINE) continue
      const stem = stems[stemOf[word]!]!
      found.set(stem, Math.max(cosine, found.get(stem) ?? 0))
    }
    return found
  }
  return async terms => {
    const queries = await encoder.documents(terms.map(({ text }) => text))
    const found = new Map<string, ReadonlyMap<string, number>>()
    for (const [i, { text }] of terms.entries()) {
      const row = Float32Array.from(queries[i]!.data)
      if (row.length !== dim) continue
      if (direction) removeDirection(row, direction)
      found.set(text, similarTo(row))
    }
    return found
  }
}
