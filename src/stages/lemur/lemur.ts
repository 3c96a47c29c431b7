// LEMUR ("learned multi-vector retrieval", arXiv 2601.21853): one vector for each document, fitted by least squares so
// that its dot product with the vector of a query predicts MaxSim. The features are kernel functions of anchors, see
// features.ts; the fit is in fit.ts, the vectors are made in lemur-map.ts.

import { checkCallback, checkKnownOptions, oneOf, wholeNumber } from '../../base/check-options.js'
import { sleep } from '../../base/sleep.js'
import { checkDim, type MultiVector, shapeOf } from '../../core/multivector.js'
import type { WeightOptions } from '../../core/options.js'
import { listDocuments } from './list-documents.js'

/** The options of `fitLemur`. */
export interface FitLemurOptions {
  /** Elements in each row. Default: those of the first document. */
  readonly dim?: number | undefined
  /** How rows are compared. Default: `dot`. */
  readonly metric?: 'dot' | 'cosine' | undefined
  /** Elements of a vector, from 16 to 4,096. Default: 1,024. Fewer take less time and find fewer. */
  readonly size?: number | undefined
  /**
   * Rows that stand for the rows of queries, at least 2 x `size`. They are drawn from all rows that differ from each other.
   * The time of a document grows with them. Default: 4 x `size`, and at least 4,096, but at most all different rows.
   */
  readonly samples?: number | undefined
  /** Seed of what is drawn at random, an integer from 0 to 2^53 - 1. Default: 1. */
  readonly seed?: number | undefined
  /** Stops the fit: it rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Called at most ten times a second with the share that is done, at the end with 1. */
  readonly onProgress?: ((done: number) => void) | undefined
}

/** How well a map predicts MaxSim for documents that it was not fitted to. */
export interface LemurDrift {
  /** The share of the variance of MaxSim over these documents that predictions miss, from 0 (none) on. */
  readonly error: number
  /** The same for the documents that the map was fitted to. */
  readonly fittedError: number
  /** Whether a new fit is due: the error is more than 1.25 times the fitted one. */
  readonly isDue: boolean
}

/**
 * A fitted map from multi-vectors to single vectors. The dot product of a document's and a query's vector predicts their
 * MaxSim score, minus a number that is the same for all documents: rank candidates by it, and score them exactly.
 *
 * The map has about 4 x samples x size bytes, which are freed when it is garbage collected.
 */
export interface Lemur {
  /** Elements in each row. */
  readonly dim: number
  /** Elements in a vector. */
  readonly size: number
  readonly metric: 'dot' | 'cosine'
  /** Eight hexadecimal digits. Vectors can be compared only if they were made by maps of the same name. */
  readonly name: string
  /**
   * Makes the vector of a document, for storage. Adding documents needs no new fit. Returns a new array of `size`
   * elements. The first call takes about a second longer.
   *
   * @throws TypeError or RangeError if `rows` is not a multi-vector with rows of `dim` finite numbers
   */
  document(rows: MultiVector): Float32Array
  /**
   * Makes the vector of a query. Returns a new array of `size` elements.
   *
   * @throws TypeError or RangeError if `rows` is not a multi-vector with rows of `dim` finite numbers, or `weights` has
   * not one number for each row
   */
  query(rows: MultiVector, options?: WeightOptions): Float32Array
  /**
   * Measures how well the map predicts MaxSim for documents, for example those that were added since it was fitted. At
   * most 200 of them are used.
   *
   * @throws TypeError or RangeError if there are fewer than two documents, or one is not a multi-vector of `dim`
   */
  drift(documents: Iterable<MultiVector>): LemurDrift
  /** The map as bytes, for `openLemur`. */
  toBytes(): Uint8Array<ArrayBuffer>
}

const FIT_NAMES: readonly (keyof FitLemurOptions)[] = [
  'dim',
  'metric',
  'size',
  'samples',
  'seed',
  'signal',
  'onProgress',
]

