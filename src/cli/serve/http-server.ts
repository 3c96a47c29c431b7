// The HTTP server of `maxsimd serve`:
//
//   POST /search  { query, limit, filter, only, explain }  ->  { unknown, suggestions, hits }
//   POST /rerank  { query, documents, limit }              ->  { results }
//   GET  /health                                           ->  { status, index }
//   GET  /        a page to search in, and its files
//
// A wrong request gets { error } and a status code. Requests pass the checks in this order: host, path, method, token,
// number of requests, body.

import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { exactJson } from '../../base/exact-json.js'
import { messageOf } from '../../base/is-a.js'
import { NoIndexError } from '../service/open-index.js'
import { RequestError } from '../service/requests.js'
import type { TextService } from '../service/text-service.js'
import { hasToken, isLocalHost } from './access.js'
import { HttpError } from './http-error.js'
import { type PageFile, readPageFiles } from './page-files.js'
import { readJsonBody } from './read-body.js'

export interface ServerOptions {
  readonly service: TextService
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  /** The token that POST requests must have; undefined: no token is needed. */
  readonly token: string | undefined
  /** Number of POST requests at the same time; more get status 503. */
  readonly maxRequests: number
  /** Bytes of a body. */
  readonly maxBody: number
  /** Called with each error that is not the client's. */
  readonly onError: (error: unknown) => void
}

export interface RunningServer {
  readonly url: string
  readonly address: string
  /** Accepts no more requests, and waits for those that are under way. */
  close(): Promise<void>
}

/** Time to receive a whole request, in milliseconds. A client that stops in between would keep one of `maxRequests`. */
const REQUEST_TIMEOUT = 30_000
/** Time that requests under way get when the server is closed, in milliseconds; less than an interrupted command gets. */
const CLOSE_GRACE = 2500
/** Time that a client that was refused gets to finish sending and to read the answer, in milliseconds. */
const DRAIN_TIMEOUT = 5000
/** Seconds after which a client should try again. */
const RETRY_AFTER = '1'

const SECURITY_HEADERS = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
} as const

/** The state of a server. */
interface Context extends ServerOptions {
  readonly files: ReadonlyMap<string, PageFile>
  /** POST requests that are under way. */
  running: number
}

/**
 * Starts a server.
 *
 * @throws Error if it cannot listen on the address
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const context: Context = { ...options, files: await readPageFiles(), running: 0 }
  const sockets: Sockets = { open: new Set(), busy: new Set() }
  // Node would answer a request without a Host header, or with an unknown expectation, without a reason
  const server = createServer({ requestTimeout: REQUEST_TIMEOUT, requireHostHeader: false })
  const onRequest = (request: IncomingMessage, response: ServerResponse) => {
    const { socket } = request
    sockets.busy.add(socket)
    response.once('close', () => sockets.busy.delete(socket))
    answer(context, request, response).catch((error: unknown) => {
      options.onError(error)
      response.destroy()
    })
  }
  server.on('request', onRequest)
  server.on('checkExpectation', onRequest)
  server.on('clientError', refuse)
  server.on('connection', socket => {
    sockets.open.add(socket)
    socket.once('close', () => sockets.open.delete(socket))
  })
  const { address, family, port } = await listen(server, options)
  return {
    url: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}/`,
    address,
    close: () => closeServer(server, sockets),
  }
}

/** The connections of a server, and those with a request that is under way. */
interface Sockets {
  readonly open: Set<Socket>
  readonly busy: Set<Socket>
}

/** Lets requests that are under way end, for a limited time. */
function closeServer(server: Server, { open, busy }: Sockets): Promise<void> {
  // Node does not close a connection that has had no request yet, as browsers open some, or whose request ends now
  const idle = setInterval(() => {
    for (const socket of open) if (!busy.has(socket)) socket.destroy()
  }, 20)
  const grace = setTimeout(() => server.closeAllConnections(), CLOSE_GRACE)
  return new Promise(resolve => {
    server.close(() => {
      clearInterval(idle)
      clearTimeout(grace)
      resolve()
    })
  })
}

const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'the port is in use; choose another with --port, or 0 for any free port',
  EACCES: 'you have no permission to use the port; choose one above 1023 with --port',
  EADDRNOTAVAIL: 'this machine does not have the address; choose another with --host',
  ENOTFOUND: 'there is no such host; choose another with --host',
}

function listen(server: Server, { host, port }: ServerOptions): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) => {
      const reason = LISTEN_REASONS[cause.code ?? ''] ?? cause.message
      reject(new Error(`cannot listen on ${host}, port ${port}: ${reason}`, { cause }))
    })
    server.listen(port, host, () => resolve(server.address() as AddressInfo))
  })
}

