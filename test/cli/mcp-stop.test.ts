// `maxsimd mcp` from what it says of itself to its end: it is stopped while a call is under way or cannot begin, its client cancels a
// call or closes its input, and messages get no answer.

import { readFileSync } from 'node:fs'
import { afterEach, expect, it, vi } from 'vitest'
import type { McpServer } from '../../src/cli/mcp/sdk.js'
import { listTools } from '../../src/cli/mcp/tools.js'
import { fakeMcp, mcpCall, mcpServers } from './fake-mcp-sdk.js'
import { runCli } from './run-cli.js'

let onSearch = () => {}
let hasIndex = true
const ends: string[] = []

const usualCall = { ...mcpCall }
afterEach(() => {
  Object.assign(mcpCall, usualCall)
  hasIndex = true
  vi.restoreAllMocks()
})

vi.mock('../../src/cli/mcp/sdk.js', () => fakeMcp)
vi.mock('../../src/cli/service/text-service.js', () => ({
  // a search that ends only when it is aborted
  createTextService: async () => ({
    search: (_: unknown, signal: AbortSignal) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () =>
          setTimeout(() => {
            ends.push('call')
            reject(signal.reason)
          }, 5),
        )
        onSearch()
      }),
    rerank: async () => ({ results: [] }),
    hasIndex: async () => hasIndex,
    close: async () => void ends.push('service'),
  }),
}))

// runCli fails if the exit code is not 0
it('ends its calls, and succeeds', async () => {
  const interrupt = new AbortController()
  const started = new Promise<void>(resolve => {
    onSearch = resolve
  })
  const { log, info, debug } = console
  const running = runCli(['mcp'], { signal: interrupt.signal })
  await started
  // standard output is for the protocol
  for (const method of ['log', 'info', 'debug'] as const) expect(console[method]).toBe(console.error)
  mcpServers.at(-1)!.onerror!(new Error(`not JSON:\n${'['.repeat(1000)}`))
  vi.spyOn(mcpServers.at(-1)!, 'close').mockImplementation(async () => void ends.push('server'))
  interrupt.abort()
  const { stdout, stderr } = await running
  expect(ends.splice(0)).toEqual(['call', 'server', 'service'])
  expect([console.log, console.info, console.debug]).toEqual([log, info, debug])
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^a message was not answered: not JSON: \[{290}$/m)
})

it('closes its index, and ends with exit code 2, if it cannot connect', async () => {
  const { log } = console
  const { Server } = await fakeMcp.loadMcpSdk()
  const connect = vi
    .spyOn(Server.prototype as McpServer, 'connect')
    .mockRejectedValueOnce(new Error('no standard input'))
  expect(await runCli(['mcp'], { code: 2 })).toEqual({ stdout: '', stderr: 'no standard input\n' })
  connect.mockRestore()
  expect(ends.splice(0)).toEqual(['service'])
  expect(console.log).toBe(log)
})

it('ends the call that a client cancels, and ends with exit code 0 when the client disconnects', async () => {
  const cancelling = new AbortController()
  const cancelled = new Error('the client cancelled its call')
  mcpCall.signal = cancelling.signal
  onSearch = () => cancelling.abort(cancelled)
  expect(await runCli(['mcp'])).toEqual({ stdout: '', stderr: '' })
  expect(ends.splice(0)).toEqual(['call', 'service'])
  expect(mcpCall.result).toBe(cancelled)
})

it.each(['end', 'close'])(
  'answers, and ends with exit code 0, when its input has the event %s',
  async event => {
    Object.assign(mcpCall, { name: 'rerank', staysConnected: true })
    const listeners = new Map<unknown, () => void>()
    vi.spyOn(process.stdin, 'once').mockImplementation((name, listener) => {
      listeners.set(name, listener)
      return process.stdin
    })
    const running = runCli(['mcp'])
    await vi.waitFor(() => expect(listeners.size).toBe(2))
    listeners.get(event)!()
    expect(await running).toEqual({ stdout: '', stderr: '' })
    expect(mcpCall.result).toMatchObject({ structuredContent: { results: [] } })
    expect(ends.splice(0)).toEqual(['service'])
  },
)

it('has the name and the version of the package, and tools with instructions', async () => {
  Object.assign(mcpCall, { name: 'rerank' })
  await runCli(['mcp'])
  const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
  const server = mcpServers.at(-1)!
  expect(server.settings).toEqual([
    { name: 'maxsimd', version },
    { capabilities: { tools: {} }, instructions: expect.stringMatching(/"search" .* "rerank" /) },
  ])
  const { ListToolsRequestSchema } = await fakeMcp.loadMcpSdk()
  const { signal } = new AbortController()
  expect(await server.handlers.get(ListToolsRequestSchema)!({}, { signal })).toEqual({ tools: listTools() })
  ends.length = 0
})

it('says that there is no index yet, and answers nevertheless', async () => {
  hasIndex = false
  Object.assign(mcpCall, { name: 'rerank' })
  for (const [args, folder] of [
    [[], '.maxsimd'],
    [['--store', 'notes'], 'notes'],
  ] as const) {
    const { stderr } = await runCli(['mcp', ...args])
    expect(stderr).toBe(`there is no index at "${folder}" yet\n`)
    expect(mcpCall.result).toMatchObject({ structuredContent: { results: [] } })
  }
  ends.length = 0
})
