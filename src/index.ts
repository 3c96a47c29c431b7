// The public names of `maxsimd`.

export type { Corpus, RankOptions } from './corpus.js'
export type { Explanation, Match } from './explanation.js'
export type { KernelName } from './kernel/kernel.js'
export { availableKernels } from './kernel/load.js'
export type { Metric } from './metric.js'
export type { FlatMultiVector, MultiVector, NumberArray } from './multivector.js'
export type { Dtype, QueryOptions, Subset } from './options.js'
export type { Ranked } from './ranking.js'
export {
  type CorpusConfig,
  createScorer,
  type RankListOptions,
  type ScoreOptions,
  type Scorer,
  type ScorerOptions,
} from './scorer.js'
