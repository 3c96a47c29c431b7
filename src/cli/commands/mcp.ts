// `maxsimd mcp`: search and reranking for editors and agents, as a server of the Model Context Protocol on standard input
// and output.

import { setImmediate } from 'node:timers/promises'
import { Command } from 'commander'
import { messageOf } from '../../base/is-a.js'
import { type EncoderArguments, INDEX_ENCODER, withEncoder } from '../encoder-options.js'
import { loadMcpSdk, type McpSdk, type McpServer } from '../mcp/sdk.js'
import { callTool, listTools } from '../mcp/tools.js'
import { helpText } from '../output/help-text.js'
import { readVersion } from '../read-version.js'
import { createTextService, type TextService } from '../service/text-service.js'
import { DEFAULT_FOLDER } from '../store-options.js'
import { EXIT_CODES, printNotice, type SetExitCode, type Terminal, untilAborted } from '../terminal.js'

interface McpArguments extends EncoderArguments {
  readonly store?: string
}

const HELP = helpText(
  `
A server of the Model Context Protocol for editors and agents, which start it themselves. It has two tools: "search"
finds passages of the index, with file and line; "rerank" sorts texts by how well they answer a query. The index is
opened again when it has changed. Standard output has the messages of the protocol and nothing else. It needs the
package @modelcontextprotocol/sdk. docs/recipes.md shows how to add it to a program.`,
  ['npx maxsimd mcp --store /home/me/notes.index'],
)

const INSTRUCTIONS =
  'Use "search" to find passages of the indexed files by meaning, and open the file at the line of a result. ' +
  'Use "rerank" to sort texts that you already have.'

export function createMcp(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withEncoder(new Command('mcp'), INDEX_ENCODER)
  return command
    .description('offer search and rerank to editors and agents (Model Context Protocol)')
    .option(
      '--store <folder>',
      `folder of the text index or store (default: ${DEFAULT_FOLDER}, if it exists)`,
    )
    .addHelpText('after', HELP)
    .action(async () => setExitCode(await runMcp(command.opts<McpArguments>(), terminal)))
}

async function runMcp({ store, model }: McpArguments, terminal: Terminal): Promise<number> {
  const sdk = await loadMcpSdk()
  const restoreConsole = keepOutputClean()
  const folder = store ?? DEFAULT_FOLDER
  // a model can take long to load, and the client waits for an answer to its first message
  const service = createTextService({ folder, mustExist: store !== undefined, model }, terminal)
  // its error is thrown below, when the server has started
  service.catch(() => undefined)
  const calls = new Set<Promise<unknown>>()
  try {
    const server = createServer(sdk, {
      service,
      calls,
      stopped: terminal.signal,
      version: await readVersion(),
    })
    // the SDK drops what is not a message, without an answer
    server.onerror = error =>
      printNotice(terminal, `a message was not answered: ${onOneLine(messageOf(error))}`)
    const closed = new Promise<void>(resolve => {
      server.onclose = resolve
    })
    const ended = new Promise(resolve => process.stdin.once('end', resolve).once('close', resolve))
    await server.connect(new sdk.StdioServerTransport())
    const opened = await service
    if (!(await opened.hasIndex())) printNotice(terminal, `there is no index at "${folder}" yet`)
    await Promise.race([ended, closed, untilAborted(terminal.signal)])
    // the answers to messages that have arrived
    await Promise.allSettled(calls)
    await setImmediate()
    await server.close()
  } finally {
    await service.then(({ close }) => close()).catch(() => undefined)
    restoreConsole()
  }
  return EXIT_CODES.success
}

/** Sends the console to standard error: a package that writes to it would break the protocol. */
function keepOutputClean(): () => void {
  const { log, info, debug, error } = console
  Object.assign(console, { log: error, info: error, debug: error })
  return () => void Object.assign(console, { log, info, debug })
}

/** The beginning of a text that may be long and have line ends. */
const onOneLine = (text: string) => text.replace(/\s+/g, ' ').slice(0, 300)

interface ServerParts {
  readonly service: Promise<TextService>
  /** The calls of tools that are under way. */
  readonly calls: Set<Promise<unknown>>
  /** Ends all calls: a client that stops the server waits for no answer. */
  readonly stopped: AbortSignal
  readonly version: string
}

function createServer(sdk: McpSdk, { service, calls, stopped, version }: ServerParts): McpServer {
  const info = { name: 'maxsimd', version }
  const server = new sdk.Server(info, { capabilities: { tools: {} }, instructions: INSTRUCTIONS })
  server.setRequestHandler(sdk.ListToolsRequestSchema, async () => ({ tools: listTools() }))
  server.setRequestHandler(sdk.CallToolRequestSchema, ({ params }, { signal }) => {
    const either = AbortSignal.any([signal, stopped])
    const call = service.then(each => callTool(each, params?.name ?? '', params?.arguments, either))
    calls.add(call)
    const done = () => calls.delete(call)
    call.then(done, done)
    return call
  })
  return server
}