/**
 * Answers what is not HTTP, is too long or arrives too slowly. What the client still sends is an error too, and is dropped: to
 * close the connection at once would reset it before the client has read the answer.
 */
function refuse(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (socket.writableEnded && !socket.destroyed && error.code !== 'ECONNRESET') return
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy()
    return
  }
  const timer = setTimeout(() => socket.destroy(), DRAIN_TIMEOUT)
  socket.once('close', () => clearTimeout(timer))
  const status =
    error.code === 'HPE_HEADER_OVERFLOW' ? 431 : error.code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400
  const body = `${JSON.stringify({ error: `the request cannot be read: ${STATUS_CODES[status]}` })}\n`
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nconnection: close\r\ncontent-type: application/json\r\n` +
      `content-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  )
}

async function answer(context: Context, request: IncomingMessage, response: ServerResponse): Promise<void> {
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
  try {
    // with a token, the server may be reached by any name: a page of another site does not have the token
    if (context.token === undefined && !isLocalHost(request.headersDistinct.host)) {
      throw new HttpError(403, 'the header Host must name this machine, for example 127.0.0.1 or localhost')
    }
    const path = (request.url ?? '/').replace(/[?#].*$/s, '')
    const file = context.files.get(path)
    const isGet = request.method === 'GET' || request.method === 'HEAD'
    if (file) {
      if (!isGet) throw methodError(path, 'GET, HEAD')
      sendFile(file, request, response)
    } else if (path === '/health') {
      if (!isGet) throw methodError(path, 'GET, HEAD')
      sendJson(response, 200, { status: 'ok', index: await context.service.hasIndex() })
    } else if (path === '/search' || path === '/rerank') {
      if (request.method !== 'POST') throw methodError(path, 'POST')
      sendJson(response, 200, await runPost(context, path, request, response))
    } else throw new HttpError(404, 'not found; use POST /search, POST /rerank, GET /health or GET /')
  } catch (error) {
    if (response.destroyed || (request.destroyed && !request.complete)) return
    sendError(context, error, request, response)
  }
}

const methodError = (path: string, allow: string) =>
  new HttpError(405, `${path} accepts ${allow} only`, { allow })

/** Answers a search or a request to rerank. */
async function runPost(
  context: Context,
  path: '/search' | '/rerank',
  request: IncomingMessage,
  response: ServerResponse,
): Promise<unknown> {
  const { token, maxRequests, maxBody, service } = context
  if (token !== undefined && !hasToken(request.headers.authorization, token)) {
    throw new HttpError(401, 'the header Authorization must be "Bearer" and the token of the server', {
      'www-authenticate': 'Bearer',
    })
  }
  if (context.running >= maxRequests) {
    throw new HttpError(503, `the server is answering ${maxRequests} requests already; try again`, {
      'retry-after': RETRY_AFTER,
    })
  }
  context.running++
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  try {
    const body = await readJsonBody(request, maxBody)
    return await (path === '/search' ? service.search(body, gone.signal) : service.rerank(body, gone.signal))
  } finally {
    context.running--
  }
}

function sendFile({ type, bytes }: PageFile, { method }: IncomingMessage, response: ServerResponse): void {
  response.writeHead(200, {
    'content-type': type,
    'content-length': bytes.length,
    'cache-control': 'no-cache',
  })
  response.end(method === 'HEAD' ? undefined : bytes)
}

/** Writes JSON. Node leaves out the body of a HEAD request. */
function writeJson(response: ServerResponse, status: number, value: unknown): void {
  const body = `${exactJson(value)}\n`
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
  })
  response.write(body)
}

function sendJson(response: ServerResponse, status: number, value: unknown): void {
  writeJson(response, status, value)
  response.end()
}

/** Drops the rest of a body, then closes the connection: to close it before would reset it, and the answer may be lost. */
function endAfterBody(request: IncomingMessage, response: ServerResponse): void {
  const timer = setTimeout(() => response.end(), DRAIN_TIMEOUT)
  request.once('close', () => {
    clearTimeout(timer)
    response.end()
  })
  request.resume()
}

function sendError(
  { onError }: Context,
  error: unknown,
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const { status, headers } =
    error instanceof HttpError ? error : { status: statusOf(error), headers: undefined }
  // the client need not learn paths of this machine
  const message = status === 500 ? 'the server could not answer, and printed the reason' : messageOf(error)
  if (status === 500) onError(error)
  for (const [name, value] of Object.entries(headers ?? {})) response.setHeader(name, value!)
  if (request.complete) {
    sendJson(response, status, { error: message })
    return
  }
  // the rest of a body that was not read would be taken for the next request
  response.setHeader('connection', 'close')
  writeJson(response, status, { error: message })
  endAfterBody(request, response)
}

function statusOf(error: unknown): number {
  if (error instanceof RequestError) return 400
  return error instanceof NoIndexError ? 404 : 500
}
