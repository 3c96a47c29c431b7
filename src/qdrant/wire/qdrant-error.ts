// The error of a request that a server refused or did not answer. It contains what a caller can act on, and never a key,
// a header or a request body, even if the server repeats them.

import { printable } from '../../base/printable.js'
import type { Redact } from './secrets.js'

/** Thrown when a Qdrant server refuses a request, does not answer, or returns an unexpected response. */
export class QdrantError extends Error {
  override readonly name = 'QdrantError'
  readonly code = 'ERR_QDRANT'
  /** The HTTP status of a refusal. undefined if there was no response, or an unexpected one. */
  readonly status: number | undefined
  /** The server's error text. undefined if there was none. */
  readonly reason: string | undefined
  readonly method: string
  /** Path of the request, without its query. */
  readonly path: string
  /** How often the request was sent. */
  readonly attempts: number

  constructor(message: string, details: QdrantErrorDetails) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.status = details.status
    this.reason = details.reason
    this.method = details.method
    this.path = details.path
    this.attempts = details.attempts
  }
}

/** The fields of a `QdrantError`. */
export interface QdrantErrorDetails {
  readonly status?: number | undefined
  readonly reason?: string | undefined
  readonly method: string
  readonly path: string
  readonly attempts: number
  readonly cause?: unknown
}

/** Maximum characters of a server's text in an error. */
const MAX_REASON = 1000

/**
 * Reads the error text from the body of a response, without secrets and control characters. If the body is not Qdrant's,
 * returns its beginning.
 */
export function reasonIn(body: string, redact: Redact): string {
  let reason = body.trim()
  try {
    const parsed = JSON.parse(body) as { status?: { error?: unknown } | string; error?: unknown }
    const text = typeof parsed.status === 'object' ? parsed.status?.error : parsed.error
    if (typeof text === 'string') reason = text
  } catch {
    // the page of a proxy or half a response: its beginning is still useful
  }
  // a node of a cluster wraps the error of the node that it asked
  reason = /^[^"]*: code: '[^']*', message: "(.*)"/s.exec(reason)?.[1] ?? reason
  // redacted before it is cut, because half a key would not be found
  reason = printable(redact(reason))
  return reason.length > MAX_REASON ? `${reason.slice(0, MAX_REASON)} ...` : reason
}

const REMEDIES: readonly (readonly [pattern: RegExp, remedy: string])[] = [
  [
    /InferenceService URL not configured/,
    'this server has no inference service; pass "encoder" to embed texts here',
  ],
  [
    /Conversion between sparse and regular vectors failed/,
    'the server took two rows of whole numbers for a sparse vector; send vectors as a multi-vector, not as raw JSON',
  ],
  [/larger than allowed/, 'lower "batchBytes", or raise service.max_request_size_mb on the server'],
  [
    /request larger than rate limiter capacity/,
    "one request costs more than the collection's read_rate_limit allows: shorten the query or raise the limit",
  ],
  [
    /global vector indexing is disabled/,
    'strict mode forbids a direct query of a vector with m: 0; pass "prefetch", to query() and to rerank(), for example a ' +
      'query of a dense vector',
  ],
  [
    /^Wrong input: Collection `.*` already exists!$/,
    "pass ifExists: 'reuse' or 'recreate', or use another name",
  ],
]

/** The end of an error message: what to do about a refusal. Empty if nothing is known. */
export function serverErrorRemedy(status: number, reason: string): string {
  const found = REMEDIES.find(([pattern]) => pattern.test(reason))
  if (found) return `; ${found[1]}`
  if (status === 413)
    return '; lower "batchBytes", or raise the limit of the proxy or server on the size of a request'
  if (status === 401 || status === 403) return '; check the API key of the client'
  return ''
}
