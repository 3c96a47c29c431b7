// Weights of the words of a question: rare words count more, and function words not at all. Query rows are scaled by the
// weights, which with the dot product weights what each row adds to the score.

import { type Encoded, idfWeight, type Token } from '../encode/static/index.js'
import type { WordCounts } from './catalog.js'
import { isFunctionWord } from './function-words.js'

/** The rows of a question, each multiplied by its weight. */
export interface WeightedQuery {
  readonly data: Float32Array
  readonly dim: number
  readonly tokens: readonly Token[]
  /** The weight of each row. */
  readonly weights: readonly number[]
}

/**
 * Words of a question whose meanings are compared with those of passages. Each is compared with every word of the index, or with
 * every row, and the words of a whole page say what it is about without the more frequent ones.
 */
const MAX_COMPARED = 64

/** The words with the highest weights, in order: at most 64 of them; of equal ones the first. */
export function rarestOf<Word>(words: readonly Word[], weightOf: (word: Word) => number): readonly Word[] {
  if (words.length <= MAX_COMPARED) return words
  const weights = words.map(weightOf)
  const ranked = [...words.keys()].sort((a, b) => weights[b]! - weights[a]!)
  const kept = new Set(ranked.slice(0, MAX_COMPARED))
  return words.filter((_, position) => kept.has(position))
}

/** The rows of a question without those of its function words, multiplied by their weights; of a long question the rarest words. */
export function weightedQuery(
  { data, dim, tokens }: Pick<Encoded, 'data' | 'dim' | 'tokens'>,
  counts: WordCounts,
): WeightedQuery {
  const meaningful = [...tokens.keys()].filter(row => !isFunctionWord(tokens[row]!.text))
  const kept = rarestOf(meaningful, row => weightOf(tokens[row]!, counts))
  const words = kept.map(row => tokens[row]!)
  const weights = weightsOf(words, counts)
  const rows = new Float32Array(kept.length * dim)
  for (const [position, row] of kept.entries()) {
    for (let d = 0; d < dim; d++) rows[position * dim + d] = data[row * dim + d]! * weights[position]!
  }
  return { data: rows, dim, tokens: words, weights }
}

/** The inverse document frequency of each word, as in BM25, divided by their sum: the weights add up to 1. */
function weightsOf(tokens: readonly Token[], counts: WordCounts): readonly number[] {
  const weights = tokens.map(token => weightOf(token, counts))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map(weight => weight / sum)
}

const weightOf = ({ text }: Token, { words, passages }: WordCounts): number =>
  idfWeight(Math.min(passages, words[text] ?? 0), passages)
