// The HTTP server of `maxsimd serve` with a service that finds nothing: the largest body to the byte, types and lengths of answers,
// addresses that it cannot listen on, and requests that Node refuses. What searches answer is in serve.test.ts.

import dns from 'node:dns'
import { Server } from 'node:http'
import { Duplex } from 'node:stream'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { hasToken } from '../../src/cli/serve/access.js'
import { type RunningServer, type ServerOptions, startServer } from '../../src/cli/serve/http-server.js'
import { NoIndexError } from '../../src/cli/service/open-index.js'
import { RequestError } from '../../src/cli/service/requests.js'
import { runCli } from './run-cli.js'

const running: RunningServer[] = []
/** The errors that servers have printed. */
const printed: unknown[] = []
afterEach(async () => {
  vi.restoreAllMocks()
  for (const server of running.splice(0)) await server.close()
  // what is wrong with a request is for its client only
  expect(printed.splice(0)).toEqual([])
})

const settings = {
  service: {
    search: async () => ({ unknown: [], hits: [] }),
    rerank: async () => ({ results: [] }),
    hasIndex: async () => false,
    close: async () => undefined,
  },
  host: '127.0.0.1',
  port: 0,
  token: undefined,
  maxRequests: 4,
  maxBody: 64,
  onError: (error: unknown) => void printed.push(error),
}

async function start(options: Partial<ServerOptions> = {}): Promise<RunningServer> {
  const server = await startServer({ ...settings, ...options })
  running.push(server)
  return server
}

const json = { 'content-type': 'application/json' }

/** The status of a search with this body and these headers. */
async function statusOf(
  { url }: RunningServer,
  body: BodyInit,
  headers: Record<string, string> = json,
): Promise<number> {
  const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
  const response = await fetch(new URL('search', url), init)
  await response.text()
  return response.status
}

describe('a body', () => {
  const bodyOf = (bytes: number) => JSON.stringify({ query: 'a'.repeat(bytes - 12) })

  it('has at most the bytes that are allowed, whether its length is known or not', async () => {
    const server = await start()
    expect(bodyOf(64)).toHaveLength(64)
    for (const [bytes, status] of [
      [64, 200],
      [65, 413],
    ] as const) {
      const body = bodyOf(bytes)
      expect(await statusOf(server, body), `${bytes} bytes`).toBe(status)
      expect(await statusOf(server, new Blob([body]).stream()), `${bytes} bytes in chunks`).toBe(status)
    }
  })

  it.each([
    ['application/json', 200],
    ['application/json; charset=utf-8', 200],
    ['application/json ;charset=utf-8', 200],
    ['Application/JSON', 200],
    ['application/jsonp', 415],
    ['text/json', 415],
    ['text/plain; application/json', 415],
  ])('of the type %s has the status %i', async (type, status) => {
    expect(await statusOf(await start(), '{}', { 'content-type': type })).toBe(status)
  })

  it('may say that it is not compressed', async () => {
    expect(await statusOf(await start(), '{}', { ...json, 'content-encoding': 'identity' })).toBe(200)
  })
})

describe('an answer', () => {
  it.each([
    ['', 200, 'text/html; charset=utf-8', 'no-cache'],
    ['style.css', 200, 'text/css; charset=utf-8', 'no-cache'],
    ['main.js', 200, 'text/javascript; charset=utf-8', 'no-cache'],
    ['icon.svg', 200, 'image/svg+xml', 'no-cache'],
    ['health', 200, 'application/json; charset=utf-8', 'no-store'],
    ['none', 404, 'application/json; charset=utf-8', 'no-store'],
  ])(
    'to /%s has its type and its length, and how long it is kept; HEAD has no body',
    async (path, status, type, kept) => {
      const { url } = await start()
      for (const method of ['GET', 'HEAD']) {
        const response = await fetch(new URL(path, url), { method })
        const bytes = await response.arrayBuffer()
        const length = Number(response.headers.get('content-length'))
        expect(response.status).toBe(status)
        expect(length).toBeGreaterThan(0)
        expect(bytes.byteLength).toBe(method === 'GET' ? length : 0)
        expect(response.headers.get('content-type')).toBe(type)
        expect(response.headers.get('cache-control')).toBe(kept)
      }
    },
  )

  it('to a method that a path does not have names those that it has', async () => {
    const { url } = await start()
    for (const [method, path, allow] of [
      ['PUT', 'search', 'POST'],
      ['GET', 'rerank', 'POST'],
      ['DELETE', '', 'GET, HEAD'],
      ['PUT', 'health', 'GET, HEAD'],
    ] as const) {
      const response = await fetch(new URL(path, url), { method })
      expect([response.status, response.headers.get('allow'), await response.json()]).toEqual([
        405,
        allow,
        { error: `/${path} accepts ${allow} only` },
      ])
    }
  })
})

