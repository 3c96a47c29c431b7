// Long texts in pieces that a model can take whole: windows of so many tokens, each beginning some tokens before the end
// of the last.
import type { Piece } from './tokenizer/tokenizer.js'

/** A part of a text: `text` is `source.slice(start, end)`. */
export interface TextWindow {
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * Windows of at most `length` tokens, the next beginning with the last `overlap` tokens of the one before. Cuts fall
 * between words wherever a word is no longer than a window. `piecesOf` cuts a text into tokens.
 */
export function cutWindows(
  text: string,
  piecesOf: (text: string) => readonly Piece[],
  length: number,
  overlap: number,
): TextWindow[] {
  const pieces = piecesOf(text)
  if (pieces.length <= length) return [{ text, start: 0, end: text.length }]
  const windows: TextWindow[] = []
  for (let first = 0; ; ) {
    const start = first === 0 ? 0 : pieces[first]!.start
    const endAt = (last: number) =>
      last === pieces.length ? text.length : Math.max(pieces[last - 1]!.end, start)
    let last = Math.min(first + length, pieces.length)
    if (last < pieces.length) last = betweenWords(text, pieces, first, last)
    // a part of a word may have more tokens than it had in its word
    while (last > first + 1 && piecesOf(text.slice(start, endAt(last))).length > length) last--
    windows.push({ text: text.slice(start, endAt(last)), start, end: endAt(last) })
    if (last === pieces.length) return windows
    // at least one token further on, and on the beginning of a word where there is one
    first = betweenWords(text, pieces, first, Math.max(last - overlap, first + 1))
  }
}

/** The last place between words in (from, to]; `to` itself where there is none. */
function betweenWords(text: string, pieces: readonly Piece[], from: number, to: number): number {
  for (let at = to; at > from; at--) {
    const [before, after] = [pieces[at - 1]!, pieces[at]!]
    if (after.start > before.end && /\s/.test(text.slice(before.end, after.start))) return at
  }
  return to
}
