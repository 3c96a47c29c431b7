// Weights of the words of a question: rare words count more. Query rows are scaled by the weights, which with the dot
// product weights what each row adds to the score.

import { idfWeight, type Token } from '../encode/index.js'
import type { WordCounts } from './catalog.js'

// Function words count as if every passage had them. Counts alone do not show it in a small index: in ten passages, "of"
// can be as rare as "volcano" and would get the same weight.
const FUNCTION_WORDS = new Set(
  (
    'a about after all also am an and any are as at be been being but by can could did do does for from had has have he ' +
    'her here him his how i if in into is it its just me more most my no not of on or other our out over she should so ' +
    'some such than that the their them then there these they this those to too up us very was we were what when where ' +
    'which while who whom whose why will with would you your'
  ).split(' '),
)

/** The rows, scaled by the inverse document frequency of their words as in BM25. The weights add up to 1. */
export function weightRows(
  { data, dim, tokens }: { data: Float32Array; dim: number; tokens: readonly Token[] },
  { words, passages }: WordCounts,
): Float32Array {
  const countOf = (text: string) =>
    FUNCTION_WORDS.has(text) ? passages : Math.min(passages, words[text] ?? 0)
  const weights = tokens.map(({ text }) => idfWeight(countOf(text), passages))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return data.map((value, position) => value * (weights[Math.floor(position / dim)]! / sum))
}
