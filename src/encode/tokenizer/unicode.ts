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
/** The contents of a class of word characters: `\w` in the library. */
export const WORD_CHARACTERS = '\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d'

/** Escapes that mean something else in JavaScript, with their replacements inside and outside of brackets. */
const ESCAPES: Readonly<Record<string, readonly [inside: string, outside: string]>> = {
  '\\s': [SPACE, SPACE],
  '\\S': ['\\P{White_Space}', '\\P{White_Space}'],
  '\\d': ['\\p{Nd}', '\\p{Nd}'],
  '\\D': ['\\P{Nd}', '\\P{Nd}'],
  '\\w': [WORD_CHARACTERS, `[${WORD_CHARACTERS}]`],
  '\\W': ['\\W', `[^${WORD_CHARACTERS}]`],
}

/**
 * Translates a pattern of the tokenizers library, which is in Oniguruma's syntax.
 *
 * @throws RangeError if JavaScript cannot compile it; `path` names the file in the message
 */
export function toPattern(source: string, path: string): RegExp {
  let isInside = false
  const translated = source
    .replace(/\\[\s\S]|[[\].^$]/g, found => {
      if (found === '[') isInside = true
      if (found === ']') isInside = false
      if (!isInside && found in LINES) return LINES[found]!
      return ESCAPES[found]?.[isInside ? 0 : 1] ?? found
    })
    .replace(SCRIPT, '\\$1{Script=$2}')
    // not every engine has groups with their own flags
    .replace(/\(\?i:([^()]*)\)/g, (_, inside: string) => `(?:${inside.replace(/[a-z]/gi, bothCases)})`)
  try {
    return new RegExp(translated, 'gu')
  } catch (cause) {
    throw new RangeError(`${path} has a pattern that JavaScript does not support: ${source}`, { cause })
  }
}

/** Oniguruma's line ends: only \n is one, and ^ and $ match at each of them. */
const LINES: Readonly<Record<string, string>> = { '.': '[^\\n]', '^': '(?<![^\\n])', $: '(?![^\\n])' }

/** A script in a pattern, such as \p{Han}. JavaScript writes it \p{Script=Han}. */
const SCRIPT =
  /\\([pP])\{(Arabic|Armenian|Bengali|Cyrillic|Devanagari|Greek|Han|Hangul|Hebrew|Hiragana|Katakana|Latin|Thai)\}/g

const bothCases = (letter: string) => `[${letter.toLowerCase()}${letter.toUpperCase()}]`

/** Escapes a text for use in a JavaScript pattern with the flag `u`. */
export const escapePattern = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&')
