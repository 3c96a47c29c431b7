// Decides between gRPC and REST for the upserts of a collection. The connection is made once, when the first points are
// written, and is shared by all upserts of the collection.

import { isError } from '../base/is-a.js'
import type { BatchFormat, BatchSettings } from './batch-format.js'
import { isSince, type Version } from './config/version.js'
import { type GrpcOption, grpcOriginOf } from './grpc/grpc-option.js'
import { isNodeItself } from './wire/stream-body.js'
import type { Transport } from './wire/transport.js'

/** The state of the connection: `reason` says why there is none. */
export interface GrpcState {
  readonly createFormat?: ((settings: BatchSettings) => BatchFormat) | undefined
  readonly reason?: string | undefined
}

export interface GrpcLink {
  /** Milliseconds that an upsert waits for `connect` before it sends its first batches over REST. */
  readonly patience: number
  /** The state so far. */
  readonly state: GrpcState
  /** Connects, once. Resolves when it is known whether gRPC can be used. */
  connect(): Promise<void>
}

/** The first release whose messages have fields for multi-vectors and texts. */
const OLDEST_RELEASE = '1.13.0'

/** A port that was not asked for, and that a firewall may hide, must not delay upserts. */
const AUTO_PATIENCE = 100
const PATIENCE = 20_000

export function createGrpcLink(
  option: GrpcOption,
  transport: Transport,
  name: string,
  version: Version,
): GrpcLink {
  let state: GrpcState = { reason: 'the gRPC port has not answered yet' }
  let connecting: Promise<void> | undefined

  async function connect(): Promise<void> {
    try {
      state = await stateOf(option, transport, name, version)
    } catch (error) {
      state = { reason: isError(error) ? error.message : String(error) }
    }
  }

  return {
    patience: option === 'auto' ? AUTO_PATIENCE : PATIENCE,
    get state() {
      return state
    },
    connect: () => (connecting ??= connect()),
  }
}

async function stateOf(
  option: GrpcOption,
  transport: Transport,
  name: string,
  version: Version,
): Promise<GrpcState> {
  if (option === 'off') return {}
  if (!isNodeItself()) return { reason: 'gRPC is used in Node only' }
  if (!isSince(version, OLDEST_RELEASE)) {
    return { reason: `Qdrant ${version.text} is older than ${OLDEST_RELEASE}` }
  }
  const origin = grpcOriginOf(option, transport.address())
  if (origin === undefined) {
    return {
      reason: 'the port of gRPC is unknown, because the address does not have port 6333; pass grpc: { port }',
    }
  }
  const { connectGrpc } = await import('./grpc/connect-grpc.js')
  return { createFormat: await connectGrpc(transport, name, origin) }
}
