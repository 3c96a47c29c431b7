// Runs the programs of build/ in separate processes, as a user does. Needs `npm run build`.

import { spawn, spawnSync } from 'node:child_process'
import { tmpdir } from 'node:os'
import { resolve } from 'node:path'

/** This process's environment without the variables that change what the programs do. */
export function cleanEnvironment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const { NO_COLOR: _, FORCE_COLOR: __, QDRANT_URL: ___, QDRANT_BIN: ____, ...rest } = process.env
  return { ...rest, ...extra }
}

export const pathOf = (program: string) => resolve('build', `${program}.mjs`)

export interface ProgramOptions {
  readonly environment?: Record<string, string>
  readonly folder?: string
  /** The text of standard input. */
  readonly input?: string
}

/** Runs a program to its end. */
export function runProgram(
  program: string,
  args: readonly string[],
  { environment, folder = tmpdir(), input = '' }: ProgramOptions = {},
) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [pathOf(program), ...args], {
    encoding: 'utf8',
    input,
    cwd: folder,
    env: cleanEnvironment(environment),
  })
  return { code: status, stdout, stderr }
}

// `script` of util-linux provides a pseudo-terminal
export const hasTerminal =
  spawnSync('script', ['--version'], { encoding: 'utf8' }).stdout?.includes('util-linux') === true

/** Runs the demo on a pseudo-terminal and types each of `input` at a prompt. Returns the screen and the exit code. */
export async function converse(input: readonly string[]): Promise<{ code: unknown; screen: string }> {
  const command = `"${process.execPath}" "${pathOf('demo')}"`
  const child = spawn('script', ['-qec', command, '/dev/null'], {
    env: cleanEnvironment({ TERM: 'xterm', NO_COLOR: '1' }),
  })
  let screen = ''
  let prompts = 0
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    screen += text
    // readline moves the cursor behind each prompt that it draws
    const drawn = screen.split('> \x1b[3G').length - 1
    while (prompts < Math.min(drawn, input.length)) child.stdin.write(input[prompts++]!)
  })
  const code = await new Promise(resolve => child.once('exit', resolve))
  return { code, screen }
}
