// Unary gRPC calls over one HTTP/2 connection of Node. Knows frames and trailers, but neither Qdrant nor its messages.

import { concatBytes } from '../../base/concat-bytes.js'
import { nodeModule } from '../../base/node-module.js'
import { unrefTimer } from '../wire/deadline.js'

type HeaderValue = string | string[] | undefined
type Headers = Readonly<Record<string, HeaderValue>>

/** The parts of node:http2 that are used here. */
interface Http2 {
  connect(authority: string, options: { readonly maxSessionMemory: number }): Session
}

interface Session {
  readonly closed: boolean
  readonly destroyed: boolean
  request(headers: Readonly<Record<string, string>>): Stream
  close(): void
  destroy(): void
  ref(): void
  unref(): void
  setTimeout(milliseconds: number, callback: () => void): void
  once(event: 'connect' | 'close', listener: () => void): void
  on(event: 'error', listener: (error: Error) => void): void
}

interface Stream {
  write(bytes: Uint8Array): boolean
  end(bytes: Uint8Array): void
  close(code: number): void
  on(event: 'response' | 'trailers', listener: (headers: Headers) => void): void
  on(event: 'data', listener: (chunk: Uint8Array) => void): void
  on(event: 'error', listener: (error: Error) => void): void
  on(event: 'close', listener: () => void): void
}

/** How the server answered a call. */
export interface GrpcAnswer {
  /** Status of HTTP: 200, or what a proxy answered. */
  readonly httpStatus: number
  /** Status of gRPC: 0 for success; undefined if the answer is not one of gRPC. */
  readonly code: number | undefined
  /** The error's text. */
  readonly message: string
  /** The headers and trailers. */
  readonly metadata: Headers
  /** The response's bytes: of a message, or of a proxy. */
  readonly body: Uint8Array
}

export interface GrpcCall {
  /** `/package.Service/Method`. */
  readonly path: string
  /** The message. It must not change until the call is over. */
  readonly message: Uint8Array
  readonly isCompressed?: boolean | undefined
  readonly metadata: Readonly<Record<string, string>>
  readonly signal: AbortSignal
  /** Whether the process may end before the answer is there. */
  readonly isBackground?: boolean | undefined
}

export interface Channel {
  isOpen(): boolean
  /**
   * Connects.
   *
   * @param isBackground whether the process may end before
   * @throws the error of the connection
   */
  open(isBackground: boolean): Promise<void>
  /**
   * Calls a method.
   *
   * @throws the reason of the signal, or the error of the connection
   */
  call(call: GrpcCall): Promise<GrpcAnswer>
  close(): void
}

/** Milliseconds after which an unused connection is closed. */
const IDLE_TIME = 10_000
/** Milliseconds until a connection is given up. */
const CONNECT_TIME = 10_000
/** Megabytes of messages in flight. With Node's default of 10, calls fail when there are more. */
const MAX_QUEUED = 4000
/** The code of HTTP/2 for a cancelled call. */
const CANCEL = 8
/** Maximum bytes of a response: Qdrant's are short, and a proxy's page is cut. */
const MAX_BODY = 1 << 20

/** Creates a channel without a connection to `origin`; undefined outside of Node. */
export async function createChannel(origin: string): Promise<Channel | undefined> {
  const http2 = await nodeModule<Http2>('node:http2')
  if (!http2) return undefined
  let session: Session | undefined
  let calls = 0

  /** A connection does not keep the process alive, except during a call. */
  function count(change: 1 | -1): void {
    calls += change
    if (calls > 0) session?.ref()
    else session?.unref()
  }

  return {
    isOpen: () => session !== undefined && !session.closed && !session.destroyed,
    async open(isBackground) {
      session = await connect(http2, origin, isBackground)
    },
    async call(call) {
      if (!session) throw new Error('the channel is not open')
      if (call.isBackground) return callOn(session, call)
      count(1)
      try {
        return await callOn(session, call)
      } finally {
        count(-1)
      }
    },
    close: () => session?.destroy(),
  }
}

function connect(http2: Http2, origin: string, isBackground: boolean): Promise<Session> {
  return new Promise((resolve, reject) => {
    const session = http2.connect(origin, { maxSessionMemory: MAX_QUEUED })
    if (isBackground) session.unref()
    const timer = setTimeout(() => {
      reject(connectionError('ETIMEDOUT', `no connection within ${CONNECT_TIME} ms`))
      session.destroy()
    }, CONNECT_TIME)
    if (isBackground) unrefTimer(timer)
    // later errors end the calls of the connection
    session.on('error', reject)
    session.once('close', () => {
      clearTimeout(timer)
      reject(connectionError('ECONNRESET', 'the connection was closed'))
    })
    session.once('connect', () => {
      clearTimeout(timer)
      session.setTimeout(IDLE_TIME, () => session.close())
      resolve(session)
    })
  })
}

const connectionError = (code: string, message: string) => Object.assign(new Error(message), { code })

function callOn(
  session: Session,
  { path, message, isCompressed, metadata, signal }: GrpcCall,
): Promise<GrpcAnswer> {
  return new Promise((resolve, reject) => {
    const stream = session.request({
      ...metadata,
      ':method': 'POST',
      ':path': path,
      'content-type': 'application/grpc',
      te: 'trailers',
      ...(isCompressed && { 'grpc-encoding': 'gzip' }),
    })
    let received: Headers = {}
    let size = 0
    const chunks: Uint8Array[] = []
    let failure: Error | undefined
    const cancel = () => {
      stream.close(CANCEL)
      reject(signal.reason)
    }
    const addHeaders = (headers: Headers) => {
      received = { ...received, ...headers }
    }
    stream.on('response', addHeaders)
    stream.on('trailers', addHeaders)
    stream.on('data', chunk => {
      if (size < MAX_BODY) chunks.push(chunk)
      size += chunk.length
    })
    stream.on('error', error => {
      failure = error
    })
    stream.on('close', () => {
      signal.removeEventListener('abort', cancel)
      const answer = answerOf(received, chunks)
      if (answer) resolve(answer)
      else reject(failure ?? connectionError('ECONNRESET', 'the call ended without an answer'))
    })
    signal.addEventListener('abort', cancel, { once: true })
    if (signal.aborted) cancel()
    else {
      stream.write(framePrefix(message.length, isCompressed))
      stream.end(message)
    }
  })
}

/** What stands before a message: whether it is compressed, and its length. */
function framePrefix(length: number, isCompressed = false): Uint8Array {
  const prefix = new Uint8Array(5)
  prefix[0] = isCompressed ? 1 : 0
  new DataView(prefix.buffer).setUint32(1, length)
  return prefix
}

/** The answer of a call that is over; undefined if the server did not answer. */
function answerOf(metadata: Headers, chunks: readonly Uint8Array[]): GrpcAnswer | undefined {
  const httpStatus = Number(metadata[':status'] ?? 0)
  const status = metadata['grpc-status']
  if (httpStatus === 0 || (httpStatus === 200 && status === undefined)) return undefined
  const body = concatBytes(chunks)
  const code = status === undefined ? undefined : Number(status)
  const message = unescaped(String(metadata['grpc-message'] ?? ''))
  return { httpStatus, code, message, metadata, body: code === undefined ? body : body.subarray(5) }
}

/** Decodes the percent signs of an error's text. */
function unescaped(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
