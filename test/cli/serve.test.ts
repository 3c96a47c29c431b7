// `maxsimd serve` in this process: answers, refusals, limits, and the index that changes while it is served.

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as httpRequest, Server } from 'node:http'
import { connect } from 'node:net'
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest'
import { isLocalHost, isLoopback } from '../../src/cli/serve/access.js'
import { startServer } from '../../src/cli/serve/http-server.js'
import { createIndexFolder, type IndexFolder } from '../../src/cli/service/open-index.js'
import { createTextService } from '../../src/cli/service/text-service.js'
import { createStaticEncoder } from '../../src/encode/index.js'
import { createStore, openStore, type Store } from '../../src/store/index.js'
import { openTextIndex, type TextAnswer } from '../../src/text-index/index.js'
import { type Outcome, runCli, type Surroundings, temporaryFolder } from './run-cli.js'

const at = temporaryFolder()
const stops: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop()
})

beforeAll(async () => {
  mkdirSync(at('notes'))
  writeFileSync(at('notes/a.md'), '# Animals\n\nA spider sat on the wall.\n\nThe bank failed.\n')
  await runCli(['index', at('notes'), '--store', at('index')])
  shared = await serve(index())
  // stopped after all tests
  stops.pop()
})

/** A server that tests share. */
let shared: Served
afterAll(() => shared.stop())

interface Served {
  readonly url: string
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  /** Stops the command, which must end with exit code 0. */
  stop(): Promise<Outcome>
}

/** Runs `maxsimd serve` on a free port until the end of the test. */
async function serve(args: readonly string[], surroundings: Surroundings = {}): Promise<Served> {
  const interrupt = new AbortController()
  let printed = (_: string) => {}
  const line = new Promise<string>(resolve => {
    printed = resolve
  })
  const command = ['serve', '--port', '0', '--json', ...args]
  const running = runCli(command, { ...surroundings, signal: interrupt.signal, onStdout: printed })
  const stop = () => {
    interrupt.abort()
    return running
  }
  stops.push(stop)
  const { url } = JSON.parse(await Promise.race([line, running.then(({ stderr }) => stderr)]))
  const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    fetch(new URL(path, url), {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: typeof body === 'string' ? body : JSON.stringify(body),
    })
  return { url, post, stop }
}

const index = () => ['--store', at('index')]

/** Status and body of a request that `fetch` cannot send. */
function send(url: string, path: string, headers: Record<string, string>): Promise<[number, unknown]> {
  return new Promise((resolve, reject) => {
    const { hostname, port } = new URL(url)
    httpRequest({ hostname, port, path, headers, agent: false }, async response => {
      let text = ''
      for await (const chunk of response) text += chunk
      resolve([response.statusCode!, JSON.parse(text)])
    })
      .on('error', reject)
      .end()
  })
}

/** A search whose body arrives in two parts, the second one by `end`. */
function slowSearch(url: string): { readonly answer: Promise<Response>; end(): void } {
  let end = () => {}
  const bytes = (text: string) => new TextEncoder().encode(text)
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      controller.enqueue(bytes('{"query":'))
      end = () => {
        controller.enqueue(bytes('"spiders"}'))
        controller.close()
      }
    },
  })
  const headers = { 'content-type': 'application/json' }
  const init = { method: 'POST', headers, body, duplex: 'half' } as RequestInit
  return { answer: fetch(new URL('search', url), init), end }
}

