// The public names of `maxsimd/qdrant`.

export type * from '../collection/collection.js'
export type { Encoder } from '../collection/encoder.js'
export type { Prefetch, Query, QueryOptions, SearchParams } from '../collection/search-options.js'
export { UpsertError, type UpsertReport } from '../collection/upsert-report.js'
export type { Server, ServerAddress } from './address.js'
export {
  type CompareOptions,
  type Comparison,
  compare,
  type Side,
  type Swap,
  type Unmatched,
} from './compare.js'
export { comparisonPlot, comparisonTable, duration } from './comparison-text.js'
export type {
  CollectionConfig,
  HnswConfig,
  MemoryTier,
  OptimizersConfig,
  PayloadIndex,
  QuantizationConfig,
  StrictModeConfig,
  VectorConfig,
} from './config-types.js'
export type { Description, ServerConfig, Spread } from './description.js'
export type { Source } from './documents.js'
export { type Estimate, type EstimateInput, estimateCollection, type VectorEstimate } from './estimate.js'
export { createLocalCopy, type LocalCopy, type LocalCopyOptions } from './local-copy.js'
export type { CollectionInfo, InfoOptions, OpenOptions, QdrantCollection } from './qdrant-collection.js'
export type { RerankOptions } from './rerank.js'
export { type SampledQuery, type SampledSize, sampleQueries, sampleSize } from './sample.js'
export { QdrantError } from './server-error.js'
export { type CreateOptions, createCollection, deleteCollection, openCollection } from './setup.js'
export type { TransportOptions } from './transport.js'
export type { UpsertOptions } from './upsert.js'
export { createVectorCache, type MemoryCache, type VectorCache } from './vector-cache.js'
export { type VerifyOptions, verify } from './verify.js'
export type {
  DocumentFault,
  HitCheck,
  MissedPoint,
  OrderFault,
  VerifyReport,
} from './verify-report.js'
