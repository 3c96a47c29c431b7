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
const CLITIC = "['’ʼ＇](?:s|ll|d|re|ve|m|t)(?![\\p{L}\\p{N}])"
const WORD = new RegExp(`(${RUN}(?:[._]${RUN}){0,63})(${CLITIC})?`, 'giu')
/** Longer runs of letters and digits, such as encoded bytes, are not words. */
const MAX_LENGTH = 128
const PART_BOUNDARY = /[._]|(?<=\p{Ll})(?=\p{Lu})|(?<=\p{Lu})(?=\p{Lu}\p{Ll})/u
const BEYOND_ASCII = /[^\0-\x7f]/
/** Scripts without spaces between words. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u

/** The terms of a text, in order. A whole comes before its parts. */
export function termsOf(text: string, stem: Stem): Term[] {
  const terms: Term[] = []
  const add = (written: string, start: number, isWhole: boolean) => {
    const normal = normalize(written)
    if (normal === '' || normal.length > MAX_LENGTH || isFunctionWord(normal)) return
    terms.push({ text: normal, stem: stem(normal), start, end: start + written.length, isWhole })
  }
  for (const match of text.matchAll(WORD)) {
    const [, written = '', clitic] = match
    // "don't", "isn't": all such words are function words
    if (clitic && /t$/i.test(clitic) && /n$/i.test(written)) continue
    const parts = partsOf(written)
    if (parts.length > 1) add(written, match.index, true)
    for (const { part, offset } of parts) add(part, match.index + offset, false)
  }
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
