// The words of the passages: for each word, the passages that contain it and how often. Typed arrays, which postings-file.ts
// writes to a file and reads back. An update makes a new index of what stays of the old one and the new passages.

import { splitWords, type TermReader } from './terms.js'
import { type TextList, textListOf } from './text-list.js'

/** The words of all passages. Slot `s` stands for the passage with the id `ids[s]`. */
export interface WordIndex {
  /** Ids of the passages, ascending. */
  readonly ids: Uint32Array
  /** Number of words of each passage, without function words. */
  readonly lengths: Uint32Array
  /** The words, each once. */
  readonly words: TextList
  readonly stems: TextList
  /** The stem of each word: its number in `stems`. */
  readonly stemOf: Uint32Array
  /** The passages of word `w` are at `starts[w]` to `starts[w + 1] - 1` of `slots` and `counts`. */
  readonly starts: Uint32Array
  readonly slots: Uint32Array
  /** How often the passage has the word, at most 255. */
  readonly counts: Uint8Array
}

/** Collects the words of new passages. */
export interface WordCollector {
  readonly ids: number[]
  readonly lengths: number[]
  /** The terms of all passages, as numbers, in order. Those of passage `i` end before `ends[i]`. */
  readonly terms: NumberList
  readonly ends: number[]
  /** The number of each term: its position in `stems`. */
  readonly numbers: Map<string, number>
  readonly stems: string[]
  /** The terms of each word as it is written, because most words of a text have occurred before. */
  readonly written: Map<string, WrittenWord>
}

interface WrittenWord {
  readonly terms: readonly number[]
  /** How many of the terms are not identifiers of several parts. */
  readonly words: number
}

/** Numbers that are added one by one: the first `length` of `values`. */
interface NumberList {
  values: Uint32Array
  length: number
}

function addNumber(list: NumberList, value: number): void {
  if (list.length === list.values.length) {
    const longer = new Uint32Array(2 * list.length)
    longer.set(list.values)
    list.values = longer
  }
  list.values[list.length++] = value
}

export const createWordCollector = (): WordCollector => ({
  ids: [],
  lengths: [],
  terms: { values: new Uint32Array(1024), length: 0 },
  ends: [],
  numbers: new Map(),
  stems: [],
  written: new Map(),
})

/** A passage and what stands above it. */
export interface PassageText {
  readonly text: string
  readonly payload: Readonly<Record<string, unknown>>
}

/**
 * The heading or the title above a passage, which counts as part of it: under "Installation", a paragraph is about the
 * installation even if it does not say so. Undefined if there is none, or the passage is the heading itself.
 */
