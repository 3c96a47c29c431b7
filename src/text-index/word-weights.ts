// Weights of the words of a question: rare words count more. Query rows are scaled by the weights, which with the dot
// product weights what each row adds to the score.

import { idfWeight, type Token } from '../encode/index.js'
import type { WordCounts } from './catalog.js'
import { isFunctionWord } from './function-words.js'

/** The inverse document frequency of each word, as in BM25, divided by their sum: the weights add up to 1. */
export function weightsOf(
  { tokens }: { readonly tokens: readonly Token[] },
  { words, passages }: WordCounts,
): readonly number[] {
  // Function words count as if every passage had them. Counts alone do not show it in a small index: in ten passages,
  // "of" can be as rare as "volcano" and would get the same weight.
  const countOf = (text: string) => (isFunctionWord(text) ? passages : Math.min(passages, words[text] ?? 0))
  const weights = tokens.map(({ text }) => idfWeight(countOf(text), passages))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return weights.map(weight => weight / sum)
}

/** The rows, each multiplied by its weight. */
export const weightRows = (
  { data, dim }: { readonly data: Float32Array; readonly dim: number },
  weights: readonly number[],
): Float32Array => data.map((value, position) => value * weights[Math.floor(position / dim)]!)
