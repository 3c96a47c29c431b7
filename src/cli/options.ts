// Options that several commands share.

import { Option } from 'commander'
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
