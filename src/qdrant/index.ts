// Public names of `maxsimd/qdrant`.

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
export type * from '../core/scorer-api.js'
export type { CodecModule } from '../kernel/codec/codec-types.js'
export { addVector } from './add-vector.js'
export type { ServerChangeOptions } from './change-points.js'
export type {
  CollectionConfig,
  HnswConfig,
  MemoryTier,
  OptimizersConfig,
  PayloadIndex,
  QuantizationConfig,
  QuantizationStorage,
  ServerConfig,
  ServerVectorConfig,
  StrictModeConfig,
  VectorConfig,
} from './config/config-types.js'
export {
  type CollectionEstimate,
  type EstimateInput,
  estimateCollection,
  type VectorEstimate,
} from './config/estimate.js'
export type { CollectionDescription, ShardPlacement } from './config/reported-config.js'
export type { GrpcOption } from './grpc/grpc-option.js'
export type { CollectionInfo, InfoOptions, OpenOptions, QdrantCollection } from './qdrant-collection.js'
export type { ShardKey, ShardOptions } from './read-points.js'
export type { QdrantRerankOptions } from './rerank.js'
export {
  type CreateOptions,
  createCollection,
  type DeleteOptions,
  deleteCollection,
  openCollection,
} from './setup.js'
export type { QdrantUpsertOptions } from './upsert.js'
export {
  createVectorCache,
  type MemoryCache,
  type VectorCache,
  type VectorCacheOptions,
} from './vector-cache.js'
export { type CompareOptions, compare } from './verify/compare.js'
export type { DocumentSource } from './verify/compare-documents.js'
export type { ComparedSide, Comparison, RankSwap, UnmatchedPoint } from './verify/comparison.js'
export { comparisonTable } from './verify/comparison-table.js'
export { createLocalCopy, type LocalCopy, type LocalCopyOptions } from './verify/local-copy.js'
export {
  type SampledQuery,
  type SampledSize,
  type SampleOptions,
  sampleQueries,
  sampleSize,
} from './verify/sample-queries.js'
export { type VerifyOptions, verify } from './verify/verify.js'
export type {
  DocumentFault,
  HitCheck,
  MissedPoint,
  OrderFault,
  VerifyReport,
} from './verify/verify-report.js'
export type { QdrantRestClient, QdrantServer, ServerAddress } from './wire/address.js'
export { QdrantError, type QdrantErrorDetails } from './wire/qdrant-error.js'
export type { TransportOptions } from './wire/transport.js'
