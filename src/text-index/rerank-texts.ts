// Reranks texts: the candidates of another search, ranked by words and by meaning as a text index ranks its passages.

import { checkAbortSignal, checkBoolean, checkKnownOptions, oneOf } from '../base/check-options.js'
import type { Scorer } from '../core/scorer.js'
import type { TokenEncoder } from '../encode/index.js'
import { createTextRanker } from './text-ranker.js'
import { checkEncoder } from './text-search.js'
import type { WordMatch } from './word-matches.js'
import type { WordMark } from './words/word-hits.js'

/** A candidate with its score. */
export interface RankedText<Candidate> {
  readonly candidate: Candidate
  /** Index in the list of candidates. */
  readonly index: number
  /** 0 for a text without a match. */
  readonly score: number
  /** Highest contribution first. */
  readonly matches: readonly WordMatch[]
  /** All places of the text that match a word of the question, in order. */
  readonly marks: readonly WordMark[]
}

/** Options of `rerankTexts`. */
export interface RerankTextsOptions {
  readonly encoder: TokenEncoder
  /**
   * Whether the encoder gives a word the same row in every text, as a static encoder does. Then words match themselves in
   * any form, and similar words. Default: false; words match themselves, and rows are compared by MaxSim.
   */
  readonly weighted?: boolean | undefined
  /**
   * What texts are ranked by. `words`: the words of the question, in any form. `meaning`: MaxSim of the rows, as the kernel
   * computes it. Default: both.
   */
  readonly only?: 'words' | 'meaning' | undefined
  /** Ends the call, which rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

/**
 * Sorts candidates by how well they answer a question, best first, by the rules of a text index. Rare words count more;
 * how rare they are is counted over the candidates. Texts without a match come last, in their order.
 *
 * @param candidates objects with a `text`; they are returned with their scores
 * @throws RangeError or TypeError if an option is unknown or wrong
 *
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { createScorer } from 'maxsimd'
 * import { createStaticEncoder } from 'maxsimd/encode/static'
 * import { rerankTexts } from 'maxsimd/texts'
 * import wordFile from 'maxsimd-words'
 *
 * const encoder = createStaticEncoder(await readFile(wordFile))
 * const scorer = await createScorer()
 * const candidates = [{ text: 'The bank failed.' }, { text: 'A spider sat on the wall.' }]
 * const [best] = await rerankTexts(scorer, 'fear of insects', candidates, { encoder, weighted: true })
 * console.log(best.candidate.text) // 'A spider sat on the wall.'
 * console.log(best.index) // 1
 * scorer.dispose()
 */
export async function rerankTexts<Candidate extends { readonly text: string }>(
  scorer: Scorer,
  question: string,
  candidates: readonly Candidate[],
  options: RerankTextsOptions,
): Promise<RankedText<Candidate>[]> {
  checkKnownOptions(options, ['encoder', 'weighted', 'only', 'signal'], 'rerankTexts')
  const { encoder, weighted = false, only, signal } = options
  checkEncoder(encoder)
  checkBoolean(weighted, 'weighted')
  if (only !== undefined) oneOf(only, ['words', 'meaning'], 'only')
  checkAbortSignal(signal)
  signal?.throwIfAborted()
  const texts = candidates.map(({ text }) => text)
  const ranker = await createTextRanker(scorer, texts, { encoder, weighted, only, signal })
  try {
    const { ranked } = await ranker.rank(question)
    return ranked.map(({ index, ...rest }) => ({ candidate: candidates[index]!, index, ...rest }))
  } finally {
    ranker.dispose()
  }
}
