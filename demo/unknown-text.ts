// What the terminal and the page say about the unknown words of a query, and queries with the suggested words.

import type { Answer, Dictionary, UnknownWord } from './dictionary.js'

type Suggested = UnknownWord & { readonly suggestion: string }

/** An answer, and the unknown words of the typed query that were replaced by their suggestions. */
export type CorrectedAnswer = Answer & { readonly replaced?: readonly UnknownWord[] }

/**
 * The notice about unknown words or a query without words, in parts: texts, and words whose suggestion stands there.
 * Undefined if there is nothing to say.
 */
export function unknownParts({
  entries,
  unknown,
}: Pick<Answer, 'entries' | 'unknown'>): (string | Suggested)[] | undefined {
  const advice = 'Describe a thing in a few plain English words.'
  const isAnswered = entries.length > 0
  if (unknown.length === 0) return isAnswered ? undefined : [`There are no words to look up. ${advice}`]
  const words = unknown.flatMap(({ word, suggestion, ...rest }, i) => {
    const start = `${i > 0 ? ', ' : ''}"${word}"`
    if (suggestion === undefined) return [start]
    return [`${start} (did you mean `, { word, suggestion, ...rest }, '?)']
  })
  const noun = unknown.length === 1 ? 'word' : 'words'
  return [
    `${isAnswered ? 'Ignored unknown' : 'Unknown'} ${noun}: `,
    ...words,
    isAnswered ? '' : `. ${advice}`,
  ]
}

/** The notice as a text. It starts with the words that were replaced. */
export function unknownText(answer: Omit<CorrectedAnswer, 'matches'>): string | undefined {
  const { replaced = [], query } = answer
  const words = replaced.map(({ word }) => `"${word}"`).join(', ')
  const noun = replaced.length === 1 ? 'word' : 'words'
  const notice = unknownParts(answer)?.map(part => (typeof part === 'string' ? part : `"${part.suggestion}"`))
  const texts = [
    ...(replaced.length > 0 ? [`Unknown ${noun}: ${words}. Searched for "${query}" instead.`] : []),
    ...(notice ? [notice.join('')] : []),
  ]
  return texts.length === 0 ? undefined : texts.join(' ')
}

/** The text with another word in place of `word`, in upper or lower case. */
export function replaceWord(text: string, { word, suggestion }: Suggested): string {
  const literal = word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return text.replace(new RegExp(`(?<![\\p{L}\\p{N}])${literal}(?![\\p{L}\\p{N}])`, 'giu'), () => suggestion)
}

/** Answers a query. Unknown words with exactly one close suggestion are replaced by it first. */
export function answerCorrected(
  dictionary: Pick<Dictionary, 'answer'>,
  query: string,
  options?: { readonly limit?: number },
): CorrectedAnswer {
  const answer = dictionary.answer(query, options)
  let corrected = query
  const replaced = answer.unknown.filter(unknown => {
    if (!unknown.isOnly) return false
    const next = replaceWord(corrected, unknown as Suggested)
    const isFound = next !== corrected
    corrected = next
    return isFound
  })
  return replaced.length === 0 ? answer : { ...dictionary.answer(corrected, options), replaced }
}
