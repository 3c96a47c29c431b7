// Search of a store by text. The encoder turns the question into rows; each hit has its passage and the matched words.

import { checkKnownOptions } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import type { PointId } from '../collection/collection.js'
import { chooseField, vectorFieldsOf } from '../collection/vector-fields.js'
import type { FlatMultiVector } from '../core/multivector.js'
import type { Token, TokenEncoder } from '../encode/index.js'
import type { Store } from '../store/index.js'
import type { WordCounts } from './catalog.js'
import { type WordMatch, wordMatches } from './word-matches.js'
import { weightRows } from './word-weights.js'

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
}

/** The result of a search. */
export interface TextAnswer {
  /** Best first. */
  readonly hits: readonly TextHit[]
  /** Unknown words of the question. A question without a known word has no hits. */
  readonly unknown: readonly string[]
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
}

/** Options of `createTextSearch`. */
export interface TextSearchOptions {
  /** The encoder that made the vectors of the store. */
  readonly encoder: TokenEncoder
  /** Name of the vector. Default: the only multi-vector of the store, or its only vector. */
  readonly using?: string | undefined
  /** Rare words get a higher weight if counts are given. Default: all words have the same weight. */
  readonly wordCounts?: WordCounts | undefined
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
 * Searches a store by text. Passages are the `text` in the payload of its points. The store stays the caller's.
 *
 * @throws RangeError if the store has no such vector, or if its dim is not the encoder's
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
export function createTextSearch(store: Store, options: TextSearchOptions): TextSearch {
  checkKnownOptions(options, ['encoder', 'using', 'wordCounts'], 'createTextSearch')
  const { encoder, using, wordCounts } = options
  checkEncoder(encoder)
  const { name, size } = chooseField(vectorFieldsOf(store.config.vectors), using)
  if (size !== encoder.dim) {
    throw new RangeError(
      `"encoder" expected an encoder of dim ${size}, as the store has, got dim ${encoder.dim}; use the encoder that made the vectors`,
    )
  }
  return {
    async search(text, searchOptions = {}) {
      checkKnownOptions(searchOptions, ['limit', 'signal', 'filter', 'explain'], 'search')
      const { limit = 10, signal, filter, explain = true } = searchOptions
      const { data, dim, tokens, unknown } = await encoder.query(text)
      if (data.length === 0) return { hits: [], unknown }
      const query = { data: wordCounts ? weightRows({ data, dim, tokens }, wordCounts) : data, dim }
      const found = await store.query(query, { using: name, limit, with_payload: true, filter, signal })
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
    id: PointId,
    text: string,
    query: FlatMultiVector,
    tokens: readonly Token[],
  ): Promise<WordMatch[]> {
    const { matches } = await store.explain(query, id, { using: name })
    const [encoded] = await encoder.documents([text])
    return wordMatches(matches, tokens, encoded?.tokens ?? [])
  }
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
