// A question as words, and the scores of passages for it: BM25, in which a word of the question that a passage does not have
// can be matched by a similar word. For each word of the question, only its best match in a passage counts:
//
//   weight x factor x count / (count + k (1 - b + b length / mean length))
//
//   weight   how rare the word is (idfWeight)
//   factor   1 for the word itself in any form. For a similar word: from 0 for a cosine of 0.4 of their rows to 0.5 for a cosine
//            of 1, and less if the similar word is the more frequent one. Words with a cosine below 0.4 do not match
//
// A similar word counts what its cosine exceeds the threshold, not the whole cosine: many weak matches would displace passages
// that have words of the question, and at the threshold a match says nothing.
//
// The score is the sum, divided by the sum of the weights: 0 to 1, the matched share of the question.

import { idfWeight } from '../../encode/static/index.js'
import { rarestOf } from '../word-weights.js'
import { type FindSimilar, MIN_COSINE } from './similar-words.js'
import type { ReadTerms, Term } from './terms.js'
import type { WordLookup } from './word-lookup.js'

/** The constants of BM25, as the packages rank_bm25 and bm25s have them. */
const K = 1.5
const B = 0.75

/** What a match with a word of cosine 1 would count. A match with the word itself counts 1. */
const SIMILAR = 0.5

/** How words of passages match a word of the question. */
export interface WordFactor {
  /** The cosine of the rows; 1 for the same word. */
  readonly similarity: number
  /** What a match counts, 0 to 1. */
  readonly factor: number
}

/** A word of the question. */
export interface QueryWord {
  readonly term: Term
  /** Its share of all weights. */
  readonly weight: number
  /** The words that match it, by stem. */
  readonly factors: ReadonlyMap<string, WordFactor>
}

/** A word of the question that a stem matches: its position, and that of the stem among its `factors`. */
export interface StemMatch extends WordFactor {
  readonly word: number
  readonly order: number
}

/** A question as words. */
export interface WordQuery {
  readonly words: readonly QueryWord[]
  /** What the stems of passages match. */
  readonly byStem: ReadonlyMap<string, readonly StemMatch[]>
  /** Words that no passage has in any form, in order, each once. */
  readonly missing: readonly string[]
  readonly meanLength: number
}

/** Prepares a question. Without `findSimilar`, words match only themselves. */
export async function wordQueryOf(
  text: string,
  lookup: WordLookup,
  readTerms: ReadTerms,
  findSimilar?: FindSimilar,
  signal?: AbortSignal,
): Promise<WordQuery> {
  const terms = new Map<string, Term>()
  for (const term of readTerms(text)) if (!terms.has(term.stem)) terms.set(term.stem, term)
  const total = lookup.index.ids.length
  const idf = (of: string) => idfWeight(lookup.passagesOf(of), total)
  const rarest = rarestOf([...terms.values()], ({ stem }) => idf(stem))
  const similar = await findSimilar?.(rarest, signal)
  const found = [...terms.values()].map(term => {
    const own = idf(term.stem)
    const factors = new Map<string, WordFactor>()
    for (const [other, similarity] of similar?.get(term.text) ?? []) {
      // another word of the question counts for itself only
      if (!terms.has(other)) {
        const excess = (similarity - MIN_COSINE) / (1 - MIN_COSINE)
        factors.set(other, { similarity, factor: (SIMILAR * excess * Math.min(own, idf(other))) / own })
      }
    }
    if (lookup.wordsOf(term.stem).length > 0) factors.set(term.stem, { similarity: 1, factor: 1 })
    return { term, weight: own, factors }
  })
  const sum = found.reduce((weights, { weight }) => weights + weight, 0)
  return {
    words: found.map(word => ({ ...word, weight: word.weight / sum })),
    byStem: matchesByStem(found),
    missing: missingWords([...terms.values()], lookup),
    meanLength: lookup.meanLength,
  }
}

function matchesByStem(words: readonly Pick<QueryWord, 'factors'>[]): Map<string, StemMatch[]> {
  const byStem = new Map<string, StemMatch[]>()
  for (const [word, { factors }] of words.entries()) {
    let order = 0
    for (const [stem, factor] of factors) {
      const match = { ...factor, word, order: order++ }
      const others = byStem.get(stem)
      if (others) others.push(match)
      else byStem.set(stem, [match])
    }
  }
  return byStem
}

/** The words as written, without those that some passage has; an identifier only if one of its parts is missing too. */
function missingWords(terms: readonly Term[], { wordsOf }: WordLookup): string[] {
  const isMissing = ({ stem }: Term) => wordsOf(stem).length === 0
  return terms.filter(term => !term.isWhole && isMissing(term)).map(({ text }) => text)
}

/** The part of a score that a count adds, 0 to 1. */
export const saturation = (count: number, length: number, meanLength: number): number =>
  count / (count + K * (1 - B + (B * length) / meanLength))

/** The scores of all passages, by slot. 0: no word matches. */
export function scoreWords(query: WordQuery, { index, wordsOf }: WordLookup): Float64Array {
  const { lengths, starts, slots, counts } = index
  const scores = new Float64Array(lengths.length)
  const best = new Float64Array(lengths.length)
  const sums = new Uint32Array(lengths.length)
  for (const { weight, factors } of query.words) {
    const matched: number[] = []
    for (const [stem, { factor }] of factors) {
      const touched: number[] = []
      for (const word of wordsOf(stem)) {
        for (let i = starts[word]!; i < starts[word + 1]!; i++) {
          const slot = slots[i]!
          if (sums[slot] === 0) touched.push(slot)
          sums[slot]! += counts[i]!
        }
      }
      for (const slot of touched) {
        const value = factor * saturation(sums[slot]!, lengths[slot]!, query.meanLength)
        if (best[slot] === 0) matched.push(slot)
        if (value > best[slot]!) best[slot] = value
        sums[slot] = 0
      }
    }
    for (const slot of matched) {
      scores[slot]! += weight * best[slot]!
      best[slot] = 0
    }
  }
  return scores
}
