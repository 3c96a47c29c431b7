// English function words: articles, pronouns, prepositions, conjunctions and auxiliary verbs. Their word vectors are near
// those of many words, so a match with one says little.

/** The words, in lower case. */
export const FUNCTION_WORDS: readonly string[] =
  `a about above across after against all along also although am among an and another any are around as at be because
  been before behind being below beneath beside between beyond both but by can could did do does doing down during
  each either else every few for from had has have having he her here hers him his how however i if in into is it
  its itself just like many may me might mine more most much must my near neither no nor not of off on once one only
  onto or other our ours out over own per rather same shall she should since so some such than that the their theirs
  them then there these they this those though through throughout to too toward towards under until up upon us very
  was we were what when where whether which while who whom whose why will with within without would yet you your
  yours`.split(/\s+/)

const SET: ReadonlySet<string> = new Set(FUNCTION_WORDS)

/** Whether a word in lower case has a grammatical role rather than a meaning of its own. */
export const isFunctionWord = (word: string): boolean => SET.has(word)

/** Whether two words may be shown as a match. A function word matches only itself: it has no meaning of its own. */
export function isShownMatch(query: string, document: string): boolean {
  const words = [query.toLowerCase(), document.toLowerCase()] as const
  return words[0] === words[1] || !words.some(isFunctionWord)
}
