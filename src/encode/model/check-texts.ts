// The texts that an encoder is given, checked.
import { typeName } from '../../base/type-name.js'

/** A text that cannot be encoded: `index` says which of `documents` it is; undefined for a query. */
export class TextError extends RangeError {
  override readonly name = 'TextError'
  readonly index: number | undefined
  /** It has no token, or more than the model takes. */
  readonly reason: 'empty' | 'long'

  constructor(index: number | undefined, what: string, reason: 'empty' | 'long') {
    super(`${index === undefined ? '"text"' : `"texts[${index}]"`} ${what}`)
    this.index = index
    this.reason = reason
  }
}

/** @throws TypeError where `text` is not a string; `name` is what the error calls it */
export function checkText(text: unknown, name = 'text'): asserts text is string {
  if (typeof text !== 'string') throw new TypeError(`"${name}" expected a string, got ${typeName(text)}`)
}

/** @throws TypeError where `texts` is not an array of strings */
export function checkTexts(texts: unknown): asserts texts is readonly string[] {
  if (!Array.isArray(texts))
    throw new TypeError(`"texts" expected an array of strings, got ${typeName(texts)}`)
  // a hole is no string either
  for (let i = 0; i < texts.length; i++) checkText(texts[i], `texts[${i}]`)
}
