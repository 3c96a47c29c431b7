// Splits long texts into windows that a model can take. A window has a maximum number of tokens and begins some tokens
// before the end of the previous one.
import type { TokenPiece } from '../tokenizer/tokenizer.js'

/** A part of a text: `text` is `source.slice(start, end)`. */
export interface TextWindow {
  readonly text: string
  /** Index of its first UTF-16 unit in the source text. */
  readonly start: number
  /** Index after its last UTF-16 unit in the source text. */
  readonly end: number
}

/** The text to be split, and how. */
interface Splitting {
  readonly text: string
  readonly pieces: readonly TokenPiece[]
  /** Maximum number of tokens in a window. */
  readonly length: number
  /** The number of tokens of a part of the text. */
  countOf(start: number, end: number): number
  /** An estimate of the UTF-16 units in a window, for parts whose tokens do not show where they begin. */
  readonly estimatedUnits: number
}

/** The end of a window: an index of the text, and the index of the first token after it. */
interface WindowEnd {
  readonly end: number
  readonly last: number
}

/**
 * Splits a text into windows of at most `length` tokens. Each begins with the last `overlap` tokens of the previous
 * one.
 *
 * Windows end between words wherever a word fits into a window, otherwise between characters. Only a single character
 * may have more tokens than a window. `piecesOf` splits a text into tokens.
 */
export function cutWindows(
  text: string,
  piecesOf: (text: string) => readonly TokenPiece[],
  length: number,
  overlap: number,
): TextWindow[] {
  const pieces = piecesOf(text)
  if (pieces.length <= length) return [{ text, start: 0, end: text.length }]
  const splitting: Splitting = {
    text,
    pieces,
    length,
    countOf: (start, end) => piecesOf(text.slice(start, end)).length,
    estimatedUnits: Math.ceil((2 * length * text.length) / pieces.length),
  }
  const windows: TextWindow[] = []
  for (let first = 0, start = 0; ; ) {
    let { end, last } = findEnd(splitting, first, start)
    // a window that the previous one contains is dropped
    if (end > (windows.at(-1)?.end ?? 0)) windows.push({ text: text.slice(start, end), start, end })
    if (end >= text.length) return windows
    while (last < pieces.length && pieces[last]!.start < end) last++
    // at least one token further on, at the beginning of a word if there is one
    first = betweenWords(text, pieces, first, Math.max(last - overlap, first + 1))
    while (first < last && pieces[first]!.start <= start) first++
    start = Math.min(pieces[first]?.start ?? end, end)
  }
}

/** Finds the end of the window that begins at token `first` and index `start`. */
function findEnd(splitting: Splitting, first: number, start: number): WindowEnd {
  const { text, pieces, length, countOf } = splitting
  let last = Math.min(first + length, pieces.length)
  if (last < pieces.length) last = betweenWords(text, pieces, first, last)
  let end = endOf(splitting, start, last)
  // a part of a word may have more tokens alone than inside the word
  for (let count = countOf(start, end); count > length; count = countOf(start, end)) {
    if (last > first + 1) {
      last = Math.max(first + 1, Math.min(last - 1, first + Math.floor(((last - first) * length) / count)))
      end = endOf(splitting, start, last)
      continue
    }
    const shorter = characterStart(text, start + Math.floor(((end - start) * length) / count))
    if (shorter <= start) return { end: characterEnd(text, start), last }
    end = shorter
  }
  return { end, last }
}

/** The index at which a window ends that begins at `start` and has the tokens before `last`. */
function endOf({ text, pieces, estimatedUnits }: Splitting, start: number, last: number): number {
  const [before, after] = [pieces[last - 1]!, pieces[last]]
  if (after === undefined) {
    return before.start > start ? text.length : Math.min(text.length, start + estimatedUnits)
  }
  if (after.start >= before.end) return Math.max(before.end, characterEnd(text, start))
  // both tokens have the same characters: stacked marks, or parts that were normalized as a whole
  return after.start > start ? after.start : Math.min(before.end, start + estimatedUnits)
}

/**
 * The last token in (from, to] that begins a word; if there is none, the last that begins a character; if there is
 * none, `to`.
 */
export function betweenWords(text: string, pieces: readonly TokenPiece[], from: number, to: number): number {
  let betweenCharacters: number | undefined
  for (let i = Math.min(to, pieces.length - 1); i > from; i--) {
    const [before, after] = [pieces[i - 1]!, pieces[i]!]
    if (after.start < before.end) continue
    if (/\s/.test(text.slice(before.end, after.start))) return i
    betweenCharacters ??= i
  }
  return betweenCharacters ?? to
}

/** The index after the character that begins at `index`. */
const characterEnd = (text: string, index: number): number =>
  index + (text.codePointAt(index)! > 0xffff ? 2 : 1)

/** `index`, or the index before it if `index` is inside a surrogate pair. */
const characterStart = (text: string, index: number): number =>
  /[\udc00-\udfff]/.test(text[index] ?? '') && /[\ud800-\udbff]/.test(text[index - 1] ?? '')
    ? index - 1
    : index
