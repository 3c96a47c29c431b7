// The public names of `maxsimd`.

export { DisposedError, WasmForbiddenError } from './base/errors.js'
export type { Corpus } from './core/corpus.js'
export type { Dtype } from './core/dtype.js'
export type { Explanation, Match } from './core/explanation.js'
export type { Metric } from './core/metric.js'
export type { FlatMultiVector, MultiVector, NumberArray } from './core/multivector.js'
export type { Subset, WeightOptions } from './core/options.js'
export type { BatchOptions, RankOptions, RankReport, Screen } from './core/ranking/rank-options.js'
export type { ScoredDocument } from './core/ranking/top-k.js'
export type { Scorer } from './core/scorer.js'
export type {
  CorpusConfig,
  RankListOptions,
  ScoreOptions,
  ScorerOptions,
  ThreadedScorerOptions,
} from './core/scorer-options.js'
export type { KernelModule, KernelName } from './kernel/kernel.js'
export { availableKernels } from './kernel/load-kernel.js'
export { createScorer } from './threads/create-scorer.js'
export type { ThreadedCorpus } from './threads/threaded-corpus.js'
export type { CallOptions, ThreadedBatchOptions, ThreadedRankOptions } from './threads/threaded-options.js'
export type { ThreadedScorer } from './threads/threaded-scorer.js'
