// Classes of characters as the tokenizers library sees them, as parts of JavaScript patterns.
//
// The library's Unicode tables are old, and models were trained with them: categories are of Unicode 8, normalization
// is of Unicode 9. Engines have later versions, so the differences are pinned in unicode-changes.ts.
import {
  type CategoryChange,
  CONTROLS,
  MARKS,
  NEW_DECOMPOSITIONS,
  NONSPACING_MARKS,
  PUNCTUATION,
} from './unicode-changes.js'

/**
 * A class of characters from hexadecimal code points and ranges, separated by spaces: `[\u{1}-\u{8}\u{b}]` for `1-8 b`.
 */
export const classOf = (ranges: string) => `[${ranges.replace(/[0-9a-f]+/g, '\\u{$&}').replaceAll(' ', '')}]`

/** A pattern for one character of the engine's class `current`, changed to that of the library, with further characters `others`. */
const patternFor = (current: string, { added, removed }: CategoryChange, others = '') => {
  const pattern = `(?!${classOf(added)})${current}`
  const more = others + (removed === '' ? '' : classOf(removed).slice(1, -1))
  return more === '' ? `(?:${pattern})` : `(?:${pattern}|[${more}])`
}

/** Whitespace. In JavaScript `\s` contains U+FEFF and lacks U+0085. */
export const SPACE = '\\p{White_Space}'
/** A mark of any kind: category M. */
export const MARK = patternFor('\\p{M}', MARKS)
/** A mark that takes no space: category Mn. */
export const NONSPACING_MARK = patternFor('\\p{Mn}', NONSPACING_MARKS)
/** Punctuation: category P, and all ASCII characters that are not letters, digits, spaces or controls. */
export const PUNCTUATION_MARK = patternFor('\\p{P}', PUNCTUATION, '!-/:-@\\[-`{-~')
/** Controls, formats, surrogates and private use, except tab and line breaks. */
export const CONTROL = patternFor('(?![\\t\\n\\r])[\\p{Cc}\\p{Cf}\\p{Co}\\p{Cs}]', CONTROLS)
/** A character that no normalization form changes, because the tables of the library lack its decomposition. */
export const UNDECOMPOSED = classOf(NEW_DECOMPOSITIONS)
/** An ideograph, which is a separate token of a BERT tokenizer. */
export const IDEOGRAPH =
  '[\\u4e00-\\u9fff\\u3400-\\u4dbf\\u{20000}-\\u{2a6df}\\u{2a700}-\\u{2b73f}\\u{2b740}-\\u{2b81f}\\u{2b920}-\\u{2ceaf}' +
  '\\uf900-\\ufaff\\u{2f800}-\\u{2fa1f}]'
/** The contents of a class of word characters: those of the pre-tokenizer `Whitespace`. */
export const WORD_CHARACTERS = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d'

/** The same for `\\w` of a pattern: with the fractions and superscripts of Latin-1, without joiners. */
const PATTERN_WORD = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u00b2\\u00b3\\u00b9\\u00bc-\\u00be'
/** A position between a word character and another one, or an end of the text. */
const WORD_BOUNDARY = `(?:(?<=[${PATTERN_WORD}])(?![${PATTERN_WORD}])|(?<![${PATTERN_WORD}])(?=[${PATTERN_WORD}]))`

/**
 * Escapes that mean something else in JavaScript, with their replacements inside and outside of brackets. None: it cannot
 * be written there.
 */
const ESCAPES: Readonly<Record<string, readonly [inside: string | undefined, outside: string]>> = {
  '\\s': [SPACE, SPACE],
  '\\S': ['\\P{White_Space}', '\\P{White_Space}'],
  '\\d': ['\\p{Nd}', '\\p{Nd}'],
  '\\D': ['\\P{Nd}', '\\P{Nd}'],
  '\\w': [PATTERN_WORD, `[${PATTERN_WORD}]`],
  '\\W': [undefined, `[^${PATTERN_WORD}]`],
  '\\b': ['\\b', WORD_BOUNDARY],
  '\\B': [undefined, `(?!${WORD_BOUNDARY})`],
}

