// The options of `rank` and `rankBatch`, their checks, and the report of a ranking.

import { typeName } from '../../base/type-name.js'
import type { Dtype } from '../dtype.js'
import { METRICS, type Metric } from '../metric.js'
import type { MultiVector } from '../multivector.js'
import { type Subset, WEIGHT_OPTIONS, type WeightOptions } from '../options.js'

/** A screen of a ranking. */
export interface ScreenReport {
  /** The integers in which documents were scored. */
  readonly screen: 'i8' | 'i16'
  /** The number of documents that it did not exclude. */
  readonly left: number
}

/** How a ranking was computed. */
export interface RankReport {
  /**
   * - `exact`: every document was scored in f32.
   * - `certified`: the result is the same as with `exact`, but only `rescored` documents were scored in f32.
   * - `stored`: documents were ranked by the scores of their stored rows, with a dtype other than f32.
   * - `oversampled`: the best of such a ranking were scored again from their originals.
   */
  readonly method: 'exact' | 'certified' | 'stored' | 'oversampled'
  /** The number of documents that were considered. */
  readonly considered: number
  /** The number of documents that were scored again. */
  readonly rescored: number
  /** The screens of a certified ranking of f32 rows, in the order of their use. Default: none. */
  readonly screens: readonly ScreenReport[]
}

/** The options of `corpus.rank`. */
export interface RankOptions extends WeightOptions {
  /** The maximum number of results, at least 1. Default: 10. Fewer are returned if there are fewer documents. */
  readonly limit?: number | undefined
  /** The documents to consider. Default: all. */
  readonly subset?: Subset | undefined
  /**
   * Returns the original of a document, to score it again in f32. For a corpus with a dtype other than f32. With `dot` and
   * `cosine` and without `oversampling`, the ranking and its scores are those of an f32 corpus, bit for bit.
   */
  readonly originals?: ((index: number) => MultiVector) | undefined
  /** With `originals`: scores only the best `oversampling` x `limit` of the stored ranking again, as Qdrant does. */
  readonly oversampling?: number | undefined
  /** Called with a report of each ranking. */
  readonly onReport?: ((report: RankReport) => void) | undefined
}

/** The options of `corpus.rankBatch`. */
export interface BatchOptions extends Omit<RankOptions, 'weights'> {
  /** One entry for each query: its weights, or `undefined` for a weight of 1 for every row. */
  readonly weights?: readonly (ArrayLike<number> | undefined)[] | undefined
}

/** The names of `RankOptions` and `BatchOptions`. */
export const RANK_OPTIONS = [
  ...WEIGHT_OPTIONS,
  'limit',
  'subset',
  'originals',
  'oversampling',
  'onReport',
] as const satisfies readonly (keyof RankOptions & keyof BatchOptions)[]

/** `originals` and `oversampling`. `Originals` is the type of the function. */
export interface OriginalsOptions<Originals> {
  readonly originals?: Originals | undefined
  readonly oversampling?: number | undefined
}

/** Checks `originals` and `oversampling`, and returns only them. */
export function parseOriginals<Originals>(
  { originals, oversampling }: OriginalsOptions<Originals>,
  dtype: Dtype,
  metric: Metric,
): OriginalsOptions<Originals> {
  if (originals === undefined) {
    if (oversampling === undefined) return {}
    throw new TypeError('"oversampling" needs "originals"; pass both or neither')
  }
  if (typeof originals !== 'function') {
    throw new TypeError(`"originals" expected a function from index to document, got ${typeName(originals)}`)
  }
  if (dtype === 'f32') {
    throw new RangeError('"originals" supports every dtype but f32; omit it')
  }
  if (oversampling === undefined) {
    const isRoundedFirst = dtype === 'u8' && metric === 'cosine'
    if (isRoundedFirst || METRICS[metric].ascending) {
      throw new RangeError(
        `a certified ranking of ${dtype} supports ${isRoundedFirst ? 'dot' : 'dot and cosine'}, got ${metric}; pass "oversampling"`,
      )
    }
  } else if (!(oversampling >= 1 && oversampling < Infinity)) {
    throw new RangeError(`"oversampling" expected a number of at least 1, got ${oversampling}`)
  }
  return { originals, oversampling }
}
