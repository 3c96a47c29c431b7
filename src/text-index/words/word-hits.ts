// What a passage has of a question: the words that match, with their places and what they add to the score, and the part of
// the passage that shows most of them.

import type { WordMatch } from '../word-matches.js'
import type { ReadTerms, Term } from './terms.js'
import { headingOf, type PassageText } from './word-index.js'
import { saturation, type WordQuery } from './word-query.js'

/** A matched word of a passage: `text.slice(start, end)`. */
export interface WordMark {
  readonly start: number
  readonly end: number
  /** The word of the question that it matches. */
  readonly query: string
  /** What that word adds to the score. */
  readonly contribution: number
}

/** The matches of a passage: for each word of the question the best one, highest contribution first; and all places. */
export interface PassageMatches {
  readonly matches: readonly WordMatch[]
  readonly marks: readonly WordMark[]
}

interface BestMatch {
  readonly contribution: number
  readonly places: readonly Term[]
  readonly similarity: number
  readonly order: number
}

/**
 * Explains the score of a passage. The contributions add up to the score, unless a word of the question has its best match in
 * the heading above the passage: then its best match in the passage, if there is one, is shown in place of it.
 */
export function matchPassage(passage: PassageText, query: WordQuery, readTerms: ReadTerms): PassageMatches {
  const { words, meanLength } = query
  const own = readTerms(passage.text)
  const terms = [...own, ...readTerms(headingOf(passage) ?? '')]
  const length = terms.filter(({ isWhole }) => !isWhole).length
  const counts = new Map<string, number>()
  for (const term of terms) counts.set(term.stem, (counts.get(term.stem) ?? 0) + 1)
  const byStem = new Map<string, Term[]>()
  for (const term of own) {
    const places = byStem.get(term.stem)
    if (places) places.push(term)
    else byStem.set(term.stem, [term])
  }
  // for each word of the question its best match; of equal ones the first of its factors
  const best: (BestMatch | undefined)[] = words.map(() => undefined)
  // a word of the heading only has no place in the passage
  for (const [stem, places] of byStem) {
    const share = saturation(Math.min(255, counts.get(stem)!), length, meanLength)
    for (const { word, order, factor, similarity } of query.byStem.get(stem) ?? []) {
      const contribution = words[word]!.weight * factor * share
      const other = best[word]
      const isBetter =
        !other ||
        contribution > other.contribution ||
        (contribution === other.contribution && order < other.order)
      if (isBetter) best[word] = { contribution, places, similarity, order }
    }
  }
  const matches: WordMatch[] = []
  const marks: WordMark[] = []
  for (const [position, match] of best.entries()) {
    if (!match) continue
    const { term, weight } = words[position]!
    const { contribution, places, similarity } = match
    const { text: document, start, end } = places[0]!
    matches.push({ query: term.text, document, start, end, contribution, similarity, weight })
    for (const place of places)
      marks.push({ start: place.start, end: place.end, query: term.text, contribution })
  }
  matches.sort((a, b) => b.contribution - a.contribution)
  marks.sort((a, b) => a.start - b.start || b.end - a.end)
  return { matches, marks }
}

/** Share of a window that comes before its first match. */
const LEAD = 0.2

/** A part of a text. */
export interface Window {
  readonly start: number
  readonly end: number
}

/**
 * The part of a text of at most `size` UTF-16 units that shows the matches with the highest sum of contributions, each word
 * of the question counted once. It begins and ends between words. Of equal parts the first.
 */
export function bestWindow(text: string, marks: readonly WordMark[], size: number): Window {
  if (text.length <= size) return { start: 0, end: text.length }
  let best = { start: 0, value: -1 }
  for (const [first, { start }] of marks.entries()) {
    const seen = new Map<string, number>()
    const limit = start + size * (1 - LEAD)
    // marks are in order: those after the window need not be read
    for (let i = first; i < marks.length && marks[i]!.start < limit; i++) {
      const { end, query, contribution } = marks[i]!
      if (end <= limit) seen.set(query, contribution)
    }
    const value = [...seen.values()].reduce((sum, contribution) => sum + contribution, 0)
    if (value > best.value + 1e-12) best = { start, value }
  }
  return aroundWords(text, best.start, size)
}

/** A window from a little before `at`, at a sentence or a word. */
function aroundWords(text: string, at: number, size: number): Window {
  const lead = Math.floor(size * LEAD)
  let start = Math.max(0, Math.min(at - lead, text.length - size))
  if (start > 0) {
    const before = text.slice(start, at)
    const sentence = /[.!?。！？]["'”’)]?\s+/.exec(before)
    const space = sentence ?? /\s+/.exec(before)
    if (space) start += space.index + space[0].length
  }
  const limit = Math.min(text.length, start + size)
  if (limit === text.length) return { start, end: limit }
  const space = text.lastIndexOf(' ', limit)
  return { start, end: space > at ? space : limit }
}
