// A text to passages, which are the documents of an index: paragraphs, with the line on which each begins. A paragraph of
// more words than fit a short answer is cut at the ends of its lines, else of its sentences, else anywhere between words.

/** A part of a text. */
export interface Passage {
  /** Line of its first word, from 1 on. */
  readonly line: number
  readonly text: string
  /** The heading that it stands under, where the text has such. */
  readonly heading: string | undefined
}

/** Words of the longest passage. */
const MOST_WORDS = 120

const HEADING = /^(?:#{1,6}|={1,6}|\*{1,6})[ \t]+/

/** The passages of a text in order: its paragraphs, or with `lines` each line that is not blank. */
export function passagesOf(text: string, { lines = false }: { readonly lines?: boolean } = {}): Passage[] {
  const passages: Passage[] = []
  let heading: string | undefined
  let held: { readonly line: number; readonly text: string }[] = []
  const flush = () => {
    for (const passage of cut(held)) passages.push({ ...passage, heading })
    held = []
  }
  for (const [index, line] of text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .entries()) {
    const found = HEADING.exec(line)
    if (line.trim() === '' || lines || found) flush()
    if (found) heading = titleOf(line.slice(found[0].length))
    if (line.trim() !== '') held.push({ line: index + 1, text: line.trim() })
    // a heading is a passage of its own: it may be all that answers
    if (found) flush()
  }
  flush()
  return passages
}

/** Without the signs that may close a heading. */
function titleOf(text: string): string {
  let end = text.length
  while (end > 0 && ' \t#='.includes(text[end - 1]!)) end--
  return text.slice(0, end)
}

const wordsOf = (text: string) => text.split(/\s+/).length

/** A paragraph's lines as passages of at most MOST_WORDS words each, where they can be. */
function cut(
  lines: readonly { readonly line: number; readonly text: string }[],
): { line: number; text: string }[] {
  const passages: { line: number; text: string }[] = []
  let [words, open] = [0, false]
  for (const { line, text } of lines) {
    for (const piece of wordsOf(text) > MOST_WORDS ? sentences(text) : [text]) {
      const count = wordsOf(piece)
      const last = passages.at(-1)
      if (open && last && words + count <= MOST_WORDS) {
        last.text += `\n${piece}`
        words += count
      } else {
        passages.push({ line, text: piece })
        ;[words, open] = [count, true]
      }
    }
  }
  return passages
}

/** Sentences of one long line, those that are too long in runs of words. */
function sentences(text: string): string[] {
  const pieces: string[] = []
  for (const sentence of text.split(/(?<=[.!?…。！？]["'”’)]?)\s+/)) {
    const words = sentence.split(/\s+/)
    for (let first = 0; first < words.length; first += MOST_WORDS) {
      pieces.push(words.slice(first, first + MOST_WORDS).join(' '))
    }
  }
  return pieces
}
