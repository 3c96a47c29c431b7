// A text with the position of each of its UTF-16 units in the original, while it goes through the steps of a tokenizer:
// unit i of `text` comes from `original.slice(start[i], end[i])`.
//
//   original  É  c o l e        text    e c o l e
//             0  1 2 3 4        start   0 1 2 3 4     end  1 2 3 4 5
//
// A slice shares the two arrays, and its first unit has the index `offset` in them.

/** A text and the origin of its UTF-16 units: unit i comes from `start[offset + i]` up to `end[offset + i]`. */
export interface AlignedText {
  readonly text: string
  readonly start: readonly number[]
  readonly end: readonly number[]
  readonly offset: number
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
  return { text, start, end, offset: 0 }
}

/** The units from `from` up to `to`. */
export function slice(aligned: AlignedText, from: number, to: number): AlignedText {
  const { text, start, end, offset } = aligned
  if (from === 0 && to === text.length) return aligned
  return { text: text.slice(from, to), start, end, offset: offset + from }
}

/**
 * Calls a function with the range of each match of a global pattern, in order. (`matchAll` compiles a copy of the pattern
 * for each text, which takes longer than the matches of a word.)
 */
export function forEachMatch(text: string, pattern: RegExp, use: (from: number, to: number) => void): void {
  pattern.lastIndex = 0
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    const { 0: found, index } = match
    use(index, index + found.length)
    if (found === '') pattern.lastIndex = index + ((text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1)
  }
}

/** Replaces each match of a global pattern. Each new unit comes from the whole match. */
export function replace(
  aligned: AlignedText,
  pattern: RegExp,
  replacementOf: (match: string) => string,
): AlignedText {
  const parts: TextPart[] = []
  const { text } = aligned
  forEachMatch(text, pattern, (from, to) => parts.push({ text: text.slice(from, to), index: from }))
  return rewrite(aligned, parts, replacementOf)
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
  const { offset } = aligned
  const copy = (from: number, to: number) => {
    for (let i = from; i < to; i++) {
      start.push(aligned.start[offset + i]!)
      end.push(aligned.end[offset + i]!)
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
      start.push(aligned.start[offset + part.index]!)
      end.push(aligned.end[offset + copied - 1]!)
    }
  }
  if (!hasChanged) return aligned
  copy(copied, aligned.text.length)
  return { text, start, end, offset: 0 }
}

/** Prepends a text whose units come from the same position as the first unit. */
export function prepend(aligned: AlignedText, before: string): AlignedText {
  const { text, offset } = aligned
  const extend = (indices: readonly number[]) => {
    const own = indices.slice(offset, offset + text.length)
    return [...Array.from(before, () => own[0] ?? 0), ...own]
  }
  return { text: before + text, start: extend(aligned.start), end: extend(aligned.end), offset: 0 }
}

/** The range of the original from which the units from `from` up to `to` come. */
export function spanOf(
  { text, start: starts, end: ends, offset }: AlignedText,
  from: number,
  to: number,
): Span {
  if (from >= text.length) {
    const last = text === '' ? 0 : ends[offset + text.length - 1]!
    return { start: last, end: last }
  }
  let start = starts[offset + from]!
  let end = start
  for (let i = offset + from; i < offset + to; i++) {
    if (starts[i]! < start) start = starts[i]!
    if (ends[i]! > end) end = ends[i]!
  }
  return { start, end }
}
