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
    const { lower, startOf, endOf } = lowercases ? lowerCase(trimmed) : unchanged(trimmed)
    const before = prompt.length - removed
    const found = tokenizer.pieces(lower).map(piece => {
      const [start, end] = [startOf(piece.start) - before, endOf(piece.end) - before]
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

/** A text in lower case, and where a part of it begins and ends in the text as written. */
interface LowerText {
  readonly lower: string
  startOf(index: number): number
  endOf(index: number): number
}

const unchanged = (lower: string): LowerText => ({ lower, startOf: index => index, endOf: index => index })

/** Some letters become longer: İ. A part of one has the position of the whole letter. */
function lowerCase(text: string): LowerText {
  const lower = text.toLowerCase()
  if (lower.length === text.length) return unchanged(lower)
  const [starts, ends]: [number[], number[]] = [[], [0]]
  let end = 0
  for (const letter of text) {
    const start = end
    end += letter.length
    for (let i = 0; i < letter.toLowerCase().length; i++) {
      starts.push(start)
      ends.push(end)
    }
  }
  starts.push(end)
  return { lower, startOf: index => starts[index]!, endOf: index => ends[index]! }
}
