// Runs the command line in this process: arguments in; text and exit code out.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { createProgram, runProgram } from '../../src/cli/program.js'
import type { Input } from '../../src/cli/terminal.js'

/** A temporary folder for one test file; removed at the end. Returns a function that makes paths in it. */
export function temporaryFolder(): (name: string) => string {
  const folder = mkdtempSync(join(tmpdir(), 'maxsimd-cli-'))
  afterAll(() => rmSync(folder, { recursive: true, force: true }))
  return name => join(folder, name)
}

export interface Surroundings {
  /** The exit code that the command must have. Default: 0. */
  readonly code?: number
  readonly stdin?: string | Input
  readonly isTTY?: boolean | undefined
  /** Width of the terminal. */
  readonly columns?: number | undefined
  readonly environment?: Record<string, string>
  readonly signal?: AbortSignal
  /** Receives each text that is written to standard output. */
  readonly onStdout?: (text: string) => unknown
  /** Receives each text that is written to standard error. */
  readonly onStderr?: (text: string) => unknown
}

export interface Outcome {
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command. Fails, with what the command printed on standard error, if it ends with another exit code. */
export async function runCli(args: readonly string[], surroundings: Surroundings = {}): Promise<Outcome> {
  const {
    code = 0,
    stdin,
    isTTY = false,
    columns,
    environment = {},
    signal,
    onStdout,
    onStderr,
  } = surroundings
  let [stdout, stderr] = ['', '']
  const actual = await runProgram(args, {
    stdout: {
      isTTY,
      columns,
      write(text) {
        stdout += text
        onStdout?.(text)
      },
    },
    stderr: {
      isTTY,
      columns,
      write(text) {
        stderr += text
        onStderr?.(text)
      },
    },
    stdin: typeof stdin === 'string' ? chunksOf(stdin) : stdin,
    environment,
    signal: signal ?? new AbortController().signal,
  })
  expect(actual, `the exit code of maxsimd ${args.join(' ')}, which printed: ${stderr}`).toBe(code)
  return { stdout, stderr }
}

/** Chunks of 7 bytes, which also split characters. */
async function* chunksOf(text: string): AsyncGenerator<Uint8Array> {
  const bytes = new TextEncoder().encode(text)
  for (let first = 0; first < bytes.length; first += 7) yield bytes.subarray(first, first + 7)
}

/** The program with all commands; it prints nothing. */
export const createSilentProgram = () =>
  createProgram(
    {
      stdout: { write() {} },
      stderr: { write() {} },
      environment: {},
      signal: new AbortController().signal,
    },
    () => {},
  )
