// What a server tells of a collection: its configuration in the shape that `createCollection` takes, its state, and
// how it is spread over shards. The only file that knows the shape of GET /collections/{name}.

import { collectionPath } from '../wire/paths.js'
import type { Transport } from '../wire/transport.js'
import type { FullConfig, FullVectorConfig, PayloadIndex } from './config-types.js'

/** The configuration that a server reports. */
export interface ServerConfig extends FullConfig {
  readonly payload_indexes: Readonly<Record<string, PayloadIndex>>
}

export interface CollectionDescription {
  /** `green`, `yellow` (optimizing), `grey` (waiting for an update) or `red` (failed). */
  readonly status: string
  readonly optimizer_status: unknown
  readonly points: number
  readonly segments: number
  /** Vectors in graphs; multi-vectors without a graph are not among them. */
  readonly indexed_vectors: number
  /** Updates that were accepted and are not applied yet. */
  readonly queued: number
  /** What the server itself finds odd about the configuration. */
  readonly warnings: readonly string[]
  readonly config: ServerConfig
}

interface Reported {
  readonly status: string
  readonly optimizer_status: unknown
  readonly points_count?: number | null
  readonly segments_count: number
  readonly indexed_vectors_count?: number | null
  readonly update_queue?: { readonly length: number }
  readonly warnings?: readonly { readonly message: string }[]
  readonly payload_schema?: Readonly<
    Record<string, { readonly data_type: PayloadIndex; readonly params?: PayloadIndex | null }>
  >
  readonly config: {
    readonly params: {
      readonly vectors?: Readonly<Record<string, FullVectorConfig>> | FullVectorConfig
      readonly sparse_vectors?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
      readonly shard_number?: number
      readonly sharding_method?: 'auto' | 'custom'
      readonly replication_factor?: number
      readonly write_consistency_factor?: number
      readonly on_disk_payload?: boolean
    }
    readonly hnsw_config?: FullConfig['hnsw_config']
    readonly optimizer_config?: FullConfig['optimizers_config']
    readonly wal_config?: FullConfig['wal_config']
    readonly quantization_config?: FullConfig['quantization_config']
    readonly strict_mode_config?: FullConfig['strict_mode_config']
    readonly metadata?: FullConfig['metadata']
  }
}

/** Asks the server for everything it tells of a collection. */
export async function describeCollection(
  transport: Transport,
  name: string,
  signal?: AbortSignal,
): Promise<CollectionDescription> {
  const told = await transport.ask<Reported>(
    { method: 'GET', path: collectionPath(name), signal },
    result => typeof result.config?.params === 'object',
  )
  const { params, optimizer_config, ...rest } = told.config
  const { vectors = {}, ...counts } = params
  const unnamed = typeof (vectors as FullVectorConfig).size === 'number'
  return {
    status: told.status,
    optimizer_status: told.optimizer_status,
    points: told.points_count ?? 0,
    segments: told.segments_count,
    indexed_vectors: told.indexed_vectors_count ?? 0,
    queued: told.update_queue?.length ?? 0,
    // a cluster repeats them for each shard
    warnings: [...new Set((told.warnings ?? []).map(({ message }) => message))],
    config: {
      ...rest,
      ...counts,
      optimizers_config: optimizer_config,
      vectors: unnamed ? { '': vectors as FullVectorConfig } : (vectors as Record<string, FullVectorConfig>),
      payload_indexes: Object.fromEntries(
        Object.entries(told.payload_schema ?? {}).map(([field, { data_type, params: told }]) => [
          field,
          told ?? data_type,
        ]),
      ),
    },
  }
}

/** How a collection is spread: its shards, and how many of their copies this server knows to be alive. */
export interface ShardPlacement {
  readonly shards: number
  readonly replicas: number
  readonly active: number
}

export async function readShardPlacement(
  transport: Transport,
  name: string,
  signal?: AbortSignal,
): Promise<ShardPlacement> {
  type Shard = { readonly shard_id: number; readonly state: string }
  const told = await transport.ask<{ local_shards: Shard[]; remote_shards: Shard[] }>(
    { method: 'GET', path: `${collectionPath(name)}/cluster`, signal },
    result => Array.isArray(result.local_shards) && Array.isArray(result.remote_shards),
  )
  const copies = [...told.local_shards, ...told.remote_shards]
  return {
    shards: new Set(copies.map(shard => shard.shard_id)).size,
    replicas: copies.length,
    active: copies.filter(({ state }) => state === 'Active').length,
  }
}
