// Runs the example of a remote encoder against a local server with the API of the service. Needs `npm run build`. The
// suites in test/encode/models and test/qdrant/engine run the examples that need a model or an engine.

import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { random } from '../support/random.js'

const cleanUp: (() => void)[] = []
afterEach(() => {
  for (const step of cleanUp.splice(0)) step()
})

interface ReceivedRequest {
  readonly authorization: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

/** Starts a server that responds like https://api.jina.ai/v1/multi-vector, with rows that depend on the words. */
async function startService(status = 200): Promise<{ url: string; requests: ReceivedRequest[] }> {
  const requests: ReceivedRequest[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = JSON.parse(Buffer.concat(chunks).toString())
    requests.push({ authorization: request.headers.authorization, body })
    if (status !== 200) return response.writeHead(status).end('{"detail":"Invalid API key"}')
    const data = (body.input as string[]).map((text, index) => ({
      object: 'embeddings',
      index,
      embeddings: text.split(' ').map(word => rowOf(word, body.dimensions)),
    }))
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ model: body.model, object: 'list', usage: { total_tokens: 9 }, data }))
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  cleanUp.push(() => server.close())
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/multi-vector`, requests }
}

/** Returns a unit row for the first four letters of a word, so `rain` and `rainy` are equal. */
function rowOf(word: string, dim: number): number[] {
  const seed = [...word.slice(0, 4)].reduce((sum, letter) => 31 * sum + letter.charCodeAt(0), 7)
  const next = random(seed)
  const row = Array.from({ length: dim }, () => 2 * next() - 1)
  return row.map(value => value / Math.hypot(...row))
}

function run(
  environment: Record<string, string>,
): Promise<{ code: number | null; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, ['examples/remote-encoder.mjs'], {
    env: { ...process.env, ...environment },
  })
  let [stdout, stderr] = ['', '']
  child.stdout.setEncoding('utf8').on('data', (text: string) => (stdout += text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  return new Promise(done => child.once('close', code => done({ code, stdout, stderr })))
}

it('a remote encoder embeds documents and queries', async () => {
  const { url, requests } = await startService()
  const { code, stdout, stderr } = await run({ JINA_API_KEY: 'key-of-a-test', JINA_URL: url })
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout.split('\n')[0]).toMatch(/^\d\.\d{3} rainy afternoon in the city$/)
  expect(requests.map(({ body }) => [body.input_type, (body.input as string[]).length])).toEqual([
    ['document', 3],
    ['query', 1],
  ])
  for (const { authorization, body } of requests) {
    expect(authorization).toBe('Bearer key-of-a-test')
    expect(body).toMatchObject({ model: 'jina-colbert-v2', dimensions: 128, embedding_type: 'float' })
  }
})

it('a remote encoder reports the error of the service without the key', async () => {
  const { url } = await startService(401)
  const { code, stdout, stderr } = await run({ JINA_API_KEY: 'key-of-a-test', JINA_URL: url })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(`${url} answered 401: {"detail":"Invalid API key"}`)
  expect(stderr).not.toContain('key-of-a-test')
  expect((await run({ JINA_API_KEY: '', JINA_URL: url })).stderr).toContain('JINA_API_KEY is not set')
})

describe('examples/', () => {
  const names = readdirSync('examples').filter(name => name.endsWith('.mjs'))
  const guide = readFileSync('examples/README.md', 'utf8')

  it.each(names)('%s says in its first line which packages it needs, and the README lists it', name => {
    const code = readFileSync(`examples/${name}`, 'utf8')
    const [first] = code.split('\n')
    expect(first).toMatch(/^\/\/ Needs the packages? maxsimd\b.*README\.md says how to run it/)
    const packages = [...code.matchAll(/from '((?:@[^/']+\/)?[^/']+)/g)].map(([, name]) => name!)
    for (const name of packages.filter(name => !name.startsWith('node:'))) expect(first).toContain(name)
    expect(guide).toContain(`[\`${name}\`](${name})`)
  })
})
