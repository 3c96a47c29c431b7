// The headers and time limits of requests, which failed connections are tried again, and how long gRPC is waited for.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { createCollection } from '../../src/qdrant/index.js'
import { isRefusedConnection, isRefusedPool, isTemporary, isUntrusted } from '../../src/qdrant/wire/retry.js'
import { createTransport } from '../../src/qdrant/wire/transport.js'
import { startFakeGrpc } from '../support/fake-grpc.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server.close()
})

const colbert = { size: 2, distance: 'Dot' } as const

it('each request has its own headers, and a body is JSON', async () => {
  const transport = createTransport({ url: server.url, headers: { 'x-tenant': 'a' } })
  server.intercept = () => response => response.end('{}')
  await transport.send({ method: 'PUT', path: '/a', body: '{"a":1}', gzip: true })
  await transport.send({ method: 'POST', path: '/b', body: new TextEncoder().encode('{}') })
  await transport.send({ method: 'GET', path: '/c' })
  expect(
    server.requests.map(({ path, text, headers }) => [
      ...[path, text, headers['x-tenant'], headers['content-type'], headers['content-encoding']],
    ]),
  ).toEqual([
    ['/a', '{"a":1}', 'a', 'application/json', 'gzip'],
    ['/b', '{}', 'a', 'application/json', undefined],
    ['/c', '', 'a', undefined, undefined],
  ])
})

it('a time limit may be infinite', async () => {
  server.intercept = async () => {
    await new Promise(resolve => setTimeout(resolve, 30))
    return response => response.end('{"result":7}')
  }
  const transport = createTransport({ url: server.url }, { timeout: Number.POSITIVE_INFINITY, retries: 0 })
  expect(await transport.requestResult({ method: 'GET', path: '/a' })).toBe(7)
})

it.each([
  [{ timeout: Number.NaN }, '"timeout" expected a number of milliseconds, at least 0, got NaN'],
  [{ retries: Number.NaN }, '"retries" expected a number of attempts, at least 0, got NaN'],
])('limits are numbers: %j', (options, message) => {
  expect(() => createTransport({ url: server.url }, options)).toThrow(new RangeError(message))
})

describe('a failed connection', () => {
  const failure = (code: string) =>
    new TypeError('fetch failed', { cause: Object.assign(new Error('no'), { code }) })

  it.each([
    ...['ECONNRESET', 'ECONNREFUSED', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'EAI_AGAIN'],
    ...['UND_ERR_SOCKET', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_HEADERS_TIMEOUT', 'UND_ERR_BODY_TIMEOUT'],
    ...['UND_ERR_RESPONSE', 'ERR_HTTP2_SESSION_ERROR', 'ERR_HTTP2_STREAM_ERROR', 'ERR_HTTP2_GOAWAY_SESSION'],
    ...['ERR_HTTP2_INVALID_SESSION', 'ERR_HTTP2_INVALID_STREAM'],
  ])('with the code %s is tried again', code => expect(isTemporary(failure(code))).toBe(true))

  it.each([
    ...['ENOTFOUND', 'UND_ERR_INVALID_ARG', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_INVALID_ARG_TYPE'],
    ...['ERR_HTTP2_INVALID_HEADER_VALUE', 'CERT_HAS_EXPIRED', 'XECONNRESET'],
  ])('with the code %s is not tried again', code => expect(isTemporary(failure(code))).toBe(false))

  it('without a code is tried again if it is a timeout, or if the engine gives no reason', () => {
    expect(isTemporary(new DOMException('late', 'TimeoutError'))).toBe(true)
    expect(isTemporary(new TypeError('Failed to fetch'))).toBe(true)
    expect(isTemporary(new TypeError('fetch failed', { cause: new Error('redirect') }))).toBe(false)
    expect(isTemporary(new Error('another'))).toBe(false)
    expect(isTemporary('a text')).toBe(false)
  })

  it('is judged by the first code that is a text, also if an outer error has a number', () => {
    const outer = (code: string) => Object.assign(new Error('outer', { cause: failure(code) }), { code: 7 })
    expect(isTemporary(outer('ECONNRESET'))).toBe(true)
    expect(isTemporary(outer('ENOTFOUND'))).toBe(false)
    expect(isRefusedConnection(outer('ECONNREFUSED'))).toBe(true)
    expect(isRefusedPool(outer('UND_ERR_INVALID_ARG'))).toBe(true)
    expect(isUntrusted(outer('CERT_UNTRUSTED'))).toBe(true)
  })

  it.each([
    ['ENOTFOUND', '; is a Qdrant server running at http://nowhere.example:6333?'],
    ['CERT_UNTRUSTED', '; the certificate of the server is not trusted: set NODE_EXTRA_CA_CERTS'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', '; the certificate of the server is not trusted'],
  ])('with the code %s has a remedy, and is not tried again', async (code, remedy) => {
    const fetch = vi.spyOn(globalThis, 'fetch').mockRejectedValue(failure(code))
    const sent = createTransport({ url: 'http://nowhere.example' }).send({ method: 'GET', path: '/a' })
    await expect(sent).rejects.toThrow(`GET /a got no response: ${code} no${remedy}`)
    expect(fetch).toHaveBeenCalledTimes(1)
  })
})

it('a port of gRPC that does not answer in time is not used, and the report says so', async () => {
  const grpc = await startFakeGrpc(server)
  grpc.intercept = () => new Promise(() => {})
  const timeout = AbortSignal.timeout.bind(AbortSignal)
  vi.spyOn(AbortSignal, 'timeout').mockImplementation(() => timeout(50))
  const options = { grpc: { port: grpc.port } }
  const collection = await createCollection({ url: server.url }, 'c', { vectors: { colbert } }, options)
  expect(await collection.upsert([{ id: 1, vector: { colbert: [[1, 2]] } }])).toMatchObject({
    points: 1,
    transport: 'rest',
    transportReason: 'no answer over gRPC within 10000 ms',
  })
  await grpc.close()
})
