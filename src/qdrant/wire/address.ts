// Where a server is and how to reach it, read off the user's own client: base URL, headers (the API key among them)
// and the connection pool. Nothing else here knows that there is a client; nothing prints what was read.

import type { QdrantClient } from '@qdrant/js-client-rest'
import { typeName } from '../../base/type-name.js'

/** A server without a client: what `fetch` needs to reach it. */
export interface ServerAddress {
  /** `http://127.0.0.1:6333`, with a path prefix if there is one. */
  readonly url: string
  readonly apiKey?: string | undefined
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** The user's own client, or the address of a server. */
export type QdrantServer = QdrantClient | ServerAddress

export interface Address {
  /** Without a slash at its end. */
  readonly base: string
  /** What every request starts from: headers, and the client's connection pool where it has one. */
  readonly init: RequestInit
}

const isClient = (server: QdrantServer): server is QdrantClient =>
  'api' in server && typeof server.api === 'function'

/**
 * The address behind a client.
 *
 * @throws TypeError if it is neither a client nor an address, or the URL is none
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
      '"client.url" expected no user or password in it; pass { url, apiKey } or { headers }',
    )
  }
  const init = new Headers(headers)
  if (apiKey !== undefined && apiKey !== '') init.set('api-key', apiKey)
  return { base: `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, ''), init: { headers: init } }
}

/**
 * A client keeps its headers to itself, but hands them to `fetch`: so one call of it is made with a `fetch` that only
 * looks. The client calls it before its first `await`, so the exchange is over before anything else can run, and no
 * request leaves this process.
 */
function addressOfClient(client: QdrantClient): Address {
  const original = globalThis.fetch
  let seen: { url: string; init: RequestInit } | undefined
  globalThis.fetch = (url, init = {}) => {
    seen = { url: String(url), init }
    return Promise.resolve(new Response('{}', { headers: { 'content-type': 'application/json' } }))
  }
  try {
    client.api().root({}).catch(ignoreAnswer)
  } finally {
    globalThis.fetch = original
  }
  if (!seen) {
    throw new TypeError(
      '"client" keeps its address out of reach; pass { url, apiKey } in place of this version of QdrantClient',
    )
  }
  const { method: _method, body: _body, signal: _signal, ...init } = seen.init
  return { base: seen.url.replace(/\/+$/, ''), init }
}

/** The answer that the client parses is made up here. */
function ignoreAnswer(): void {}
