// Builds the ids of a text between a prefix and a suffix. The tokenizer sees all three as one text, which is cut to the
// model's maximum as a whole, as FastEmbed does: an overlong query loses its suffix.

import type { Token } from '../encoder-types.js'
import type { Sequence } from '../model/sequence.js'
import type { Tokenizer } from '../tokenizer/tokenizer.js'

/** How texts are framed and cut. */
export interface Frame {
  readonly tokenizer: Tokenizer
  readonly prefix: string
  readonly suffix: string
  /** Maximum number of tokens, special ones included. */
  readonly maxTokens: number
  /** Whether the beginning is cut, not the end. */
  readonly cutsLeft: boolean
}

/** Spells an id. */
export const spell = (tokenizer: Tokenizer, id: number): string => tokenizer.textOf(id) ?? `<${id}>`

/** Builds the sequence of a text. All rows are kept. */
export function frameText(text: string, { tokenizer, prefix, suffix, maxTokens, cutsLeft }: Frame): Sequence {
  const end = prefix.length + text.length
  const found = tokenizer.pieces(prefix + text + suffix)
  const isOfText = (piece: (typeof found)[number]) => piece.end > prefix.length && piece.start < end
  const room = Math.max(0, maxTokens - tokenizer.before.length - tokenizer.after.length)
  const kept = cutsLeft ? found.slice(Math.max(0, found.length - room)) : found.slice(0, room)
  const special = (id: number, at: number) => ({
    id,
    token: { text: spell(tokenizer, id), start: at, end: at, special: true } as Token,
  })
  const items = [
    ...tokenizer.before.map(id => special(id, 0)),
    ...kept.map(piece => {
      if (!isOfText(piece)) return special(piece.id, piece.start < prefix.length ? 0 : text.length)
      const start = Math.max(0, piece.start - prefix.length)
      const token = { text: piece.text, start, end: Math.min(text.length, piece.end - prefix.length) }
      return { id: piece.id, token }
    }),
    ...tokenizer.after.map(id => special(id, text.length)),
  ]
  const keptOfText = kept.filter(isOfText)
  return {
    ids: items.map(({ id }) => id),
    attention: items.map(() => 1),
    rows: items.map((_, row) => row),
    tokens: items.map(({ token }) => token),
    unknown: keptOfText
      .filter(({ isUnknown }) => isUnknown)
      .map(({ start, end }) => text.slice(Math.max(0, start - prefix.length), end - prefix.length)),
    textTokens: found.filter(isOfText).length,
    keptTokens: keptOfText.length,
  }
}

/** The tokens that a text may have, so that nothing is cut. */
export const roomForText = ({ tokenizer, prefix, suffix, maxTokens }: Frame): number =>
  maxTokens - tokenizer.before.length - tokenizer.after.length - tokenizer.pieces(prefix + suffix).length
