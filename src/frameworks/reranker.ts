// The part that all rerankers share: encodes texts and ranks their rows by MaxSim. No framework is imported. Each adapter
// returns a plain object with the framework's interface, which test/frameworks checks against the real packages.

import { checkKnownOptions, oneOf, wholeNumber } from '../base/check-options.js'
import { loadOnce } from '../base/load-once.js'
import { typeName } from '../base/type-name.js'
import type { Encoder } from '../collection/embed-texts.js'
import type { MultiVector } from '../core/multivector.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import { createLocalScorer } from '../core/scorer.js'
import { encodeDocuments, isEmpty } from './encode-documents.js'
import type { RerankerConfig, RerankerScorer } from './reranker-config.js'

/** A reranker without a framework. */
export interface Reranker {
  /**
   * Ranks texts, best first. Texts without rows, such as empty ones, match nothing: they come last, with a score that is
   * at most 0 and not above any other.
   *
   * @throws TypeError or RangeError if an argument is wrong, or if the query has no rows
   */
  rank(query: string, texts: readonly string[], options?: RerankCallOptions): Promise<ScoredDocument[]>
  /** The number of rows of a query, which is the highest score if rows have unit length. */
  rowsOf(query: string): Promise<number>
}

/** Options of one ranking. */
export interface RerankCallOptions {
  /** The maximum number of results. Default: all. */
  readonly topN?: number | undefined
  readonly signal?: AbortSignal | undefined
  /** Replaces the instruction of the reranker. */
  readonly instruction?: string | undefined
}

const RERANKER_OPTIONS = [
  'encoder',
  'scorer',
  'metric',
  'instruction',
] as const satisfies readonly (keyof RerankerConfig)[]

/**
 * Creates a reranker.
 *
 * @param otherOptions the names of options that the adapter has in addition, for example `topN`
 * @param of the name of the adapter's function, for error messages
 * @throws TypeError or RangeError that names the option at fault
 */
export function createReranker(
  config: RerankerConfig & { readonly topN?: number | undefined },
  otherOptions: readonly string[],
  of: string,
): Reranker {
  checkKnownOptions(config, [...RERANKER_OPTIONS, ...otherOptions], of, 'config')
  const { encoder } = config
  checkEncoder(encoder)
  if (config.topN !== undefined) wholeNumber(config.topN, 'topN', 1)
  const metric = oneOf(config.metric ?? 'dot', ['dot', 'cosine'], 'metric')
  const usual = checkInstruction(config.instruction, 'instruction')
  const loadScorer = loadOnce(async (): Promise<RerankerScorer> => config.scorer ?? createLocalScorer())
  let last: { readonly query: string; readonly rows: MultiVector } | undefined
  /** Encodes a query, or returns the rows of the last one if it is the same. */
  const encodeQuery = async (query: string, instruction: string, signal: AbortSignal | undefined) => {
    const whole = instruction + query
    if (last?.query === whole) return last.rows
    const rows = await encoder.query(whole, { signal })
    if (isEmpty(rows)) {
      throw new RangeError(
        `"query" expected a text that has rows, got ${JSON.stringify(query)}; the encoder has no row for any of its words`,
      )
    }
    last = { query: whole, rows }
    return rows
  }
  return {
    async rank(query, texts, { topN = texts.length, signal, instruction = usual } = {}) {
      if (typeof query !== 'string') throw new TypeError(`"query" expected a string, got ${typeName(query)}`)
      if (texts.length === 0) return []
      wholeNumber(topN, 'topN', 1)
      signal?.throwIfAborted()
      const queryRows = await encodeQuery(query, instruction, signal)
      const { documents, indices, emptyIndices } = await encodeDocuments(encoder, texts, signal)
      signal?.throwIfAborted()
      const scorer = await loadScorer()
      const ranked = await scorer.rank(queryRows, documents, { limit: topN, metric })
      signal?.throwIfAborted()
      const results = ranked.map(({ index, score }) => ({ index: indices[index]!, score }))
      const lowest = Math.min(0, results.at(-1)?.score ?? 0)
      return [...results, ...emptyIndices.map(index => ({ index, score: lowest }))].slice(0, topN)
    },
    async rowsOf(query) {
      const rows = await encodeQuery(query, usual, undefined)
      return 'data' in rows ? rows.data.length / rows.dim : rows.length
    },
  }
}

/** Returns an instruction; empty if there is none. @throws TypeError if it is not a string */
export function checkInstruction(value: unknown, path: string): string {
  if (value === undefined) return ''
  if (typeof value === 'string') return value
  throw new TypeError(`"${path}" expected a string, got ${typeName(value)}`)
}

function checkEncoder(encoder: Partial<Encoder> | undefined): void {
  if (encoder === undefined) {
    throw new TypeError('"encoder" is required: an encoder of maxsimd/encode, for example of createEncoder()')
  }
  if (typeof encoder?.query === 'function' && typeof encoder.documents === 'function') return
  throw new TypeError(
    `"encoder" expected an object with the methods query and documents, got ${typeName(encoder)}; ` +
      'use an encoder of maxsimd/encode',
  )
}

/** @throws TypeError if `list` is not an array */
export function checkList(list: unknown, path: string): void {
  if (!Array.isArray(list)) throw new TypeError(`"${path}" expected an array, got ${typeName(list)}`)
}

/** Returns a document's text. @throws TypeError if it is not a string */
export function checkQueryText(text: unknown, path: string): string {
  if (typeof text !== 'string') throw new TypeError(`"${path}" expected a string, got ${typeName(text)}`)
  return text
}
