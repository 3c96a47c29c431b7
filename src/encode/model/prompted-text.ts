// Splits a text with a prompt before it into tokens, whose positions are those in the text alone. The tokenizer sees both as
// one text, because the first word of the text may be another token at the beginning of a text.
import type { Tokenizer, TokenPiece } from '../tokenizer/tokenizer.js'

/** The tokens of a prompt and of the text after it. */
export interface PromptedPieces {
  readonly prompt: readonly TokenPiece[]
  /** The tokens of the text, with positions in the text. */
  readonly pieces: readonly TokenPiece[]
}

/** Splits a text. `prompt` replaces the usual prompt. */
export type PieceFinder = (text: string, prompt?: string) => PromptedPieces

/** How texts are changed before the tokenizer sees them. */
export interface TextChanges {
  /** The text before every text. */
  readonly prompt: string
  /** Whether both are put into lower case. */
  readonly lowercases: boolean
  /** Whether white space at both ends is removed. */
  readonly trims: boolean
}

/** White space at both ends, as Python's `strip` removes it. */
const WHITE = '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]'
const LEADING = new RegExp(`^${WHITE}+`)
const TRAILING = new RegExp(`${WHITE}+$`)

/** Creates a function that splits texts. */
export function createPieceFinder(tokenizer: Tokenizer, changes: TextChanges): PieceFinder {
  const { prompt: usual, lowercases, trims } = changes
  return (text, prompt = usual) => {
    if (prompt === '' && !lowercases && !trims) return { prompt: [], pieces: tokenizer.pieces(text) }
    const whole = prompt + text
    const removed = trims ? (LEADING.exec(whole)?.[0].length ?? 0) : 0
    const trimmed = trims ? whole.slice(removed).replace(TRAILING, '') : whole
    const { lower, indexOf } = lowercases ? lowerCase(trimmed) : { lower: trimmed, indexOf: same }
    const before = prompt.length - removed
    const found = tokenizer.pieces(lower).map(piece => {
      const [start, end] = [indexOf(piece.start) - before, indexOf(piece.end) - before]
      return {
        ...piece,
        start: Math.max(0, start),
        end: Math.max(0, end),
        isPrompt: end <= 0 && prompt !== '',
      }
    })
    const first = found.findIndex(({ isPrompt }) => !isPrompt)
    const count = first < 0 ? found.length : first
    return { prompt: found.slice(0, count), pieces: found.slice(count) }
  }
}

const same = (index: number) => index

/** A text in lower case, and the index in the text for each index in lower case. Some letters become longer: İ. */
function lowerCase(text: string): { readonly lower: string; readonly indexOf: (index: number) => number } {
  const lower = text.toLowerCase()
  if (lower.length === text.length) return { lower, indexOf: same }
  const indices: number[] = []
  let index = 0
  for (const letter of text) {
    for (let i = 0; i < letter.toLowerCase().length; i++) indices.push(index + Math.min(i, letter.length - 1))
    index += letter.length
  }
  indices.push(index)
  return { lower, indexOf: at => indices[Math.min(at, indices.length - 1)]! }
}