describe('answers', () => {
  it('finds passages as `search --json` does, with rows on request', async () => {
    const { post } = shared
    const response = await post('search', { query: 'fear of spiders', limit: 1 })
    expect([response.status, response.headers.get('content-type')]).toEqual([
      200,
      'application/json; charset=utf-8',
    ])
    const answer = (await response.json()) as { hits: object[] }
    const { stdout } = await runCli(['search', 'fear of spiders', '--limit', '1', '--json', ...index()])
    const { question: _, ...printed } = JSON.parse(stdout)
    expect(answer).toEqual(printed)
    expect(answer.hits[0]).toMatchObject({ text: 'A spider sat on the wall.', line: 3 })
    expect(answer.hits[0]).not.toHaveProperty('rows')
    const meaning = await (await post('search', { query: 'xyzzy insects', only: 'meaning' })).json()
    expect(meaning).toEqual({ unknown: ['xyzzy'], hits: expect.any(Array) })
    const filter = { must: [{ key: 'line', match: { value: 5 } }] }
    const explained = await post('search', { query: 'fear of banks', filter, explain: true, limit: null })
    const { hits } = (await explained.json()) as { hits: { line: number; rows: object[] }[] }
    expect(hits.map(({ line, rows }) => [line, rows.length])).toEqual([[5, 0]])
  })

  it('reranks texts and objects, best first, with their places and ids', async () => {
    const { post } = shared
    const documents = ['The bank failed.', { text: 'A spider sat.', id: 'doc-1' }, { text: '', id: 2 }]
    const all = (await (await post('rerank', { query: 'insects', documents })).json()) as {
      results: { index: number; score: number }[]
    }
    expect(all.results.map(({ index }) => index)).toEqual([1, 0, 2])
    expect(all.results[0]).toMatchObject({ id: 'doc-1', text: 'A spider sat.' })
    expect(all.results[0]!.score).toBeGreaterThan(all.results[1]!.score)
    const best = await (await post('rerank', { query: 'insects', documents, limit: 1 })).json()
    expect(best).toEqual({ results: all.results.slice(0, 1) })
    const nameless = await post('rerank', {
      query: 'insects',
      documents: [{ text: 'A spider sat.', id: null }],
    })
    const [result] = ((await nameless.json()) as { results: object[] }).results
    expect(Object.keys(result!)).toEqual(['index', 'text', 'score', 'matches'])
    expect(await (await post('rerank', { query: 'insects', documents: [] })).json()).toEqual({ results: [] })
  })

  it('reports its health, and serves the page with headers that forbid foreign scripts', async () => {
    const { url } = shared
    expect(await (await fetch(new URL('health', url))).json()).toEqual({ status: 'ok', index: true })
    const page = await fetch(url)
    expect(page.headers.get('content-type')).toBe('text/html; charset=utf-8')
    for (const { headers } of [
      page,
      await fetch(new URL('health', url)),
      await fetch(new URL('none', url)),
    ]) {
      expect(Object.fromEntries(headers)).toMatchObject({
        'content-security-policy':
          "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        'cross-origin-opener-policy': 'same-origin',
        'cross-origin-resource-policy': 'same-origin',
        'referrer-policy': 'no-referrer',
        'x-content-type-options': 'nosniff',
      })
    }
    const html = await page.text()
    const files = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, file]) => file!)
    expect(files).toEqual(['icon.svg', 'style.css', 'main.js'])
    for (const file of files) expect((await fetch(new URL(file, url))).status, file).toBe(200)
    for (const path of ['?q=spiders', 'health?now', 'style.css?version=1']) {
      expect((await fetch(new URL(path, url))).status, path).toBe(200)
    }
    const head = await fetch(url, { method: 'HEAD' })
    expect([await head.text(), head.headers.get('content-length')]).toEqual([
      '',
      String(Buffer.byteLength(html)),
    ])
  })

  it('has no header that lets pages of other sites read an answer', async () => {
    const { post, url } = shared
    const response = await post('search', { query: 'spiders' }, { origin: 'https://example.org' })
    const preflight = await fetch(new URL('search', url), { method: 'OPTIONS' })
    for (const { headers } of [response, preflight]) {
      expect([...headers.keys()].filter(name => name.startsWith('access-control'))).toEqual([])
    }
    expect(preflight.status).toBe(405)
  })
})

