// Retries, time limits and errors against a small server of its own: what it answers is scripted, nothing is a Qdrant.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { QdrantClient } from '@qdrant/js-client-rest'
import { afterEach, describe, expect, it } from 'vitest'
import { openCollection } from '../../src/qdrant/index.js'
import { addressOf } from '../../src/qdrant/wire/address.js'
import { QdrantError } from '../../src/qdrant/wire/qdrant-error.js'
import { createTransport } from '../../src/qdrant/wire/transport.js'

type Answer = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void

const closing: (() => void)[] = []

afterEach(() => {
  for (const close of closing.splice(0)) close()
})

/** A server that answers with the first of these, then the next; the last one stays. */
async function serve(...answers: readonly Answer[]): Promise<{ url: string; asked: IncomingMessage[] }> {
  const asked: IncomingMessage[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    asked.push(request)
    answers[Math.min(asked.length, answers.length) - 1]!(request, response, Buffer.concat(chunks))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked }
}

const ok: Answer = (_, response) => response.end('{"result":true,"status":"ok","time":0.25}')
const refuse =
  (status: number, error: string, headers: Record<string, string> = {}): Answer =>
  (_, response) => {
    response.writeHead(status, headers).end(JSON.stringify({ status: { error }, time: 0 }))
  }
const cut: Answer = request => request.socket.destroy()
const request = { method: 'POST', path: '/collections/c/points/query?x=1', body: '{"query":[1.0]}' } as const

async function errorOf(url: string, options = {}): Promise<QdrantError> {
  const error = await createTransport({ url, apiKey: 'secret-key' }, options)
    .send(request)
    .catch(error => error)
  expect(error).toBeInstanceOf(QdrantError)
  expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(/secret-key|\[1\.0\]/)
  return error
}

describe('what may pass is sent again, and counted', () => {
  it.each([
    ['a cut connection', cut],
    ['408', refuse(408, 'Timeout')],
    ['429', refuse(429, 'Rate limit exceeded', { 'retry-after': '0' })],
    ['502', refuse(502, '')],
    ['503', refuse(503, 'shard unavailable')],
    ['500 of a cluster', refuse(500, 'Service internal error: Tonic status error: transport error')],
  ])('%s', async (_, answer) => {
    const { url, asked } = await serve(answer, answer, ok)
    const reasons: string[] = []
    const all: string[] = []
    const transport = createTransport({ url }, { onRetry: reason => all.push(reason) })
    expect(await transport.ask({ ...request, onRetry: reason => reasons.push(reason) })).toBe(true)
    expect(all).toEqual(reasons)
    expect(asked).toHaveLength(3)
    expect(reasons).toHaveLength(2)
  })

  it('no sooner than Retry-After says', async () => {
    const { url } = await serve(refuse(429, 'Rate limit exceeded', { 'retry-after': '1' }), ok)
    const started = performance.now()
    await createTransport({ url }).ask(request)
    expect(performance.now() - started).toBeGreaterThanOrEqual(1000)
  })

  it('until its tries are used up', async () => {
    const { url, asked } = await serve(refuse(503, 'shard unavailable'))
    const error = await errorOf(url, { retries: 2 })
    expect(asked).toHaveLength(3)
    expect(error).toMatchObject({
      name: 'QdrantError',
      status: 503,
      reason: 'shard unavailable',
      method: 'POST',
      path: '/collections/c/points/query',
      attempts: 3,
      message: 'POST /collections/c/points/query answered 503: shard unavailable (sent 3 times)',
    })
  })
})

