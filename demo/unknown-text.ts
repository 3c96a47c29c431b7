// What the terminal and the page say about the unknown words of a query.

import type { Answer } from './dictionary.js'

/** The notice about unknown words or a query without words; undefined if there is nothing to say. */
export function unknownText({ entries, unknown }: Pick<Answer, 'entries' | 'unknown'>): string | undefined {
  const words = unknown.map(({ word, suggestion }) =>
    suggestion === undefined ? `"${word}"` : `"${word}" (did you mean "${suggestion}"?)`,
  )
  const list = `${words.length === 1 ? 'word' : 'words'}: ${words.join(', ')}`
  if (entries.length > 0) return words.length === 0 ? undefined : `Ignored unknown ${list}`
  const advice = 'Describe a thing in a few plain English words.'
  return words.length === 0 ? `There are no words to look up. ${advice}` : `Unknown ${list}. ${advice}`
}