describe('refusals', () => {
  const json = 'application/json'
  const limit = '"limit" expected a whole number from 1 to 1000'
  it('names what is wrong with a request, and its status code', async () => {
    const { post, url } = await serve([...index(), '--max-body', '64'])
    const cases: readonly [string, unknown, number, string, string?][] = [
      ['search', '', 400, 'the body is not valid JSON: it is empty'],
      ['search', '{', 400, 'the body is not valid JSON: '],
      ['search', [], 400, '"request" expected an object, got array; valid options of a search: query, limit'],
      ['search', {}, 400, '"query" expected a text, got undefined'],
      ['search', { query: ' ' }, 400, '"query" expected a text, got an empty one'],
      ['search', { query: 'a'.repeat(4001) }, 400, '"query" expected at most 4000 characters, got 4001'],
      [
        'rerank',
        { query: 'a', documents: Array(10_001).fill('') },
        400,
        '"documents" expected at most 10000 texts, got 10001',
      ],
      ['search', { query: 'a', top: 1 }, 400, 'unknown option "request.top"'],
      ['search', { query: 'a', limit: 0 }, 400, `${limit}, got 0`],
      ['search', { query: 'a', limit: 1001 }, 400, `${limit}, got 1001`],
      ['search', { query: 'a', limit: '5' }, 400, '"limit" expected a number, got string'],
      ['search', { query: 'a', only: 'rows' }, 400, '"only" expected one of words, meaning, got "rows"'],
      ['search', { query: 'a', explain: 1 }, 400, '"explain" expected true or false, got number'],
      ['search', { query: 'a', filter: [] }, 400, '"filter" expected an object, got array'],
      ['search', { query: 'spiders', filter: { must: [{ key: 1 }] } }, 400, 'filter'],
      [
        'search',
        { query: 'a', filter: { must: [{ should: Array(100).fill({ key: 'line', match: { value: 1 } }) }] } },
        400,
        '"filter" expected at most 100 conditions, got 101; a match with "any" takes a list of values',
      ],
      [
        'rerank',
        { query: 'a' },
        400,
        '"documents" expected an array of texts or objects with a "text", got un',
      ],
      [
        'rerank',
        { query: 'a', documents: ['b', 3] },
        400,
        '"documents[1]" expected a text or an object with',
      ],
      ['rerank', { query: 'a', documents: [null] }, 400, '"documents[0]" expected a text or an object with'],
      [
        'rerank',
        { query: 'a', documents: [{ text: 'b', id: {} }] },
        400,
        '"documents[0].id" expected a text',
      ],
      [
        'rerank',
        { query: 'a', documents: ['b'], limit: 0 },
        400,
        '"limit" expected a whole number of at least',
      ],
      ['search', { query: 'a' }, 415, 'the header Content-Type must be application/json', 'text/plain'],
      ['search', { query: 'a'.repeat(65_536) }, 413, 'the body is larger than 65536 bytes'],
      ['nothing', {}, 404, 'not found; use POST /search, POST /rerank, GET /health or GET /'],
      ['health', {}, 405, '/health accepts GET, HEAD only'],
      ['', {}, 405, '/ accepts GET, HEAD only'],
    ]
    for (const [path, body, status, message, type = json] of cases) {
      const response = await post(path, body, { 'content-type': type })
      const { error } = (await response.json()) as { error: string }
      expect([response.status, error], JSON.stringify(body)).toEqual([
        status,
        expect.stringContaining(message),
      ])
    }
    const methods = await Promise.all(['health', ''].map(path => post(path, {})))
    expect(methods.map(({ headers }) => headers.get('allow'))).toEqual(['GET, HEAD', 'GET, HEAD'])
    expect((await fetch(new URL('search', url))).headers.get('allow')).toBe('POST')
  })

  it('refuses compressed bodies, bodies that are not UTF-8, and too large ones of unknown length', async () => {
    const { url } = await serve([...index(), '--max-body', '1'])
    const send = async (body: BodyInit, headers: Record<string, string> = {}) => {
      const all = { 'content-type': json, ...headers }
      const init = { method: 'POST', headers: all, body, duplex: 'half' } as RequestInit
      const response = await fetch(new URL('search', url), init)
      const { error } = (await response.json()) as { error: string }
      return [response.status, error, ...(response.headers.get('connection') === 'close' ? ['close'] : [])]
    }
    const invalid = new Uint8Array([0x22, 0xff, 0x22])
    expect(await send(invalid)).toEqual([400, 'the body is not valid UTF-8'])
    expect((await send('{}', { 'content-encoding': 'gzip' })).slice(0, 2)).toEqual([
      415,
      expect.stringContaining('compressed'),
    ])
    const endless = new ReadableStream<Uint8Array>({
      pull: controller => controller.enqueue(new Uint8Array(600).fill(32)),
    })
    // the rest of the body is not read
    expect(await send(endless)).toEqual([413, 'the body is larger than 1024 bytes', 'close'])
  })

  /** Sends all parts to the server before it reads the answer, as simple clients do. */
  const sendBlindly = async (url: string, parts: readonly string[]): Promise<string> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1')
    socket.pause()
    const failed = new Promise<never>((_, reject) => socket.once('error', reject))
    for (const part of parts) {
      await Promise.race([failed, new Promise<void>(resolve => socket.write(part, () => resolve()))])
    }
    let answer = ''
    const ended = new Promise<void>(resolve => socket.once('end', resolve))
    socket.on('data', data => (answer += data))
    socket.resume()
    await Promise.race([failed, ended])
    socket.destroy()
    return answer
  }

  /** Changes the time that a refused client gets to finish sending, until the end of the test. */
  const withDrainTime = (milliseconds: number) => {
    const realTimeout = globalThis.setTimeout
    const timers = vi
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation(((run: () => void, delay?: number) =>
        realTimeout(run, delay === 5000 ? milliseconds : delay)) as typeof setTimeout)
    stops.push(async () => timers.mockRestore())
  }

  it('answers a client that sends a far too large body to its end before it reads, of known or unknown length', async () => {
    // a busy machine may need more than the usual time
    withDrainTime(60_000)
    const { url } = await serve([...index(), '--max-body', '1'])
    const head = `POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${json}\r\n`
    const [size, count] = [65_536, 256]
    const piece = ' '.repeat(size)
    const known = [`${head}content-length: ${size * count}\r\n\r\n`, ...Array(count).fill(piece)]
    const chunk = `${size.toString(16)}\r\n${piece}\r\n`
    const chunked = [`${head}transfer-encoding: chunked\r\n\r\n`, ...Array(count).fill(chunk), '0\r\n\r\n']
    for (const parts of [known, chunked]) {
      const answer = await sendBlindly(url, parts)
      expect(answer).toMatch(
        /^HTTP\/1\.1 413 [\s\S]*\r\n\r\n\{"error":"the body is larger than 1024 bytes"\}\n$/,
      )
    }
  })

  it('closes the connection of a refused client that does not finish its body', async () => {
    withDrainTime(1)
    const head = `POST /search HTTP/1.1\r\nhost: localhost\r\ncontent-type: ${json}\r\ncontent-length: 5000000\r\n\r\n`
    expect(await sendBlindly(shared.url, [head])).toMatch(/^HTTP\/1\.1 413 [\s\S]* 4194304 bytes"\}\n$/)
  })

  it('answers a client that sends far too long headers before it reads', async () => {
    const header = `a: ${'b'.repeat(65_536)}\r\n`
    const answer = await sendBlindly(shared.url, ['GET / HTTP/1.1\r\n', ...Array(64).fill(header), '\r\n'])
    expect(answer).toMatch(/^HTTP\/1\.1 431 /)
  })

  it('answers what is not HTTP with JSON too, and stays up after any path', async () => {
    const { url } = shared
    const { port, hostname } = new URL(url)
    const reply = await new Promise<string>(resolve => {
      let text = ''
      const socket = connect(Number(port), hostname, () => socket.write('what\r\n\r\n'))
      socket.on('data', chunk => (text += chunk)).on('close', () => resolve(text))
    })
    expect(reply).toMatch(
      /^HTTP\/1\.1 400 Bad Request\r\n(?:.*\r\n)*\r\n\{"error":"the request cannot be read: Bad Request"\}\n$/,
    )
    for (const path of ['//', '/..', '/%', '/constructor', '/health/', '/__proto__']) {
      expect((await send(url, path, { host: 'localhost' }))[0], path).toBe(404)
    }
    expect((await send(url, '/health?x=1', { host: 'localhost' }))[0]).toBe(200)
  })

  it('refuses a Host header that names another machine, against DNS rebinding', async () => {
    const { url } = shared
    expect(await send(url, '/health', { host: 'example.org' })).toEqual([
      403,
      { error: 'the header Host must name this machine, for example 127.0.0.1 or localhost' },
    ])
    expect((await send(url, '/health', { host: 'localhost:1' }))[0]).toBe(200)
    for (const host of ['127.0.0.1', 'LOCALHOST', 'a.localhost:80', '[::1]:8080', '127.9.8.7:1']) {
      expect(isLocalHost([host]), host).toBe(true)
    }
    for (const host of [
      '',
      'localhost.example.org',
      'a@localhost:b',
      '127.0.0.1.example.org',
      '10.0.0.1',
      '[::2]',
      'evil.org#localhost',
      'notlocalhost',
      'localhost:80@example.org',
      '[::1]example.org',
    ]) {
      expect(isLocalHost([host]), host).toBe(false)
    }
    for (const hosts of [undefined, [], ['localhost', 'example.org'], ['localhost', 'localhost']]) {
      expect(isLocalHost(hosts), String(hosts)).toBe(false)
    }
    expect(['0.0.0.0', '::', '192.168.1.1'].map(isLoopback)).toEqual([false, false, false])
    expect(['::1', '::ffff:127.0.0.1'].map(isLoopback)).toEqual([true, true])
  })

  it('answers requests without a Host header, and with an expectation that it does not know', async () => {
    const { url } = shared
    const { port, hostname } = new URL(url)
    const reply = (head: string, body = '') =>
      new Promise<string>(resolve => {
        let text = ''
        const socket = connect(Number(port), hostname, () =>
          socket.write(`${head}connection: close\r\n\r\n${body}`),
        )
        socket.on('data', chunk => (text += chunk)).on('close', () => resolve(text))
      })
    expect(await reply('GET /health HTTP/1.1\r\n')).toMatch(
      /^HTTP\/1\.1 403 .*\{"error":"the header Host must name/s,
    )
    const two = 'GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\nhost: example.org\r\n'
    expect(await reply(two)).toMatch(/^HTTP\/1\.1 403 .*\{"error":"the header Host must name/s)
    const body = '{"query":"spiders"}'
    const post = `POST /search HTTP/1.1\r\nhost: 127.0.0.1\r\ncontent-type: ${json}\r\ncontent-length: ${body.length}\r\n`
    expect(await reply(`${post}expect: magic\r\n`, body)).toMatch(/^HTTP\/1\.1 200 .*"hits":\[\{/s)
  })

  it('answers a limited number of requests at a time; the next get 503 and when to try again', async () => {
    const { url, post } = await serve([...index(), '--max-requests', '1'])
    const { answer: slow, end } = slowSearch(url)
    let busy = await post('search', { query: 'spiders' })
    // until the first request has arrived
    for (let tries = 0; busy.status === 200 && tries < 200; tries++)
      busy = await post('search', { query: 'spiders' })
    expect([busy.status, busy.headers.get('retry-after'), await busy.json()]).toEqual([
      503,
      '1',
      { error: 'the server is answering 1 requests already; try again' },
    ])
    expect((await fetch(new URL('health', url))).status).toBe(200)
    end()
    expect((await slow).status).toBe(200)
    expect((await post('search', { query: 'spiders' })).status).toBe(200)
  })
})

describe('the token', () => {
  const environment = { MAXSIMD_TOKEN: 'secret-1' }

  it('is needed for answers, not for the page, and comes from the environment or --token', async () => {
    const { post, url } = await serve(index(), { environment })
    const search = async (authorization?: string) =>
      (await post('search', { query: 'spiders' }, authorization === undefined ? {} : { authorization }))
        .status
    expect([
      await search(),
      await search('Bearer secret-2'),
      await search('secret-1'),
      await search('Bearer secret-1 secret-1'),
      await search('Bearer secret-1'),
    ]).toEqual([401, 401, 401, 401, 200])
    const refused = await post('rerank', {})
    expect([refused.status, refused.headers.get('www-authenticate')]).toEqual([401, 'Bearer'])
    expect((await fetch(url)).status).toBe(200)
    const other = await serve([...index(), '--token', 'of-the-option'], { environment })
    const headers = { authorization: 'Bearer of-the-option' }
    expect((await other.post('search', { query: 'spiders' }, headers)).status).toBe(200)
  })

  it('of the environment is named there if it is wrong, and may be empty', async () => {
    const { stdout, stderr } = await runCli(['serve', ...index()], {
      environment: { MAXSIMD_TOKEN: 'a b' },
      code: 2,
    })
    expect(stdout).toBe('')
    expect(stderr).toMatch(
      /^"MAXSIMD_TOKEN" expected letters, digits and other ASCII characters without blanks\n/,
    )
    const { post } = await serve(index(), { environment: { MAXSIMD_TOKEN: '' } })
    expect((await post('search', { query: 'spiders' })).status).toBe(200)
  })

  it('is required for an address that other machines can reach, and never printed', async () => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org']) {
      const { stderr } = await runCli(['serve', '--host', host, ...index()], { code: 2 })
      expect(stderr).toMatch(
        new RegExp(`^"--host ${host}" lets other machines search, and requires a token: `),
      )
    }
    const { url, stop } = await serve([...index(), '--host', '0.0.0.0'], { environment })
    const { port } = new URL(url)
    // a name of this machine that only its network knows
    expect((await send(`http://127.0.0.1:${port}`, '/health', { host: 'machine.lan' }))[0]).toBe(200)
    const { stdout, stderr } = await stop()
    expect(stdout + stderr).not.toContain('secret-1')
    for (const token of ['', 'a b', 'ä']) {
      const wrong = await runCli(['serve', '--token', token, ...index()], { code: 2 })
      expect(wrong.stderr).toMatch(
        /^"--token" expected letters, digits and other ASCII characters without blanks\n/,
      )
    }
  })
})

describe('the index', () => {
  it('is opened again when it has changed, and when it has been removed and created', async () => {
    mkdirSync(at('changing'))
    writeFileSync(at('changing/a.md'), 'A spider sat on the wall.\n')
    const args = ['index', at('changing'), '--store', at('changing-index')]
    await runCli(args)
    const { post, url } = await serve(['--store', at('changing-index')])
    const texts = async () => {
      const response = await post('search', { query: 'wolves wolf spiders hunt' })
      const { hits, error } = (await response.json()) as { hits?: { text: string }[]; error?: string }
      return hits?.map(({ text }) => text) ?? [response.status, error]
    }
    expect(await texts()).toEqual(['A spider sat on the wall.'])
    writeFileSync(at('changing/b.md'), 'Wolves hunt in packs.\n')
    await runCli(args)
    expect(await texts()).toEqual(['Wolves hunt in packs.', 'A spider sat on the wall.'])
    rmSync(at('changing-index'), { recursive: true })
    expect(await texts()).toEqual([
      404,
      expect.stringMatching(/^there is no index at ".*"; create it with: npx /),
    ])
    expect(await (await fetch(new URL('health', url))).json()).toEqual({ status: 'ok', index: false })
    expect((await post('rerank', { query: 'a', documents: ['b'] })).status).toBe(200)
    rmSync(at('changing/a.md'))
    await runCli(args)
    expect(await Promise.all([texts(), texts()])).toEqual([
      ['Wolves hunt in packs.'],
      ['Wolves hunt in packs.'],
    ])
  })

  it('has been searched once when it is opened, so that no request waits for its first rows', async () => {
    const vectors = { text: { size: 100, distance: 'Dot' } } as const
    const store = await createStore({ path: at('rows'), vectors })
    await store.upsert([{ id: 1, vector: { text: [Array(100).fill(1)] } }])
    await store.close()
    const unused = await openStore(at('rows'), { readOnly: true })
    const before = (await unused.info()).memory.kernel
    await unused.close()
    const encoder = createStaticEncoder(readFileSync('data/words.bin'))
    const load = async () => ({ encoder, encoderName: 'static', weighted: true })
    const folder = createIndexFolder(at('rows'), load)
    const { memory } = await folder.use(({ collection }) => (collection as Store).info())
    expect(memory.kernel).toBeGreaterThan(before)
    await folder.close()
  })

  it('stays open for a search that is under way when it has changed', async () => {
    mkdirSync(at('busy'))
    const write = async (text: string) => {
      writeFileSync(at('busy/a.md'), text)
      await runCli(['index', at('busy'), '--store', at('busy.index')])
    }
    await write('A spider sat.\n')
    const encoder = createStaticEncoder(readFileSync('data/words.bin'))
    const load = async () => ({ encoder, encoderName: 'static', weighted: true })
    const folder = createIndexFolder(at('busy.index'), load)
    let open = () => {}
    const gate = new Promise<void>(resolve => {
      open = resolve
    })
    let old: { readonly collection: object } | undefined
    const slow = folder.use(async index => {
      old = index
      await gate
      return index.search('spider')
    })
    await vi.waitFor(() => expect(old).toBeDefined())
    await write('Wolves hunt.\n')
    const textsOf = ({ hits }: TextAnswer) => hits.map(({ text }) => text)
    expect(textsOf(await folder.use(index => index.search('wolves')))).toEqual(['Wolves hunt.'])
    open()
    // its words are those of the old index; the passages that the update removed are read no more
    await expect(slow).resolves.toMatchObject({ unknown: [] })
    await expect((old!.collection as Store).count()).rejects.toThrow('"store" was disposed')
    await folder.close()
  })

  it('that only gets rows is opened again after a while, and at once when all passages have rows', async () => {
    mkdirSync(at('lazy'))
    const texts = Array.from({ length: 70 }, (_, i) => `Spider ${i} sat on a wall.\n`)
    writeFileSync(at('lazy/a.md'), texts.join('\n'))
    // word vectors without weights count as a model
    const encoder = createStaticEncoder(readFileSync('data/words.bin'))
    const model = { encoder, encoderName: 'model', weighted: false }
    const index = await openTextIndex(at('lazy.index'), model)
    await index.update([at('lazy')], { lazy: true })
    const patient = createIndexFolder(at('lazy.index'), async () => model, Number.POSITIVE_INFINITY)
    const eager = createIndexFolder(at('lazy.index'), async () => model, 0)
    const pendingIn = (folder: IndexFolder) =>
      folder.use(async opened => (await opened.search('spider')).withoutRows)
    expect([await pendingIn(patient), await pendingIn(eager)]).toEqual([70, 70])
    const stop = new AbortController()
    const encoding = index.encodeRows({ signal: stop.signal, onProgress: () => stop.abort() })
    await expect(encoding).rejects.toMatchObject({ name: 'AbortError' })
    expect([await pendingIn(patient), await pendingIn(eager)]).toEqual([70, 38])
    // other passages are seen at once
    writeFileSync(at('lazy/b.md'), 'Wolves hunt.\n')
    await index.update([at('lazy')], { lazy: true })
    expect(await pendingIn(patient)).toBe(39)
    await index.encodeRows()
    expect([await pendingIn(patient), await pendingIn(eager)]).toEqual([undefined, undefined])
    await Promise.all([patient.close(), eager.close(), index.close()])
  })

  it('can be a store of vectors, which is opened again when it has new points', async () => {
    const row = (at: number) => [Array.from({ length: 100 }, (_, k) => (k === at ? 1 : 0))]
    const vectors = { text: { size: 100, distance: 'Dot' } } as const
    const store = await createStore({ path: at('store'), vectors })
    const add = (id: number) =>
      store.upsert([{ id, vector: { text: row(id) }, payload: { text: `text ${id}` } }])
    await add(1)
    const { post } = await serve(['--store', at('store')])
    const response = await post('search', { query: 'spiders', only: 'words' })
    expect([response.status, await response.json()]).toEqual([
      400,
      { error: '"only" expected "meaning", got "words"; only a text index has words (openTextIndex)' },
    ])
    const count = async () => {
      const response = await post('search', { query: 'spiders' })
      return ((await response.json()) as { hits: object[] }).hits.length
    }
    expect(await count()).toBe(1)
    await add(2)
    expect(await count()).toBe(2)
    await store.close()
  })

  it('must exist if --store names it, and is optional otherwise', async () => {
    const { stderr } = await runCli(['serve', '--store', at('gone')], { code: 2 })
    expect(stderr).toMatch(/^no index or store at ".*gone"; create one with "npx maxsimd index <folder>"/)
  })

  it('that is damaged is an error at the start; later, the reason is printed and not sent', async () => {
    mkdirSync(at('damaged'))
    writeFileSync(at('damaged/index.json'), '{')
    expect((await runCli(['serve', '--store', at('damaged')], { code: 2 })).stderr).toContain(
      'is not valid JSON',
    )
    await runCli(['index', at('notes'), '--store', at('soon')])
    const { post, stop } = await serve(['--store', at('soon')])
    writeFileSync(at('soon/index.json'), '{')
    const response = await post('search', { query: 'spiders' })
    expect([response.status, await response.json()]).toEqual([
      500,
      { error: 'the server could not answer, and printed the reason' },
    ])
    expect((await stop()).stderr).toMatch(/a request failed: .*index\.json" is not valid JSON/)
  })

  it('is not needed to rerank, so a damaged one does not matter', async () => {
    await runCli(['index', at('notes'), '--store', at('spoilt')])
    const { post } = await serve(['--store', at('spoilt')])
    writeFileSync(at('spoilt/index.json'), '{')
    const response = await post('rerank', { query: 'spiders', documents: ['The bank failed.', 'A spider.'] })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({ results: [{ index: 1 }, { index: 0 }] })
  })
})

describe('a client that has gone', () => {
  it('ends its search, is no error, and frees its place', async () => {
    const errors: unknown[] = []
    let [started, ended] = [() => {}, false]
    const arrival = new Promise<void>(resolve => {
      started = resolve
    })
    const server = await startServer({
      service: {
        search: (_, signal) =>
          new Promise((_, reject) => {
            started()
            signal!.addEventListener('abort', () => {
              ended = true
              reject(signal!.reason)
            })
          }),
        rerank: async () => ({ results: [] }),
        hasIndex: async () => true,
        close: async () => undefined,
      },
      host: '127.0.0.1',
      port: 0,
      token: undefined,
      maxRequests: 1,
      maxBody: 1024,
      onError: error => errors.push(error),
    })
    stops.push(() => server.close())
    const leaving = new AbortController()
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }
    const search = fetch(new URL('search', server.url), { ...init, signal: leaving.signal })
    await arrival
    const rerank = async () => {
      const response = await fetch(new URL('rerank', server.url), init)
      // a body that is not read keeps its connection
      await response.text()
      return response.status
    }
    expect(await rerank()).toBe(503)
    leaving.abort()
    await expect(search).rejects.toThrow()
    await vi.waitFor(async () => expect(await rerank()).toBe(200))
    expect([ended, errors]).toEqual([true, []])
  })
})

it('a search of an index and a request to rerank end with the reason of their signal, and the next are answered', async () => {
  const terminal = {
    stdout: { write() {} },
    stderr: { write() {} },
    environment: {},
    signal: new AbortController().signal,
  }
  const service = await createTextService({ folder: at('index'), mustExist: true }, terminal)
  const reason = new Error('the client has gone')
  const gone = AbortSignal.abort(reason)
  const texts = { query: 'spiders', documents: ['A spider.'] }
  await expect(service.search({ query: 'spiders' }, gone)).rejects.toBe(reason)
  await expect(service.rerank(texts, gone)).rejects.toBe(reason)
  expect((await service.search({ query: 'spiders' })).hits[0]).toMatchObject({ line: 3 })
  expect((await service.rerank(texts)).results).toHaveLength(1)
  await service.close()
})

describe('the end', () => {
  it('waits for the requests that are under way', async () => {
    const { url, post, stop } = await serve([...index(), '--max-requests', '1'])
    const { answer: slow, end } = slowSearch(url)
    // until the slow request has arrived
    for (let tries = 0; tries < 200 && (await post('search', { query: 'a' })).status === 200; tries++);
    const stopped = stop()
    end()
    expect((await slow).status).toBe(200)
    expect((await stopped).stderr).toBe('')
    await expect(fetch(url)).rejects.toThrow()
  })

  it('does not wait for connections without a request, as browsers open some', async () => {
    const { url, stop } = await serve(index())
    const { port, hostname } = new URL(url)
    const socket = connect(Number(port), hostname)
    const closed = new Promise(resolve => socket.once('close', resolve))
    await new Promise(resolve => socket.once('connect', resolve))
    const byForce = vi.spyOn(Server.prototype, 'closeAllConnections')
    await stop()
    await closed
    expect(byForce).not.toHaveBeenCalled()
    byForce.mockRestore()
  })

  it('waits for a limited time only', async () => {
    const realTimeout = globalThis.setTimeout
    // the time that requests under way get, made short
    const timers = vi
      .spyOn(globalThis, 'setTimeout')
      .mockImplementation(((run: () => void, delay?: number) =>
        realTimeout(run, delay === 2500 ? 50 : delay)) as typeof setTimeout)
    const { url, post, stop } = await serve([...index(), '--max-requests', '1'])
    const { answer } = slowSearch(url)
    const isRejected = expect(answer).rejects.toThrow()
    for (let tries = 0; tries < 200 && (await post('search', { query: 'a' })).status === 200; tries++);
    expect((await stop()).stderr).toBe('')
    await isRejected
    expect(timers.mock.calls.some(([, delay]) => delay === 2500)).toBe(true)
    timers.mockRestore()
  })

  it('stops its timers', async () => {
    const { stop } = await serve(index())
    const timeouts = vi.spyOn(globalThis, 'setTimeout')
    const intervals = vi.spyOn(globalThis, 'setInterval')
    const clearedTimeouts = vi.spyOn(globalThis, 'clearTimeout')
    const clearedIntervals = vi.spyOn(globalThis, 'clearInterval')
    await stop()
    const grace = timeouts.mock.calls.findIndex(([, delay]) => delay === 2500)
    expect(clearedTimeouts).toHaveBeenCalledWith(timeouts.mock.results[grace]!.value)
    expect(clearedIntervals).toHaveBeenCalledWith(intervals.mock.results[0]!.value)
    for (const spy of [timeouts, intervals, clearedTimeouts, clearedIntervals]) spy.mockRestore()
  })

  it('names a port that is in use', async () => {
    const { url } = shared
    const { port } = new URL(url)
    const { stderr } = await runCli(['serve', '--port', port, ...index()], { code: 2 })
    expect(stderr).toBe(
      `cannot listen on 127.0.0.1, port ${port}: the port is in use; choose another with --port, or 0 for any free port\n`,
    )
  })
})
