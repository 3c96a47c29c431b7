// Search of a collection by text. The encoder turns the question into rows; each hit has its passage and the matched words.

import { checkKnownOptions } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import type { Hit, PointId, StoredVector, VectorDescription } from '../collection/collection.js'
import type { RowToken } from '../collection/row-match.js'
import type { QueryOptions } from '../collection/search-options.js'
import { fieldIn, selectionOf } from '../collection/vector-fields.js'
import type { MultiVector } from '../core/multivector.js'
import type { TokenEncoder } from '../encode/index.js'
import type { WordCounts } from './catalog.js'
import { type WeightedRowMatch, type WordMatch, withWeights, wordMatches } from './word-matches.js'
import { weightedQuery } from './word-weights.js'
import type { WordMark } from './words/word-hits.js'

/** A passage that was found. */
export interface TextHit {
  readonly id: PointId
  readonly score: number
  /** The passage; empty if the point has no `text` in its payload. */
  readonly text: string
  /** The file and the line, from 1, of the passage; undefined in a store that is not a text index. */
  readonly file: string | undefined
  readonly line: number | undefined
  readonly payload: Readonly<Record<string, unknown>>
  /** Highest contribution first, without special tokens of a model. Empty with `explain: false`. */
  readonly matches: readonly WordMatch[]
  /**
   * All places of the passage that match a word of the question, in order. Only in hits of a text index; without them, the
   * places of `matches` are all.
   */
  readonly marks?: readonly WordMark[]
  /**
   * The row of the passage that each row of the question matched, with the tokens of both where they are known. Empty with
   * `explain: false`.
   */
  readonly rows: readonly WeightedRowMatch[]
}

/** The result of a search. */
export interface TextAnswer {
  /** Best first. */
  readonly hits: readonly TextHit[]
  /**
   * Unknown words of the question: in a text index those that no passage has in any form, each once, otherwise those that
   * the encoder does not know. A question without a known word has no hits.
   */
  readonly unknown: readonly string[]
  /** For unknown words: the word of the text index that is spelled most like it, if there is one. */
  readonly suggestions?: readonly Suggestion[]
  /**
   * Number of passages of the text index whose rows are not encoded yet, and which are found by their words only. Absent if
   * all are, or if rows do not matter (`only: 'words'`).
   */
  readonly withoutRows?: number
}

/** A word to search for instead of one that no passage has. */
export interface Suggestion {
  /** The unknown word. */
  readonly word: string
  /** A word that some passage has. */
  readonly nearest: string
}

/** Options of a search. */
export interface SearchTextOptions {
  /** Maximum number of hits. Default: 10. */
  readonly limit?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** A Qdrant filter on the payload: `file`, `line`, `heading` and the fields of JSON lines. */
  readonly filter?: object | undefined
  /** Whether hits have `matches`. Default: true. Without them, a search with many hits is faster. */
  readonly explain?: boolean | undefined
  /**
   * What passages are found by. `words`: the words of the question, in any form. `meaning`: the rows of the encoder. Default:
   * both. Only a text index has words; other collections are searched by meaning.
   */
  readonly only?: 'words' | 'meaning' | undefined
}

/** Options of `createTextSearch`. */
export interface TextSearchOptions {
  /** The encoder that made the vectors of the collection. */
  readonly encoder: TokenEncoder
  /** Name of the vector. Default: the only multi-vector of the collection, or its only vector. */
  readonly using?: string | undefined
  /**
   * Rare words get a higher weight, and function words none, if counts are given and the distance of the vector is Dot.
   * Default: all words have the same weight.
   */
  readonly wordCounts?: WordCounts | undefined
}

/** A collection to search: a store, or a collection on a server. */
export interface SearchedCollection {
  readonly config: { readonly vectors: Readonly<Record<string, VectorDescription>> }
  /** Finds the points with the best scores, best first. */
  query(query: MultiVector, options: QueryOptions): Promise<Hit[]>
}

/** A search by text. */
export interface TextSearch {
  /**
   * Finds the passages that answer a text best.
   *
   * @throws RangeError or TypeError if an option is unknown or wrong
   */
  search(text: string, options?: SearchTextOptions): Promise<TextAnswer>
}

/**
 * Searches a store, or a collection on a server, by text. Passages are the `text` in the payload of its points. The
 * collection stays the caller's.
 *
 * @throws RangeError if the collection has no such vector, or if its dim is not the encoder's
 *
 * @example
 * import { readFile } from 'node:fs/promises'
 * import { createStaticEncoder } from 'maxsimd/encode/static'
 * import { createStore } from 'maxsimd/store'
 * import { createTextSearch } from 'maxsimd/texts'
 * import wordFile from 'maxsimd-words'
 *
 * const encoder = createStaticEncoder(await readFile(wordFile))
 * const store = await createStore({ vectors: { text: { size: encoder.dim, distance: 'Dot' } }, encoder })
 * const texts = ['A spider sat on the wall.', 'The bank failed.']
 * await store.upsert(texts.map((text, id) => ({ id, vector: { text: { text } }, payload: { text } })))
 *
 * const { hits } = await createTextSearch(store, { encoder }).search('fear of insects', { limit: 1 })
 * console.log(hits[0].text) // 'A spider sat on the wall.'
 * await store.close()
 */
export function createTextSearch(collection: SearchedCollection, options: TextSearchOptions): TextSearch {
  checkKnownOptions(options, ['encoder', 'using', 'wordCounts'], 'createTextSearch')
  return createRowSearch(collection, options, false)
}

