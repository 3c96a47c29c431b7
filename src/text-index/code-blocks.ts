// Source code as blocks of lines, cut at blank lines. Lines keep their indentation.

import { numberedLines, type TextBlock, type TextLine } from './passages.js'

/** Code with longer lines on average was written by a program, for example by a minifier. */
const MAX_MEAN_LENGTH = 300

export const isMinified = (code: string): boolean => {
  const count = numberedLines(code).filter(({ text }) => text.trim() !== '').length
  return code.length > 4096 && code.length / count > MAX_MEAN_LENGTH
}

/** The blocks of source code. A block without letters and digits, such as a closing brace, belongs to the one before. */
export function codeBlocks(code: string): TextBlock[] {
  const blocks: TextLine[][] = []
  let isOpen = false
  for (const { line, text } of numberedLines(code)) {
    const isBlank = text.trim() === ''
    if (isBlank) isOpen = false
    else if (blocks.length > 0 && (isOpen || !/[\p{L}\p{N}]/u.test(text))) {
      blocks.at(-1)!.push({ line, text: text.trimEnd() })
    } else {
      blocks.push([{ line, text: text.trimEnd() }])
      isOpen = true
    }
  }
  return blocks.map(lines => ({ lines }))
}
