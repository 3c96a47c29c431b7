// The reverse dictionary: from a meaning to the words for it, by exact MaxSim over every definition.
//
//   score(query, definition) = sum over query words of  rarity(word) x largest cosine(word, word of the definition)
//
// Rows are static word vectors; rarity is inverse document frequency over the definitions. Of the 70 meanings in
// test/support/meanings.ts it finds the right word first for 25, among the ten best for 42. Without rarity that is 24 and 40;
// with definitions stripped of their commonest words 20 and 41; with the words themselves as further rows 25 and 42.
//
// It must not know where the files are, nor print.
import type { Encoded, StaticEncoder, Token } from '../src/encode/index.js'
import { inverseDocumentFrequency } from '../src/encode/index.js'
import type { ScoredDocument, Scorer } from '../src/index.js'
import type { Definition } from './wordnet.js'

/** Texts encoded at a time: enough to be quick, few enough that their rows are freed as the corpus takes them. */
const batch = 1_000

/** A definition that a query found. */
export interface Entry extends Definition {
  /** Names it to `explain`. */
  readonly index: number
  readonly score: number
}

/** Which word of the definition a word of the query matched best. */
export interface Match {
  readonly query: string
  readonly document: string
  /** Where the document's word stands in the definition. */
  readonly start: number
  readonly end: number
  /** Cosine, -1 to 1. */
  readonly similarity: number
  /** What the match adds to the score: similarity x rarity of the query's word. */
  readonly contribution: number
}

/** How a query and one definition compare, word by word. */
export interface Comparison {
  /** The query's words, in order. */
  readonly query: readonly string[]
  /** The definition's words, and where they stand in it. */
  readonly document: readonly Token[]
  /** Cosines, a row for each word of the query, one after the other. */
  readonly similarities: Float32Array
  /** The best match of each word of the query, strongest first. */
  readonly matches: readonly Match[]
}

/** What a query gets. */
export interface Answer {
  readonly query: string
  /** Best first, no two with the same first word. Empty where no word of the query is known. */
  readonly entries: readonly Entry[]
  /** Of the first entry, strongest first. */
  readonly matches: readonly Match[]
  /** Words of the query without a vector. */
  readonly unknown: readonly string[]
  /** Rows that were compared with each row of the query. */
  readonly rows: number
  readonly milliseconds: number
  readonly kernel: string
}

/** A corpus of definitions, ready for queries. */
export interface Dictionary {
  readonly definitions: number
  readonly rows: number
  readonly byteLength: number
  readonly kernel: string
  answer(query: string, options?: { readonly limit?: number }): Answer
  /** Compares a query with the definition at an entry's `index`. */
  explain(query: string, index: number): Comparison
}

/** Encodes all definitions that have a known word, and calls `onProgress` with how many are done, now and then. */
export function createDictionary(
  scorer: Scorer,
  encoder: StaticEncoder,
  definitions: readonly Definition[],
  onProgress: (done: number) => void = () => {},
): Dictionary {
  const corpus = scorer.corpus({ dim: encoder.dim, metric: 'dot' })
  const indexed: Definition[] = []

  // one pass: what goes into the corpus is counted on its way, and kept nowhere else
  function* index() {
    for (let start = 0; start < definitions.length; start += batch) {
      const slice = definitions.slice(start, start + batch)
      const encoded = encoder.documents(slice.map(definition => definition.text))
      for (const [i, document] of encoded.entries()) {
        if (document.tokens.length === 0) continue
        corpus.add(document)
        indexed.push(slice[i]!)
        yield document
      }
      onProgress(start + slice.length)
    }
  }
  const rarity = inverseDocumentFrequency(index())

  return {
    definitions: indexed.length,
    rows: corpus.rows,
    byteLength: corpus.byteLength,
    kernel: scorer.kernel,
    answer(text, { limit = 10 } = {}) {
      const query = encoder.query(text)
      const result = { query: text, unknown: query.unknown, rows: corpus.rows, kernel: scorer.kernel }
      if (query.tokens.length === 0) return { ...result, entries: [], matches: [], milliseconds: 0 }

      const weights = query.tokens.map(token => rarity(token.text))
      const started = performance.now()
      let ranked = corpus.rank(query, { limit: Math.min(4 * limit, corpus.length), weights })
      const milliseconds = performance.now() - started

      let best = distinct(ranked, limit)
      while (best.length < limit && ranked.length < corpus.length) {
        ranked = corpus.rank(query, { limit: Math.min(4 * ranked.length, corpus.length), weights })
        best = distinct(ranked, limit)
      }
      const entries = best.map(({ index, score }) => ({ ...indexed[index]!, index, score }))
      const { matches } = compare(query, best[0]!.index)
      return { ...result, entries, matches, milliseconds }
    },
    explain: (text, index) => compare(encoder.query(text), index),
  }

  /** The first `limit`, no two with the same first word: a user looks for words, not for senses. */
  function distinct(ranked: readonly ScoredDocument[], limit: number): ScoredDocument[] {
    const seen = new Set<string>()
    const fresh = ranked.filter(({ index }) => {
      const word = indexed[index]!.words[0]!.toLowerCase()
      const isNew = !seen.has(word)
      seen.add(word)
      return isNew
    })
    return fresh.slice(0, limit)
  }

  function compare(query: Encoded, index: number): Comparison {
    const { tokens } = encoder.documents([indexed[index]!.text])[0]!
    const words = query.tokens.map(token => token.text)
    const explained = corpus.explain(query, index, { weights: words.map(rarity) })
    const matches = explained.matches.map(({ row, similarity, contribution }, i) => {
      const { text, start, end } = tokens[row]!
      return { query: words[i]!, document: text, start, end, similarity, contribution }
    })
    matches.sort((a, b) => b.contribution - a.contribution)
    return { query: words, document: tokens, similarities: explained.matrix(), matches }
  }
}
