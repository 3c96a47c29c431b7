// Answers over gRPC and their connection: the response of REST that each becomes, long and damaged answers, and a server that does not
// answer. Upserts over gRPC are in grpc.test.ts.

import { createServer, type Http2Server, type ServerHttp2Stream } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { parseVersion } from '../../src/qdrant/config/version.js'
import { readUpdateResult, responseTo } from '../../src/qdrant/grpc/grpc-response.js'
import { type Channel, createChannel, type GrpcCall } from '../../src/qdrant/grpc/http2-channel.js'
import { createGrpcLink } from '../../src/qdrant/grpc-link.js'
import { createTransport } from '../../src/qdrant/wire/transport.js'

describe('an answer becomes a response', () => {
  const answer = { httpStatus: 200, code: 0, message: '', metadata: {}, body: Uint8Array.of(1, 2) }

  it('with its result if it has succeeded', async () => {
    const response = responseTo(answer, bytes => ({ bytes: [...bytes] }))
    expect([response.status, await response.json()]).toEqual([
      200,
      { result: { bytes: [1, 2] }, status: 'ok' },
    ])
  })

  it.each<[code: number, message: string, metadata: Record<string, string>, status: number]>([
    [3, 'Wrong input', {}, 400],
    [8, 'Rate limiting exceeded', { 'retry-after': '7', other: 'x' }, 429],
    [8, 'disk', { 'qdrant-insufficient-storage': '' }, 507],
    [11, 'decoded message length too large: found 9 bytes', {}, 413],
    [8, 'Received MESSAGE larger than max', { 'qdrant-insufficient-storage': '' }, 413],
    [8, 'the message is large', {}, 429],
    [99, 'a code of later versions', {}, 500],
  ])('with an error: code %i, "%s"', async (code, message, metadata, status) => {
    const response = responseTo({ ...answer, code, message, metadata }, () => 'unused')
    expect([response.status, await response.json()]).toEqual([status, { status: { error: message } }])
    expect(Object.fromEntries(response.headers)).toEqual({
      'content-type': 'text/plain;charset=UTF-8',
      ...('retry-after' in metadata && { 'retry-after': '7' }),
    })
  })

  it('of a proxy, with its body only if it is an error', async () => {
    const body = new TextEncoder().encode('too large')
    const ofProxy = (httpStatus: number, metadata = {}) =>
      responseTo({ httpStatus, code: undefined, message: '', metadata, body }, () => 'unused')
    const refusal = ofProxy(413)
    expect([refusal.status, await refusal.text()]).toEqual([413, 'too large'])
    const redirect = ofProxy(307, { location: 'http://elsewhere' })
    expect([redirect.status, redirect.headers.get('location'), await redirect.text()]).toEqual([
      307,
      'http://elsewhere',
      '',
    ])
  })

  it.each([
    [1, 'acknowledged'],
    [2, 'completed'],
    [3, 'clock_rejected'],
    [4, 'wait_timeout'],
    [5, undefined],
  ])('with the status %i of an update, which is %s', (status, name) => {
    // { result: { operation_id: 7, status } }
    expect(readUpdateResult(Uint8Array.of(0x0a, 4, 0x08, 7, 0x10, status))).toEqual({ status: name })
  })

  it('without a status of an update if it has no result', () => {
    expect(readUpdateResult(new Uint8Array())).toEqual({ status: undefined })
  })
})

