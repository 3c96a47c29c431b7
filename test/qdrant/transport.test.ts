// Retries, time limits and errors with a local HTTP server that returns scripted responses.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { gunzipSync } from 'node:zlib'
import { QdrantClient } from '@qdrant/js-client-rest'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { openCollection } from '../../src/qdrant/index.js'
import { addressOf } from '../../src/qdrant/wire/address.js'
import { QdrantError } from '../../src/qdrant/wire/qdrant-error.js'
import { backoff, pauseAfter } from '../../src/qdrant/wire/retry.js'
import { bodyInit } from '../../src/qdrant/wire/stream-body.js'
import { createTransport } from '../../src/qdrant/wire/transport.js'

type Respond = (request: IncomingMessage, response: ServerResponse, body: Buffer) => void

const closing: (() => void)[] = []

afterEach(() => {
  vi.restoreAllMocks()
  for (const close of closing.splice(0)) close()
})

/** A server that returns these responses in order, and the last one from then on. */
async function serve(
  ...responses: readonly Respond[]
): Promise<{ url: string; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    requests.push(request)
    responses[Math.min(requests.length, responses.length) - 1]!(request, response, Buffer.concat(chunks))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  closing.push(() => {
    server.closeAllConnections()
    server.close()
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, requests }
}

const ok: Respond = (_, response) => response.end('{"result":true,"status":"ok","time":0.25}')
const refuse =
  (status: number, error: string, headers: Record<string, string> = {}): Respond =>
  (_, response) => {
    response.writeHead(status, headers).end(JSON.stringify({ status: { error }, time: 0 }))
  }
const cut: Respond = request => request.socket.destroy()
const request = { method: 'POST', path: '/collections/c/points/query?x=1', body: '{"query":[1.0]}' } as const

async function errorOf(url: string, options = {}): Promise<QdrantError> {
  const error = await createTransport({ url, apiKey: 'secret-key' }, options)
    .send(request)
    .catch(error => error)
  expect(error).toBeInstanceOf(QdrantError)
  expect(`${error.message} ${error.stack} ${JSON.stringify(error)}`).not.toMatch(/secret-key|\[1\.0\]/)
  return error
}

it.each([
  ['Node', { node: '22.0.0' }, true],
  ['Bun, which has Node’s modules', { node: '22.0.0', bun: '1.2.0' }, false],
  ['Deno, which has Node’s modules', { node: '22.0.0', deno: '2.0.0' }, false],
  ['an engine without Node’s modules', {}, false],
])('bytes are a stream with a length on %s: %j %s', (_, versions, isStream) => {
  vi.stubGlobal('process', { versions })
  const headers = new Headers()
  const { body } = bodyInit(Uint8Array.of(1, 2, 3), headers)
  vi.unstubAllGlobals()
  expect(body instanceof ReadableStream).toBe(isStream)
  expect(headers.get('content-length')).toBe(isStream ? '3' : null)
})

describe('a request is sent again, and counted, after', () => {
  it.each([
    ['a cut connection', cut],
    ['status 408', refuse(408, 'Timeout')],
    ['status 429', refuse(429, 'Rate limit exceeded', { 'retry-after': '0' })],
    ['status 502', refuse(502, '')],
    ['status 503', refuse(503, 'shard unavailable')],
    ['status 504', refuse(504, '')],
    ['status 507', refuse(507, 'no space left', { 'retry-after': '0' })],
    ['status 500 of a cluster', refuse(500, 'Service internal error: Tonic status error: transport error')],
  ])('%s', async (_, failure) => {
    const { url, requests } = await serve(failure, failure, ok)
    const reasons: string[] = []
    const all: string[] = []
    const transport = createTransport({ url }, { onRetry: reason => all.push(reason) })
    expect(await transport.requestResult({ ...request, onRetry: reason => reasons.push(reason) })).toBe(true)
    expect(all).toEqual(reasons)
    expect(requests).toHaveLength(3)
    expect(reasons).toHaveLength(2)
  })
})

/** Lets pauses end at once. Returns their lengths. */
function skipPauses(): number[] {
  const realTimeout = globalThis.setTimeout
  const pauses: number[] = []
  vi.spyOn(globalThis, 'setTimeout').mockImplementation(((run: () => void, delay = 0, ...more: unknown[]) => {
    // the timers of `fetch` have arguments, and those of a time limit are longer
    const isPause = more.length === 0 && delay < 10_000
    if (isPause) pauses.push(delay)
    return realTimeout(run, isPause ? 0 : delay, ...more)
  }) as typeof setTimeout)
  return pauses
}

describe('retries', () => {
  it('wait as long as Retry-After requires', async () => {
    const { url } = await serve(refuse(429, 'Rate limit exceeded', { 'retry-after': '7' }), ok)
    const pauses = skipPauses()
    await createTransport({ url }).requestResult(request)
    expect(pauses).toEqual([7000])
  })

  it('wait 50 to 100 ms at first, twice as long each time, and at most 30 s', () => {
    const pauses = (share: number) => {
      vi.spyOn(Math, 'random').mockReturnValue(share)
      return [1, 2, 3, 9, 10, 30].map(backoff)
    }
    expect(pauses(0)).toEqual([50, 100, 200, 12_800, 15_000, 15_000])
    expect(pauses(1)).toEqual([100, 200, 400, 25_600, 30_000, 30_000])
  })

  it.each<[status: number, retryAfter: string | undefined, pause: number | undefined]>([
    [503, undefined, 0],
    [503, '7', 7000],
    [503, '3600', 30_000],
    [503, 'Thu, 01 Jan 1970 00:00:10 GMT', 9000],
    [503, 'Thu, 01 Jan 1970 00:00:00 GMT', 0],
    [503, 'soon', 0],
    [507, undefined, 1000],
    [507, '0', 0],
    [400, '7', undefined],
  ])('after status %d with Retry-After %s wait at least %s ms', (status, retryAfter, pause) => {
    vi.spyOn(Date, 'now').mockReturnValue(1000)
    const headers: Record<string, string> = retryAfter === undefined ? {} : { 'retry-after': retryAfter }
    expect(pauseAfter(new Response('', { status, headers }), '')).toBe(pause)
  })

  it('are four, unless told otherwise', async () => {
    vi.spyOn(Math, 'random').mockReturnValue(0)
    const { url, requests } = await serve(refuse(503, 'shard unavailable'))
    const pauses = skipPauses()
    expect((await errorOf(url)).attempts).toBe(5)
    expect(requests).toHaveLength(5)
    expect(pauses).toEqual([50, 100, 200, 400])
  })

  it('end after the given number', async () => {
    const { url, requests } = await serve(refuse(503, 'shard unavailable'))
    const error = await errorOf(url, { retries: 2 })
    expect(requests).toHaveLength(3)
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

describe('a permanent failure rejects at once', () => {
  it.each([
    [400, 'Wrong input: Vector dimension error: expected dim: 4, got 3', ''],
    [401, 'Must provide an API key or an Authorization bearer token', '; check the API key of the client'],
    [404, "Not found: Collection `c` doesn't exist!", ''],
    [
      500,
      'Service internal error: InferenceService URL not configured - please provide valid address in config',
      '; this server has no inference service; pass "encoder" to embed texts here',
    ],
    [
      429,
      'request larger than rate limiter capacity, please try to split your request',
      "; one request costs more than the collection's read_rate_limit allows: shorten the query or raise the limit",
    ],
    [
      403,
      "Request is forbidden on 'colbert' because global vector indexing is disabled",
      '; strict mode forbids a direct query of a vector with m: 0; pass "prefetch", to query() and to rerank(), for example ' +
        'a query of a dense vector',
    ],
    [
      413,
      'payload larger than allowed (limit: 33554432 bytes).',
      '; lower "batchBytes", or raise service.max_request_size_mb on the server',
    ],
    [
      400,
      'Wrong input: Conversion between sparse and regular vectors failed',
      '; the server took two rows of whole numbers for a sparse vector; send vectors as a multi-vector, not as raw JSON',
    ],
    [
      409,
      'Wrong input: Collection `c` already exists!',
      "; pass ifExists: 'reuse' or 'recreate', or use another name",
    ],
  ])('status %i: %s', async (status, reason, remedy) => {
    const { url, requests } = await serve(refuse(status, reason))
    const error = await errorOf(url)
    expect(requests).toHaveLength(1)
    expect(error).toMatchObject({ status, reason, attempts: 1 })
    expect(error.message).toBe(`POST /collections/c/points/query answered ${status}: ${reason}${remedy}`)
  })

  it('of another node of a cluster has the reason of that node', async () => {
    const { url } = await serve(
      refuse(
        400,
        `Wrong input: InvalidArgument: code: 'Client specified an invalid argument', message: "Not existing vector name"`,
      ),
    )
    const { reason, message } = await errorOf(url)
    expect([reason, message]).toEqual([
      'Not existing vector name',
      'POST /collections/c/points/query answered 400: Not existing vector name',
    ])
  })

  it('when nothing listens at the address, with the address', async () => {
    const { url } = await serve(ok)
    for (const close of closing.splice(0)) close()
    const error = await errorOf(url, { retries: 1 })
    expect(error.message).toBe(
      `POST /collections/c/points/query got no response: connect ECONNREFUSED ${url.slice(7)} (sent 2 times); ` +
        `is a Qdrant server running at ${url}?`,
    )
    expect(error.status).toBeUndefined()
  })

  it.each([
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'self-signed certificate'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unable to verify the first certificate'],
  ])('when the certificate is not trusted, with the remedy: %s', async (code, reason) => {
    const cause = Object.assign(new Error(reason), { code })
    const fetch = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed', { cause }))
    const error = await errorOf('https://127.0.0.1:1')
    expect(error.message).toBe(
      `POST /collections/c/points/query got no response: ${code} ${reason}; the certificate of the server is not trusted: ` +
        'set NODE_EXTRA_CA_CERTS to the file of its authority',
    )
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it('when the engine refuses the connection pool of the client, with the remedy', async () => {
    const cause = Object.assign(new Error('invalid onError method'), { code: 'UND_ERR_INVALID_ARG' })
    const fetch = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed', { cause }))
    expect((await errorOf('http://127.0.0.1:1')).message).toBe(
      'POST /collections/c/points/query got no response: UND_ERR_INVALID_ARG invalid onError method; this client does not ' +
        'work on this version of Node: install @qdrant/js-client-rest 1.19 or later, or pass { url, apiKey }',
    )
    expect(fetch).toHaveBeenCalledTimes(1)
  })

  it.each([
    ['http://qdrant', 'http://qdrant:6333'],
    ['https://qdrant/', 'https://qdrant:6333'],
    ['https://user.example/a:80', 'https://user.example:6333'],
    ['http://[::1]', 'http://[::1]:6333'],
    ['http://qdrant:80', 'http://qdrant'],
    ['https://qdrant:443/path', 'https://qdrant'],
    ['http://[::1]:80', 'http://[::1]'],
    ['http://qdrant:443', 'http://qdrant:443'],
  ])('when nothing listens, with the port of Qdrant if none is given: %s', async (url, origin) => {
    const cause = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
    const fetch = vi.spyOn(globalThis, 'fetch').mockRejectedValue(new TypeError('fetch failed', { cause }))
    expect((await errorOf(url, { retries: 0 })).message).toBe(
      `POST /collections/c/points/query got no response: ECONNREFUSED connect; is a Qdrant server running at ${origin}?`,
    )
    const path = new URL(url).pathname.replace(/\/$/, '')
    expect(fetch.mock.calls[0]![0]).toBe(`${origin}${path}/collections/c/points/query?x=1`)
  })

  it('when something else is at the address, with the remedy for a path that a client dropped', async () => {
    const { url } = await serve((_, response) => response.writeHead(404).end('<html>nginx</html>'))
    await expect(openCollection({ url }, 'c')).rejects.toThrow(
      'GET / answered 404: <html>nginx</html>; this is not the address of Qdrant: a QdrantClient drops the path of its ' +
        '"url", so pass it as "prefix", or pass { url, apiKey }',
    )
  })

  it('when the time limit is over', async () => {
    const { url } = await serve(() => undefined)
    const started = performance.now()
    const error = await errorOf(url, { retries: 0, timeout: 200 })
    expect(error.message).toBe('POST /collections/c/points/query got no response within 200 ms')
    expect(performance.now() - started).toBeLessThan(1000)
  })

  it('when a response breaks off', async () => {
    const { url } = await serve((_, response) => {
      response.writeHead(200, { 'content-length': '1000' })
      response.write('{"result":')
      setTimeout(() => response.destroy(), 20)
    })
    expect((await errorOf(url, { retries: 0 })).message).toMatch(
      /^POST \/collections\/c\/points\/query got no response: /,
    )
  })

  it.each([301, 302, 303, 307, 308])('when the server redirects with status %i', async status => {
    const other = await serve(ok)
    const { url, requests } = await serve((_, response) =>
      response.writeHead(status, { location: `${other.url}/login?ticket=1` }).end(),
    )
    const error = await errorOf(url)
    expect([error.status, error.path]).toEqual([status, '/collections/c/points/query'])
    expect(error.message).toBe(
      `POST /collections/c/points/query answered ${status}: a redirect to ${other.url}; redirects are not followed, ` +
        'because they would receive the API key; use the address of the server itself',
    )
    expect([requests.length, other.requests.length]).toEqual([1, 0])
  })

  it('when the response is not from Qdrant', async () => {
    const { url } = await serve((_, response) => response.end('<html>502 Bad Gateway</html>'))
    await expect(createTransport({ url }).requestResult(request)).rejects.toThrow(
      'POST /collections/c/points/query: the server returned invalid JSON: "<html>502 Bad Gateway</html>"',
    )
    await expect(openCollection({ url }, 'c')).rejects.toThrow(
      new TypeError(
        '"client" points to a server that is not Qdrant: GET / answered "<html>502 Bad Gateway</html>"',
      ),
    )
  })

  it('with the beginning of the page of a proxy', async () => {
    const { url } = await serve((_, response) => response.writeHead(400).end(`<html>${'x'.repeat(5000)}`))
    expect((await errorOf(url)).message).toHaveLength(
      'POST /collections/c/points/query answered 400: '.length + 1004,
    )
  })
})

describe('a wrong response is refused', () => {
  const versionOf =
    (version: string): Respond =>
    (_, response) =>
      response.end(`{"title":"qdrant - vector search engine","version":"${version}"}`)
  const say =
    (text: string, headers: Record<string, string> = {}): Respond =>
    (_, response) =>
      response.writeHead(200, headers).end(text)
  const described =
    '{"result":{"status":"green","config":{"params":{"vectors":{"colbert":{"size":2,"distance":"Dot",' +
    '"multivector_config":{"comparator":"max_sim"}}}}}},"status":"ok","time":0.1}'
  const ends = (text: string) => `${JSON.stringify(text.slice(0, 60))} ... ${JSON.stringify(text.slice(-40))}`
  const page = `<html>${'log in '.repeat(40)}</html>`

  it.each<[string, Respond, string]>([
    ['an HTML page', say(page), `invalid JSON: ${ends(page)}`],
    ['an empty body', say(''), 'invalid JSON: ""'],
    ['null', say('null'), 'an unexpected response: "null"'],
    ['other JSON', say('{"error":"log in"}'), 'an unexpected response: "{\\"error\\":\\"log in\\"}"'],
    ['another result', say('{"result":{}}'), 'an unexpected response: "{\\"result\\":{}}"'],
    ['half a response', say(described.slice(0, 120)), `invalid JSON: ${ends(described.slice(0, 120))}`],
    [
      'a content-length that is too small',
      (_, response) => {
        response.socket?.end(`HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n${described}`)
      },
      'invalid JSON: "{\\"result\\":{\\"status\\":"',
    ],
  ])('%s', async (_, answer, what) => {
    const { url } = await serve(versionOf('1.19.0'), answer)
    const error = await openCollection({ url }, 'c').catch(error => error)
    expect(error).toBeInstanceOf(QdrantError)
    expect(error.message).toBe(`GET /collections/c: the server returned ${what}`)
  })

  it('a content-length that is too large, within the time limit', async () => {
    const { url } = await serve(versionOf('1.19.0'), say('{"result":', { 'content-length': '1000' }))
    const started = performance.now()
    await expect(openCollection({ url }, 'c', { timeout: 300 })).rejects.toThrow(
      /^GET \/collections\/c got no response( within 300 ms|: )/,
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
  ])('to the call %s', async (_, call, name) => {
    const { url } = await serve(versionOf('1.19.0'), say(described), say('{"result":{"ok":1}}'))
    const error = (await call(url).catch(error => error)) as QdrantError
    expect(error).toBeInstanceOf(QdrantError)
    expect(error.message).toBe(
      `${name}: the server returned an unexpected response: "{\\"result\\":{\\"ok\\":1}}"`,
    )
  })

  it('the version of a server that is too old', async () => {
    const { url } = await serve(versionOf('1.9.7'))
    await expect(openCollection({ url }, 'c')).rejects.toThrow(
      new RangeError(
        '"client" points to Qdrant 1.9.7, which has no multi-vectors; upgrade it to 1.10.0 or later',
      ),
    )
  })

  const open = (url: string) => openCollection({ url }, 'c')
})

/** Lets the first time limit of a minute end after 50 ms, as if a minute had passed. */
function endFirstLimit(): void {
  const realTimeout = globalThis.setTimeout
  const timers = vi.spyOn(globalThis, 'setTimeout').mockImplementation(((
    run: () => void,
    delay = 0,
    ...more: unknown[]
  ) => {
    if (delay < 59_000) return realTimeout(run, delay, ...more)
    timers.mockRestore()
    return realTimeout(() => {
      const passed = performance.now() + 60_000
      vi.spyOn(performance, 'now').mockReturnValue(passed)
      run()
    }, 50)
  }) as typeof setTimeout)
}

describe('the time limit', () => {
  it('applies to all attempts of a call together', async () => {
    let time = 0
    vi.spyOn(performance, 'now').mockImplementation(() => time)
    skipPauses()
    const { url, requests } = await serve((...exchange) => {
      time += 20_000
      refuse(503, 'shard unavailable')(...exchange)
    })
    const error = await errorOf(url, { retries: 100, timeout: 50_000 })
    expect(error.message).toContain('answered 503: shard unavailable (sent 3 times)')
    expect(requests).toHaveLength(3)
  })

  it('is not followed by a retry, except in an upsert', async () => {
    const { url, requests } = await serve(() => undefined, ok)
    endFirstLimit()
    expect(await errorOf(url, { timeout: 59_999 })).toMatchObject({
      attempts: 1,
      message: 'POST /collections/c/points/query got no response within 59999 ms',
    })
    expect(requests).toHaveLength(1)
    const load = await serve(() => undefined, ok)
    endFirstLimit()
    const transport = createTransport({ url: load.url })
    expect(await transport.requestResult({ ...request, timeoutPerAttempt: true })).toBe(true)
    expect(load.requests).toHaveLength(2)
  })

  it('is not exceeded by waiting for Retry-After', async () => {
    const { url, requests } = await serve(refuse(429, 'Rate limit exceeded', { 'retry-after': '20' }))
    expect((await errorOf(url, { timeout: 19_000 })).attempts).toBe(1)
    expect(requests).toHaveLength(1)
  })
})

it('a request rejects at once with the reason of its signal', async () => {
  const { url } = await serve(() => undefined)
  const controller = new AbortController()
  const sent = createTransport({ url }).send({ ...request, signal: controller.signal })
  setTimeout(() => controller.abort(new Error('enough')), 20)
  await expect(sent).rejects.toThrow('enough')
  await expect(createTransport({ url }).send({ ...request, signal: controller.signal })).rejects.toThrow(
    'enough',
  )
})

it('a signal ends the pause between two attempts', async () => {
  const { url } = await serve(refuse(429, 'Rate limit exceeded', { 'retry-after': '20' }))
  await expect(
    createTransport({ url }).send({ ...request, signal: AbortSignal.timeout(100) }),
  ).rejects.toThrow('timeout')
})

it('a body is compressed with gzip: true', async () => {
  let body = ''
  const { url, requests } = await serve((request, response, bytes) => {
    body = gunzipSync(bytes).toString()
    ok(request, response, bytes)
  })
  await createTransport({ url }).send({ ...request, gzip: true })
  expect(requests[0]?.headers['content-encoding']).toBe('gzip')
  expect(body).toBe(request.body)
})

it('bytes are sent with their length, again with each attempt', async () => {
  const bodies: Buffer[] = []
  const keep =
    (respond: Respond): Respond =>
    (request, response, bytes) => {
      bodies.push(bytes)
      respond(request, response, bytes)
    }
  const { url, requests } = await serve(keep(refuse(503, 'shard unavailable')), keep(ok))
  const body = Uint8Array.from({ length: 3_000_000 }, (_, k) => 0x61 + (k % 26))
  await createTransport({ url }).requestResult({ ...request, body })
  for (const { headers } of requests) {
    expect(headers).toMatchObject({ 'content-length': '3000000', 'content-type': 'application/json' })
    expect(headers).not.toHaveProperty('transfer-encoding')
  }
  expect(bodies.map(bytes => Buffer.compare(bytes, body))).toEqual([0, 0])
})

it('responses are requested plain, or compressed with compressed: true', async () => {
  const { url, requests } = await serve(ok)
  await createTransport({ url }).send(request)
  await createTransport({ url }, { compressed: true }).send(request)
  expect(requests.map(({ headers }) => headers['accept-encoding'])).toEqual(['identity', 'gzip'])
})

it('onCost is called with time and bytes of the call', async () => {
  const { url } = await serve(ok)
  let cost: unknown
  await createTransport({ url }).send({ ...request, onCost: reported => (cost = reported) })
  expect(cost).toEqual({
    seconds: expect.any(Number),
    serverSeconds: 0.25,
    bytesSent: 15,
    bytesReceived: 41,
    retries: 0,
  })
})

describe('the address of a server', () => {
  it("is read from the user's client, with key, headers and prefix, without a request", async () => {
    const { url, requests } = await serve(ok)
    // the client warns that it sends a key over http
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
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
    expect(requests).toHaveLength(0)
    expect(base).toBe(`${url}/behind/a/proxy`)
    const headers = new Headers(init.headers)
    expect([headers.get('api-key'), headers.get('x-tenant')]).toEqual(['secret-key', 'a'])
    await createTransport(client).send(request)
    expect(requests[0]?.headers).toMatchObject({ 'api-key': 'secret-key', 'x-tenant': 'a' })
    expect(requests[0]?.url).toBe('/behind/a/proxy/collections/c/points/query?x=1')
  })

  it.each([
    [null, '"client" expected a QdrantClient or { url, apiKey }, got null'],
    [
      { url: 'localhost:6333' },
      '"client" expected a QdrantClient, or { url } that starts with http:// or https://',
    ],
    [
      { url: 'http://me:secret@localhost' },
      '"client.url" expected a URL without user and password; pass { url, apiKey } or { url, headers }',
    ],
    [
      { api: () => ({ root: async () => undefined }) },
      '"client" is a version of QdrantClient whose address cannot be read; pass { url, apiKey } instead',
    ],
  ])('is refused: %o', (server, message) => {
    expect(() => addressOf(server as never)).toThrow(new TypeError(message))
  })

  it.each([
    [{ timeout: -1 }, '"timeout" expected a number of milliseconds, at least 0, got -1'],
    [{ retries: 'many' as never }, '"retries" expected a number of attempts, at least 0, got many'],
  ])('needs right options: %o', (options, message) => {
    expect(() => createTransport({ url: 'http://localhost:1' }, options)).toThrow(new RangeError(message))
  })
})