/** One character or class, and the possessive quantifier after it if there is one: `\\p{L}++`. */
const POSSESSIVE = /(\[(?:\\[\s\S]|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\[\s\S]|[^\\()[\]{}|*+?^$])(?:([?*+])\+)?/gu

/**
 * Translates a pattern of the tokenizers library, which is in Oniguruma's syntax.
 *
 * @throws RangeError if JavaScript cannot compile it, or would match something else; `path` names the file in the message
 */
export function toPattern(source: string, path: string): RegExp {
  const refuse = (cause?: unknown) =>
    new RangeError(`${path} has a pattern that JavaScript does not support: ${source}`, { cause })
  let isInside = false
  let groups = 0
  const translated = source
    // a lookahead never matches less than it did first, like a possessive quantifier
    .replace(POSSESSIVE, (found, atom: string, quantifier?: string) => {
      if (quantifier === undefined) return found
      const name = `possessive${groups++}`
      return `(?:(?=(?<${name}>${atom}${quantifier}))\\k<${name}>)`
    })
    .replace(/\\[\s\S]|&&|[[\].^$]/g, found => {
      if (found === '[') isInside = true
      if (found === ']') isInside = false
      if (!isInside && found in LINES) return LINES[found]!
      // an intersection of classes
      if (isInside && found === '&&') throw refuse()
      const replacement = ESCAPES[found]
      if (!replacement) return found
      const [inside, outside] = replacement
      if (!isInside) return outside
      if (inside === undefined) throw refuse()
      return inside
    })
    .replace(SCRIPT, '\\$1{Script=$2}')
    // not every engine has groups with their own flags
    .replace(/\(\?i:([^()]*)\)/g, (_, inside: string) => {
      // a letter such as ß has several letters as another case
      if (/[^\0-\x7f]/.test(inside)) throw refuse()
      return `(?:${inAnyCase(inside)})`
    })
  // the groups of possessive quantifiers have numbers too
  if (groups > 0 && /\\[1-9]/.test(source)) throw refuse()
  try {
    return new RegExp(translated, 'gu')
  } catch (cause) {
    throw refuse(cause)
  }
}

/** Oniguruma's line ends: only \n is one, and ^ and $ match at each of them. */
const LINES: Readonly<Record<string, string>> = { '.': '[^\\n]', '^': '(?<![^\\n])', $: '(?![^\\n])' }

/** A script in a pattern, such as \p{Han}. JavaScript writes it \p{Script=Han}. */
const SCRIPT =
  /\\([pP])\{(Arabic|Armenian|Bengali|Cyrillic|Devanagari|Greek|Han|Hangul|Hebrew|Hiragana|Katakana|Latin|Thai)\}/g

/** A pattern without groups that matches ASCII letters in both cases. */
const inAnyCase = (pattern: string): string =>
  pattern.replace(/\[(?:\\[\s\S]|[^\]\\])*\]|\\[pP]\{[^}]*\}|\\[\s\S]|[a-z]/gi, part => {
    if (part.startsWith('[')) return part.replace(/\\[pP]\{[^}]*\}|\\[\s\S]|[a-z]-[a-z]|[a-z]/gi, bothCases)
    return part.length === 1 ? `[${bothCases(part)}]` : part
  })

/** A letter or a range of letters in all its cases; an escape is not changed. */
const bothCases = (part: string): string =>
  part.startsWith('\\') ? part : part.toLowerCase() + part.toUpperCase() + otherCases(part.toLowerCase())

/** The long s and the sign of Kelvin, which have the letters s and k as another case. */
const otherCases = (part: string): string =>
  (isWithin('s', part) ? '\u017f' : '') + (isWithin('k', part) ? '\u212a' : '')

/** Whether a letter is `part`, or in its range. */
const isWithin = (letter: string, part: string): boolean => letter >= part[0]! && letter <= part.at(-1)!

/** Escapes a text for use in a JavaScript pattern with the flag `u`. */
export const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
