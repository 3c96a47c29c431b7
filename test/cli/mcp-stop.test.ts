// `maxsimd mcp` that is stopped while a call is under way, and messages that get no answer.

import { expect, it, vi } from 'vitest'
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
  const running = runCli(['mcp'], { signal: interrupt.signal })
  await started
  mcpServers.at(-1)!.onerror!(new Error(`not JSON:\n${'['.repeat(1000)}`))
  vi.spyOn(mcpServers.at(-1)!, 'close').mockImplementation(async () => void ends.push('server'))
  interrupt.abort()
  const { stdout, stderr } = await running
  expect(ends).toEqual(['call', 'server', 'service'])
  expect(stdout).toBe('')
  expect(stderr).toMatch(/^a message was not answered: not JSON: \[{290}$/m)
})
