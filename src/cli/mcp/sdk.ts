// The SDK of the Model Context Protocol, an optional package that is imported when `maxsimd mcp` runs.

import { messageOf } from '../../base/is-a.js'
import { missingPackage } from '../encoder-options.js'

const PACKAGE = '@modelcontextprotocol/sdk'
const MODULES = ['server/index.js', 'server/stdio.js', 'types.js']

/** The members of the SDK that are used here. */
export interface McpSdk {
  readonly Server: new (
    info: { readonly name: string; readonly version: string },
    options: { readonly capabilities: object; readonly instructions: string },
  ) => McpServer
  /** A transport over standard input and output. */
  readonly StdioServerTransport: new () => object
  readonly ListToolsRequestSchema: object
  readonly CallToolRequestSchema: object
}

export interface McpServer {
  onclose?: (() => void) | undefined
  /** Called with what is wrong with a message that gets no answer. */
  onerror?: ((error: Error) => void) | undefined
  setRequestHandler(
    schema: object,
    handler: (request: McpRequest, extra: { readonly signal: AbortSignal }) => Promise<object>,
  ): void
  connect(transport: object): Promise<void>
  close(): Promise<void>
}

interface McpRequest {
  readonly params?: { readonly name?: string; readonly arguments?: unknown }
}

/** @throws MissingPackageError if the SDK is not installed */
export async function loadMcpSdk(): Promise<McpSdk> {
  try {
    const modules = MODULES.map(name => import(/* @vite-ignore */ `${PACKAGE}/${name}`) as Promise<object>)
    return Object.assign({}, ...(await Promise.all(modules))) as McpSdk
  } catch (cause) {
    if (!messageOf(cause).includes(PACKAGE)) throw cause
    throw missingPackage(PACKAGE, 'maxsimd mcp', cause)
  }
}
