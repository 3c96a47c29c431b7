// Sends requests to a Qdrant server: with a time limit, an AbortSignal, and a limited number of retries, which are counted.
// Handles HTTP and Qdrant's status codes (408, 429 with Retry-After, 503, 507), but not the contents of bodies.

import { parseExactJson } from '../../base/exact-json.js'
import { printable } from '../../base/printable.js'
import { sleep } from '../../base/sleep.js'
import type { CallCost } from '../../collection/collection.js'
import { type Address, addressOf, type QdrantServer } from './address.js'
import type { Carrier } from './carrier.js'
import { startDeadline } from './deadline.js'
import { type Failure, isRedirect, noResponse, redirectOf, refusalOf, withoutQuery } from './failures.js'
import { QdrantError } from './qdrant-error.js'
import { backoff, networkReason } from './retry.js'
import type { Redact } from './secrets.js'
import { bodyInit, compress } from './stream-body.js'

/** How requests to the server are sent. */
export interface TransportOptions {
  /**
   * Milliseconds until a call has its response or rejects, retries included. In `upsert`, each attempt of a request has this
   * time. Default: 60,000.
   */
  readonly timeout?: number | undefined
  /**
   * How often a request is sent again after a temporary failure: no connection, 408, 429, 502 to 504, 507. Default: 4.
   */
  readonly retries?: number | undefined
  /**
   * Asks the server to compress its responses. Default: false, because the server needs longer to compress vectors than a
   * fast network needs to send them (19 MB on loopback: 540 ms compressed, 160 ms plain). Use it on slow networks.
   */
  readonly compressed?: boolean | undefined
  /** Called before a request is sent again, with the reason. `UpsertReport.retries` counts these calls of an upsert. */
  readonly onRetry?: ((reason: string) => void) | undefined
}

/** The names of `TransportOptions`, for the checks of functions that take them. */
export const TRANSPORT_OPTIONS = [
  'timeout',
  'retries',
  'compressed',
  'onRetry',
] as const satisfies readonly (keyof TransportOptions)[]

export interface ServerRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** Path and query below the base URL, escaped. */
  readonly path: string
  /** JSON. Bytes are not copied: they must not change until the call is over. */
  readonly body?: string | Uint8Array | undefined
  /** Whether the body is compressed. */
  readonly gzip?: boolean | undefined
  /** Whether each attempt has the whole time limit, and not all attempts together. */
  readonly timeoutPerAttempt?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** How often the request is sent again. Default: the option of the transport. */
  readonly retries?: number | undefined
  /** Whether the process may end before the response is there. */
  readonly isBackground?: boolean | undefined
  /** Sends the request in place of `fetch`. */
  readonly carrier?: Carrier | undefined
  /** Called before the request is sent again. */
  readonly onRetry?: ((reason: string) => void) | undefined
  readonly onCost?: ((cost: CallCost) => void) | undefined
}

export interface Transport {
  /**
   * Returns the body of the response.
   *
   * @throws QdrantError if its status is not a success, or there is no response
   */
  send(request: ServerRequest): Promise<Uint8Array>
  /**
   * Returns the `result` of the response, with integers beyond 2^53 as bigints: for responses without vectors.
   *
   * @param isValid whether a result has the expected shape
   * @throws QdrantError as `send` does, and if the response is not valid JSON or has no valid result
   */
  requestResult<T>(request: ServerRequest, isValid?: (result: T) => boolean): Promise<T>
  /** Removes keys and tokens from a text of the server. */
  readonly redact: Redact
  /** Returns the base URL. It may contain a token, so it is not printed, and a function, so that `inspect` does not either. */
  address(): string
}

/** State of an attempt, beside the request. */
interface Attempt {
  readonly address: Address
  /** The request's body, compressed if it asks for that. */
  readonly body: string | Uint8Array | undefined
  readonly encoding: 'gzip' | 'identity'
  /** The time limit of the call, for error messages. */
  readonly timeout: number
  /** Milliseconds that this attempt has. */
  readonly timeLeft: number
  /** 1 for the first attempt. */
  readonly attempt: number
}

/**
 * Creates a transport to a server.
 *
 * @throws TypeError if `server` is neither a client nor an address
 * @throws TypeError or RangeError if an option is wrong
 */
export function createTransport(server: QdrantServer, options: TransportOptions = {}): Transport {
  const address = addressOf(server)
  const timeout = checkCount(options.timeout ?? 60_000, 'timeout', 'milliseconds')
  const retries = checkCount(options.retries ?? 4, 'retries', 'attempts')
  const encoding = options.compressed ? 'gzip' : 'identity'

  async function send(request: ServerRequest): Promise<Uint8Array> {
    const { signal, timeoutPerAttempt } = request
    const body = request.gzip && request.body !== undefined ? await compress(request.body) : request.body
    const started = performance.now()
    const timeLeft = () => (timeoutPerAttempt ? timeout : timeout - (performance.now() - started))
    for (let attempt = 1; ; attempt++) {
      const state = { address, body, encoding, timeout, timeLeft: timeLeft(), attempt } as const
      const outcome = await sendOnce(request, state)
      if (outcome instanceof Uint8Array) return outcome
      const pause = Math.max(outcome.pause ?? 0, backoff(attempt))
      if (outcome.pause === undefined || attempt > (request.retries ?? retries) || pause >= timeLeft())
        throw outcome.error
      request.onRetry?.(outcome.reason)
      options.onRetry?.(outcome.reason)
      await sleep(pause, signal)
    }
  }

  const { redact } = address
  return {
    send,
    redact,
    address: () => address.base,
    async requestResult<T>(request: ServerRequest, isValid?: (result: T) => boolean): Promise<T> {
      return resultOf(await send(request), { ...request, redact }, decodeJson, isValid)
    },
  }
}

