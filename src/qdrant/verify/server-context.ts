// Reads the properties of a server that scores and results depend on: its version and CPU decide its arithmetic, and shards
// and replicas decide which points it finds.

import type { ReadableCollection } from '../../collection/collection.js'
import type { Field } from '../../collection/vector-fields.js'
import { describeCollection, readShardPlacement, type ShardPlacement } from '../config/reported-config.js'
import { isSince } from '../config/version.js'
import { type ServerConnection, serverOf } from '../server-connection.js'
import type { ServerArithmetic } from './rounding-bound.js'

export interface ServerContext {
  readonly arithmetic: ServerArithmetic
  /** The server's version and shards; undefined if the collection is not on a server. */
  readonly version: string | undefined
  readonly placement: ShardPlacement | undefined
  /** Whether searches without parameters may score quantized vectors. */
  readonly isQuantized: boolean
  /** Whether searches without parameters use a graph. */
  readonly hasGraph: boolean
  /** Whether strict mode forbids queries without a prefetch, because the vector has no graph. */
  readonly needsPrefetch: boolean
  /** Notes for the report. */
  readonly notes: readonly string[]
}

/** Reads the context of a collection's scores from its server. */
export async function readServerContext(
  collection: ReadableCollection,
  field: Field,
  signal: AbortSignal | undefined,
): Promise<ServerContext> {
  const server = serverOf(collection)
  if (!server) {
    const arithmetic = { isArm: false, isBefore119: false }
    return {
      arithmetic,
      version: undefined,
      placement: undefined,
      isQuantized: false,
      hasGraph: false,
      needsPrefetch: false,
      notes: [],
    }
  }
  const { transport, version } = server
  const cpu = await readCpuFlags(server, signal)
  const placement = await readShardPlacement(transport, collection.name, signal)
  // read again: quantization may have been added since the collection was opened
  const { config } = await describeCollection(transport, collection.name, signal)
  const vector = config.vectors[field.name]
  const quantization = vector?.quantization_config ?? config.quantization_config
  const strict = config.strict_mode_config
  const forbidsExact = strict?.enabled === true && strict.search_allow_exact === false
  const hasGraph = (vector?.hnsw_config?.m ?? config.hnsw_config?.m) !== 0
  const needsPrefetch = forbidsExact && !hasGraph
  return {
    arithmetic: { isArm: cpu.flags.includes('neon'), isBefore119: !isSince(version, '1.19.0') },
    version: version.text,
    placement,
    isQuantized: quantization !== undefined && quantization !== null,
    hasGraph,
    needsPrefetch,
    notes: [
      ...cpu.notes,
      ...placementNotes(placement),
      ...(needsPrefetch
        ? [
            'strict mode forbids direct queries of this vector: each query scored the points of a prefetch of all',
          ]
        : []),
    ],
  }
}

/** Reads the server's CPU flags, or none and a note if it does not report them. */
async function readCpuFlags(
  { transport }: ServerConnection,
  signal: AbortSignal | undefined,
): Promise<{ readonly flags: string; readonly notes: readonly string[] }> {
  type Telemetry = { app?: { system?: { cpu_flags?: string } } }
  const path = '/telemetry?details_level=1'
  try {
    const telemetry = await transport.requestResult<Telemetry>({ method: 'GET', path, signal })
    return { flags: telemetry.app?.system?.cpu_flags ?? '', notes: [] }
  } catch (error) {
    signal?.throwIfAborted()
    const reason = (error as Error).message
    return { flags: '', notes: [`the server does not report its CPU (${reason}); x86 is assumed`] }
  }
}

function placementNotes({ shards, replicas, active }: ShardPlacement): string[] {
  const notes: string[] = []
  if (active < replicas) {
    notes.push(`${replicas - active} of ${replicas} shard replicas are not active: hits come from the others`)
  }
  if (replicas > shards) {
    notes.push(
      'shards have several replicas: one that lags behind shows as a stale document or a missed point',
    )
  }
  if (shards > 1) {
    notes.push(
      `${shards} shards: each of them rescores its own candidates of a prefetch before they are merged`,
    )
  }
  return notes
}
