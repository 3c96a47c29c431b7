// One way to send: a request as bytes, with a time limit, a signal, and bounded retries that are counted; an answer as
// bytes. Knows HTTP and Qdrant's status codes (408, 429 with Retry-After, 503, 507), not what is in the bodies.

import { sleep } from '../../base/sleep.js'
import type { CallCost } from '../../collection/collection.js'
import { type Address, addressOf, type QdrantServer } from './address.js'
import { QdrantError, reasonIn, remedyFor } from './qdrant-error.js'
import { backoff, isPassing, networkReason, pauseAfter } from './retry.js'
import { bodyInit, compress } from './stream-body.js'

export interface TransportOptions {
  /**
   * Milliseconds until a call has its answer or an error, all its tries together. Left out: 60,000. Only in a load does
   * each try have as long for itself.
   */
  readonly timeout?: number | undefined
  /** How often a request is sent again after what may pass: no connection, 408, 429, 502 to 504, 507. Left out: 4. */
  readonly retries?: number | undefined
  /**
   * Asks the server to compress its answers. Left out: no, because compressing 19 MB of vectors takes it twice as long
   * as sending them over a fast line (19 MB on loopback: 540 ms compressed, 160 ms plain). Worth it over slow ones.
   */
  readonly compressed?: boolean | undefined
  /** Called whenever any request is sent again, with the reason. Loads count their own in their report too. */
  readonly onRetry?: ((reason: string) => void) | undefined
}

export interface SentRequest {
  readonly method: 'GET' | 'PUT' | 'POST' | 'PATCH' | 'DELETE'
  /** Below the base URL, its parts escaped already. */
  readonly path: string
  /** JSON. Bytes are not copied: they must stay as they are until the call is over. */
  readonly body?: string | Uint8Array | undefined
  readonly gzip?: boolean | undefined
  /** Part of a load: each try has the whole time limit. */
  readonly patient?: boolean | undefined
  readonly signal?: AbortSignal | undefined
  /** Called before the request is sent again. */
  readonly onRetry?: ((reason: string) => void) | undefined
  readonly onCost?: ((cost: CallCost) => void) | undefined
}

export interface Transport {
  /** The answer's body; an error if its status is not a success. */
  send(request: SentRequest): Promise<Uint8Array>
  /** The `result` in the answer, parsed by JSON.parse: for answers without vectors. `isRight` says what it must have. */
  ask<T>(request: SentRequest, isRight?: (result: T) => boolean): Promise<T>
}

/** What of a failed attempt is worth another one, and when. */
interface Failure {
  readonly error: QdrantError
  /** Milliseconds to wait at least; undefined: it is final. */
  readonly pause: number | undefined
}

export function createTransport(server: QdrantServer, options: TransportOptions = {}): Transport {
  const address = addressOf(server)
  const timeout = checkCount(options.timeout ?? 60_000, 'timeout', 'milliseconds')
  const retries = checkCount(options.retries ?? 4, 'retries', 'attempts')
  const encoding = options.compressed ? 'gzip' : 'identity'

  async function send(request: SentRequest): Promise<Uint8Array> {
    const body = request.gzip && request.body !== undefined ? await compress(request.body) : request.body
    const started = performance.now()
    const left = () => (request.patient ? timeout : timeout - (performance.now() - started))
    for (let attempt = 1; ; attempt++) {
      const outcome = await attemptOnce(address, request, body, { timeout, left: left(), encoding, attempt })
      if (outcome instanceof Uint8Array) return outcome
      const pause = Math.max(outcome.pause ?? 0, backoff(attempt))
      if (outcome.pause === undefined || attempt > retries || pause >= left()) throw outcome.error
      request.onRetry?.(outcome.error.message)
      options.onRetry?.(outcome.error.message)
      await sleep(pause, request.signal)
    }
  }

  return {
    send,
    async ask<T>(request: SentRequest, isRight?: (result: T) => boolean): Promise<T> {
      return resultOf(await send(request), request, decodeJson, isRight)
    },
  }
}

const decodeJson = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes))

/**
 * The `result` in an answer, as `decode` reads it.
 *
 * @throws QdrantError if it is no JSON, has no `result`, or `isRight` says that it is not right: a proxy answered, or a
 * server of another kind
 */
