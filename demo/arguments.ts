// The command line of the dictionary demo.

import { parseCommandLine, UsageError } from './command-line.js'

export interface Arguments {
  /** The meaning to look up; undefined if none is given. */
  readonly query: string | undefined
  readonly limit: number
  readonly json: boolean
  readonly help: boolean
  /** Present with --page: the port of the page, 0 for any free port, or a folder to write it into. */
  readonly page?: { readonly port: number } | { readonly folder: string } | undefined
  /** Present with --qdrant. */
  readonly server?: ServerArguments | undefined
}

/** How to run the demo on a Qdrant server. */
export interface ServerArguments {
  readonly url: string
  /** Whether the collection stays at the end. */
  readonly keep: boolean
  /** Number of definitions to load. */
  readonly definitions: number
}

const MAX_LIMIT = 1_000
/** All definitions of WordNet. */
const MAX_DEFINITIONS = 114_166

export const HELP = `A reverse dictionary: type a meaning, get the words for it.

  npm run demo                                            asks for meanings; shows four examples without a terminal
  npm run demo -- "a place where planes take off"         looks up one meaning
  printf 'fear of heights\\n' | npm run demo               looks up each line of standard input
  npm run demo -- --limit 3 --json "fear of spiders"      prints one JSON object

  --limit <n>   maximum number of entries, 1 to ${MAX_LIMIT} (default: 10)
  --json        print one JSON object per query to standard output and nothing else
  --help        show this text

  npm run demo -- --page                                  opens the demo in your browser, which scores all rows

  --port <n>        port of the page on the loopback address, 0 for any free port (default: 8080)
  --out <folder>    write the page into a folder instead, for a web server

  npm run demo -- --qdrant http://127.0.0.1:6333          compares a Qdrant server with the kernel

  --qdrant <url>       load a part of the dictionary, query both sides, compare scores, order, latency and bytes
  --definitions <n>    number of definitions to load, 10 to ${MAX_DEFINITIONS} (default: 2000)
  --keep               keep the collection maxsimd-dictionary; by default it is removed at the end

Each definition in WordNet is a document, and each of its words is a row. The score is exact MaxSim; rare words of the
query have a higher weight. Colour is off if NO_COLOR is set or the output is not a terminal, and on with FORCE_COLOR.

Exit codes: 0 success, 2 error, 130 interrupted
`

/**
 * Parses the arguments after the name of the script. Several words without quotation marks are one meaning.
 *
 * @throws UsageError if an option is unknown, a value is missing or out of range, or the meaning is empty
 */
export function parseArguments(args: readonly string[]): Arguments {
  const { values, positionals } = parse(args)
  const query = positionals.length === 0 ? undefined : positionals.join(' ').trim()
  if (query === '') throw new UsageError('the meaning expected a text, got an empty one')
  const limit = values.limit === undefined ? 10 : parseWhole(values.limit, '--limit', 1, MAX_LIMIT)
  const page = parsePage(values)
  const server = parseServer(values)
  if (page && server) throw new UsageError('"--page" and "--qdrant" cannot be combined')
  if (page && query !== undefined) {
    throw new UsageError('"--page" and a meaning cannot be combined; type the meaning in the page')
  }
  const { json = false, help = false } = values
  return { query, limit, json, help, ...(page && { page }), ...(server && { server }) }
}

const parse = (args: readonly string[]) =>
  parseCommandLine({
    args: [...args],
    allowPositionals: true,
    options: {
      limit: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
      page: { type: 'boolean' },
      port: { type: 'string' },
      out: { type: 'string' },
      qdrant: { type: 'string' },
      definitions: { type: 'string' },
      keep: { type: 'boolean' },
    },
  })

type Values = ReturnType<typeof parse>['values']

function parsePage({ page, port, out }: Values): Arguments['page'] {
  if (page && out !== undefined) {
    if (port !== undefined) throw new UsageError('"--port" and "--out" cannot be combined')
    return { folder: out }
  }
  if (page) return { port: port === undefined ? 8080 : parseWhole(port, '--port', 0, 65535) }
  for (const [option, value] of Object.entries({ port, out })) {
    if (value !== undefined) throw new UsageError(`"--${option}" requires --page`)
  }
  return undefined
}

function parseServer({ qdrant, keep, definitions }: Values): ServerArguments | undefined {
  if (qdrant === undefined) {
    if (keep !== undefined) throw new UsageError('"--keep" requires --qdrant <url>')
    if (definitions !== undefined) throw new UsageError('"--definitions" requires --qdrant <url>')
    return undefined
  }
  if (!/^https?:\/\//.test(qdrant) || !URL.canParse(qdrant)) {
    throw new UsageError('"--qdrant" expected a URL that starts with http:// or https://')
  }
  const count =
    definitions === undefined ? 2000 : parseWhole(definitions, '--definitions', 10, MAX_DEFINITIONS)
  return { url: qdrant, keep: keep === true, definitions: count }
}

function parseWhole(value: string, option: string, min: number, max: number): number {
  const number = Number(value)
  if (/^\d+$/.test(value) && number >= min && number <= max) return number
  throw new UsageError(`"${option}" expected a whole number from ${min} to ${max}, got "${value}"`)
}
