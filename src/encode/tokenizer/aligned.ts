// A text with the position of each of its UTF-16 units in the original, while it goes through the steps of a tokenizer:
// unit i of `text` comes from `original.slice(start[i], end[i])`.
//
//   original  É  c o l e        text    e c o l e
//             0  1 2 3 4        start   0 1 2 3 4     end  1 2 3 4 5

/** A text and the origin of its UTF-16 units. */
export interface AlignedText {
  readonly text: string
  readonly start: readonly number[]
  readonly end: readonly number[]
}

/** A part of a text, and the index at which it begins. */
export interface TextPart {
  readonly text: string
  readonly index: number
}

/** A range of the original text. */
export interface Span {
  readonly start: number
  readonly end: number
}

/**
 * Aligns a text with itself. Both units of a surrogate pair come from the whole character; a lone surrogate, which
 * UTF-8 cannot represent, becomes U+FFFD.
 */
export function align(original: string): AlignedText {
  const text = original.replace(/\p{Surrogate}/gu, '\ufffd')
  const start: number[] = []
  const end: number[] = []
  for (const character of text) {
    const index = start.length
    for (let unit = 0; unit < character.length; unit++) {
      start.push(index)
      end.push(index + character.length)
    }
  }
  return { text, start, end }
}

/** The units from `from` up to `to`. */
export function slice({ text, start, end }: AlignedText, from: number, to: number): AlignedText {
  if (from === 0 && to === text.length) return { text, start, end }
  return { text: text.slice(from, to), start: start.slice(from, to), end: end.slice(from, to) }
}

/** Replaces each match of a global pattern. Each new unit comes from the whole match. */
export function replace(
  aligned: AlignedText,
  pattern: RegExp,
  replacementOf: (match: string) => string,
): AlignedText {
  return rewrite(aligned, matchesOf(aligned.text, pattern), replacementOf)
}

function* matchesOf(text: string, pattern: RegExp): Generator<TextPart> {
  for (const { 0: match, index } of text.matchAll(pattern)) yield { text: match, index }
}

/** Replaces parts of a text, in ascending order. Each new unit comes from the whole part. */
export function rewrite(
  aligned: AlignedText,
  parts: Iterable<TextPart>,
  replacementOf: (part: string) => string,
): AlignedText {
  let hasChanged = false
  let text = ''
  const start: number[] = []
  const end: number[] = []
  const copy = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      start.push(aligned.start[i]!)
      end.push(aligned.end[i]!)
    }
    text += aligned.text.slice(from, to)
  }
  let copied = 0
  for (const part of parts) {
    const replacement = replacementOf(part.text)
    if (replacement === part.text) continue
    hasChanged = true
    copy(copied, part.index)
    copied = part.index + part.text.length
    text += replacement
    for (let i = 0; i < replacement.length; i++) {
      start.push(aligned.start[part.index]!)
      end.push(aligned.end[copied - 1]!)
    }
  }
  if (!hasChanged) return aligned
  copy(copied, aligned.text.length)
  return { text, start, end }
}

/** Prepends a text whose units come from the same position as the first unit. */
export function prepend(aligned: AlignedText, before: string): AlignedText {
  const extend = (indices: readonly number[]) => [...Array.from(before, () => indices[0] ?? 0), ...indices]
  return { text: before + aligned.text, start: extend(aligned.start), end: extend(aligned.end) }
}

/** The range of the original from which the units from `from` up to `to` come. */
export function spanOf(aligned: AlignedText, from: number, to: number): Span {
  let start = aligned.start[from] ?? aligned.end.at(-1) ?? 0
  let end = start
  for (let i = from; i < to; i++) {
    start = Math.min(start, aligned.start[i]!)
    end = Math.max(end, aligned.end[i]!)
  }
  return { start, end }
}
