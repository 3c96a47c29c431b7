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
}

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
