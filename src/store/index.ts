// The public names of `maxsimd/store`.

export type * from '../collection.js'
export type { Encoder } from '../encoder.js'
export type { Explanation, Match } from '../explanation.js'
export type { Prefetch, Query, QueryOptions } from '../search-options.js'
export { UpsertError, type UpsertReport } from '../upsert-report.js'
export type { CompactReport } from './compaction.js'
export type { StoreOptions, StoreVector, StoreVectorConfig, StoreVectors } from './config.js'
export { type Damage, StoreDamageError } from './damage.js'
export { createFilter, type PointTest } from './filter.js'
export { createStore, type OpenStoreOptions, openStore, type StoreConfig } from './open.js'
export type { Store, StoreInfo, StoreVectorInfo } from './store.js'
export type { StoreUpsertOptions } from './upsert.js'
