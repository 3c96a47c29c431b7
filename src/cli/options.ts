// Options that several commands share.

import { type Command, Option } from 'commander'
import { UsageError } from './terminal.js'

/** `--json`, as arguments of `option()`. */
export const JSON_OPTION = ['--json', 'print JSON to standard output and nothing else'] as const

/** `--using`, as arguments of `option()`. */
export const USING_OPTION = [
  '--using <vector>',
  'name of the vector (default: the only multi-vector, or the only vector)',
] as const

/** `--shard-key`: a key of digits is a number, as in Qdrant's own requests. */
export const shardKeyOption = (): Option =>
  new Option('--shard-key <key>', 'shard of a collection with custom sharding (default: all)').argParser(
    key => (/^\d+$/.test(key) && Number.isSafeInteger(Number(key)) ? Number(key) : key),
  )

/**
 * An option that takes an integer of at least 1.
 *
 * @param flags for example `--limit <n>`
 */
export function countOption(flags: string, description: string, defaultValue?: number): Option {
  const option = new Option(flags, description).argParser(value => {
    const number = Number(value)
    if (/^\d+$/.test(value) && Number.isSafeInteger(number) && number >= 1) return number
    throw new UsageError(`"${option.long}" expected a whole number of at least 1, got "${value}"`)
  })
  return defaultValue === undefined ? option : option.default(defaultValue)
}

/** The address of the server by default. */
export const DEFAULT_URL = 'http://localhost:6333'

/** Options of the commands that use a Qdrant server. */
export interface ConnectionOptions {
  readonly url?: string
  readonly apiKey?: string
  readonly collection: string
  readonly using?: string
  readonly shardKey?: string | number
  readonly timeout: number
  readonly json?: boolean
}

/** Adds the connection options to a command. */
export function withConnection(
  command: Command,
  { collection = 'required' }: { readonly collection?: 'required' | 'optional' } = {},
): Command {
  const collectionOption = ['-c, --collection <name>', 'name of the collection'] as const
  return (
    collection === 'required'
      ? command.requiredOption(...collectionOption)
      : command.option(...collectionOption)
  )
    .option('--url <url>', `address of the server (default: QDRANT_URL, or ${DEFAULT_URL})`)
    .option(
      '--api-key <key>',
      'API key (default: QDRANT_API_KEY, which keeps the key out of the process list)',
    )
    .addOption(countOption('--timeout <seconds>', 'time limit of one request', 60))
    .option(...JSON_OPTION)
}
