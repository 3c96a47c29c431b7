// Matches between the words of a question and the words of a passage.

import type { Explanation } from '../core/explanation.js'
import type { Token } from '../encode/index.js'

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
}

/** The matches as words, highest contribution first, without special tokens such as [CLS]. */
export function wordMatches(
  matches: Explanation['matches'],
  queryTokens: readonly Token[],
  documentTokens: readonly Token[],
): WordMatch[] {
  const words = matches.flatMap(({ row, contribution }, queryRow) => {
    const [query, document] = [queryTokens[queryRow], documentTokens[row]]
    if (!query || !document || query.special || document.special) return []
    const { text, start, end } = document
    return [{ query: query.text, document: text, start, end, contribution }]
  })
  return words.sort((a, b) => b.contribution - a.contribution)
}
