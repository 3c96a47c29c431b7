// The frame of the programs in this folder: parses options, handles ctrl-C, prints errors, sets the exit code.

import { type ParseArgsConfig, parseArgs } from 'node:util'
import { createStyle, type Style, wantsStyle } from '../src/cli/output/style.js'
import { EXIT_CODES } from '../src/cli/terminal.js'

const { stdout, stderr } = process

/** A wrong command line. The message is printed, with a hint to --help. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/**
 * Parses a command line with `parseArgs` of Node.
 *
 * @throws UsageError for an unknown option or a missing value
 */
export function parseCommandLine<Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config)
  } catch (cause) {
    // the first sentence says what is wrong; the others are advice on "--"
    const [sentence] = (cause as Error).message.split(/\.? To specify|\n/)
    throw new UsageError(sentence, { cause })
  }
}

/** The styles of standard output. */
export const outputStyle = (): Style => createStyle(wantsStyle(process.env, stdout))

let interrupt: AbortController | undefined

/**
 * A signal that ctrl-C aborts, so that the program can clean up; a second ctrl-C ends the process at once. Without a call
 * of this function, the first ctrl-C does.
 */
export function interruptSignal(): AbortSignal {
  if (interrupt) return interrupt.signal
  const controller = new AbortController()
  interrupt = controller
  process.once('SIGINT', () => {
    controller.abort(new Error('interrupted'))
    process.once('SIGINT', () => process.exit(EXIT_CODES.interrupted))
  })
  return controller.signal
}

/**
 * Runs a program with the arguments of this process, prints its error if there is one, and sets the exit code.
 *
 * @param name the command that starts the program, for the hint to --help
 * @param main returns the exit code
 */
export async function runMain(
  name: string,
  main: (args: readonly string[]) => Promise<number>,
): Promise<void> {
  // a reader that closes the pipe early, such as `head`, is not an error
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit(EXIT_CODES.success)
  })
  try {
    process.exitCode = await main(process.argv.slice(2))
  } catch (error) {
    const isInterrupted = interrupt?.signal.aborted === true
    const hint = error instanceof UsageError ? `\nSee ${name} -- --help` : ''
    stderr.write(isInterrupted ? 'interrupted\n' : `${(error as Error).message}${hint}\n`)
    process.exitCode = isInterrupted ? EXIT_CODES.interrupted : EXIT_CODES.error
  }
}
