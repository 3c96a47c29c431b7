// What is searched: documents, and queries that stand for what a user might ask. The reverse dictionary is made here.
//
// Queries are held out by a rule, without a look at results: of every synset that has a first word and others, the others
// are the query and the definition is what should be found; at least three of its words have to be known. Of those, 500 at
// equal steps through WordNet. "coup putsch takeover" looks for the definition of "coup d'etat".

import { readFileSync } from 'node:fs'
import { readDefinitions, wordnetFolder } from '../../demo/wordnet.js'
import { createStaticEncoder, type Encoded, inverseDocumentFrequency } from '../../src/encode/index.js'
import type { FlatMultiVector } from '../../src/index.js'

export interface Query {
  readonly rows: FlatMultiVector
  /** The document that it was made for. */
  readonly target: number
}

export interface Dataset {
  /** A word for file names. */
  readonly name: string
  readonly title: string
  readonly dim: number
  readonly documents: readonly FlatMultiVector[]
  readonly queries: readonly Query[]
  /** Rows at a document's start that are a model's own tokens. */
  readonly protect: number
  /** What MUVERA is tried with: on many short documents FastEmbed's 10,240 numbers would be ten times the rows. */
  readonly muvera: readonly { readonly kSim: number; readonly dimProj: number; readonly rReps: number }[]
}

export const QUERIES = 500
const LEAST_WORDS = 3

/** Query texts by the rule above, each with the index of its definition. */
export function heldOut<T extends { readonly words: readonly string[] }>(
  definitions: readonly T[],
  knownWords: (text: string) => number,
  count: number,
): { readonly text: string; readonly target: number }[] {
  const all = definitions.flatMap(({ words }, target) => {
    const text = words.slice(1).join(' ')
    return words.length > 2 && knownWords(text) >= LEAST_WORDS ? [{ text, target }] : []
  })
  return Array.from(
    { length: Math.min(count, all.length) },
    (_, i) => all[Math.floor((i * all.length) / count)]!,
  )
}

/** Texts encoded at a time, as the encoder asks for. */
const BATCH = 1000

/** All definitions that have a known word, as static word vectors; a query's rows are weighted by rarity, as in the demo. */
export function loadDictionary(): Dataset {
  // from build/, where this runs
  const encoder = createStaticEncoder(readFileSync(new URL('../data/words.bin', import.meta.url)))
  const all = readDefinitions(wordnetFolder())
  const encoded: Encoded[] = []
  for (let start = 0; start < all.length; start += BATCH) {
    encoded.push(...encoder.documents(all.slice(start, start + BATCH).map(({ text }) => text)))
  }
  const kept = all.flatMap((definition, i) => (encoded[i]!.tokens.length > 0 ? [{ definition, i }] : []))
  const documents = kept.map(({ i }) => encoded[i]!)
  const rarity = inverseDocumentFrequency(documents)
  const asked = heldOut(
    kept.map(({ definition }) => definition),
    text => encoder.query(text).tokens.length,
    QUERIES,
  )
  const queries = asked.map(({ text, target }) => {
    const { data, dim, tokens } = encoder.query(text)
    const weights = tokens.map(token => rarity(token.text))
    return { target, rows: { data: data.map((value, k) => value * weights[Math.floor(k / dim)]!), dim } }
  })
  return {
    name: 'dictionary',
    title: 'The reverse dictionary',
    dim: encoder.dim,
    documents,
    queries,
    protect: 0,
    muvera: [
      { kSim: 3, dimProj: 8, rReps: 10 },
      { kSim: 4, dimProj: 8, rReps: 20 },
    ],
  }
}
