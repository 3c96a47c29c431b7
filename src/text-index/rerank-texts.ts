// Reranks texts: the candidates of another search, scored exactly by the kernel.

import { checkKnownOptions } from '../base/check-options.js'
import { labelMatches } from '../collection/match-labels.js'
import type { Scorer } from '../core/scorer.js'
import type { Encoded, TokenEncoder } from '../encode/index.js'
import { countWords, createCatalog } from './catalog.js'
import { checkEncoder } from './text-search.js'
import { type WordMatch, wordMatches } from './word-matches.js'
import { weightRows, weightsOf } from './word-weights.js'

/** A candidate with its score. */
export interface RankedText<Candidate> {
  readonly candidate: Candidate
  /** Index in the list of candidates. */
  readonly index: number
  /** 0 for a text without a known word. */
  readonly score: number
  /** Highest contribution first. */
  readonly matches: readonly WordMatch[]
}

/** Options of `rerankTexts`. */
export interface RerankTextsOptions {
  readonly encoder: TokenEncoder
  /**
   * Whether rare words, counted over the candidates, get a higher weight. Use it with a static encoder, where a word has
   * the same row in every text. Default: false.
   */
  readonly weighted?: boolean | undefined
}

/**
 * Sorts candidates by how well they answer a question, best first. Texts without a known word come last, in their order.
 * If the question has no known word, the order stays as it is.
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
  checkKnownOptions(options, ['encoder', 'weighted'], 'rerankTexts')
  const { encoder, weighted = false } = options
  checkEncoder(encoder)
  const documents = await encoder.documents(candidates.map(({ text }) => text))
  const query = await encoder.query(question)
  const data = weighted ? weightRows(query, weightsOf(query, countsOf(documents))) : query.data
  const [withRows, withoutRows]: [number[], number[]] = [[], []]
  for (const [index, document] of documents.entries()) {
    const isScored = query.data.length > 0 && document.data.length > 0
    ;(isScored ? withRows : withoutRows).push(index)
  }
  const unscored = withoutRows.map(index => ({
    candidate: candidates[index]!,
    index,
    score: 0,
    matches: [],
  }))
  if (withRows.length === 0) return unscored

  const corpus = scorer.corpus({ dim: query.dim, screen: 'off' })
  try {
    for (const index of withRows) corpus.add(documents[index]!)
    const rows = { data, dim: query.dim }
    const scored = corpus.rank(rows, { limit: withRows.length }).map(({ index: position, score }) => {
      const index = withRows[position]!
      const { matches } = corpus.explain(rows, position)
      const words = wordMatches(labelMatches(matches, query.tokens, documents[index]!))
      return { candidate: candidates[index]!, index, score, matches: words }
    })
    return [...scored, ...unscored]
  } finally {
    corpus.dispose()
  }
}

function countsOf(documents: readonly Encoded[]) {
  const counts = createCatalog('', false)
  for (const document of documents) countWords(counts, document, 1)
  return counts
}
