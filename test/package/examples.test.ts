// The example of a remote encoder, against a server on the loopback address that speaks as the service does. Needs
// `npm run build`. What needs a model or an engine is run by test/encode/models and test/qdrant.

import { spawn } from 'node:child_process'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import { random } from '../support/random.js'

const cleanUp: (() => void)[] = []
afterEach(() => {
  for (const step of cleanUp.splice(0)) step()
})

interface Asked {
  readonly authorization: string | undefined
  readonly body: Readonly<Record<string, unknown>>
}

/** Answers as https://api.jina.ai/v1/multi-vector does, with rows that depend on the words. */
async function startService(status = 200): Promise<{ url: string; asked: Asked[] }> {
  const asked: Asked[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    const body = JSON.parse(Buffer.concat(chunks).toString())
    asked.push({ authorization: request.headers.authorization, body })
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
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/multi-vector`, asked }
}

/** A direction for the first four letters of a word, so that `rain` and `rainy` are one. */
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

it('a remote encoder embeds what is stored and what is asked', async () => {
  const { url, asked } = await startService()
  const { code, stdout, stderr } = await run({ JINA_API_KEY: 'key-of-a-test', JINA_URL: url })
  expect([code, stderr]).toEqual([0, ''])
  expect(stdout.split('\n')[0]).toMatch(/^\d\.\d{3} rainy afternoon in the city$/)
  expect(asked.map(({ body }) => [body.input_type, (body.input as string[]).length])).toEqual([
    ['document', 3],
    ['query', 1],
  ])
  for (const { authorization, body } of asked) {
    expect(authorization).toBe('Bearer key-of-a-test')
    expect(body).toMatchObject({ model: 'jina-colbert-v2', dimensions: 128, embedding_type: 'float' })
  }
})

it('and says what went wrong without saying the key', async () => {
  const { url } = await startService(401)
  const { code, stdout, stderr } = await run({ JINA_API_KEY: 'key-of-a-test', JINA_URL: url })
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(`${url} answered 401: {"detail":"Invalid API key"}`)
  expect(stderr).not.toContain('key-of-a-test')
  expect((await run({ JINA_API_KEY: '', JINA_URL: url })).stderr).toContain('JINA_API_KEY is not set')
})