describe('an error of the service', () => {
  const failing = (error: Error) => ({
    ...settings.service,
    search: () => Promise.reject(error),
    rerank: () => Promise.reject(error),
  })

  it.each([
    [new RequestError('"limit" expected a number'), 400, '"limit" expected a number'],
    [
      new NoIndexError('a', false),
      404,
      'there is no index at "a"; create it with: npx maxsimd index <folder> --store "a"',
    ],
    [
      new NoIndexError('a', true),
      404,
      '"a" is an index of pages, and only indexes of texts and stores are served',
    ],
  ])('that the client can react to is for the client only: %s', async (error, status, message) => {
    const { url } = await start({ service: failing(error) })
    for (const path of ['search', 'rerank']) {
      const response = await fetch(new URL(path, url), { method: 'POST', headers: json, body: '{}' })
      expect([response.status, await response.json()]).toEqual([status, { error: message }])
    }
  })

  it('that is not about the request is printed once, and not sent', async () => {
    const error = new Error('/home/me/notes is damaged')
    const { url } = await start({ service: failing(error) })
    const response = await fetch(new URL('search', url), { method: 'POST', headers: json, body: '{}' })
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: 'the server could not answer, and printed the reason' },
    ])
    expect(printed.splice(0)).toEqual([error])
  })
})

it('a token follows the word Bearer in any case, after one blank or more', () => {
  for (const header of ['Bearer abc', 'bearer abc', 'BEARER   abc', 'Bearer abc  ']) {
    expect(hasToken(header, 'abc'), header).toBe(true)
  }
  for (const header of [
    undefined,
    '',
    'abc',
    'Bearer',
    'Bearerabc',
    'Bearer ab',
    'Bearer abcd',
    'Bearer ABC',
    'Basic abc',
  ]) {
    expect(hasToken(header, 'abc'), String(header)).toBe(false)
  }
  expect(hasToken('Bearer', '')).toBe(false)
})

describe('the address', () => {
  it.each([
    ['EADDRINUSE', 'the port is in use; choose another with --port, or 0 for any free port'],
    ['EACCES', 'you have no permission to use the port; choose one above 1023 with --port'],
    ['EADDRNOTAVAIL', 'this machine does not have the address; choose another with --host'],
    ['ENOTFOUND', 'there is no such host; choose another with --host'],
    ['EOTHER', 'the reason of the system'],
  ])('that cannot be listened on is an error with what to do: %s', async (code, reason) => {
    vi.spyOn(Server.prototype, 'listen').mockImplementation(function (this: Server) {
      queueMicrotask(() => this.emit('error', Object.assign(new Error('the reason of the system'), { code })))
      return this
    })
    await expect(startServer({ ...settings, host: 'a', port: 5 })).rejects.toThrow(
      new Error(`cannot listen on a, port 5: ${reason}`),
    )
  })

  it('of IPv6 stands in brackets', async () => {
    vi.spyOn(Server.prototype, 'address').mockReturnValue({ address: '::1', family: 'IPv6', port: 5 })
    expect(await start()).toMatchObject({ url: 'http://[::1]:5/', address: '::1' })
  })

  it('that a local name leads to requires a token if other machines can reach it', async () => {
    vi.spyOn(dns, 'lookup').mockImplementation(((_host: string, ...rest: unknown[]) => {
      const [options] = rest
      const found = { address: '0.0.0.0', family: 4 }
      const use = rest.at(-1) as (error: null, ...found: unknown[]) => void
      const isList = typeof options === 'object' && (options as { all?: boolean }).all === true
      queueMicrotask(() => (isList ? use(null, [found]) : use(null, found.address, found.family)))
    }) as never)
    const { stdout, stderr } = await runCli(['serve', '--host', 'localhost', '--port', '0'], { code: 2 })
    expect(stdout).toBe('')
    expect(stderr).toMatch(/^"--host localhost" lets other machines search, and requires a token: /)
  })
})

describe('a request that Node cannot read', () => {
  /** A server, and a connection with what was written to it. */
  async function connection() {
    const listen = vi.spyOn(Server.prototype, 'listen')
    await start()
    const server = listen.mock.contexts[0] as Server
    const written: string[] = []
    const socket = new Duplex({
      read() {},
      write(chunk, _encoding, done) {
        written.push(String(chunk))
        done()
      },
    })
    const fail = (code: string) =>
      server.emit('clientError', Object.assign(new Error('no'), { code }), socket)
    return { socket, written, fail }
  }

  it.each([
    ['HPE_HEADER_OVERFLOW', '431 Request Header Fields Too Large'],
    ['ERR_HTTP_REQUEST_TIMEOUT', '408 Request Timeout'],
    ['HPE_INVALID_METHOD', '400 Bad Request'],
  ])('is answered once, and the connection is left to the client for a while: %s', async (code, status) => {
    const { socket, written, fail } = await connection()
    const timers = vi.spyOn(globalThis, 'setTimeout')
    fail(code)
    const [timer] = timers.mock.calls.filter(([, delay]) => delay === 5000)
    fail('HPE_INVALID_METHOD')
    expect(written.join('')).toMatch(new RegExp(`^HTTP/1.1 ${status}\r\nconnection: close\r\n`))
    expect(written.join('').split('\r\n\r\n')[1]).toBe(
      `{"error":"the request cannot be read: ${status.slice(4)}"}\n`,
    )
    expect(socket.destroyed).toBe(false)
    ;(timer![0] as () => void)()
    expect(socket.destroyed).toBe(true)
  })

  it('is not answered if the client has closed the connection', async () => {
    const { socket, written, fail } = await connection()
    fail('ECONNRESET')
    expect([written, socket.destroyed]).toEqual([[], true])
  })
})
