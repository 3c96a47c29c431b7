// The tokens for single bytes, to which subword models fall back: `<0x00>` to `<0xFF>`.
import type { Subword } from './subword.js'

/**
 * Returns the tokens for the UTF-8 bytes of a text, or undefined if the vocabulary lacks one. The first token covers
 * the whole text, the others cover none of it.
 */
export function byteTokens(
  text: string,
  utf8: TextEncoder,
  ids: ReadonlyMap<string, number>,
): Subword[] | undefined {
  const tokens: Subword[] = []
  for (const byte of utf8.encode(text)) {
    const token = `<0x${byte.toString(16).toUpperCase().padStart(2, '0')}>`
    const id = ids.get(token)
    if (id === undefined) return undefined
    tokens.push({ id, text: token, length: tokens.length === 0 ? text.length : 0, isUnknown: false })
  }
  return tokens
}
