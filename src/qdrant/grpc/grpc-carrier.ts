// Sends upserts and updates of vectors over gRPC. Each connection is checked before points are sent: the server must be a
// peer of the cluster that answers over REST, so that no points reach another server.

import { unlessAborted } from '../../base/unless-aborted.js'
import type { LoadCall } from '../../collection/upsert-options.js'
import type { CarriedRequest, Carrier } from '../wire/carrier.js'
import { PUBLIC_HEADERS } from '../wire/secrets.js'
import { type ClusterInfo, readClusterInfo, readUpdateResult, responseTo } from './grpc-response.js'
import type { Channel } from './http2-channel.js'
import { createMessageWriter } from './message-writer.js'

const PATHS = { upsert: '/qdrant.Points/Upsert', updateVectors: '/qdrant.Points/UpdateVectors' } as const
const CLUSTER_INFO = '/qdrant.Collections/CollectionClusterInfo'

export interface GrpcCarriers extends Readonly<Record<LoadCall, Carrier>> {
  /** Connects and checks the server. */
  readonly check: Carrier
}

/**
 * Creates the carriers of a collection.
 *
 * @param origin the address of the channel
 * @param info what the server answered over REST
 */
export function createGrpcCarriers(
  channel: Channel,
  origin: string,
  name: string,
  info: ClusterInfo,
): GrpcCarriers {
  const peers = peersIn(info)
  let connecting: Promise<Response | undefined> | undefined

  /** Connects. Returns undefined if the server is the right one, or its refusal. Nothing else leaves a connection open. */
  async function connect(headers: Headers, isBackground: boolean): Promise<Response | undefined> {
    await channel.open(isBackground)
    try {
      const refusal = await checkServer(headers, isBackground)
      if (refusal) channel.close()
      return refusal
    } catch (error) {
      channel.close()
      throw error
    }
  }

  async function checkServer(headers: Headers, isBackground: boolean): Promise<Response | undefined> {
    const message = createMessageWriter(64)
    message.string(1, name)
    const answer = await channel.call({
      path: CLUSTER_INFO,
      message: message.view(),
      metadata: metadataOf(headers),
      signal: AbortSignal.timeout(CHECK_TIME),
      isBackground,
    })
    if (answer.code !== 0) return responseTo(answer, () => undefined)
    if (!peersIn(readClusterInfo(answer.body)).some(peer => peers.includes(peer))) {
      throw new Error(`the server at ${origin} is not the one that answers over REST`)
    }
    return undefined
  }

  /** Connects if there is no connection. Calls at the same time share one. */
  async function ensureConnected(
    { headers, signal }: CarriedRequest,
    isBackground: boolean,
  ): Promise<Response | undefined> {
    if (connecting === undefined && channel.isOpen()) return undefined
    connecting ??= connect(headers, isBackground).finally(() => {
      connecting = undefined
    })
    return unlessAborted(connecting, signal)
  }

  const carrier = (send: Carrier['send']): Carrier => ({ protocol: 'gRPC', origin, send })
  const loader = (call: LoadCall) =>
    carrier(async request => {
      const refusal = await ensureConnected(request, false)
      if (refusal) return refusal
      const answer = await channel.call({
        path: PATHS[call],
        message: request.body,
        isCompressed: request.headers.get('content-encoding') === 'gzip',
        metadata: metadataOf(request.headers),
        signal: request.signal,
      })
      return responseTo(answer, readUpdateResult)
    })

  return {
    check: carrier(
      async request => (await ensureConnected(request, true)) ?? Response.json({ result: true }),
    ),
    upsert: loader('upsert'),
    updateVectors: loader('updateVectors'),
  }
}

/** Milliseconds until a server has answered who it is. */
const CHECK_TIME = 10_000

const peersIn = ({ peer_id, remote_shards }: ClusterInfo): string[] =>
  [peer_id, ...remote_shards.map(shard => shard.peer_id)].map(String)

/** The user's headers, among them the API key. Those of HTTP belong to `fetch`. */
const metadataOf = (headers: Headers): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => !PUBLIC_HEADERS.has(name)))
