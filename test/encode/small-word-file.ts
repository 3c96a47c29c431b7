// Makes small word files for tests, valid and invalid.

/** The parts of a word file. Default: those of a valid file. */
export interface WordFileParts {
  readonly magic?: string
  readonly version?: number
  readonly dim?: number
  /** The count in the header. Default: the number of words. */
  readonly count?: number
  readonly words?: readonly string[]
  readonly rows?: readonly (readonly number[])[]
}

export const smallWords = [
  'the',
  'tiger',
  'dog',
  'two',
  'wheeled',
  'cafe',
  'mother-in-law',
  'not',
  'do',
  'can',
]
export const smallRows = smallWords.map((_, i) => [i + 1, 5 - i, 127 - i])

/** Makes a word file of ten words of dim 3, with the given parts replaced. */
export function wordFile({
  magic = 'MAXWORDS',
  version = 1,
  dim = 3,
  words = smallWords,
  rows = smallRows,
  count = words.length,
}: WordFileParts = {}): Uint8Array<ArrayBuffer> {
  const text = new TextEncoder().encode(words.join('\n'))
  const start = Math.ceil((24 + text.length) / 16) * 16
  const bytes = new Uint8Array(start + rows.flat().length)
  const view = new DataView(bytes.buffer)
  bytes.set(new TextEncoder().encode(magic), 0)
  for (const [i, value] of [version, dim, count, text.length].entries())
    view.setUint32(8 + 4 * i, value, true)
  bytes.set(text, 24)
  bytes.set(new Uint8Array(Int8Array.from(rows.flat()).buffer), start)
  return bytes
}
