// Commands and a server that does not answer as Qdrant does. What they do on Qdrant is in test/qdrant/engine/cli.test.ts.

import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runCli } from './run-cli.js'

let server: Server
let url = ''
const keys: unknown[] = []
/** Status and body of the answer to a path; undefined for no answer. */
let answer = (path: string): [number, string] | undefined => [404, path]

beforeAll(async () => {
  server = createServer((request, response) => {
    keys.push(request.headers['api-key'])
    const sent = answer(request.url ?? '')
    if (sent) response.writeHead(sent[0], { 'content-type': 'application/json' }).end(sent[1])
  })
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

it('says how to start a server if none answers', async () => {
  const gone = createServer()
  await new Promise<void>(resolve => gone.listen(0, '127.0.0.1', resolve))
  const port = (gone.address() as AddressInfo).port
  await new Promise(resolve => gone.close(resolve))
  const address = `http://127.0.0.1:${port}`
  expect(await runCli(['info', '-c', 'x', '--url', address], { code: 2 })).toEqual({
    stdout: '',
    stderr:
      `GET / got no response: connect ECONNREFUSED 127.0.0.1:${port}; sending it again\n` +
      `GET / got no response: connect ECONNREFUSED 127.0.0.1:${port} (sent 2 times); sending it again\n` +
      `GET / got no response: connect ECONNREFUSED 127.0.0.1:${port} (sent 3 times); is a Qdrant server running at ` +
      `${address}? Start one with "docker run -p 127.0.0.1:6333:6333 qdrant/qdrant", or choose another with --url\n`,
  })
})

it.each([
  ['an option', ['--api-key', 'secret-1'], {}, 'secret-1'],
  ['the environment', [], { QDRANT_API_KEY: 'secret-2' }, 'secret-2'],
  ['an option rather than the environment', ['--api-key', 'secret-3'], { QDRANT_API_KEY: 'no' }, 'secret-3'],
])('sends the API key from %s and prints it nowhere', async (_, options, environment, key) => {
  answer = () => [403, '{"status":{"error":"Invalid API key"}}']
  const args = ['info', '-c', 'x', '--url', url, ...options]
  const { stdout, stderr } = await runCli(args, { environment, code: 2 })
  expect(stdout).toBe('')
  expect(stderr).toBe('GET / answered 403: Invalid API key; check the API key of the client\n')
  expect(keys.at(-1)).toBe(key)
})

it('takes the usual address if QDRANT_URL is empty', async () => {
  const args = ['info', '-c', 'no-such-collection', '--timeout', '1']
  const { stderr } = await runCli(args, { environment: { QDRANT_URL: '' }, code: 2 })
  expect(stderr).not.toContain('expected a URL')
})

it.each<[string, string | undefined, string]>([
  [
    'names those that it has',
    '{"result":{"collections":[{"name":"z\\u001b[1m"},{"name":"a"}]}}',
    '; the server has: a, z\ufffd[1m',
  ],
  [
    'names all of 20',
    JSON.stringify({ result: { collections: Array.from({ length: 20 }, () => ({ name: 'c' })) } }),
    `; the server has: ${'c, '.repeat(19)}c`,
  ],
  [
    'names 20 of many',
    JSON.stringify({ result: { collections: Array.from({ length: 21 }, () => ({ name: 'c' })) } }),
    `; the server has: ${'c, '.repeat(20)}…`,
  ],
  [
    'reports that there are no collections',
    '{"result":{"collections":[]}}',
    '; the server has no collections',
  ],
  ['reports the refusal alone if the server does not list them', undefined, ''],
])('for a collection that the server does not have, %s', async (_, list, names) => {
  answer = path => {
    if (path === '/') return [200, '{"title":"qdrant","version":"1.19.0"}']
    if (path === '/collections' && list !== undefined) return [200, list]
    return [404, '{"status":{"error":"Not found: Collection `x` doesn\'t exist!"}}']
  }
  const environment = { QDRANT_URL: url }
  expect(await runCli(['verify', '-c', 'x', '--sample', '1'], { environment, code: 2 })).toEqual({
    stdout: '',
    stderr: `GET /collections/x answered 404: Not found: Collection \`x\` doesn't exist!${names}\n`,
  })
})

it('stops waiting for a server after ctrl-C, with exit code 130', async () => {
  answer = () => undefined
  const interrupt = new AbortController()
  setTimeout(() => interrupt.abort(), 100)
  const outcome = await runCli(['info', '-c', 'x', '--url', url], { signal: interrupt.signal, code: 130 })
  expect(outcome).toEqual({ stdout: '', stderr: 'interrupted\n' })
})
