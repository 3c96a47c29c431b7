// Options of `createScorer` and of its methods.

import type { KernelModule, KernelName } from '../kernel/kernel.js'
import type { Dtype } from './dtype.js'
import type { Metric } from './metric.js'
import type { WeightOptions } from './options.js'
import type { Screen } from './ranking/rank-options.js'

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

export interface ScoreOptions extends WeightOptions {
  /** How rows are compared; left out: `dot`. */
  readonly metric?: Metric | undefined
}

export interface RankListOptions extends ScoreOptions {
  /** How many documents to give, from 1 to all of them. Left out: 10, or all if there are fewer. */
  readonly limit?: number | undefined
}

export interface CorpusConfig {
  /** Numbers in a row, 1 to 65,536. */
  readonly dim: number
  readonly metric?: Metric | undefined
  /** How elements are stored; left out: `f32`. */
  readonly dtype?: Dtype | undefined
  /** How `rank` avoids scoring everything in f32; left out: `convert`. Only for f32 with `dot` or `cosine`. */
  readonly screen?: Screen | undefined
}
