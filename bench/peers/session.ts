// A peer in a process of its own: a line of JSON to it, a line of JSON back (javascript/main.mjs has the protocol).
//
// No process stays behind: each ends with its standard input, which ends with this program however that ends; one that
// does not answer in time is killed.

import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Command } from './peers.js'

export interface Loaded {
  readonly version: string
  readonly instructions?: string | null
  readonly scores: readonly number[]
  readonly ranked: readonly (readonly [index: number, score: number])[]
}

export interface Timed {
  readonly milliseconds: readonly number[]
  /** Seconds of processor time for each second that passed: more than 1 where several threads work. */
  readonly cpu: number
}

export interface Session {
  load(folder: string): Promise<Loaded>
  time(milliseconds: number): Promise<Timed>
  end(): void
}

const LOADING = 90_000
const TIMING = 60_000

export function startSession({ file, args, env }: Command): Session {
  const child = spawn(file, args, { env: { ...process.env, ...env }, stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  let failure: Error | undefined
  let waiting: { resolve(answer: unknown): void; reject(error: Error): void } | undefined

  function settle(answer: unknown, error?: Error): void {
    const waited = waiting
    waiting = undefined
    if (error) waited?.reject(error)
    else waited?.resolve(answer)
  }
  function fail(error: Error): void {
    failure ??= error
    settle(undefined, failure)
  }
  child.on('error', error => fail(error))
  child.on('close', (code, signal) => fail(new Error(`it ended (${signal ?? code})${lastLine(said)}`)))
  // writing to a process that has ended: 'close' says so
  child.stdin.on('error', () => {})
  child.stderr.on('data', chunk => {
    said = (said + chunk).slice(-2000)
  })
  createInterface({ input: child.stdout }).on('line', line => {
    try {
      const answer = JSON.parse(line)
      if (typeof answer.error === 'string') settle(undefined, new Error(answer.error))
      else settle(answer)
    } catch {
      fail(new Error(`it answered what is not JSON: ${line.slice(0, 100)}`))
    }
  })

  function ask(command: object, milliseconds: number): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (failure) return reject(failure)
      const timer = setTimeout(() => {
        fail(new Error(`no answer within ${milliseconds / 1000} s`))
        kill(child)
      }, milliseconds)
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
    load: folder => ask({ load: folder }, LOADING) as Promise<Loaded>,
    time: milliseconds => ask({ time: milliseconds }, TIMING) as Promise<Timed>,
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
