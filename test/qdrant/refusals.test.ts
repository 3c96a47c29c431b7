// What the adapter makes of refusals and failures: remedies, reasons, targets of redirects, and the cost of repeated calls.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { CallCost } from '../../src/qdrant/index.js'
import { addressOf } from '../../src/qdrant/wire/address.js'
import { reasonIn, serverErrorRemedy } from '../../src/qdrant/wire/qdrant-error.js'
import { networkReason } from '../../src/qdrant/wire/retry.js'
import { createTransport } from '../../src/qdrant/wire/transport.js'
import { checkWellFormed } from '../../src/qdrant/wire/well-formed.js'
import { type FakeQdrant, startFakeQdrant } from '../support/fake-qdrant.js'

let server: FakeQdrant
beforeEach(async () => {
  server = await startFakeQdrant()
})
afterEach(async () => {
  vi.restoreAllMocks()
  await server.close()
})

const plain = (text: string) => text

it.each([
  [
    400,
    'Conversion between sparse and regular vectors failed',
    '; the server took two rows of whole numbers',
  ],
  [
    400,
    'Payload is larger than allowed (limit: 33554432 bytes)',
    '; lower "batchBytes", or raise service.max',
  ],
  [413, 'Request Entity Too Large', '; lower "batchBytes", or raise the limit of the proxy'],
  [401, 'no key', '; check the API key of the client'],
  [403, 'no access', '; check the API key of the client'],
  [409, 'Wrong input: Collection `c` already exists!', "; pass ifExists: 'reuse' or 'recreate'"],
  [400, 'Wrong input: Collection `c` already exists! And more', ''],
  [404, 'Not found', ''],
])('the remedy of status %i "%s" begins with "%s"', (status, reason, remedy) => {
  const found = serverErrorRemedy(status, reason)
  expect(found.slice(0, Math.max(1, remedy.length))).toBe(remedy)
})

describe('the reason of a refusal', () => {
  it.each([
    ['{"status":{"error":"of Qdrant"}}', 'of Qdrant'],
    ['{"error":"of a proxy"}', 'of a proxy'],
    ['{"status":"failed","error":"of a proxy"}', 'of a proxy'],
    ['{"status":{"error":7}}', '{"status":{"error":7}}'],
    ['null', 'null'],
    [' <html> \n', '<html>'],
  ])('in %j is %j', (body, reason) => expect(reasonIn(body, plain)).toBe(reason))

  it('has at most a thousand characters', () => {
    expect(reasonIn('x'.repeat(1000), plain)).toBe('x'.repeat(1000))
    expect(reasonIn('x'.repeat(1001), plain)).toBe(`${'x'.repeat(1000)} ...`)
  })
})

describe('the reason of a failed connection', () => {
  it('has the code once, wherever it is among the causes', () => {
    const inner = Object.assign(new Error('connect ECONNRESET 1.2.3.4'), { code: 'ECONNRESET' })
    expect(networkReason(new TypeError('fetch failed', { cause: inner }))).toBe('connect ECONNRESET 1.2.3.4')
    const silent = Object.assign(new Error(''), { code: 'EPIPE' })
    expect(networkReason(new TypeError('fetch failed', { cause: silent }))).toBe('EPIPE')
  })

  it('without a code is the message of the last cause', () => {
    const cause = new Error('in the middle', { cause: new Error('the last') })
    expect(networkReason(new TypeError('fetch failed', { cause }))).toBe('the last')
    expect(networkReason('a text')).toBe('a text')
  })

  it('has no code that is a number, as errors of the engine have', () => {
    const aborted = new DOMException('the page was left', 'AbortError')
    expect(aborted.code).toBe(20)
    expect(networkReason(aborted)).toBe('the page was left')
    const cause = Object.assign(new Error('reset'), { code: 'ECONNRESET' })
    const outer = Object.assign(new Error('outer', { cause }), { code: 7 })
    expect(networkReason(outer)).toBe('ECONNRESET reset')
  })
})

it.each([
  [{}, 'answered 302: a redirect; redirects'],
  [{ location: 'http://' }, 'answered 302: a redirect; redirects'],
  [{ location: '/login?ticket=1' }, 'answered 302: a redirect to http://127.0.0.1:'],
])('a redirect with %j is named as it is', async (headers, message) => {
  server.intercept = () => ({ status: 302, headers })
  const sent = createTransport({ url: server.url }).send({ method: 'GET', path: '/a' })
  await expect(sent).rejects.toThrow(`GET /a ${message}`)
})

it('the cost of a call counts its retries, and the bytes of its text in UTF-8', async () => {
  server.intercept = ({ index }) => {
    if (index < 2) return { status: 503, headers: { 'retry-after': '0' } }
    // a proxy that wrote the response anew
    return response => response.end('{"time":1.5,"result":true}')
  }
  let cost: CallCost | undefined
  await createTransport({ url: server.url }).send({
    method: 'POST',
    path: '/a',
    body: '"é€"',
    onCost: reported => (cost = reported),
  })
  expect(cost).toEqual({
    seconds: expect.any(Number),
    serverSeconds: undefined,
    bytesSent: 7,
    bytesReceived: 26,
    retries: 2,
  })
})

it('headers may be an object of Headers, and those that no header can contain are refused by name', () => {
  const headers = new Headers({ 'x-tenant': 'a' })
  const { init } = addressOf({ url: 'http://h', headers: headers as never })
  expect(new Headers(init.headers).get('x-tenant')).toBe('a')
  const wrong = () => addressOf({ url: 'http://h', headers: { 'x-tenant': 'a\nb' } })
  expect(wrong).toThrow('"client.headers.x-tenant" expected text that a header can contain')
})

it('a client that throws leaves the fetch of the program as it was', () => {
  const before = globalThis.fetch
  const client = {
    api: () => ({
      root(): Promise<unknown> {
        throw new Error('broken')
      },
    }),
  }
  expect(() => addressOf(client)).toThrow('broken')
  expect(globalThis.fetch).toBe(before)
})

it('half of a surrogate pair is named with its place in a payload', () => {
  const half = 'ab\ud83d'
  expect(() => checkWellFormed({ a: [{ b: half }] }, 'p')).toThrow(
    '"p.a[0].b" expected text, got half of a surrogate pair at character 2',
  )
  expect(() => checkWellFormed({ a: { [half]: 1 } }, 'p')).toThrow('"p.a, a name in it" expected text')
  expect(() => checkWellFormed({ a: ['😀', null, 7] }, 'p')).not.toThrow()
})
