// The public names of `maxsimd/transfer`: a corpus between files, a store and a Qdrant server.

export { exportPoints, type ImportOptions, type ImportReport, importPoints } from './import-export.js'
export { collectionConfigOf, pull, push, storeVectorsOf, type TransferOptions } from './push-pull.js'
