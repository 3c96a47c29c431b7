// The command line as a function: arguments in, text and exit code out. Everything that needs no engine; a server that
// is none stands in for one where an answer matters.

import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runProgram } from '../../src/cli/program.js'

const folder = mkdtempSync(join(tmpdir(), 'maxsimd-cli-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const file = (name: string, text: string) => {
  writeFileSync(join(folder, name), text)
  return join(folder, name)
}

async function run(
  args: readonly string[],
  environment: Record<string, string> = {},
  signal = new AbortController().signal,
) {
  let [stdout, stderr] = ['', '']
  const code = await runProgram(args, {
    stdout: { write: text => (stdout += text) },
    stderr: { write: text => (stderr += text) },
    environment,
    signal,
  })
  return { code, stdout, stderr: stderr.replaceAll(folder, '') }
}

describe('help', () => {
  it.each(['verify', 'compare', 'info'])('of %s has an example and the exit codes', async command => {
    const { code, stdout, stderr } = await run([command, '--help'])
    expect([code, stderr]).toEqual([0, ''])
    expect(stdout).toMatch(new RegExp(`^Usage: maxsimd ${command} \\[options\\]\n`))
    expect(stdout).toContain(`Example:\n  maxsimd ${command} --collection colbert-search`)
    expect(stdout).toMatch(/Exit code: 0 .*, 1 .*, 2 it could not be done\.\n/)
    for (const line of stdout.split('\n')) expect(line.length, line).toBeLessThanOrEqual(120)
  })

  it('lists the commands', async () => {
    const { code, stdout } = await run(['--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/^Usage: maxsimd \[options\] \[command\]\n/)
    for (const command of ['verify', 'compare', 'info']) expect(stdout).toContain(`\n  ${command} [options]`)
  })

  it('is printed on standard error where no command is given', async () => {
    const { code, stdout, stderr } = await run([])
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe((await run(['--help'])).stdout)
  })
})

describe('a wrong command line is refused on standard error, with exit code 2:', () => {
  const lacking = file('lacking.jsonl', '{"id":1}\n')
  const broken = file('broken.jsonl', '{"id":1,"vector":[[1,2]]}\n\n{"id":2,\n')
  const flat = file('flat.jsonl', '{"vector":[1,2]}\n')
  const named = file('named.jsonl', '{"id":[],"vector":[[1,2]]}\n')
  const nameless = file('nameless.jsonl', '{"vector":[[1,2]]}\n')
  const empty = file('empty.jsonl', '\n')
  const verify = ['verify', '-c', 'x']
  const sampled = [...verify, '--sample', '2']

  it.each<[readonly string[], string, string]>([
    [['verfy'], "unknown command 'verfy'\n(Did you mean verify?)", ''],
    [['verify'], "required option '-c, --collection <name>' not specified", 'verify '],
    [[...verify, '--wrong'], "unknown option '--wrong'", 'verify '],
    [[...verify, 'more'], "too many arguments for 'verify'. Expected 0 arguments but got 1.", 'verify '],
    [
      [...verify, '--limit', '0'],
      "option '--limit <n>' argument '0' is invalid. expected a whole number of at least 1",
      'verify ',
    ],
    [
      ['compare', '-c', 'x', '--rounds=1.5'],
      "option '--rounds <n>' argument '1.5' is invalid. expected a whole number of at least 1",
      'compare ',
    ],
    [['info', '-c'], "option '-c, --collection <name>' argument missing", 'info '],
    [
      verify,
      'queries are needed: --queries <file>, or --sample 5 for stored documents in their place',
      'verify ',
    ],
    [[...sampled, '--queries', broken], '"--queries" and "--sample" exclude each other', 'verify '],
    [
      [...verify, '-q', '/missing.jsonl'],
      `"--queries" cannot be read: ENOENT: no such file or directory, open '/missing.jsonl'`,
      'verify ',
    ],
    [
      [...verify, '-q', lacking],
      '/lacking.jsonl, line 1 expected {"id": 1, "vector": [[0.1, 0.2], …]}',
      'verify ',
    ],
    [
      [...verify, '-q', flat],
      '/flat.jsonl, line 1: "vector" expected an array of rows, each an array of numbers',
      'verify ',
    ],
    [[...verify, '-q', named], '/named.jsonl, line 1: "id" expected a number or a string', 'verify '],
    [[...verify, '-q', empty], '"--queries" expected at least one line, /empty.jsonl has none', 'verify '],
    [
      [...sampled, '--source', nameless],
      '/nameless.jsonl: vector 1 has no "id", which a source needs',
      'verify ',
    ],
    [
      [...sampled, '--url', 'localhost:6333'],
      '"--url" expected a URL that starts with http:// or https://, got "localhost:6333"',
      'verify ',
    ],
    [
      [...sampled, '--url', 'http://me:secret@localhost:6333'],
      '"--url" expected no user or password in it; the API key goes into QDRANT_API_KEY',
      'verify ',
    ],
  ])('%j', async (args, message, command) => {
    expect(await run(args)).toEqual({
      code: 2,
      stdout: '',
      stderr: `${message}\nSee maxsimd ${command}--help\n`,
    })
  })

  it('a broken line of a file, by its number', async () => {
    const { code, stderr } = await run([...verify, '-q', broken])
    expect(code).toBe(2)
    expect(stderr).toMatch(/^\/broken\.jsonl, line 3 is no JSON: .*\nSee maxsimd verify --help\n$/)
  })

  it('an address in QDRANT_URL that is none', async () => {
    expect((await run(['info', '-c', 'x'], { QDRANT_URL: 'qdrant' })).stderr).toBe(
      '"QDRANT_URL" expected a URL that starts with http:// or https://, got "qdrant"\nSee maxsimd info --help\n',
    )
  })
})

describe('a server', () => {
  let server: Server
  let url = ''
  const keys: unknown[] = []
  let answer = (path: string): [number, string] | undefined => [404, path]

  beforeAll(async () => {
    server = createServer((request, response) => {
      keys.push(request.headers['api-key'])
      const told = answer(request.url ?? '')
      if (told) response.writeHead(told[0], { 'content-type': 'application/json' }).end(told[1])
    })
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })

  it('that is not there is named, with what starts one', async () => {
    const gone = createServer()
    await new Promise<void>(resolve => gone.listen(0, '127.0.0.1', resolve))
    const port = (gone.address() as AddressInfo).port
    await new Promise(resolve => gone.close(resolve))
    const address = `http://127.0.0.1:${port}`
    expect(await run(['info', '-c', 'x', '--url', address])).toEqual({
      code: 2,
      stdout: '',
      stderr:
        `GET / got no answer: connect ECONNREFUSED 127.0.0.1:${port}; sending it again\n` +
        `GET / got no answer: connect ECONNREFUSED 127.0.0.1:${port} (sent 2 times); sending it again\n` +
        `GET / got no answer: connect ECONNREFUSED 127.0.0.1:${port} (sent 3 times); is a Qdrant server running at ` +
        `${address}? "docker compose up -d" starts one, --url names another\n`,
    })
  })

  it.each([
    ['an option', ['--api-key', 'secret-1'], {}, 'secret-1'],
    ['the environment', [], { QDRANT_API_KEY: 'secret-2' }, 'secret-2'],
    ['both, of which the option counts', ['--api-key', 'secret-3'], { QDRANT_API_KEY: 'no' }, 'secret-3'],
  ])('gets the key from %s, and nobody else does', async (_, more, environment, key) => {
    answer = () => [403, '{"status":{"error":"Invalid API key"}}']
    const { code, stdout, stderr } = await run(['info', '-c', 'x', '--url', url, ...more], environment)
    expect([code, stdout]).toEqual([2, ''])
    expect(stderr).toBe(
      'GET / answered 403: Invalid API key; check the API key that the client was made with\n',
    )
    expect(keys.at(-1)).toBe(key)
  })

  it('without the collection says so', async () => {
    answer = path =>
      path === '/'
        ? [200, '{"title":"qdrant","version":"1.19.0"}']
        : [404, '{"status":{"error":"Not found: Collection `x` doesn\'t exist!"}}']
    expect(await run(['verify', '-c', 'x', '--sample', '1'], { QDRANT_URL: url })).toEqual({
      code: 2,
      stdout: '',
      stderr: "GET /collections/x answered 404: Not found: Collection `x` doesn't exist!\n",
    })
  })

  it('that does not answer is left by ctrl-C, with exit code 130', async () => {
    answer = () => undefined
    const interrupt = new AbortController()
    setTimeout(() => interrupt.abort(), 100)
    const told = await run(['info', '-c', 'x', '--url', url], {}, interrupt.signal)
    expect(told).toEqual({ code: 130, stdout: '', stderr: 'interrupted\n' })
  })
})
