// A collection's configuration in Qdrant's own words, typed. Where the client's types lag behind the server (`memory`,
// `turbo4`), these do not.

import type { Distance, ServerDatatype } from '../../collection/collection.js'

/** Where a part is kept, from 1.19: on disk, in the page cache from the start, or in memory for good. */
export type MemoryTier = 'cold' | 'cached' | 'pinned'

export interface HnswConfig {
  /** Edges of a node; 0: no graph, every query scores everything (or what a prefetch found). */
  readonly m?: number | undefined
  /** The same for the graphs of payload values. Left out beside `m: 0`: 0, because the server would inherit it. */
  readonly payload_m?: number | undefined
  readonly ef_construct?: number | undefined
  /** In KB; below it a filtered query scans. */
  readonly full_scan_threshold?: number | undefined
  readonly max_indexing_threads?: number | undefined
  readonly on_disk?: boolean | undefined
  readonly memory?: MemoryTier | undefined
  /** Ignored by the server for multi-vectors. */
  readonly inline_storage?: boolean | undefined
}

interface Kept {
  readonly always_ram?: boolean | undefined
  readonly memory?: MemoryTier | undefined
}

export type QuantizationConfig =
  | { readonly scalar: { readonly type: 'int8'; readonly quantile?: number | undefined } & Kept }
  | { readonly product: { readonly compression: 'x4' | 'x8' | 'x16' | 'x32' | 'x64' } & Kept }
  | {
      readonly binary: {
        readonly encoding?: 'one_bit' | 'two_bits' | 'one_and_half_bits' | undefined
        readonly query_encoding?: 'default' | 'binary' | 'scalar4bits' | 'scalar8bits' | undefined
      } & Kept
    }
  | { readonly turbo: { readonly bits?: 'bits1' | 'bits1_5' | 'bits2' | 'bits4' | undefined } & Kept }

export interface VectorConfig {
  /** Numbers in a row, 1 to 65,536. */
  readonly size: number
  readonly distance: Distance
  /** Left out: `{ comparator: 'max_sim' }`, a multi-vector. `null`: one row for each point, a dense vector. */
  readonly multivector_config?: { readonly comparator: 'max_sim' } | null | undefined
  /** Left out of a multi-vector: `{ m: 0, payload_m: 0 }`. */
  readonly hnsw_config?: HnswConfig | undefined
  readonly quantization_config?: QuantizationConfig | null | undefined
  readonly on_disk?: boolean | undefined
  readonly memory?: 'cold' | 'cached' | undefined
  readonly datatype?: ServerDatatype | undefined
}

export interface OptimizersConfig {
  readonly deleted_threshold?: number | undefined
  readonly vacuum_min_vector_number?: number | undefined
  readonly default_segment_number?: number | undefined
  /** In KB. */
  readonly max_segment_size?: number | undefined
  /** In KB, for each vector of a segment; 0: off. For a bulk load raise it, and put it back with the client. */
  readonly indexing_threshold?: number | undefined
  readonly flush_interval_sec?: number | undefined
  readonly max_optimization_threads?: number | 'auto' | undefined
  readonly prevent_unoptimized?: boolean | undefined
}

/** A payload index: a type, or Qdrant's object that begins with one. */
export type PayloadIndex =
  | 'keyword'
  | 'integer'
  | 'float'
  | 'bool'
  | 'geo'
  | 'datetime'
  | 'text'
  | 'uuid'
  | { readonly type: string; readonly [option: string]: unknown }

/** What the server refuses of requests to this collection, once `enabled`. */
export interface StrictModeConfig {
  readonly enabled?: boolean | undefined
  readonly max_query_limit?: number | undefined
  /** In seconds. */
  readonly max_timeout?: number | undefined
  readonly unindexed_filtering_retrieve?: boolean | undefined
  readonly unindexed_filtering_update?: boolean | undefined
  readonly search_max_hnsw_ef?: number | undefined
  readonly search_allow_exact?: boolean | undefined
  readonly search_max_oversampling?: number | undefined
  /** In points; `upsert` needs `batchPoints` to match. */
  readonly upsert_max_batchsize?: number | undefined
  readonly search_max_batchsize?: number | undefined
  readonly max_collection_vector_size_bytes?: number | undefined
  readonly max_collection_payload_size_bytes?: number | undefined
  readonly max_points_count?: number | undefined
  readonly max_payload_index_count?: number | undefined
  /** Per minute and copy of a shard; a query of a multi-vector costs one for each row. */
  readonly read_rate_limit?: number | undefined
  readonly write_rate_limit?: number | undefined
  readonly filter_max_conditions?: number | undefined
  readonly condition_max_size?: number | undefined
  /** Rows of a document, by vector. */
  readonly multivector_config?: Readonly<Record<string, { readonly max_vectors: number }>> | undefined
  readonly sparse_config?: Readonly<Record<string, { readonly max_length: number }>> | undefined
  readonly max_resident_memory_percent?: number | undefined
  /** Before 1.19. */
  readonly max_disk_usage_percent?: number | undefined
}

export interface CollectionConfig {
  /** By name; or the parameters themselves, for a collection whose only vector has no name. */
  readonly vectors: Readonly<Record<string, VectorConfig>> | VectorConfig
  readonly sparse_vectors?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined
  readonly shard_number?: number | undefined
  readonly sharding_method?: 'auto' | 'custom' | undefined
  readonly replication_factor?: number | undefined
  readonly write_consistency_factor?: number | undefined
  readonly on_disk_payload?: boolean | undefined
  readonly payload?: { readonly memory: MemoryTier } | undefined
  readonly hnsw_config?: HnswConfig | undefined
  readonly quantization_config?: QuantizationConfig | null | undefined
  readonly optimizers_config?: OptimizersConfig | undefined
  readonly wal_config?: Readonly<Record<string, number>> | undefined
  readonly strict_mode_config?: StrictModeConfig | undefined
  /** A JSON object of your own, kept with the collection. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Payload fields to index, made before anything is loaded. */
  readonly payload_indexes?: Readonly<Record<string, PayloadIndex>> | undefined
}

/** A configuration with every default of late interaction written out. */
export interface FullConfig extends Omit<CollectionConfig, 'vectors'> {
  /** By name; an unnamed vector has the name ''. */
  readonly vectors: Readonly<Record<string, FullVectorConfig>>
}

export interface FullVectorConfig extends Omit<VectorConfig, 'multivector_config'> {
  readonly multivector_config?: { readonly comparator: 'max_sim' } | undefined
}
