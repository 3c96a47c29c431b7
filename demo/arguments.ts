// The demo's command line: what may be asked, and what is said where it is asked wrongly. It prints nothing.
import { parseArgs } from 'node:util'

/** What the demo was asked to do. */
export interface Arguments {
  /** The meaning to look up; undefined where none was given. */
  readonly query: string | undefined
  readonly limit: number
  readonly json: boolean
  readonly help: boolean
  /** Present where the dictionary is to run in a browser: the port of the page, 0 for any that is free. */
  readonly page?: { readonly port: number } | undefined
  /** Present where a server is to be asked too. */
  readonly server?: ServerArguments | undefined
}

/** How to run the demo on a Qdrant server. */
export interface ServerArguments {
  readonly url: string
  /** Leaves the collection there. */
  readonly keep: boolean
  /** How many definitions are loaded. */
  readonly definitions: number
}

/** The command line is wrong: the message says how, the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const mostEntries = 1_000
const mostDefinitions = 114_166

export const help = `A reverse dictionary: type a meaning, get the words for it.

  npm run demo                                            asks, where there is a terminal; else shows four meanings
  npm run demo -- "a place where planes take off"         answers once
  npm run demo -- --limit 3 --json "fear of spiders"      one JSON object

  --limit <n>   entries to show, 1 to ${mostEntries} (10)
  --json        one JSON object a line on standard output, for each query, and nothing else
  --help        this text

  npm run demo -- --page                                  the same in a browser: every row is scored in the page

  --port <n>    the page's port on the loopback address, 0 to 65535 (8080; 0 is any free one)

  npm run demo -- --qdrant http://127.0.0.1:6333          the same on a Qdrant server, beside the kernel

  --qdrant <url>       load a slice of the dictionary there, ask both, compare scores, order, latency and bytes
  --definitions <n>    how large a slice, 10 to 114166 (2000)
  --keep               leave the collection maxsimd-dictionary there; else it is removed at the end

Every definition in WordNet is a document, every word of it a row; the score is exact MaxSim, the words of the query
weighted by their rarity. Colour is off with NO_COLOR and where the output is not a terminal, on with FORCE_COLOR.
`

/**
 * Parses the arguments after the script's name. Words without quotation marks are one meaning.
 *
 * @throws UsageError where an option is unknown, a value missing or out of range, the meaning empty
 */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args)
  const query = positionals.length === 0 ? undefined : positionals.join(' ').trim()
  if (query === '') throw new UsageError('expected a meaning, got an empty text')
  const limit = values.limit === undefined ? 10 : parseWhole(values.limit, 'limit', 1, mostEntries)
  const page = parsePage(values)
  const server = parseServer(values)
  if (page && (server || query !== undefined)) {
    throw new UsageError(
      `"--page" goes without ${server ? '"--qdrant"' : 'a meaning: it is typed in the page'}`,
    )
  }
  const { json = false, help = false } = values
  return { query, limit, json, help, ...(page && { page }), ...(server && { server }) }
}

function parsePage({ page, port }: ReturnType<typeof parse>['values']): Arguments['page'] {
  if (page) return { port: port === undefined ? 8080 : parseWhole(port, 'port', 0, 65535) }
  if (port !== undefined) throw new UsageError('"--port" needs "--page"')
  return undefined
}

function parseServer({
  qdrant,
  keep,
  definitions,
}: ReturnType<typeof parse>['values']): ServerArguments | undefined {
  if (qdrant === undefined) {
    if (keep === undefined && definitions === undefined) return undefined
    throw new UsageError(`"--${keep === undefined ? 'definitions' : 'keep'}" needs "--qdrant <url>"`)
  }
  if (!/^https?:\/\//.test(qdrant) || !URL.canParse(qdrant)) {
    throw new UsageError('"--qdrant" expected a URL that starts with http:// or https://')
  }
  const count = definitions === undefined ? 2000 : parseWhole(definitions, 'definitions', 10, mostDefinitions)
  return { url: qdrant, keep: keep === true, definitions: count }
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        limit: { type: 'string' },
        json: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
        page: { type: 'boolean' },
        port: { type: 'string' },
        qdrant: { type: 'string' },
        definitions: { type: 'string' },
        keep: { type: 'boolean' },
      },
    })
  } catch (cause) {
    // the runtime's text ends in advice on "--" over several sentences; the first says what is wrong
    const [sentence] = (cause as Error).message.split(/\.? To specify|\n/)
    throw new UsageError(sentence, { cause })
  }
}

function parseWhole(value: string, option: string, least: number, most: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= least && number <= most) return number
  throw new UsageError(`"--${option}" expected a whole number from ${least} to ${most}, got "${value}"`)
}
