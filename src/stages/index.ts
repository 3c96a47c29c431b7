// The public names of `maxsimd/stages`: presets for two-stage search, on a Qdrant server or in the embedded store, and
// LEMUR maps.

export type {
  CallCost,
  CallProgress,
  Datatype,
  Distance,
  Filter,
  Hit,
  Payload,
  PayloadSelection,
  PointId,
  ReadableCollection,
  ReadableQueryOptions,
  ReadOptions,
  ScrollOptions,
  Selection,
  ServerDatatype,
  SparseVector,
  StoredPoint,
  StoredVector,
  VectorDescription,
} from '../collection/collection.js'
export type { CandidateRank, RowMatch, RowPatch, RowToken } from '../collection/row-match.js'
export type { Match } from '../core/explanation.js'
export type { FlatMultiVector, MultiVector, NumberArray } from '../core/multivector.js'
export type { WeightOptions } from '../core/options.js'
export {
  type Advice,
  type AdviceQuery,
  type AdviseOptions,
  advise,
  type StageAdvice,
} from './advice/advice.js'
export { type FitLemurOptions, fitLemur, type Lemur, type LemurDrift, openLemur } from './lemur/lemur.js'
export type { MuveraConfig } from './muvera/muvera.js'
export type { PageGrid } from './pooling/pool-page.js'
export type { PoolMethod, PoolOptions } from './pooling/pool-rows.js'
export {
  type LemurStagesConfig,
  lemurFirst,
  meanFirst,
  muveraFirst,
  pageFirst,
  pooledFirst,
} from './presets.js'
export type { StageQuery, StageQueryOptions, Stages, StagesConfig, StageVector } from './two-stage.js'
