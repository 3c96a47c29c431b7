// Text on its way through a tokenizer, with the place in the original of every unit: unit i of `text` stands for
// `original.slice(start[i], end[i])`.
//
//   original  É  c o l e        text    e c o l e
//             0  1 2 3 4        start   0 1 2 3 4     end  1 2 3 4 5
//
// It must not know what is done to a text, or why.

/** A text and where its UTF-16 units come from. */
export interface Aligned {
  readonly text: string
  readonly start: readonly number[]
  readonly end: readonly number[]
}

/**
 * A text as it came. Both units of a character beyond the 16-bit ones stand for the whole of it; a lone surrogate, which
 * no UTF-8 has, becomes U+FFFD.
 */
export function align(original: string): Aligned {
  const text = original.replace(/\p{Surrogate}/gu, '\ufffd')
  const start: number[] = []
  const end: number[] = []
  for (const letter of text) {
    const at = start.length
    for (let unit = 0; unit < letter.length; unit++) {
      start.push(at)
      end.push(at + letter.length)
    }
  }
  return { text, start, end }
}

/** The units from `from` up to `to`. */
export function cut({ text, start, end }: Aligned, from: number, to: number): Aligned {
  if (from === 0 && to === text.length) return { text, start, end }
  return { text: text.slice(from, to), start: start.slice(from, to), end: end.slice(from, to) }
}

/** A text with each match of a global pattern replaced. */
export function replace(piece: Aligned, pattern: RegExp, by: (match: string) => string): Aligned {
  return rewrite(piece, matchesOf(piece.text, pattern), by)
}

function* matchesOf(text: string, pattern: RegExp): Generator<AlignedPart> {
  for (const { 0: found, index } of text.matchAll(pattern)) yield { segment: found, index }
}

/** A part of a text, and where it begins. */
export interface AlignedPart {
  readonly segment: string
  readonly index: number
}

/** A text with some of its parts rewritten: every new unit stands for the whole of its part. */
export function rewrite(piece: Aligned, parts: Iterable<AlignedPart>, by: (part: string) => string): Aligned {
  let changed = false
  let text = ''
  const start: number[] = []
  const end: number[] = []
  const keep = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      start.push(piece.start[i]!)
      end.push(piece.end[i]!)
    }
    text += piece.text.slice(from, to)
  }
  let at = 0
  for (const { segment: found, index } of parts) {
    const put = by(found)
    if (put === found) continue
    changed = true
    keep(at, index)
    at = index + found.length
    text += put
    for (let i = 0; i < put.length; i++) {
      start.push(piece.start[index]!)
      end.push(piece.end[at - 1]!)
    }
  }
  if (!changed) return piece
  keep(at, piece.text.length)
  return { text, start, end }
}

/** A text with something before it, which stands for what the first unit stands for. */
export function prepend(piece: Aligned, before: string): Aligned {
  const same = (places: readonly number[]) => [...Array.from(before, () => places[0] ?? 0), ...places]
  return { text: before + piece.text, start: same(piece.start), end: same(piece.end) }
}

/** Which part of the original the units from `from` up to `to` stand for. */
export function spanOf(piece: Aligned, from: number, to: number): { start: number; end: number } {
  let start = piece.start[from] ?? piece.end.at(-1) ?? 0
  let end = start
  for (let i = from; i < to; i++) {
    start = Math.min(start, piece.start[i]!)
    end = Math.max(end, piece.end[i]!)
  }
  return { start, end }
}
