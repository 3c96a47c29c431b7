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
  return blockPassages(textBlocks(text), options.lines ?? false)
}

/** A line of a text. */
export interface TextLine {
  readonly line: number
  readonly text: string
}

/** Lines that belong together: a paragraph or a heading. */
export interface TextBlock {
  readonly lines: readonly TextLine[]
  /** The title, if the block is a heading. */
  readonly heading?: string | undefined
}

/** The passages of blocks. A heading is a passage too: it can be the whole answer to a question. */
export function blockPassages(blocks: readonly TextBlock[], isByLine: boolean): Passage[] {
  let heading: string | undefined
  return blocks.flatMap(block => {
    heading = block.heading ?? heading
    const parts = isByLine ? block.lines.map(line => [line]) : [block.lines]
    return parts.flatMap(splitParagraph).map(passage => ({ ...passage, heading }))
  })
}

/** The lines of a text, numbered from 1. A byte order mark belongs to no line. */
export const numberedLines = (text: string): TextLine[] =>
  text
    .replace(/^\ufeff/, '')
    .split(/\r\n|\r|\n/)
    .map((each, index) => ({ line: index + 1, text: each }))

/** The paragraphs and headings of a text. */
function textBlocks(text: string): TextBlock[] {
  const blocks: TextBlock[] = []
  let paragraph: TextLine[] = []
  const endParagraph = () => {
    if (paragraph.length > 0) blocks.push({ lines: paragraph })
    paragraph = []
  }
  for (const { line, text: all } of numberedLines(text)) {
    const marker = HEADING.exec(all)
    const shown = { line, text: all.trim() }
    if (shown.text === '' || marker) endParagraph()
    if (marker) blocks.push({ lines: [shown], heading: titleOf(all.slice(marker[0].length)) })
    else if (shown.text !== '') paragraph.push(shown)
  }
  endParagraph()
  return blocks
}

/** A heading without closing markup. A loop, because a regular expression would take quadratic time. */
function titleOf(text: string): string {
  let end = text.length
  while (end > 0 && ' \t#='.includes(text[end - 1]!)) end--
  return text.slice(0, end)
}

/** Scripts without spaces between words, of which two characters count as a word. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/gu
const BEYOND_ASCII = /[^\0-\x7f]/

function countWords(text: string): number {
  const spaced = text.trim().split(/\s+/).length
  if (!BEYOND_ASCII.test(text)) return spaced
  return spaced + Math.floor((text.match(UNSPACED)?.length ?? 0) / 2)
}

/** A paragraph as passages of at most MAX_WORDS words. */
function splitParagraph(paragraph: readonly TextLine[]): TextLine[] {
  const passages: { line: number; text: string }[] = []
  let words = 0
  for (const { line, text } of paragraph) {
    const isLong = text.length > MAX_LENGTH || countWords(text) > MAX_WORDS
    for (const piece of isLong ? splitLine(text) : [text]) {
      const count = countWords(piece)
      const last = passages.at(-1)
      if (last && words + count <= MAX_WORDS && last.text.length + piece.length < MAX_LENGTH) {
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

/** Maximum length of a passage, in UTF-16 units. Encoded bytes can have megabytes without a space. */
const MAX_LENGTH = 4000
/** The end of a sentence, which a space follows, except in scripts without spaces. */
const SENTENCE_END = /(?<=[.!?…]["'”’)]?)\s+|(?<=[。！？]["'”’)」』]?)\s*(?=[^"'”’)」』\s])/u

/** The sentences of a long line; a sentence that is too long is split between words, and a very long word anywhere. */
function splitLine(text: string): string[] {
  const pieces: string[] = []
  for (const sentence of text.split(SENTENCE_END)) {
    const words = sentence.split(/\s+/)
    for (let first = 0; first < words.length; first += MAX_WORDS) {
      const piece = words.slice(first, first + MAX_WORDS).join(' ')
      pieces.push(...(piece.length > MAX_LENGTH ? cut(piece) : [piece]))
    }
  }
  return pieces
}

/** Parts of at most MAX_LENGTH units. */
function cut(text: string): string[] {
  const parts: string[] = []
  for (let start = 0; start < text.length; ) {
    let end = Math.min(text.length, start + MAX_LENGTH)
    // a pair of surrogates is one character
    if (end < text.length && /[\ud800-\udbff]/.test(text[end - 1]!)) end--
    parts.push(text.slice(start, end))
    start = end
  }
  return parts
}
