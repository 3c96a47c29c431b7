// What the adapters to frameworks have in common: texts become rows, rows are ranked by MaxSim. Knows no framework, and
// none is imported: their interfaces are plain objects, which test/frameworks holds against the real packages.

import { checkKnownOptions, oneOf } from '../base/check-options.js'
import { typeName } from '../base/type-name.js'
import type { Encoder } from '../collection/embed-texts.js'
import type { MultiVector } from '../core/multivector.js'
import type { ScoredDocument } from '../core/ranking/top-k.js'
import { createLocalScorer, type Scorer } from '../core/scorer.js'
import type { ThreadedScorer } from '../threads/threaded-scorer.js'

export interface RerankerConfig {
  /** What makes rows of texts: one of `maxsimd/encode`, or any object with `query` and `documents`. */
  readonly encoder: Encoder
  /** What scores. Left out: one that is made for the first call and kept. */
  readonly scorer?: Scorer | ThreadedScorer | undefined
  /** How rows are compared. Left out: `dot`, as encoders give rows of unit length. */
  readonly metric?: 'dot' | 'cosine' | undefined
}

export interface Reranker {
  /** The best `topN` texts, or all, best first. An empty text, and one without rows, matches nothing and comes last. */
  rank(
    query: string,
    texts: readonly string[],
    topN: number | undefined,
    signal?: AbortSignal | undefined,
  ): Promise<ScoredDocument[]>
}

/** Texts encoded at a time; a signal is looked at between, for encoders that do not look at it. */
const BATCH = 32

const known = ['encoder', 'scorer', 'metric']

/**
 * `others`: names of the options that the framework's adapter has beside those of every reranker; one of them may be topN.
 *
 * @throws TypeError or RangeError that names the option
 */
export function createReranker(
  config: RerankerConfig & { readonly topN?: number | undefined },
  others: readonly string[],
  of: string,
): Reranker {
  if (typeof config !== 'object' || config === null) {
    throw new TypeError(`"config" expected an object with an "encoder", got ${typeName(config)}`)
  }
  checkKnownOptions(config, [...known, ...others], of, 'config')
  checkTopN(config.topN)
  const { encoder } = config
  const metric = oneOf(config.metric ?? 'dot', ['dot', 'cosine'], 'metric')
  if (typeof encoder?.query !== 'function' || typeof encoder.documents !== 'function') {
    throw new TypeError(
      `"encoder" expected an object with the methods query and documents, got ${typeName(encoder)}; maxsimd/encode makes one`,
    )
  }
  let scorer: Promise<Scorer | ThreadedScorer> | undefined

  /** The rows of some texts, without those that the model finds no token in: it says which, and is asked again. */
  async function encodeBatch(
    texts: readonly string[],
    given: readonly number[],
    signal: AbortSignal | undefined,
  ): Promise<{ readonly batch: readonly number[]; readonly encoded: readonly MultiVector[] }> {
    for (let batch = given; ; ) {
      signal?.throwIfAborted()
      if (batch.length === 0) return { batch, encoded: [] }
      try {
        const encoded = await encoder.documents(
          batch.map(index => texts[index]!),
          { signal },
        )
        return { batch, encoded }
      } catch (error) {
        const { reason, index } = error as { readonly reason?: unknown; readonly index?: unknown }
        if (reason !== 'empty' || typeof index !== 'number' || !(index in batch)) throw error
        batch = batch.filter((_, i) => i !== index)
      }
    }
  }

  /** The rows of each text; undefined where there is nothing to compare. */
  async function encodeAll(
    texts: readonly string[],
    signal: AbortSignal | undefined,
  ): Promise<(MultiVector | undefined)[]> {
    const documents: (MultiVector | undefined)[] = Array(texts.length).fill(undefined)
    // a model would refuse an empty text, and a retriever may well have found one
    const given = texts.flatMap((text, index) => (text.trim() === '' ? [] : [index]))
    for (let start = 0; start < given.length; start += BATCH) {
      const { batch, encoded } = await encodeBatch(texts, given.slice(start, start + BATCH), signal)
      if (encoded.length !== batch.length) {
        throw new RangeError(
          `"encoder.documents" expected to return ${batch.length} multi-vectors, one for each text, got ${encoded.length}`,
        )
      }
      batch.forEach((index, i) => {
        if (!isEmpty(encoded[i]!)) documents[index] = encoded[i]
      })
    }
    return documents
  }

  return {
    async rank(query, texts, topN = texts.length, signal) {
      if (typeof query !== 'string') throw new TypeError(`"query" expected a string, got ${typeName(query)}`)
      if (texts.length === 0) return []
      checkTopN(topN)
      signal?.throwIfAborted()
      const question = await encoder.query(query, { signal })
      if (isEmpty(question)) {
        throw new RangeError(
          `"query" expected a text that the encoder makes rows of, got ${JSON.stringify(query)}; the encoder knows none of its words`,
        )
      }
      const documents = await encodeAll(texts, signal)
      signal?.throwIfAborted()
      const indices = [...documents.keys()].filter(index => documents[index])
      const others = [...documents.keys()].filter(index => !documents[index])
      scorer ??= config.scorer ? Promise.resolve(config.scorer) : createLocalScorer()
      const limit = Math.min(topN, indices.length)
      const given = indices.map(index => documents[index]!)
      const ranked = limit > 0 ? await (await scorer).rank(question, given, { limit, metric }) : []
      signal?.throwIfAborted()
      const best = ranked.map(({ index, score }) => ({ index: indices[index]!, score }))
      const lowest = Math.min(0, best.at(-1)?.score ?? 0)
      return [...best, ...others.map(index => ({ index, score: lowest }))].slice(0, topN)
    },
  }
}

function checkTopN(topN: number | undefined): void {
  if (topN === undefined || (Number.isInteger(topN) && topN >= 1)) return
  throw new RangeError(`"topN" expected a whole number of at least 1, got ${String(topN)}`)
}

/** A text without a known word: a corpus would refuse it. */
const isEmpty = (rows: MultiVector) => ('data' in rows ? rows.data.length : rows.length) === 0

/** @throws TypeError where a framework gave no list */
export function checkList(list: unknown, place: string): void {
  if (!Array.isArray(list)) throw new TypeError(`"${place}" expected an array, got ${typeName(list)}`)
}

/** A text of a framework's document, or an error that says which has none. */
export function documentText(text: unknown, place: string): string {
  if (typeof text === 'string') return text
  throw new TypeError(`"${place}" expected a string, got ${typeName(text)}`)
}
