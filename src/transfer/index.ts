// The public names of `maxsimd/transfer`: a corpus between files, a store and a Qdrant server.

export { exportPoints, type ImportOptions, type ImportReport, importPoints } from './import.js'
export { collectionConfigOf, pull, push, storeVectorsOf, type TransferOptions } from './transfer.js'
