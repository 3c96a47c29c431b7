// The binaries stand in the source as text, a character a byte, so that there is no file to find.

/** The bytes of such a text. */
export const embeddedBytes = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, char => char.charCodeAt(0))