/** The search of any collection. `mayBeCut`: passages with fewer rows than tokens were cut, as only a text index can tell. */
export function createRowSearch(
  collection: SearchedCollection,
  { encoder, using, wordCounts }: TextSearchOptions,
  mayBeCut: boolean,
): TextSearch {
  checkEncoder(encoder)
  const field = fieldIn(collection, using)
  const { name, size, distance } = field
  checkEncoderDim(size, encoder)
  return {
    async search(text, searchOptions = {}) {
      checkKnownOptions(searchOptions, ['limit', 'signal', 'filter', 'explain', 'only'], 'search')
      const { limit = 10, signal, filter, explain = true, only = 'meaning' } = searchOptions
      if (only !== 'meaning') {
        throw new RangeError(
          `"only" expected "meaning", got ${JSON.stringify(only)}; only a text index has words (openTextIndex)`,
        )
      }
      const encoded = await encoder.query(text, { signal })
      const { unknown } = encoded
      const weighted = wordCounts && distance === 'Dot' ? weightedQuery(encoded, wordCounts) : undefined
      const { data, dim, tokens } = weighted ?? encoded
      if (data.length === 0) return { hits: [], unknown }
      const query = { data, dim, tokens }
      const found = await collection.query(query, {
        using: name,
        limit,
        with_payload: true,
        with_matches: explain,
        // the number of rows decides which tokens they are of
        with_vector: explain && selectionOf(field),
        filter,
        signal,
      })
      const hits = found.map(hit => textHitOf(hit, weighted?.weights))
      if (!explain) return { hits, unknown }
      const counts = found.map(({ vector }) => rowCountOf(vector?.[name]))
      return { hits: await withTokens(hits, counts, encoder, mayBeCut, signal), unknown }
    },
  }
}

/** A hit with the fields of its payload; its matched words are added later. */
export function textHitOf(
  { id, score, payload = {}, matches = [] }: Pick<Hit, 'id' | 'score' | 'payload' | 'matches'>,
  weights: readonly number[] | undefined,
): TextHit {
  const { text = '', file, line } = payload as { text?: string; file?: string; line?: number }
  return {
    id,
    score,
    text,
    file,
    line,
    payload,
    matches: [],
    rows: weights ? withWeights(matches, weights) : matches,
  }
}

/** The number of rows of a multi-vector. */
const rowCountOf = (vector: StoredVector | undefined): number =>
  vector && 'dim' in vector ? vector.data.length / vector.dim : 0

/**
 * Adds the tokens of the passages, where the collection does not have them, and the matched words. `counts`: the number of rows
 * of each passage.
 */
async function withTokens(
  hits: readonly TextHit[],
  counts: readonly number[],
  encoder: TokenEncoder,
  mayBeCut: boolean,
  signal: AbortSignal | undefined,
): Promise<TextHit[]> {
  const isUnlabelled = ({ text, rows }: TextHit) => text !== '' && rows.every(({ token }) => !token)
  const texts = hits.filter(isUnlabelled).map(({ text }) => text)
  const tokens = texts.length === 0 ? [] : await tokensOf(texts, encoder, signal)
  let next = 0
  return hits.map((hit, i) => {
    const ofRows = isUnlabelled(hit) ? tokensOfRows(tokens[next++]!, counts[i]!, mayBeCut) : undefined
    const rows = ofRows ? hit.rows.map(match => ({ ...match, token: ofRows[match.row]! })) : hit.rows
    return { ...hit, rows, matches: wordMatches(rows) }
  })
}

/**
 * The tokens of the rows of a passage: all tokens of its text, or those of its beginning and the special tokens after it if the
 * text was cut. Undefined if the numbers differ otherwise: the text is another one, or the rows are pooled, and then none of
 * them is of one token.
 */
function tokensOfRows(
  tokens: readonly RowToken[],
  count: number,
  mayBeCut: boolean,
): readonly RowToken[] | undefined {
  if (count >= tokens.length || !mayBeCut) return count === tokens.length ? tokens : undefined
  const after = tokens.length - 1 - tokens.findLastIndex(({ special }) => !special)
  return [...tokens.slice(0, Math.max(0, count - after)), ...tokens.slice(tokens.length - after)]
}

async function tokensOf(
  texts: readonly string[],
  encoder: TokenEncoder,
  signal: AbortSignal | undefined,
): Promise<readonly (readonly RowToken[])[]> {
  if (encoder.documentTokens) return encoder.documentTokens(texts)
  return (await encoder.documents(texts, { signal })).map(({ tokens }) => tokens)
}

/** @throws RangeError if the encoder's rows have another dim than the collection's */
export function checkEncoderDim(size: number, { dim }: TokenEncoder): void {
  if (size === dim) return
  throw new RangeError(
    `"encoder" expected an encoder of dim ${size}, as the collection has, got dim ${dim}; use the encoder that made the vectors`,
  )
}

/** @throws TypeError if `encoder` is not an encoder */
export function checkEncoder(encoder: TokenEncoder | undefined): void {
  if (encoder === undefined) {
    throw new TypeError(
      '"encoder" is required: an encoder of maxsimd/encode, for example createStaticEncoder(bytes)',
    )
  }
  if (typeof encoder !== 'object' || typeof encoder?.query !== 'function') {
    throw new TypeError(`"encoder" expected an encoder of maxsimd/encode, got ${typeName(encoder)}`)
  }
}
