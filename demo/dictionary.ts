// The reverse dictionary: finds words for a meaning by exact MaxSim over all definitions.
//
//   score(query, definition) = sum over the query words of  idf(word) x largest cosine(word, word of the definition)
//
// Rows are static word vectors; idf is the inverse document frequency over the definitions. For 70 meanings,
// test/demo/dictionary.slow.test.ts counts how many right words are ranked first and among the top 10.

import type { Encoded, StaticEncoder, Token } from '../src/encode/index.js'
import { idfWeight } from '../src/encode/index.js'
import type { Corpus, ScoredDocument, Scorer } from '../src/index.js'
import { isShownMatch } from '../src/text-index/function-words.js'
import { suggestWords } from './suggest.js'
import type { Definition } from './wordnet.js'

/** Texts that are encoded in one call: enough to be fast, few enough to keep little memory. */
const ENCODE_BATCH = 1_000
/** Matches with a lower cosine are not shown: such words are hardly related. */
const MIN_COSINE = 0.4

/** A definition that was found. */
export interface Entry extends Definition {
  /** Its index in the corpus, for `explain`. */
  readonly index: number
  readonly score: number
}

/** A word of the query, and the word of the definition that it matched best. */
export interface Match {
  readonly query: string
  readonly document: string
  /** The word of the definition is `text.slice(start, end)`. */
  readonly start: number
  readonly end: number
  /** Cosine, -1 to 1. */
  readonly similarity: number
  /** The weight of the query's word: its idf, which is higher for rare words. */
  readonly weight: number
  /** The amount that the match adds to the score: similarity x weight. */
  readonly contribution: number
}

/** The comparison of a query with a definition, word by word. */
export interface WordComparison {
  /** The words of the query, in order. */
  readonly query: readonly string[]
  /** The words of the definition, in order. */
  readonly document: readonly Token[]
  /** Cosines: one row for each word of the query, row after row. */
  readonly similarities: Float32Array
  /** The weight of each word of the query. */
  readonly weights: readonly number[]
  /** The best match of each word of the query, highest contribution first. */
  readonly matches: readonly Match[]
}

/** A word of the query without a vector, and the known word that may have been meant. */
export interface UnknownWord {
  readonly word: string
  readonly suggestion?: string
  /** True if no other known word is as close as the suggestion. */
  readonly isOnly?: boolean
}

/** The answer to a query. */
export interface Answer {
  readonly query: string
  /** Best first, no two with the same first word. Empty if no word of the query is known. */
  readonly entries: readonly Entry[]
  /** Matches of the first entry, highest contribution first. */
  readonly matches: readonly Match[]
  /** Words of the query without a vector, each once. Single letters, such as "a", are always unknown and not listed. */
  readonly unknown: readonly UnknownWord[]
  /** Number of rows that were scored. */
  readonly rows: number
  readonly milliseconds: number
  readonly kernel: string
}

/** A corpus of definitions. */
export interface Dictionary {
  /** Number of definitions with a known word. */
  readonly definitions: number
  readonly rows: number
  readonly byteLength: number
  readonly kernel: string
  answer(query: string, options?: { readonly limit?: number }): Answer
  /** Compares a query with the definition at the `index` of an entry. */
  explain(query: string, index: number): WordComparison
}

/** The parts of a dictionary. */
interface DictionaryParts {
  readonly corpus: Corpus
  readonly encoder: StaticEncoder
  /** The definitions of the corpus, in its order. */
  readonly definitions: readonly Definition[]
  /** The number of definitions with a word, for each word. */
  readonly counts: ReadonlyMap<string, number>
  readonly kernel: string
}

/**
 * Encodes all definitions with a known word.
 *
 * @param onProgress called with the number of finished definitions after each batch; awaited, so that a program can
 * handle key presses meanwhile
 */
