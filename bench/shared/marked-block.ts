// Writes figures into documents, between two marker comments.

/**
 * Replaces the text between <!-- block:start --> and <!-- block:end --> in `text` with `content`. `file` names the
 * file in the error.
 *
 * @throws Error unless both markers occur exactly once, in this order
 */
export function replaceBlock(text: string, file: string, block: string, content: string): string {
  const start = `<!-- ${block}:start -->`
  const end = `<!-- ${block}:end -->`
  const [before, rest, ...more] = text.split(start)
  const [inside, after, ...others] = rest?.split(end) ?? []
  if (inside === undefined || after === undefined || more.length > 0 || others.length > 0) {
    throw new Error(`${file} expected the lines ${start} and ${end}, once each; the figures go between them`)
  }
  return `${before}${start}\n\n${content}\n${end}${after}`
}
