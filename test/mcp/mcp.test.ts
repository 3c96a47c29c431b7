// `maxsimd mcp` as editors and agents use it: a process that the SDK's own client starts, over standard input and output.

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'

const here = import.meta.dirname
const folder = mkdtempSync(join(tmpdir(), 'maxsimd-mcp-'))
afterAll(() => rmSync(folder, { recursive: true }))
const store = join(folder, 'index')

/** This package is linked beside the SDK. Its link is kept, so that it finds the SDK as an installed package does. */
const program = [
  '--preserve-symlinks',
  '--preserve-symlinks-main',
  join(here, 'node_modules/maxsimd/dist/cli/main.js'),
]

function run(args: readonly string[], input = '') {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...program, ...args], {
    input,
    encoding: 'utf8',
    cwd: folder,
  })
  return { status, stdout, stderr }
}

const clients: Client[] = []
afterEach(async () => {
  for (const client of clients.splice(0)) await client.close()
})

async function connect(args: readonly string[] = ['--store', store]): Promise<Client> {
  const client = new Client({ name: 'test', version: '1.0.0' })
  clients.push(client)
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args: [...program, 'mcp', ...args], cwd: folder }),
  )
  return client
}

const notes = () => run(['index', 'notes', '--store', store])

beforeAll(() => {
  mkdirSync(join(folder, 'notes'))
  writeFileSync(join(folder, 'notes/a.md'), '# House\n\nA spider sat\non the wall.\n\nThe bank failed.\n')
  expect(notes().status).toBe(0)
})

it('has two tools that describe themselves, and change nothing', async () => {
  const client = await connect()
  expect(client.getServerVersion()).toMatchObject({ name: 'maxsimd' })
  expect(client.getInstructions()).toContain('"search"')
  const { tools } = await client.listTools()
  expect(
    tools.map(({ name, inputSchema, annotations }) => [name, inputSchema.required, annotations]),
  ).toEqual([
    ['search', ['query'], { readOnlyHint: true, openWorldHint: false }],
    ['rerank', ['query', 'documents'], { readOnlyHint: true, openWorldHint: false }],
  ])
  for (const { description } of tools) expect(description!.length).toBeGreaterThan(100)
})

it('finds passages with their file and line, for programs and for agents', async () => {
  const client = await connect()
  const found = await client.callTool({ name: 'search', arguments: { query: 'spiders on walls', limit: 1 } })
  expect(found.structuredContent).toEqual({
    hits: [
      {
        file: 'notes/a.md',
        line: 3,
        heading: 'House',
        score: expect.any(Number),
        text: 'A spider sat\non the wall.',
        marks: [
          { start: 2, end: 8, query: 'spiders' },
          { start: 20, end: 24, query: 'walls' },
        ],
      },
    ],
    unknown: [],
  })
  expect((found.content as { text: string }[])[0]!.text).toMatch(
    /^1\. notes\/a\.md:3 \(score 0\.\d{3}; under "House"; matched: spider, wall\)\nA spider sat\non the wall\.$/,
  )
})

it('sorts texts, best first', async () => {
  const client = await connect()
  const documents = ['The bank failed.', 'A spider sat.', 'xyzzyq']
  const { structuredContent } = await client.callTool({
    name: 'rerank',
    arguments: { query: 'insects', documents },
  })
  const { results } = structuredContent as { results: { index: number; text: string }[] }
  expect(results.map(({ index, text }) => [index, text])).toEqual([
    [1, 'A spider sat.'],
    [0, 'The bank failed.'],
    [2, 'xyzzyq'],
  ])
})

it('answers a wrong request with a result that the agent can read, and an unknown tool with an error', async () => {
  const client = await connect()
  const wrong = await client.callTool({ name: 'search', arguments: { query: 'a', limit: 0 } })
  expect(wrong).toMatchObject({
    isError: true,
    content: [{ type: 'text', text: '"limit" expected a whole number from 1 to 1000, got 0' }],
  })
  await expect(client.callTool({ name: 'find', arguments: {} })).rejects.toThrow(/there is no tool "find"/)
})

it('needs no index to rerank, and searches as soon as there is one', async () => {
  rmSync(join(folder, '.maxsimd'), { recursive: true, force: true })
  const client = await connect([])
  const search = async () =>
    (await client.callTool({ name: 'search', arguments: { query: 'insects', limit: 1 } })) as {
      isError?: boolean
      content: { text: string }[]
    }
  expect(await search()).toMatchObject({
    isError: true,
    content: [
      {
        text: 'there is no index at ".maxsimd"; create it with: npx maxsimd index <folder> --store ".maxsimd"',
      },
    ],
  })
  expect(run(['index', 'notes']).status).toBe(0)
  expect((await search()).content[0]!.text).toContain('notes/a.md:3')
})

it('answers everything that has arrived before its input ends, writes only messages, and ends with exit code 0', () => {
  const message = (id: number, method: string, params: object) =>
    `${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`
  const client = { protocolVersion: '2025-06-18', capabilities: {}, clientInfo: { name: 'a', version: '1' } }
  const input = [
    message(1, 'initialize', client),
    message(2, 'tools/call', { name: 'search', arguments: { query: 'insects' } }),
    message(3, 'tools/call', { name: 'rerank', arguments: { query: 'insects', documents: ['a spider'] } }),
  ].join('')
  const { status, stdout, stderr } = run(['mcp', '--store', store], input)
  const answers = stdout.trim().split('\n').map(line => JSON.parse(line)) // biome-ignore format: one chain
  expect([status, stderr, answers.map(({ id, error }) => [id, error]).sort()]).toEqual([
    0,
    '',
    [
      [1, undefined],
      [2, undefined],
      [3, undefined],
    ],
  ])
})

it('writes an error at its start to standard error, and ends with exit code 2', () => {
  const { status, stdout, stderr } = run(['mcp', '--store', 'gone'])
  expect([status, stdout]).toEqual([2, ''])
  expect(stderr).toMatch(/^no index or store at "gone"; /)
})