describe('what stays is told at once', () => {
  it.each([
    [400, 'Wrong input: Vector dimension error: expected dim: 4, got 3', ''],
    [
      401,
      'Must provide an API key or an Authorization bearer token',
      '; check the API key that the client was made with',
    ],
    [404, "Not found: Collection `c` doesn't exist!", ''],
    [
      500,
      'Service internal error: InferenceService URL not configured - please provide valid address in config',
      '; this server has no inference service; pass "encoder" to embed texts here',
    ],
    [
      429,
      'request larger than rate limiter capacity, please try to split your request',
      "; one request costs more than the collection's read_rate_limit allows at all: shorten the query or raise the limit",
    ],
  ])('%i %s', async (status, reason, remedy) => {
    const { url, asked } = await serve(refuse(status, reason))
    const error = await errorOf(url)
    expect(asked).toHaveLength(1)
    expect(error).toMatchObject({ status, reason, attempts: 1 })
    expect(error.message).toBe(`POST /collections/c/points/query answered ${status}: ${reason}${remedy}`)
  })

  it('a server that is absent', async () => {
    const { url } = await serve(ok)
    for (const close of closing.splice(0)) close()
    const error = await errorOf(url, { retries: 1 })
    expect(error.message).toBe(
      `POST /collections/c/points/query got no answer: connect ECONNREFUSED ${url.slice(7)} (sent 2 times)`,
    )
    expect(error.status).toBeUndefined()
  })

  it('a server that is slow', async () => {
    const { url } = await serve(() => undefined)
    const started = performance.now()
    const error = await errorOf(url, { retries: 0, timeout: 200 })
    expect(error.message).toBe('POST /collections/c/points/query got no answer within 200 ms')
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('a server that stops in the middle of an answer', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('{"result":')
      setTimeout(() => response.destroy(), 20)
    })
    expect((await errorOf(url, { retries: 0 })).message).toMatch(
      /^POST \/collections\/c\/points\/query got no answer: /,
    )
  })

  it('a server that sends elsewhere, where nobody may go', async () => {
    const { url, asked } = await serve((_, response) =>
      response.writeHead(302, { location: 'http://127.0.0.1:1/login' }).end(),
    )
    expect((await errorOf(url)).message).toBe('POST /collections/c/points/query got no answer: bad port')
    expect(asked).toHaveLength(1)
  })

  it('an answer that is rubbish', async () => {
    const { url } = await serve((_, response) => response.end('<html>502 Bad Gateway</html>'))
    await expect(createTransport({ url }).ask(request)).rejects.toThrow(
      'POST /collections/c/points/query answered with what is no JSON: "<html>502 Bad Gateway</html>"',
    )
    await expect(openCollection({ url }, 'c')).rejects.toThrow(
      '"client" leads to a server that is no Qdrant: GET / answered "<html>502 Bad Gateway</html>"',
    )
  })

  it('a page of a proxy, its beginning', async () => {
    const { url } = await serve((_, response) => response.writeHead(400).end(`<html>${'x'.repeat(5000)}`))
    expect((await errorOf(url)).message).toHaveLength(
      'POST /collections/c/points/query answered 400: '.length + 1004,
    )
  })
})

