// How the program ends a command that is interrupted: it waits until files and connections are closed, for three seconds at most.

import { Command } from 'commander'
import { afterEach, expect, it, vi } from 'vitest'
import type { SetExitCode, Terminal } from '../../src/cli/terminal.js'
import { runCli } from './run-cli.js'

const running = vi.hoisted(() => ({
  /** What a command does after ctrl-C. */
  end: async () => {},
}))

vi.mock('../../src/cli/commands/demo.js', () => ({ createDemo: commandOf('demo') }))
vi.mock('../../src/cli/commands/serve.js', () => ({ createServe: commandOf('serve') }))

/** A command that runs until ctrl-C. Its exit code would be 0. */
function commandOf(name: string) {
  return ({ signal, stdout }: Terminal, setExitCode: SetExitCode) =>
    new Command(name).action(async () => {
      const interrupted = new Promise(resolve => signal.addEventListener('abort', resolve))
      stdout.write('ready')
      await interrupted
      await running.end()
      setExitCode(0)
    })
}

afterEach(() => {
  vi.restoreAllMocks()
})

/** Runs a command, and presses ctrl-C when it is ready. Returns its standard error. */
async function interrupt(command: string, code: number): Promise<string> {
  const pressed = new AbortController()
  const { stderr } = await runCli([command], {
    code,
    signal: pressed.signal,
    onStdout: () => pressed.abort(),
  })
  return stderr
}

it.each([
  ['demo', 130, 'interrupted\n'],
  ['serve', 0, ''],
])('%s ends with exit code %i when it has closed everything', async (command, code, printed) => {
  let isClosed = false
  running.end = async () => {
    await new Promise(resolve => setTimeout(resolve, 20))
    isClosed = true
  }
  expect(await interrupt(command, code)).toBe(printed)
  expect(isClosed).toBe(true)
})

it.each(['demo', 'serve'])(
  '%s that cannot close something ends with exit code 130, and its error is not printed',
  async command => {
    running.end = () => Promise.reject(new Error('the disk is full'))
    expect(await interrupt(command, 130)).toBe('interrupted\n')
  },
)

it.each(['demo', 'serve'])('%s that does not end gets three seconds', async command => {
  const realTimeout = globalThis.setTimeout
  const timers = vi
    .spyOn(globalThis, 'setTimeout')
    .mockImplementation(((run: (value: unknown) => void, delay?: number, value?: unknown) =>
      realTimeout(run, delay === 3000 ? 1 : delay, value)) as typeof setTimeout)
  running.end = () => new Promise(() => {})
  expect(await interrupt(command, 130)).toBe('interrupted\n')
  expect(timers.mock.calls.filter(([, delay]) => delay === 3000)).toHaveLength(1)
})
