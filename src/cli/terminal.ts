// The surroundings of a command: streams, environment variables and ctrl-C. main.ts passes the ones of the process,
// tests pass others. Results go to standard output; progress, notices and errors go to standard error.

import { exactJson } from '../base/exact-json.js'
import { printable, printableJson } from '../base/printable.js'
import { createProgress, type Progress } from './output/progress.js'
import { createStyle, type Style, wantsStyle } from './output/style.js'

/** A stream that commands write to. */
export interface Output {
  readonly isTTY?: boolean
  /** Width in characters. */
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** A stream that commands read. */
export interface Input extends AsyncIterable<Uint8Array | string> {
  readonly isTTY?: boolean
}

export interface Terminal {
  readonly stdout: Output
  readonly stderr: Output
  /** Standard input. Commands that read it refuse a terminal. */
  readonly stdin?: Input | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  /** Aborted by ctrl-C. */
  readonly signal: AbortSignal
}

/** A wrong command line. The program prints the message, refers to --help and exits with code 2. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

export const EXIT_CODES = { success: 0, problems: 1, error: 2, notJudged: 3, interrupted: 130 } as const

/** Receives the exit code of a command. */
export type SetExitCode = (code: number) => void

/** Progress on standard error if that is a terminal; otherwise nothing is shown. */
export function progressOn({ stderr }: Terminal): Progress {
  return createProgress(stderr.isTTY ? stderr : { write() {} })
}

/** Writes a line to standard error. On a terminal it replaces the progress line. */
export function printNotice({ stderr }: Terminal, line: string): void {
  stderr.write(`${stderr.isTTY ? '\r\x1b[2K' : ''}${printable(line)}\n`)
}

/** The styles of standard output. */
export const styleOn = ({ environment, stdout }: Terminal): Style =>
  createStyle(wantsStyle(environment, stdout))

/** Writes `value` as indented JSON. Infinity, such as the bound of an unbounded difference, becomes null. */
export function printJson({ stdout }: Terminal, value: unknown): void {
  stdout.write(`${printableJson(exactJson(value, 2))}\n`)
}

/** The control sequences that commands write themselves: styles, and the erasing of a progress line. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: terminals obey them
const OWN_SEQUENCES = /(\x1b\[[\d;]*m|\r\x1b\[2K)/

/** A stream that replaces all other control characters: names and texts of others may contain some. */
export function safeOutput(output: Output): Output {
  return {
    get isTTY() {
      return output.isTTY === true
    },
    get columns() {
      return output.columns as number
    },
    // split with a group: every second part is one of the sequences
    write: text =>
      output.write(
        text
          .split(OWN_SEQUENCES)
          .map((part, k) => (k % 2 ? part : printable(part)))
          .join(''),
      ),
  }
}

/** A promise that rejects on ctrl-C. It ends waiting for something that takes no signal. */
export function rejectOnAbort(signal: AbortSignal): { readonly promise: Promise<never>; clear(): void } {
  let stop = () => {}
  const promise = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop, { once: true })
  })
  return { promise, clear: () => signal.removeEventListener('abort', stop) }
}

/** Resolves on ctrl-C. Used by commands that run until then. */
export const untilAborted = (signal: AbortSignal): Promise<void> =>
  new Promise(resolve => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
