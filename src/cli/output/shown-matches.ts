// The matched words that are shown with a passage.

import { isShownMatch } from '../../text-index/function-words.js'
import type { WordMatch } from '../../text-index/word-matches.js'

/** Matches are shown if they add at least this share of what the strongest shown match adds. */
const MIN_SHARE = 0.1

/** @param matches highest contribution first */
export function shownMatches(matches: readonly WordMatch[]): readonly WordMatch[] {
  const meaningful = matches.filter(({ query, document }) => isShownMatch(query, document))
  const strongest = meaningful[0]?.contribution ?? 0
  return meaningful.filter(({ contribution }) => contribution >= MIN_SHARE * strongest)
}
