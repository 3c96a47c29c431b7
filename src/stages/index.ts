// Public names of `maxsimd/stages`: a small first stage, then all rows, on a server or in the store.
export {
  meanFirst,
  muveraFirst,
  pageFirst,
  pooledFirst,
  type Stages,
  type StagesConfig,
  type StageQuery,
  type StageQueryOptions,
  type StageVector,
} from './stages.js'
