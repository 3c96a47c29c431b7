// Options that every command has: which server, which collection, which vector; and the collection that they name. The
// key goes into the connection and nowhere else.

import { type Command, InvalidArgumentError } from 'commander'
import { openCollection, type QdrantCollection, QdrantError } from '../qdrant/index.js'
import { type Terminal, tell, UsageError } from './terminal.js'

export interface ConnectionOptions {
  readonly url?: string
  readonly apiKey?: string
  readonly collection: string
  readonly using?: string
  readonly timeout: number
  readonly json?: boolean
}

const defaultUrl = 'http://localhost:6333'

/** Adds the options of a connection to a command. */
export function withConnection(command: Command): Command {
  return command
    .requiredOption('-c, --collection <name>', 'the collection')
    .option('--url <url>', `the server; left out: QDRANT_URL, or ${defaultUrl}`)
    .option(
      '--api-key <key>',
      'the API key; left out: QDRANT_API_KEY, which keeps it out of the process list',
    )
    .option('--timeout <seconds>', 'how long one request may take', wholeFrom(1), 60)
    .option('--json', 'print JSON on standard output, and nothing else')
}

export const usingOption = [
  '--using <vector>',
  'the vector; left out: the only multi-vector, or the only one',
] as const

/** Parses a whole number of at least `least`. */
export function wholeFrom(least: number): (value: string) => number {
  return value => {
    const number = Number(value)
    if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= least) return number
    throw new InvalidArgumentError(`expected a whole number of at least ${least}`)
  }
}

/** The collection that the options name. */
export async function connect(options: ConnectionOptions, terminal: Terminal): Promise<QdrantCollection> {
  const { environment, signal } = terminal
  const url = options.url ?? (environment.QDRANT_URL || defaultUrl)
  const apiKey = options.apiKey ?? environment.QDRANT_API_KEY
  checkUrl(url, options.url === undefined ? 'QDRANT_URL' : '--url')
  const onRetry = (reason: string) => tell(terminal, `${reason}; sending it again`)
  const limits = { timeout: 1000 * options.timeout, retries: 2, onRetry, signal }
  try {
    return await openCollection({ url, apiKey }, options.collection, limits)
  } catch (cause) {
    if (!(cause instanceof QdrantError) || cause.status !== undefined) throw cause
    const remedy = `is a Qdrant server running at ${url}? "docker compose up -d" starts one, --url names another`
    throw new Error(`${cause.message}; ${remedy}`, { cause })
  }
}

function checkUrl(url: string, place: string): void {
  // what may hold a password is not repeated
  const shown = url.includes('@') ? 'one that does not' : `"${url}"`
  if (!/^https?:\/\//.test(url) || !URL.canParse(url)) {
    throw new UsageError(`"${place}" expected a URL that starts with http:// or https://, got ${shown}`)
  }
  const { username, password } = new URL(url)
  if (username !== '' || password !== '') {
    throw new UsageError(
      `"${place}" expected no user or password in it; the API key goes into QDRANT_API_KEY`,
    )
  }
}