function checkCount(value: number, path: string, unit: string): number {
  if (typeof value !== 'number' || !(value >= 0)) {
    throw new RangeError(`"${path}" expected a number of ${unit}, at least 0, got ${String(value)}`)
  }
  return value
}

const decodeJson = (bytes: Uint8Array): unknown => parseExactJson(new TextDecoder().decode(bytes))

/**
 * Returns the `result` of a response that `decode` reads.
 *
 * @throws QdrantError if the response is not valid JSON, has no `result`, or has one that is not valid: a proxy or another
 *   kind of server sent it
 */
export function resultOf<T>(
  bytes: Uint8Array,
  { method, path, redact }: Pick<ServerRequest, 'method' | 'path'> & { readonly redact: Redact },
  decode: (bytes: Uint8Array) => unknown,
  isValid: (result: T) => boolean = () => true,
): T {
  const refuse = (what: string) => {
    const details = { method, path: withoutQuery(path), attempts: 1 }
    return new QdrantError(
      `${method} ${details.path}: the server returned ${what}: ${excerptOf(bytes, redact)}`,
      details,
    )
  }
  let response: unknown
  try {
    response = decode(bytes)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    // the engine's own error is not the cause: it quotes the response
    throw refuse('invalid JSON')
  }
  const result = (response as { result?: T | null } | null)?.result
  if (result === undefined || result === null || !isValid(result)) throw refuse('an unexpected response')
  return result
}

/** Bytes that are searched for secrets before they are cut to an excerpt. */
const SEARCHED = 8192

/** A response in an error: all of it, or its beginning and its end, which shows whether it was cut off. */
export function excerptOf(bytes: Uint8Array, redact: Redact): string {
  const textOf = (part: Uint8Array) => redact(new TextDecoder().decode(part))
  const quote = (text: string) => printable(JSON.stringify(text))
  if (bytes.length <= 100) return quote(textOf(bytes))
  const [start, end] = [textOf(bytes.subarray(0, SEARCHED)), textOf(bytes.subarray(-SEARCHED))]
  return `${quote(start.slice(0, 60))} ... ${quote(end.slice(-40))}`
}

/** Sends a request once. Returns the body of the response, or the failure. */
async function sendOnce(request: ServerRequest, attempt: Attempt): Promise<Uint8Array | Failure> {
  const { address, body, timeLeft } = attempt
  const { signal } = request
  signal?.throwIfAborted()
  const started = performance.now()
  const headers = headersFor(request, attempt)
  const deadline = startDeadline(timeLeft, signal, request.isBackground)
  try {
    const response = await fetchOnce(request, attempt, headers, deadline.signal)
    if (isRedirect(response)) return redirectOf(request, attempt, response)
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (!response.ok) return refusalOf(request, attempt, response, bytes)
    request.onCost?.(costOf(bytes, body, started, attempt.attempt))
    return bytes
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    return deadline.expired()
      ? noResponse(request, attempt, cause, ` within ${attempt.timeout} ms`)
      : noResponse(request, attempt, cause, `: ${printable(address.redact(networkReason(cause)))}`)
  } finally {
    deadline.clear()
  }
}

function fetchOnce(
  { method, path, carrier }: ServerRequest,
  { address, body }: Attempt,
  headers: Headers,
  signal: AbortSignal,
): Promise<Response> {
  if (carrier) return carrier.send({ headers, body: body as Uint8Array, signal })
  return fetch(`${address.base}${path}`, {
    ...address.init,
    ...(body !== undefined && bodyInit(body, headers)),
    method,
    headers,
    // a redirect would carry the API key to another server
    redirect: 'manual',
    signal,
  })
}

function headersFor({ gzip }: ServerRequest, { address, body, encoding }: Attempt): Headers {
  const headers = new Headers(address.init.headers)
  headers.set('accept-encoding', encoding)
  if (body !== undefined) headers.set('content-type', 'application/json')
  if (gzip && body !== undefined) headers.set('content-encoding', 'gzip')
  return headers
}

function costOf(
  bytes: Uint8Array,
  body: string | Uint8Array | undefined,
  started: number,
  attempt: number,
): CallCost {
  return {
    seconds: (performance.now() - started) / 1000,
    serverSeconds: serverSeconds(bytes),
    bytesSent: typeof body === 'string' ? new TextEncoder().encode(body).length : (body?.length ?? 0),
    bytesReceived: bytes.length,
    retries: attempt - 1,
  }
}

/** Reads the `time` at the end of a response, which may be megabytes long, without parsing it. */
function serverSeconds(bytes: Uint8Array): number | undefined {
  const end = new TextDecoder().decode(bytes.subarray(-200))
  const found = /"time":([\d.eE+-]+)\}\s*$/.exec(end)
  return found ? Number(found[1]) : undefined
}
