// Runs a peer in a separate process. Requests and responses are lines of JSON; javascript/main.mjs describes the
// protocol.
//
// No process remains after this program has ended: a peer ends with its standard input, and it is killed if it does not
// respond in time.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Command } from './peers.js'

/** The response to `load`. */
export interface Loaded {
  readonly version: string
  readonly instructions?: string | null
  readonly scores: readonly number[]
  readonly ranked: readonly (readonly [index: number, score: number])[]
}

/** The response to `time`. */
export interface Timed {
  readonly milliseconds: readonly number[]
  /** Processor time divided by elapsed time: more than 1 with several threads. */
  readonly cpu: number
}

/** A running peer. */
export interface Session {
  /** Loads the workload in a folder, and scores and ranks its documents. */
  load(folder: string): Promise<Loaded>
  /** Ranks again and again for `milliseconds`. */
  time(milliseconds: number): Promise<Timed>
  end(): void
}

/** A peer that reads 300 MB of rows one by one takes minutes. */
const LOAD_TIMEOUT = 400_000
const TIME_TIMEOUT = 60_000

/** Starts a peer. */
export function startSession({ file, args, env }: Command): Session {
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  /** The end of its standard error. */
  let errors = ''
  let failure: Error | undefined
  let waiting: { resolve(answer: unknown): void; reject(error: Error): void } | undefined

  function settle(answer: unknown, error?: Error): void {
    const request = waiting
    waiting = undefined
    if (error) request?.reject(error)
    else request?.resolve(answer)
  }
  function fail(error: Error): void {
    failure ??= error
    settle(undefined, failure)
  }
  child.on('error', error => fail(error))
  child.on('close', (code, signal) => fail(new Error(`it ended (${signal ?? code})${lastLine(errors)}`)))
  // writing to a process that has ended; 'close' reports it
  child.stdin.on('error', () => {})
  child.stderr.on('data', chunk => {
    errors = (errors + chunk).slice(-2000)
  })
  createInterface({ input: child.stdout }).on('line', line => {
    try {
      const answer = JSON.parse(line)
      if (typeof answer.error === 'string') settle(undefined, new Error(answer.error))
      else settle(answer)
    } catch {
      fail(new Error(`its response is not valid JSON: ${line.slice(0, 100)}`))
    }
  })

  function request(command: object, timeout: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (failure) return reject(failure)
      const timer = setTimeout(() => {
        fail(new Error(`no response within ${timeout / 1000} s`))
        kill(child)
      }, timeout)
      const done =
        <T>(use: (value: T) => void) =>
        (value: T) => {
          clearTimeout(timer)
          use(value)
        }
      waiting = { resolve: done(resolve), reject: done(reject) }
      child.stdin.write(`${JSON.stringify(command)}\n`)
    })
  }

  return {
    load: folder => request({ load: folder }, LOAD_TIMEOUT) as Promise<Loaded>,
    time: milliseconds => request({ time: milliseconds }, TIME_TIMEOUT) as Promise<Timed>,
    end: () => kill(child),
  }
}

function kill(child: ChildProcess): void {
  child.stdin?.end()
  if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
}

function lastLine(text: string): string {
  const line = text.trim().split('\n').at(-1)
  return line ? `: ${line.slice(0, 200)}` : ''
}
