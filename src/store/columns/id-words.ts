// Ids as four words, as they stand in a file, and their order: numbers first, as Qdrant orders them.
//
//   number   low | high | 0 | 0          UUID   its sixteen bytes, in the order in which they are written

import type { PointId } from '../../collection/collection.js'

export const NUMBER = 0
export const UUID = 1

/** Writes an id that `parseId` gave into `words[at ... at + 3]` and returns its kind. */
export function writeId(id: PointId, words: Uint32Array, at: number): number {
  if (typeof id === 'number') {
    words.set([id % 2 ** 32, Math.floor(id / 2 ** 32), 0, 0], at)
    return NUMBER
  }
  const digits = id.replaceAll('-', '')
  for (let word = 0; word < 4; word++) {
    words[at + word] = swapped(Number.parseInt(digits.slice(8 * word, 8 * word + 8), 16))
  }
  return UUID
}

export function readId(kind: number, words: Uint32Array, at: number): PointId {
  if (kind === NUMBER) return words[at]! + words[at + 1]! * 2 ** 32
  let digits = ''
  for (let word = 0; word < 4; word++) {
    digits += (swapped(words[at + word]!) + 2 ** 32).toString(16).slice(1)
  }
  const cuts = [0, 8, 12, 16, 20, 32]
  return cuts
    .slice(1)
    .map((end, i) => digits.slice(cuts[i], end))
    .join('-')
}

const swapped = (word: number) =>
  ((word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)) >>> 0

/** Below 0 if `a` comes first. */
export function compareIds(a: PointId, b: PointId): number {
  if (typeof a === 'number') return typeof b === 'number' ? a - b : -1
  if (typeof b === 'number') return 1
  return a < b ? -1 : a > b ? 1 : 0
}
