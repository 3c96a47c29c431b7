// Finds tokens that are matched in a text before anything is split, such as [MASK]: `added_tokens` of tokenizer.json.
// The leftmost match counts, of several at one position the longest.
import { type AlignedText, forEachMatch, slice } from './aligned.js'
import { type JsonObject, stringAt } from './json.js'
import { escapePattern, SPACE } from './unicode.js'
import type { VocabularyModel } from './vocabularies/subword.js'

/** A token that is matched as a whole. */
export interface AddedToken {
  readonly id: number
  readonly text: string
  /** Whether it is matched in the normalized text, in its normalized form. */
  readonly isNormalized: boolean
  /** Whether it must not be part of a word. */
  readonly isSingleWord: boolean
  /** Whether it includes the whitespace before it. */
  readonly stripsLeft: boolean
  /** Whether it includes the whitespace after it. */
  readonly stripsRight: boolean
}

/** A part of a text: a token, or the text between tokens. */
export interface Section {
  readonly piece: AlignedText
  /** Undefined between tokens. */
  readonly token?: AddedToken
}

/** Splits a text into sections. */
export type TokenFinder = (piece: AlignedText) => readonly Section[]

const IS_SPACE = new RegExp(`^${SPACE}$`, 'u')
const ENDS_WITH_WORD_CHARACTER = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]$/u
const STARTS_WITH_WORD_CHARACTER = /^[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}]/u

/** Reads `added_tokens`. */
export function readAddedTokens(objects: readonly JsonObject[]): readonly AddedToken[] {
  return objects.map(object => {
    // special tokens are matched as written by default
    const isNormalized =
      object.normalized === undefined ? object.special !== true : object.normalized === true
    return toToken(object, Number(object.id), stringAt(object.content), isNormalized)
  })
}

/**
 * The tokens with the ids that the tokenizers library assigns, whatever the file says: that of the vocabulary, otherwise the
 * next one after it.
 */
export function withAssignedIds(
  tokens: readonly AddedToken[],
  { idOf, size }: Pick<VocabularyModel, 'idOf' | 'size'>,
): readonly AddedToken[] {
  const assigned = new Map<string, number>()
  let next = size
  for (const { text } of tokens) {
    if (text !== '' && !assigned.has(text)) assigned.set(text, idOf(text) ?? next++)
  }
  return tokens.map(token => ({ ...token, id: assigned.get(token.text) ?? token.id }))
}

/**
 * Replaces tokens by those of special_tokens_map.json with the same text, and adds the others, as FastEmbed does. A
 * string in that file is a token that includes no whitespace. Tokens that are not in the vocabulary are ignored.
 */
export function withSpecialTokens(
  added: readonly AddedToken[],
  map: JsonObject | undefined,
  idOf: (token: string) => number | undefined,
): readonly AddedToken[] {
  const byText = new Map(added.map(token => [token.text, token]))
  for (const value of Object.values(map ?? {}).flat()) {
    const object: JsonObject = typeof value === 'string' ? { content: value } : ((value ?? {}) as JsonObject)
    const text = stringAt(object.content)
    const id = byText.get(text)?.id ?? idOf(text)
    if (id !== undefined) byText.set(text, toToken(object, id, text, object.normalized === true))
  }
  return [...byText.values()]
}

const toToken = (object: JsonObject, id: number, text: string, isNormalized: boolean): AddedToken => ({
  id,
  text,
  isNormalized,
  isSingleWord: object.single_word === true,
  stripsLeft: object.lstrip === true,
  stripsRight: object.rstrip === true,
})

/** Creates a function that finds tokens by their spellings. */
export function createTokenFinder(
  tokens: readonly { readonly token: AddedToken; readonly spelling: string }[],
): TokenFinder {
  const bySpelling = new Map(
    tokens.filter(({ spelling }) => spelling !== '').map(({ token, spelling }) => [spelling, token]),
  )
  if (bySpelling.size === 0) return piece => [{ piece }]
  const longestFirst = [...bySpelling.keys()].sort((a, b) => b.length - a.length)
  const pattern = new RegExp(longestFirst.map(escapePattern).join('|'), 'gu')

  return piece => {
    const { text } = piece
    const sections: Section[] = []
    let done = 0
    forEachMatch(text, pattern, (index, endIndex) => {
      const token = bySpelling.get(text.slice(index, endIndex))!
      let [from, to] = [index, endIndex]
      if (token.isSingleWord && isInsideWord(text, from, to)) return
      if (token.stripsLeft) while (from > done && IS_SPACE.test(text[from - 1]!)) from--
      if (token.stripsRight) while (to < text.length && IS_SPACE.test(text[to]!)) to++
      if (from > done) sections.push({ piece: slice(piece, done, from) })
      sections.push({ piece: slice(piece, from, to), token })
      done = to
    })
    if (done < text.length) sections.push({ piece: slice(piece, done, text.length) })
    return sections
  }
}

function isInsideWord(text: string, from: number, to: number): boolean {
  return (
    // two units, because a character may be a surrogate pair
    ENDS_WITH_WORD_CHARACTER.test(text.slice(Math.max(0, from - 2), from)) ||
    STARTS_WITH_WORD_CHARACTER.test(text.slice(to, to + 2))
  )
}