export async function createDictionary(
  scorer: Scorer,
  encoder: StaticEncoder,
  definitions: readonly Definition[],
  onProgress: (done: number) => unknown = () => {},
): Promise<Dictionary> {
  const corpus = scorer.corpus({ dim: encoder.dim, metric: 'dot' })
  const indexed: Definition[] = []
  const counts = new Map<string, number>()
  for (let start = 0; start < definitions.length; start += ENCODE_BATCH) {
    const batch = definitions.slice(start, start + ENCODE_BATCH)
    for (const [i, document] of encoder.documents(batch.map(({ text }) => text)).entries()) {
      if (document.tokens.length === 0) continue
      corpus.add(document)
      indexed.push(batch[i]!)
      const words = new Set(document.tokens.map(({ text }) => text))
      for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1)
    }
    await onProgress(start + batch.length)
  }
  const parts = { corpus, encoder, definitions: indexed, counts, kernel: scorer.kernel }
  return {
    definitions: indexed.length,
    rows: corpus.rows,
    byteLength: corpus.byteLength,
    kernel: scorer.kernel,
    answer: (query, { limit = 10 } = {}) => answer(parts, query, limit),
    explain: (query, index) => compareWords(parts, encoder.query(query), index),
  }
}

function answer(parts: DictionaryParts, text: string, limit: number): Answer {
  const { corpus, encoder, definitions, counts, kernel } = parts
  const query = encoder.query(text)
  const result = { query: text, unknown: unknownWords(query, counts), rows: corpus.rows, kernel }
  if (query.tokens.length === 0) return { ...result, entries: [], matches: [], milliseconds: 0 }

  const weights = weightsOf(query, parts)
  const started = performance.now()
  // more than `limit`, because several definitions may have the same first word
  let ranked = corpus.rank(query, { limit: 4 * limit, weights })
  const milliseconds = performance.now() - started

  let best = withDistinctWords(ranked, definitions, limit)
  while (best.length < limit && ranked.length < corpus.length) {
    ranked = corpus.rank(query, { limit: 4 * ranked.length, weights })
    best = withDistinctWords(ranked, definitions, limit)
  }
  const entries = best.map(({ index, score }) => ({ ...definitions[index]!, index, score }))
  const { matches } = compareWords(parts, query, best[0]!.index)
  return { ...result, entries, matches, milliseconds }
}

function unknownWords({ unknown }: Encoded, known: ReadonlyMap<string, number>): UnknownWord[] {
  const words = [...new Set(unknown)].filter(word => word.length > 1)
  return words.map(word => {
    const [suggestion, ...others] = suggestWords(word, known)
    return suggestion === undefined ? { word } : { word, suggestion, isOnly: others.length === 0 }
  })
}

const weightsOf = ({ tokens }: Encoded, { counts, definitions }: DictionaryParts): number[] =>
  tokens.map(({ text }) => idfWeight(counts.get(text) ?? 0, definitions.length))

/** The first `limit` documents without repeated first words: a user looks for words, not for senses. */
function withDistinctWords(
  ranked: readonly ScoredDocument[],
  definitions: readonly Definition[],
  limit: number,
): ScoredDocument[] {
  const seen = new Set<string>()
  const distinct = ranked.filter(({ index }) => {
    const word = definitions[index]!.words[0]!.toLowerCase()
    const isNew = !seen.has(word)
    seen.add(word)
    return isNew
  })
  return distinct.slice(0, limit)
}

function compareWords(parts: DictionaryParts, query: Encoded, index: number): WordComparison {
  const { corpus, encoder, definitions } = parts
  const { tokens } = encoder.documents([definitions[index]!.text])[0]!
  const words = query.tokens.map(token => token.text)
  const weights = weightsOf(query, parts)
  const explanation = corpus.explain(query, index, { weights })
  const matches = explanation.matches.map(({ row, similarity, contribution }, i) => {
    const { text, start, end } = tokens[row]!
    return { query: words[i]!, document: text, start, end, similarity, weight: weights[i]!, contribution }
  })
  matches.sort((a, b) => b.contribution - a.contribution)
  return { query: words, document: tokens, similarities: explanation.matrix(), weights, matches }
}

/**
 * Whether a match is worth showing. Each word of a query has a best match, even where nothing in the definition is
 * related to it; a function word is shown only as a match of itself.
 */
export function isMeaningful({ query, document, similarity }: Match): boolean {
  if (similarity < MIN_COSINE) return false
  return isShownMatch(query, document)
}
