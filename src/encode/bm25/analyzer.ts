// Splits texts into tokens as Qdrant does. A word is folded to ASCII (if asked for), put into lower case, dropped if it is a
// stop word, stemmed, and dropped if its length is out of range, in this order.

import type { StemmerLanguage, StopWordLanguage } from './languages.js'
import { loadStopWords } from './languages.js'
import { loadStemmer, type Stem } from './stemmers.js'

/** What is done to words. */
export interface AnalyzerOptions {
  readonly tokenizer: 'word' | 'whitespace' | 'prefix'
  readonly lowercase: boolean
  readonly asciiFolding: boolean
  readonly stopWordLanguages: readonly StopWordLanguage[]
  readonly stopWords: readonly string[]
  readonly stemmer: StemmerLanguage | undefined
  readonly minTokenLen: number | undefined
  readonly maxTokenLen: number
}

/** A piece of a text between separators, and its place. */
export interface Word {
  readonly text: string
  /** Index of its first UTF-16 unit in the text. */
  readonly start: number
}

export interface Analyzer {
  /** The words of a text, before anything is done to them. */
  words(text: string): Iterable<Word>
  /** The tokens of a word of a document. */
  documentTokens(word: string): readonly string[]
  /** The tokens of a word of a query. */
  queryTokens(word: string): readonly string[]
}

// One character each: a repetition would exhaust the stack of the engine on a word of five million letters.
const SEPARATORS = {
  word: /[^\p{Alphabetic}\p{N}]/u,
  prefix: /[^\p{Alphabetic}\p{N}]/u,
  whitespace: /\p{White_Space}/u,
} as const

/** Loads what the options need, and returns the analyzer. */
export async function createAnalyzer(options: AnalyzerOptions): Promise<Analyzer> {
  const { tokenizer, lowercase, minTokenLen, maxTokenLen } = options
  const stem: Stem = options.stemmer ? await loadStemmer(options.stemmer) : word => word
  const fold = options.asciiFolding
    ? (await import('./ascii-folding.js')).foldToAscii
    : (word: string) => word
  const lists = await Promise.all(options.stopWordLanguages.map(loadStopWords))
  const lower = lowercase ? (word: string) => word.toLowerCase() : (word: string) => word
  const stopWords = new Set([...lists.flat(), ...options.stopWords.map(lower)])
  const isPrefix = tokenizer === 'prefix'

  const documentTokens = (word: string): readonly string[] => {
    const folded = lower(fold(word))
    if (stopWords.has(folded)) return []
    const stemmed = stem(folded)
    const length = lengthOf(stemmed)
    if (length < (minTokenLen ?? 0)) return []
    if (isPrefix) return prefixes(stemmed, minTokenLen ?? 1, maxTokenLen)
    return length > maxTokenLen ? [] : [stemmed]
  }
  /** A query asks for its longest prefix, and for stop words too: the user may not have typed the whole word yet. */
  const queryPrefix = (word: string): readonly string[] => {
    const stemmed = stem(lower(fold(word)))
    if (lengthOf(stemmed) < (minTokenLen ?? 0)) return []
    return [[...stemmed].slice(0, maxTokenLen).join('')]
  }
  return {
    words: text => split(text, SEPARATORS[tokenizer]),
    documentTokens,
    queryTokens: isPrefix ? queryPrefix : documentTokens,
  }
}

/** Characters, not UTF-16 units. */
const lengthOf = (token: string) => [...token].length

/** The prefixes of `min` to `max` characters, for a token of at least `min`. */
function prefixes(token: string, min: number, max: number): string[] {
  const characters = [...token]
  const found: string[] = []
  let prefix = characters.slice(0, min).join('')
  for (let length = min; length <= max; length++) {
    found.push(prefix)
    if (length >= characters.length) break
    prefix += characters[length]
  }
  return found
}

function* split(text: string, separator: RegExp): Iterable<Word> {
  let start = 0
  for (const piece of text.split(separator)) {
    if (piece !== '') yield { text: piece, start }
    const end = start + piece.length
    start = end + (text.codePointAt(end)! > 0xffff ? 2 : 1)
  }
}
