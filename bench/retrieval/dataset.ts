// The data sets of retrieval: documents, and queries like those of a user. This file has the reverse dictionary.
//
// Queries are chosen by a rule, independent of results. For every synset with several words, all words but the first are
// the query, which should find the definition, if the encoder knows at least three of them. 500 queries are taken at equal
// steps through WordNet. "coup putsch takeover" should find the definition of "coup d'etat".

import { readFileSync } from 'node:fs'
import { readDefinitions, wordnetFolder } from '../../demo/wordnet.js'
import { createStaticEncoder, type Encoded, inverseDocumentFrequency } from '../../src/encode/index.js'
import type { FlatMultiVector } from '../../src/index.js'

/** A query, and the document that it should find. */
export interface Query {
  readonly rows: FlatMultiVector
  /** The indices of the documents. */
  readonly targets: readonly number[]
}

/** Documents and queries. */
export interface Dataset {
  /** The name in options and file names. */
  readonly name: string
  readonly title: string
  readonly dim: number
  readonly documents: readonly FlatMultiVector[]
  /** The topic of each document, if they have one: its part of speech. */
  readonly topics?: readonly string[]
  readonly queries: readonly Query[]
  /** Number of rows at the start of a document that are special tokens of the model. They are not pooled. */
  readonly protect: number
  /** Configs of MUVERA: FastEmbed's 10,240 numbers would be ten times as large as the rows of short documents. */
  readonly muvera: readonly { readonly kSim: number; readonly dimProj: number; readonly rReps: number }[]
}

/** Number of queries of a data set. */
export const QUERIES = 500
const MIN_WORDS = 3

/** Chooses query texts by the rule above. `target` is the index of a query's definition. */
export function chooseQueries<T extends { readonly words: readonly string[] }>(
  definitions: readonly T[],
  knownWords: (text: string) => number,
  count: number,
): { readonly text: string; readonly target: number }[] {
  const all = definitions.flatMap(({ words }, target) => {
    const text = words.slice(1).join(' ')
    return words.length > 2 && knownWords(text) >= MIN_WORDS ? [{ text, target }] : []
  })
  return Array.from(
    { length: Math.min(count, all.length) },
    (_, i) => all[Math.floor((i * all.length) / count)]!,
  )
}

/** Texts encoded at a time. */
const BATCH_TEXTS = 1000

/** The encoder of the package's word vectors. */
export const openWordEncoder = () =>
  // relative to build/, where the bundled program is
  createStaticEncoder(readFileSync(new URL('../data/words.bin', import.meta.url)))

/** The rows of a query, each times the IDF of its word. */
export function weightedBy({ data, dim, tokens }: Encoded, idf: (word: string) => number): FlatMultiVector {
  const weights = tokens.map(token => idf(token.text))
  return { data: data.map((value, k) => value * weights[Math.floor(k / dim)]!), dim }
}

/** All definitions that have a known word, as static word vectors. The rows of a query are weighted by IDF, as in the demo. */
export function loadDictionary(): Dataset {
  const encoder = openWordEncoder()
  const all = readDefinitions(wordnetFolder())
  const encoded: Encoded[] = []
  for (let start = 0; start < all.length; start += BATCH_TEXTS) {
    encoded.push(...encoder.documents(all.slice(start, start + BATCH_TEXTS).map(({ text }) => text)))
  }
  const kept = all.flatMap((definition, i) => (encoded[i]!.tokens.length > 0 ? [{ definition, i }] : []))
  const documents = kept.map(({ i }) => encoded[i]!)
  const idf = inverseDocumentFrequency(documents)
  const chosen = chooseQueries(
    kept.map(({ definition }) => definition),
    text => encoder.query(text).tokens.length,
    QUERIES,
  )
  const queries = chosen.map(({ text, target }) => ({
    targets: [target],
    rows: weightedBy(encoder.query(text), idf),
  }))
  return {
    name: 'dictionary',
    title: 'The reverse dictionary',
    dim: encoder.dim,
    documents,
    topics: kept.map(({ definition }) => definition.part),
    queries,
    protect: 0,
    muvera: [
      { kSim: 3, dimProj: 8, rReps: 10 },
      { kSim: 4, dimProj: 8, rReps: 20 },
    ],
  }
}
