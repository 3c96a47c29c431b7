// Types of a collection's configuration, with Qdrant's own names. They contain settings that the client's types do not
// have yet (`memory`, `turbo4`).

import type { Distance, ServerDatatype } from '../../collection/collection.js'

/**
 * Where data is kept, from Qdrant 1.19 on: `cold` on disk, `cached` in the page cache from the start, `pinned` in memory for
 * good.
 */
export type MemoryTier = 'cold' | 'cached' | 'pinned'

/** Settings of the graph index (HNSW). MaxSim needs none: see `VectorConfig.hnsw_config`. */
export interface HnswConfig {
  /** Edges of a node. 0: no graph; a query scores every point, or those that a prefetch found. */
  readonly m?: number | undefined
  /** Edges of a node in the graphs of payload values. Default with `m: 0`: 0; the server would inherit another value. */
  readonly payload_m?: number | undefined
  /** Candidates for the edges of a new node, at least 4. */
  readonly ef_construct?: number | undefined
  /** Size of a segment's vectors in KB; below it, a filtered query scans instead of using the graph. */
  readonly full_scan_threshold?: number | undefined
  readonly max_indexing_threads?: number | undefined
  readonly on_disk?: boolean | undefined
  readonly memory?: MemoryTier | undefined
  /** The server ignores it for multi-vectors. */
  readonly inline_storage?: boolean | undefined
}

/** Where quantized copies are kept. */
export interface QuantizationStorage {
  readonly always_ram?: boolean | undefined
  readonly memory?: MemoryTier | undefined
}

/** Quantized copies of the vectors, for faster first stages. One of four methods. */
export type QuantizationConfig =
  | {
      readonly scalar: { readonly type: 'int8'; readonly quantile?: number | undefined } & QuantizationStorage
    }
  | { readonly product: { readonly compression: 'x4' | 'x8' | 'x16' | 'x32' | 'x64' } & QuantizationStorage }
  | {
      readonly binary: {
        readonly encoding?: 'one_bit' | 'two_bits' | 'one_and_half_bits' | undefined
        readonly query_encoding?: 'default' | 'binary' | 'scalar4bits' | 'scalar8bits' | undefined
      } & QuantizationStorage
    }
  | {
      readonly turbo: {
        readonly bits?: 'bits1' | 'bits1_5' | 'bits2' | 'bits4' | undefined
      } & QuantizationStorage
    }

/** Configuration of one vector. */
export interface VectorConfig {
  /** Numbers per row, 1 to 65,536. */
  readonly size: number
  readonly distance: Distance
  /** Default: `{ comparator: 'max_sim' }`, a multi-vector. `null`: a dense vector, with one row per point. */
  readonly multivector_config?: { readonly comparator: 'max_sim' } | null | undefined
  /** Default for a multi-vector: `{ m: 0, payload_m: 0 }`, no graph, because MaxSim cannot use one. */
  readonly hnsw_config?: HnswConfig | undefined
  /** Default: no quantized copies. */
  readonly quantization_config?: QuantizationConfig | null | undefined
  /** true: vectors are read from disk when they are needed. Default: false. */
  readonly on_disk?: boolean | undefined
  readonly memory?: 'cold' | 'cached' | undefined
  /** How numbers are stored. Default: `float32`. */
  readonly datatype?: ServerDatatype | undefined
}

/** Settings of the optimizers, which merge and index segments. */
export interface OptimizersConfig {
  readonly deleted_threshold?: number | undefined
  readonly vacuum_min_vector_number?: number | undefined
  readonly default_segment_number?: number | undefined
  /** In KB. */
  readonly max_segment_size?: number | undefined
  /** In KB, for each vector of a segment; 0: no indexing. For a bulk load, raise it and reset it later with the client. */
  readonly indexing_threshold?: number | undefined
  readonly flush_interval_sec?: number | undefined
  readonly max_optimization_threads?: number | 'auto' | undefined
  readonly prevent_unoptimized?: boolean | undefined
}

/** A payload index: a type, or Qdrant's object with a type and its options. */
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

