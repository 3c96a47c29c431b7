// The words of the passages: for each word, the passages that contain it and how often. Typed arrays, which postings-file.ts
// writes to a file and reads back. An update makes a new index of what stays of the old one and the new passages.

import type { ReadTerms, Term } from './terms.js'
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
  readonly postings: Map<
    string,
    { readonly stem: string; readonly slots: number[]; readonly counts: number[] }
  >
}

export const createWordCollector = (): WordCollector => ({ ids: [], lengths: [], postings: new Map() })

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
  readTerms: ReadTerms,
): boolean {
  const own = readTerms(passage.text)
  if (own.length === 0) return false
  const heading = headingOf(passage)
  const length =
    addTerms(collector, own) + (heading === undefined ? 0 : addTerms(collector, readTerms(heading)))
  collector.ids.push(id)
  collector.lengths.push(length)
  return true
}

/** Adds terms to the next slot. Returns how many of them are words, and not identifiers of several parts. */
function addTerms({ ids, postings }: WordCollector, terms: readonly Term[]): number {
  const slot = ids.length
  let length = 0
  for (const { text, stem, isWhole } of terms) {
    if (!isWhole) length++
    let posting = postings.get(text)
    if (!posting) {
      posting = { stem, slots: [], counts: [] }
      postings.set(text, posting)
    }
    const { slots, counts } = posting
    const last = slots.length - 1
    if (slots[last] === slot) counts[last] = Math.min(255, counts[last]! + 1)
    else {
      slots.push(slot)
      counts.push(1)
    }
  }
  return length
}

/** The index of the passages of `old` that `isKept`, and the collected ones, whose ids are larger. */
export function mergeWords(
  old: WordIndex | undefined,
  isKept: (id: number) => boolean,
  collector: WordCollector,
): WordIndex {
  const ids: number[] = []
  const lengths: number[] = []
  const slotOf = new Int32Array(old?.ids.length ?? 0).fill(-1)
  old?.ids.forEach((id, slot) => {
    if (!isKept(id)) return
    slotOf[slot] = ids.push(id) - 1
    lengths.push(old.lengths[slot]!)
  })
  const shift = ids.length
  for (const [slot, id] of collector.ids.entries()) {
    ids.push(id)
    lengths.push(collector.lengths[slot]!)
  }
  const lists = { ids: Uint32Array.from(ids), lengths: Uint32Array.from(lengths) }
  if (shift === 0) return { ...lists, ...flatten(collector.postings) }

  const postings = new Map<
    string,
    { readonly stem: string; readonly slots: number[]; readonly counts: number[] }
  >()
  for (const [word, { stem, slots, counts }] of postingsOf(old)) {
    const kept: { slots: number[]; counts: number[] } = { slots: [], counts: [] }
    for (const [position, slot] of slots.entries()) {
      if (slotOf[slot]! < 0) continue
      kept.slots.push(slotOf[slot]!)
      kept.counts.push(counts[position]!)
    }
    if (kept.slots.length > 0) postings.set(word, { stem, ...kept })
  }
  for (const [word, { stem, slots, counts }] of collector.postings) {
    const posting = postings.get(word) ?? { stem, slots: [], counts: [] }
    for (const slot of slots) posting.slots.push(slot + shift)
    for (const count of counts) posting.counts.push(count)
    postings.set(word, posting)
  }
  return { ...lists, ...flatten(postings) }
}

function* postingsOf(
  index: WordIndex | undefined,
): Generator<[string, { readonly stem: string; readonly slots: Uint32Array; readonly counts: Uint8Array }]> {
  if (!index) return
  const { words, stemOf, starts, slots, counts } = index
  const stems = index.stems.all()
  for (const [number, word] of words.all().entries()) {
    const range = [starts[number]!, starts[number + 1]!] as const
    const stem = stems[stemOf[number]!]!
    yield [word, { stem, slots: slots.subarray(...range), counts: counts.subarray(...range) }]
  }
}

function flatten(postings: WordCollector['postings']): Omit<WordIndex, 'ids' | 'lengths'> {
  // by UTF-16 units, the order of `TextList`
  const words = [...postings.keys()].sort()
  const stems = [...new Set(Array.from(postings.values(), ({ stem }) => stem))].sort()
  const stemNumbers = new Map(stems.map((stem, number) => [stem, number]))
  const stemOf = new Uint32Array(words.length)
  const starts = new Uint32Array(words.length + 1)
  for (const [number, word] of words.entries()) {
    const { stem, slots } = postings.get(word)!
    stemOf[number] = stemNumbers.get(stem)!
    starts[number + 1] = starts[number]! + slots.length
  }
  const slots = new Uint32Array(starts[words.length]!)
  const counts = new Uint8Array(slots.length)
  let next = 0
  for (const word of words) {
    const posting = postings.get(word)!
    for (let i = 0; i < posting.slots.length; i++, next++) {
      slots[next] = posting.slots[i]!
      counts[next] = posting.counts[i]!
    }
  }
  return { words: textListOf(words), stems: textListOf(stems), stemOf, starts, slots, counts }
}