export function resultOf<T>(
  bytes: Uint8Array,
  { method, path }: Pick<SentRequest, 'method' | 'path'>,
  decode: (bytes: Uint8Array) => unknown,
  isRight: (result: T) => boolean = () => true,
): T {
  const refuse = (what: string, cause?: unknown) => {
    const told = { method, path: path.split('?')[0]!, attempts: 1, cause }
    return new QdrantError(`${method} ${told.path} answered with ${what}: ${excerptOf(bytes)}`, told)
  }
  let answer: unknown
  try {
    answer = decode(bytes)
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause
    throw refuse('what is no JSON', cause)
  }
  const result = (answer as { result?: T | null } | null)?.result
  if (result === undefined || result === null || !isRight(result)) {
    throw refuse('what is no answer of Qdrant to this')
  }
  return result
}

/** What an answer is, for an error: all of it, or its beginning and its end, where a cut shows. */
function excerptOf(bytes: Uint8Array): string {
  const text = (part: Uint8Array) => JSON.stringify(new TextDecoder().decode(part))
  return bytes.length <= 100 ? text(bytes) : `${text(bytes.subarray(0, 60))} ... ${text(bytes.subarray(-40))}`
}

function checkCount(value: number, path: string, unit: string): number {
  if (typeof value !== 'number' || !(value >= 0)) {
    throw new RangeError(`"${path}" expected a number of ${unit}, at least 0, got ${String(value)}`)
  }
  return value
}

async function attemptOnce(
  { base, init }: Address,
  request: SentRequest,
  body: string | Uint8Array | undefined,
  { timeout, left, encoding, attempt }: { timeout: number; left: number; encoding: string; attempt: number },
): Promise<Uint8Array | Failure> {
  const { method, path, gzip, signal, onCost } = request
  signal?.throwIfAborted()
  const started = performance.now()
  const headers = new Headers(init.headers)
  headers.set('accept-encoding', encoding)
  if (body !== undefined) headers.set('content-type', 'application/json')
  if (gzip && body !== undefined) headers.set('content-encoding', 'gzip')
  const limit = deadline(left, signal)
  const told = { method, path: path.split('?')[0]!, attempts: attempt }
  const name = `${method} ${told.path}`
  try {
    const content = body === undefined ? {} : bodyInit(body, headers)
    const response = await fetch(`${base}${path}`, {
      ...init,
      ...content,
      method,
      headers,
      signal: limit.signal,
    })
    const bytes = new Uint8Array(await response.arrayBuffer())
    if (response.ok) {
      onCost?.({
        seconds: (performance.now() - started) / 1000,
        serverSeconds: serverSeconds(bytes),
        bytesSent: typeof body === 'string' ? new TextEncoder().encode(body).length : (body?.length ?? 0),
        bytesReceived: bytes.length,
        retries: attempt - 1,
      })
      return bytes
    }
    const reason = reasonIn(new TextDecoder().decode(bytes.subarray(0, 65_536)))
    const error = new QdrantError(
      `${name} answered ${response.status}: ${reason || response.statusText}${remedyFor(response.status, reason)}${times(attempt)}`,
      { ...told, status: response.status, reason },
    )
    return { error, pause: pauseAfter(response, reason) }
  } catch (cause) {
    if (signal?.aborted) throw signal.reason
    if (limit.expired()) {
      const error = new QdrantError(`${name} got no answer within ${timeout} ms${times(attempt)}`, {
        ...told,
        cause,
      })
      return { error, pause: 0 }
    }
    const error = new QdrantError(`${name} got no answer: ${networkReason(cause)}${times(attempt)}`, {
      ...told,
      cause,
    })
    return { error, pause: isPassing(cause) ? 0 : undefined }
  } finally {
    limit.clear()
  }
}

const times = (attempt: number) => (attempt > 1 ? ` (sent ${attempt} times)` : '')

/** The `time` at the end of an answer, without parsing what may be megabytes. */
function serverSeconds(bytes: Uint8Array): number | undefined {
  const end = new TextDecoder().decode(bytes.subarray(-200))
  const found = /"time":([\d.eE+-]+)\}\s*$/.exec(end)
  return found ? Number(found[1]) : undefined
}

interface Deadline {
  readonly signal: AbortSignal
  expired(): boolean
  clear(): void
}

function deadline(timeout: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController()
  let expired = false
  const forward = () => controller.abort(outer?.reason)
  const timer = Number.isFinite(timeout)
    ? setTimeout(() => {
        expired = true
        controller.abort()
      }, timeout)
    : undefined
  outer?.addEventListener('abort', forward, { once: true })
  return {
    signal: controller.signal,
    expired: () => expired,
    clear() {
      clearTimeout(timer)
      outer?.removeEventListener('abort', forward)
    },
  }
}
