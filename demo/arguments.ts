// The demo's command line: what may be asked, and what is said where it is asked wrongly. It prints nothing.
import { parseArgs } from 'node:util'

/** What the demo was asked to do. */
export interface Arguments {
  /** The meaning to look up; undefined where none was given. */
  readonly query: string | undefined
  readonly limit: number
  readonly json: boolean
  readonly help: boolean
}

/** The command line is wrong: the message says how, the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const mostEntries = 1_000

export const help = `A reverse dictionary: type a meaning, get the words for it.

  npm run demo                                            asks, where there is a terminal; else shows four meanings
  npm run demo -- "a place where planes take off"         answers once
  npm run demo -- --limit 3 --json "fear of spiders"      one JSON object

  --limit <n>   entries to show, 1 to ${mostEntries} (10)
  --json        one JSON object a line on standard output, for each query, and nothing else
  --help        this text

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
  return { query, limit: parseLimit(values.limit), json: values.json === true, help: values.help === true }
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
      },
    })
  } catch (cause) {
    // the runtime's text ends in advice on "--" over several sentences; the first says what is wrong
    const [sentence] = (cause as Error).message.split(/\.? To specify|\n/)
    throw new UsageError(sentence, { cause })
  }
}

function parseLimit(value: string | undefined): number {
  if (value === undefined) return 10
  const limit = Number(value)
  if (!/^\d+$/.test(value) || limit < 1 || limit > mostEntries) {
    throw new UsageError(`"--limit" expected a whole number from 1 to ${mostEntries}, got "${value}"`)
  }
  return limit
}
