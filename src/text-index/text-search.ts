// From a question to passages, with the words that matched: a query's rows are scaled by how rare their words are, which
// with a dot product weighs what each adds to the score.

import { chooseField, vectorFieldsOf } from '../collection/vector-fields.js'
import { idfWeight, type RowToken, type TokenEncoder } from '../encode/index.js'
import type { Store } from '../store/index.js'
import type { Catalog } from './catalog.js'

/** A word of the question, and the word of a passage that it matched best. */
export interface WordMatch {
  readonly query: string
  readonly document: string
  /** Where the passage's word stands in its text. */
  readonly start: number
  readonly end: number
  /** What it adds to the score. */
  readonly contribution: number
}

/** A passage that was found. */
export interface TextHit {
  readonly id: number | string
  readonly score: number
  readonly text: string
  /** The file and the line that it comes from; undefined in a store of other points. */
  readonly file: string | undefined
  readonly line: number | undefined
  readonly payload: Readonly<Record<string, unknown>>
  /** Strongest first; special tokens of a model are left out. */
  readonly matches: readonly WordMatch[]
}

/** What a question found. */
export interface TextAnswer {
  readonly hits: readonly TextHit[]
  /** Words of the question without a row; with all of them unknown, nothing is found. */
  readonly unknown: readonly string[]
}

export interface SearchTextOptions {
  /** Hits at most; 10 where it is left out. */
  readonly limit?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** A filter in Qdrant's words over payloads: `file`, `line`, `heading` and what a JSON line had. */
  readonly filter?: object | undefined
  /** False: without the words that matched, which takes a while for many hits. */
  readonly explain?: boolean | undefined
}

export interface TextSearch {
  /** The passages that a text is closest to, best first. */
  search(text: string, options?: SearchTextOptions): Promise<TextAnswer>
}

/** Searches `vector` of a store by text; with the counts of a catalog, rare words count more. */
export function createTextSearch(
  store: Store,
  vector: string,
  encoder: TokenEncoder,
  catalog: Pick<Catalog, 'words' | 'passages'> | undefined,
): TextSearch {
  return {
    async search(text, { limit = 10, signal, filter, explain = true } = {}) {
      const { data, dim, tokens, unknown } = await encoder.query(text)
      if (data.length === 0) return { hits: [], unknown }
      const query = { data: catalog ? weighed(data, dim, tokens, catalog) : data, dim }
      const found = await store.query(query, { using: vector, limit, with_payload: true, filter, signal })
      const hits: TextHit[] = []
      for (const { id, score, payload = {} } of found) {
        signal?.throwIfAborted()
        const { text: passage = '', file, line } = payload as { text?: string; file?: string; line?: number }
        const matches = explain ? await matchesOf(id, passage, query, tokens) : []
        hits.push({ id, score, text: passage, file, line, payload, matches })
      }
      return { hits, unknown }
    },
  }

  async function matchesOf(
    id: number | string,
    text: string,
    query: { readonly data: Float32Array; readonly dim: number },
    tokens: readonly RowToken[],
  ): Promise<WordMatch[]> {
    const { matches } = await store.explain(query, id, { using: vector })
    const [encoded] = await encoder.documents([text])
    const words = matches.flatMap(({ row, contribution }, index) => {
      const [mine, theirs] = [tokens[index], encoded?.tokens[row]]
      if (!mine || !theirs || mine.special || theirs.special) return []
      return [{ query: mine.text, document: theirs.text, start: theirs.start, end: theirs.end, contribution }]
    })
    return words.sort((a, b) => b.contribution - a.contribution)
  }
}

// Words that say little wherever they stand. A few texts are too few to tell: in ten passages "of" may be as rare as
// "volcano", and would count as much.
const COMMON = new Set(
  (
    'a about after all also am an and any are as at be been being but by can could did do does for from had has have he ' +
    'her here him his how i if in into is it its just me more most my no not of on or other our out over she should so ' +
    'some such than that the their them then there these they this those to too up us very was we were what when where ' +
    'which while who whom whose why will with would you your'
  ).split(' '),
)

/** Rows scaled by the inverse document frequency of their words, as BM25 has it; their mean weight is 1. */
export function weighed(
  data: Float32Array,
  dim: number,
  tokens: readonly RowToken[],
  { words, passages }: Pick<Catalog, 'words' | 'passages'>,
): Float32Array {
  const countOf = (text: string) => (COMMON.has(text) ? passages : Math.min(passages, words[text] ?? 0))
  const weights = tokens.map(({ text }) => idfWeight(countOf(text), passages))
  const sum = weights.reduce((total, weight) => total + weight, 0)
  return data.map((value, at) => value * (weights[Math.floor(at / dim)]! / sum))
}

/** Searches a store of points that were not made here, by the texts in their payloads if there are such. */
export function storeSearch(store: Store, encoder: TokenEncoder, using?: string | undefined): TextSearch {
  const field = chooseField(vectorFieldsOf(store.config.vectors), using)
  if (field.size !== encoder.dim) {
    throw new RangeError(
      `the vectors of the store have ${field.size} numbers a row, the encoder makes ${encoder.dim}; choose the model that made them`,
    )
  }
  return createTextSearch(store, field.name, encoder, undefined)
}
