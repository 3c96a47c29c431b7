// The public names of `maxsimd/store`.

export { DisposedError, WasmForbiddenError } from '../base/errors.js'
export type * from '../collection/collection.js'
export type { EncodeCallOptions, Encoder, SparseEncoder } from '../collection/embed-texts.js'
export type { GroupId, GroupLookup, GroupOptions, PointGroup } from '../collection/group-options.js'
export { type MeanScoresOptions, meanScores, type TokenQuery } from '../collection/mean-scores.js'
export type { ChangeOptions, PointVectors, SetPayloadOptions } from '../collection/point-changes.js'
export type { RerankOptions } from '../collection/rerank-options.js'
export type { CandidateRank, RowMatch, RowPatch, RowToken } from '../collection/row-match.js'
export type { Prefetch, Query, QueryOptions, SearchParams } from '../collection/search-options.js'
export type { UpsertOptions } from '../collection/upsert-options.js'
export { UpsertError, type UpsertReport } from '../collection/upsert-report.js'
export type { Explanation, Match } from '../core/explanation.js'
export type { FlatMultiVector, MultiVector, NumberArray } from '../core/multivector.js'
export type { KernelModule, KernelName } from '../kernel/kernel.js'
export type { CompactReport } from './columns/compaction.js'
export type {
  GivenVectors,
  SparseModifier,
  StoreDatatype,
  StoreDescription,
  StoreOptions,
  StoreScreen,
  StoreSparseVector,
  StoreSparseVectorConfig,
  StoreSparseVectors,
  StoreVector,
  StoreVectorConfig,
  StoreVectors,
} from './config.js'
export { type Damage, StoreDamageError } from './files/damage.js'
export { StoreWriteError } from './files/write-error.js'
export { StoreLockedError } from './folders/folder.js'
export { StoreFolderError } from './folders/folder-error.js'
export type { StoreInfo, StoreSparseVectorInfo, StoreVectorInfo } from './info.js'
export { createStore, type OpenStoreOptions, openStore, readStoreConfig, type StoreConfig } from './open.js'
export type { IfExists } from './open-folder.js'
export type { StoreExplainOptions } from './query-points.js'
export { type AddedVector, type RebuildOptions, rebuildStore } from './rebuild.js'
export { createFilter, type PointTest } from './search/filter.js'
export type { Store } from './store.js'
