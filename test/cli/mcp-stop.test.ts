// `maxsimd mcp` that is stopped while a call is under way or cannot begin, and messages that get no answer.

import { expect, it, vi } from 'vitest'
import type { McpServer } from '../../src/cli/mcp/sdk.js'
import { fakeMcp, mcpServers } from './fake-mcp-sdk.js'
import { runCli } from './run-cli.js'

let onSearch = () => {}
const ends: string[] = []

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
    hasIndex: async () => true,
    close: async () => void ends.push('service'),
  }),
}))

// runCli fails if the exit code is not 0
it('ends its calls, and succeeds', async () => {
  const interrupt = new AbortController()
  const started = new Promise<void>(resolve => {
    onSearch = resolve
  })
  const { log } = console
  const running = runCli(['mcp'], { signal: interrupt.signal })
  await started
  // standard output is for the protocol
  expect(console.log).toBe(console.error)
  mcpServers.at(-1)!.onerror!(new Error(`not JSON:\n${'['.repeat(1000)}`))
  vi.spyOn(mcpServers.at(-1)!, 'close').mockImplementation(async () => void ends.push('server'))
  interrupt.abort()
  const { stdout, stderr } = await running
  expect(ends.splice(0)).toEqual(['call', 'server', 'service'])
  expect(console.log).toBe(log)
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
