// Long texts in pieces that a model can take whole: windows of so many tokens, each beginning some tokens before the end
// of the last.
import type { TokenPiece } from '../tokenizer/tokenizer.js'

/** A part of a text: `text` is `source.slice(start, end)`. */
export interface TextWindow {
  readonly text: string
  readonly start: number
  readonly end: number
}

/**
 * Windows of at most `length` tokens, the next beginning with the last `overlap` tokens of the one before. Cuts fall
 * between words wherever a word is no longer than a window, else between letters; only a single letter may have more tokens
 * than a window. `piecesOf` cuts a text into tokens.
 */
export function cutWindows(
  text: string,
  piecesOf: (text: string) => readonly TokenPiece[],
  length: number,
  overlap: number,
): TextWindow[] {
  const pieces = piecesOf(text)
  if (pieces.length <= length) return [{ text, start: 0, end: text.length }]
  const windows: TextWindow[] = []
  /** About what a window takes, for parts whose tokens do not say where they begin. */
  const usual = Math.ceil((2 * length * text.length) / pieces.length)

  /** Where a window ends that begins at `start` and has the tokens before `last`. */
  function endAt(start: number, last: number): number {
    const [before, after] = [pieces[last - 1]!, pieces[last]]
    if (after === undefined) return before.start > start ? text.length : Math.min(text.length, start + usual)
    if (after.start >= before.end) return Math.max(before.end, letterEnd(text, start))
    // both stand for the same letters: marks on top of each other, parts that were spelled as a whole
    return after.start > start ? after.start : Math.min(before.end, start + usual)
  }

  for (let first = 0, start = 0; ; ) {
    let last = Math.min(first + length, pieces.length)
    if (last < pieces.length) last = betweenWords(text, pieces, first, last)
    let end = endAt(start, last)
    // a part of a word may have more tokens than it had in its word
    for (let count = countOf(start, end); count > length; count = countOf(start, end)) {
      if (last > first + 1) {
        last = Math.max(first + 1, Math.min(last - 1, first + Math.floor(((last - first) * length) / count)))
        end = endAt(start, last)
      } else {
        const shorter = letterAt(text, start + Math.floor(((end - start) * length) / count))
        if (shorter <= start) {
          end = letterEnd(text, start)
          break
        }
        end = shorter
      }
    }
    // what the one before has whole says nothing new
    if (end > (windows.at(-1)?.end ?? 0)) windows.push({ text: text.slice(start, end), start, end })
    if (end >= text.length) return windows
    while (last < pieces.length && pieces[last]!.start < end) last++
    // at least one token further on, and on the beginning of a word where there is one
    first = betweenWords(text, pieces, first, Math.max(last - overlap, first + 1))
    while (first < last && pieces[first]!.start <= start) first++
    start = Math.min(pieces[first]?.start ?? end, end)
  }

  function countOf(start: number, end: number): number {
    return piecesOf(text.slice(start, end)).length
  }
}

/** The last place between words in (from, to]; where there is none, the last between letters, or `to` itself. */
function betweenWords(text: string, pieces: readonly TokenPiece[], from: number, to: number): number {
  let betweenLetters: number | undefined
  for (let at = Math.min(to, pieces.length - 1); at > from; at--) {
    const [before, after] = [pieces[at - 1]!, pieces[at]!]
    if (after.start < before.end) continue
    if (/\s/.test(text.slice(before.end, after.start))) return at
    betweenLetters ??= at
  }
  return betweenLetters ?? to
}

/** Where the letter ends that begins at a place. */
const letterEnd = (text: string, at: number): number => at + (text.codePointAt(at)! > 0xffff ? 2 : 1)

/** A place, or the one before it where it falls inside of a letter of two units. */
const letterAt = (text: string, at: number): number =>
  /[\udc00-\udfff]/.test(text[at] ?? '') && /[\ud800-\udbff]/.test(text[at - 1] ?? '') ? at - 1 : at
