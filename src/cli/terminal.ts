// What a command has around it: streams, environment, a signal. The real ones in main.ts, others in tests. Results go
// to standard output, everything for people who watch to standard error.

import { createProgress, type Progress } from './output/progress.js'
import { createStyle, type Style, wantsStyle } from './output/style.js'

/** A stream as far as the commands know it. */
export interface Output {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

/** A stream that is read. */
export interface Input extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean
}

export interface Terminal {
  readonly stdout: Output
  readonly stderr: Output
  /** What is piped in; on a terminal there is nobody to wait for. */
  readonly stdin?: Input | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborted by ctrl-C. */
  readonly signal: AbortSignal
}

/** The command line is wrong: the message says how, the exit code is 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** Exit codes: everything was done and is well; something was found; it could not be done; ctrl-C. */
export const exitCodes = { well: 0, found: 1, failed: 2, interrupted: 130 } as const

/** Progress where somebody watches; elsewhere nothing. */
export function progressOn({ stderr }: Terminal): Progress {
  return createProgress(stderr.isTTY ? stderr : { write() {} })
}

/** A line for people who watch, in place of a line of progress that may stand there. */
export function tell({ stderr }: Terminal, line: string): void {
  stderr.write(`${stderr.isTTY ? '\r\x1b[2K' : ''}${line}\n`)
}

/** The styles of standard output. */
export const styleOn = ({ environment, stdout }: Terminal): Style =>
  createStyle(wantsStyle(environment, stdout))

/** `value` as lines of JSON. */
export function printJson({ stdout }: Terminal, value: unknown): void {
  // JSON has no Infinity: a bound that does not exist is null
  stdout.write(`${JSON.stringify(value, undefined, 2)}\n`)
}
