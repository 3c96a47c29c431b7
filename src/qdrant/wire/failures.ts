// The errors of requests that failed: the server refused one, redirected it, or sent no response. Each says what was sent,
// why it failed and what to do, and whether it may be sent again.

import { printable } from '../../base/printable.js'
import type { Address } from './address.js'
import type { Carrier } from './carrier.js'
import { QdrantError, reasonIn, serverErrorRemedy } from './qdrant-error.js'
import { isRefusedConnection, isRefusedPool, isTemporary, isUntrusted, pauseAfter } from './retry.js'
import { redactedError } from './secrets.js'

/** The request that failed. */
interface FailedRequest {
  readonly method: string
  readonly path: string
  /** What sent it in place of `fetch`. */
  readonly carrier?: Pick<Carrier, 'protocol' | 'origin'> | undefined
}

/** The attempt that failed. */
interface FailedAttempt {
  readonly address: Address
  /** 1 for the first attempt. */
  readonly attempt: number
}

/** How an attempt failed. */
export interface Failure {
  readonly error: QdrantError
  /** The error's text without its remedy. */
  readonly reason: string
  /** Minimum milliseconds until the next attempt. undefined if the failure is permanent. */
  readonly pause: number | undefined
}

/** Removes the query string of a path. */
export const withoutQuery = (path: string): string => path.split('?')[0]!

/** Names a request in a message. */
const nameOf = ({ method, path, carrier }: FailedRequest): string =>
  `${method} ${withoutQuery(path)}${carrier ? ` over ${carrier.protocol}` : ''}`

/** The failure of a request that the server refused. */
export function refusalOf(
  request: FailedRequest,
  { address, attempt }: FailedAttempt,
  response: Response,
  bytes: Uint8Array,
): Failure {
  const { status } = response
  const details = { method: request.method, path: withoutQuery(request.path), attempts: attempt }
  const reason = reasonIn(new TextDecoder().decode(bytes.subarray(0, 65_536)), address.redact)
  const statusText = printable(address.redact(response.statusText))
  const message = `${nameOf(request)} answered ${status}: ${reason || statusText}`
  const remedy = status === 404 && request.path === '/' ? PREFIX_REMEDY : serverErrorRemedy(status, reason)
  const error = new QdrantError(`${message}${remedy}${sentTimes(attempt)}`, {
    ...details,
    status,
    reason,
  })
  return { error, reason: `${message}${sentTimes(attempt)}`, pause: pauseAfter(response, reason) }
}

/** Qdrant answers `GET /`, so something else is at this address. */
const PREFIX_REMEDY =
  '; this is not the address of Qdrant: a QdrantClient drops the path of its "url", so pass it as "prefix", or pass { url, apiKey }'

/** Browsers hide the status of a redirect. */
export const isRedirect = ({ status, type }: Response) =>
  type === 'opaqueredirect' || (status >= 300 && status < 400)

/** The failure of a request that the server redirected. */
export function redirectOf(
  request: FailedRequest,
  { address, attempt }: FailedAttempt,
  { status, headers }: Response,
): Failure {
  const details = {
    method: request.method,
    path: withoutQuery(request.path),
    attempts: attempt,
    status: status || undefined,
  }
  const location = headers.get('location')
  const target =
    location !== null && URL.canParse(location, address.origin)
      ? ` to ${printable(address.redact(new URL(location, address.origin).origin))}`
      : ''
  const reason = `${nameOf(request)} answered ${status || 'with a redirect'}: a redirect${target}`
  const remedy =
    'redirects are not followed, because they would receive the API key; use the address of the server itself'
  return { error: new QdrantError(`${reason}; ${remedy}`, details), reason, pause: undefined }
}

/** The failure of a request without a response: the time is over, or the network failed. */
export function noResponse(
  request: FailedRequest,
  { address, attempt }: FailedAttempt,
  cause: unknown,
  why: string,
): Failure {
  const details = {
    method: request.method,
    path: withoutQuery(request.path),
    attempts: attempt,
    cause: redactedError(cause, address.redact),
  }
  const reason = `${nameOf(request)} got no response${why}${sentTimes(attempt)}`
  const isTimeout = why.startsWith(' within')
  const remedy = connectionRemedy(cause, request.carrier ?? address)
  const error = new QdrantError(`${reason}${remedy}`, details)
  return { error, reason, pause: isTimeout || isTemporary(cause) ? 0 : undefined }
}

/** What to do about a connection that failed; empty if nothing is known. */
function connectionRemedy(cause: unknown, { origin }: Pick<Address, 'origin'>): string {
  if (isUntrusted(cause)) {
    return '; the certificate of the server is not trusted: set NODE_EXTRA_CA_CERTS to the file of its authority'
  }
  if (isRefusedPool(cause)) {
    return '; this client does not work on this version of Node: install @qdrant/js-client-rest 1.19 or later, or pass { url, apiKey }'
  }
  if (!isRefusedConnection(cause)) return ''
  return `; is a Qdrant server running at ${origin}?`
}

const sentTimes = (attempt: number) => (attempt > 1 ? ` (sent ${attempt} times)` : '')
