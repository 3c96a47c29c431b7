// Secrets of a connection (keys, other headers, tokens in the path of the URL) are in no error, report or log, whatever
// the server answers. Control characters of a server do not get into errors.

import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { inspect } from 'node:util'
import { QdrantClient } from '@qdrant/js-client-rest'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { printable, printableJson } from '../../src/base/printable.js'
import { openCollection, type QdrantServer } from '../../src/qdrant/index.js'
import { createRedactor, redactedError } from '../../src/qdrant/wire/secrets.js'
import { createTransport } from '../../src/qdrant/wire/transport.js'
import { startFakeQdrant } from '../support/fake-qdrant.js'

// characters that JSON, HTML, URLs and base64 write in their own ways
const KEY = 'sk-SECRET/"1+2&3<>=4'

type Respond = (request: IncomingMessage, response: ServerResponse) => void

let respond: Respond
let url = ''
let close: () => void

beforeEach(async () => {
  const server = createServer((request, response) => {
    request.resume().on('end', () => respond(request, response))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  close = () => {
    server.closeAllConnections()
    server.close()
  }
})
afterEach(() => {
  close()
  vi.restoreAllMocks()
})

const base64 = (text: string) => Buffer.from(text).toString('base64')

/** The ways in which a text may contain the key. */
const ENCODINGS: Readonly<Record<string, (key: string) => string>> = {
  'as it is': key => key,
  'in JSON': key => JSON.stringify({ key }),
  'in a URL': encodeURIComponent,
  'in a form': key => String(new URLSearchParams({ key })),
  'in lower case': key => key.toLowerCase(),
  'in base64': base64,
  'in base64 of a longer text': key => base64(`api-key: ${key}; and more`),
  'in base64 of another longer text': key => base64(`api-key:  ${key}; and more`),
  'in base64 of a third longer text': key => base64(`api-key:   ${key}; and more`),
  'in base64 for URLs': key => Buffer.from(`>>${key}??`).toString('base64url'),
  'in hex': key => Buffer.from(key).toString('hex'),
  'in HTML': key =>
    key.replace(/[&<>"]/g, char => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' })[char]!),
}

/** The ways in which a server or a proxy repeats a text. */
const ANSWERS: Readonly<Record<string, (text: string) => Respond>> = {
  "as Qdrant's error": text => (_, response) =>
    response.writeHead(403).end(JSON.stringify({ status: { error: `bad key ${text}` } })),
  'as a page': text => (_, response) => response.writeHead(500).end(`<pre>${text}</pre>`),
  'where a long page is cut': text => (_, response) =>
    response.writeHead(400).end(`${'x'.repeat(995)}${text}${'x'.repeat(100)}`),
  'with a temporary status': text => (_, response) => response.writeHead(503).end(text),
  'as invalid JSON': text => (_, response) => response.end(text),
  'where the excerpt of a response begins to be cut': text => (_, response) =>
    response.end(`${'x'.repeat(50)}${text}${'x'.repeat(100)}`),
  'where the excerpt of a response ends to be cut': text => (_, response) =>
    response.end(`${'x'.repeat(100)}${text}${'x'.repeat(35)}`),
  'as an unexpected response': text => (_, response) => response.end(JSON.stringify({ hello: text })),
  'as a redirect': text => (_, response) =>
    response
      .writeHead(302, {
        location: `http://${encodeURIComponent(text)}.example/?${text.replace(/[^\w]/g, '')}`,
      })
      .end(),
  'as a status text': text => (_, response) => {
    response.writeHead(403, text.replace(/[^\x20-\x7e]/g, '')).end()
  },
  'in a broken header': text => request => void request.socket.end(`HTTP/1.1 200 OK\r\n${text}\r\n\r\n`),
  'instead of HTTP': text => request => void request.socket.end(`${text}\r\n\r\n`),
}

/** Everything that a program may print of an error. */
function printedOf(error: unknown): string {
  const parts: string[] = []
  for (let each = error; each instanceof Error; each = each.cause) {
    const own = Object.getOwnPropertyNames(each).map(name => (each as never)[name])
    parts.push(each.message, String(each.stack), String(each), JSON.stringify(each), ...own.map(String))
  }
  return [...parts, inspect(error, { depth: Number.POSITIVE_INFINITY, showHidden: true })].join('\n')
}

/** Expects that no eight characters of the key are left in a text, as they are or encoded: a cut key is a key too. */
function expectNoKey(text: string, encode: (key: string) => string): void {
  const lower = text.toLowerCase()
  for (const write of [(key: string) => key, encode]) {
    const form = write(KEY).toLowerCase()
    const other = write('x'.repeat(KEY.length)).toLowerCase()
    // characters that another key has at the same place belong to the text around the key
    const isOfKey = [...form].map(
      (char, k) => char !== other[k] && char !== other[k - form.length + other.length],
    )
    for (let first = 0; first + 8 <= form.length; first++) {
      if (isOfKey.slice(first, first + 8).filter(Boolean).length < 4) continue
      expect(lower, form).not.toContain(form.slice(first, first + 8))
    }
  }
}

describe('a key that a server repeats is not in an error', () => {
  const request = { method: 'GET', path: '/collections/c' } as const
  it.each(
    Object.keys(ANSWERS).flatMap(answer =>
      Object.keys(ENCODINGS).map(encoding => [answer, encoding] as const),
    ),
  )('%s, %s', async (answer, encoding) => {
    const encode = ENCODINGS[encoding]!
    respond = ANSWERS[answer]!(encode(KEY))
    const reasons: string[] = []
    const options = {
      retries: encoding === 'as it is' ? 1 : 0,
      onRetry: (reason: string) => reasons.push(reason),
    }
    const transport = createTransport({ url, apiKey: KEY }, options)
    const error = await transport.requestResult(request, () => false).catch(error => error)
    expect(error).toMatchObject({ name: 'QdrantError', method: 'GET', path: '/collections/c' })
    expectNoKey([printedOf(error), ...reasons].join('\n'), encode)
    if (encoding !== 'as it is') return
    const opened = await openCollection({ url, apiKey: KEY }, 'c', options).catch(error => error)
    expect(opened).toBeInstanceOf(Error)
    expectNoKey([printedOf(opened), ...reasons].join('\n'), encode)
  })
})

describe('a secret that a server repeats is not in an error, if it is given', () => {
  const bearer = 'eyJhbGciOi.eyJzdWIiOi.SflKxwRJSM'
  it.each<[string, () => QdrantServer, string]>([
    ['as a header api-key', () => ({ url, headers: { 'api-key': 'short' } }), 'short'],
    ['as a bearer token', () => ({ url, headers: { Authorization: `Bearer ${bearer}` } }), bearer],
    [
      'as user and password',
      () => ({ url, headers: { authorization: `Basic ${base64('me:pass-word-1')}` } }),
      'pass-word-1',
    ],
    ['as a cookie', () => ({ url, headers: { cookie: 'a=1; session=abcdefghijk' } }), 'abcdefghijk'],
    ['as another header', () => ({ url, headers: { 'x-gateway': 'abcdefghijk' } }), 'abcdefghijk'],
    ['as a part of the path', () => ({ url: `${url}/abcdefghijk/qdrant` }), 'abcdefghijk'],
    ['as an escaped part of the path', () => ({ url: `${url}/abc%20defghijk` }), 'abc defghijk'],
    ['to a client as its key', () => new QdrantClient({ url, apiKey: KEY, checkCompatibility: false }), KEY],
    [
      'to a client as a header',
      () =>
        new QdrantClient({ url, headers: { authorization: `Bearer ${bearer}` }, checkCompatibility: false }),
      bearer,
    ],
  ])('%s', async (_, serverOf, secret) => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined)
    respond = (request, response) =>
      response.writeHead(400).end(`${request.url} ${JSON.stringify(request.headers)} ${secret}`)
    const error = await createTransport(serverOf())
      .send({ method: 'GET', path: '/' })
      .catch(error => error)
    expect(error.message).toContain('***')
    expect(printedOf(error)).not.toContain(secret)
    expect(printedOf(error)).not.toContain(encodeURIComponent(secret))
  })
})

describe('a server that is refused or cannot be reached', () => {
  it.each<[string, string]>([
    [`bad\nhunter2`, 'a line break'],
    ['ключ-hunter2', 'letters beyond Latin-1'],
    ['hunter2\0', 'a zero'],
  ])('does not print the key %j, which has %s', async key => {
    const message = 'expected text that a header can contain: one line, and no characters beyond Latin-1'
    for (const [server, path] of [
      [{ url, apiKey: key }, 'client.apiKey'],
      [{ url, headers: { 'api-key': key } }, 'client.headers.api-key'],
    ] as const) {
      const error = await openCollection(server, 'c').catch(error => error)
      expect(error).toEqual(new TypeError(`"${path}" ${message}`))
      expect(printedOf(error)).not.toContain('hunter2')
    }
  })

  it('takes a key with a line break at its end, as files have it', async () => {
    let sent: unknown
    respond = (request, response) => {
      sent = request.headers['api-key']
      response.writeHead(400).end(`bad key ${sent}`)
    }
    const error = await openCollection({ url, apiKey: 'a-secret\n' }, 'c').catch(error => error)
    expect([sent, error.reason]).toEqual(['a-secret', 'bad key ***'])
  })

  it.each(['http://h/?token=hunter2', 'http://h/#hunter2', 'http://hunter2@h', 'ftp://hunter2', 'hunter2'])(
    'does not print the URL %s',
    async address => {
      const error = await openCollection({ url: address }, 'c').catch(error => error)
      expect(error).toBeInstanceOf(TypeError)
      expect(printedOf(error)).not.toContain('hunter2')
    },
  )

  it('does not print the path of its URL', async () => {
    close()
    const error = await openCollection({ url: `${url}/hunter2` }, 'c', { retries: 0 }).catch(error => error)
    expect(error.message).toContain(`is a Qdrant server running at ${url}?`)
    expect(printedOf(error)).not.toContain('hunter2')
  })
})

it('a server that repeats the key in its version and state does not get it into reports', async () => {
  const fake = await startFakeQdrant(`1.19.0-${KEY.replaceAll('"', '')}\x1b[2J`)
  const key = KEY.replaceAll('"', '')
  const server = { url: fake.url, apiKey: key }
  fake.intercept = ({ path }) =>
    path === '/collections/c'
      ? response =>
          response.end(
            JSON.stringify({
              result: {
                status: `green ${key}\x1b[2J`,
                optimizer_status: { error: { text: key } },
                warnings: [{ message: `${key}\x9b2J` }],
                config: { params: { vectors: { colbert: { size: 2, distance: 'Dot' } } } },
              },
            }),
          )
      : path.endsWith('/cluster')
        ? { status: 500, error: key }
        : undefined
  const collection = await openCollection(server, 'c')
  fake.intercept = (
    intercept => request =>
      request.path.endsWith('/cluster')
        ? response => response.end('{"result":{"local_shards":[],"remote_shards":[]}}')
        : /count$/.test(request.path)
          ? response => response.end('{"result":{"count":0}}')
          : /scroll$/.test(request.path)
            ? response => response.end('{"result":{"points":[]}}')
            : intercept(request)
  )(fake.intercept)
  const info = await collection.info()
  expect(info).toMatchObject({
    version: '1.19.0-***\\u001b[2J',
    status: 'green ***\ufffd[2J',
    optimizer_status: { error: { text: '***' } },
    warnings: ['***\ufffd2J'],
  })
  expect(inspect([info, collection], { depth: 20, showHidden: true })).not.toContain('SECRET')
  await fake.close()
})

it('control characters of a server are not in errors', async () => {
  respond = (_, response) =>
    response
      .writeHead(400)
      .end(JSON.stringify({ status: { error: '\x1b]0;owned\x07\x9b2J\u202ered\r\nnext' } }))
  const error = await openCollection({ url }, 'c').catch(error => error)
  expect(error.reason).toBe('\ufffd]0;owned\ufffd\ufffd2J\ufffdred\ufffd\nnext')
  expect(error.message).toBe(`GET / answered 400: ${error.reason}`)
  respond = (_, response) => response.end('\x9b2J\x1b[2J')
  const page = await openCollection({ url }, 'c').catch(error => error)
  expect(page.message).toContain('"\ufffd2J\\u001b[2J"')
})

it('texts of others are printable, and stay JSON', () => {
  const text = 'a\tb\nc\rd\x1b[1m\x7f\x85\u2028\u202e\u2066é'
  expect(printable(text)).toBe('a\tb\nc\ufffdd\ufffd[1m\ufffd\ufffd\ufffd\ufffd\ufffdé')
  const json = printableJson(JSON.stringify(text))
  expect(JSON.parse(json)).toBe(text)
  expect(printable(json)).toBe(json)
})

it('the copy of an error has its names, codes and stack, and no other member', () => {
  const redact = createRedactor(new Headers({ 'api-key': 'hunter22' }), '')
  const inner = Object.assign(new TypeError('at hunter22'), { code: 'ECONNRESET', body: 'hunter22' })
  const copy = redactedError(new RangeError('no hunter22', { cause: inner }), redact)!
  expect([copy.name, copy.message, copy.cause]).toEqual([
    'RangeError',
    'no ***',
    expect.objectContaining({ name: 'TypeError', message: 'at ***', code: 'ECONNRESET' }),
  ])
  expect(copy).not.toHaveProperty('code')
  expect(copy.stack).toContain('secrets.test')
  expect(inspect(copy)).not.toMatch(/hunter22|body/)
  expect(redactedError('hunter22', redact)).toBeUndefined()
})

it('the headers that every client sends are no secrets', () => {
  const values = {
    accept: 'application/json',
    'accept-encoding': 'gzip, deflate',
    'accept-language': 'en-GB-oxendict',
    connection: 'keep-alive',
    'content-encoding': 'gzip-or-identity',
    'content-length': '123456789',
    'content-type': 'application/octet-stream',
    host: 'search.example.org:6333',
    'user-agent': 'qdrant-js/1.19.0',
  }
  const text = Object.values(values).join(' | ')
  expect(createRedactor(new Headers(values), '/')(text)).toBe(text)
  const redact = createRedactor(new Headers({ ...values, 'x-tenant': 'customer-17' }), '/')
  expect(redact(`${text} | customer-17`)).toBe(`${text} | ***`)
})
