// `maxsimd serve`: an HTTP server for search and reranking, with a page to search in.

import { Command, Option } from 'commander'
import { type EncoderArguments, INDEX_ENCODER, withEncoder } from '../encoder-options.js'
import { countOption, JSON_OPTION } from '../options.js'
import { helpText } from '../output/help-text.js'
import { isLoopback } from '../serve/access.js'
import { type RunningServer, startServer } from '../serve/http-server.js'
import { createTextService, type TextService } from '../service/text-service.js'
import { DEFAULT_FOLDER } from '../store-options.js'
import {
  EXIT_CODES,
  printJson,
  printNotice,
  type SetExitCode,
  type Terminal,
  UsageError,
  untilAborted,
} from '../terminal.js'

interface ServeArguments extends EncoderArguments {
  readonly store?: string
  readonly host: string
  readonly port: number
  readonly token?: string
  readonly maxRequests: number
  readonly maxBody: number
  readonly json?: boolean
}

const DEFAULT_PORT = 7676

const HELP = helpText(
  `
Answers POST /search {"query", "limit", "filter", "only", "explain"} with the hits of "search --json", POST /rerank
{"query", "documents", "limit"} with the documents, best first, and GET /health. GET / is a page to search in. The
index is opened again when it has changed. Without an index, only /rerank answers until one is created. With a token,
POST requests need the header "Authorization: Bearer <token>". Ctrl-C stops the server after the requests that are under
way. docs/cli.md describes the answers.`,
  [
    'npx maxsimd serve --store .notes --port 8080',
    `curl -H 'content-type: application/json' -d '{"query":"fear of spiders"}' http://127.0.0.1:${DEFAULT_PORT}/search`,
    'MAXSIMD_TOKEN=... npx maxsimd serve --host 0.0.0.0 --port 8080',
  ],
)

export function createServe(terminal: Terminal, setExitCode: SetExitCode): Command {
  const command = withEncoder(new Command('serve'), INDEX_ENCODER)
  return command
    .description('answer searches and rerank over HTTP, with a page to search in')
    .option(
      '--store <folder>',
      `folder of the text index or store (default: ${DEFAULT_FOLDER}, if it exists)`,
    )
    .option(
      '--host <address>',
      'address to listen on; one that other machines can reach requires a token',
      '127.0.0.1',
    )
    .addOption(
      new Option('--port <n>', 'port to listen on, 0 for any free port')
        .argParser(parsePort)
        .default(DEFAULT_PORT),
    )
    .option(
      '--token <token>',
      'token that requests must have (default: MAXSIMD_TOKEN, which keeps it out of the process list)',
    )
    .addOption(countOption('--max-requests <n>', 'requests at the same time; more get status 503', 16))
    .addOption(countOption('--max-body <kib>', 'largest body of a request, in KiB', 4096))
    .option(...JSON_OPTION)
    .addHelpText('after', HELP)
    .action(async () => setExitCode(await runServe(command.opts<ServeArguments>(), terminal)))
}

function parsePort(value: string): number {
  const port = Number(value)
  if (/^\d+$/.test(value) && port <= 65_535) return port
  throw new UsageError(`"--port" expected a whole number from 0 to 65535, got "${value}"`)
}

async function runServe(options: ServeArguments, terminal: Terminal): Promise<number> {
  const { host, store, model } = options
  const token = tokenOf(options, terminal)
  if (!isLoopback(host) && token === undefined) throw new UsageError(tokenRequired(host))
  const folder = store ?? DEFAULT_FOLDER
  const service = await createTextService({ folder, mustExist: store !== undefined, model }, terminal)
  try {
    const server = await startServer({
      ...options,
      service,
      token,
      maxBody: 1024 * options.maxBody,
      onError: error => printNotice(terminal, `a request failed: ${String(error)}`),
    })
    try {
      // "localhost" can lead elsewhere
      if (!isLoopback(server.address) && token === undefined) throw new UsageError(tokenRequired(host))
      await announce(server, service, folder, options, terminal)
      await untilAborted(terminal.signal)
    } finally {
      await server.close()
    }
  } finally {
    await service.close()
  }
  return EXIT_CODES.success
}

const tokenRequired = (host: string) =>
  `"--host ${host}" lets other machines search, and requires a token: set MAXSIMD_TOKEN or --token`

/** The token; undefined without one. It never reaches a message. */
function tokenOf({ token }: ServeArguments, { environment }: Terminal): string | undefined {
  const chosen = token ?? (environment.MAXSIMD_TOKEN || undefined)
  if (chosen === undefined || /^[\x21-\x7e]+$/.test(chosen)) return chosen
  const name = token === undefined ? 'MAXSIMD_TOKEN' : '--token'
  throw new UsageError(`"${name}" expected letters, digits and other ASCII characters without blanks`)
}

async function announce(
  { url }: RunningServer,
  service: TextService,
  folder: string,
  { json }: ServeArguments,
  terminal: Terminal,
): Promise<void> {
  const hasIndex = await service.hasIndex()
  if (json) printJson(terminal, { url, store: folder, index: hasIndex })
  else terminal.stdout.write(`${hasIndex ? `search of ${folder}` : 'reranking'} at ${url}; ctrl-C stops it\n`)
  if (hasIndex) return
  printNotice(terminal, `there is no index at "${folder}"; /search answers when one has been created`)
}
