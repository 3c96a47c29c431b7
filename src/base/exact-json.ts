// JSON with whole numbers of any size: a bigint is written as its digits, and digits that a number cannot hold are read as
// a bigint. Other values are as with JSON.stringify and JSON.parse, which do nearly all of the work.

/** Strings and numbers. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d[\d.eE+-]*/g

/** Replaces the numbers of a JSON text. Digits inside of strings stay as they are. */
export const replaceNumbers = (json: string, replace: (digits: string) => string): string =>
  json.replace(TOKENS, token => (token.startsWith('"') ? token : replace(token)))

/** Whether digits are an integer beyond 2^53. */
export const isLargeInteger = (digits: string): boolean =>
  /^-?\d+$/.test(digits) && !Number.isSafeInteger(Number(digits))

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
  const marked = replaceNumbers(text, digits => (isLargeInteger(digits) ? `"${mark}${digits}"` : digits))
  return JSON.parse(marked, (_, member: unknown) =>
    typeof member === 'string' && member.startsWith(mark) ? BigInt(member.slice(mark.length)) : member,
  )
}

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
