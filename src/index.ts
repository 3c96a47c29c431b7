// The public names of `maxsimd`.

export type { Corpus } from './corpus.js'
export type { Dtype } from './dtype.js'
export type { Explanation, Match } from './explanation.js'
export type { KernelName } from './kernel/kernel.js'
export { availableKernels } from './kernel/load.js'
export type { Metric } from './metric.js'
export type { FlatMultiVector, MultiVector, NumberArray } from './multivector.js'
export type { QueryOptions, Subset } from './options.js'
export type { BatchOptions, RankOptions, RankReport, Screen } from './rank.js'
export type { Ranked } from './ranking.js'
export {
  type CorpusConfig,
  createScorer,
  type RankListOptions,
  type ScoreOptions,
  type Scorer,
  type ScorerOptions,
  type ThreadedScorerOptions,
} from './scorer.js'
export type { ThreadedBatchOptions, ThreadedCorpus, ThreadedRankOptions } from './threads/corpus.js'
export type { CallOptions } from './threads/crew.js'
export type { ThreadedScorer } from './threads/scorer.js'
