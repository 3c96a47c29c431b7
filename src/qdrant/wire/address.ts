// The address of a server, read from the user's own client: base URL, headers (among them the API key) and connection
// pool. The rest of the adapter uses only the address. What is read here is never printed.

import { typeName } from '../../base/type-name.js'

/** The address of a server, for programs that do not use `@qdrant/js-client-rest`. */
export interface ServerAddress {
  /** For example `http://127.0.0.1:6333`, with a path prefix if the server has one. */
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
  api(): { root(request: Record<string, never>): Promise<unknown> }
}

/** A client of `@qdrant/js-client-rest`, or the address of a server. */
export type QdrantServer = QdrantRestClient | ServerAddress

export interface Address {
  /** Base URL without a slash at its end. */
  readonly base: string
  /** Headers of every request, and the client's connection pool if it has one. */
  readonly init: RequestInit
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
  const init = new Headers(headers)
  if (apiKey !== undefined && apiKey !== '') init.set('api-key', apiKey)
  return { base: `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, ''), init: { headers: init } }
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
  return { base: seen.url.replace(/\/+$/, ''), init }
}

/** The client parses a made-up response here, so its error does not matter. */
function ignoreError(): void {}
