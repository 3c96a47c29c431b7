// The command line as a function: arguments in, an exit code out, everything printed on the terminal that it is given.
// Knows which commands there are, and what becomes of an error.

import { readFile } from 'node:fs/promises'
import { Command, CommanderError } from 'commander'
import { createBench } from './commands/bench.js'
import { createCompare } from './commands/compare.js'
import { createDemo } from './commands/demo.js'
import { createEval } from './commands/eval.js'
import { createIndex } from './commands/index-files.js'
import { createInfo } from './commands/info.js'
import { createPull } from './commands/pull.js'
import { createPush } from './commands/push.js'
import { createRerank } from './commands/rerank.js'
import { createSearch } from './commands/search.js'
import { createVerify } from './commands/verify.js'
import { exitCodes, type Terminal, UsageError } from './terminal.js'

const help = `
Example:
  maxsimd index notes/ && maxsimd search "fear of spiders"
  maxsimd verify --collection colbert-search --sample 5

Texts are indexed into .maxsimd in the current folder; --store names another. The server is --url, else QDRANT_URL,
else http://localhost:6333. The API key is best in QDRANT_API_KEY. Colour is off with NO_COLOR and where the output is
no terminal; progress is shown on a terminal only.

Exit codes: 0 all is well, 1 something was found, 2 it could not be done, 130 ctrl-C.
`

/** In the order of the help. */
const COMMANDS = [
  createDemo,
  createIndex,
  createSearch,
  createRerank,
  createPull,
  createPush,
  createVerify,
  createCompare,
  createEval,
  createBench,
  createInfo,
]

/** Runs `args` (without the program's own name) and gives the exit code. */
export async function runProgram(args: readonly string[], terminal: Terminal): Promise<number> {
  let code: number = exitCodes.well
  const done = (told: number) => {
    code = told
  }
  let asked = ''
  const program = new Command('maxsimd')
    .description('Exact late interaction: search texts and vectors, beside Qdrant or without it.')
    .version(await readVersion(), '-V, --version', 'display the version')
    .addHelpText('after', help)
  for (const create of COMMANDS) program.addCommand(create(terminal, done))
  for (const command of [program, ...program.commands]) quieten(command, terminal)
  program.hook('preSubcommand', (_, command) => {
    asked = command.name()
  })
  const stop = aborted(terminal.signal)
  let running: Promise<unknown> = Promise.resolve()
  try {
    if (args.length === 0) {
      program.configureOutput({ writeErr: text => terminal.stderr.write(text) })
      program.outputHelp({ error: true })
      return exitCodes.failed
    }
    running = program.parseAsync(args, { from: 'user' })
    await Promise.race([running, stop.promise])
    return code
  } catch (error) {
    // a command that was interrupted gets a moment to close what it has open
    await Promise.race([
      running.catch(() => undefined),
      new Promise(resolve => setTimeout(resolve, GRACE).unref()),
    ])
    return failed(error, asked, terminal)
  } finally {
    stop.clear()
  }
}

/** The package's; its file is as far from src/cli as from dist/cli. */
async function readVersion(): Promise<string> {
  const text = await readFile(new URL('../../package.json', import.meta.url), 'utf8')
  return (JSON.parse(text) as { readonly version: string }).version
}

/** Milliseconds between ctrl-C and the end, at most. */
const GRACE = 3000

/** Errors become exceptions, so that there is one place that prints them. */
function quieten(command: Command, { stdout, stderr }: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: text => stdout.write(text),
    writeErr: () => undefined,
    getOutHelpWidth: () => Math.min(stdout.columns ?? 110, 110),
    getErrHelpWidth: () => Math.min(stderr.columns ?? 110, 110),
  })
}

function failed(error: unknown, command: string, { stderr, signal }: Terminal): number {
  // a line of progress may stand there
  if (stderr.isTTY) stderr.write('\r\x1b[2K')
  if (signal.aborted) {
    stderr.write('interrupted\n')
    return exitCodes.interrupted
  }
  const message = error instanceof Error ? error.message : String(error)
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return exitCodes.well
    // what "help" throws of a command that there is not
    const text = error.code === 'commander.help' ? 'unknown command' : message.replace(/^error: /, '')
    stderr.write(`${text}\n${seeHelp(command)}`)
    return exitCodes.failed
  }
  stderr.write(`${message}\n${error instanceof UsageError ? seeHelp(command) : ''}`)
  return exitCodes.failed
}

const seeHelp = (command: string) => `See maxsimd ${command === '' ? '' : `${command} `}--help\n`

/** A promise that rejects with ctrl-C, so that nothing that takes no signal keeps the user waiting. */
function aborted(signal: AbortSignal): { readonly promise: Promise<never>; clear(): void } {
  let stop = () => {}
  const promise = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  return { promise, clear: () => signal.removeEventListener('abort', stop) }
}
