// The public names of `maxsimd/transfer`: copies points between files, stores and Qdrant collections. The types of all
// three are exported, because the functions take and return them.

export type * from '../formats/index.js'
export type * from '../qdrant/index.js'
export type * from '../store/index.js'
export { pullFirstStage, pushFirstStage } from './carry-stage.js'
export { exportPoints } from './export-points.js'
export { type ImportOptions, type ImportReport, importPoints } from './import-points.js'
export {
  collectionConfigOf,
  type PushOptions,
  pull,
  push,
  storeConfigOf,
  type TransferOptions,
} from './push-pull.js'
