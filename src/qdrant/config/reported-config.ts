// Reads a collection's configuration, state and shards from the server. The configuration is converted to the shape that
// `createCollection` takes. No other file depends on the shape of GET /collections/{name}.

import { printable } from '../../base/printable.js'
import { collectionPath } from '../wire/paths.js'
import type { Transport } from '../wire/transport.js'
import type { PayloadIndex, ServerConfig, ServerVectorConfig } from './config-types.js'

/** State and configuration of a collection, as the server reports them. */
export interface CollectionDescription {
  /** `green`, `yellow` (optimizing), `grey` (optimizations wait for an update) or `red` (failed). */
  readonly status: string
  /** `ok`, or an object with an error. */
  readonly optimizer_status: unknown
  /** Number of points, which the server may estimate. */
  readonly points: number
  readonly segments: number
  /** Number of vectors in segments that the optimizers have indexed; some servers also count those with an empty graph. */
  readonly indexed_vectors: number
  /** Number of updates that were accepted and are not applied yet. */
  readonly queued: number
  /** The server's own warnings about the configuration. */
  readonly warnings: readonly string[]
  readonly config: ServerConfig
}

/** The result of GET /collections/{name}. */
interface ReportedCollection {
  readonly status: string
  readonly optimizer_status: unknown
  readonly points_count?: number | null
  readonly segments_count: number
  readonly indexed_vectors_count?: number | null
  readonly update_queue?: { readonly length: number }
  readonly warnings?: readonly { readonly message: string }[]
  readonly payload_schema?: Readonly<Record<string, ReportedIndex>>
  readonly config: {
    readonly params: {
      readonly vectors?: Readonly<Record<string, ServerVectorConfig>> | ServerVectorConfig
      readonly sparse_vectors?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
      readonly shard_number?: number
      readonly sharding_method?: 'auto' | 'custom'
      readonly replication_factor?: number
      readonly write_consistency_factor?: number
      readonly on_disk_payload?: boolean
    }
    readonly hnsw_config?: ServerConfig['hnsw_config']
    readonly optimizer_config?: ServerConfig['optimizers_config']
    readonly wal_config?: ServerConfig['wal_config']
    readonly quantization_config?: ServerConfig['quantization_config']
    readonly strict_mode_config?: ServerConfig['strict_mode_config']
    readonly metadata?: ServerConfig['metadata']
  }
}

interface ReportedIndex {
  readonly data_type: PayloadIndex
  readonly params?: PayloadIndex | null
}

/** Reads the description of a collection. */
export async function describeCollection(
  transport: Transport,
  name: string,
  signal?: AbortSignal,
): Promise<CollectionDescription> {
  const reported = await transport.requestResult<ReportedCollection>(
    { method: 'GET', path: collectionPath(name), signal },
    result => typeof result.config?.params === 'object',
  )
  const clean = (text: string) => printable(transport.redact(text))
  return {
    status: clean(String(reported.status)),
    optimizer_status: cleaned(reported.optimizer_status, clean),
    points: reported.points_count ?? 0,
    segments: reported.segments_count,
    indexed_vectors: reported.indexed_vectors_count ?? 0,
    queued: reported.update_queue?.length ?? 0,
    // a cluster repeats a warning for each shard
    warnings: [...new Set((reported.warnings ?? []).map(({ message }) => clean(String(message))))],
    config: configOf(reported),
  }
}

/** A status of the optimizers: `ok`, or an object with an error text. */
function cleaned(status: unknown, clean: (text: string) => string): unknown {
  if (typeof status === 'string') return clean(status)
  if (typeof status !== 'object' || status === null) return status
  return Object.fromEntries(Object.entries(status).map(([name, value]) => [name, cleaned(value, clean)]))
}

function configOf({ config, payload_schema = {} }: ReportedCollection): ServerConfig {
  const { params, optimizer_config, ...rest } = config
  const { vectors = {}, ...otherParams } = params
  const isUnnamed = typeof (vectors as ServerVectorConfig).size === 'number'
  const indexes = Object.entries(payload_schema).map(
    ([field, { data_type, params }]) => [field, params ?? data_type] as const,
  )
  return {
    ...rest,
    ...otherParams,
    optimizers_config: optimizer_config,
    vectors: isUnnamed
      ? { '': vectors as ServerVectorConfig }
      : (vectors as Record<string, ServerVectorConfig>),
    payload_indexes: Object.fromEntries(indexes),
  }
}

/** Number of a collection's shards and of their replicas. */
export interface ShardPlacement {
  readonly shards: number
  /** All replicas of all shards. */
  readonly replicas: number
  /** Replicas that this server reports as active. */
  readonly active: number
}

/** Reads how a collection is distributed over shards and replicas. */
export async function readShardPlacement(
  transport: Transport,
  name: string,
  signal?: AbortSignal,
): Promise<ShardPlacement> {
  type Shard = { readonly shard_id: number; readonly state: string }
  const { local_shards, remote_shards } = await transport.requestResult<{
    local_shards: Shard[]
    remote_shards: Shard[]
  }>(
    { method: 'GET', path: `${collectionPath(name)}/cluster`, signal },
    result => Array.isArray(result.local_shards) && Array.isArray(result.remote_shards),
  )
  const replicas = [...local_shards, ...remote_shards]
  return {
    shards: new Set(replicas.map(shard => shard.shard_id)).size,
    replicas: replicas.length,
    active: replicas.filter(({ state }) => state === 'Active').length,
  }
}
