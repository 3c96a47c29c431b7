// The terms of a text: its words without function words, and identifiers as a whole and in parts. `FetchContent` has the
// terms `fetchcontent`, `fetch` and `content`, `CMAKE_CXX_STANDARD` has itself, `cmake`, `cxx` and `standard`, `3.25` has
// itself, `3` and `25`. Forms of a word share its stem: `header` and `headers`.

import type { Stem } from '../../encode/bm25/stemmers.js'
import { isFunctionWord } from '../function-words.js'

/** A term, and its place in the text. */
export interface Term {
  /** In lower case, without the accents of Latin letters. */
  readonly text: string
  /** What forms of the same word have in common. */
  readonly stem: string
  readonly start: number
  readonly end: number
  /** True for an identifier of several parts, whose parts are terms too. */
  readonly isWhole: boolean
}

// The repetitions are bounded, because without bounds the engine runs out of stack on five megabytes of `x_x_x_…`.
const RUN = '[\\p{L}\\p{N}][\\p{L}\\p{N}\\p{M}\\u00ad]{0,255}'
const CLITIC = '(?:[sS]|[lL][lL]|[dD]|[rR][eE]|[vV][eE]|[mM]|[tT])'
const WORD = new RegExp(`(${RUN}(?:[._]${RUN}){0,63})(['’ʼ＇]${CLITIC}(?![\\p{L}\\p{N}]))?`, 'gu')
/** The same for text in ASCII, which is read twice as fast. */
const ASCII_RUN = '[A-Za-z0-9]{1,256}'
const ASCII_WORD = new RegExp(`(${ASCII_RUN}(?:[._]${ASCII_RUN}){0,63})('${CLITIC}(?![A-Za-z0-9]))?`, 'g')
/** Longer runs of letters and digits, such as encoded bytes, are not words. */
const MAX_LENGTH = 128
const PART_BOUNDARY = /[._]|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
const BEYOND_ASCII = /[^\0-\x7f]/
/** Most words: ASCII letters and digits, of which only the first may be a capital. They have no clitic, and are of one part. */
const PLAIN = /^[A-Za-z0-9][a-z0-9]*$/
/** Scripts without spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

/** Returns the terms of a text, in order. A whole comes before its parts. */
export type ReadTerms = (text: string) => Term[]

/** A term of a word, with its place in the word. */
interface WordTerm extends Omit<Term, 'start' | 'end'> {
  readonly offset: number
  readonly length: number
}

/** Reads the terms of texts. */
export interface TermReader {
  readonly readTerms: ReadTerms
  /** The terms of a word of `splitWords`. */
  termsOf(word: string): readonly WordTerm[]
}

/** The pattern of the words in a text. */
const patternOf = (text: string): RegExp => (BEYOND_ASCII.test(text) ? WORD : ASCII_WORD)

/** The words of a text as they are written, in order, with a clitic such as `'s`. */
export const splitWords = (text: string): readonly string[] => text.match(patternOf(text)) ?? []

/** Words whose terms are remembered. */
const REMEMBERED = 100_000

/** Creates a reader of terms. `readTerms` remembers those of words, because most words of a text have occurred before. */
export function createTermReader(stem: Stem): TermReader {
  const known = new Map<string, readonly WordTerm[]>()
  const knownTerms = (word: string): readonly WordTerm[] => {
    let terms = known.get(word)
    if (!terms) {
      if (known.size === REMEMBERED) known.clear()
      terms = readWord(word, stem)
      known.set(word, terms)
    }
    return terms
  }
  return {
    termsOf: word => readWord(word, stem),
    readTerms(text) {
      const terms: Term[] = []
      for (const { 0: word, index } of text.matchAll(patternOf(text))) {
        for (const { offset, length, text: term, stem: root, isWhole } of knownTerms(word)) {
          const start = index + offset
          terms.push({ text: term, stem: root, start, end: start + length, isWhole })
        }
      }
      return terms
    },
  }
}

/** The terms of a word with its clitic. */
function readWord(word: string, stem: Stem): WordTerm[] {
  const terms: WordTerm[] = []
  const add = (part: string, offset: number, isWhole: boolean) => {
    const text = normalize(part)
    if (text === '' || text.length > MAX_LENGTH || isFunctionWord(text)) return
    terms.push({ text, stem: stem(text), offset, length: part.length, isWhole })
  }
  if (PLAIN.test(word)) {
    add(word, 0, false)
    return terms
  }
  const [[, written = '', clitic] = []] = [...word.matchAll(patternOf(word))]
  // "don't", "isn't": all such words are function words
  if (clitic && /n.t$/i.test(word)) return []
  const parts = partsOf(written)
  if (parts.length > 1) add(written, 0, true)
  for (const { part, offset } of parts) add(part, offset, false)
  return terms
}

interface Part {
  readonly part: string
  readonly offset: number
}

function partsOf(written: string): Part[] {
  if (UNSPACED.test(written)) return pairsOf(written)
  const parts: Part[] = []
  let offset = 0
  for (const part of written.split(PART_BOUNDARY)) {
    if (part !== '') parts.push({ part, offset })
    offset += part.length
    if (/[._]/.test(written[offset] ?? '')) offset++
  }
  return parts
}

/** Each two neighbouring characters: a word of a script without spaces has one or two of them as a rule. */
function pairsOf(written: string): Part[] {
  const characters = [...written]
  if (characters.length <= 2) return [{ part: written, offset: 0 }]
  let offset = 0
  return characters.slice(1).map((character, index) => {
    const first = characters[index]!
    const part = { part: first + character, offset }
    offset += first.length
    return part
  })
}

function normalize(written: string): string {
  if (!BEYOND_ASCII.test(written)) return written.toLowerCase()
  return written
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\u00ad/gu, '')
    .normalize('NFD')
    .replace(/(\p{Script=Latin})\p{M}+/gu, '$1')
    .normalize('NFC')
}
