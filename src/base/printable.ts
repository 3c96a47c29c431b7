// Makes texts of others (a server's errors, file names, payloads) safe to print: a terminal obeys control characters.

// C0 and C1 control characters except tab and line feed, and the marks that reorder the text around them
const CONTROLS =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what it replaces
  /[\0-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g

/**
 * Replaces each control character other than tab and line feed by U+FFFD, and each mark that changes the direction of
 * text. The length stays the same.
 */
export const printable = (text: string): string => text.replace(CONTROLS, '\ufffd')

/** Escapes what `printable` replaces, in a JSON text. It stays JSON of the same value. */
export const printableJson = (json: string): string =>
  json.replace(CONTROLS, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
