// Turns answers over gRPC into the responses that REST gives: the same status, error text, `retry-after` and result.

import type { GrpcAnswer } from './http2-channel.js'
import { nestedMessages, numberIn } from './message-reader.js'

/** The status of REST for each code of gRPC, as the server maps its errors to both. */
const STATUS_OF_CODE: Readonly<Record<number, number>> = {
  1: 499, // CANCELLED
  3: 400, // INVALID_ARGUMENT
  4: 408, // DEADLINE_EXCEEDED
  5: 404, // NOT_FOUND
  6: 409, // ALREADY_EXISTS
  7: 403, // PERMISSION_DENIED
  8: 429, // RESOURCE_EXHAUSTED
  9: 500, // FAILED_PRECONDITION
  12: 405, // UNIMPLEMENTED
  14: 503, // UNAVAILABLE
  15: 400, // DATA_LOSS
  16: 401, // UNAUTHENTICATED
}
const OTHER_STATUS = 500
/** What servers and proxies answer if a message is larger than they accept. */
const TOO_LARGE = /message.* (too large|larger than)/i
/** Marks an answer of a server whose disk is full. */
const NO_STORAGE = 'qdrant-insufficient-storage'

/**
 * Returns the response of REST that an answer corresponds to.
 *
 * @param readResult reads the `result` of a success from its message
 */
export function responseTo(answer: GrpcAnswer, readResult: (message: Uint8Array) => unknown): Response {
  const { httpStatus, code, message, metadata, body } = answer
  if (code === 0) return json(200, { result: readResult(body), status: 'ok' })
  const headers = new Headers()
  for (const name of ['retry-after', 'location']) {
    if (typeof metadata[name] === 'string') headers.set(name, metadata[name])
  }
  // a response that is not an error may not have a body
  if (code === undefined) {
    return new Response(httpStatus < 400 ? null : (body as BodyInit), { status: httpStatus, headers })
  }
  return json(statusOf(answer, code), { status: { error: message } }, headers)
}

function statusOf({ message, metadata }: GrpcAnswer, code: number): number {
  if (TOO_LARGE.test(message)) return 413
  return NO_STORAGE in metadata ? 507 : (STATUS_OF_CODE[code] ?? OTHER_STATUS)
}

const json = (status: number, value: unknown, headers = new Headers()) =>
  new Response(JSON.stringify(value), { status, headers })

/** `UpdateStatus`. */
const UPDATE_STATUS = ['unknown', 'acknowledged', 'completed', 'clock_rejected', 'wait_timeout']

/** Reads a `PointsOperationResponse`. */
export function readUpdateResult(message: Uint8Array): { readonly status: string | undefined } {
  const [result] = nestedMessages(message, 1)
  return { status: result && UPDATE_STATUS[Number(numberIn(result, 2))] }
}

/** The peers of a collection: the server itself, and those with shards. */
export interface ClusterInfo {
  readonly peer_id: number | bigint
  readonly remote_shards: readonly { readonly peer_id: number | bigint }[]
}

/** Reads a `CollectionClusterInfoResponse`. */
export const readClusterInfo = (message: Uint8Array): ClusterInfo => ({
  peer_id: numberIn(message, 1),
  remote_shards: nestedMessages(message, 4).map(shard => ({ peer_id: numberIn(shard, 2) })),
})
