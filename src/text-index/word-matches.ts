// Matches between the words of a question and the words of a passage.

import type { RowMatch } from '../collection/row-match.js'

/** A word of the question, and the word of a passage that it matched best. */
export interface WordMatch {
  /** The word of the question. */
  readonly query: string
  /** The word of the passage, which is `text.slice(start, end)` up to case. */
  readonly document: string
  readonly start: number
  readonly end: number
  /** The amount that the match adds to the score. */
  readonly contribution: number
  /** The cosine of the rows of the two words, 1 for the same word. Only in matches of a text index. */
  readonly similarity?: number
  /** The share of the word in the weights of the question. Only in matches of a text index. */
  readonly weight?: number
}

/** The row of a passage that a row of a question matched. */
export interface WeightedRowMatch extends RowMatch {
  /** The weight of the question's word: `contribution` is `similarity` x `weight`. Absent if words have no weights. */
  readonly weight?: number
}

/** The matches of a query whose rows were multiplied by weights, with the similarities of the rows themselves. */
export const withWeights = (
  matches: readonly RowMatch[],
  weights: readonly number[],
): readonly WeightedRowMatch[] =>
  matches.map((match, queryRow) => {
    const weight = weights[queryRow]!
    return { ...match, similarity: match.similarity / weight, weight }
  })

/**
 * The matches as words, highest contribution first, without special tokens such as [CLS], and without words whose place in
 * the text is not known.
 */
export function wordMatches(matches: readonly RowMatch[]): WordMatch[] {
  const words = matches.flatMap(({ contribution, token, queryToken }) => {
    if (!queryToken || !token || queryToken.special || token.special) return []
    const { text, start, end } = token
    if (start === undefined || end === undefined) return []
    return [{ query: queryToken.text, document: text, start, end, contribution }]
  })
  return words.sort((a, b) => b.contribution - a.contribution)
}