/** Limits on requests to a collection: the server refuses requests beyond them if `enabled` is true. */
export interface StrictModeConfig {
  readonly enabled?: boolean | undefined
  /** Maximum `limit` of a query. `scroll` reads smaller pages accordingly. */
  readonly max_query_limit?: number | undefined
  /** In seconds. */
  readonly max_timeout?: number | undefined
  readonly unindexed_filtering_retrieve?: boolean | undefined
  readonly unindexed_filtering_update?: boolean | undefined
  readonly search_max_hnsw_ef?: number | undefined
  readonly search_allow_exact?: boolean | undefined
  readonly search_max_oversampling?: number | undefined
  /** In points. It is also the default of `batchPoints` in `upsert`, if it is below 256. */
  readonly upsert_max_batchsize?: number | undefined
  readonly search_max_batchsize?: number | undefined
  readonly max_collection_vector_size_bytes?: number | undefined
  readonly max_collection_payload_size_bytes?: number | undefined
  readonly max_points_count?: number | undefined
  readonly max_payload_index_count?: number | undefined
  /** Per minute and shard replica; a query with a multi-vector costs one for each row. */
  readonly read_rate_limit?: number | undefined
  readonly write_rate_limit?: number | undefined
  readonly filter_max_conditions?: number | undefined
  readonly condition_max_size?: number | undefined
  /** Maximum rows of a document, by vector. */
  readonly multivector_config?: Readonly<Record<string, { readonly max_vectors: number }>> | undefined
  readonly sparse_config?: Readonly<Record<string, { readonly max_length: number }>> | undefined
  readonly max_resident_memory_percent?: number | undefined
  /** Only before Qdrant 1.19. */
  readonly max_disk_usage_percent?: number | undefined
}

/** Configuration of a collection, as `createCollection` takes it. */
export interface CollectionConfig {
  /** Vectors by name; or one vector's configuration, for a collection whose only vector is unnamed. */
  readonly vectors: Readonly<Record<string, VectorConfig>> | VectorConfig
  readonly sparse_vectors?: Readonly<Record<string, Readonly<Record<string, unknown>>>> | undefined
  readonly shard_number?: number | undefined
  readonly sharding_method?: 'auto' | 'custom' | undefined
  readonly replication_factor?: number | undefined
  readonly write_consistency_factor?: number | undefined
  readonly on_disk_payload?: boolean | undefined
  readonly payload?: { readonly memory: MemoryTier } | undefined
  /** Default of `hnsw_config` for dense vectors. */
  readonly hnsw_config?: HnswConfig | undefined
  /** Default of `quantization_config` for all vectors. */
  readonly quantization_config?: QuantizationConfig | null | undefined
  readonly optimizers_config?: OptimizersConfig | undefined
  readonly wal_config?: Readonly<Record<string, number>> | undefined
  readonly strict_mode_config?: StrictModeConfig | undefined
  /** A JSON object of the user, stored with the collection. */
  readonly metadata?: Readonly<Record<string, unknown>> | undefined
  /** Payload fields to index, created before points are written. */
  readonly payload_indexes?: Readonly<Record<string, PayloadIndex>> | undefined
}

/** Configuration of one vector, with late interaction's defaults filled in. */
export interface ServerVectorConfig extends Omit<VectorConfig, 'multivector_config'> {
  /** undefined: a dense vector. */
  readonly multivector_config?: { readonly comparator: 'max_sim' } | undefined
}

/** A configuration with late interaction's defaults filled in. */
export interface ResolvedConfig extends Omit<CollectionConfig, 'vectors'> {
  /** By name; an unnamed vector has the name ''. */
  readonly vectors: Readonly<Record<string, ServerVectorConfig>>
}

/** The configuration that a server reports. */
export interface ServerConfig extends Omit<CollectionConfig, 'vectors' | 'payload_indexes'> {
  /** By name; an unnamed vector has the name ''. */
  readonly vectors: Readonly<Record<string, ServerVectorConfig>>
  readonly payload_indexes: Readonly<Record<string, PayloadIndex>>
}
