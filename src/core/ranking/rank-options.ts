// Options of `rank` and `rankBatch`, their checks and the report.

import { oneOf } from '../../base/check-options.js'
import { typeName } from '../../base/type-name.js'
import type { Dtype } from '../dtype.js'
import { METRICS, type Metric } from '../metric.js'
import type { MultiVector } from '../multivector.js'
import { type Subset, WEIGHT_OPTIONS, type WeightOptions } from '../options.js'

/**
 * How `rank` on an f32 corpus with `dot` or `cosine` finds the best without scoring everything in f32: `convert` rounds
 * rows to int16 on the way, at no cost in memory; `copy` keeps them beside the f32, for half as much memory again and
 * more speed; `off` scores everything in f32. The rankings are the same, bit for bit.
 */
export type Screen = 'convert' | 'copy' | 'off'

export const SCREENS: readonly Screen[] = ['convert', 'copy', 'off']

/** The screen to use: `convert` where there is one and none is asked for. */
export function parseScreen(screen: unknown, metric: Metric, dtype: Dtype): Screen {
  const possible = dtype === 'f32' && !METRICS[metric].ascending
  if (screen === undefined) return possible ? 'convert' : 'off'
  const chosen = oneOf(screen, SCREENS, 'screen')
  if (chosen !== 'off' && !possible) {
    throw new RangeError(
      `"screen" ${chosen} goes with dtype f32 and the metrics dot and cosine, got ${dtype} and ${metric}; leave it out`,
    )
  }
  return chosen
}

/** What a ranking rests on. */
export interface RankReport {
  /**
   * `exact`: every document was scored in f32. `certified`: the same result, though only `rescored` were. `stored`: the
   * ranking of the rows as they are stored. `oversampled`: of these the best were scored again from their originals.
   */
  readonly method: 'exact' | 'certified' | 'stored' | 'oversampled'
  /** How many documents were considered. */
  readonly considered: number
  /** How many of them were scored again. */
  readonly rescored: number
}

export interface SharedRankOptions {
  /** The maximum number of results, at least 1. Default: 10. Fewer are returned if there are fewer documents. */
  readonly limit?: number | undefined
  /** The documents to consider. Default: all. */
  readonly subset?: Subset | undefined
  /**
   * For a corpus that does not store f32: the document as it was added, to score it again. With `dot` and `cosine` the
   * ranking is then, scores included, that of an f32 corpus, unless `oversampling` is given.
   */
  readonly originals?: ((index: number) => MultiVector) | undefined
  /** With `originals`: score again only the best `oversampling` x `limit` of the stored ranking, as Qdrant does. */
  readonly oversampling?: number | undefined
  /** Is told what the ranking rests on. */
  readonly onReport?: ((report: RankReport) => void) | undefined
}

export interface RankOptions extends WeightOptions, SharedRankOptions {}

export interface BatchOptions extends SharedRankOptions {
  /** The weights of each query, or undefined for those without. */
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

/** What is asked of the originals; nothing where there are none. */
export function parseOriginals<T>(
  {
    originals,
    oversampling,
  }: { readonly originals?: T | undefined; readonly oversampling?: number | undefined },
  dtype: Dtype,
  metric: Metric,
): { originals?: T; oversampling?: number | undefined } {
  if (originals === undefined) {
    if (oversampling === undefined) return {}
    throw new TypeError('"oversampling" goes with "originals", which is missing; pass both, or neither')
  }
  if (typeof originals !== 'function') {
    throw new TypeError(`"originals" expected a function from index to document, got ${typeName(originals)}`)
  }
  if (dtype === 'f32') {
    throw new RangeError(
      '"originals" go with a dtype other than f32, which stores the originals; leave them out',
    )
  }
  if (oversampling === undefined && dtype === 'u8' && metric === 'cosine') {
    throw new RangeError(
      'a certified ranking of dtype u8 goes with the metric dot, got cosine; pass "oversampling"',
    )
  }
  if (oversampling === undefined && METRICS[metric].ascending) {
    throw new RangeError(
      `a certified ranking goes with the metrics dot and cosine, got ${metric}; pass "oversampling"`,
    )
  }
  if (oversampling !== undefined && !(oversampling >= 1 && oversampling < Infinity)) {
    throw new RangeError(`"oversampling" expected a number of at least 1, got ${oversampling}`)
  }
  return { originals, oversampling }
}