describe('a server that answers wrongly', () => {
  const versionOf =
    (version: string): Answer =>
    (_, response) =>
      response.end(`{"title":"qdrant - vector search engine","version":"${version}"}`)
  const say =
    (text: string, headers: Record<string, string> = {}): Answer =>
    (_, response) =>
      response.writeHead(200, headers).end(text)
  const described =
    '{"result":{"status":"green","config":{"params":{"vectors":{"colbert":{"size":2,"distance":"Dot",' +
    '"multivector_config":{"comparator":"max_sim"}}}}}},"status":"ok","time":0.1}'
  const ends = (text: string) => `${JSON.stringify(text.slice(0, 60))} ... ${JSON.stringify(text.slice(-40))}`
  const page = `<html>${'log in '.repeat(40)}</html>`

  it.each<[string, Answer, string]>([
    ['with a page', say(page), `no JSON: ${ends(page)}`],
    ['with nothing', say(''), 'no JSON: ""'],
    ['with null', say('null'), 'no answer of Qdrant to this: "null"'],
    [
      'with JSON of its own',
      say('{"error":"log in"}'),
      'no answer of Qdrant to this: "{\\"error\\":\\"log in\\"}"',
    ],
    ['with another result', say('{"result":{}}'), 'no answer of Qdrant to this: "{\\"result\\":{}}"'],
    ['with half an answer', say(described.slice(0, 120)), `no JSON: ${ends(described.slice(0, 120))}`],
    [
      'with a length that is too small',
      (_, response) => {
        response.socket?.end(`HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n${described}`)
      },
      'no JSON: "{\\"result\\":{\\"status\\":"',
    ],
  ])('%s', async (_, answer, what) => {
    const { url } = await serve(versionOf('1.19.0'), answer)
    const error = await openCollection({ url }, 'c').catch(error => error)
    expect(error).toBeInstanceOf(QdrantError)
    expect(error.message).toBe(`GET /collections/c answered with what is ${what}`)
  })

  it('with a length that is too large, within the time limit', async () => {
    const { url } = await serve(versionOf('1.19.0'), say('{"result":', { 'content-length': '1000' }))
    const started = performance.now()
    await expect(openCollection({ url }, 'c', { timeout: 300 })).rejects.toThrow(
      /^GET \/collections\/c got no answer( within 300 ms|: )/,
    )
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it.each<[string, (url: string) => Promise<unknown>, string]>([
    ['query', async url => (await open(url)).query([[1, 2]]), 'POST /collections/c/points/query'],
    [
      'query with vectors',
      async url => (await open(url)).query([[1, 2]], { with_vector: true }),
      'POST /collections/c/points/query',
    ],
    [
      'queryBatch',
      async url => (await open(url)).queryBatch([{ query: [[1, 2]] }]),
      'POST /collections/c/points/query/batch',
    ],
    ['retrieve', async url => (await open(url)).retrieve([1]), 'POST /collections/c/points'],
    ['scroll', async url => (await open(url)).scroll().next(), 'POST /collections/c/points/scroll'],
    ['count', async url => (await open(url)).count(), 'POST /collections/c/points/count'],
    [
      'upsert',
      async url => (await open(url)).upsert([{ id: 1, vector: { colbert: [[1, 2]] } }]),
      'PUT /collections/c/points',
    ],
  ])('to %s', async (_, call, name) => {
    const { url } = await serve(versionOf('1.19.0'), say(described), say('{"result":{"ok":1}}'))
    const error = (await call(url).catch(error => error)) as QdrantError
    expect(error).toBeInstanceOf(QdrantError)
    expect(error.message).toBe(
      `${name} answered with what is no answer of Qdrant to this: "{\\"result\\":{\\"ok\\":1}}"`,
    )
  })

  it('or is too old', async () => {
    const { url } = await serve(versionOf('1.9.7'))
    await expect(openCollection({ url }, 'c')).rejects.toThrow(
      '"client" leads to Qdrant 1.9.7, which has no multi-vectors; upgrade it to 1.10.0 or later',
    )
  })

  const open = (url: string) => openCollection({ url }, 'c')
})

describe('the time limit', () => {
  it('holds for all tries together', async () => {
    const { url, asked } = await serve(refuse(503, 'shard unavailable'))
    const started = performance.now()
    const error = await errorOf(url, { retries: 100, timeout: 500 })
    expect(error.status).toBe(503)
    expect(asked.length).toBeGreaterThan(1)
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('is no reason to try again, but in a load', async () => {
    const { url, asked } = await serve(() => undefined, ok)
    const error = await errorOf(url, { timeout: 200 })
    expect(error).toMatchObject({
      attempts: 1,
      message: 'POST /collections/c/points/query got no answer within 200 ms',
    })
    expect(asked).toHaveLength(1)
    const load = await serve(() => undefined, ok)
    expect(
      await createTransport({ url: load.url }, { timeout: 200 }).ask({ ...request, patient: true }),
    ).toBe(true)
  })

  it('ends waiting for Retry-After', async () => {
    const { url, asked } = await serve(refuse(429, 'Rate limit exceeded', { 'retry-after': '20' }))
    expect((await errorOf(url, { timeout: 300 })).attempts).toBe(1)
    expect(asked).toHaveLength(1)
  })
})

it('rejects with the reason of its signal, at once', async () => {
  const { url } = await serve(() => undefined)
  const controller = new AbortController()
  const sent = createTransport({ url }).send({ ...request, signal: controller.signal })
  setTimeout(() => controller.abort(new Error('enough')), 20)
  await expect(sent).rejects.toThrow('enough')
  await expect(createTransport({ url }).send({ ...request, signal: controller.signal })).rejects.toThrow(
    'enough',
  )
})

it('stops waiting between tries when its signal says so', async () => {
  const { url } = await serve(refuse(429, 'Rate limit exceeded', { 'retry-after': '20' }))
  await expect(
    createTransport({ url }).send({ ...request, signal: AbortSignal.timeout(100) }),
  ).rejects.toThrow('timeout')
})

it('compresses where it is told to', async () => {
  let body = ''
  const { url, asked } = await serve((told, response, bytes) => {
    body = gunzipSync(bytes).toString()
    ok(told, response, bytes)
  })
  await createTransport({ url }).send({ ...request, gzip: true })
  expect(asked[0]?.headers['content-encoding']).toBe('gzip')
  expect(body).toBe(request.body)
})

it('sends bytes with their length, each time anew', async () => {
  const bodies: Buffer[] = []
  const keep =
    (answer: Answer): Answer =>
    (told, response, bytes) => {
      bodies.push(bytes)
      answer(told, response, bytes)
    }
  const { url, asked } = await serve(keep(refuse(503, 'shard unavailable')), keep(ok))
  const body = Uint8Array.from({ length: 3_000_000 }, (_, k) => 0x61 + (k % 26))
  await createTransport({ url }).ask({ ...request, body })
  for (const { headers } of asked) {
    expect(headers).toMatchObject({ 'content-length': '3000000', 'content-type': 'application/json' })
    expect(headers).not.toHaveProperty('transfer-encoding')
  }
  expect(bodies.map(bytes => Buffer.compare(bytes, body))).toEqual([0, 0])
})

it('asks for plain answers, or for compressed ones where it is told to', async () => {
  const { url, asked } = await serve(ok)
  await createTransport({ url }).send(request)
  await createTransport({ url }, { compressed: true }).send(request)
  expect(asked.map(({ headers }) => headers['accept-encoding'])).toEqual(['identity', 'gzip'])
})

it('tells what a call cost', async () => {
  const { url } = await serve(ok)
  let cost: unknown
  await createTransport({ url }).send({ ...request, onCost: told => (cost = told) })
  expect(cost).toEqual({
    seconds: expect.any(Number),
    serverSeconds: 0.25,
    bytesSent: 15,
    bytesReceived: 41,
    retries: 0,
  })
})

describe('the address of a server', () => {
  it("is read off the user's client, with key, headers and prefix, and nothing is sent", async () => {
    const { url, asked } = await serve(ok)
    const client = new QdrantClient({
      url,
      prefix: '/behind/a/proxy',
      apiKey: 'secret-key',
      headers: { 'x-tenant': 'a' },
      checkCompatibility: false,
    })
    const before = globalThis.fetch
    const { base, init } = addressOf(client)
    expect(globalThis.fetch).toBe(before)
    expect(asked).toHaveLength(0)
    expect(base).toBe(`${url}/behind/a/proxy`)
    const headers = new Headers(init.headers)
    expect([headers.get('api-key'), headers.get('x-tenant')]).toEqual(['secret-key', 'a'])
    await createTransport(client).send(request)
    expect(asked[0]?.headers).toMatchObject({ 'api-key': 'secret-key', 'x-tenant': 'a' })
    expect(asked[0]?.url).toBe('/behind/a/proxy/collections/c/points/query?x=1')
  })

  it.each([
    [null, '"client" expected a QdrantClient or { url, apiKey }, got null'],
    [
      { url: 'localhost:6333' },
      '"client" expected a QdrantClient, or { url } that starts with http:// or https://',
    ],
    [
      { url: 'http://me:secret@localhost' },
      '"client.url" expected no user or password in it; pass { url, apiKey } or { headers }',
    ],
    [
      { api: () => ({ root: async () => undefined }) },
      '"client" keeps its address out of reach; pass { url, apiKey } in place of this version of QdrantClient',
    ],
  ])('is refused: %o', (server, message) => {
    expect(() => addressOf(server as never)).toThrow(message)
  })

  it.each([
    [{ timeout: -1 }, '"timeout" expected a number of milliseconds, at least 0, got -1'],
    [{ retries: 'many' as never }, '"retries" expected a number of attempts, at least 0, got many'],
  ])('with options that are right: %o', (options, message) => {
    expect(() => createTransport({ url: 'http://localhost:1' }, options)).toThrow(message)
  })
})
