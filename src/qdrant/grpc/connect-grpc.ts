// Finds out whether a server's gRPC port can be used: it answers, accepts the key, and belongs to the same server.

import type { BatchFormat, BatchSettings } from '../batch-format.js'
import { collectionPath } from '../wire/paths.js'
import type { Transport } from '../wire/transport.js'
import { createGrpcCarriers } from './grpc-carrier.js'
import type { ClusterInfo } from './grpc-response.js'
import { createChannel } from './http2-channel.js'
import { createMessageFormat } from './message-format.js'

/** Milliseconds until the server must have answered. */
const TIME_LIMIT = 10_000

/**
 * Connects to a server over gRPC.
 *
 * @returns what creates the format of an upsert
 * @throws Error whose message is the reason why gRPC cannot be used
 */
export async function connectGrpc(
  transport: Transport,
  name: string,
  origin: string,
): Promise<(settings: BatchSettings) => BatchFormat> {
  const channel = await createChannel(origin)
  if (!channel) throw new Error('this engine has no node:http2')
  const signal = AbortSignal.timeout(TIME_LIMIT)
  const request = {
    method: 'GET',
    path: `${collectionPath(name)}/cluster`,
    retries: 0,
    isBackground: true,
    signal,
  } as const
  try {
    const info = await transport.requestResult<ClusterInfo>(
      request,
      ({ peer_id, remote_shards }) => peer_id !== undefined && Array.isArray(remote_shards),
    )
    const carriers = createGrpcCarriers(channel, origin, name, info)
    await transport.requestResult({ ...request, carrier: carriers.check })
    return settings => createMessageFormat(settings, carriers[settings.call])
  } catch (error) {
    throw signal.aborted ? new Error(`no answer over gRPC within ${TIME_LIMIT} ms`) : error
  }
}
