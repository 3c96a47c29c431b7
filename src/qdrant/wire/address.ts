// The address of a server, read from the user's own client: base URL, headers (among them the API key) and connection
// pool. The rest of the adapter uses only the address. What is read here is never printed.

import { isA } from '../../base/is-a.js'
import { typeName } from '../../base/type-name.js'
import { createRedactor, type Redact } from './secrets.js'

/** The address of a server, for programs that do not use `@qdrant/js-client-rest`. */
export interface ServerAddress {
  /**
   * For example `http://127.0.0.1:6333`, with a path prefix if the server has one. Without a port: 6333, as in all clients
   * of Qdrant. For a proxy on the scheme's own port, write `:80` or `:443`.
   */
  readonly url: string
  /** Sent as the header `api-key`. */
  readonly apiKey?: string | undefined
  /** Additional headers of every request. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/**
 * A `QdrantClient` of `@qdrant/js-client-rest`: the only method that is used. The package's own type is not imported, so
 * that the types of this library need no other package.
 */
export interface QdrantRestClient {
  /** Returns the client's low-level API. */
  api(): {
    /** Requests `GET /`. */
    root(request: Record<string, never>): Promise<unknown>
  }
}

/** A client of `@qdrant/js-client-rest`, or the address of a server. */
export type QdrantServer = QdrantRestClient | ServerAddress

/** The port that Qdrant listens on. */
const DEFAULT_PORT = 6333

export interface Address {
  /** Base URL without a slash at its end. */
  readonly base: string
  /** Scheme, host and port, without a path that may contain a token: for messages. */
  readonly origin: string
  /** Headers of every request, and the client's connection pool if it has one. */
  readonly init: RequestInit
  /** Removes keys and tokens from a text of a server. */
  readonly redact: Redact
}

const isClient = (server: QdrantServer): server is QdrantRestClient =>
  'api' in server && typeof server.api === 'function'

/**
 * Returns the address of a client or server.
 *
 * @throws TypeError if `server` is neither a client nor an address, or its URL is not valid
 */
export function addressOf(server: QdrantServer): Address {
  if (typeof server !== 'object' || server === null) {
    throw new TypeError(`"client" expected a QdrantClient or { url, apiKey }, got ${typeName(server)}`)
  }
  if (isClient(server)) return addressOfClient(server)
  const { url, apiKey, headers } = server
  if (typeof url !== 'string' || !/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new TypeError('"client" expected a QdrantClient, or { url } that starts with http:// or https://')
  }
  const parsed = new URL(url)
  if (parsed.username !== '' || parsed.password !== '') {
    throw new TypeError(
      '"client.url" expected a URL without user and password; pass { url, apiKey } or { url, headers }',
    )
  }
  if (parsed.search !== '' || parsed.hash !== '') {
    throw new TypeError(
      '"client.url" expected a URL without a query and a fragment; pass a token as { url, apiKey } or { url, headers }',
    )
  }
  const init = new Headers()
  for (const [name, value] of headerEntries(headers)) setHeader(init, name, value, `client.headers.${name}`)
  if (apiKey !== undefined && apiKey !== '') setHeader(init, 'api-key', apiKey, 'client.apiKey')
  return createAddress(`${originOf(url)}${parsed.pathname}`, { headers: init })
}

/** The origin of a URL, with Qdrant's port if none is given. */
export function originOf(url: string): string {
  const { origin, protocol, hostname, port } = new URL(url)
  // the port of the scheme, which is written in the text only
  const hasPort = port !== '' || /^[^/]*\/\/[^/?#]*:\d+(?:[/?#]|$)/.test(url)
  return hasPort ? origin : `${protocol}//${hostname}:${DEFAULT_PORT}`
}

function createAddress(url: string, init: RequestInit): Address {
  const { origin, pathname } = new URL(url)
  const redact = createRedactor(new Headers(init.headers), pathname)
  return { base: url.replace(/\/+$/, ''), origin, init, redact }
}

const headerEntries = (headers: ServerAddress['headers']): Iterable<readonly [string, string]> =>
  isA(headers, 'Headers') ? headers : Object.entries(headers ?? {})

/** Sets a header. The engine's own error would repeat the value, which may be a key. */
function setHeader(headers: Headers, name: string, value: string, path: string): void {
  try {
    headers.set(name, value)
  } catch {
    throw new TypeError(
      `"${path}" expected text that a header can contain: one line, and no characters beyond Latin-1`,
    )
  }
}

/**
 * Reads the address of a client. Its headers are private, but it passes them to `fetch`: so one of its methods is called
 * while `fetch` is replaced by a function that records its arguments. The client calls `fetch` before its first `await`,
 * so no other code runs meanwhile, and no request leaves this process.
 */
function addressOfClient(client: QdrantRestClient): Address {
  const original = globalThis.fetch
  let seen: { url: string; init: RequestInit } | undefined
  globalThis.fetch = (url, init = {}) => {
    seen = { url: String(url), init }
    return Promise.resolve(new Response('{}', { headers: { 'content-type': 'application/json' } }))
  }
  try {
    client.api().root({}).catch(ignoreError)
  } finally {
    globalThis.fetch = original
  }
  if (!seen) {
    throw new TypeError(
      '"client" is a version of QdrantClient whose address cannot be read; pass { url, apiKey } instead',
    )
  }
  const { method: _method, body: _body, signal: _signal, ...init } = seen.init
  return createAddress(seen.url, init)
}

/** The client parses a made-up response here, so its error does not matter. */
function ignoreError(): void {}
