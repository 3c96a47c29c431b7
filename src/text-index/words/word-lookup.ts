// Finds the words of a stem and the slots of passages, and counts the passages of a stem.

import type { WordIndex } from './word-index.js'

/** Looks up the passages of stems. */
export interface WordLookup {
  readonly index: WordIndex
  readonly meanLength: number
  /** The stem of a word. To look up a stem that was returned takes no search. */
  stemOf(word: number): string
  /** The numbers of the words with this stem. */
  wordsOf(stem: string): Uint32Array
  /** Number of passages with a word of this stem. */
  passagesOf(stem: string): number
  /** The slot of a passage; undefined if the index does not have it. The first call reads all ids. */
  slotOf(id: number): number | undefined
  /** Number of words of a passage; 0 if the index does not have it. */
  lengthOf(id: number): number
}

const NO_WORDS = new Uint32Array(0)

export function createWordLookup(index: WordIndex): WordLookup {
  const { ids, lengths, stems, stemOf, starts, slots } = index
  // the words of stem `s` are at `ends[s - 1]` to `ends[s] - 1`
  const ends = new Uint32Array(stems.length + 1)
  for (let word = 0; word < stemOf.length; word++) ends[stemOf[word]! + 1]!++
  for (let stem = 1; stem < ends.length; stem++) ends[stem]! += ends[stem - 1]!
  const words = new Uint32Array(stemOf.length)
  for (let word = 0; word < stemOf.length; word++) words[ends[stemOf[word]!]!++] = word
  /** The numbers of stems that were looked up or returned. A question asks for each several times. */
  const numbers = new Map<string, number>()
  const numberOf = (stem: string) => {
    const known = numbers.get(stem)
    if (known !== undefined) return known
    const number = stems.numberOf(stem)
    // only stems of the index are kept, so that questions with other words do not fill the memory
    if (number >= 0) numbers.set(stem, number)
    return number
  }
  const wordsOfStem = (number: number) =>
    number < 0 ? NO_WORDS : words.subarray(number === 0 ? 0 : ends[number - 1]!, ends[number]!)
  let length = 0
  for (let slot = 0; slot < lengths.length; slot++) length += lengths[slot]!
  const meanLength = length / Math.max(1, ids.length)
  /** The number of passages of each stem, plus 1. 0: not counted yet. */
  const counted = new Uint32Array(stems.length)
  /** For each passage, the last count that it is part of. */
  const countOf = new Uint32Array(ids.length)
  let counts = 0
  const countPassages = (own: Uint32Array) => {
    if (own.length === 1) return starts[own[0]! + 1]! - starts[own[0]!]!
    counts++
    let count = 0
    for (const word of own) {
      for (let i = starts[word]!; i < starts[word + 1]!; i++) {
        if (countOf[slots[i]!] !== counts) count++
        countOf[slots[i]!] = counts
      }
    }
    return count
  }
  let slotsById: Map<number, number> | undefined
  const slotOf = (id: number) => {
    slotsById ??= new Map(Array.from(ids, (each, slot) => [each, slot]))
    return slotsById.get(id)
  }
  return {
    index,
    meanLength,
    stemOf(word) {
      const number = stemOf[word]!
      const stem = stems.at(number)
      numbers.set(stem, number)
      return stem
    },
    wordsOf: stem => wordsOfStem(numberOf(stem)),
    slotOf,
    lengthOf: id => lengths[slotOf(id) ?? -1] ?? 0,
    passagesOf(stem) {
      const number = numberOf(stem)
      if (number < 0) return 0
      if (counted[number] === 0) counted[number] = countPassages(wordsOfStem(number)) + 1
      return counted[number]! - 1
    },
  }
}
