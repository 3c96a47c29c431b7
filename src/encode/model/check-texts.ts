// Checks the texts that are passed to an encoder.
import { typeName } from '../../base/type-name.js'

/** Thrown for a text that cannot be encoded: it has no tokens, or more than the model accepts. */
export class TextError extends RangeError {
  override readonly name = 'TextError'
  readonly code = 'ERR_TEXT'
  /** Index of the text in the argument of `documents`; undefined for a query. */
  readonly index: number | undefined
  /** `empty`: the text has no tokens. `long`: it has more tokens than the model accepts. */
  readonly reason: 'empty' | 'long'

  /** `problem` is the message after the name of the text. */
  constructor(index: number | undefined, problem: string, reason: 'empty' | 'long') {
    super(`${index === undefined ? '"text"' : `"texts[${index}]"`} ${problem}`)
    this.index = index
    this.reason = reason
  }
}

/** @throws TypeError if `text` is not a string; `path` names it in the message */
export function checkText(text: unknown, path = 'text'): asserts text is string {
  if (typeof text !== 'string') throw new TypeError(`"${path}" expected a string, got ${typeName(text)}`)
}

/** @throws TypeError if `texts` is not an array of strings */
export function checkTexts(texts: unknown): asserts texts is readonly string[] {
  if (!Array.isArray(texts)) {
    throw new TypeError(`"texts" expected an array of strings, got ${typeName(texts)}`)
  }
  // a loop over indices also finds holes
  for (let i = 0; i < texts.length; i++) checkText(texts[i], `texts[${i}]`)
}
