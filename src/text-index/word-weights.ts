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

/** The rows of a question without those of its function words, multiplied by their weights. */
export function weightedQuery(
  { data, dim, tokens }: Pick<Encoded, 'data' | 'dim' | 'tokens'>,
  counts: WordCounts,
): WeightedQuery {
  const kept = [...tokens.keys()].filter(row => !isFunctionWord(tokens[row]!.text))
  const words = kept.map(row => tokens[row]!)
  const weights = weightsOf(words, counts)
  const rows = new Float32Array(kept.length * dim)
  for (const [position, row] of kept.entries()) {
    for (let d = 0; d < dim; d++) rows[position * dim + d] = data[row * dim + d]! * weights[position]!
  }
  return { data: rows, dim, tokens: words, weights }
}

/** The inverse document frequency of each word, as in BM25, divided by their sum: the weights add up to 1. */
function weightsOf(tokens: readonly Token[], { words, passages }: WordCounts): readonly number[] {
  const weights = tokens.map(({ text }) => idfWeight(Math.min(passages, words[text] ?? 0), passages))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map(weight => weight / sum)
}
