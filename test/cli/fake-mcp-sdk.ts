// A module for vi.mock in place of src/cli/mcp/sdk.ts: a client that calls one tool and disconnects.

import type { McpSdk, McpServer } from '../../src/cli/mcp/sdk.js'

type Handler = Parameters<McpServer['setRequestHandler']>[1]

/** The call of each client, what the last one got, and whether clients stay connected when they have their answer. */
export const mcpCall = {
  name: 'search',
  arguments: { query: 'insects' } as object,
  /** Aborted when the client cancels its call. */
  signal: new AbortController().signal,
  staysConnected: false,
  result: undefined as unknown,
}

/** The servers that were created, in order. */
export const mcpServers: Server[] = []

const schemas = { ListToolsRequestSchema: {}, CallToolRequestSchema: {} }

class Server implements McpServer {
  onclose?: () => void
  onerror?: (error: Error) => void
  readonly handlers = new Map<object, Handler>()
  readonly settings: unknown

  constructor(...settings: unknown[]) {
    this.settings = settings
    mcpServers.push(this)
  }

  setRequestHandler(schema: object, handler: Handler): void {
    this.handlers.set(schema, handler)
  }

  async connect(): Promise<void> {
    const { signal, staysConnected } = mcpCall
    const call = this.handlers.get(schemas.CallToolRequestSchema)!({ params: mcpCall }, { signal })
    const end = (result: unknown) => {
      mcpCall.result = result
      if (!staysConnected) this.onclose?.()
    }
    void call.then(end, end)
  }

  async close(): Promise<void> {}
}

export const fakeMcp = {
  loadMcpSdk: async (): Promise<McpSdk> => ({ ...schemas, Server, StdioServerTransport: class {} }),
}
