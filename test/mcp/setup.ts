// Installs the SDK of the Model Context Protocol into test/mcp/node_modules unless it is that of the lock file, and links
// this package beside it. With its dependencies it takes 30 MB, so it is not a dev dependency of the checkout.

import { installBeside } from '../support/install-beside.js'

export const setup = (): void =>
  installBeside(import.meta.dirname, 'the MCP SDK into test/mcp/node_modules (30 MB, once)')
