// The public names of `maxsimd/stages`: presets for two-stage search, on a Qdrant server or in the embedded store, and
// LEMUR maps.

export type { WeightOptions } from '../core/options.js'
// `Store` and the types in its signatures
export type * from '../store/index.js'
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
export type { AddStageOptions, AddStageProgress } from './stored/add-first-stage.js'
export type { FirstStage, StagedStore } from './stored/first-stage.js'
export type { StageSettings } from './stored/stage-file.js'
export {
  addFirstStage,
  readFirstStage,
  removeFirstStage,
  withFirstStage,
  writeFirstStage,
} from './stored/stored-stages.js'
export type { StageQuery, StageQueryOptions, Stages, StagesConfig, StageVector } from './two-stage.js'
