// Point ids as four words, as files store them, and their order: numbers before UUIDs, as in Qdrant. A number of 53 to 64
// bits is a bigint.
//
//   number   low | high | 0 | 0          UUID   its 16 bytes, in the order of the text

import type { PointId } from '../../collection/collection.js'

/** The type of an id that is a number. */
export const NUMBER = 0
/** The type of an id that is a UUID. */
export const UUID = 1

/** A number whose high word is smaller is not a bigint. */
export const MAX_HIGH = 2 ** 21

/** Writes an id that `parseId` returned to `words[at ... at + 3]`. Returns its type. */
export function writeId(id: PointId, words: Uint32Array, at: number): number {
  if (typeof id === 'number') {
    words.set([id % 2 ** 32, Math.floor(id / 2 ** 32), 0, 0], at)
    return NUMBER
  }
  if (typeof id === 'bigint') {
    words.set([Number(id & 0xffffffffn), Number(id >> 32n), 0, 0], at)
    return NUMBER
  }
  const digits = id.replaceAll('-', '')
  for (let word = 0; word < 4; word++) {
    words[at + word] = swapBytes(Number.parseInt(digits.slice(8 * word, 8 * word + 8), 16))
  }
  return UUID
}

/** Reads an id of this type from `words[at ... at + 3]`. */
export function readId(type: number, words: Uint32Array, at: number): PointId {
  if (type === NUMBER) {
    const [low, high] = [words[at]!, words[at + 1]!]
    return high < MAX_HIGH ? low + high * 2 ** 32 : (BigInt(high) << 32n) | BigInt(low)
  }
  let digits = ''
  for (let word = 0; word < 4; word++) {
    digits += (swapBytes(words[at + word]!) + 2 ** 32).toString(16).slice(1)
  }
  const cuts = [0, 8, 12, 16, 20, 32]
  return cuts
    .slice(1)
    .map((end, i) => digits.slice(cuts[i], end))
    .join('-')
}

const swapBytes = (word: number) =>
  ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0

/** Returns a number below 0 if `a` comes first, above 0 if `b` does. */
export function compareIds(a: PointId, b: PointId): number {
  if (typeof a !== 'string') return typeof b !== 'string' ? (a < b ? -1 : a > b ? 1 : 0) : -1
  if (typeof b !== 'string') return 1
  return a < b ? -1 : a > b ? 1 : 0
}
