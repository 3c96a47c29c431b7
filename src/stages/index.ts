// Public names of `maxsimd/stages`: a small first stage, then all rows, on a server or in the store.
export {
  meanFirst,
  muveraFirst,
  pageFirst,
  pooledFirst,
  type StageQuery,
  type StageQueryOptions,
  type Stages,
  type StagesConfig,
  type StageVector,
} from './two-stage.js'
