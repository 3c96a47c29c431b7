// Inverse document frequency: weighs a query row by how rare its token is among the documents. A weight multiplies the
// row's contribution to a score, so that `the` counts less than `volcano`.

import type { Encoded, Token } from '../encoder-types.js'

/**
 * Returns the weight of a token, or of a token's text, always above 0. A special token has the weight 1, because its
 * frequency says nothing: documents have no [MASK], and all of them have [CLS].
 */
export type TokenWeight = (token: string | Pick<Token, 'text' | 'special'>) => number

/**
 * Computes the inverse document frequency of a token that occurs in `count` of `total` documents.
 *
 * ln(1 + (N - n + 0.5) / (n + 0.5)), where n of N documents contain the token: the formula of BM25 in Lucene
 * (BM25Similarity.idf), which stays above 0 for a token of every document.
 *
 * @example
 * import { idfWeight } from 'maxsimd/encode/static'
 *
 * idfWeight(1, 2) // 0.693147
 * idfWeight(2, 2) // 0.182322
 */
export const idfWeight = (count: number, total: number): number =>
  Math.log(1 + (total - count + 0.5) / (count + 0.5))

/**
 * Counts in how many documents each token occurs, and returns a function from a token to its `idfWeight`.
 *
 * A token of no document has the largest weight, unless it is special: pass the tokens of a model's queries, not their
 * texts. Reads `documents` once, in one pass; keeps the counts, not the
 * documents.
 *
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { createScorer } from 'maxsimd'
 * import { createStaticEncoder, inverseDocumentFrequency } from 'maxsimd/encode/static'
 * import wordFile from 'maxsimd-words'
 *
 * const encoder = createStaticEncoder(await readFile(wordFile))
 * const documents = encoder.documents(['the fear of spiders', 'the fear of heights', 'the price of bread'])
 * const weight = inverseDocumentFrequency(documents)
 * weight('spiders') > weight('the') // true
 *
 * const scorer = await createScorer()
 * const corpus = scorer.corpus({ dim: encoder.dim })
 * for (const document of documents) corpus.add(document)
 * const query = encoder.query('the spiders')
 * const [best] = corpus.rank(query, { weights: query.tokens.map(weight) })
 * best.index // 0
 */
export function inverseDocumentFrequency(documents: Iterable<Pick<Encoded, 'tokens'>>): TokenWeight {
  const counts = new Map<string, number>()
  let total = 0
  for (const { tokens } of documents) {
    total++
    const distinct = new Set<string>()
    for (const { text, special } of tokens) if (!special) distinct.add(text)
    for (const text of distinct) counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return token => {
    if (typeof token === 'string') return idfWeight(counts.get(token) ?? 0, total)
    return token.special ? 1 : idfWeight(counts.get(token.text) ?? 0, total)
  }
}
