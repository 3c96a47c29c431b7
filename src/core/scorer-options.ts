// The options of `createScorer` and of a scorer's methods.

import { checkKnownOptions } from '../base/check-options.js'
import type { KernelModule, KernelName } from '../kernel/kernel.js'
import type { Dtype } from './dtype.js'
import type { Metric } from './metric.js'
import { checkDim } from './multivector.js'
import { parseDtype, parseMetric, WEIGHT_OPTIONS, type WeightOptions } from './options.js'
import { parseScreen, type Screen } from './screen.js'

/** The options of `createScorer` for a scorer on the caller's thread. */
export interface ScorerOptions {
  /** The kernel to use. Default: the fastest that the engine can run, the first of `availableKernels()`. */
  readonly kernel?: KernelName | undefined
  /**
   * A module compiled from `maxsimd/simd.wasm` or `maxsimd/relaxed-simd.wasm`, where compiling WebAssembly at run time is
   * forbidden: on Cloudflare Workers, or under a content security policy without `wasm-unsafe-eval`.
   */
  readonly module?: KernelModule | undefined
  /** The maximum size of the kernel's memory in bytes, at least 65,536. Default: 4 GiB, the maximum of WebAssembly. */
  readonly maxBytes?: number | undefined
  /** `undefined`: all calls are synchronous and run on the caller's thread. */
  readonly threads?: undefined
}

/** The options of `createScorer` for a scorer on several threads. */
export interface ThreadedScorerOptions extends Omit<ScorerOptions, 'threads'> {
  /** The number of threads, from 1 to 256, or `auto` for one per core. `maxBytes` applies to each thread. */
  readonly threads: number | 'auto'
  /**
   * Starts a worker that runs `maxsimd/worker.js`. Called once for each thread. Default: the program of a worker is a
   * string, which a page cannot start under Trusted Types, or under a content security policy without `worker-src blob:`.
   */
  readonly worker?: (() => WorkerLike) | undefined
}

/** A worker: the `Worker` of a browser, Deno or Bun, or that of `node:worker_threads`. */
export interface WorkerLike {
  /** Sends a message. The buffers in `transfer` are moved, not copied. */
  postMessage(message: unknown, transfer: ArrayBuffer[]): void
  /** Ends the worker. */
  terminate(): unknown
}

/** The names of `ScorerOptions`. `ThreadedScorerOptions` also have `worker`. */
export const SCORER_OPTIONS = [
  'kernel',
  'module',
  'maxBytes',
  'threads',
] as const satisfies readonly (keyof ThreadedScorerOptions)[]

/** The options of `scorer.score`. */
export interface ScoreOptions extends WeightOptions {
  /** How two rows are compared. Default: `dot`. */
  readonly metric?: Metric | undefined
}

/** The names of `ScoreOptions`. */
export const SCORE_OPTIONS = [...WEIGHT_OPTIONS, 'metric'] as const satisfies readonly (keyof ScoreOptions)[]

/** The options of `scorer.rank`. */
export interface RankListOptions extends ScoreOptions {
  /** The maximum number of results, at least 1. Default: 10. Fewer are returned if there are fewer documents. */
  readonly limit?: number | undefined
}

/** The names of `RankListOptions`. */
export const RANK_LIST_OPTIONS = [
  ...SCORE_OPTIONS,
  'limit',
] as const satisfies readonly (keyof RankListOptions)[]

/** The config of a corpus, which cannot be changed later. */
export interface CorpusConfig {
  /** The number of elements in each row, from 1 to 65,536. */
  readonly dim: number
  /** How two rows are compared. Default: `dot`. */
  readonly metric?: Metric | undefined
  /** How elements are stored. Default: `f32`. */
  readonly dtype?: Dtype | undefined
  /**
   * How `rank` avoids scoring every document in f32. Only for dtype `f32` with the metrics `dot` and `cosine`. Default:
   * `i8` for those, `off` for all others.
   */
  readonly screen?: Screen | undefined
}

/** The names of `CorpusConfig`. */
const CORPUS_CONFIG = ['dim', 'metric', 'dtype', 'screen'] as const satisfies readonly (keyof CorpusConfig)[]

/** A corpus config that was checked, with its defaults. */
export type CorpusSettings = {
  readonly [Name in keyof CorpusConfig]-?: Exclude<CorpusConfig[Name], undefined>
}

/**
 * Checks a corpus config and fills in the defaults.
 *
 * @throws TypeError or RangeError that names the option at fault
 */
export function parseCorpusConfig(config: CorpusConfig): CorpusSettings {
  checkKnownOptions(config, CORPUS_CONFIG, 'corpus', 'config')
  if (config.dim === undefined) {
    throw new TypeError('"dim" is required: the number of elements in each row, for example 128')
  }
  const dim = checkDim(config.dim, 'dim')
  const metric = parseMetric(config.metric)
  const dtype = parseDtype(config.dtype, metric)
  return { dim, metric, dtype, screen: parseScreen(config.screen, metric, dtype) }
}