/** A fit needs this many sample rows for each element. */
const MIN_SAMPLES_PER_ELEMENT = 2
/** Milliseconds between two pauses, in which other work of the thread runs. */
const PAUSE_INTERVAL = 100

/**
 * Fits a LEMUR map to sample documents of a collection: ten thousand are enough, drawn from all of it. Takes about half
 * a minute with the defaults. The same documents, options and kernel give the same map.
 *
 * @throws TypeError or RangeError if a document is not a multi-vector, there are too few different rows for `size`, or an option is
 * invalid
 *
 * @example
 * import { fitLemur, openLemur } from 'maxsimd/stages'
 *
 * // documents of two rows in the plane
 * const row = i => [Math.cos(i), Math.sin(i)]
 * const documents = Array.from({ length: 100 }, (_, i) => [row(i), row(2 * i)])
 * const lemur = await fitLemur(documents, { size: 16 })
 * const query = lemur.query([row(7)])
 * const dot = (a, b) => a.reduce((sum, value, i) => sum + value * b[i], 0)
 * dot(query, lemur.document([row(7), row(14)])) > dot(query, lemur.document([row(10), row(20)])) // true
 *
 * const opened = await openLemur(lemur.toBytes())
 * opened.name === lemur.name // true
 */
export async function fitLemur(
  documents: Iterable<MultiVector>,
  options: FitLemurOptions = {},
): Promise<Lemur> {
  checkKnownOptions(options, FIT_NAMES, 'fitLemur')
  const list = listDocuments(documents, 1, 'pass documents of the collection')
  const dim = options.dim === undefined ? shapeOf(list[0]!, 'documents[0]').dim : checkDim(options.dim, 'dim')
  const size = wholeNumber(options.size ?? 1024, 'size', 16, 4096)
  const leastSamples = MIN_SAMPLES_PER_ELEMENT * size
  list.forEach((document, i) => {
    shapeOf(document, `documents[${i}]`, dim)
  })
  const settings = {
    leastSamples,
    dim,
    size,
    metric: oneOf(options.metric ?? 'dot', ['dot', 'cosine'] as const, 'metric'),
    samples: wholeNumber(
      options.samples ?? Math.max(4096, 4 * size),
      'samples',
      leastSamples,
      65_536,
      `; a size of ${size} needs ${MIN_SAMPLES_PER_ELEMENT} for each element`,
    ),
    seed: wholeNumber(options.seed ?? 1, 'seed', 0, Number.MAX_SAFE_INTEGER),
  }
  checkCallback(options.onProgress, 'onProgress')
  const engine = await import('./engine.js')
  const lemur = await engine.fitToDocuments(list, { ...settings, pause: createPause(options) })
  options.onProgress?.(1)
  return lemur
}

/**
 * Opens a map from the bytes of `toBytes`.
 *
 * @throws TypeError or RangeError if the bytes are not those of a map, or were cut or changed
 *
 * @example
 * import { fitLemur, openLemur } from 'maxsimd/stages'
 *
 * const documents = Array.from({ length: 50 }, (_, i) => [[Math.cos(i), Math.sin(i)]])
 * const bytes = (await fitLemur(documents, { size: 16 })).toBytes()
 * const lemur = await openLemur(bytes)
 * lemur.size // 16
 */
export async function openLemur(bytes: Uint8Array): Promise<Lemur> {
  const engine = await import('./engine.js')
  return engine.openBytes(bytes)
}

/** Returns a function that lets other work run from time to time, reports progress, and rejects if it shall stop. */
function createPause({ signal, onProgress }: FitLemurOptions): (done: number) => Promise<void> {
  let last = performance.now()
  return async done => {
    signal?.throwIfAborted()
    if (performance.now() - last < PAUSE_INTERVAL) return
    onProgress?.(done)
    await sleep(0, signal)
    last = performance.now()
  }
}