export function headingOf({ text, payload }: PassageText): string | undefined {
  const heading = payload.heading ?? payload.title
  if (typeof heading !== 'string') return undefined
  return text.replace(/^[#=*\s]+/, '').trim() === heading ? undefined : heading
}

/** Adds a passage. Ids must ascend. Returns whether it has a word. */
export function collectWords(
  collector: WordCollector,
  id: number,
  passage: PassageText,
  reader: TermReader,
): boolean {
  const { ids, lengths, terms, ends } = collector
  const start = terms.length
  let length = addTerms(collector, passage.text, reader)
  if (terms.length === start) return false
  const heading = headingOf(passage)
  if (heading !== undefined) length += addTerms(collector, heading, reader)
  ids.push(id)
  lengths.push(length)
  ends.push(terms.length)
  return true
}

/** Adds the terms of a text. Returns how many of them are not identifiers of several parts. */
function addTerms(collector: WordCollector, text: string, reader: TermReader): number {
  const { written, terms } = collector
  let words = 0
  for (const word of splitWords(text)) {
    let known = written.get(word)
    if (!known) {
      known = numberTerms(collector, reader.termsOf(word))
      written.set(word, known)
    }
    for (const term of known.terms) addNumber(terms, term)
    words += known.words
  }
  return words
}

function numberTerms(
  { numbers, stems }: WordCollector,
  terms: ReturnType<TermReader['termsOf']>,
): WrittenWord {
  const words = terms.filter(({ isWhole }) => !isWhole).length
  return {
    words,
    terms: terms.map(({ text, stem }) => {
      let number = numbers.get(text)
      if (number === undefined) {
        number = stems.push(stem) - 1
        numbers.set(text, number)
      }
      return number
    }),
  }
}

/** The index of the passages of `old` that `isKept`, and the collected ones, whose ids are larger. */
export function mergeWords(
  old: WordIndex | undefined,
  isKept: (id: number) => boolean,
  collector: WordCollector,
): WordIndex {
  const added = indexOf(collector)
  if (!old) return added
  const [ids, lengths]: number[][] = [[], []]
  /** The new slot of each old one; -1 if its passage is not kept. */
  const slotOf = Int32Array.from(old.ids, (id, slot) => {
    if (!isKept(id)) return -1
    lengths!.push(old.lengths[slot]!)
    return ids!.push(id) - 1
  })
  const lists = { ids: joined(ids!, added.ids), lengths: joined(lengths!, added.lengths) }
  return { ...lists, ...joinPostings(old, slotOf, added, ids!.length) }
}

/** The index of collected passages. */
function indexOf(collector: WordCollector): WordIndex {
  const { ids, lengths, numbers, stems } = collector
  // by UTF-16 units, the order of `TextList`
  const words = [...numbers.keys()].sort()
  const position = new Uint32Array(words.length)
  for (const [at, word] of words.entries()) position[numbers.get(word)!] = at
  const stemsOfWords = words.map(word => stems[numbers.get(word)!]!)
  return {
    ids: Uint32Array.from(ids),
    lengths: Uint32Array.from(lengths),
    words: textListOf(words),
    ...numberStems(stemsOfWords),
    ...postingsOf(collector, position),
  }
}

/** The postings of collected passages. `position`: the number of the word of each term. */
function postingsOf(
  { terms: { values }, ends }: WordCollector,
  position: Uint32Array,
): Pick<WordIndex, 'starts' | 'slots' | 'counts'> {
  const starts = new Uint32Array(position.length + 1)
  /** For each word, the last slot that has it, plus 1. */
  const last = new Uint32Array(position.length)
  for (let [slot, i] = [0, 0]; slot < ends.length; slot++) {
    for (; i < ends[slot]!; i++) {
      const word = position[values[i]!]!
      if (last[word] !== slot + 1) starts[word + 1]!++
      last[word] = slot + 1
    }
  }
  for (let word = 0; word < position.length; word++) starts[word + 1]! += starts[word]!
  const slots = new Uint32Array(starts[position.length]!)
  const counts = new Uint8Array(slots.length)
  const next = starts.slice(0, position.length)
  last.fill(0)
  for (let [slot, i] = [0, 0]; slot < ends.length; slot++) {
    for (; i < ends[slot]!; i++) {
      const word = position[values[i]!]!
      if (last[word] !== slot + 1) slots[next[word]!++] = slot
      last[word] = slot + 1
      const at = next[word]! - 1
      if (counts[at]! < 255) counts[at]!++
    }
  }
  return { starts, slots, counts }
}

/** The words of both indexes, in order, with the postings of the old one that have a slot, and of the added one after them. */
function joinPostings(
  old: WordIndex,
  slotOf: Int32Array,
  added: WordIndex,
  shift: number,
): Omit<WordIndex, 'ids' | 'lengths'> {
  const [oldWords, newWords] = [old.words.all(), added.words.all()]
  const [oldStems, newStems] = [old.stems.all(), added.stems.all()]
  const [words, stemsOfWords, starts]: [string[], string[], number[]] = [[], [], [0]]
  const slots = new Uint32Array(old.slots.length + added.slots.length)
  const counts = new Uint8Array(slots.length)
  let end = 0
  for (let [i, j] = [0, 0]; i < oldWords.length || j < newWords.length; ) {
    const isOld = j === newWords.length || (i < oldWords.length && oldWords[i]! <= newWords[j]!)
    const isNew = i === oldWords.length || (j < newWords.length && newWords[j]! <= oldWords[i]!)
    const start = end
    if (isOld) {
      for (let at = old.starts[i]!; at < old.starts[i + 1]!; at++) {
        const slot = slotOf[old.slots[at]!]!
        if (slot < 0) continue
        slots[end] = slot
        counts[end++] = old.counts[at]!
      }
    }
    if (isNew) {
      for (let at = added.starts[j]!; at < added.starts[j + 1]!; at++) {
        slots[end] = added.slots[at]! + shift
        counts[end++] = added.counts[at]!
      }
    }
    if (end > start) {
      words.push(isOld ? oldWords[i]! : newWords[j]!)
      stemsOfWords.push(isOld ? oldStems[old.stemOf[i]!]! : newStems[added.stemOf[j]!]!)
      starts.push(end)
    }
    if (isOld) i++
    if (isNew) j++
  }
  return {
    words: textListOf(words),
    ...numberStems(stemsOfWords),
    starts: Uint32Array.from(starts),
    slots: slots.slice(0, end),
    counts: counts.slice(0, end),
  }
}

/** The sorted stems, and the number of the stem of each word. */
function numberStems(stemsOfWords: readonly string[]): Pick<WordIndex, 'stems' | 'stemOf'> {
  const stems = [...new Set(stemsOfWords)].sort()
  const numbers = new Map(stems.map((stem, number) => [stem, number]))
  return { stems: textListOf(stems), stemOf: Uint32Array.from(stemsOfWords, stem => numbers.get(stem)!) }
}

function joined(first: readonly number[], second: Uint32Array): Uint32Array {
  const all = new Uint32Array(first.length + second.length)
  all.set(first)
  all.set(second, first.length)
  return all
}
