// The words of the passages: for each word, the passages that contain it and how often. Typed arrays, which postings-file.ts
// writes to a file and reads back. An update makes a new index of what stays of the old one and the new passages.

import type { ReadTerms } from './terms.js'

/** The words of all passages. Slot `s` stands for the passage with the id `ids[s]`. */
export interface WordIndex {
  /** Ids of the passages, ascending. */
  readonly ids: Uint32Array
  /** Number of words of each passage, without function words. */
  readonly lengths: Uint32Array
  /** The words, each once. */
  readonly words: readonly string[]
  readonly stems: readonly string[]
  /** The stem of each word: an index into `stems`. */
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
  const terms = [...own, ...readTerms(headingOf(passage) ?? '')]
  const slot = collector.ids.length
  for (const term of terms) {
    let posting = collector.postings.get(term.text)
    if (!posting) {
      posting = { stem: term.stem, slots: [], counts: [] }
      collector.postings.set(term.text, posting)
    }
    const { slots, counts } = posting
    const last = slots.length - 1
    if (slots[last] === slot) counts[last] = Math.min(255, counts[last]! + 1)
    else {
      slots.push(slot)
      counts.push(1)
    }
  }
  collector.ids.push(id)
  collector.lengths.push(terms.filter(({ isWhole }) => !isWhole).length)
  return true
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
  return { ids: Uint32Array.from(ids), lengths: Uint32Array.from(lengths), ...flatten(postings) }
}

function* postingsOf(
  index: WordIndex | undefined,
): Generator<[string, { readonly stem: string; readonly slots: Uint32Array; readonly counts: Uint8Array }]> {
  if (!index) return
  const { words, stems, stemOf, starts, slots, counts } = index
  for (const [number, word] of words.entries()) {
    const range = [starts[number]!, starts[number + 1]!] as const
    const stem = stems[stemOf[number]!]!
    yield [word, { stem, slots: slots.subarray(...range), counts: counts.subarray(...range) }]
  }
}

function flatten(postings: WordCollector['postings']): Omit<WordIndex, 'ids' | 'lengths'> {
  const entries = [...postings]
  const stemNumbers = new Map<string, number>()
  const stemOf = new Uint32Array(entries.length)
  const starts = new Uint32Array(entries.length + 1)
  for (const [number, [, { stem, slots }]] of entries.entries()) {
    if (!stemNumbers.has(stem)) stemNumbers.set(stem, stemNumbers.size)
    stemOf[number] = stemNumbers.get(stem)!
    starts[number + 1] = starts[number]! + slots.length
  }
  const slots = new Uint32Array(starts[entries.length]!)
  const counts = new Uint8Array(slots.length)
  for (const [number, [, posting]] of entries.entries()) {
    slots.set(posting.slots, starts[number])
    counts.set(posting.counts, starts[number])
  }
  return {
    words: entries.map(([word]) => word),
    stems: [...stemNumbers.keys()],
    stemOf,
    starts,
    slots,
    counts,
  }
}
