// Replaces letters by ASCII, as Qdrant's option `ascii_folding` does: `ação` becomes `acao`. Loaded when an encoder needs
// it.

import { FOLDED_LETTERS } from './folded-letters.js'

const REPLACEMENTS = new Map(
  FOLDED_LETTERS.flatMap(line => {
    const [replacement, letters] = line.split(' ') as [string, string]
    return [...letters].map(letter => [letter, replacement] as const)
  }),
)

/** The text with ASCII in place of letters with marks, ligatures and the like. */
export const foldToAscii = (text: string): string =>
  text.replace(/[^\0-\x7f]/gu, letter => REPLACEMENTS.get(letter) ?? letter)
