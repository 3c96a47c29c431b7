// The command line as a function: takes arguments, prints to the given terminal, returns an exit code. Lists the
// commands and turns errors into messages.

import { Command, CommanderError } from 'commander'
import { messageOf } from '../base/is-a.js'
import { helpText } from './output/help-text.js'
import { readVersion } from './read-version.js'
import {
  EXIT_CODES,
  rejectOnAbort,
  type SetExitCode,
  safeOutput,
  type Terminal,
  UsageError,
} from './terminal.js'

const HELP = helpText(
  `
Text indexes are kept in the folder .maxsimd; --store chooses another folder. The Qdrant server is --url, or QDRANT_URL,
or http://localhost:6333. Put its API key into QDRANT_API_KEY. Colour is off if NO_COLOR is set or the output is not a
terminal. Progress is shown on a terminal only.`,
  [
    'npx maxsimd index notes/ && npx maxsimd search "fear of spiders"',
    'npx maxsimd verify --collection colbert-search --sample 5',
  ],
)

type CreateCommand = (terminal: Terminal, setExitCode: SetExitCode) => Command

/** In the order of the help. A command is loaded when it runs: to load all of them takes longer than many a search. */
const COMMANDS: Readonly<Record<string, () => Promise<CreateCommand>>> = {
  demo: async () => (await import('./commands/demo.js')).createDemo,
  index: async () => (await import('./commands/index-files.js')).createIndex,
  search: async () => (await import('./commands/search.js')).createSearch,
  rerank: async () => (await import('./commands/rerank.js')).createRerank,
  serve: async () => (await import('./commands/serve.js')).createServe,
  mcp: async () => (await import('./commands/mcp.js')).createMcp,
  pull: async () => (await import('./commands/pull.js')).createPull,
  push: async () => (await import('./commands/push.js')).createPush,
  verify: async () => (await import('./commands/verify.js')).createVerify,
  compare: async () => (await import('./commands/compare.js')).createCompare,
  eval: async () => (await import('./commands/eval.js')).createEval,
  advise: async () => (await import('./commands/advise.js')).createAdvise,
  bench: async () => (await import('./commands/bench.js')).createBench,
  info: async () => (await import('./commands/info.js')).createInfo,
}

/** Commands that run until they are interrupted: it is how they succeed. */
const SERVERS: readonly string[] = ['serve', 'mcp']

/** Time that an interrupted command gets to close files and connections, in milliseconds. */
const INTERRUPT_GRACE = 3000

/** Runs `args` (without the name of the program) and returns the exit code. */
export async function runProgram(args: readonly string[], surroundings: Terminal): Promise<number> {
  const { stdout, stderr } = surroundings
  const terminal = { ...surroundings, stdout: safeOutput(stdout), stderr: safeOutput(stderr) }
  let exitCode: number = EXIT_CODES.success
  let commandName = ''
  const setExitCode: SetExitCode = code => {
    exitCode = code
  }
  const [first = ''] = args
  const program = await createProgram(
    terminal,
    setExitCode,
    Object.hasOwn(COMMANDS, first) ? [first] : undefined,
  )
  program.hook('preSubcommand', (_, command) => {
    commandName = command.name()
  })
  if (args.length === 0) {
    program.configureOutput({ writeErr: text => terminal.stderr.write(text) })
    program.outputHelp({ error: true })
    return EXIT_CODES.error
  }
  const interruption = rejectOnAbort(terminal.signal)
  let running: Promise<unknown> = Promise.resolve()
  try {
    terminal.signal.throwIfAborted()
    running = program.parseAsync(args, { from: 'user' })
    await Promise.race([running, interruption.promise])
    return exitCode
  } catch (error) {
    const hasEnded = await Promise.race([
      running.then(
        () => true,
        () => false,
      ),
      new Promise<boolean>(resolve => setTimeout(resolve, INTERRUPT_GRACE, false).unref()),
    ])
    if (hasEnded && SERVERS.includes(commandName)) return exitCode
    return reportError(error, commandName, terminal)
  } finally {
    interruption.clear()
  }
}

/**
 * The program with its commands.
 *
 * @param names the commands that it has. Default: all
 */
export async function createProgram(
  terminal: Terminal,
  setExitCode: SetExitCode,
  names: readonly string[] = Object.keys(COMMANDS),
): Promise<Command> {
  const loading = Promise.all(names.map(name => COMMANDS[name]!()))
  const [version, commands] = await Promise.all([readVersion(), loading])
  const program = new Command('maxsimd')
    .description('Exact late-interaction search of texts and vectors, with or without Qdrant.')
    .version(version, '-V, --version', 'display the version')
    .addHelpText('after', HELP)
  for (const create of commands) program.addCommand(create(terminal, setExitCode))
  for (const command of [program, ...program.commands]) throwErrors(command, terminal)
  return program
}

/** Makes a command throw its errors, which `reportError` prints, and wraps its help at 110 columns. */
function throwErrors(command: Command, { stdout, stderr }: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: text => stdout.write(text),
    writeErr: () => undefined,
    getOutHelpWidth: () => Math.min(stdout.columns ?? 110, 110),
    getErrHelpWidth: () => Math.min(stderr.columns ?? 110, 110),
  })
}

/** Prints an error and returns its exit code. */
function reportError(error: unknown, commandName: string, { stderr, signal }: Terminal): number {
  // erase a progress line
  if (stderr.isTTY) stderr.write('\r\x1b[2K')
  if (signal.aborted) {
    stderr.write('interrupted\n')
    return EXIT_CODES.interrupted
  }
  const seeHelp = `See npx maxsimd ${commandName === '' ? '' : `${commandName} `}--help\n`
  const message = messageOf(error)
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_CODES.success
    // commander reports `maxsimd help nope` with this code and no message
    const text = error.code === 'commander.help' ? 'unknown command' : message.replace(/^error: /, '')
    stderr.write(`${text}\n${seeHelp}`)
    return EXIT_CODES.error
  }
  stderr.write(`${message}\n${error instanceof UsageError ? seeHelp : ''}`)
  return EXIT_CODES.error
}