describe('a channel', () => {
  let server: Http2Server
  let onStream: (stream: ServerHttp2Stream) => void
  let channel: Channel
  const call: GrpcCall = {
    path: '/a/B',
    message: Uint8Array.of(1),
    metadata: {},
    signal: new AbortController().signal,
  }

  beforeEach(async () => {
    server = createServer()
    server.on('stream', stream => {
      stream.on('error', () => undefined)
      onStream(stream)
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    channel = (await createChannel(`http://127.0.0.1:${(server.address() as AddressInfo).port}`))!
  })
  afterEach(async () => {
    channel.close()
    await new Promise(resolve => server.close(resolve))
  })

  /** Answers with trailers, and a body before them. */
  const answerWith = (trailers: object, body: Uint8Array = new Uint8Array()) => {
    onStream = stream => {
      stream.respond({ ':status': 200, 'content-type': 'application/grpc' }, { waitForTrailers: true })
      stream.on('wantTrailers', () => stream.sendTrailers(trailers as never))
      stream.end(body)
    }
  }

  it('is open between its opening and its closing, and takes no call before', async () => {
    expect(channel.isOpen()).toBe(false)
    await expect(channel.call(call)).rejects.toThrow('the channel is not open')
    await channel.open(false)
    expect(channel.isOpen()).toBe(true)
    channel.close()
    expect(channel.isOpen()).toBe(false)
  })

  it('keeps the bytes of a message, without what stands before it', async () => {
    await channel.open(false)
    answerWith({ 'grpc-status': 0 }, Uint8Array.of(0, 0, 0, 0, 2, 8, 9))
    expect(await channel.call(call)).toMatchObject({ httpStatus: 200, code: 0, body: Uint8Array.of(8, 9) })
  })

  it.each([
    ['100%', '100%'],
    ['no%20shard%3A %C3%BC', 'no shard: ü'],
    ['%ff', '%ff'],
  ])('decodes the message %s if it can', async (sent, message) => {
    await channel.open(false)
    answerWith({ 'grpc-status': 3, 'grpc-message': sent })
    expect(await channel.call(call)).toMatchObject({ code: 3, message })
  })

  it('keeps about a megabyte of an answer', async () => {
    await channel.open(false)
    onStream = stream => {
      stream.respond({ ':status': 502 })
      stream.end(Buffer.alloc(3 << 20, 120))
    }
    const { code, httpStatus, body } = await channel.call(call)
    expect([code, httpStatus]).toEqual([undefined, 502])
    expect(body.length).toBeGreaterThanOrEqual(1 << 20)
    expect(body.length).toBeLessThan(2 << 20)
  })

  it('fails if a call ends without a status', async () => {
    await channel.open(false)
    answerWith({})
    await expect(channel.call(call)).rejects.toMatchObject({
      code: 'ECONNRESET',
      message: 'the call ended without an answer',
    })
  })

  it('sends nothing of a call that was cancelled before, and rejects with the reason', async () => {
    await channel.open(false)
    let bytes = 0
    onStream = stream => void stream.on('data', chunk => (bytes += chunk.length))
    const reason = new Error('enough')
    await expect(channel.call({ ...call, signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
    expect(bytes).toBe(0)
  })

  it('listens to a signal only during its call', async () => {
    await channel.open(false)
    answerWith({ 'grpc-status': 0 })
    const { signal } = new AbortController()
    const [added, removed] = [vi.spyOn(signal, 'addEventListener'), vi.spyOn(signal, 'removeEventListener')]
    await channel.call({ ...call, signal })
    expect(removed.mock.calls[0]).toEqual(added.mock.calls[0]!.slice(0, 2))
  })

  it('rejects with the error of a connection that is refused', async () => {
    const refused = (await createChannel('http://127.0.0.1:9'))!
    await expect(refused.open(false)).rejects.toMatchObject({ code: 'ECONNREFUSED' })
    expect(refused.isOpen()).toBe(false)
  })
})

describe('the connection of a collection', () => {
  const transport = () => createTransport({ url: 'http://127.0.0.1:9' })
  const link = (...[option, version]: [option: 'off' | 'auto', version: string]) =>
    createGrpcLink(option, transport(), 'c', parseVersion(version))

  it('is made once, and has no reason if it is off', async () => {
    const off = link('off', '1.19.0')
    expect(off.state).toEqual({ reason: 'the gRPC port has not answered yet' })
    const connecting = off.connect()
    expect(off.connect()).toBe(connecting)
    await connecting
    expect(off.state).toEqual({})
  })

  it.each([
    ['1.12.9', 'Qdrant 1.12.9 is older than 1.13.0'],
    [
      '1.13.0',
      'the port of gRPC is unknown, because the address does not have port 6333; pass grpc: { port }',
    ],
  ])('is made from 1.13.0 on: %s', async (version, reason) => {
    const automatic = link('auto', version)
    await automatic.connect()
    expect(automatic.state).toEqual({ reason })
  })
})
