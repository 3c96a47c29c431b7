// Options of `createScorer` and of its methods.

import { checkKnownOptions } from '../base/check-options.js'
import type { KernelModule, KernelName } from '../kernel/kernel.js'
import type { Dtype } from './dtype.js'
import type { Metric } from './metric.js'
import { checkDim } from './multivector.js'
import { parseDtype, parseMetric, WEIGHT_OPTIONS, type WeightOptions } from './options.js'
import { parseScreen, type Screen } from './ranking/rank-options.js'

export interface ScorerOptions {
  /** The kernel to use; left out: the best that the engine runs. */
  readonly kernel?: KernelName | undefined
  /**
   * A module compiled from `maxsimd/simd.wasm` or `maxsimd/relaxed-simd.wasm`, for places that forbid compiling at
   * run time (Cloudflare Workers, a content security policy without `wasm-unsafe-eval`).
   */
  readonly module?: KernelModule | undefined
  /** The most memory that the kernel may take, in bytes; left out: the 4 GiB that WebAssembly has. */
  readonly maxBytes?: number | undefined
  /** Left out: everything happens at once, on the caller's thread. */
  readonly threads?: undefined
}

export interface ThreadedScorerOptions extends Omit<ScorerOptions, 'threads'> {
  /** How many threads share the work, 1 to 256; `auto` is one for each core. `maxBytes` is then for each of them. */
  readonly threads: number | 'auto'
}

/** The names of `ScorerOptions` and `ThreadedScorerOptions`. */
export const SCORER_OPTIONS = [
  'kernel',
  'module',
  'maxBytes',
  'threads',
] as const satisfies readonly (keyof ThreadedScorerOptions)[]

export interface ScoreOptions extends WeightOptions {
  /** How rows are compared; left out: `dot`. */
  readonly metric?: Metric | undefined
}

/** The names of `ScoreOptions`. */
export const SCORE_OPTIONS = [...WEIGHT_OPTIONS, 'metric'] as const satisfies readonly (keyof ScoreOptions)[]

export interface RankListOptions extends ScoreOptions {
  /** The maximum number of results, at least 1. Default: 10. Fewer are returned if there are fewer documents. */
  readonly limit?: number | undefined
}

/** The names of `RankListOptions`. */
export const RANK_LIST_OPTIONS = [
  ...SCORE_OPTIONS,
  'limit',
] as const satisfies readonly (keyof RankListOptions)[]

export interface CorpusConfig {
  /** Numbers in a row, 1 to 65,536. */
  readonly dim: number
  readonly metric?: Metric | undefined
  /** How elements are stored; left out: `f32`. */
  readonly dtype?: Dtype | undefined
  /** How `rank` avoids scoring everything in f32; left out: `convert`. Only for f32 with `dot` or `cosine`. */
  readonly screen?: Screen | undefined
}

/** The names of `CorpusConfig`. */
export const CORPUS_CONFIG = [
  'dim',
  'metric',
  'dtype',
  'screen',
] as const satisfies readonly (keyof CorpusConfig)[]

/** A corpus config that was checked, with its defaults. */
export interface CorpusSettings {
  readonly dim: number
  readonly metric: Metric
  readonly dtype: Dtype
  readonly screen: Screen
}

/**
 * Checks a corpus config and fills in the defaults.
 *
 * @throws TypeError or RangeError that names the option at fault
 */
export function parseCorpusConfig(config: CorpusConfig): CorpusSettings {
  checkKnownOptions(config, CORPUS_CONFIG, 'corpus', 'config')
  const dim = checkDim(config.dim, 'dim')
  const metric = parseMetric(config.metric)
  const dtype = parseDtype(config.dtype, metric)
  return { dim, metric, dtype, screen: parseScreen(config.screen, metric, dtype) }
}
