// How much a word of the query should count: the rarer it is among the documents, the more. The weight of a query row
// multiplies what it adds to a score, so that `the` in a query does not count as much as `volcano`.
//
// It must not know about vectors or scores.
import type { Encoded } from '../encoder-types.js'

/** A token's text to its weight, always above 0. */
export type TokenWeight = (text: string) => number

/** The inverse document frequency of a token that `count` of `total` documents have, as `inverseDocumentFrequency` says. */
export const idfWeight = (count: number, total: number): number =>
  Math.log(1 + (total - count + 0.5) / (count + 0.5))

/**
 * Counts in how many documents each token occurs and answers with each one's inverse document frequency.
 *
 * ln(1 + (N - n + 0.5) / (n + 0.5)), where n of N documents have the token: that of BM25 as Lucene computes it
 * (BM25Similarity.idf), which stays above 0 for a token of every document. A token of no document (n = 0) gets the
 * largest weight. Reads each document's tokens once, in one pass; keeps the counts, not the documents.
 *
 * @example
 * ```ts
 * const weight = inverseDocumentFrequency(documents)
 * corpus.rank(query, { weights: query.tokens.map(token => weight(token.text)) })
 * ```
 */
export function inverseDocumentFrequency(documents: Iterable<Pick<Encoded, 'tokens'>>): TokenWeight {
  const counts = new Map<string, number>()
  let total = 0
  for (const { tokens } of documents) {
    total++
    const distinct = new Set<string>()
    for (const { text } of tokens) distinct.add(text)
    for (const text of distinct) counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  return text => idfWeight(counts.get(text) ?? 0, total)
}
