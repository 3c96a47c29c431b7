// The types in the signatures of `Scorer`. `maxsimd` exports them, and so does each entry point with a function that takes
// a scorer, so that every type of its API can be imported from it.

export type { KernelName } from '../kernel/kernel.js'
export type { Corpus } from './corpus.js'
export type { Dtype } from './dtype.js'
export type { Explanation, Match } from './explanation.js'
export type { Metric } from './metric.js'
export type { FlatMultiVector, MultiVector, NumberArray } from './multivector.js'
export type { Subset, WeightOptions } from './options.js'
export type { BatchOptions, RankOptions, RankReport, ScreenReport } from './ranking/rank-options.js'
export type { ScoredDocument } from './ranking/top-k.js'
export type { Scorer } from './scorer.js'
export type { CorpusConfig, RankListOptions, ScoreOptions } from './scorer-options.js'
export type { Screen } from './screen.js'
