// Which failures are temporary, and how long to wait before the next attempt.

import { isError } from '../../base/is-a.js'

const MAX_PAUSE = 30_000
const FIRST_PAUSE = 100

const TEMPORARY_STATUS = new Set([408, 429, 502, 503, 504, 507])
/** A cluster answers 500 while it elects a leader or a peer is gone. A panic or a missing service is permanent. */
const TEMPORARY_REASON =
  /transport error|channel closed|timeout|timed out|consensus|unavailable|connection|0 of 0 read operations/i

/** Milliseconds to wait after a response, at least. undefined if the failure is permanent. */
export function pauseAfter(response: Response, reason: string): number | undefined {
  const { status } = response
  if (/larger than rate limiter capacity/.test(reason)) return undefined
  if (!TEMPORARY_STATUS.has(status) && !(status === 500 && TEMPORARY_REASON.test(reason))) return undefined
  const retryAfter = response.headers.get('retry-after')
  if (retryAfter === null) return status === 507 ? 1000 : 0
  const seconds = /^\d+$/.test(retryAfter) ? Number(retryAfter) : (Date.parse(retryAfter) - Date.now()) / 1000
  return Number.isFinite(seconds) ? Math.min(MAX_PAUSE, Math.max(0, 1000 * seconds)) : 0
}

/** The `code` of an error of the network, which Node puts into a cause. */
function networkCode(error: unknown): { readonly code: string; readonly message: string } | undefined {
  for (let cause = error; isError(cause); cause = cause.cause) {
    if ('code' in cause && typeof cause.code === 'string') return { code: cause.code, message: cause.message }
  }
  return undefined
}

/** The reason behind `fetch failed`: the code and message of its innermost cause. */
export function networkReason(error: unknown): string {
  const found = networkCode(error)
  if (found) {
    const { code, message } = found
    return message.includes(code) ? message : `${code} ${message}`.trim()
  }
  let reason = String(error)
  for (let cause = error; isError(cause); cause = cause.cause) reason = cause.message
  return reason
}

/** Whether nothing listens at the address, or the host name is unknown. */
export const isRefusedConnection = (error: unknown): boolean =>
  /^(ECONNREFUSED|ENOTFOUND)$/.test(networkCode(error)?.code ?? '')

/** Whether this engine's `fetch` refuses the connection pool of the client: Node 26 those of js-client-rest before 1.19. */
export const isRefusedPool = (error: unknown): boolean => networkCode(error)?.code === 'UND_ERR_INVALID_ARG'

/** Whether the certificate of the server is not trusted. */
export const isUntrusted = (error: unknown): boolean =>
  /SELF_SIGNED|UNABLE_TO_(GET|VERIFY)|CERT_UNTRUSTED/.test(networkCode(error)?.code ?? '')

const TEMPORARY_CODES =
  /^(ECONN|EPIPE|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EAI_AGAIN|UND_ERR_(SOCKET|CONNECT|HEADERS|BODY|RES)|ERR_HTTP2_(SESSION|STREAM|GOAWAY|INVALID_(SESSION|STREAM)))/

/** Whether another attempt may succeed: after a closed connection, but not after an unknown host or a bad certificate. */
export function isTemporary(error: unknown): boolean {
  if (isError(error) && error.name === 'TimeoutError') return true
  const found = networkCode(error)
  if (found) return TEMPORARY_CODES.test(found.code)
  // browsers give no reason; Node gives one for permanent failures, such as a refused redirect
  return isError(error) && error.name === 'TypeError' && error.cause === undefined
}

/** Milliseconds before the next attempt: doubled each time, with jitter, so that clients do not retry in step. */
export function backoff(attempt: number): number {
  return Math.min(MAX_PAUSE, FIRST_PAUSE * 2 ** (attempt - 1)) * (0.5 + Math.random() / 2)
}
