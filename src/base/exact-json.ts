// JSON with whole numbers of any size: a bigint is written as its digits, and digits that a number cannot hold are read as
// a bigint. Other values are as with JSON.stringify and JSON.parse, which do nearly all of the work.

/** Strings and numbers. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g
/** Whether a text may have an integer of 16 digits. A fraction may have any number of digits. */
const MAYBE_LARGE = /(?<![\d.])\d{16}/

/** A text that does not occur in `text`. */
function markFor(text: string): string {
  let mark = '#'
  while (text.includes(mark)) mark += '#'
  return mark
}

/**
 * Parses JSON.
 *
 * @throws SyntaxError if it is not valid JSON
 */
export function parseExactJson(text: string): unknown {
  const value: unknown = JSON.parse(text)
  if (!MAYBE_LARGE.test(text)) return value
  const mark = markFor(text)
  const marked = text.replace(TOKENS, token => (isLarge(token) ? `"${mark}${token}"` : token))
  return JSON.parse(marked, (_, member: unknown) =>
    typeof member === 'string' && member.startsWith(mark) ? BigInt(member.slice(mark.length)) : member,
  )
}

const isLarge = (token: string) => /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token))

/**
 * Writes JSON.
 *
 * @param space as with JSON.stringify
 * @throws TypeError if JSON cannot represent the value, for example a cycle
 */
export function exactJson(value: unknown, space?: number): string {
  try {
    return JSON.stringify(value, undefined, space)
  } catch {
    // a bigint, or a value that fails here too
    const write = (prefix: string) =>
      JSON.stringify(
        value,
        (_, member: unknown) => (typeof member === 'bigint' ? `${prefix}${member}` : member),
        space,
      )
    const mark = markFor(write(''))
    return write(mark).replace(new RegExp(`"${mark}(-?\\d+)"`, 'g'), '$1')
  }
}
