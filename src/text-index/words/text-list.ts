// A sorted list of distinct texts: the words of an index, or their stems. A list of a file stays in bytes: a search looks up a
// few of tens of thousands of words, and to make a string of each takes longer than the rest of the search.

/** Distinct texts, sorted by their UTF-16 units. The number of a text is its position. */
export interface TextList {
  readonly length: number
  /** The text with a number. */
  at(number: number): string
  /** The number of a text; -1 if the list does not have it. */
  numberOf(text: string): number
  /** All texts, in order. */
  all(): readonly string[]
}

/** The list of texts that are sorted. */
export const textListOf = (texts: readonly string[]): TextList => ({
  length: texts.length,
  at: number => texts[number]!,
  numberOf: text => findSorted(texts.length, number => texts[number]!, text),
  all: () => texts,
})

/**
 * The lists in bytes, each of `lengths[i]` texts. Each text ends with a line end. Undefined if there are fewer or more texts.
 */
export function readTextLists(bytes: Uint8Array, lengths: readonly number[]): TextList[] | undefined {
  const total = lengths.reduce((sum, length) => sum + length, 0)
  const ends = lineEnds(bytes, total)
  if (!ends) return undefined
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
  let first = 0
  return lengths.map(length => {
    const start = first
    first += length
    const endOf = (number: number) => (number < 0 ? 0 : ends[number]! + 1)
    const at = (number: number) =>
      decoder.decode(bytes.subarray(endOf(start + number - 1), ends[start + number]!))
    let texts: readonly string[] | undefined
    return {
      length,
      at,
      numberOf: text => findSorted(length, at, text),
      all() {
        texts ??= decoder
          .decode(bytes.subarray(endOf(start - 1), endOf(start + length - 1)))
          .split('\n')
          .slice(0, length)
        return texts
      },
    }
  })
}

/** The positions of `count` line ends; undefined if there are others, or the last byte is not one. */
function lineEnds(bytes: Uint8Array, count: number): Uint32Array | undefined {
  const ends = new Uint32Array(count)
  let found = 0
  for (let at = 0; at < bytes.length; at++) {
    if (bytes[at] !== 0x0a) continue
    if (found === count) return undefined
    ends[found++] = at
  }
  const last = count === 0 ? 0 : ends[count - 1]! + 1
  return found === count && last === bytes.length ? ends : undefined
}

/** The number of a text in a sorted list; -1 if it is not in it. */
function findSorted(length: number, at: (number: number) => string, text: string): number {
  let [low, high] = [0, length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (at(middle) < text) low = middle + 1
    else high = middle
  }
  return low < length && at(low) === text ? low : -1
}
