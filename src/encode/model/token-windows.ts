// Divides the tokens of a long text into windows that a model can take. Neighbours overlap, and each token belongs to one
// window: the one in which it is further from an edge.
//
//   tokens      0 ─────────────────────────────── n
//   window 1    ├────────────┤
//   window 2              ├────────────┤
//   kept        1111111111112222222222…
import type { TokenPiece } from '../tokenizer/tokenizer.js'
import { betweenWords } from './text-windows.js'

/** A window: indices of tokens, each end exclusive. */
export interface TokenWindow {
  /** The first token that the model sees. */
  readonly start: number
  readonly end: number
  /** The first token whose row is kept. */
  readonly keptStart: number
  readonly keptEnd: number
}

/**
 * Plans windows of at most `length` tokens. They begin and end between words where a word begins near by, otherwise between
 * characters or tokens. Neighbours share `overlap` tokens, or up to twice as many.
 */
export function planWindows(
  text: string,
  pieces: readonly TokenPiece[],
  length: number,
  overlap: number,
): TokenWindow[] {
  const windows: TokenWindow[] = []
  for (let start = 0, keptStart = 0; ; ) {
    const most = start + length
    if (most >= pieces.length) {
      windows.push({ start, end: pieces.length, keptStart, keptEnd: pieces.length })
      return windows
    }
    // a window is never shorter than half of its length, so that few are needed
    const end = betweenWords(text, pieces, start + Math.floor(length / 2), most)
    const next = betweenWords(
      text,
      pieces,
      Math.max(start, end - 2 * overlap),
      Math.max(end - overlap, start + 1),
    )
    const keptEnd = Math.floor((next + end) / 2)
    windows.push({ start, end, keptStart, keptEnd })
    start = next
    keptStart = keptEnd
  }
}
