// Splits a text into passages, the documents of an index: paragraphs with their line numbers. A paragraph of more than 120
// words is split at line ends, or else at sentence ends, or else between words.

import { checkKnownOptions } from '../base/check-options.js'

/** A part of a text. */
export interface Passage {
  /** Line number of its first word, from 1. */
  readonly line: number
  readonly text: string
  /** The last heading before it, without markup; undefined before the first heading. */
  readonly heading: string | undefined
}

/** Options of `passagesOf`. */
export interface PassageOptions {
  /** Whether each line is a passage. Default: false, each paragraph is. */
  readonly lines?: boolean | undefined
}

/** Maximum number of words of a passage. */
const MAX_WORDS = 120

/** Headings of Markdown, AsciiDoc and Org mode. */
const HEADING = /^(?:#{1,6}|={1,6}|\*{1,6})[ \t]+/

/**
 * Splits a text into passages, in order. A heading is a passage too. Blank lines belong to no passage.
 *
 * @throws RangeError or TypeError if an option is unknown
 *
 * @example
 * import { passagesOf } from 'maxsimd/texts'
 *
 * const passages = passagesOf('# Animals\n\nA spider sat\non the wall.\n\nWolves hunt in packs.\n')
 * console.log(passages.length) // 3
 * console.log(passages[2]) // { line: 6, text: 'Wolves hunt in packs.', heading: 'Animals' }
 */
export function passagesOf(text: string, options: PassageOptions = {}): Passage[] {
  checkKnownOptions(options, ['lines'], 'passagesOf')
  const { lines = false } = options
  const passages: Passage[] = []
  let heading: string | undefined
  let paragraph: Line[] = []
  const endParagraph = () => {
    for (const passage of splitParagraph(paragraph)) passages.push({ ...passage, heading })
    paragraph = []
  }
  const allLines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)
  for (const [index, line] of allLines.entries()) {
    const marker = HEADING.exec(line)
    if (line.trim() === '' || lines || marker) endParagraph()
    if (marker) heading = titleOf(line.slice(marker[0].length))
    if (line.trim() !== '') paragraph.push({ line: index + 1, text: line.trim() })
    // a heading can be the whole answer to a question
    if (marker) endParagraph()
  }
  endParagraph()
  return passages
}

interface Line {
  readonly line: number
  readonly text: string
}

/** A heading without closing markup. A loop, because a regular expression would take quadratic time. */
function titleOf(text: string): string {
  let end = text.length
  while (end > 0 && ' \t#='.includes(text[end - 1]!)) end--
  return text.slice(0, end)
}

const countWords = (text: string) => text.split(/\s+/).length

/** A paragraph as passages of at most MAX_WORDS words. */
function splitParagraph(paragraph: readonly Line[]): Line[] {
  const passages: { line: number; text: string }[] = []
  let words = 0
  for (const { line, text } of paragraph) {
    for (const piece of countWords(text) > MAX_WORDS ? splitLine(text) : [text]) {
      const count = countWords(piece)
      const last = passages.at(-1)
      if (last && words + count <= MAX_WORDS) {
        last.text += `\n${piece}`
        words += count
      } else {
        passages.push({ line, text: piece })
        words = count
      }
    }
  }
  return passages
}

/** The sentences of a long line; a sentence that is too long is split between words. */
function splitLine(text: string): string[] {
  const pieces: string[] = []
  for (const sentence of text.split(/(?<=[.!?…。！？]["'”’)]?)\s+/)) {
    const words = sentence.split(/\s+/)
    for (let first = 0; first < words.length; first += MAX_WORDS) {
      pieces.push(words.slice(first, first + MAX_WORDS).join(' '))
    }
  }
  return pieces
}
