// Weights of the words of a question: rare words count more. Query rows are scaled by the weights, which with the dot
// product weights what each row adds to the score.

import { idfWeight, type Token } from '../encode/index.js'
import type { WordCounts } from './catalog.js'
import { isFunctionWord } from './function-words.js'

/** The rows, scaled by the inverse document frequency of their words as in BM25. The weights add up to 1. */
export function weightRows(
  { data, dim, tokens }: { data: Float32Array; dim: number; tokens: readonly Token[] },
  { words, passages }: WordCounts,
): Float32Array {
  // Function words count as if every passage had them. Counts alone do not show it in a small index: in ten passages,
  // "of" can be as rare as "volcano" and would get the same weight.
  const countOf = (text: string) => (isFunctionWord(text) ? passages : Math.min(passages, words[text] ?? 0))
  const weights = tokens.map(({ text }) => idfWeight(countOf(text), passages))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return data.map((value, position) => value * (weights[Math.floor(position / dim)]! / sum))
}
